"""Booking: two people never hold one place; who comes too late is told what is free."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from datetime import time as clock_time
from typing import Any

import pytest

from tests.conftest import (
    BERLIN,
    MINUTE,
    MONDAY,
    PARKING,
    REGISTER,
    WEEK,
    MakeTown,
    Rows,
    Town,
    at,
    outcomes,
    person,
    words,
)
from vamt import booking, states
from vamt.booking import TICK, Opening, Service
from vamt.errors import Conflict, Invalid, NotFound
from vamt.services.bookings import NEXT_SLOTS, Bookings, Person, SlotGone, SlotTaken
from vamt.states import Appointment as State
from vamt.store.engine import sqlite_url
from vamt.store.sql import SqlStore

EIGHT = at("2026-06-15 08:00")
ONE_DESK = (Opening(WEEK, clock_time(8), clock_time(12), desks=1),)


def lanes_overlap(rows: Rows) -> list[Any]:
    """Overlapping times of two appointments on one lane, by a brute-force look at all pairs."""
    times = {row["id"]: (row["start"], row["end"]) for row in rows["appointments"]}
    held: dict[tuple[str, int], set[str]] = {}
    for place in rows["places"]:
        held.setdefault((place["pool"], place["lane"]), set()).add(place["appointment"])
        start, end = times[place["appointment"]]
        assert start <= place["tick"] * TICK < end, "a place outside its appointment"
    found = []
    for people in held.values():
        for one in people:
            for other in people:
                if one < other and max(times[one][0], times[other][0]) < min(
                    times[one][1], times[other][1]
                ):
                    found.append((one, other))
    return found


def ticks_held(rows: Rows, id: str) -> list[int]:
    """The ticks of an appointment's place, all on one lane."""
    mine = [row for row in rows["places"] if row["appointment"] == id]
    assert len({(row["pool"], row["lane"]) for row in mine}) <= 1
    return sorted(row["tick"] for row in mine)


