"""The capture child: ``python -m vamt.capture``, started by the office for one capture.

It decodes what strangers send; see `vamt.confinement` for what it gives up at its very start.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from vamt.capture import wire
from vamt.confinement import confine

if TYPE_CHECKING:
    from vamt.capture.studio import Studio

    StudioFor: TypeAlias = Callable[[wire.Begin], Studio]

MEMORY = 3 * 1024**3  # bytes of addresses; about a sixth of it is ever used
CPU = 600  # seconds; a long capture takes 60
STILL_PIXELS = 8_300_000  # of a still: 4K; OpenCV refuses to decode more


class Pipe:
    """Our two pipes to the office. Whatever else a library prints goes nowhere."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        self._reader = asyncio.StreamReader(limit=wire.LINE_DOWN)
        self._words = msgspec.json.Decoder(wire.FromOffice)

    async def open(self) -> None:
        """Begin to listen."""
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self._reader), sys.stdin.buffer
        )

    async def word(self) -> wire.FromOffice | None:
        """The office's next word; None when it has closed the line."""
        line = await self._reader.readline()
        return self._words.decode(line) if line.endswith(b"\n") else None

    def tell(self, news: wire.FromChild) -> None:
        """Say something. The office reads at once, so that waiting for it is no matter."""
        line = msgspec.json.encode(news) + b"\n"
        while line:
            line = line[os.write(self._out, line) :]


async def sit(studio_for: "StudioFor | None") -> None:
    """One capture, from the first word to the last."""
    pipe = Pipe()
    await pipe.open()
    begin = await pipe.word()
    if not isinstance(begin, wire.Begin):
        return
    # what is slow to load is loaded now: nobody is kept waiting, the consent is being read
    from vamt.capture.sitting import Sitting

    studio = None
    if begin.purpose == "check":
        studio = (studio_for or _real_studio)(begin)
    pipe.tell(wire.Ready())
    why = await Sitting(begin, pipe.tell, studio).run(pipe.word)
    pipe.tell(wire.Ended(why))


def _real_studio(begin: wire.Begin) -> "Studio":
    from vamt.capture import senses

    return senses.studio_for(begin)


def main(studio_for: "StudioFor | None" = None) -> None:
    """Run and go at once: threads that still read a frame are not waited for."""
    os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(STILL_PIXELS)  # read when cv2 is loaded
    confine(MEMORY, CPU)
    try:
        asyncio.run(sit(studio_for))
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
