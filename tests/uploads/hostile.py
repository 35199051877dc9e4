"""Files as somebody sends them who means harm, the same for the same seed. All carry `MARK` where
nobody looks, so that whatever survives of them can be searched for."""

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.uploads import hostile_pdfs, hostile_pictures
from tests.uploads.hostile_pdfs import MARK

Chance = random.Random
Make = Callable[[Chance], bytes]

NAMES = (
    "Pass.jpg",
    "Urkunde.pdf",
    "../../../../etc/cron.d/evil.pdf",
    "C:\\Windows\\System32\\evil.exe",
    'a"; filename="evil.html',
    "a\tb\x0bc\x7f.pdf",
    "‮gpj.exe",
    "<img src=x onerror=alert(1)>.jpg",
    "%00%0d%0aSet-Cookie: a=b.pdf",
    "." * 60 + "pdf",
    "ü" * 400 + ".jpg",
    "",
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """One file: what is tried, under which name it is sent, and its bytes."""

    family: str
    name: str
    data: bytes


def archive(chance: Chance) -> bytes:
    """A ZIP bomb, in several layers, or a document with a macro in it."""
    inner = bytes(20_000_000)
    for layer in range(chance.randint(1, 3)):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
            for number in range(4):
                made.writestr(f"{layer}-{number}/word/vbaProject.bin", inner)
        inner = out.getvalue()
    return inner


def dressed(chance: Chance) -> bytes:
    """Something else that says by its name, or by its first bytes, that it is a picture or PDF."""
    script = b"<script>alert('" + MARK + b"')</script>"
    return chance.choice(
        (
            b"",
            b"\0" * chance.randint(1, 100_000),
            b"<!doctype html>" + script,
            b"\xef\xbb\xbf  <html>" + script,
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>" + script + b"</svg>",
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
            b"MZ" + chance.randbytes(3000),
            b"\x7fELF" + chance.randbytes(3000),
            b"#!/bin/sh\necho " + MARK,
            b"{\\rtf1\\object " + MARK + b"}",
            b"GIF89a/*" + MARK + b"*/=1;alert(1)//",
            b"\x1f\x8b\x08" + chance.randbytes(3000),
            b"%PDF-1.7\n%" + script + b"\n" + chance.randbytes(2000),
            b"\xff\xd8\xff\xe0" + script + chance.randbytes(2000),
            b"\x89PNG\r\n\x1a\n" + script + chance.randbytes(2000),
            b"RIFF\xff\xff\xff\xffWEBP" + script + chance.randbytes(2000),
            b"\0\0\0\x18ftypheic" + chance.randbytes(2000),
            chance.randbytes(chance.randint(1, 200_000)),
        )
    )


def fuzzed(make: Make) -> Make:
    """What `make` makes, broken: cut, bits turned, pieces doubled, taken out or overwritten."""

    def broken(chance: Chance) -> bytes:
        data = bytearray(make(chance))
        for _ in range(chance.randint(1, 3)):
            if len(data) < 10:
                break
            at = chance.randrange(len(data))
            match chance.randrange(9):
                case 0:
                    del data[at:]
                case 1 | 5 | 6 | 7:
                    for _ in range(chance.randint(1, 40)):
                        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
                case 2:
                    data[at:at] = data[at : at + chance.randint(1, 4000)]
                case 3:
                    del data[at : at + chance.randint(1, 2000)]
                case _:
                    data[at : at + 8] = chance.choice(
                        (b"\xff" * 8, bytes(8), b"99999999", chance.randbytes(8))
                    )
        return bytes(data)

    return broken


def families() -> dict[str, Make]:
    """All that is tried, by name."""
    pictures, pdfs = hostile_pictures.FAMILIES, hostile_pdfs.FAMILIES
    breakable = {k: v for k, v in (pictures | pdfs).items() if "bomb" not in k}
    return {
        **pictures,
        **pdfs,
        "archives and ZIP bombs": archive,
        "dressed as a picture or PDF": dressed,
        **{f"fuzzed: {name}": fuzzed(make) for name, make in breakable.items()},
    }


def hostile(count: int, seed: int = 1, *, without: str = "-") -> Iterator[Hostile]:
    """`count` files, of each family as many; of none with `without` in its name."""
    chance = random.Random(seed)
    makes = [(family, make) for family, make in families().items() if without not in family]
    for number in range(count):
        family, make = makes[number % len(makes)]
        own = random.Random(chance.randrange(2**60))
        yield Hostile(family, own.choice(NAMES), make(own))