class Stale:
    """A store whose list of taken places is always out of date: it says that all is free."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def read(self) -> Any:
        return self._store.read()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        async with self._store.write() as tx:

            async def taken(pool: str, first: int, last: int) -> set[tuple[int, int]]:
                return set()

            tx.taken = taken  # type: ignore[method-assign]
            yield tx


async def test_whatever_the_list_says_the_database_has_the_last_word(make_town: MakeTown) -> None:
    """So it is where several processes write at once: what one has read may be out of date."""
    town = make_town(openings=ONE_DESK)
    await town.booked(start=EIGHT)
    mine = await town.booked(start=EIGHT + 900)
    before = town.rows()
    stale = replace(town.bookings, store=Stale(town.store))  # type: ignore[arg-type]
    for attempt in (stale.hold("parken", EIGHT), stale.move(mine.id, EIGHT)):
        with pytest.raises(SlotTaken):
            await attempt
    assert town.rows() == before


async def test_a_lane_taken_meanwhile_leads_to_the_next_lane(town: Town) -> None:
    await town.booked(start=EIGHT)
    stale = replace(town.bookings, store=Stale(town.store))  # type: ignore[arg-type]
    second = await stale.hold("parken", EIGHT)
    assert {row["lane"] for row in town.rows()["places"]} == {0, 1}
    assert len(ticks_held(town.rows(), second.id)) == 3


# --- one way through


async def test_a_booking_stores_the_person_the_place_and_a_letter(town: Town) -> None:
    booked = await town.bookings.book("anmeldung", EIGHT, person(1, name="  Jörg  Müller "))
    assert (booked.state, booked.start, booked.end) == (State.CONFIRMED, EIGHT, EIGHT + 1800)
    assert (booked.name, booked.email) == ("Jörg Müller", "joerg1@example.org")
    assert booked.hold_until is None and booked == await town.get(booked.id)
    rows = town.rows()
    assert ticks_held(rows, booked.id) == list(booking.ticks_of(EIGHT, EIGHT + 1800))
    (letter,) = rows["outbox"]
    assert (letter["kind"], letter["recipient"]) == ("confirmation", "joerg1@example.org")
    assert town.hub.told


async def test_a_hold_keeps_the_place_while_she_types_and_knows_nobody(town: Town) -> None:
    held = await town.bookings.hold("parken", EIGHT)
    assert held.state is State.RESERVED and (held.name, held.email) == ("", "")
    assert held.hold_until == town.clock.now + 600
    assert (await town.bookings.free("parken", MONDAY, MONDAY))[0].free == 1
    town.clock.go(599)
    booked = await town.bookings.confirm(held.id, person())
    assert booked.id == held.id and booked.start == EIGHT
    assert booked.state is State.CONFIRMED and booked.hold_until is None
    assert len(ticks_held(town.rows(), held.id)) == 3


async def test_free_slots_are_looked_at_for_a_month_at_most(make_town: MakeTown) -> None:
    town = make_town(horizon_days=100)
    found = await town.bookings.free("parken", MONDAY, date(2027, 1, 1))
    last = booking.local_day(found[-1].start, BERLIN)
    assert MONDAY + timedelta(days=27) < last <= MONDAY + timedelta(days=30)


async def test_next_free_slots_are_few_in_order_and_free(town: Town) -> None:
    await town.booked(start=EIGHT)
    await town.booked(start=EIGHT)
    found = await town.bookings.next_free("parken")
    assert [s.start for s in found] == [EIGHT + n * 900 for n in range(1, NEXT_SLOTS + 1)]


async def test_a_slot_until_midnight_knows_places_of_the_same_evening(make_town: MakeTown) -> None:
    late = (Opening(WEEK, clock_time(23), clock_time(0), desks=1),)
    town = make_town(openings=late)
    last = at("2026-06-15 23:45")
    await town.booked(start=last)
    assert last not in [s.start for s in await town.bookings.free("parken", MONDAY, MONDAY)]


@pytest.mark.parametrize("service", ["nothing", "", "ANMELDUNG", "x" * 10_000, "<script>"])
async def test_an_unknown_service_is_not_found(town: Town, service: str) -> None:
    for attempt in (
        town.bookings.hold(service, EIGHT),
        town.bookings.book(service, EIGHT, person()),
        town.bookings.free(service, MONDAY, MONDAY),
        town.bookings.next_free(service),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert not town.rows()["appointments"]


NO_SLOT = {
    "past": at("2026-06-12 09:00"),
    "closed hour": at("2026-06-15 12:00"),
    "Sunday": at("2026-06-21 09:00"),
    "between two slots": EIGHT + 300,
    "crooked": EIGHT + 1,
    "beyond the horizon": at("2026-07-20 09:00"),
    "0": 0,
    "-1": -1,
    "far": 10**15,
    "more than the database can count": 2**63,
}


@pytest.mark.parametrize("start", NO_SLOT.values(), ids=list(NO_SLOT))
async def test_what_is_no_slot_cannot_be_held_booked_or_moved_to(town: Town, start: int) -> None:
    mine = await town.booked()
    before = town.rows()
    for attempt in (
        town.bookings.hold("parken", start),
        town.bookings.book("parken", start, person()),
        town.bookings.move(mine.id, start),
    ):
        with pytest.raises(SlotGone) as refused:
            await attempt
        assert (refused.value.status, refused.value.key) == (409, "slot_gone")
    assert town.rows() == before


async def test_the_lead_time_counts_at_the_moment_of_booking(make_town: MakeTown) -> None:
    town = make_town(lead=3600)
    town.clock.now = EIGHT - 3600
    await town.booked(start=EIGHT)
    town.clock.go(1)
    with pytest.raises(SlotGone):
        await town.booked(start=EIGHT)


async def test_both_half_past_two_of_the_autumn_night_can_be_booked(make_town: MakeTown) -> None:
    night = (Opening(frozenset({6}), clock_time(1), clock_time(4), desks=1),)
    town = make_town(services=(REGISTER,), openings=night)
    town.clock.now = at("2026-10-24 12:00")
    first = at("2026-10-25 02:30")
    assert first + 3600 == at("2026-10-25 03:00") - 1800
    await town.booked("anmeldung", first)
    second = await town.booked("anmeldung", first + 3600)
    assert second.start == first + 3600
    for taken in (first, first + 3600):
        with pytest.raises(SlotTaken):
            await town.booked("anmeldung", taken)


# --- two people never hold one place


async def truly_free(town: Town, service: str, taken: SlotTaken) -> None:
    """The times offered instead can really be had."""
    assert taken.slots and (taken.status, taken.key) == (409, "slot_taken")
    for slot in taken.slots[:2]:
        held = await town.bookings.hold(service, slot.start)
        await town.bookings.release(held.id)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("way", ["book", "hold"])
async def test_a_thousand_attempts_at_one_slot_give_exactly_its_capacity(
    make_town: MakeTown, way: str
) -> None:
    desks = (Opening(WEEK, clock_time(8), clock_time(12), desks=3),)
    town = make_town(openings=desks)
    # the neighbours are full, so that the times offered instead have to be looked for
    for _ in range(3):
        await town.booked(start=EIGHT + 900)

    def attempt(number: int) -> Awaitable[Any]:
        if way == "hold":
            return town.bookings.hold("parken", EIGHT)
        return town.bookings.book("parken", EIGHT, person(number))

    won, lost = await outcomes(*(attempt(number) for number in range(1000)))
    assert len(won) == 3 and len(lost) == 997
    assert {type(error) for error in lost} == {SlotTaken}
    rows = town.rows()
    at_eight = [row for row in rows["appointments"] if row["start"] == EIGHT]
    assert {row["id"] for row in at_eight} == {one.id for one in won}
    assert not lanes_overlap(rows) and len(rows["places"]) == 6 * 3
    offered = [slot.start for slot in lost[0].slots]
    assert offered == [EIGHT + n * 900 for n in range(2, NEXT_SLOTS + 2)]
    assert all([slot.start for slot in error.slots] == offered for error in lost)
    await truly_free(town, "parken", lost[-1])


async def test_two_processes_on_one_database_never_give_a_place_twice(make_town: MakeTown) -> None:
    """Each has its own connections; only the database is shared."""
    here = make_town(ids=(f"a{n}" for n in range(10**6)).__next__)
    other = SqlStore(sqlite_url(here.file))
    there = make_town(own_store=other, ids=(f"b{n}" for n in range(10**6)).__next__)
    try:
        attempts = []
        for number in range(40):
            start = EIGHT + number % 4 * 900
            attempts.append(here.bookings.book("parken", start, person(number)))
            attempts.append(there.bookings.book("parken", start, person(100 + number)))
        won, lost = await outcomes(*attempts)
    finally:
        await other.close()
    assert len(won) == 4 * 2 and {type(error) for error in lost} == {SlotTaken}
    assert {one.id[0] for one in won} <= {"a", "b"}
    assert not lanes_overlap(here.rows())


class Model:
    """What may be booked, by brute force: intervals on lanes, nothing of the store's ticks."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.held: dict[str, tuple[str, int, int]] = {}  # id -> pool, start, end

    def capacity(self, pool: str, instant: int) -> int:
        """Desks of the pool at an instant."""
        day = booking.local_day(instant, BERLIN)
        return max(
            (
                opening.desks
                for opening in self.town.calendar.openings
                if opening.pool == pool
                and day.weekday() in opening.weekdays
                and at(f"{day} {opening.start}") <= instant < at(f"{day} {opening.end}")
            ),
            default=0,
        )

    def crowded(self) -> list[tuple[str, int]]:
        """Moments at which more people hold a place than there are desks."""
        moments = {(pool, start) for pool, start, _ in self.held.values()}
        return [
            (pool, moment)
            for pool, moment in moments
            if sum(p == pool and s <= moment < e for p, s, e in self.held.values())
            > self.capacity(pool, moment)
        ]


