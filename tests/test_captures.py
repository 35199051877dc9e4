"""The office's side of a capture: the line, words both ways, and that nothing is ever left."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.capture.ear import Ear
from vamt import captures as module
from vamt.capture import wire
from vamt.captures import ChildCaptures, NoCapture
from vamt.errors import ProtocolError

CHILD = Path(__file__).parent / "capture" / "fake_child.py"
COMMAND = (sys.executable, "-I", "-S", str(CHILD))


def check(manner: str = "") -> wire.Begin:
    return wire.Begin("check", manner)


@pytest.fixture
async def captures() -> AsyncIterator[ChildCaptures]:
    captures = ChildCaptures(2, COMMAND)
    yield captures
    await captures.close()


async def test_one_capture_from_the_offer_to_the_end(captures: ChildCaptures) -> None:
    ear = Ear()
    captures.begin("a", check(), ear)
    assert await captures.offer("a", "hello") == "answer to hello"
    await ear.until("a", wire.Advised)
    captures.take("a")
    await ear.until("a", wire.Rested)
    assert await captures.show("a", "front") == b"\xff\xd8\xff"
    assert await captures.copy("a", "front", {"name"}, ["KOPIE"]) == b"\xff\xd8\xff"
    captures.end("a")
    await ear.until("a", wire.Ended)
    kinds = [type(news).__name__ for news in ear.of("a")]
    assert kinds == ["Ready", "Watching", "Advised", "Taken", "ZoneRead", "Rested", "Ended"]
    assert ear.of("a")[-1] == wire.Ended("ended")
    with pytest.raises(NoCapture):
        await captures.offer("a", "hello again")


async def test_a_third_waits_in_line_and_comes_when_one_rests_or_ends(
    captures: ChildCaptures,
) -> None:
    ear = Ear()
    for id in "abcd":
        captures.begin(id, check(), ear)
    await ear.until("d", wire.Waiting)
    assert ear.of("c") == [wire.Waiting(1)] and ear.of("d") == [wire.Waiting(2)]
    early = asyncio.ensure_future(captures.offer("c", "early"))
    captures.take("a")  # and rests, its pictures waiting for the clerk
    assert await early == "answer to early"
    await ear.until("a", wire.Rested)
    assert await captures.show("a", "front")
    captures.end("b")
    await ear.until("d", wire.Ready)
    assert not [news for news in ear.of("a") if isinstance(news, wire.Ended)]


async def test_a_signature_looks_at_nothing_and_waits_for_nobody(captures: ChildCaptures) -> None:
    ear = Ear()
    for id in "ab":
        captures.begin(id, check(), ear)
    captures.begin("s", wire.Begin("sign"), ear)
    captures.begin("c", check(), ear)
    await ear.until("s", wire.Ready)
    assert await ear.until("c", wire.Waiting) == wire.Waiting(1)
    captures.end("s")
    await ear.until("s", wire.Ended)
    assert ear.of("c") == [wire.Waiting(1)]


async def test_who_stands_in_line_can_go(captures: ChildCaptures) -> None:
    ear = Ear()
    for id in "abc":
        captures.begin(id, check(), ear)
    await ear.until("c", wire.Waiting)
    captures.end("c")
    assert await ear.until("c", wire.Ended) == wire.Ended("ended")
    assert not [news for news in ear.of("c") if isinstance(news, wire.Ready)]


async def test_the_same_id_again_replaces_the_old_one(captures: ChildCaptures) -> None:
    first, second = Ear(), Ear()
    captures.begin("a", check(), first)
    await first.until("a", wire.Ready)
    captures.begin("a", check(), second)
    await first.until("a", wire.Ended)
    assert await captures.offer("a", "x") == "answer to x"


@pytest.mark.parametrize("manner", ["dies", "rubbish", "endless", "unknown"])
async def test_a_child_that_says_what_it_may_not_is_ended(
    captures: ChildCaptures, manner: str
) -> None:
    ear = Ear()
    captures.begin("a", check(manner), ear)
    assert await ear.until("a", wire.Ended) == wire.Ended("crashed")
    captures.begin("b", check(), ear)  # and the office serves the next one
    assert await captures.offer("b", "x") == "answer to x"


async def test_a_refusal_has_its_reason(captures: ChildCaptures) -> None:
    captures.begin("a", check("refuses"), Ear())
    with pytest.raises(NoCapture) as refused:
        await captures.offer("a", "x")
    assert refused.value.extra == {"why": "sound"}


async def test_no_answer_is_not_waited_for_for_ever(
    captures: ChildCaptures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_PATIENCE", 0.05)
    captures.begin("a", check("mute"), Ear())
    with pytest.raises(NoCapture):
        await captures.offer("a", "x")


async def test_an_endless_offer_never_reaches_the_child(captures: ChildCaptures) -> None:
    captures.begin("a", check(), Ear())
    with pytest.raises(ProtocolError):
        await captures.offer("a", "v" * (module.SDP_LENGTH + 1))


async def test_one_that_does_not_end_is_killed(
    captures: ChildCaptures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "END_PATIENCE", 0.1)
    ear = Ear()
    captures.begin("a", check("stubborn"), ear)
    await ear.until("a", wire.Ready)
    captures.end("a")
    assert await ear.until("a", wire.Ended) == wire.Ended("ended")


async def test_whoever_asks_when_the_child_dies_is_told(captures: ChildCaptures) -> None:
    ear = Ear()
    captures.begin("a", check("mute"), ear)
    asked = asyncio.ensure_future(captures.offer("a", "x"))
    await ear.until("a", wire.Ready)
    captures.end("a")
    with pytest.raises(NoCapture):
        await asked


async def test_an_ear_that_fails_does_not_stop_the_capture(captures: ChildCaptures) -> None:
    async def deaf(id: str, news: wire.News) -> None:
        raise RuntimeError("no database")

    captures.begin("a", check(), deaf)
    assert await captures.offer("a", "x") == "answer to x"


async def test_nothing_is_left_of_many() -> None:
    captures, ear = ChildCaptures(4, COMMAND), Ear()

    def left() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())

    captures.begin("first", check(), ear)  # whatever is made once is made now
    await captures.offer("first", "x")
    captures.end("first")
    await captures.close()
    before = left()
    manners = ["", "dies", "rubbish", "refuses", ""]
    for n in range(40):
        captures.begin(f"c{n}", check(manners[n % 5]), ear)
    for n in range(40):
        if n % 5 in (0, 4):
            await captures.offer(f"c{n}", "x")
            captures.take(f"c{n}")
            await ear.until(f"c{n}", wire.Rested)
        if n % 5 != 1:
            captures.end(f"c{n}")
    await captures.close()
    assert left() == before
    ended = [id for id, news in ear.heard if isinstance(news, wire.Ended)]
    assert sorted(ended) == sorted(["first", *(f"c{n}" for n in range(40))])
    assert not own_children()


def own_children() -> list[str]:
    """The process ids of our children, dead ones too that nobody has asked after."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
