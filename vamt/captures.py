"""The office's side of the captures: starts a child for each, passes words on, and ends it.

Implements `vamt.services.ports.Captures`. A child is believed as little as a page: what it says is
of a limited length and of a known type, or it is killed. This process never decodes a picture.
"""

import asyncio
import contextlib
import itertools
import os
import sys
from collections.abc import Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog

from vamt.capture import wire
from vamt.capture.wire import Begin, News, Side
from vamt.errors import N_, ProtocolError, UserError
from vamt.services.ports import Hear

log = structlog.get_logger()

COMMAND = (sys.executable, "-B", "-m", "vamt.capture")
ANSWER_PATIENCE = 8.0  # seconds; 0.1 from a warm child, and a cold one has to load first
SDP_LENGTH = 30_000  # characters; a browser's has about 4,000
END_PATIENCE = 2.0  # seconds for the last words until it is killed


class NoCapture(UserError):
    """There is none of this id, or it does not answer."""

    status = 409
    key = "no_capture"
    default_message = N_("The town's server cannot look on at the moment.")


@dataclass(slots=True, eq=False)
class _Capture:
    """One capture: in line, running, resting or over."""

    id: str
    wanted: Begin
    hear: Hear
    task: asyncio.Task[None] | None = None
    process: asyncio.subprocess.Process | None = None
    looking: bool = False  # counts against `at_once`
    over: bool = False
    before: int = 0  # so many go first, as was told
    may_start: asyncio.Event = field(default_factory=asyncio.Event)
    unsent: list[wire.FromOffice] = field(default_factory=list)  # while in line
    asked: dict[int, asyncio.Future[wire.Reply]] = field(default_factory=dict)


