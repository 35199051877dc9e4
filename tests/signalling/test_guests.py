"""A guest's page: what she is told, whom she may signal, how she comes and goes."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.web.served import Page, Town, Visit, visit
from vamt import app as office

ROLE = "interpreter"


async def invite(met: Visit, number: int = 1, name: str = "Olena") -> str:
    """The path of a guest's link."""
    wanted = {"id": f"guest-number-{number:04}", "role": ROLE, "name": name}
    answer = await met.clerk.do("invite", wanted)
    assert answer == await met.clerk.do("invite", wanted)  # the answer got lost: the same link
    return urlsplit(answer["link"]).path


async def arrive(town: Town, path: str) -> Page:
    """Open the link and connect the page."""
    boot = await town.boot(path)
    page = await town.connect("/guest", boot["seat"])
    page.town, page.boot = town, boot
    return page


async def together(town: Town, number: int = 1, met: Visit | None = None) -> tuple[Visit, Page]:
    """A visit with a guest who has come."""
    met = met or await visit(town)
    guest = await arrive(town, await invite(met, number))
    await guest.do("come", {"name": "Olena Bondar"})
    await guest.until(lambda s: s["state"] == "present")
    return met, guest


def names(state: dict[str, Any]) -> list[str]:
    return [peer["name"] for peer in (state.get("visit") or state)["peers"]]


async def test_all_pages_learn_of_the_invitation_and_of_the_guest(town: Town) -> None:
    met = await visit(town)
    path = await invite(met)
    for page in (met.citizen, met.clerk):
        seen = await page.until(lambda s: s["visit"]["guests"])
        assert [(g["name"], g["role"], g["state"]) for g in seen["visit"]["guests"]] == [
            ("Olena", ROLE, "invited")
        ]
        assert len(seen["visit"]["peers"]) == 2
    guest = await arrive(town, path)
    door = await guest.until(lambda s: s["state"] == "invited")
    assert (door["clerk"], door["role"], door["may"]) == ("Anna", ROLE, ["come"])
    assert door["peers"] == door["guests"] == door["chat"] == []
    await met.citizen.until(lambda s: s["visit"]["guests"][0]["online"])

    await guest.do("come", {"name": "Olena Bondar"})
    await guest.do("come", {"name": "Olena Bondar"})  # twice is once
    for page in (met.citizen, met.clerk, guest):
        seen = await page.until(lambda s: "Olena Bondar" in names(s))
        peers = (seen.get("visit") or seen)["peers"]
        assert [p["seat"] for p in peers] == ["citizen", "clerk", "guest"]
        assert all(p["online"] and p["epoch"] for p in peers)
        assert peers[2]["id"] == guest.state["id"] == "guest:guest-number-0001"


async def test_a_guest_learns_nothing_of_the_errand_and_the_person(town: Town) -> None:
    booking = await town.book(
        "ausweis", name="Ada", phone="07171 555", email="geheim@example.org", language="tr"
    )
    async with town.app[office.STORE].write() as tx:
        mine = await tx.appointment(booking.id)
        assert mine
        await tx.change_appointment(mine.id, mine.state, data={"birth_date": "1990-02-03"})
    met = await visit(town, booking=booking)
    await met.citizen.do("say", {"id": "line", "text": "my secret"})
    _, guest = await together(town, met=met)
    told = repr([guest.boot, *guest.states])
    assert "Ada" in told
    for hidden in ("07171", "geheim@", "1990", "ID card", "Ausweis", "my secret", "'tr'"):
        assert hidden not in told, hidden


async def test_signals_pass_between_all_three_and_to_nobody_else(town: Town) -> None:
    met, guest = await together(town)
    pages = {page.state["id"]: page for page in (met.citizen, met.clerk, guest)}
    for sender, page in pages.items():
        for to, other in pages.items():
            signal = {"to": to, "to_epoch": other.boot["epoch"], "connection": "1a"}
            if to == sender:
                assert await page.fails("signal", signal) == "not_allowed"
                continue
            heard = len(other.signals)
            await page.do("signal", {**signal, "candidate": {"candidate": sender}})
            got = (await other.heard(heard + 1))[-1]
            assert (got["from"], got["epoch"]) == (sender, page.boot["epoch"])
    other = await visit(town, "berta")
    for to in (other.citizen.state["id"], other.clerk.state["id"]):
        signal = {"to": to, "to_epoch": 1, "connection": "1a"}
        assert await guest.fails("signal", signal) == "not_allowed"


async def test_two_guests_are_connected_with_each_other_too(town: Town) -> None:
    met, first = await together(town)
    _, second = await together(town, 2, met)
    seen = await first.until(lambda s: len(s["peers"]) == 4)
    assert [g["state"] for g in seen["guests"]] == ["present", "present"]
    signal = {"to": first.state["id"], "to_epoch": 1, "connection": "1a"}
    await second.do("signal", signal)
    assert (await first.heard())[0]["from"] == second.state["id"]
    wanted = {"id": "guest-number-0003", "role": ROLE, "name": "One too many"}
    assert await met.clerk.fails("invite", wanted) == "visit_full"
    await second.do("leave")
    await first.until(lambda s: len(s["peers"]) == 3)
    assert await second.fails("signal", signal) == "not_allowed"
    await met.clerk.do("invite", wanted)


