"""Papers: archivable, accessible, and nothing a person types is ever code."""

import io
import re

import pytest
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.papers.facts import STATEMENT
from vamt.papers.typeset import FONTS, Press, Unprintable

AT = 1_795_564_800.0


def metadata(pdf: bytes) -> str:
    stream = PdfFileReader(io.BytesIO(pdf)).root["/Metadata"]
    return str(stream.data.decode())


async def test_a_paper_says_that_it_is_for_the_archive_and_for_screen_readers() -> None:
    pdf = await Press().paper("statement", STATEMENT, AT)
    said = metadata(pdf)
    assert re.search(r"pdfaid:part>3<", said) and re.search(r"pdfaid:conformance>A<", said)
    assert re.search(r"pdfuaid:part>1<", said)
    root = PdfFileReader(io.BytesIO(pdf)).root
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "de"
    assert "/OutputIntents" in root  # the colours are defined (ISO 19005-3, 6.2.4)


async def test_the_same_facts_give_the_same_bytes() -> None:
    press = Press()
    assert await press.paper("statement", STATEMENT, AT) == await press.paper(
        "statement", STATEMENT, AT
    )


@pytest.mark.parametrize(
    "typed",
    ['#panic("now")', "*bold* _x_ $x^2$", "= Heading", '#read("/etc/passwd")', "// gone", "\\"],
)
async def test_what_is_typed_is_text(typed: str) -> None:
    plain = await Press().paper("statement", {**STATEMENT, "paragraphs": ["x"]}, AT)
    pdf = await Press().paper("statement", {**STATEMENT, "paragraphs": [typed]}, AT)
    assert pdf != plain  # it is there, as it is


@pytest.mark.parametrize(
    "name", ["Şahin-Łukaszewicz", "Ǧ Ẑ ḥ Ṩ ỳ", "Олена Бондар", "ليلى", "Ελένη"]
)
async def test_names_of_german_registers_can_be_printed(name: str) -> None:
    # DIN 91379 and beyond it
    assert await Press().paper("statement", {**STATEMENT, "name": name}, AT)


async def test_what_no_font_has_is_named() -> None:
    with pytest.raises(Unprintable) as refused:
        await Press().paper("statement", {**STATEMENT, "name": "漢"}, AT)
    assert refused.value.params == {"letters": "漢"}


async def test_pictures_of_it() -> None:
    facts = {**STATEMENT, "paragraphs": ["Ein langer Absatz. " * 200] * 4}
    pages = await Press().pictures("statement", facts, AT)
    assert len(pages) > 1
    for page in pages:
        image = Image.open(io.BytesIO(page), formats=["JPEG"])
        assert image.size == (707, 1000) and image.convert("L").getextrema()[0] < 80


async def test_a_language_from_the_right_is_set_from_the_right() -> None:
    facts = {**STATEMENT, "language": "ar", "right_to_left": True, "paragraphs": ["مرحبا"]}
    pdf = await Press().paper("statement", facts, AT)
    assert PdfFileReader(io.BytesIO(pdf)).root["/Lang"] == "ar"


def test_the_fonts_are_here_with_their_licences() -> None:
    assert len(list(FONTS.glob("*.ttf"))) == 4