@pytest.mark.parametrize("seed", range(4))
async def test_services_of_different_lengths_sharing_a_pool_never_overbook(
    make_town: MakeTown, seed: int
) -> None:
    dice = random.Random(seed)
    services = (
        Service("five", words("5"), minutes=5),
        Service("quarter", words("15"), minutes=15, every=5),
        Service("long", words("50"), minutes=50, every=10),
        Service("cellar", words("20"), minutes=20, pool="cellar"),
    )
    openings = (
        Opening(WEEK, clock_time(8), clock_time(9, 30), desks=2),
        Opening(WEEK, clock_time(8, 40), clock_time(10), desks=3),
        Opening(WEEK, clock_time(8), clock_time(9), desks=1, pool="cellar"),
    )
    town = make_town(services=services, openings=openings, hold_seconds=60)
    model = Model(town)

    async def one(number: int) -> None:
        service = dice.choice(services)
        start = EIGHT + dice.randrange(0, 24) * TICK
        action = dice.choice(["book", "book", "hold", "move", "cancel", "confirm"])
        mine = dice.choice(sorted(model.held)) if model.held else ""
        try:
            if action == "book":
                got = await town.bookings.book(service.id, start, person(number))
            elif action == "hold":
                got = await town.bookings.hold(service.id, start)
            elif action == "move":
                got = await town.bookings.move(mine, start)
            elif action == "cancel":
                await town.bookings.cancel(mine)
                return
            else:
                got = await town.bookings.confirm(mine, person(number))
            assert got.end > got.start
        except (Conflict, NotFound):
            return

    for round_ in range(12):
        await asyncio.gather(*(one(round_ * 10 + n) for n in range(10)))
        rows = town.rows()
        pools = {service.id: service.pool for service in services}
        model.held = {
            row["id"]: (pools[row["service"]], row["start"], row["end"])
            for row in rows["appointments"]
            if row["state"] in (State.RESERVED, State.CONFIRMED)
        }
        assert not lanes_overlap(rows)
        assert not model.crowded()
        # every place belongs to somebody who holds it, and everybody has the whole of hers
        assert {row["appointment"] for row in rows["places"]} == set(model.held)
        for id, (_, start, end) in model.held.items():
            assert ticks_held(rows, id) == list(booking.ticks_of(start, end))
        town.clock.go(dice.choice([0, 20, 70]))
    assert len(model.held) > 5


