"""The streams of a PDF packed anew, its pictures drawn anew. Runs in the child only.

A stream is unpacked by whatever packed it and packed by Flate alone, so that nothing hides behind
its end or in layers. A picture is drawn by PDFium on a page of its own and kept as pixels: nothing
of its coding is left, nor what a camera has noted in it.
"""

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
from PIL import Image
from pypdf import PdfWriter
from pypdf.errors import LimitReachedError
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    EncodedStreamObject,
    NameObject,
    NullObject,
    NumberObject,
    StreamObject,
)

from vamt.documents import Unfit

UNPACKED = 150_000_000  # bytes of all streams together
PIXELS = 40_000_000  # of one picture
PIXELS_TOGETHER = 300_000_000
SIDE = 3600  # px, the longest that is kept: A4 at 300 dpi
PLAIN = 4_000_000  # pixels up to which a picture that was exact stays so
PACKING = ("/Filter", "/DecodeParms", "/Length", "/DL", "/F", "/FFilter", "/FDecodeParms")
LOSSY = frozenset(("/DCTDecode", "/DCT", "/JPXDecode"))
PICTURES_ONLY = LOSSY | {"/JBIG2Decode", "/CCITTFaxDecode", "/CCF"}
FONTS = ("/FontFile", "/FontFile2", "/FontFile3")
FONT_BEGINS = (b"\0\1\0\0", b"true", b"OTTO", b"ttcf", b"%!", b"\x80\1", b"\1\0")
MAPPING = ("/ToUnicode", "/Encoding", "/UseCMap")
TABLES = ("/CIDToGIDMap", "/CIDSet")
# Strings and inline pictures stay as they are; a comment (%) between them goes.
COMMENT = re.compile(
    rb"(\((?:[^()\\]|\\.|\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\))*\)|\bID\s.*?\sEI\b)|%[^\r\n]*",
    re.S,
)


def renew(writer: PdfWriter) -> None:
    """Pack all streams of the document anew; raises Unfit for more than anybody needs."""
    words, tables, fonts = _uses(writer)
    pictures, unpacked = [], 0
    for index, one in enumerate(writer._objects):
        if not isinstance(one, StreamObject):
            continue
        if one.get("/Subtype") == "/Image":
            pictures.append(index)
            continue
        data = _unpacked(one) if id(one) in words | tables | fonts else b""
        unpacked += len(data)
        if unpacked > UNPACKED:
            raise Unfit("slow")
        if id(one) in words:
            data = COMMENT.sub(lambda found: found[1] or b" ", data)
        elif id(one) in fonts and not data.startswith(FONT_BEGINS):
            data = b""
        entries = {NameObject(n): one.raw_get(n) for n in one if n not in PACKING}
        _replace(writer, index, _stream(entries, data))
    _renew_pictures(writer, pictures)


def _uses(writer: PdfWriter) -> tuple[set[int], set[int], set[int]]:
    """The streams (by identity) of words that draw or map, of binary tables, and of fonts.

    What is none of these, and no picture, is of no use on a page.
    """
    words: set[int] = set()
    tables: set[int] = set()
    fonts: set[int] = set()
    for page in writer.pages:
        content = page.get("/Contents", NullObject()).get_object()
        parts = content if isinstance(content, ArrayObject) else [content]
        words |= {id(part.get_object()) for part in parts}
    open_ones: list[Any] = list(writer._objects)
    while open_ones:
        one = open_ones.pop()
        if isinstance(one, ArrayObject):
            open_ones += list(one)
        if not isinstance(one, DictionaryObject):
            continue
        open_ones += [one.raw_get(name) for name in one]
        words |= {id(one[name]) for name in MAPPING if name in one}
        tables |= {id(one[name]) for name in TABLES if name in one}
        fonts |= {id(one[name]) for name in FONTS if name in one}
        glyphs = one.get("/CharProcs")
        if isinstance(glyphs, DictionaryObject):
            words |= {id(glyphs[name]) for name in glyphs}
        if one.get("/Subtype") == "/Form" or "/PatternType" in one or one.get("/FunctionType") == 4:
            words.add(id(one))
        elif "/FunctionType" in one or "/ShadingType" in one:
            tables.add(id(one))
    return words, tables, fonts


def _filters(one: StreamObject) -> set[str]:
    packed = one.get("/Filter", NullObject()).get_object()
    return {str(name) for name in (packed if isinstance(packed, ArrayObject) else [packed])}


def _unpacked(one: StreamObject) -> bytes:
    """The stream as it is meant; nothing where it cannot be unpacked."""
    if _filters(one) & PICTURES_ONLY:
        return b""
    try:
        data: bytes = one.get_data()
    except LimitReachedError:
        raise Unfit("slow") from None
    except Exception:  # broken, like much that is honest: a viewer shows the rest
        return b""
    return data


def _stream(entries: dict[Any, Any], data: bytes) -> EncodedStreamObject:
    """A stream packed by Flate alone."""
    made = EncodedStreamObject()
    made.update(entries)
    made[NameObject("/Filter")] = NameObject("/FlateDecode")
    made._data = zlib.compress(data)
    return made


