"""coturn as a child process: started, watched, started again when it dies, stopped with us.

It must not outlive us, not even when we are killed: a second one beside it would share its ports
without a word (coturn sets SO_REUSEPORT), and half of all passwords would be wrong.
"""

import asyncio
import contextlib
import ctypes
import errno
import os
import re
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import structlog

from vamt.errors import N_
from vamt.turn.coturn import Coturn
from vamt.turn.selftest import ask_stun

log = structlog.get_logger()

PAUSES = (0.1, 1.0, 2.0, 5.0, 15.0, 30.0)  # seconds before it is started again
STEADY = 60.0  # seconds; whoever lived that long begins with the shortest pause again
START_PATIENCE = 10.0  # seconds until it must answer; 0.2 as a rule
STOP_PATIENCE = 3.0  # seconds until it is killed
LOOK_AT_FILES = 60.0  # seconds between two looks at the certificate
PR_SET_PDEATHSIG = 1
NEWS = re.compile(r"error|cannot|can't|failed|bind", re.I)
OF_USERS = re.compile(r"user|peer|session|remote|credential", re.I)  # nothing of these is kept


class Health(StrEnum):
    """How the relay is."""

    STARTING = "starting"
    RUNNING = "running"
    ABSENT = "absent"  # not installed
    BLOCKED = "blocked"  # cannot run here: a port, an address, a right
    DEAD = "dead"  # ended by itself, is started again
    STOPPED = "stopped"


TEXTS = {
    Health.STARTING: N_("The relay is being started."),
    Health.RUNNING: N_("The relay is running."),
    Health.DEAD: N_("The relay has ended (%(why)s) and is started again."),
    Health.STOPPED: N_("The relay is stopped."),
    Health.ABSENT: N_(
        "coturn is not installed, so calls between different networks fail. "
        "Install it: apt install coturn, then systemctl disable --now coturn."
    ),
}
PORT_TAKEN = N_(
    "Another program has port %(port)s on %(address)s. Debian's own coturn service? "
    "Then: systemctl disable --now coturn."
)
NOT_OURS = N_("%(address)s is no address of this machine. Correct turn.listen.")
NO_RIGHT = N_(
    "The service may not use port %(port)s. Give it AmbientCapabilities=CAP_NET_BIND_SERVICE."
)
NO_START = N_("The relay cannot be started: %(why)s.")


@dataclass(frozen=True, slots=True)
class Status:
    """What the administration page shows; `text` with `params` is a sentence."""

    health: Health
    text: str
    params: dict[str, Any]
    since: float
    restarts: int = 0


class _Hindered(Exception):
    """It cannot be started here: health, text, params."""


def obstacle(coturn: Coturn) -> tuple[str, dict[str, Any]] | None:
    """What is in the way of its ports, None if nothing is."""
    for kind, address, port in coturn.sockets():
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, kind) as probe:
            if kind == socket.SOCK_STREAM:  # else connections that ended just now are in the way
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                text = {
                    errno.EADDRINUSE: PORT_TAKEN,
                    errno.EADDRNOTAVAIL: NOT_OURS,
                    errno.EACCES: NO_RIGHT,
                }.get(error.errno or 0, NO_START)
                return text, {"port": port, "address": address, "why": error.strerror}
    return None


def _dies_with_us() -> Callable[[], None] | None:
    """To be called in the child between fork and exec: everything is looked up before."""
    if sys.platform != "linux":
        return None
    prctl, parent, number = ctypes.CDLL(None, use_errno=True).prctl, os.getpid(), signal.SIGKILL

    def in_child() -> None:
        prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # we were killed in between
            os._exit(1)

    return in_child


