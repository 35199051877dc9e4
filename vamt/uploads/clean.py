"""Strangers' files made anew, in a child process: ``python -m vamt.uploads.clean``.

The child gets the file on its standard input, answers with one `Answer` and ends; see
`vamt.confinement`. What comes out holds nothing of the file's structure: a picture is decoded and
written as a new JPEG, a PDF is copied page by page, and of each page only what can be seen.
"""

import asyncio
import io
import os
import sys
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from vamt.confinement import Spare, Spent, ask, confine
from vamt.documents import FILE_SIZE, MOST_PAGES, PREVIEWS, Cleaned, Signed, Unfit
from vamt.uploads.line import Busy

MEMORY = 1536 * 1024**2  # bytes of addresses
QUICK = 6  # seconds of a processor that nearly every honest file needs at most ...
SLOW = 20  # ... and those that the others need, which have a place of their own
AT_ONCE = 2  # quick ones
PATIENCE = 60.0  # seconds, waiting for others
LONGEST = 120.0  # seconds, however little of a processor it gets
PIXELS = 40_000_000
SIDE = 3000  # px, the longest of a picture that is kept
PREVIEW_SIDE = 1000  # px
ANSWER_SIZE = 2 * FILE_SIZE + PREVIEWS * 1024**2  # bytes

ME = "vamt.uploads.clean"
EARLY = "early"  # a child that is started ahead loads what most files need

HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


class Answer(msgspec.Struct, frozen=True):
    """What the child says: either `why` (a key of `documents.WORDS`) or a file."""

    why: str = ""
    media: str = ""
    data: bytes = b""
    pages: int = 0
    previews: tuple[bytes, ...] = ()
    signed: Signed = Signed.NOT


@dataclass(slots=True)
class Cleaner:
    """Has files made anew. `scan` looks at them first, where the town has a virus scanner.

    A file that is not done in a few seconds begins again in a place for slow ones, of which there
    is one: who sends such files keeps others like them waiting, but not a photo.
    """

    scan: Callable[[bytes], Awaitable[bool]] | None = None
    spare: Spare = field(default_factory=lambda: Spare(ME, (str(QUICK), EARLY)))
    _quick: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _slow: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def __call__(self, data: bytes, *, awaited: bool = False) -> Cleaned:
        """The file made anew; raises Unfit, Busy, or what `scan` raises when it cannot look.

        `awaited`: two people sit in a visit and wait for it. All others go behind.
        """
        if not data:
            raise Unfit("empty")
        if len(data) > FILE_SIZE:
            raise Unfit("size")
        if self.scan and not await self.scan(data):
            raise Unfit("virus")
        try:
            answer = await self._ask(data, self._quick, QUICK, awaited)
        except Spent:
            try:
                answer = await self._ask(data, self._slow, SLOW)
            except Spent:
                raise Unfit("slow") from None
        if answer.why:
            raise Unfit(answer.why)
        return Cleaned(answer.media, answer.data, answer.pages, answer.previews, answer.signed)

    async def _ask(
        self, data: bytes, places: asyncio.Semaphore, seconds: int, awaited: bool = False
    ) -> Answer:
        """What a child says; raises Spent, or Busy when none is free for long."""
        try:
            async with asyncio.timeout(PATIENCE):
                await places.acquire()
        except TimeoutError:
            raise Busy() from None
        try:
            async with asyncio.timeout(LONGEST):
                child = self.spare.take() if places is self._quick else None
                words = (ME, str(seconds))
                said = await ask(
                    *words, data=data, most=ANSWER_SIZE, child=child, behind=not awaited
                )
        except TimeoutError:
            raise Spent() from None
        finally:
            places.release()
        try:
            return msgspec.msgpack.decode(said, type=Answer)
        except msgspec.MsgspecError:  # it broke on the file, or ran out of memory
            return Answer("unreadable")


# --- in the child -----------------------------------------------------------------------------


def kind_of(data: bytes) -> str:
    """What the file says it is by its first bytes: Pillow's name of a format, PDF, or ''."""
    if data.startswith(b"%PDF-"):
        return "PDF"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        return "HEIF"
    return ""


def clean(data: bytes) -> Answer:
    """The file made anew, in this process. Never fails because of the file."""
    from PIL import Image

    kind = kind_of(data)
    if not kind:
        return Answer("kind")
    Image.MAX_IMAGE_PIXELS = PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        return _document(data) if kind == "PDF" else _picture(data, kind)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return Answer("pixels")
    except Unfit as unfit:
        return Answer(unfit.why)
    except Exception:  # hostile or broken: any error of any library may come
        return Answer("unreadable")


def _picture(data: bytes, kind: str) -> Answer:
    from PIL import Image, ImageOps

    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    with Image.open(io.BytesIO(data), formats=[kind]) as opened:
        opened.load()
        turned = ImageOps.exif_transpose(opened)  # as it was held; the note itself is not kept
        # transparent is white, as on paper
        if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
            layer = turned.convert("RGBA")
            turned = Image.new("RGB", layer.size, "white")
            turned.paste(layer, mask=layer.getchannel("A"))
    # an image of its own: nothing that came with the file goes along, no note, profile or comment
    plain = Image.new("RGB", turned.size)
    plain.paste(turned.convert("RGB"))
    plain.thumbnail((SIDE, SIDE))
    kept = _jpeg(plain, 88)
    plain.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return Answer("", "image/jpeg", kept, 1, (_jpeg(plain, 80),))


def _jpeg(picture: Any, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=False)
    return out.getvalue()


def _load() -> None:
    """Load the libraries."""
    from PIL import ImageOps, JpegImagePlugin

    from vamt.uploads import pdf

    del ImageOps, JpegImagePlugin, pdf


def _document(data: bytes) -> Answer:
    from vamt.uploads.pdf import previews, rewritten
    from vamt.uploads.signed import signed

    kept, pages = rewritten(data, MOST_PAGES)
    if len(kept) > 2 * FILE_SIZE:
        raise Unfit("size")
    pictures = tuple(_jpeg(page, 80) for page in previews(kept, PREVIEWS, PREVIEW_SIDE))
    return Answer("", "application/pdf", kept, pages, pictures, signed(data))


def main() -> None:
    """The child: a file in, an `Answer` out. Its word is the seconds of a processor it may take."""
    confine(MEMORY, int(sys.argv[1]))
    if EARLY in sys.argv:
        _load()
    answer = clean(sys.stdin.buffer.read(FILE_SIZE + 1))
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))
    sys.stdout.buffer.flush()
    os._exit(0)  # putting the libraries away would keep the office waiting


if __name__ == "__main__":
    main()
