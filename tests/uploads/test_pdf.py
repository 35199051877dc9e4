"""Of a PDF all is made anew that can be seen, and looks as before; nothing else comes along."""

import io
import zlib

import pypdfium2  # type: ignore[import-untyped]
import pytest
from PIL import Image, ImageChops

from tests.uploads.examined import faults
from tests.uploads.hostile_pdfs import MARK, one_page, stream
from vamt.documents import MOST_PAGES, Unfit
from vamt.uploads.pdf import rewritten

IMAGE = b"/Type /XObject /Subtype /Image "
SHOWN = b"q 160 0 0 120 20 40 cm /X Do Q"


def seen(pdf: bytes) -> Image.Image:
    with pypdfium2.PdfDocument(pdf) as document:
        return document[0].render(scale=2).to_pil().convert("RGB")


def looks_alike(one: bytes, other: bytes) -> bool:
    """Whether two pages look the same to an eye: no spot of them differs by much."""
    difference = ImageChops.difference(seen(one), seen(other)).convert("L").reduce(4)
    low, high = difference.getextrema()
    assert isinstance(high, int | float) and low is not None
    return high < 24


def coloured(mode: str = "RGB", size: tuple[int, int] = (160, 120)) -> Image.Image:
    image = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (image, image.rotate(180), image.rotate(90))).convert(mode)


def jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, comment=MARK)
    return out.getvalue()


def picture(data: bytes, entries: bytes, size: bytes = b"/Width 160 /Height 120 ") -> bytes:
    """A page with this picture, and a yellow ground to see through it."""
    return one_page(
        resources=b"/XObject << /X 10 0 R >>",
        more={
            4: stream(b"1 1 0 rg 0 0 200 200 re f 1 0 0 rg " + SHOWN),
            10: stream(data, IMAGE + size + entries, packed=b"/Filter" not in entries),
            11: stream(
                Image.linear_gradient("L").tobytes(),
                IMAGE + b"/Width 256 /Height 256 /BitsPerComponent 8 /ColorSpace /DeviceGray",
            ),
        },
    )


BITS = coloured("1").tobytes()
PICTURES = {
    "a JPEG": picture(
        jpeg(coloured()), b"/BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter /DCTDecode"
    ),
    "a grey JPEG": picture(
        jpeg(coloured("L")), b"/BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /DCTDecode"
    ),
    "a JPEG for print": picture(
        jpeg(coloured("CMYK")),
        b"/BitsPerComponent 8 /ColorSpace /DeviceCMYK /Filter /DCTDecode /Decode [1 0 1 0 1 0 1 0]",
    ),
    "pixels": picture(coloured().tobytes(), b"/BitsPerComponent 8 /ColorSpace /DeviceRGB"),
    "pixels by a palette": picture(
        bytes(n % 3 for n in range(160 * 120)),
        b"/BitsPerComponent 8 /ColorSpace [/Indexed /DeviceRGB 2 <ff000000ff000000ff>]",
    ),
    "pixels, seen through a mask": picture(
        coloured().tobytes(), b"/BitsPerComponent 8 /ColorSpace /DeviceRGB /SMask 11 0 R"
    ),
    "black and white": picture(BITS, b"/BitsPerComponent 1 /ColorSpace /DeviceGray"),
    "black and white, reversed": picture(
        BITS, b"/BitsPerComponent 1 /ColorSpace /DeviceGray /Decode [1 0]"
    ),
    "a stencil": picture(BITS, b"/BitsPerComponent 1 /ImageMask true"),
    "a stencil, reversed": picture(BITS, b"/BitsPerComponent 1 /ImageMask true /Decode [1 0]"),
}


@pytest.mark.parametrize("pdf", PICTURES.values(), ids=PICTURES)
def test_a_picture_is_drawn_anew_and_looks_the_same(pdf: bytes) -> None:
    made, pages = rewritten(pdf, MOST_PAGES)
    assert pages == 1 and faults(made, "application/pdf") == []
    assert looks_alike(made, pdf)
    assert not looks_alike(made, one_page(more={4: stream(b"1 1 0 rg 0 0 200 200 re f")}))


def test_a_large_picture_is_kept_as_sharp_as_paper() -> None:
    wide = jpeg(coloured("L", (4200, 300)))
    entries = b"/BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /DCTDecode"
    made, _ = rewritten(picture(wide, entries, b"/Width 4200 /Height 300 "), MOST_PAGES)
    assert b"/Width 3600" in made and faults(made, "application/pdf") == []


def test_glyphs_called_as_an_action_stay_and_shadings_too() -> None:
    glyph = stream(b"1000 0 0 0 750 750 d1 0 0 750 750 re f % " + MARK)
    font = (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 750 750] /FontMatrix [0.001 0 0 0.001 0 0] "
        b"/FirstChar 65 /LastChar 65 /Widths [1000] /Encoding << /Differences [65 /A] >> "
        b"/CharProcs << /A 10 0 R >> /Resources << >> >>"
    )
    shading = (
        b"<< /Type /Pattern /PatternType 2 /Shading << /ShadingType 2 /ColorSpace /DeviceRGB "
        b"/Coords [0 0 200 0] /Function << /FunctionType 2 /N 1 /Domain [0 1] /C0 [1 0 0] "
        b"/C1 [0 0 1] >> >> >>"
    )
    pdf = one_page(
        resources=b"/Pattern << /A 11 0 R >>",
        more={
            4: stream(b"/Pattern cs /A scn 0 0 200 90 re f 0 g BT /F1 50 Tf 20 120 Td (A) Tj ET"),
            5: font,
            10: glyph,
            11: shading,
        },
    )
    made, _ = rewritten(pdf, MOST_PAGES)
    assert looks_alike(made, pdf) and faults(made, "application/pdf") == []
    assert not looks_alike(made, one_page())


def test_comments_go_and_what_only_looks_like_one_stays() -> None:
    content = b"BT /F1 20 Tf 20 100 Td (100 % \\) (of (it)) %) Tj ET %" + MARK + b"\n(%) pop"
    made, _ = rewritten(one_page(more={4: stream(content)}), MOST_PAGES)
    (kept,) = [
        zlib.decompress(part.split(b"endstream")[0]) for part in made.split(b"stream\n")[1:-1:2]
    ]
    assert b"(100 % \\) (of (it)) %) Tj ET  \n(%) pop" in kept


def test_what_nothing_leads_to_any_more_is_dropped() -> None:
    file = stream(b"MZ" + MARK, b"/Type /EmbeddedFile")
    look = stream(b"0 0 9 9 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /AF [11 0 R]")
    spec = b"<< /Type /Filespec /EF << /F 12 0 R >> >>"
    pdf = one_page(resources=b"/XObject << /X 10 0 R >>", more={10: look, 11: spec, 12: file})
    made, _ = rewritten(pdf, MOST_PAGES)
    assert faults(made, "application/pdf") == [] and b"EmbeddedFile" not in made


def test_more_than_anybody_needs_is_too_slow() -> None:
    layers = zlib.compress(zlib.compress(bytes(200_000_000)))
    entries = b"/Filter [/FlateDecode /FlateDecode]"
    with pytest.raises(Unfit) as refused:
        rewritten(one_page(more={4: stream(layers, entries, packed=False)}), MOST_PAGES)
    assert refused.value.why == "slow"
