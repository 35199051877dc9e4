"""PDF forms of a town's own: read, filled in, drawn and locked."""

import io
from collections.abc import Mapping
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from PIL import ImageChops
from pypdf import PdfReader, PdfWriter

from tests.papers.pdf_forms import HEIGHT, form, ticked, values, written
from vamt import demo
from vamt.papers.acroform import Filling, NotAForm, fields_of, opened
from vamt.papers.town_form import TooLong, TownForms
from vamt.papers.typeset import Press, Unprintable
from vamt.uploads.pdf import rewritten

DEMO = (demo.TOWN.parent / "services" / "anmeldung.pdf").read_bytes()
TEXT = {"FT": "/Tx", "T": "name", "DA": "/Helv 10 Tf 0 g"}
NAMES = "Şükran Yıldırım, Їжак Ґалаґан, محمد الأحمد"


def fill(pdf: bytes, said: Mapping[str, str]) -> bytes:
    forms = TownForms(None, Press(), {"a": pdf})  # type: ignore[arg-type]  # nothing is sealed
    return forms._filled(pdf, said)


def picture(pdf: bytes, page: int = 0) -> Any:
    """A page as its readers see it: our cleaner keeps the looks of fields as pictures."""
    document = pypdfium2.PdfDocument(rewritten(pdf, 10)[0])
    try:
        return document[page].render(scale=2).to_pil().convert("L")
    finally:
        document.close()


