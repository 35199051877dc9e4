"""One sitting in front of the town's server: the office's words in, a peer, a studio, news out.

The event loop only passes things on. Looking happens in one thread and reading in another, each
with one thing at a time; the newest frame is looked at and those between are dropped.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import msgspec
from av import VideoFrame

from vamt.capture import wire
from vamt.capture.peer import Peer, Trouble
from vamt.capture.studio import Step, Studio, WantRead, WantStill

PACE = 0.125  # seconds from one look to the next ...
SHARE = 0.6  # ... or as many that looking takes no larger share of a processor
BEFORE = 300.0  # seconds the page may take to come: consent is read in peace
PATIENCE = 60.0  # seconds without progress while we look on ...
SIGNING = 900.0  # ... and while somebody reads what she is to sign
AFTER = 1800.0  # seconds the pictures wait for the clerk's judgement
CONNECT = 20.0  # seconds from our answer to the page's picture
MOST_OFFERS = 5

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Sitting:
    """From the first word of the office to the last of ours. `studio` is None for a signature."""

    begin: wire.Begin
    tell: Callable[[wire.FromChild], None]
    studio: Studio | None
    make_peer: Callable[..., Peer] = Peer
    eye: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "eye"))
    reader: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "reader"))
    _peer: Peer | None = None
    _offers: int = 0
    _resting: bool = False
    _watching: bool = False
    _frame: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Future[str] = field(init=False)
    _deadline: asyncio.TimerHandle | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _still: bytearray | None = None
    _still_size: int = 0
    _spent: float = 0.0  # seconds of processor time for the latest look

    async def run(self, words: Callable[[], Awaitable[wire.FromOffice | None]]) -> str:
        """Until it is over; the reason. `words` gives the office's next word, None at its end."""
        self._over = asyncio.get_running_loop().create_future()
        self._progress(BEFORE)
        self._spawn(self._listen(words))
        if self.studio is not None:
            self._spawn(self._look())
        try:
            return await self._over
        finally:
            await self._clear_away()

    async def _clear_away(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._peer is not None:
            why = self._over.result() if self._over.done() and not self._over.cancelled() else ""
            clean = why in ("done", "ended")
            await self._peer.part(kind="end" if clean else "error", why=why)
        self.eye.shutdown(wait=False, cancel_futures=True)
        self.reader.shutdown(wait=False, cancel_futures=True)

    # --- time and tasks

    def _progress(self, patience: float | None = None) -> None:
        if self.studio is None:
            patience = SIGNING
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(
            PATIENCE if patience is None else patience, self._too_long
        )

    def _too_long(self) -> None:
        if self.studio is not None and self.studio.pictures and not self._resting:
            self._spawn(self._rest("timeout"))
        elif self._peer is None or self._watching:
            self._end("timeout")
        else:
            self._end("stream" if self._peer.connected else "path")

    def _end(self, why: str) -> None:
        if not self._over.done():
            self._over.set_result(why)

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._end("crashed")

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, work, *args)

    # --- the office

    async def _listen(self, words: Callable[[], Awaitable[wire.FromOffice | None]]) -> None:
        while (word := await words()) is not None:
            await self._heed(word)
        self._end("ended")

    async def _heed(self, word: wire.FromOffice) -> None:
        match word:
            case wire.Offer(ref, sdp):
                await self._answer(ref, sdp)
            case wire.Take():
                self._progress()
                await self._do(lambda studio, now: studio.take(now))
            case wire.Turn(side):
                self._progress()
                await self._do(lambda studio, now: studio.turn(side))
            case wire.Show(ref, side):
                await self._picture(ref, lambda studio: studio.show(side))
            case wire.Copy(ref, side, keep, lines):
                kept = frozenset(keep)
                await self._picture(ref, lambda studio: studio.copy(side, kept, lines))
            case wire.Begin():
                self._end("crashed")  # the office never says it twice

    async def _answer(self, ref: int, sdp: str) -> None:
        self._offers += 1
        if self._resting or self._offers > MOST_OFFERS:
            why = "ended" if self._resting else "too_many"
            self.tell(wire.Refused(ref, why))
            if why == "too_many":
                self._end(why)
            return
        if self._peer is not None:
            await self._peer.close()  # the page was loaded anew
        clock = asyncio.get_running_loop().time
        self._peer = self.make_peer(
            sitter=self, ice=self.begin.ice, video=self.studio is not None, clock=clock
        )
        try:
            answer = await self._peer.answer(sdp)
        except Trouble as trouble:
            self._peer = None
            self.tell(wire.Refused(ref, trouble.why))
            return
        self._progress(None if self._watching else CONNECT)
        self.tell(wire.Answer(ref, answer))

    async def _picture(self, ref: int, make: Callable[[Studio], bytes | None]) -> None:
        jpeg = None
        if self.studio is not None:
            jpeg = await self._in(self.eye, make, self.studio)
        self.tell(wire.Picture(ref, jpeg) if jpeg else wire.Refused(ref, "nothing"))

    # --- the page

    def on_frame(self) -> None:
        """A frame has come."""
        self._frame.set()

    def on_lost(self) -> None:
        """The page is gone; it may offer again before our patience ends."""

    def on_trouble(self, why: str) -> None:
        """The page has sent what it may not."""
        self._end(why)

    def on_message(self, message: dict[str, Any] | bytes) -> None:
        """A word or a piece of a still; raises Trouble."""
        if isinstance(message, bytes):
            self._piece(message)
        elif message["kind"] == "still" and self.studio is not None:
            size = message.get("bytes")
            if type(size) is not int:  # True is an int, too
                raise Trouble("malformed")
            if not 0 <= size <= wire.STILL_MOST:
                raise Trouble("too_large")
            self._still, self._still_size = bytearray(), size
            self._piece(b"")
        elif message["kind"] == "ink" and self.studio is None:
            try:
                self.tell(msgspec.convert(message, wire.Inked))
            except msgspec.ValidationError:
                raise Trouble("malformed") from None
            self._progress()
        else:
            raise Trouble("malformed")

    def _piece(self, piece: bytes) -> None:
        if self._still is None or len(self._still) + len(piece) > self._still_size:
            raise Trouble("malformed")
        self._still += piece
        if len(self._still) == self._still_size:
            jpeg, self._still = bytes(self._still), None
            self._spawn(self._do(lambda studio, now: studio.still(jpeg, now)))

    # --- the studio

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._resting:
            await self._frame.wait()
            self._frame.clear()
            begun = loop.time()
            frame = self._peer.latest if self._peer is not None else None
            if frame is None:
                continue
            if not self._watching:
                self._watching = True
                self._progress()
                self.tell(wire.Watching(frame.width, frame.height))
            await self._do(partial(self._see, frame))
            over = loop.time() - begun
            await asyncio.sleep(max(0.0, PACE - over, self._spent * (1 / SHARE - 1)))

    def _see(self, frame: VideoFrame, studio: Studio, now: float) -> list[Step]:
        """In the eye's thread; notes what it costs, not how long others kept it waiting."""
        before = time.thread_time()
        steps = studio.see(frame.to_ndarray(format="bgr24"), now)  # type: ignore[arg-type]
        self._spent = time.thread_time() - before
        return steps

    async def _do(self, work: Callable[[Studio, float], list[Step]]) -> None:
        """Something in the eye's thread, and what follows from it."""
        if self.studio is None or self._resting:
            return
        now = asyncio.get_running_loop().time()
        for step in await self._in(self.eye, work, self.studio, now):
            await self._follow(step)

    async def _follow(self, step: Step) -> None:
        match step:
            case WantStill():
                self._say(kind="still")
            case WantRead(card):
                self._spawn(self._read(card))
            case wire.Rested(why):
                await self._rest(why)
            case wire.Advised():
                self.tell(step)
                self._say(kind="advice", side=step.side, advice=step.advice, outline=step.outline)
            case wire.Taken():
                self._progress()
                self.tell(step)
                self._say(kind="taken", side=step.side)
            case wire.ZoneRead():
                self._progress()
                self.tell(step)

    async def _read(self, card: Any) -> None:
        assert self.studio is not None and self.studio.zone is not None
        lines = await self._in(self.reader, self.studio.zone.read, card)
        await self._do(lambda studio, now: studio.heard(lines, now))

    async def _rest(self, why: str) -> None:
        """Look no more; what was seen waits for the clerk."""
        if self._resting or self.studio is None:
            return
        self._resting = True
        self._progress(AFTER)
        await self._in(self.eye, self.studio.stop)
        self.tell(wire.Rested(why))
        peer, self._peer = self._peer, None
        if peer is not None:
            await peer.part(kind="end", why=why)

    def _say(self, **message: Any) -> None:
        if self._peer is not None:
            self._peer.say(**message)
