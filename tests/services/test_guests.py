"""Guests of a visit: invited, here, away, gone; and what the visit does to them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.conftest import Rows, Town
from vamt import rooms, states
from vamt.errors import Conflict, Invalid, NotFound, VamtError
from vamt.services.guests import guest_seat
from vamt.states import GUEST, GuestEvent, Illegal
from vamt.states import Guest as State

CLERK, COLLEAGUE = "clerk-keller", "clerk-demir"
ID = "a-fresh-id-of-the-page"


async def state_of(town: Town, id: str) -> State:
    return (await town.guests.guest(id))[0].state


async def invited(town: Town) -> str:
    await town.visited(CLERK)
    return (await town.invited(CLERK)).id


async def present(town: Town) -> str:
    return (await town.with_guest(CLERK))[1].id


async def away(town: Town) -> str:
    mine, guest = await town.with_guest(CLERK)
    await town.office.park(CLERK, mine.id)
    return guest.id


async def left(town: Town) -> str:
    id = await present(town)
    await town.guests.leave(id)
    return id


async def removed(town: Town) -> str:
    id = await present(town)
    await town.guests.remove(CLERK, id)
    return id


async def ended(town: Town) -> str:
    id = await present(town)
    await town.office.end(CLERK)
    return id


WAYS: dict[State, Callable[[Town], Awaitable[str]]] = {
    State.INVITED: invited,
    State.PRESENT: present,
    State.AWAY: away,
    State.LEFT: left,
    State.REMOVED: removed,
    State.ENDED: ended,
}


def others(rows: Rows) -> Rows:
    return {table: found for table, found in rows.items() if table not in ("guests", "history")}


@pytest.mark.parametrize("event", GuestEvent)
@pytest.mark.parametrize("state", State)
async def test_every_pair_of_the_guests_table(town: Town, state: State, event: GuestEvent) -> None:
    await town.clerk("keller")
    id = await WAYS[state](town)
    guest, _ = await town.guests.guest(id)
    assert guest.state is state
    town.clock.go(7)
    before = town.rows()
    async with town.store.write() as tx:
        if (state, event) not in GUEST.table:
            with pytest.raises(Illegal) as refused:
                await town.steps.guest(tx, guest, event, by="tester")
            assert refused.value.extra == {"state": state, "event": event}
        else:
            await town.steps.guest(tx, guest, event, by="tester")
    after = town.rows()
    if (state, event) not in GUEST.table:
        assert after == before
        return
    target = GUEST.table[state, event].target
    name = "" if event is GuestEvent.END else before["guests"][0]["name"]
    assert after["guests"] == [{**before["guests"][0], "state": target, "name": name}]
    (new,) = after["history"][len(before["history"]) :]
    assert (new["machine"], new["subject"], new["by"]) == ("guest", id, "tester")
    assert (new["event"], new["old"], new["new"], new["at"]) == (event, state, target, town.clock())
    assert others(after) == others(before)


async def test_a_guest_somebody_else_has_changed_is_a_conflict(town: Town) -> None:
    await town.clerk("keller")
    guest, _ = await town.guests.guest(await invited(town))
    await town.guests.remove(CLERK, guest.id)
    with pytest.raises(Conflict) as refused:
        async with town.store.write() as tx:
            await town.steps.guest(tx, guest, GuestEvent.COME, by="tester")
    assert not isinstance(refused.value, Illegal)


# --- inviting


async def test_an_invitation_is_for_the_visit_at_the_clerks_desk(town: Town) -> None:
    await town.clerk("keller")
    mine = await town.visited(CLERK)
    told = len(town.hub.told)
    guest = await town.guests.invite(CLERK, ID, "colleague", "  Emre   Demir ", "en")
    async with town.store.read() as tx:
        visit = await tx.visit_at(CLERK)
        assert visit and await tx.guests_of(visit.id) == [guest]
    assert guest == rooms.Guest(
        ID, visit.id, "Emre Demir", "colleague", State.INVITED, "en", town.clock()
    )
    assert town.hub.told[told:] == [(frozenset([mine.id]), False)]


async def test_asking_twice_invites_once(town: Town) -> None:
    await town.clerk("keller")
    await town.visited(CLERK)
    first = await town.guests.invite(CLERK, ID, "companion", "Can", "de")
    assert await town.guests.invite(CLERK, ID, "companion", "Can", "de") == first
    assert len(town.rows("guests")["guests"]) == 1


async def test_a_companions_page_begins_in_the_language_of_the_citizen(town: Town) -> None:
    await town.clerk("keller")
    mine = await town.waiting(language="tr")
    await town.office.call(CLERK, mine.id)
    await town.office.answer(mine.id)
    languages = {
        role: (await town.invited(CLERK, role)).language for role in ("companion", "interpreter")
    }
    assert languages == {"companion": "tr", "interpreter": "de"}


@pytest.mark.parametrize(
    ("id", "role", "name", "field"),
    [
        (ID, "spy", "Olena", "role"),
        (ID, "interpreter", " ", "name"),
        (ID, "interpreter", "O" * 121, "name"),
        (ID, "interpreter", "O\0lena", "name"),
        ("short", "interpreter", "Olena", "id"),
        ("guest:with-a-colon-inside", "interpreter", "Olena", "id"),
    ],
)
async def test_invitations_that_are_none(
    town: Town, id: str, role: str, name: str, field: str
) -> None:
    await town.clerk("keller")
    await town.visited(CLERK)
    before = town.rows()
    with pytest.raises(Invalid) as refused:
        await town.guests.invite(CLERK, id, role, name, "de")
    assert refused.value.field == field
    assert town.rows() == before


async def test_only_a_clerk_in_an_open_visit_invites(town: Town) -> None:
    await town.clerk("keller")
    await town.clerk("demir")
    await town.called(CLERK)
    for clerk in (CLERK, COLLEAGUE):  # nobody has accepted yet; nobody is there
        with pytest.raises(Conflict) as refused:
            await town.guests.invite(clerk, ID, "companion", "Can", "de")
        assert refused.value.key == "no_visit"


async def test_an_id_of_another_visit_is_not_given_away(town: Town) -> None:
    await town.clerk("keller")
    await town.clerk("demir")
    await town.visited(CLERK)
    await town.guests.invite(CLERK, ID, "companion", "Can", "de")
    await town.visited(COLLEAGUE)
    with pytest.raises(Conflict):
        await town.guests.invite(COLLEAGUE, ID, "companion", "Can", "de")
    with pytest.raises(NotFound):
        await town.guests.remove(COLLEAGUE, ID)


async def test_no_more_than_two_are_expected_at_once(town: Town) -> None:
    await town.clerk("keller")
    await town.visited(CLERK)
    first, second = await town.invited(CLERK), await town.invited(CLERK)
    with pytest.raises(Conflict) as refused:
        await town.invited(CLERK)
    assert refused.value.key == "visit_full"
    await town.guests.come(first.id, "Olena")
    await town.guests.leave(first.id)
    third = await town.invited(CLERK)  # there is room again ...
    with pytest.raises(Conflict) as refused:
        await town.guests.come(first.id, "Olena")  # ... which was hers
    assert refused.value.key == "visit_full"
    await town.guests.remove(CLERK, third.id)
    await town.guests.come(first.id, "Olena")
    assert await state_of(town, first.id) is State.PRESENT
    assert await state_of(town, second.id) is State.INVITED


# --- coming and going


async def test_she_comes_under_the_name_she_gives(town: Town) -> None:
    await town.clerk("keller")
    mine = await town.visited(CLERK)
    guest = await town.invited(CLERK, name="die Dolmetscherin")
    told = len(town.hub.told)
    await town.guests.come(guest.id, " Olena  Bondar ")
    await town.guests.come(guest.id, "Somebody Else")  # twice is once
    here, _ = await town.guests.guest(guest.id)
    assert (here.state, here.name) == (State.PRESENT, "Olena Bondar")
    assert town.hub.told[told:] == [(frozenset([mine.id]), False)]


@pytest.mark.parametrize("name", ["", "  ", "?!", "x" * 121])
async def test_without_a_name_nobody_comes_in(town: Town, name: str) -> None:
    await town.clerk("keller")
    id = await invited(town)
    with pytest.raises(Invalid) as refused:
        await town.guests.come(id, name)
    assert refused.value.field == "name"
    assert await state_of(town, id) is State.INVITED


@pytest.mark.parametrize("state", [State.REMOVED, State.ENDED])
async def test_the_link_of_somebody_removed_or_over_lets_nobody_in(
    town: Town, state: State
) -> None:
    await town.clerk("keller")
    id = await WAYS[state](town)
    before = town.rows()
    with pytest.raises(Conflict):
        await town.guests.come(id, "Olena")
    await town.guests.leave(id)  # is gone already
    assert town.rows() == before


async def test_leaving_and_removing_twice_is_once(town: Town) -> None:
    await town.clerk("keller")
    id = await left(town)
    before = town.rows()
    await town.guests.leave(id)
    assert town.rows() == before
    await town.guests.remove(CLERK, id)
    before = town.rows()
    await town.guests.remove(CLERK, id)
    assert town.rows() == before


async def test_an_unknown_guest_is_not_found(town: Town) -> None:
    await town.clerk("keller")
    await town.visited(CLERK)
    calls: list[Awaitable[Any]] = [
        town.guests.guest("nobody"),
        town.guests.come("nobody", "Olena"),
        town.guests.leave("nobody"),
        town.guests.remove(CLERK, "nobody"),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            await call


# --- with the visit


async def test_a_visit_set_aside_sets_the_guest_aside_who_comes_again_by_herself(
    town: Town,
) -> None:
    await town.clerk("keller")
    mine, guest = await town.with_guest(CLERK)
    other = await town.invited(CLERK)
    await town.office.park(CLERK, mine.id)
    assert await state_of(town, guest.id) is State.AWAY
    assert await state_of(town, other.id) is State.INVITED  # her link still holds
    with pytest.raises(Conflict) as refused:
        await town.guests.come(guest.id, "Olena")
    assert refused.value.key == "no_visit"
    await town.office.call(CLERK, mine.id)
    await town.office.answer(mine.id)
    assert await state_of(town, guest.id) is State.AWAY  # nobody's camera goes on by itself
    await town.guests.come(guest.id, "Olena")
    assert await state_of(town, guest.id) is State.PRESENT


async def test_after_a_hand_over_the_colleague_has_the_guests(town: Town) -> None:
    await town.clerk("keller")
    await town.clerk("demir")
    mine, guest = await town.with_guest(CLERK)
    await town.office.hand_over(CLERK, COLLEAGUE, "")
    await town.office.call(COLLEAGUE, mine.id)
    await town.office.answer(mine.id)
    await town.guests.come(guest.id, "Olena")
    with pytest.raises(NotFound):
        await town.guests.remove(CLERK, guest.id)
    await town.guests.remove(COLLEAGUE, guest.id)
    assert await state_of(town, guest.id) is State.REMOVED


@pytest.mark.parametrize("state", [s for s in State if s not in (State.AWAY, State.ENDED)])
async def test_the_end_of_the_visit_ends_and_forgets_all_guests(town: Town, state: State) -> None:
    await town.clerk("keller")
    await WAYS[state](town)
    await town.office.end(CLERK)
    (row,) = town.rows("guests")["guests"]
    assert (row["state"], row["name"]) == (State.ENDED, "")
    assert "Olena" not in repr(town.rows())


async def test_with_old_visits_their_guests_are_dropped(town: Town) -> None:
    await town.clerk("keller")
    await ended(town)
    town.clock.go(400 * 86400)
    await town.retention.tidy()
    assert town.rows("guests", "visits") == {"guests": [], "visits": []}


# --- the chat


async def test_the_chat_is_closed_to_guests_until_the_clerk_shares_it(town: Town) -> None:
    await town.clerk("keller")
    mine, guest = await town.with_guest(CLERK)
    with pytest.raises(Conflict) as refused:
        await town.guests.say(guest.id, "line", "hello", 2000)
    assert refused.value.key == "chat_closed"
    await town.guests.share_chat(CLERK, True)
    await town.guests.say(guest.id, "line", "hello", 2000)
    async with town.store.read() as tx:
        (line,) = await tx.lines(mine.id)
    assert (line.seat, line.name, line.text) == (guest_seat(guest.id), "Olena", "hello")
    await town.guests.share_chat(CLERK, False)
    with pytest.raises(Conflict):
        await town.guests.say(guest.id, "next", "hello", 2000)


async def test_she_reads_what_is_written_while_the_chat_is_shared_and_nothing_older(
    town: Town,
) -> None:
    await town.clerk("keller")
    mine = await town.visited(CLERK)
    first = await town.invited(CLERK)

    async def readable(id: str) -> list[str]:
        guest, visit = await town.guests.guest(id)
        async with town.store.read() as tx:
            return [x.text for x in await tx.lines(mine.id) if guest.reads(visit, x)]

    async def write(text: str) -> None:
        town.clock.go(1)
        await town.office.say(mine.id, rooms.CITIZEN, "Jörg", text, text, 2000)
        town.clock.go(1)

    await write("secret")
    assert await readable(first.id) == []
    await town.guests.share_chat(CLERK, True)
    await town.guests.share_chat(CLERK, True)  # twice is once: nothing is hidden again
    await write("open")
    second = await town.invited(CLERK)
    await write("later")
    assert await readable(first.id) == ["open", "later"]
    assert await readable(second.id) == ["later"]


@pytest.mark.parametrize("state", [State.INVITED, State.AWAY, State.LEFT, State.REMOVED])
async def test_only_who_is_present_writes(town: Town, state: State) -> None:
    await town.clerk("keller")
    id = await WAYS[state](town)
    with pytest.raises(VamtError):
        await town.guests.say(id, "line", "hello", 2000)
    assert town.rows("lines") == {"lines": []}


async def test_sharing_the_chat_takes_an_open_visit(town: Town) -> None:
    await town.clerk("keller")
    with pytest.raises(Conflict):
        await town.guests.share_chat(CLERK, True)


def test_presence_and_the_guests_mean_the_same_seat() -> None:
    assert guest_seat("id7") == "guest:id7"
    assert states.GUEST.initial is State.INVITED
