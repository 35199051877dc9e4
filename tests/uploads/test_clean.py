"""What comes out of the cleaning: made anew, and nothing of what could do harm. In the real child,
but for the looks at what was made."""

import io

import pytest
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from tests.uploads import files
from vamt.documents import FILE_SIZE, MOST_PAGES, PREVIEWS, Unfit
from vamt.uploads.clean import PREVIEW_SIDE, SIDE, Cleaner
from vamt.uploads.pdf import NEVER, OUTSIDE


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=["JPEG"])
    image.load()
    return image


def left_in(pdf: bytes) -> set[str]:
    """Every key of every dictionary of a PDF, whether or not it can be reached."""
    found: set[str] = set()
    reader = PdfReader(io.BytesIO(pdf))
    open_ones = [reader.get_object(n) for n in reader.xref[0]] + [reader.trailer]
    while open_ones:
        one = open_ones.pop()
        if isinstance(one, DictionaryObject):
            found |= set(one)
            open_ones += [one.raw_get(key) for key in one]
        elif isinstance(one, ArrayObject):
            open_ones += list(one)
    return found


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
async def test_a_picture_of_each_kind_becomes_a_jpeg(kind: str) -> None:
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    made = await Cleaner()(files.picture(kind, (400, 300)))
    assert (made.media, made.pages, len(made.previews)) == ("image/jpeg", 1, 1)
    image = opened(made.data).convert("RGB")
    assert image.size == (400, 300)
    red, blue = image.getpixel((50, 150)), image.getpixel((350, 150))
    assert isinstance(red, tuple) and isinstance(blue, tuple)
    assert red[0] > 200 and blue[2] > 200 and red[2] < 60 and blue[0] < 60


async def test_what_a_picture_tells_besides_is_gone_and_it_stands_upright() -> None:
    made = await Cleaner()(files.with_place())
    for jpeg in (made.data, *made.previews):
        image = opened(jpeg)
        assert image.size == (80, 120), "turned as it was held"
        assert not image.getexif() and "comment" not in image.info
        assert b"Spy" not in jpeg and b"secret" not in jpeg and b"Exif" not in jpeg


async def test_a_large_picture_is_made_smaller_and_a_preview_smaller_still() -> None:
    made = await Cleaner()(files.picture(size=(6000, 4000)))
    assert max(opened(made.data).size) == SIDE
    assert max(opened(made.previews[0]).size) == PREVIEW_SIDE


async def test_all_that_a_pdf_can_do_is_gone_and_what_can_be_seen_is_there() -> None:
    loaded = files.loaded()
    assert {"/JS", "/OpenAction", "/AA", "/EmbeddedFiles", "/XFA", "/URI"} <= left_in(loaded)
    made = await Cleaner()(loaded)
    assert not left_in(made.data) & (NEVER - {"/Parent"})
    assert not left_in(made.data) & set(OUTSIDE) - {"/F"}
    for word in (b"evil", b"JavaScript", b"Launch", b"MZ", b"calc", b"Widget"):
        assert word not in made.data
    reader = PdfReader(io.BytesIO(made.data))
    assert reader.pages[0].extract_text() == "Harmless"
    field = opened(made.previews[0]).convert("RGB").getpixel((140, 128))
    assert isinstance(field, tuple) and field[1] > 200 and field[0] < 60, "what was filled in"


async def test_pages_are_counted_and_the_first_are_shown() -> None:
    made = await Cleaner()(files.pdf(MOST_PAGES))
    assert (made.pages, len(made.previews)) == (MOST_PAGES, PREVIEWS)
    assert len(PdfReader(io.BytesIO(made.data)).pages) == MOST_PAGES


HTML = b"<!doctype html><script>alert(1)</script>"
REFUSED = {
    "nothing": (b"", "empty"),
    "too large": (bytes(FILE_SIZE + 1), "size"),
    "a program": (b"MZ" + bytes(100), "kind"),
    "an archive": (b"PK\x03\x04" + bytes(100), "kind"),
    "HTML": (HTML, "kind"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "kind"),
    "HTML that says it is a PDF": (b"%PDF-1.7\n" + HTML, "unreadable"),
    "HTML before a PDF": (HTML + files.pdf(), "kind"),
    "half a JPEG": (files.picture()[:-200], "unreadable"),
    "the first bytes of a PNG": (files.picture("PNG")[:20], "unreadable"),
    "half a PDF": (files.pdf()[:120], "unreadable"),
    "a bomb of pixels": (files.bomb(), "pixels"),
    "a larger bomb": (files.bomb(7_000), "pixels"),
    "a PDF with a password": (files.pdf(password="secret"), "locked"),
    "a PDF of too many pages": (files.pdf(MOST_PAGES + 1), "pages"),
}


@pytest.mark.parametrize(("data", "why"), REFUSED.values(), ids=REFUSED)
async def test_what_is_not_taken_is_said_why(data: bytes, why: str) -> None:
    with pytest.raises(Unfit) as refused:
        await Cleaner()(data)
    assert refused.value.why == why and refused.value.key == f"file_{why}"
    assert refused.value.message % refused.value.params


@pytest.mark.parametrize(
    "tail", [HTML, b"PK\x03\x04 a zip", files.pdf()], ids=["html", "zip", "pdf"]
)
async def test_nothing_that_hangs_on_a_picture_comes_along(tail: bytes) -> None:
    made = await Cleaner()(files.picture() + tail)
    assert tail[:8] not in made.data
    made = await Cleaner()(files.pdf() + tail) if tail != files.pdf() else made
    assert tail[:8] not in made.data or tail.startswith(b"%PDF")


async def test_a_scanner_is_asked_first_and_its_word_counts() -> None:
    asked = []

    async def scan(data: bytes) -> bool:
        asked.append(data)
        return False

    with pytest.raises(Unfit) as refused:
        await Cleaner(scan)(b"virus")
    assert refused.value.why == "virus" and asked == [b"virus"]
