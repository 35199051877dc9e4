"""What an accepted file still carries, looked for without the libraries that made it: the bytes
are read as the formats' texts say, every stream is unpacked, every JPEG is walked through."""

import re
import zlib
from collections.abc import Iterator

from tests.uploads.hostile_pdfs import MARK

ACTIVE = re.compile(
    rb"/(JS|JavaScript|Launch|URI|GoToR|GoToE|SubmitForm|ImportData|Rendition|RichMedia|Movie|Sound"
    rb"|OpenAction|AA|AcroForm|XFA|EmbeddedFiles?|EF|AF|Filespec|Names|Metadata|Widget|Link"
    rb"|FileAttachment|ObjStm|Encrypt|ICCBased|Action|Named|Collection|OCProperties)(?![A-Za-z0-9])"
)
FOREIGN = re.compile(rb"<script|<html|<svg|<\?php|<x:xmpmeta|PK\x03\x04|javascript:", re.I)
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
OBJECT = re.compile(rb"(\d+) 0 obj\b(.*?)\bendobj", re.S)
LOSSY = {b"JPXDecode", b"JBIG2Decode", b"CCITTFaxDecode", b"Crypt"}


def faults(data: bytes, media: str) -> list[str]:
    """Everything about a file that ought not to be so; empty when it is clean."""
    found = list(_jpeg(data) if media == "image/jpeg" else _pdf(data))
    if MARK in data:
        found.append("the mark has survived")
    return found


def _jpeg(data: bytes) -> Iterator[str]:
    """A JPEG (ITU T.81, annex B): one picture, tables and nothing else, up to the last byte."""
    if data[:2] != b"\xff\xd8":
        yield "does not begin as a JPEG"
        return
    at, frames = 2, 0
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            yield f"no marker at {at}"
            return
        marker, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xD9:
            break
        frames += marker in (0xC0, 0xC1, 0xC2)
        if marker in range(0xE1, 0xF0) and marker != 0xEE or marker == 0xFE:
            yield f"a note (FF{marker:02X}) of {size} bytes"
        if marker == 0xE0 and size != 16:
            yield "a JFIF head with something in it"
        if marker == 0xEE and size != 14:
            yield "an Adobe head with something in it"
        at += 2 + size
        if marker == 0xDA:
            coded = re.compile(rb"\xff(?![\x00\xd0-\xd7])").search(data, at)
            at = coded.start() if coded else len(data)
    if data[at:] != b"\xff\xd9":
        yield f"{len(data) - at} bytes where two should end it"
    if frames != 1:
        yield f"{frames} pictures in one"


def _pdf(data: bytes) -> Iterator[str]:
    """A PDF (ISO 32000-2, 7.5): nothing before, between or after its objects, and in none of them
    what acts, or what does not belong."""
    if not re.match(rb"%PDF-1\.\d\n", data) or not data.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield "does not begin and end as a PDF"
    if data.count(b"%%EOF") != 1:
        yield "has more than one end"
    between = OBJECT.sub(b"", data)
    body = between[: between.rfind(b"\nxref\n")]
    if len(body.strip()) > 30:
        yield f"{len(body)} bytes between its objects"
    texts = [ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), between)]
    for number, text in OBJECT.findall(data):
        head, has, rest = text.partition(b"stream\n")
        head = ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), head)
        texts.append(head)
        if not has:
            continue
        content = rest[: rest.rfind(b"\nendstream")]
        length = re.search(rb"/Length (\d+)", head)
        if length is None or int(length[1]) != len(content):
            yield f"object {int(number)}: {len(content)} bytes, says {length and length[1]!r}"
        packed = re.search(rb"/Filter\s*(\[.*?\]|/\S+)", head, re.S)
        filters = re.findall(rb"/(\w+)", packed[1]) if packed else []
        if len(filters) > 1 or LOSSY & set(filters):
            yield f"object {int(number)}: packed by {filters}"
        elif filters == [b"FlateDecode"]:
            unpacker = zlib.decompressobj()
            try:
                texts.append(unpacker.decompress(content) + unpacker.flush())
            except zlib.error as error:
                yield f"object {int(number)}: {error}"
                continue
            if unpacker.unused_data or not unpacker.eof:
                yield f"object {int(number)}: something behind what is packed"
        elif filters == [b"DCTDecode"]:
            yield from (f"object {int(number)}: {fault}" for fault in _jpeg(content))
        else:
            texts.append(content)
    for text in texts:
        if MARK in text:
            yield f"the mark has survived: {text[max(0, text.find(MARK) - 40) :][:90]!r}"
        if foreign := FOREIGN.search(text):
            yield f"{foreign[0]!r} in it"
    for head in texts:
        if active := ACTIVE.search(head):
            yield f"{active[0]!r} in it"
