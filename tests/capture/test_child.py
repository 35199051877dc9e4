"""The real child process with a page played by aiortc: a whole check, and pages that mean ill."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.capture.ear import Ear
from tests.capture.page import Film, Page, page
from tests.capture.senses import CLOSER, GOOD_BACK, GOOD_FRONT, jpeg
from vamt.capture import wire
from vamt.captures import ChildCaptures

COMMAND = (sys.executable, "-B", "-m", "tests.capture.child")
CHECK = wire.Begin("check", "id_card")


@pytest.fixture
async def captures() -> AsyncIterator[ChildCaptures]:
    captures = ChildCaptures(2, COMMAND)
    yield captures
    await captures.close()


@pytest.fixture
def ear() -> Ear:
    return Ear()


async def connect(captures: ChildCaptures, other: Page, id: str = "a") -> None:
    await other.accept(await captures.offer(id, await other.offer()))
    await other.open.wait()


async def send_still(other: Page, shade: int) -> None:
    data = jpeg(shade)
    other.channel.send(f'{{"kind": "still", "bytes": {len(data)}}}')
    for at in range(0, len(data), wire.STILL_PART):
        other.channel.send(data[at : at + wire.STILL_PART])


async def test_a_whole_check(captures: ChildCaptures, ear: Ear) -> None:
    film = Film()
    captures.begin("a", CHECK, ear)
    await ear.until("a", wire.Ready)
    async with page(film) as other:
        await connect(captures, other)
        film.picture[:] = CLOSER
        advice = await other.until("advice")
        assert advice["side"] == "front"
        film.picture[:] = GOOD_FRONT
        await other.until("still")
        await send_still(other, GOOD_FRONT)
        assert await other.until("taken") == {"kind": "taken", "side": "front"}
        other.heard.clear()
        film.picture[:] = GOOD_BACK
        await other.until("still")
        await send_still(other, GOOD_BACK)
        assert await other.until("end") == {"kind": "end", "why": "done"}
    assert await ear.until("a", wire.ZoneRead) == wire.ZoneRead(["ONE", "TWO", "THREE"])
    assert await ear.until("a", wire.Rested) == wire.Rested("done")
    assert (await captures.show("a", "back")).startswith(b"\xff\xd8\xff")
    assert await captures.copy("a", "front", [], ["KOPIE"]) == b"\xff\xd8\xffcopy of front"
    process = captures._all["a"].process
    assert process is not None
    captures.end("a")
    assert await ear.until("a", wire.Ended) == wire.Ended("ended")
    assert process.returncode == 0  # by itself, not killed
    advised = [news for news in ear.of("a") if isinstance(news, wire.Advised)]
    assert advised and advised[0].outline is not None


# --- pages that mean ill ---------------------------------------------------------------------


async def test_a_thousand_malformed_messages_end_it_with_a_word(
    captures: ChildCaptures, ear: Ear
) -> None:
    captures.begin("a", CHECK, ear)
    async with page(Film()) as other:
        await connect(captures, other)
        for n in range(1000):
            other.channel.send(f"rubbish no. {n}")
        assert await other.until("error") == {"kind": "error", "why": "malformed"}
    assert await ear.until("a", wire.Ended) == wire.Ended("malformed")
    captures.begin("b", CHECK, ear)  # and the next one is served
    async with page(Film()) as other:
        await connect(captures, other, "b")


async def test_frames_of_8k_end_it(captures: ChildCaptures, ear: Ear) -> None:
    captures.begin("a", CHECK, ear)
    async with page(Film(7680, 4320)) as other:
        await connect(captures, other)
        assert await ear.until("a", wire.Ended) == wire.Ended("too_large")


def limits_of(pid: int) -> str:
    return Path(f"/proc/{pid}/limits").read_text()


async def test_the_child_may_do_little_and_ends_with_the_office() -> None:
    child = await asyncio.create_subprocess_exec(
        *COMMAND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(b'{"kind": "begin", "purpose": "check"}\n')
    assert (await child.stdout.readline()).startswith(b'{"kind":"ready"')
    limits = limits_of(child.pid)
    for name, value in (
        ("Max file size", "0"),
        ("Max core file size", "0"),
        ("Max cpu time", "600"),
        ("Max address space", str(3 * 1024**3)),
    ):
        line = next(line for line in limits.splitlines() if line.startswith(name))
        assert line.removeprefix(name).split()[0] == value
    assert os.stat(f"/proc/{child.pid}/environ").st_uid == 0  # not to be looked into
    child.stdin.close()  # as the kernel does when the office dies
    assert await child.stdout.read() == b'{"kind":"ended","why":"ended"}\n'
    assert await child.wait() == 0
