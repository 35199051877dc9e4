"""Draw the PDF form of the demo's town, `vamt/demo/services/anmeldung.pdf`.

    python -m scripts.demo_form

Its face is set by typst; the fields (AcroForm) are laid over it at the same places. Like most forms
of towns it knows only Helvetica, and has cells for the digits of a date.
"""

import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import typst
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from vamt.papers.typeset import FONTS

FILE = Path(__file__).parents[1] / "vamt" / "demo" / "services" / "anmeldung.pdf"
HEIGHT = 842  # points, A4
MULTILINE, RADIO, COMB = 1 << 12, 1 << 15 | 1 << 14, 1 << 24
FACE = Path(__file__).with_suffix(".typ")


class Place(NamedTuple):
    """A field on the form; lengths in points, from the left and upper edge."""

    name: str
    label: str
    x: float
    y: float
    w: float
    h: float
    flags: int = 0
    cells: int = 0
    state: str = ""  # of a box to tick; those of one name are a group


NEW = "Neue Wohnung (Straße, Hausnummer, Stockwerk, PLZ, Ort)"
FORMER = "Bisherige Wohnung (bei Zuzug aus dem Ausland: mit Staat)"
PLACES = (
    Place("person.name", "Familienname, Vornamen", 57, 130, 330, 22),
    Place("person.geburtsdatum", "Geburtsdatum (TTMMJJJJ)", 400, 130, 138, 22, COMB, 8),
    Place("wohnung.neu", NEW, 57, 185, 481, 34, MULTILINE),
    Place("wohnung.einzug", "Tag des Einzugs", 57, 252, 138, 22),
    Place("wohnung.art", "alleinige Wohnung", 214, 256, 14, 14, RADIO, state="alleinige"),
    Place("wohnung.art", "Hauptwohnung", 330, 256, 14, 14, RADIO, state="haupt"),
    Place("wohnung.art", "Nebenwohnung", 430, 256, 14, 14, RADIO, state="neben"),
    Place("wohnung.bisher", FORMER, 57, 307, 481, 34, MULTILINE),
    Place("weitere.ja", "Weitere Personen ziehen mit ein", 57, 361, 14, 14, state="ja"),
    Place("weitere.namen", "Namen der weiteren Personen", 57, 404, 481, 60, MULTILINE),
    Place("datum", "Datum", 57, 507, 138, 22),
    Place("amt.vorgang", "Vorgang (vom Amt auszufüllen)", 57, 690, 230, 22),
    Place("amt.bearbeitung", "Bearbeitet durch", 300, 690, 238, 22),
)


def face() -> bytes:
    """What is printed on the form."""
    return typst.compile(
        str(FACE),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps([one._asdict() for one in PLACES])},
        format="pdf",
        timestamp=0,
    )


def form() -> bytes:
    """The form with its fields."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(face())))
    font = writer._add_object(_dictionary(Type="Font", Subtype="Type1", BaseFont="Helvetica"))
    fields: dict[str, Any] = {}
    sheet = writer.pages[0]
    notes = ArrayObject()
    for one in PLACES:
        widget = _widget(writer, one)
        widget[NameObject("/P")] = sheet.indirect_reference
        notes.append(writer._add_object(widget))
        _join(writer, fields, one, widget, notes[-1])
    sheet[NameObject("/Annots")] = notes
    acro = DictionaryObject()
    acro[NameObject("/Fields")] = ArrayObject(fields.values())
    acro[NameObject("/DA")] = TextStringObject("/Helv 0 Tf 0 g")
    acro[NameObject("/DR")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/Helv"): font})}
    )
    writer.root_object[NameObject("/AcroForm")] = acro
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _join(
    writer: PdfWriter, fields: dict[str, Any], one: Place, widget: DictionaryObject, ref: Any
) -> None:
    """Make a widget a field, or one button of a group."""
    if one.flags != RADIO:
        widget[NameObject("/T")] = TextStringObject(one.name)
        widget[NameObject("/TU")] = TextStringObject(one.label)
        fields[one.name] = ref
        return
    if one.name not in fields:
        group = _dictionary(FT="Btn")
        group[NameObject("/Ff")] = NumberObject(RADIO)
        group[NameObject("/T")] = TextStringObject(one.name)
        group[NameObject("/Kids")] = ArrayObject()
        fields[one.name] = writer._add_object(group)
    fields[one.name].get_object()["/Kids"].append(ref)
    widget[NameObject("/Parent")] = fields[one.name]


def _widget(writer: PdfWriter, one: Place) -> DictionaryObject:
    widget = _dictionary(Type="Annot", Subtype="Widget")
    box = (one.x, HEIGHT - one.y - one.h, one.x + one.w, HEIGHT - one.y)
    widget[NameObject("/Rect")] = ArrayObject(FloatObject(n) for n in box)
    widget[NameObject("/F")] = NumberObject(4)
    if one.state:
        border = "0.5 w 0.47 G 0.5 0.5 13 13 re S"
        cross = f"{border} 1.4 w 0 G 3 3 m 11 11 l S 3 11 m 11 3 l S"
        looks = DictionaryObject(
            {
                NameObject("/Off"): _look(writer, one, border),
                NameObject(f"/{one.state}"): _look(writer, one, cross),
            }
        )
        widget[NameObject("/AP")] = DictionaryObject({NameObject("/N"): looks})
        widget[NameObject("/AS")] = NameObject("/Off")
        if one.flags != RADIO:
            widget[NameObject("/FT")] = NameObject("/Btn")
    else:
        widget[NameObject("/FT")] = NameObject("/Tx")
        widget[NameObject("/Ff")] = NumberObject(one.flags)
        widget[NameObject("/DA")] = TextStringObject("/Helv 11 Tf 0 g")
        if one.cells:
            widget[NameObject("/MaxLen")] = NumberObject(one.cells)
    return widget


def _look(writer: PdfWriter, one: Place, drawn: str) -> Any:
    look = StreamObject()
    look.update(_dictionary(Type="XObject", Subtype="Form"))
    look[NameObject("/BBox")] = ArrayObject(FloatObject(n) for n in (0, 0, one.w, one.h))
    look.set_data(drawn.encode())
    return writer._add_object(look)


def _dictionary(**names: str) -> DictionaryObject:
    return DictionaryObject(
        {NameObject(f"/{key}"): NameObject(f"/{name}") for key, name in names.items()}
    )


if __name__ == "__main__":
    FILE.write_bytes(form())
