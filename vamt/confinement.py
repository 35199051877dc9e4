"""How a child process that reads strangers' files or streams is kept from doing harm.

The libraries that decode them are large and written in C. So such a child may do as little as
possible: no file may grow, memory and time are limited, no core is ever dumped, no other process
may look into it, and it ends with the office. On other systems than Linux less can be given up.
"""

import asyncio
import contextlib
import ctypes
import os
import resource
import signal
import sys
from asyncio.subprocess import Process
from dataclasses import dataclass

FILES = 256  # descriptors
BEHIND = 15  # niceness of those for whose answer nobody waits in a visit
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4  # prctl(2)


def confine(memory: int, seconds: int) -> None:
    """Give up, for good, what is not needed: `memory` bytes of addresses, `seconds` of CPU."""
    parent = os.getppid()
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        if os.getppid() != parent or parent == 1:
            os._exit(1)  # the office died before we asked to be told
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_AS, memory),
    ):
        _soft, hard = resource.getrlimit(limit)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (most, most))
    os.nice(5)  # the office's own work goes first


class Spent(Exception):
    """The child has used up its processor time, or the machine its memory: it was killed."""


async def start(module: str, *words: str) -> Process:
    """``python -m module words``, which waits for data."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )


@dataclass(slots=True)
class Spare:
    """A child that was started ahead of the data it waits for. It serves once, like every other."""

    module: str
    words: tuple[str, ...]
    child: Process | None = None  # the one that waits

    async def get_ready(self) -> None:
        """Start one, unless one is waiting."""
        if self.child is None or self.child.returncode is not None:
            self.child = await start(self.module, *self.words)

    def take(self) -> Process | None:
        """The one that waits, if any; the caller sees to its end."""
        child, self.child = self.child, None
        return child if child and child.returncode is None else None

    async def rest(self) -> None:
        """End the one that waits."""
        if child := self.take():
            await _end(child)


async def ask(
    module: str,
    *words: str,
    data: bytes,
    most: int,
    child: Process | None = None,
    behind: bool = False,
) -> bytes:
    """What ``python -m module words`` answers to `data`, at most `most` bytes of it.

    `child` is such a process if one waits already; `behind`, it lets all others go first. The
    child has ended when this returns, is cancelled or fails. Its answer may be cut, or missing
    where it broke on the data: the caller finds that out when decoding. Raises Spent.
    """
    child = child or await start(module, *words)
    assert child.stdin and child.stdout
    said = bytearray()
    try:
        if behind:
            with contextlib.suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, child.pid, BEHIND)
        with contextlib.suppress(ConnectionError):  # it ended before it had read all
            child.stdin.write(data)
            await child.stdin.drain()
        child.stdin.close()
        while len(said) <= most and (piece := await child.stdout.read(256 * 1024)):
            said += piece
        if len(said) <= most:
            await child.wait()
        if child.returncode in (-signal.SIGKILL, -signal.SIGXCPU):
            raise Spent()
    finally:
        if child.returncode is None:
            await _end(child)
    return bytes(said)


async def _end(child: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.kill()
    await child.wait()
