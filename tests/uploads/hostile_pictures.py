"""Hostile pictures; see `hostile`."""

import io
import random
import struct
import zlib
from collections.abc import Callable
from functools import cache

from PIL import Image

from tests.uploads.files import picture
from tests.uploads.hostile_pdfs import MARK, small_pdf

Chance = random.Random
SCRIPT = b"<script>alert('" + MARK + b"')</script>"
TAILS: tuple[bytes, ...] = (
    b"<html>" + SCRIPT,
    b"PK\x03\x04" + MARK + b"PK\x05\x06" + bytes(18),
    b"<?php system('" + MARK + b"'); ?>",
    b"*/;alert('" + MARK + b"');/*",
    small_pdf(),
    b"\xff\xd8\xff\xe0" + MARK + bytes(100),
    b"MZ" + MARK + bytes(100),
)


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def _chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int, idat: bytes, *more: bytes) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + _chunk(b"IDAT", idat) + _chunk(b"IEND")


@cache
def _zeros(size: int) -> bytes:
    packer = zlib.compressobj(9)
    out = [packer.compress(bytes(min(1_000_000, size - n))) for n in range(0, size, 1_000_000)]
    return b"".join(out) + packer.flush()


def with_tail(chance: Chance) -> bytes:
    """An honest picture and something else behind it."""
    kind = chance.choice(("JPEG", "PNG", "WEBP"))
    return picture(kind, (chance.randint(20, 300), 80)) + chance.choice(TAILS)


def telling(chance: Chance) -> bytes:
    """A JPEG that tells place and device, with scripts in the notes, a profile, a thumbnail."""
    notes = Image.Exif()
    notes[0x010E] = SCRIPT.decode()
    notes[0x010F] = MARK.decode()
    notes[0x0112] = chance.choice((1, 3, 6, 8, 99))
    notes.get_ifd(0x8825).update({1: "N", 2: (48.0, 31.0, 12.0), 3: "E", 4: (9.0, 4.0, 1.0)})
    profile = bytes(36) + b"acsp" + MARK * chance.randint(1, 5000)
    made = picture(exif=notes, comment=SCRIPT, icc_profile=profile)
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + SCRIPT + b"</x:xmpmeta>"
    more = _segment(0xE1, xmp) + _segment(0xED, b"Photoshop 3.0\0" + MARK) + _segment(0xFE, MARK)
    return made[:2] + more + made[2:]


@cache
def _in_scans(width: int) -> bytes:
    out = io.BytesIO()
    image = Image.linear_gradient("L").resize((width, 3000)).convert("RGB")
    image.save(out, "JPEG", progressive=True, quality=30)
    return out.getvalue()


def jpeg_bomb(chance: Chance) -> bytes:
    """A JPEG that says it is huge, or one of very many scans."""
    if chance.random() < 0.5:
        made = bytearray(picture())
        at = made.index(b"\xff\xc0")
        made[at + 5 : at + 9] = struct.pack(">HH", chance.randint(20_000, 65_535), 65_535)
        return bytes(made)
    scanned = _in_scans(chance.choice((400, 3000, 6000)))
    last = scanned.rindex(b"\xff\xda")
    scan = scanned[last:-2]
    room = 11_000_000 - len(scanned)
    return scanned[:-2] + scan * min(chance.randint(100, 3000), room // len(scan)) + b"\xff\xd9"


def png_bomb(chance: Chance) -> bytes:
    """A PNG whose pixels, or whose notes, are huge once unpacked."""
    match chance.randrange(4):
        case 0:
            side = chance.randint(7_000, 100_000)
            return _png(side, side, _zeros(20_000_000))
        case 1:  # just within what is taken
            side = 6300
            return _png(side, side, _zeros(side * (side + 1)))
        case 2:
            packed = _zeros(chance.choice((50_000_000, 300_000_000)))
            note = chance.choice(
                (
                    _chunk(b"zTXt", b"Comment\0\0" + packed),
                    _chunk(b"iTXt", b"Comment\0\1\0\0\0" + packed),
                    _chunk(b"iCCP", b"profile\0\0" + packed),
                )
            )
            return _png(20, 20, _zeros(20 * 21), note)
        case _:  # more notes than anybody reads
            note = _chunk(b"tEXt", b"Comment\0" + MARK)
            return _png(20, 20, _zeros(20 * 21), note * 200_000)


def other_bomb(chance: Chance) -> bytes:
    """WebP, HEIC, GIF, TIFF that say they are huge."""
    kind = chance.choice(("WEBP", "HEIF", "GIF", "TIFF"))
    if kind == "WEBP":
        size = (16_383 - 1).to_bytes(3, "little")
        body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size + size
        frame = picture("WEBP", (20, 20))[12:]
        anmf = bytes(6) + (19).to_bytes(3, "little") * 2 + bytes(4) + frame
        body += b"ANIM" + struct.pack("<I", 6) + bytes(6)
        body += (b"ANMF" + struct.pack("<I", len(anmf)) + anmf) * 500
        return b"RIFF" + struct.pack("<I", len(body)) + body
    if kind == "HEIF":
        made = bytearray(heif())
        at = made.index(b"ispe")
        made[at + 8 : at + 16] = struct.pack(">II", 60_000, 60_000)
        return bytes(made)
    if kind == "GIF":
        made = bytearray(picture("GIF"))
        made[6:10] = b"\xff\xff\xff\xff"
        return bytes(made)
    return b"II*\0\x08\0\0\0\x02\0" + struct.pack(
        "<HHIIHHIII", 256, 4, 1, 2**31, 257, 4, 1, 2**31, 0
    )


def heif() -> bytes:
    """An honest HEIC."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    return picture("HEIF", (64, 48))


def moving(chance: Chance) -> bytes:
    """More than one picture in a file."""
    frames = [Image.new("RGB", (40, 40), chance.choice(("red", "blue"))) for _ in range(30)]
    for number, frame in enumerate(frames):
        frame.putpixel((number, 0), (number, 255, 0))
    out = io.BytesIO()
    kind = chance.choice(("WEBP", "PNG", "GIF"))
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


def polyglot(chance: Chance) -> bytes:
    """One file that is two things."""
    jpeg, png = picture(), picture("PNG")
    return chance.choice(
        (
            jpeg[:2] + _segment(0xFE, small_pdf()) + jpeg[2:],
            jpeg[:2] + _segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0*/=alert(1)/*") + jpeg[2:],
            png[:33] + _chunk(b"tEXt", b"a\0" + SCRIPT) + png[33:],
            png[:33] + _chunk(b"prVt", b"PK\x03\x04" + MARK) + png[33:] + b"PK\x05\x06" + bytes(18),
            b"GIF89a=1;/*" + bytes(20) + b"*/alert('" + MARK + b"')",
            b"%PDF-1.4\n%\xff\xd8\xff\n<html>" + SCRIPT + b"</html>\n" + small_pdf()[9:],
        )
    )


FAMILIES: dict[str, Callable[[Chance], bytes]] = {
    "pictures with a tail": with_tail,
    "pictures that tell": telling,
    "JPEG bombs": jpeg_bomb,
    "PNG bombs": png_bomb,
    "WebP, HEIC, GIF, TIFF bombs": other_bomb,
    "moving pictures": moving,
    "polyglots": polyglot,
    "HEIC": lambda chance: heif(),
}