async def test_filling_the_day_in_any_order_wastes_no_place_that_the_list_calls_free(
    town: Town,
) -> None:
    dice = random.Random(7)
    while True:
        found = await town.bookings.free("parken", MONDAY, MONDAY)
        if not found:
            break
        await town.booked(start=dice.choice(found).start)
    rows = town.rows("places", "appointments")
    assert len(rows["appointments"]) == 4 * 4 * 2 + 3 * 4
    assert not lanes_overlap(rows)


# --- holds


async def test_a_hold_that_ran_out_frees_the_place_for_whoever_wants_it(
    make_town: MakeTown,
) -> None:
    """At once, not when the clock comes round."""
    for take in ("book", "hold", "move"):
        town = make_town(openings=ONE_DESK, ids=(f"{take}{n}" for n in range(99)).__next__)
        start = EIGHT + ["book", "hold", "move"].index(take) * 3600
        held = await town.held(start=start)
        with pytest.raises(SlotTaken):
            await town.booked(start=start)
        town.clock.go(600)
        if take == "book":
            await town.booked(start=start)
        elif take == "hold":
            await town.held(start=start)
        else:
            other = await town.booked(start=start + 900)
            await town.bookings.move(other.id, start)
        gone = await town.get(held.id)
        assert gone.state is State.CANCELLED
        assert ticks_held(town.rows(), held.id) == []


async def test_the_clock_frees_holds_that_ran_out_and_no_others(town: Town) -> None:
    old = await town.held()
    town.clock.go(300)
    young = await town.held()
    booked = await town.booked()
    town.clock.go(300)
    await town.bookings.lapse()
    assert (await town.get(old.id)).state is State.CANCELLED
    assert (await town.get(young.id)).state is State.RESERVED
    assert (await town.get(booked.id)).state is State.CONFIRMED
    assert ticks_held(town.rows(), old.id) == [] != ticks_held(town.rows(), young.id)


@pytest.mark.parametrize("swept", [True, False], ids=["swept", "not yet swept"])
async def test_confirming_after_the_hold_ran_out_renews_it_while_the_place_is_free(
    town: Town, swept: bool
) -> None:
    held = await town.held(start=EIGHT)
    town.clock.go(700)
    if swept:
        await town.bookings.lapse()
    booked = await town.bookings.confirm(held.id, person())
    assert (booked.state, booked.start) == (State.CONFIRMED, EIGHT)
    rows = town.rows()
    assert len(ticks_held(rows, booked.id)) == 3 and len(rows["places"]) == 3
    assert [letter["appointment"] for letter in rows["outbox"]] == [booked.id]