class ChildCaptures:
    """All captures of this office. At most `at_once` are looked at; the others wait in line."""

    def __init__(self, at_once: int, command: Sequence[str] = COMMAND) -> None:
        self.at_once = at_once
        self.command = tuple(command)
        self._all: dict[str, _Capture] = {}
        self._looked_at = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._refs = itertools.count(1)
        self._news = msgspec.json.Decoder(wire.FromChild)

    def begin(self, id: str, wanted: Begin, hear: Hear) -> None:
        """Start a child, or stand in line for one. The last news is always `Ended`."""
        self.end(id)
        capture = self._all[id] = _Capture(id, wanted, hear)
        self._move_up()
        capture.task = self._spawn(self._live(capture))

    async def offer(self, id: str, sdp: str) -> str:
        """The answer to a page's offer; raises NoCapture, with the child's reason as `why`."""
        if len(sdp) > SDP_LENGTH:
            raise ProtocolError()
        reply = await self._ask(id, lambda ref: wire.Offer(ref, sdp))
        if isinstance(reply, wire.Answer):
            return reply.sdp
        raise NoCapture(extra={"why": reply.why} if isinstance(reply, wire.Refused) else None)

    def take(self, id: str) -> None:
        """Take the best picture there is, now."""
        self._send(id, wire.Take())

    def turn(self, id: str, side: Side) -> None:
        """Look for this side from now on."""
        self._send(id, wire.Turn(side))

    def end(self, id: str) -> None:
        """End it, with all that it has seen."""
        capture = self._all.pop(id, None)
        if capture is not None and not capture.over:
            capture.over = True
            capture.may_start.set()
            if capture.process is not None and capture.process.stdin is not None:
                capture.process.stdin.close()
            self._spawn(self._kill_later(capture))

    async def show(self, id: str, side: Side) -> bytes:
        """The unmasked picture of a side as JPEG. For the clerk's eyes; never stored."""
        return self._jpeg(await self._ask(id, lambda ref: wire.Show(ref, side)))

    async def copy(self, id: str, side: Side, keep: Collection[str], lines: list[str]) -> bytes:
        """The masked and overprinted copy of a side as JPEG."""
        kept = sorted(keep)
        return self._jpeg(await self._ask(id, lambda ref: wire.Copy(ref, side, kept, lines)))

    async def close(self, _app: object = None) -> None:
        """End all, and wait until nothing of them is left."""
        for id in list(self._all):
            self.end(id)
        while self._tasks:
            await asyncio.wait(self._tasks)

    # --- words to a child

    def _send(self, id: str, word: wire.FromOffice) -> None:
        capture = self._all.get(id)
        if capture is None or capture.over:
            return
        if capture.process is None or capture.process.stdin is None:
            capture.unsent.append(word)
        else:
            _write(capture.process.stdin, word)

    async def _ask(self, id: str, word: Any) -> wire.Reply:
        capture = self._all.get(id)
        if capture is None or capture.over:
            raise NoCapture()
        ref = next(self._refs)
        reply = capture.asked[ref] = asyncio.get_running_loop().create_future()
        self._send(id, word(ref))
        try:
            async with asyncio.timeout(ANSWER_PATIENCE):
                return await reply
        except TimeoutError:
            raise NoCapture() from None
        finally:
            capture.asked.pop(ref, None)

    def _jpeg(self, reply: wire.Reply) -> bytes:
        if isinstance(reply, wire.Picture):
            return reply.jpeg
        raise NoCapture()

    # --- the line

    def _move_up(self) -> None:
        """Let the first ones in, and tell the others how many go before them."""
        before = 0
        for one in self._all.values():
            if one.may_start.is_set():
                continue
            if one.wanted.purpose == "sign":  # looks at nothing, and so waits for nobody
                one.may_start.set()
            elif self._looked_at < self.at_once:
                self._looked_at += 1
                one.looking = True
                one.may_start.set()
            else:
                before += 1
                if one.before != before:
                    one.before = before
                    self._spawn(self._tell(one, wire.Waiting(before)))

    def _step_out(self, capture: _Capture) -> None:
        """It is not looked at any more."""
        if capture.looking:
            capture.looking = False
            self._looked_at -= 1
        self._move_up()

    # --- a child's life

    async def _live(self, capture: _Capture) -> None:
        why = "crashed"
        try:
            await capture.may_start.wait()
            if not capture.over:
                capture.process = await asyncio.create_subprocess_exec(
                    *self.command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.DEVNULL,
                    limit=wire.LINE_UP,
                    env={**os.environ, "MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1"},
                )
                why = await self._listen(capture, capture.process)
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            log.warning("capture failed", why=type(error).__name__)  # what it said is not logged
        finally:
            await self._bury(capture)
        if capture.over and why == "crashed":
            why = "ended"  # it was we who closed the line
        capture.over = True
        if self._all.get(capture.id) is capture:
            del self._all[capture.id]
        self._step_out(capture)
        await self._tell(capture, wire.Ended(why))

    async def _listen(self, capture: _Capture, process: asyncio.subprocess.Process) -> str:
        """Hear what it says; returns its last word."""
        assert process.stdout is not None and process.stdin is not None
        for word in [capture.wanted, *capture.unsent]:
            _write(process.stdin, word)
        capture.unsent.clear()
        if capture.over:
            process.stdin.close()
        while line := await process.stdout.readline():
            news = self._news.decode(line)
            match news:
                case wire.Answer() | wire.Picture() | wire.Refused():
                    reply = capture.asked.get(news.ref)
                    if reply is not None and not reply.done():
                        reply.set_result(news)
                case wire.Ended(why):
                    return why
                case _:
                    if isinstance(news, wire.Rested):
                        self._step_out(capture)
                    if not capture.over:
                        await self._tell(capture, news)
        return "crashed"

    async def _bury(self, capture: _Capture) -> None:
        """Nothing of the process is left, not even a zombie."""
        for reply in capture.asked.values():
            if not reply.done():
                reply.set_exception(NoCapture())
        process = capture.process
        if process is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), END_PATIENCE / 4)
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if process.stdin is not None:
            process.stdin.close()
            with contextlib.suppress(OSError):
                await process.stdin.wait_closed()

    async def _kill_later(self, capture: _Capture) -> None:
        """It was told to end; if it does not, it is made to."""
        if capture.task is not None:
            await asyncio.wait({capture.task}, timeout=END_PATIENCE)
        if capture.process is not None and capture.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                capture.process.kill()

    async def _tell(self, capture: _Capture, news: News) -> None:
        try:
            await capture.hear(capture.id, news)
        except Exception:
            log.exception("news of a capture not taken", news=type(news).__name__)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _write(pipe: asyncio.StreamWriter, word: wire.FromOffice) -> None:
    if not pipe.is_closing():
        pipe.write(msgspec.json.encode(word) + b"\n")
