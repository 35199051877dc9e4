"""Files made in code: honest ones, and such as somebody would send who means harm."""

import io
import struct
import zlib
from typing import Any

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

EVIL = "app.alert('evil')"


def picture(kind: str = "JPEG", size: tuple[int, int] = (120, 80), **options: Any) -> bytes:
    """A picture, red on the left and blue on the right."""
    image = Image.new("RGB", size, "blue")
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def with_place() -> bytes:
    """A JPEG that says where and with what it was taken, and to be turned by a quarter."""
    notes = Image.Exif()
    notes[0x0112] = 6  # turn it clockwise
    notes[0x010F] = "Spy camera"
    notes.get_ifd(0x8825).update({1: "N", 2: (48.0, 31.0, 12.0)})
    return picture(exif=notes, comment=b"a secret comment")


def bomb(side: int = 50_000) -> bytes:
    """A small PNG that says it is very large."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND")


def _chunk(name: bytes, data: bytes = b"") -> bytes:
    crc = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + crc


def pdf(pages: int = 1, password: str = "") -> bytes:
    """An honest PDF with a line on each page."""
    writer = PdfWriter()
    for number in range(pages):
        _page(writer, f"Page {number + 1}")
    if password:
        writer.encrypt(password, algorithm="AES-256")
    return _bytes(writer)


def loaded() -> bytes:
    """A PDF with all that a PDF can do to its reader, and a filled field that is to be seen."""
    writer = PdfWriter()
    page = _page(writer, "Harmless")
    script = _name({"/S": NameObject("/JavaScript"), "/JS": TextStringObject(EVIL)})
    launch = _name({"/S": NameObject("/Launch"), "/F": TextStringObject("calc.exe")})
    link = _name({"/S": NameObject("/URI"), "/URI": TextStringObject("https://evil.example/")})
    look = DecodedStreamObject()
    look.set_data(b"0 1 0 rg 0 0 100 20 re f")
    look.update(
        _name(
            {
                "/Type": NameObject("/XObject"),
                "/Subtype": NameObject("/Form"),
                "/BBox": ArrayObject(NumberObject(n) for n in (0, 0, 100, 20)),
                "/Metadata": TextStringObject("evil"),
            }
        )
    )
    notes = ArrayObject()
    for subtype, action in (("/Widget", script), ("/Link", link), ("/Screen", launch)):
        note = {
            "/Type": NameObject("/Annot"),
            "/Subtype": NameObject(subtype),
            "/Rect": ArrayObject(NumberObject(n) for n in (50, 600, 150, 620)),
            "/A": action,
            "/AA": _name({"/E": script}),
        }
        if subtype == "/Widget":
            note["/AP"] = _name({"/N": writer._add_object(look)})
        notes.append(writer._add_object(_name(note)))
    page[NameObject("/Annots")] = notes
    page[NameObject("/AA")] = _name({"/O": script})
    writer.add_attachment("evil.exe", b"MZ evil")
    root = writer._root_object
    root[NameObject("/OpenAction")] = launch
    scripts = ArrayObject([TextStringObject("a"), writer._add_object(script)])
    root["/Names"].get_object()[NameObject("/JavaScript")] = _name({"/Names": scripts})
    root[NameObject("/AcroForm")] = _name({"/XFA": TextStringObject("<xdp>evil</xdp>")})
    root[NameObject("/AA")] = _name({"/WC": script})
    writer.add_metadata({"/Author": "evil"})
    return _bytes(writer)


def _page(writer: PdfWriter, words: str) -> DictionaryObject:
    page = writer.add_blank_page(400, 700)
    content = DecodedStreamObject()
    content.set_data(f"BT /F1 24 Tf 60 400 Td ({words}) Tj ET".encode())
    page[NameObject("/Contents")] = writer._add_object(content)
    font = {
        "/Type": NameObject("/Font"),
        "/Subtype": NameObject("/Type1"),
        "/BaseFont": NameObject("/Helvetica"),
    }
    page[NameObject("/Resources")] = _name({"/Font": _name({"/F1": _name(font)})})
    return page


def _name(entries: dict[str, Any]) -> DictionaryObject:
    return DictionaryObject({NameObject(key): value for key, value in entries.items()})


def _bytes(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