@pytest.mark.parametrize("swept", [True, False], ids=["swept", "not yet swept"])
async def test_confirming_after_the_hold_ran_out_is_too_late_when_the_place_is_taken(
    make_town: MakeTown, swept: bool
) -> None:
    town = make_town(openings=ONE_DESK)
    held = await town.held(start=EIGHT)
    town.clock.go(700)
    if swept:
        await town.bookings.lapse()
    await town.booked(start=EIGHT)
    with pytest.raises(SlotTaken) as late:
        await town.bookings.confirm(held.id, person(2))
    await truly_free(town, "parken", late.value)
    assert len(town.rows()["outbox"]) == 1


async def test_confirming_a_lapsed_hold_frees_other_lapsed_holds_too(make_town: MakeTown) -> None:
    town = make_town(openings=ONE_DESK)
    mine = await town.held(start=EIGHT)
    town.clock.go(700)
    await town.bookings.lapse()
    await town.held(start=EIGHT)  # somebody else, who gives up as well
    town.clock.go(700)
    assert (await town.bookings.confirm(mine.id, person())).start == EIGHT


async def test_confirming_after_the_slot_has_begun_is_too_late(town: Town) -> None:
    held = await town.held(start=EIGHT)
    town.clock.now = EIGHT + 60
    with pytest.raises(SlotGone):
        await town.bookings.confirm(held.id, person())


@pytest.mark.parametrize("ran_out", [False, True], ids=["in time", "after it ran out"])
async def test_confirming_twice_is_the_same_as_once(town: Town, ran_out: bool) -> None:
    held = await town.held()
    if ran_out:
        town.clock.go(700)
        await town.bookings.lapse()
    both, refused = await outcomes(
        town.bookings.confirm(held.id, person()), town.bookings.confirm(held.id, person())
    )
    assert not refused and both[0] == both[1]
    rows = town.rows()
    assert len(rows["places"]) == 3 and len(rows["outbox"]) == 1
    assert [r["state"] for r in rows["appointments"]].count(State.CONFIRMED) == 1


async def test_somebody_elses_confirmation_of_my_booking_is_illegal(town: Town) -> None:
    held = await town.held()
    await town.bookings.confirm(held.id, person(1))
    before = town.rows()
    with pytest.raises(states.Illegal):
        await town.bookings.confirm(held.id, person(2))
    assert town.rows() == before


async def test_a_wrong_entry_or_an_unknown_hold_changes_nothing(town: Town) -> None:
    held = await town.held()
    before = town.rows()
    with pytest.raises(Invalid):
        await town.bookings.confirm(held.id, person(name=""))
    with pytest.raises(NotFound):
        await town.bookings.confirm("nobody", person())
    assert town.rows() == before


async def test_choosing_another_slot_gives_the_first_hold_back(make_town: MakeTown) -> None:
    town = make_town(openings=ONE_DESK)
    first = await town.held(start=EIGHT)
    second = await town.bookings.hold("parken", EIGHT + 900, instead_of=first.id)
    assert (await town.get(first.id)).state is State.CANCELLED
    assert {row["appointment"] for row in town.rows()["places"]} == {second.id}
    again = await town.bookings.hold("parken", EIGHT + 900, instead_of=second.id)
    assert again.start == EIGHT + 900  # pressing "back" and the same slot again


async def test_a_failed_change_of_slots_keeps_the_first_hold(make_town: MakeTown) -> None:
    town = make_town(openings=ONE_DESK)
    await town.booked(start=EIGHT + 900)
    first = await town.held(start=EIGHT)
    before = town.rows()
    with pytest.raises(SlotTaken):
        await town.bookings.hold("parken", EIGHT + 900, instead_of=first.id)
    assert town.rows() == before


@pytest.mark.parametrize("other", ["booked", "nobody", ""])
async def test_giving_up_what_is_no_hold_gives_up_nothing(town: Town, other: str) -> None:
    booked = await town.booked()
    id = booked.id if other == "booked" else other
    await town.bookings.release(id)
    await town.bookings.hold("parken", EIGHT + 3600, instead_of=id)
    assert await town.get(booked.id) == booked


# --- moving and cancelling


async def test_moving_takes_the_new_place_frees_the_old_one_and_mails(town: Town) -> None:
    mine = await town.booked(start=EIGHT)
    later = at("2026-06-16 10:00")
    moved = await town.bookings.move(mine.id, later)
    assert (moved.id, moved.start, moved.end) == (mine.id, later, later + 900)
    assert moved.state is State.CONFIRMED and moved == await town.get(mine.id)
    rows = town.rows()
    assert ticks_held(rows, mine.id) == list(booking.ticks_of(later, later + 900))
    assert [row["kind"] for row in rows["outbox"]] == ["confirmation", "moved"]
    assert rows["outbox"][1]["facts"]["start"] == later
    assert town.hub.told[-1][0] == {mine.id}