async def test_before_she_comes_and_after_she_has_gone_no_signal_passes(town: Town) -> None:
    met = await visit(town)
    guest = await arrive(town, await invite(met))
    await guest.until(lambda s: s["may"] == ["come"])
    to_clerk = {"to": met.clerk.state["id"], "to_epoch": 1, "connection": "1a"}
    to_guest = {"to": guest.state["id"], "to_epoch": 1, "connection": "1a"}

    async def strangers() -> None:
        assert await guest.fails("signal", to_clerk) == "not_allowed"
        assert await met.clerk.fails("signal", to_guest) == "not_allowed"

    await strangers()
    await guest.do("come", {"name": "Olena"})
    await met.clerk.until(lambda s: "Olena" in names(s))
    await guest.do("signal", to_clerk)
    await guest.do("leave")
    await met.clerk.until(lambda s: "Olena" not in names(s))
    await strangers()
    await guest.do("come", {"name": "Olena"})
    await met.clerk.until(lambda s: "Olena" in names(s))
    await met.clerk.do("remove", {"guest": "guest-number-0001"})
    gone = await guest.until(lambda s: s["state"] == "removed")
    assert (gone["citizen"], gone["peers"], gone["may"]) == ("", [], [])
    await strangers()
    seen = await met.citizen.until(lambda s: not s["visit"]["guests"])
    assert len(seen["visit"]["peers"]) == 2
    assert await guest.fails("come", {"name": "Olena"}) == "illegal_transition"


async def test_the_chat_is_hers_only_while_the_clerk_shares_it(town: Town) -> None:
    met, guest = await together(town)
    await met.citizen.do("say", {"id": "before", "text": "before"})
    assert await guest.fails("say", {"id": "x", "text": "hello"}) == "chat_closed"
    town.clock.forward(1)  # type: ignore[attr-defined]
    await met.clerk.do("share_chat", {"on": True})
    await met.citizen.until(lambda s: s["visit"]["chat_shared"])
    await guest.do("say", {"id": "hers", "text": "hello"})
    seen = await guest.until(lambda s: s["chat"])
    assert [(c["seat"], c["text"]) for c in seen["chat"]] == [(seen["id"], "hello")]
    both = await met.citizen.until(lambda s: len(s["chat"]) == 2)
    assert both["chat"][1]["name"] == "Olena Bondar"
    await met.clerk.do("share_chat", {"on": False})
    await guest.until(lambda s: not s["chat_shared"] and s["chat"] == [])


async def test_set_aside_and_ended_with_the_visit(town: Town) -> None:
    met, guest = await together(town)
    await met.clerk.do("park", {"appointment": met.booking.id})
    aside = await guest.until(lambda s: s["state"] == "away")
    assert not aside["open"] and aside["may"] == ["leave"] and aside["peers"] == []
    assert await guest.fails("come", {"name": "Olena"}) == "no_visit"
    await met.clerk.do("call", {"appointment": met.booking.id})
    await met.citizen.until(lambda s: s["state"] == "called")
    await met.citizen.do("answer")
    await guest.until(lambda s: s["may"] == ["come", "leave"])
    await guest.do("come", {"name": "Olena"})
    await guest.until(lambda s: s["state"] == "present" and len(s["peers"]) == 3)
    await met.clerk.do("end")
    over = await guest.until(lambda s: s["state"] == "ended")
    assert (over["name"], over["citizen"], over["peers"]) == ("", "", [])
    assert "Olena" not in repr(town.dump())


async def test_the_newer_page_wins_and_a_reload_keeps_her_place(town: Town) -> None:
    met, guest = await together(town)
    boot = await town.boot(f"/gast/{town.app[office.LINKS].guest_token('guest-number-0001')}")
    newer = await town.connect("/guest", boot["seat"])
    assert await guest.thrown_out() == "newer_page"
    await newer.until(lambda s: s["state"] == "present" and len(s["peers"]) == 3)
    await met.clerk.until(lambda s: s["visit"]["peers"][2]["epoch"] == boot["epoch"])
    refused = await town.refused("/guest", {"seat": guest.boot["seat"], "protocol": 2})
    assert refused["error"] == "replaced"
    await newer.close()
    await met.clerk.until(lambda s: not s["visit"]["peers"][2]["online"])


async def test_after_a_restart_of_the_server_signals_pass_again(town: Town) -> None:
    _, guest = await together(town)
    board = town.app[office.BOARD]
    before, board.circles = board.circles, {}
    await board.load()
    assert board.circles == before and guest.state["id"] in before


@pytest.mark.parametrize("space", ["/citizen", "/desk"])
async def test_a_guests_token_opens_no_other_door(town: Town, space: str) -> None:
    met = await visit(town)
    boot = await town.boot(await invite(met))
    refused = await town.refused(space, {"seat": boot["seat"], "protocol": 2})
    assert refused["error"] == "seat"


@pytest.mark.parametrize("event", ["invite", "remove", "share_chat"])
async def test_a_guest_has_no_events_of_the_desk(town: Town, event: str) -> None:
    met, guest = await together(town)
    before = town.dump()
    assert await guest.fails(event, {}) == "protocol"
    assert await met.citizen.fails(event, {}) == "protocol"
    assert town.dump() == before
