"""The composition root: open and close it as often as you like; nothing is left behind."""

import asyncio
import gc
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.web.served import (
    PATIENCE,
    Clock,
    Page,
    QuickHasher,
    Town,
    free_port,
    share_parts,
    town_settings,
    visit,
)
from vamt import app as office


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates and passwords are not the point here."""
    share_parts(monkeypatch)
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)


def descriptors() -> int:
    """How many files and sockets the process has open."""
    return len(os.listdir("/proc/self/fd"))


def left_over() -> tuple[int, int, set[str]]:
    """Descriptors, threads, and the tasks of the running loop besides the test itself."""
    gc.collect()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    names = {task.get_coro().__qualname__ for task in others}  # type: ignore[union-attr]
    names.discard("AsyncSocket._send_ping")  # engine.io's; sleeps 8 seconds and ends
    return descriptors(), threading.active_count(), names


async def eventually(true: Callable[[], bool]) -> None:
    """Wait until it is so."""
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("never")


async def use(folder: Path, port: int) -> None:
    """A short working day: booked, visited, talked, and gone without a goodbye."""
    async with Town(folder, Clock(), port=port) as town:
        met = await visit(town)
        await met.clerk.do("say", {"id": "1", "text": "hello"})
        await met.citizen.until(lambda s: s["chat"])
        await town.browser().get("/postfach")


async def test_nothing_leaks(tmp_path: Path) -> None:
    """Six times open, a visit, closed in the middle of it: no task, descriptor or thread more."""
    port = free_port()
    await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.05) for _ in range(8)))  # warm up
    for number in range(2):
        await use(tmp_path / str(number), port)
    before = left_over()
    for number in range(2, 6):
        await use(tmp_path / str(number), port)
    after = left_over()
    assert after[2] <= before[2], f"tasks: {after[2] - before[2]}"
    assert not after[2], f"tasks: {after[2]}"
    assert after[0] <= before[0], "descriptors"
    assert after[1] <= before[1], "threads"


async def test_closing_with_pages_open_is_quick(tmp_path: Path) -> None:
    """A restart must not keep everybody waiting: open sockets are closed, not waited for."""
    async with Town(tmp_path, Clock(), patience=2 * PATIENCE) as town:
        pages = [await town.citizen(await town.book()) for _ in range(5)]
        polling = Page(town.url, "/citizen")
        await polling.connect(
            {"seat": (await town.boot(pages[0].booking.path))["seat"]}, transports=("polling",)
        )
        await pages[0].thrown_out()
        async with asyncio.timeout(PATIENCE):
            await town.close_port()
        for page in pages[1:]:
            await page.thrown_out()
            assert not page.replaced  # nobody took over; the page is to come back by itself
        await polling.drop()


@pytest.mark.parametrize("ticks", range(6))
async def test_closing_the_moment_something_happens(tmp_path: Path, ticks: int) -> None:
    """Cancelled while the news is just being taken in: the stop comes to an end all the same."""
    app = office.make_app(town_settings(tmp_path, free_port()), clock=Clock())
    app.freeze()
    await app.startup()
    await asyncio.sleep(0.1)
    app[office.BOARD].changed()
    for _ in range(ticks):
        await asyncio.sleep(0)
    stopping = asyncio.ensure_future(app.cleanup())
    done, _ = await asyncio.wait([stopping], timeout=PATIENCE)
    stopping.cancel()
    assert done, "it waits for ever"


async def test_the_clock_works_through_what_is_due(tmp_path: Path) -> None:
    """What nobody asks for happens at start-up: holds lapse, yesterday is closed."""
    clock = Clock()
    async with Town(tmp_path, clock) as town:
        booking = await town.book()
        browser = town.browser()
        await browser.get("/termine?service=einzeln")
        await browser.submit(start=browser.page.form().fields["start"].choices[0])
        assert len(town.rows("select * from appointments where state = 'reserved'")) == 1
    clock.forward(86400)
    async with Town(tmp_path, clock) as town:
        await eventually(lambda: town.appointment(booking.id)["state"] == "missed")
        assert town.rows("select state from appointments where id != ?", booking.id) == [
            {"state": "cancelled"}
        ]


async def test_letters_wait_for_the_next_start(tmp_path: Path) -> None:
    """A letter written just before the process died is sent by the next one."""
    town = await Town(tmp_path, Clock()).start()
    town.app[office.BOARD].on_change = lambda: None
    await town.book()
    assert town.rows("select sent from outbox") == [{"sent": None}]
    await town.crash()
    async with Town(tmp_path, Clock()) as town:
        await eventually(lambda: town.rows("select sent from outbox") != [{"sent": None}])


async def test_a_failing_clockwork_is_no_catastrophe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One push that fails is logged; the next one is sent."""
    async with Town(tmp_path, Clock()) as town:
        page = await town.citizen(await town.book())
        await page.until(lambda s: s["state"] == "confirmed")
        board = town.app[office.BOARD]
        right = board.desk.boards.scene
        failures = 0

        async def wrong(tx: object) -> object:
            nonlocal failures
            failures += 1
            if failures == 1:
                raise RuntimeError("the disk is on fire")
            return await right(tx)  # type: ignore[arg-type]

        monkeypatch.setattr(type(board.desk.boards), "scene", lambda self, tx: wrong(tx))
        await page.do("enter")
        await page.until(lambda s: s["state"] == "checked_in")
        assert failures >= 2