async def test_moving_to_a_taken_slot_keeps_the_old_place(make_town: MakeTown) -> None:
    town = make_town(openings=ONE_DESK)
    mine = await town.booked(start=EIGHT)
    await town.booked(start=EIGHT + 900)
    before = town.rows()
    with pytest.raises(SlotTaken) as late:
        await town.bookings.move(mine.id, EIGHT + 900)
    assert town.rows() == before
    offered = [slot.start for slot in late.value.slots]
    assert offered and EIGHT not in offered and EIGHT + 900 not in offered
    await town.bookings.move(mine.id, offered[0])


async def test_moving_by_less_than_its_length_may_overlap_its_own_old_place(
    make_town: MakeTown,
) -> None:
    town = make_town(services=(replace(PARKING, every=5),), openings=ONE_DESK)
    mine = await town.booked(start=EIGHT)
    moved = await town.bookings.move(mine.id, EIGHT + 300)
    assert ticks_held(town.rows(), mine.id) == list(booking.ticks_of(moved.start, moved.end))


async def test_moving_to_the_same_time_changes_nothing(town: Town) -> None:
    mine = await town.booked()
    before = town.rows()
    assert await town.bookings.move(mine.id, mine.start) == mine
    assert town.rows() == before


async def test_what_is_over_cannot_be_moved_not_even_to_its_own_time(town: Town) -> None:
    mine = await town.booked()
    await town.bookings.cancel(mine.id)
    with pytest.raises(states.Illegal):
        await town.bookings.move(mine.id, mine.start)


async def test_two_who_swap_at_the_same_time_never_lose_a_place(make_town: MakeTown) -> None:
    town = make_town(openings=ONE_DESK)
    one, two = await town.booked(start=EIGHT), await town.booked(start=EIGHT + 900)
    moved, refused = await outcomes(
        town.bookings.move(one.id, two.start), town.bookings.move(two.id, one.start)
    )
    assert not moved and {type(error) for error in refused} == {SlotTaken}
    assert len(town.rows()["places"]) == 6


async def test_moving_after_leaving_the_waiting_room_ends_the_visit_set_aside(town: Town) -> None:
    clerk, colleague = await town.clerk("keller"), await town.clerk("demir")
    mine = await town.visited(clerk)
    await town.office.say(mine.id, "citizen", "Jörg", "1", "geheim", 2000)
    await town.office.hand_over(clerk, colleague, "")
    await town.office.leave(mine.id)
    await town.bookings.move(mine.id, at("2026-06-16 10:00"))
    rows = town.rows("visits", "lines")
    assert [row["state"] for row in rows["visits"]] == ["ended"] and rows["lines"] == []


async def test_cancelling_frees_the_place_at_once_and_mails(make_town: MakeTown) -> None:
    town = make_town(openings=ONE_DESK)
    mine = await town.booked(start=EIGHT)
    gone = await town.bookings.cancel(mine.id)
    assert gone.state is State.CANCELLED
    assert town.rows()["outbox"][-1]["kind"] == "cancelled"
    await town.booked(start=EIGHT)


async def test_cancelling_twice_is_the_same_as_once(town: Town) -> None:
    mine = await town.booked()
    first = await town.bookings.cancel(mine.id)
    before = town.rows()
    assert await town.bookings.cancel(mine.id) == first
    assert town.rows() == before


@pytest.mark.parametrize("action", ["appointment", "cancel", "move"])
async def test_an_unknown_appointment_is_not_found(town: Town, action: str) -> None:
    arguments = (EIGHT,) if action == "move" else ()
    with pytest.raises(NotFound):
        await getattr(town.bookings, action)("nobody", *arguments)


async def test_a_service_no_longer_offered_can_be_cancelled_but_not_moved(
    make_town: MakeTown, town: Town
) -> None:
    mine = await town.booked()
    fewer = make_town(services=(REGISTER,), ids=iter("xyz").__next__)
    with pytest.raises(NotFound):
        await fewer.bookings.move(mine.id, EIGHT + 3600)
    assert (await fewer.bookings.cancel(mine.id)).state is State.CANCELLED


