"""What is being typed is seen by the others in the visit, and by nobody and nothing else."""

import structlog

from tests.signalling.test_guests import together
from tests.web.served import Town, visit
from vamt import protocol
from vamt.app import BOARD


async def test_letter_by_letter_in_order(town: Town) -> None:
    """Whole each time, from whom and from which page, both ways."""
    met = await visit(town)
    typed = ["G", "Gut", "Guten Tag 👋", ""]
    for text in typed:
        await met.clerk.do("draft", {"id": "m1", "text": text})
    seen = await met.citizen.read_along(len(typed))
    assert [one["text"] for one in seen] == typed
    assert seen[0] == {
        "from": met.clerk.boot["state"]["id"],
        "epoch": met.clerk.boot["epoch"],
        "id": "m1",
        "text": "G",
    }
    await met.citizen.do("draft", {"id": "m2", "text": "Ha"})
    [back] = await met.clerk.read_along()
    assert (back["from"], back["text"]) == (f"citizen:{met.booking.id}", "Ha")
    assert not met.clerk.drafts[1:] and len(met.citizen.drafts) == len(typed)


async def test_not_outside_a_visit(town: Town) -> None:
    """Waiting, even connected ahead of the call, parked or at no visit: nobody reads along."""
    citizen, clerk = await town.citizen(await town.book(), enter=True), await town.clerk()
    await clerk.until(lambda s: s["ready"])
    assert town.app[BOARD].circles, "they may signal already"

    async def unseen() -> None:
        for page in (citizen, clerk):
            assert await page.fails("draft", {"id": "m1", "text": "geheim"}) == "no_visit"

    await unseen()
    await clerk.do("call")
    await citizen.do("answer")
    await citizen.until(lambda s: s["state"] == "in_visit")
    await citizen.do("draft", {"id": "m1", "text": "offen"})
    await clerk.read_along()
    await clerk.do("park", {"appointment": citizen.booking.id})
    await citizen.until(lambda s: s["state"] == "parked")
    await unseen()
    assert len(clerk.drafts) == 1 and not citizen.drafts


async def test_never_across_visits(town: Town) -> None:
    one, two = await visit(town, "anna"), await visit(town, "berta")
    waiting = await town.citizen(await town.book(), enter=True)
    await one.clerk.do("draft", {"id": "m1", "text": "für eins"})
    await one.citizen.read_along()
    await waiting.quiet()
    assert not (two.citizen.drafts + two.clerk.drafts + waiting.drafts + one.clerk.drafts)


async def test_neither_stored_nor_logged(town: Town) -> None:
    met = await visit(town)
    before = town.dump()
    with structlog.testing.capture_logs() as lines:
        await met.citizen.do("draft", {"id": "m1", "text": "Kontonummer"})
        too_long = "Kontonummer" + "x" * protocol.CHAT_LENGTH
        assert await met.citizen.fails("draft", {"id": "m1", "text": too_long}) == "protocol"
        await met.clerk.read_along()
    assert town.dump() == before
    assert "Kontonummer" not in repr(lines)


async def test_the_other_side_is_away(town: Town) -> None:
    """No error and no waiting: she gets the whole with the next letter."""
    met = await visit(town)
    seat = met.citizen.boot["seat"]
    await met.citizen.close()
    await met.clerk.until(lambda s: not s["visit"]["peers"][0]["online"])
    await met.clerk.do("draft", {"id": "m1", "text": "Gu"})
    back = await town.connect("/citizen", seat)
    await met.clerk.do("draft", {"id": "m1", "text": "Gut"})
    [seen] = await back.read_along()
    assert seen["text"] == "Gut"


async def test_as_fast_as_anybody_types(town: Town) -> None:
    """A page sends at most seven a second; the allowance has room for the call beside it."""
    met = await visit(town)
    for number in range(60):
        await met.clerk.do("draft", {"id": "m1", "text": "x" * (number + 1)})
    await met.citizen.read_along(60)


async def test_malformed_drafts(town: Town) -> None:
    met = await visit(town)
    for wrong in (
        None,
        {},
        {"id": "m1"},
        {"text": "a"},
        {"id": "", "text": "a"},
        {"id": "x" * 65, "text": "a"},
        {"id": 1, "text": "a"},
        {"id": "m1", "text": None},
        {"id": "m1", "text": "a", "to": "clerk:1"},
    ):
        assert await met.citizen.fails("draft", wrong) == "protocol", wrong
    assert await met.citizen.fails("draft", {"id": "m1", "text": "\ud800"}) == "invalid"
    await met.clerk.quiet()
    assert not met.clerk.drafts


async def test_guests_read_along_only_while_the_chat_is_shared(town: Town) -> None:
    met, guest = await together(town)
    await met.citizen.do("draft", {"id": "m1", "text": "unter uns"})
    await met.clerk.read_along()
    assert await guest.fails("draft", {"id": "m2", "text": "Hallo"}) == "no_visit"
    assert not guest.drafts

    await met.clerk.do("share_chat", {"on": True})
    await guest.until(lambda s: s["chat_shared"])
    await met.citizen.do("draft", {"id": "m1", "text": "an alle"})
    assert [one["text"] for one in await guest.read_along()] == ["an alle"]
    await guest.do("draft", {"id": "m2", "text": "Hallo"})
    for page in (met.citizen, met.clerk):
        seen = await page.read_along(1 if page is met.citizen else 3)
        assert (seen[-1]["from"], seen[-1]["text"]) == (guest.state["id"], "Hallo")

    await met.clerk.do("share_chat", {"on": False})
    await guest.until(lambda s: not s["chat_shared"])
    await met.clerk.do("draft", {"id": "m3", "text": "wieder unter uns"})
    await met.citizen.read_along(2)
    assert len(guest.drafts) == 1