@dataclass(slots=True)
class Supervisor:
    """Looks after one coturn."""

    coturn: Coturn
    clock: Callable[[], float]
    status: Status = field(init=False)
    look: float = LOOK_AT_FILES
    process: asyncio.subprocess.Process | None = None
    _running: asyncio.Event = field(default_factory=asyncio.Event)
    _last_words: deque[str] = field(default_factory=lambda: deque(maxlen=5))

    def __post_init__(self) -> None:
        self.status = Status(Health.STARTING, TEXTS[Health.STARTING], {}, self.clock())

    def exists(self) -> bool:
        """Whether browsers shall be told of it; a restart of a moment changes nothing."""
        return self.status.health not in (Health.ABSENT, Health.BLOCKED, Health.STOPPED)

    async def ready(self) -> None:
        """Wait until it runs."""
        await self._running.wait()

    async def run(self) -> None:
        """Keep it running until cancelled."""
        deaths = 0
        loop = asyncio.get_running_loop()
        try:
            while True:
                begun = loop.time()
                try:
                    why = await self._live()
                    self._set(Health.DEAD, TEXTS[Health.DEAD], {"why": why})
                    log.warning("coturn ended", why=why, said=list(self._last_words))
                except _Hindered as hindered:
                    self._set(*hindered.args)
                except Exception as error:
                    log.exception("coturn cannot be started")
                    self._set(Health.BLOCKED, NO_START, {"why": type(error).__name__})
                finally:
                    self._running.clear()
                    await self._end()
                deaths = 0 if loop.time() - begun > STEADY else deaths
                await asyncio.sleep(PAUSES[min(deaths, len(PAUSES) - 1)])
                deaths += 1
        finally:
            self._set(Health.STOPPED, TEXTS[Health.STOPPED], {})

    def _set(self, health: Health, text: str, params: dict[str, Any]) -> None:
        old = self.status
        if (health, text, params) == (old.health, old.text, old.params) and health != Health.DEAD:
            return
        restarts = old.restarts + (health is Health.DEAD)
        self.status = Status(health, text, params, self.clock(), restarts)
        if health in (Health.ABSENT, Health.BLOCKED):
            log.error("no relay", why=text % params)
        elif health is not Health.DEAD:  # which is told with its last words
            log.info("relay", state=str(health), was=str(old.health))

    async def _live(self) -> str:
        """One life of the child; returns how it ended."""
        try:
            command = self.coturn.command()
        except FileNotFoundError:
            raise _Hindered(Health.ABSENT, TEXTS[Health.ABSENT], {}) from None
        except OSError as error:
            why = {"why": f"{error.filename}: {error.strerror}"}
            raise _Hindered(Health.BLOCKED, NO_START, why) from None
        if found := obstacle(self.coturn):
            raise _Hindered(Health.BLOCKED, *found)
        self._last_words.clear()
        self.process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=self.coturn.folder,
            preexec_fn=_dies_with_us(),
        )
        if not self.exists():  # what was in the way is gone
            self._set(Health.STARTING, TEXTS[Health.STARTING], {})
        listener = asyncio.create_task(self._listen(self.process))
        try:
            if await self._answers(self.process):
                self._set(Health.RUNNING, TEXTS[Health.RUNNING], {})
                self._running.set()
                await self._watch(self.process)
            elif self.process.returncode is None:
                return "no answer"
        finally:
            if self.process.returncode is not None:  # hear its last words
                await asyncio.wait({listener}, timeout=0.5)
            listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listener
        return _ended(self.process.returncode)

    async def _answers(self, process: asyncio.subprocess.Process) -> bool:
        """Whether it answers in time."""
        turn = self.coturn.settings.turn
        host = next(iter(self.coturn.addresses()), "127.0.0.1")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_PATIENCE):
                while process.returncode is None:
                    with contextlib.suppress(TimeoutError, OSError):
                        await asyncio.wait_for(ask_stun(host, turn.port), 0.1)
                        return True
                    await asyncio.sleep(0.02)
        return False

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Wait for its end; tell it of a renewed certificate."""
        seen = self._file_times()
        while process.returncode is None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), self.look)
            if (now := self._file_times()) != seen and process.returncode is None:
                seen = now
                process.send_signal(signal.SIGUSR2)  # read it again, calls go on
                log.info("relay has a new certificate")

    def _file_times(self) -> list[float]:
        times = []
        for file in self.coturn.certificate_files():
            try:
                times.append(file.stat().st_mtime)
            except OSError:
                times.append(0.0)
        return times

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Read what it says, so that it never waits; keep only what is about itself."""
        assert process.stdout is not None
        while True:
            try:
                line = (await process.stdout.readline()).decode(errors="replace").strip()
            except ValueError:  # longer than any line of coturn's
                continue
            if not line:
                if process.stdout.at_eof():
                    return
                continue
            if NEWS.search(line) and not OF_USERS.search(line):
                self._last_words.append(line[:200])

    async def _end(self) -> None:
        """Stop the child if there is one."""
        process, self.process = self.process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STOP_PATIENCE)
        finally:  # also when we are told to stop while we wait
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _ended(code: int | None) -> str:
    """An exit status in words."""
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit status {code}"