# --- how many for one address


async def test_one_address_holds_only_so_many_open_appointments(make_town: MakeTown) -> None:
    town = make_town(per_email=2)
    mine = [await town.bookings.book("parken", EIGHT + n * 900, person()) for n in range(2)]
    for email in ("joerg1@example.org", "JOERG1@example.org"):
        with pytest.raises(Conflict) as refused:
            await town.bookings.book("parken", EIGHT + 1800, person(email=email))
        assert refused.value.key == "too_many"
    assert len(town.rows()["places"]) == 6, "the refused attempts hold nothing"
    await town.bookings.book("parken", EIGHT + 1800, person(2))
    await town.bookings.cancel(mine[0].id)
    await town.bookings.book("parken", EIGHT + 2700, person())


async def test_at_the_same_time_one_address_gets_no_more_than_its_number(
    make_town: MakeTown,
) -> None:
    town = make_town(per_email=3)
    slots = await town.bookings.free("parken", MONDAY, MONDAY)
    won, lost = await outcomes(
        *(town.bookings.book("parken", slot.start, person()) for slot in slots[:12])
    )
    assert len(won) == 3 and {getattr(error, "key", "") for error in lost} == {"too_many"}


async def test_a_finished_or_missed_appointment_no_longer_counts(make_town: MakeTown) -> None:
    town = make_town(per_email=1)
    clerk = await town.clerk("keller")
    mine = await town.bookings.book("parken", EIGHT, person())
    await town.office.missed(clerk, mine.id)
    await town.bookings.book("parken", EIGHT + 900, person())


async def test_somebody_being_served_still_counts(make_town: MakeTown) -> None:
    town = make_town(per_email=1)
    clerk = await town.clerk("keller")
    mine = await town.bookings.book("parken", EIGHT, person())
    town.clock.now = EIGHT
    await town.office.enter(mine.id)
    for go_on in (lambda: town.office.call(clerk, mine.id), lambda: town.office.answer(mine.id)):
        await go_on()
        with pytest.raises(Conflict):
            await town.bookings.book("parken", EIGHT + 1800, person())


# --- what people type


def problems(bookings: Bookings, who: Person) -> list[str]:
    return [problem.field for problem in bookings.problems(who, bookings.errand("parken"))]


async def test_all_problems_are_told_at_once_in_the_order_of_the_form(town: Town) -> None:
    assert problems(town.bookings, Person("", "nobody", "1", "xx")) == [
        "name",
        "email",
        "phone",
        "language",
    ]
    assert problems(town.bookings, person()) == []
    with pytest.raises(Invalid) as first:
        town.bookings.checked(Person("", "nobody", "1", "xx"), town.bookings.errand("parken"))
    assert first.value.field == "name"


WRONG: Iterable[tuple[str, Any]] = [
    ("name", ""),
    ("name", "x" * 2**20),
    ("name", "Eva\0"),
    ("email", ""),
    ("email", "nobody"),
    ("email", "x" * 300 + "@example.org"),
    ("email", "x" * 2**20),
    ("email", "eva\0@example.org"),
    ("phone", "x"),
    ("phone", "1" * 2**20),
    ("language", "xx"),
    ("language", ""),
    ("language", "x" * 2**20),
]


@pytest.mark.parametrize(("field", "value"), WRONG, ids=lambda v: str(v)[:12])
async def test_a_wrong_entry_names_its_field_and_books_nothing(
    town: Town, field: str, value: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await town.bookings.book("parken", EIGHT, replace(person(), **{field: value}))
    assert refused.value.field == field
    assert not any(town.rows().values())


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "Eva 😀", "محمد", "'; drop table"])
async def test_names_are_stored_as_they_are(town: Town, name: str) -> None:
    booked = await town.bookings.book("parken", EIGHT, person(name=name))
    assert (await town.get(booked.id)).name == name


async def test_the_address_is_stored_in_its_normal_form(town: Town) -> None:
    booked = await town.bookings.book("parken", EIGHT, person(email="  Eva@Example.ORG "))
    assert booked.email == "eva@example.org"


# --- several errands in one appointment


