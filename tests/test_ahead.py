"""Things are ready while citizens are here, and end when nobody is."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from vamt import ahead
from vamt.ahead import Ahead
from vamt.presence import PresenceBook


class Shelf:
    """What was asked for, in order."""

    def __init__(self) -> None:
        self.calls: asyncio.Queue[str] = asyncio.Queue()

    async def ready(self) -> None:
        self.calls.put_nowait("ready")

    async def fails(self) -> None:
        self.calls.put_nowait("fails")
        raise RuntimeError

    async def rest(self) -> None:
        self.calls.put_nowait("rest")

    async def next(self) -> str:
        async with asyncio.timeout(20):
            return await self.calls.get()


@pytest.fixture
async def shelf(
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[Shelf, PresenceBook, Ahead]]:
    """Runs without any pause."""
    monkeypatch.setattr(ahead, "PAUSE", 0)
    monkeypatch.setattr(ahead, "QUIET", 0.01)
    shelf, presence = Shelf(), PresenceBook(lambda: 0.0)
    early = Ahead(presence, (shelf.fails, shelf.ready), shelf.rest)
    task = asyncio.create_task(early.run())
    yield shelf, presence, early
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    while not shelf.calls.empty():
        last = shelf.calls.get_nowait()
    assert last == "rest", "with the office"


async def test_ready_while_a_citizen_is_here(shelf: tuple[Shelf, PresenceBook, Ahead]) -> None:
    things, presence, early = shelf
    presence.come("clerk:a", "1")
    early.wake()
    assert await things.next() == "rest", "a clerk alone needs nothing"
    presence.come("citizen:a", "2")
    early.wake()
    while (call := await things.next()) == "rest":
        pass
    assert (call, await things.next()) == ("fails", "ready"), "one that fails stops no other"
    presence.go("citizen:a", "2")
    while await things.next() != "rest":
        pass