def _replace(writer: PdfWriter, index: int, made: StreamObject) -> None:
    was = writer._objects[index]
    assert was is not None
    made.indirect_reference = was.indirect_reference
    writer._objects[index] = made


# --- pictures


def _renew_pictures(writer: PdfWriter, indices: list[int]) -> None:
    """Draw these objects as pixels and put those in their place."""
    masks: dict[int, Any] = {}
    sizes, together = [], 0
    for index in indices:
        one = writer._objects[index]
        assert isinstance(one, StreamObject)
        width, height = (one.get(name, 0) for name in ("/Width", "/Height"))
        if not isinstance(width, int) or not isinstance(height, int) or width < 1 or height < 1:
            width = height = 1
        together += width * height
        if width * height > PIXELS:
            raise Unfit("pixels")
        if together > PIXELS_TOGETHER:
            raise Unfit("slow")
        shrink = min(1.0, SIDE / max(width, height))
        sizes.append((max(1, round(width * shrink)), max(1, round(height * shrink))))
        # seen through its mask it would be drawn with the page's white in it
        for name in ("/SMask", "/Mask"):
            if name in one and isinstance(one[name].get_object(), StreamObject):
                masks.setdefault(index, {})[NameObject(name)] = one.pop(NameObject(name))
    for index, size, pixels in zip(indices, sizes, _drawn(writer, indices, sizes), strict=True):
        was = writer._objects[index]
        assert isinstance(was, StreamObject)
        made = _picture(was, pixels.crop((0, 0, *size)))
        made.update(masks.get(index, {}))
        _replace(writer, index, made)


def _drawn(
    writer: PdfWriter, indices: list[int], sizes: list[tuple[int, int]]
) -> Iterator[Image.Image]:
    """Each picture alone on a page of its size, as PDFium draws it on white."""
    if not indices:
        return
    root, real, known = writer._root_object, writer._pages, len(writer._objects)
    tree = DictionaryObject({NameObject("/Type"): NameObject("/Pages")})
    root[NameObject("/Pages")] = writer._add_object(tree)
    kids = ArrayObject()
    for index, (width, height) in zip(indices, sizes, strict=True):
        one = writer._objects[index]
        assert one is not None
        content = DecodedStreamObject()
        content.set_data(b"%d 0 0 %d 0 0 cm /X Do" % (width, height))
        named = DictionaryObject({NameObject("/X"): one.indirect_reference})
        page = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Page"),
                NameObject("/Parent"): root.raw_get("/Pages"),
                NameObject("/MediaBox"): ArrayObject(
                    NumberObject(n) for n in (0, 0, width, height)
                ),
                NameObject("/Contents"): writer._add_object(content),
                NameObject("/Resources"): DictionaryObject({NameObject("/XObject"): named}),
            }
        )
        kids.append(writer._add_object(page))
    tree[NameObject("/Kids")] = kids
    tree[NameObject("/Count")] = NumberObject(len(kids))
    out = io.BytesIO()
    writer.write(out)
    root[NameObject("/Pages")] = real
    del writer._objects[known:]
    with pypdfium2.PdfDocument(out.getvalue()) as document:
        for number in range(len(indices)):
            page = document[number]
            yield page.render(scale=1, may_draw_forms=False).to_pil().convert("RGB")
            page.close()


def _picture(was: StreamObject, drawn: Image.Image) -> EncodedStreamObject:
    """The object for these pixels: exact where the old one was, and not too large for it."""
    grey = drawn.convert("L")
    if grey.convert("RGB").tobytes() == drawn.tobytes():
        drawn = grey
    stencil = was.get("/ImageMask") == BooleanObject(True)
    levels = sum(count > 0 for count in drawn.histogram()[1:255]) if drawn.mode == "L" else 1
    if stencil or levels == 0:
        drawn = drawn.convert("1", dither=Image.Dither.NONE)
    entries: dict[Any, Any] = {
        NameObject("/Type"): NameObject("/XObject"),
        NameObject("/Subtype"): NameObject("/Image"),
        NameObject("/Width"): NumberObject(drawn.width),
        NameObject("/Height"): NumberObject(drawn.height),
        NameObject("/BitsPerComponent"): NumberObject(1 if drawn.mode == "1" else 8),
    }
    if stencil:
        entries[NameObject("/ImageMask")] = BooleanObject(True)
    else:
        space = "/DeviceRGB" if drawn.mode == "RGB" else "/DeviceGray"
        entries[NameObject("/ColorSpace")] = NameObject(space)
    exact = not _filters(was) & LOSSY and drawn.width * drawn.height <= PLAIN
    made = _stream(entries, drawn.tobytes() if exact or drawn.mode == "1" else b"")
    if not exact and drawn.mode != "1":
        out = io.BytesIO()
        drawn.save(out, "JPEG", quality=75)
        made[NameObject("/Filter")] = NameObject("/DCTDecode")
        made._data = out.getvalue()
    return made