async def test_several_errands_take_the_time_of_all(town: Town) -> None:
    start = at("2026-06-15 08:00")
    mine = await town.bookings.book("parken", start, person(), also=("anmeldung",))
    assert (mine.service, mine.also) == ("parken", ("anmeldung",))
    assert mine.end - mine.start == 45 * MINUTE
    assert (await town.get(mine.id)).also == ("anmeldung",)
    assert len(town.rows("places")["places"]) == 9  # ticks of five minutes, on one lane
    taken = {one.start: one.free for one in await town.bookings.free("parken", MONDAY, MONDAY)}
    assert [taken[start + n * 15 * MINUTE] for n in range(4)] == [1, 1, 1, 2]


async def test_times_for_several_errands_leave_room_for_all(town: Town) -> None:
    found = await town.bookings.free("parken", MONDAY, MONDAY, ("anmeldung",))
    assert all(one.end - one.start == 45 * MINUTE for one in found)
    noon = at("2026-06-15 12:00")
    assert max(one.end for one in found if one.end <= noon) == noon
    ahead = await town.bookings.next_free("parken", ("anmeldung",))
    assert ahead == found[: len(ahead)]


async def test_a_held_time_for_several_errands_is_confirmed_renewed_and_moved_whole(
    town: Town,
) -> None:
    start = at("2026-06-15 08:00")
    held = await town.bookings.hold("parken", start, also=("anmeldung",))
    town.clock.go(601)  # it runs out, and is taken anew when she confirms it
    await town.bookings.lapse()
    mine = await town.bookings.confirm(held.id, person())
    assert mine.also == ("anmeldung",) and mine.end - mine.start == 45 * MINUTE
    moved = await town.bookings.move(mine.id, at("2026-06-15 10:00"))
    assert moved.end - moved.start == 45 * MINUTE
    assert len(town.rows("places")["places"]) == 9


@pytest.mark.parametrize(
    "also, kind",
    [
        (("parken",), Invalid),
        (("anmeldung", "anmeldung"), Invalid),
        (("nichts",), NotFound),
        (("anmeldung", "nichts", "gar nichts"), Invalid),  # too many
    ],
)
async def test_errands_that_do_not_go_together_are_refused(
    town: Town, also: tuple[str, ...], kind: type[Exception]
) -> None:
    for attempt in (
        town.bookings.hold("parken", at("2026-06-15 08:00"), also=also),
        town.bookings.book("parken", at("2026-06-15 08:00"), person(), also),
        town.bookings.free("parken", MONDAY, MONDAY, also),
        town.bookings.next_free("parken", also),
    ):
        with pytest.raises(kind) as refused:
            await attempt
        assert kind is NotFound or refused.value.field == "also"
    assert town.rows("appointments", "places") == {"appointments": [], "places": []}


async def test_what_can_be_added_is_what_the_same_desk_can_do(make_town: MakeTown) -> None:
    elsewhere = Service("kfz", {"de": "Auto"}, 10, pool="kfz")
    town = make_town(services=(REGISTER, PARKING, elsewhere))
    more = town.bookings.more(town.bookings.errand("parken"))
    assert [one.id for one in more] == ["anmeldung"]
    both = town.bookings.errand("parken", ("anmeldung",))
    assert town.bookings.more(both) == []
    full = replace(town.bookings, errands_at_once=1)
    assert full.more(full.errand("parken")) == []


async def test_a_service_with_languages_of_its_own_is_booked_in_one_of_them(
    make_town: MakeTown,
) -> None:
    town = make_town(services=(replace(PARKING, languages=("tr", "fr")),))
    start = await town.slot()
    with pytest.raises(Invalid) as refused:
        await town.bookings.book("parken", start, person(language="de"))
    assert refused.value.field == "language"
    assert (await town.bookings.book("parken", start, person(language="tr"))).language == "tr"
    assert town.bookings.spoken(town.services["parken"]) == ("tr",)  # the town speaks no French


async def test_the_data_of_all_errands_is_asked_before_the_waiting_room(town: Town) -> None:
    mine = await town.bookings.book("parken", at("2026-06-15 08:00"), person(), ("anmeldung",))
    town.clock.now = mine.start
    with pytest.raises(Invalid) as refused:
        await town.office.enter(mine.id)
    assert refused.value.key == "incomplete"
    await town.office.give(mine.id, {"address": "Marktplatz 1"})
    await town.office.enter(mine.id)
