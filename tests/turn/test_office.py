"""The office and its relay together: who is told what, when passwords are renewed, and a coturn
that comes and goes with the service."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aioice import stun
from aioice.turn import create_turn_endpoint

from tests.turn.clients import PATIENCE, Allocation, Clients, Ear, clients
from tests.turn.conftest import MakeTown, free_port
from tests.web.served import Clock, QuickHasher, Town, share_parts, town_settings, visit
from vamt import app as office
from vamt.settings import Turn
from vamt.signalling import Switchboard
from vamt.turn.credentials import IceServers

URLS = ["stun:turn.example.de", "turn:turn.example.de", "turns:turn.example.de:443?transport=tcp"]
EXTERNAL = Turn(mode="external", urls=URLS, secret="theirs", ttl_minutes=10)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates, passwords and the test of a server that does not exist are not the point."""
    share_parts(monkeypatch)
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """A town with somebody else's TURN server."""

    async def not_tried(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr("vamt.turn.selftest.try_servers", not_tried)
    settings = msgspec.structs.replace(town_settings(tmp_path, free_port()), turn=EXTERNAL)
    async with Town(tmp_path, Clock(), settings=settings) as served:
        yield served


def relay(state: dict[str, Any]) -> dict[str, Any] | None:
    """The TURN entry of a state."""
    found = [one for one in state["ice"] if "username" in one]
    assert state["ice"][0] == {"urls": URLS[:1]}  # STUN is for everybody
    assert len(found) <= 1
    return found[0] if found else None


def leg(state: dict[str, Any]) -> str:
    entry = relay(state)
    assert entry and entry["urls"] == URLS[1:] and entry["credential"]
    name: str = entry["username"].partition(":")[2]
    return name


async def test_a_relay_is_for_those_who_may_enter_and_not_for_whoever_has_booked(
    town: Town,
) -> None:
    late = await town.citizen(await town.book(start=(await town.free())[-1]))
    assert isinstance(town.clock, Clock)
    opens = late.boot["state"]["opens"]
    assert town.clock.now < opens
    assert relay(late.boot["state"]) is None
    assert relay(await late.until(lambda s: s)) is None
    town.clock.now = opens + 1
    boot = await town.boot(late.booking.path)
    assert relay(boot["state"]) is not None


async def test_each_page_of_each_visit_has_a_leg_of_its_own(town: Town) -> None:
    first = await visit(town, "anna")
    second = await visit(town, "berta")
    states = [page.state for met in (first, second) for page in (met.citizen, met.clerk)]
    legs = [leg(state) for state in states]
    assert len(set(legs)) == 4
    before = leg(first.citizen.state)
    again = await town.citizen(first.booking)  # a reloaded page is another leg
    state = await again.until(lambda s: s["state"] == "in_visit")
    assert leg(state) not in (*legs, before)


async def test_the_same_leg_keeps_its_password_for_a_while(town: Town) -> None:
    met = await visit(town)
    before = relay(met.citizen.state)
    count = len(met.citizen.states)
    await met.clerk.do("say", {"id": "1", "text": "hello"})
    await met.citizen.until(lambda s: s["chat"])
    assert len(met.citizen.states) > count
    assert relay(met.citizen.state) == before


async def test_after_the_visit_nobody_gets_another_password(town: Town) -> None:
    met = await visit(town)
    during = leg(met.clerk.state)
    await met.clerk.do("end")
    assert relay(await met.citizen.until(lambda s: s["state"] == "finished")) is None
    state = await met.clerk.until(lambda s: not s["visit"])
    assert leg(state) != during


async def test_passwords_are_renewed_while_a_visit_lasts(town: Town) -> None:
    """Through the very function the ticker calls every minute."""
    met = await visit(town)
    waiting = await town.citizen(await town.book(), enter=True)
    assert isinstance(town.clock, Clock)
    board, store = town.app[office.BOARD], town.app[office.STORE]
    ice = board.desk.boards.ice
    assert isinstance(ice, IceServers)
    renew = office._renewer(store, board, ice)
    pages = (met.citizen, met.clerk, waiting)
    await waiting.until(lambda s: s["queue"])
    for _ in range(3):
        before = [relay(page.state) for page in pages]
        expires = [int(one["username"].partition(":")[0]) for one in before if one]
        for _ in range(5):  # five minutes, half the life of a password
            town.clock.forward(60)
            await renew()
        for page, old in zip(pages, before, strict=True):
            await page.until(lambda s, old=old: relay(s) != old)  # type: ignore[misc]
        assert min(expires) > town.clock.now + 200  # the old ones were good all the time


async def test_without_a_turn_server_nothing_is_pushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Town(tmp_path, Clock()) as quiet:
        met = await visit(quiet)
        assert met.citizen.state["ice"] == met.clerk.state["ice"] == []
        board = quiet.app[office.BOARD]
        ice = board.desk.boards.ice
        assert isinstance(ice, IceServers)
        renew = office._renewer(quiet.app[office.STORE], board, ice)
        told: list[object] = []
        monkeypatch.setattr(Switchboard, "changed", lambda self, *news: told.append(news))
        assert isinstance(quiet.clock, Clock)
        quiet.clock.forward(3600)
        await renew()
        assert not told


# --- with a coturn of its own


@pytest.fixture
async def own(
    tmp_path: Path, make_town: MakeTown, coturn_installed: None
) -> AsyncIterator[tuple[Town, Clients]]:
    """A town that runs coturn, and browsers that use it."""
    turn = make_town().turn
    settings = msgspec.structs.replace(town_settings(tmp_path, free_port()), turn=turn)
    async with Town(tmp_path, time.time, settings=settings) as served, clients(settings) as some:
        yield served, some


async def ready(town: Town) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await answers(town.settings.turn.port):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.transport.abort()
    return True


async def test_what_the_pages_are_told_opens_the_towns_own_relay(
    own: tuple[Town, Clients],
) -> None:
    town, some = own
    await ready(town)
    clerk = await town.clerk()
    state = await clerk.until(lambda s: any("username" in one for one in s["ice"]))
    (entry,) = [one for one in state["ice"] if "username" in one]
    server = ("127.0.0.1", town.settings.turn.port)
    transport, ear = await create_turn_endpoint(Ear, server, entry["username"], entry["credential"])
    mine = Allocation(transport, ear)
    some.open.append(mine)
    await mine.send(b"hello", mine.address)
    assert await mine.hear() == b"hello"
    with pytest.raises(stun.TransactionFailed):
        await create_turn_endpoint(Ear, server, entry["username"], "guessed")


async def test_the_relay_stops_with_the_service(own: tuple[Town, Clients]) -> None:
    town, _ = own
    await ready(town)
    await town.close_port()
    assert not await answers(town.settings.turn.port)