def inked(pdf: bytes, number: int = 0, width: int = 200) -> tuple[int, int, int, int]:
    """Where in the field something is drawn: left, upper, right, lower edge in points; all 0: no.

    Nothing is ever drawn outside of it.
    """
    shown = picture(pdf)
    top = 800 - 760 + 30 * number - HEIGHT
    field = shown.crop((40, 2 * top, 40 + 2 * width, 2 * (top + HEIGHT)))
    box = ImageChops.invert(field).point(lambda n: 255 if n > 60 else 0).getbbox()
    return tuple(n // 2 for n in box) if box else (0, 0, 0, 0)


def look_of(pdf: bytes, number: int = 0) -> Any:
    notes: Any = PdfReader(io.BytesIO(pdf)).pages[0]["/Annots"]
    return notes[number].get_object()


def test_the_demos_form_is_filled_with_letters_its_font_does_not_have() -> None:
    said = {"person.name": NAMES, "person.geburtsdatum": "01.05.1990", "wohnung.art": "haupt"}
    made = fill(DEMO, {**said, "weitere.ja": "ja"})
    found = values(made)
    assert found["person.name"] == NAMES
    assert found["person.geburtsdatum"] == "01051990", "in eight cells"
    assert (found["wohnung.art"], found["weitere.ja"]) == ("/haupt", "/ja")
    changed = ImageChops.difference(picture(DEMO), picture(made))
    for left, upper, right, lower in (
        (60, 130, 387, 152),
        (400, 130, 538, 152),
        (330, 256, 344, 270),
        (57, 361, 71, 375),
    ):
        assert changed.crop((2 * left, 2 * upper, 2 * right, 2 * lower)).getbbox()
    assert not changed.crop((114, 370, 1076, 430)).getbbox(), "nothing where nothing is said"


@pytest.mark.parametrize("align", [0, 1, 2])
def test_where_a_text_stands(align: int) -> None:
    left, upper, right, lower = inked(fill(form({**TEXT, "Q": align}), {"name": "Ada"}))
    assert 6 < lower - upper < 14 and 10 < right - left < 30
    assert abs((left, 100 - (left + right) // 2, 200 - right)[align]) < 6


def test_long_texts_get_smaller_then_go_over_lines_and_are_never_cut() -> None:
    whole = 200 - 2 * 3
    small = inked(fill(form(TEXT), {"name": "n" * 40}))
    assert small[2] - small[0] <= whole and small[3] - small[1] < 6
    lines = inked(fill(form(TEXT), {"name": "nnn " * 24}))
    assert lines[2] - lines[0] <= whole and lines[3] - lines[1] > 10
    with pytest.raises(TooLong) as failed:
        fill(form(TEXT), {"name": "n" * 200})
    assert failed.value.params == {"text": "n" * 39 + "…", "field": "name"}
    with pytest.raises(Unprintable):
        fill(form(TEXT), {"name": "中"})


def test_a_text_of_its_own_size_over_several_lines_begins_at_the_top() -> None:
    several = {**TEXT, "Ff": 1 << 12, "DA": "/Helv 0 Tf 0 g"}
    assert inked(fill(form(several), {"name": "Ada"}))[1] < 6
    with pytest.raises(TooLong):
        fill(form(several), {"name": "word " * 400})


def test_cells_take_one_character_each() -> None:
    cells = {**TEXT, "Ff": 1 << 24, "MaxLen": 8}
    left, _, right, _ = inked(fill(form(cells), {"name": "01.05.1990"}))
    assert left < 20 and right > 180
    with pytest.raises(TooLong):
        fill(form(cells), {"name": "123456789"})


def test_a_field_on_its_side_keeps_its_border_and_ground() -> None:
    turned = {**TEXT, "Rect": [20, 500, 44, 700], "MK": {"R": 90, "BG": [0.9], "BC": [0, 0, 0]}}
    made = fill(form(turned), {"name": "Ada Lovelace, Countess"})
    drawn = look_of(made)["/AP"]["/N"]
    assert [float(n) for n in drawn["/BBox"]] == [0, 0, 200, 24]
    assert b"0.9000 g" in drawn.get_data() and b"RG" in drawn.get_data()
    shown = picture(made).crop((40, 200, 88, 600))
    box = ImageChops.invert(shown.crop((4, 4, 44, 396))).point(lambda n: 255 * (n > 90)).getbbox()
    assert box and box[3] - box[1] > 150 > 40 > box[2] - box[0], "from below to above"


def test_lists_show_the_words_of_what_is_chosen() -> None:
    countries = {"FT": "/Ch", "T": "land", "Opt": [["DE", "Deutschland"], "Ungarn"]}
    made = fill(form(countries), {"land": "DE"})
    assert values(made) == {"land": "DE"}
    shown = inked(made)
    assert shown[2] - shown[0] > inked(fill(form(countries), {"land": "Ungarn"}))[2]


def test_boxes_show_their_own_tick() -> None:
    group = {"FT": "/Btn", "T": "art", "Ff": 1 << 15}
    pdf = form({**group, "Kids": [{"AP": ticked("a")}, {"AP": ticked("b")}]})
    made = fill(pdf, {"art": "b"})
    assert values(made) == {"art": "/b"}
    assert [look_of(made, n)["/AS"] for n in (0, 1)] == ["/Off", "/b"]
    made = fill(pdf, {"art": ""})
    assert [look_of(made, n)["/AS"] for n in (0, 1)] == ["/Off", "/Off"]


def test_nothing_changes_the_finished_form_any_more() -> None:
    act = {"S": "/JavaScript", "JS": "app.alert(1)"}
    pdf = form(
        {**TEXT, "AA": {"K": act}},
        {"FT": "/Btn", "T": "leeren", "Ff": 1 << 16, "A": {"S": "/ResetForm"}},
        {"FT": "/Sig", "T": "unterschrift"},
        {**TEXT, "T": "eigen", "V": "vorgedruckt"},
        {**TEXT, "T": "leer"},
        XFA="<xdp/>",
        NeedAppearances=True,
        root={"OpenAction": act, "Names": {"JavaScript": {"Names": ["a", act]}}},
    )
    made = fill(pdf, {"name": "Ada"})
    assert b"JavaScript" not in made and b"NeedAppearances" not in made and b"XFA" not in made
    text, button, signature, own, empty = (look_of(made, n) for n in range(5))
    assert text["/Ff"] & 1 and own["/Ff"] & 1 and "/Ff" not in signature
    assert text["/F"] & 0b1010000100 == 0b1010000100, "printed, locked, its contents locked"
    assert button["/F"] & 2 and "/A" not in button, "hidden"
    assert inked(made, 3)[2], "what the form says itself is shown"
    assert "/AP" not in empty and inked(made, 4)[2] == 0


def test_fields_have_the_names_and_kinds_of_those_above_them() -> None:
    pdf = form({"T": "person", "FT": "/Tx", "Kids": [{"T": "name"}, {"T": "ort"}]}, {**TEXT})
    found = fields_of(opened(pdf).root_object)
    assert {name: one.kind for name, one in found.items()} == dict.fromkeys(
        ("person.name", "person.ort", "name"), "text"
    )
    twice = fields_of(opened(form(TEXT, TEXT)).root_object)
    assert [len(one.widgets) for one in twice.values()] == [2]


def locked() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(form(TEXT))))
    writer.encrypt("", "owner", algorithm="AES-256")
    return written(writer)


def blank() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    return written(writer)


@pytest.mark.parametrize(
    ("pdf", "why"),
    [
        (b"no pdf", "cannot be read"),
        (blank(), "no fields"),
        (form(XFA="<xdp/>"), "XFA only"),
        (form(TEXT, XFA="<xdp/>", root={"NeedsRendering": True}), "XFA only"),
        (locked(), "protected"),
        (form({"FT": "/Sig", "T": "s", "V": {"Type": "/Sig"}}), "signed already"),
    ],
)
def test_what_cannot_be_filled_in(pdf: bytes, why: str) -> None:
    with pytest.raises(NotAForm, match=why):
        opened(pdf)


def test_no_texts_need_no_typesetting() -> None:
    filling = Filling(form({"FT": "/Btn", "T": "x", "AP": ticked("on")}))
    assert filling.write({"x": "on"}) == []
    assert values(filling.draw(b"")) == {"x": "/on"}
