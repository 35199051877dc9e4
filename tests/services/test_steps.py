"""Every (state, event) pair of the three machines, performed on a real store.

A pair of the table leads to its target and does exactly its effects; of any other pair nothing
is left but `states.Illegal`. "Exactly" and "nothing" mean: every row of every table compared.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import Rows, Town, at, person
from vamt import rooms, states
from vamt.booking import Appointment
from vamt.errors import Conflict, VamtError
from vamt.notices import KINDS
from vamt.services.office import citizen_seat
from vamt.services.steps import LETTERS, letter_about
from vamt.states import APPOINTMENT, DESK, VISIT, Desk, DeskEvent, Effect, Illegal, Visit
from vamt.states import Appointment as State
from vamt.states import AppointmentEvent as Event
from vamt.states import VisitEvent as VEvent

CLERK, COLLEAGUE = "clerk-keller", "clerk-demir"


async def chat(town: Town, id: str, *texts: str) -> None:
    for text in texts:
        await town.office.say(id, rooms.CITIZEN, "Jörg", f"{id}-{text}", text, 2000)


async def visited(town: Town) -> Appointment:
    mine = await town.visited(CLERK)
    await chat(town, mine.id, "secret", "words")
    return mine


async def handed_over(town: Town) -> Appointment:
    mine = await visited(town)
    await town.office.hand_over(CLERK, COLLEAGUE, "needs a form")
    return mine


async def left(town: Town) -> Appointment:
    mine = await handed_over(town)
    await town.office.leave(mine.id)
    return mine


async def parked_waiting(town: Town) -> Appointment:
    mine = await town.waiting()
    await town.office.step_aside(mine.id)
    return mine


async def parked_visit(town: Town) -> Appointment:
    mine = await visited(town)
    await town.office.park(CLERK, mine.id)
    return mine


async def finished(town: Town) -> Appointment:
    mine = await visited(town)
    await town.office.end(CLERK)
    return mine


async def missed(town: Town) -> Appointment:
    mine = await town.called(CLERK)
    await town.office.missed(CLERK, mine.id)
    return mine


async def cancelled(town: Town) -> Appointment:
    mine = await town.booked()
    return await town.bookings.cancel(mine.id)


async def anonymised(town: Town) -> Appointment:
    mine = await finished(town)
    async with town.store.write() as tx:
        stored = await tx.appointment(mine.id)
        assert stored is not None
        return await town.steps.appointment(tx, stored, Event.ANONYMISE, by="clock")


# Every state, and by more than one way where the way leaves something behind.
WAYS: dict[str, tuple[State, Callable[[Town], Awaitable[Appointment]]]] = {
    "held": (State.RESERVED, Town.held),
    "booked": (State.CONFIRMED, Town.booked),
    "left-a-visit-set-aside": (State.CONFIRMED, left),
    "waiting": (State.CHECKED_IN, Town.waiting),
    "handed-over": (State.CHECKED_IN, handed_over),
    "called": (State.CALLED, lambda town: town.called(CLERK)),
    "in-visit": (State.IN_VISIT, visited),
    "parked-from-the-queue": (State.PARKED, parked_waiting),
    "parked-from-a-visit": (State.PARKED, parked_visit),
    "finished": (State.FINISHED, finished),
    "missed": (State.MISSED, missed),
    "cancelled": (State.CANCELLED, cancelled),
    "anonymised": (State.ANONYMISED, anonymised),
}


async def two_clerks_and_a_desk_for_each(town: Town) -> None:
    await town.clerk("keller")
    await town.clerk("demir")


async def bystanders(town: Town) -> None:
    """Others in the house, of whose rows none may ever change."""
    await two_clerks_and_a_desk_for_each(town)
    start, now = at("2026-06-15 15:00"), town.clock()
    state = {"in-visit": State.IN_VISIT, "waiting": State.CHECKED_IN, "held": State.RESERVED}
    async with town.store.write() as tx:  # written at once: many tests begin like this
        await tx.add_clerk(rooms.Clerk("clerk-sommer", "sommer", "Sommer"), "hash")
        await tx.change_desk("clerk-sommer", Desk.AWAY, state=Desk.BUSY)
        for number, id in enumerate(state):
            other = Appointment(id, "parken", start, start + 900, state[id], 0, name=id)
            await tx.add_appointment(replace(other, email="o@example.org", arrived=now - 1))
            assert await tx.take_place("default", 7 + number, range(10, 13), id)
            await tx.post(letter_about(other, "confirmation"), now)
        await tx.add_visit(rooms.Visit("v", "in-visit", "clerk-sommer", Visit.OPEN, now, now, now))
        await tx.add_line("in-visit", rooms.Line("line", rooms.CITIZEN, "name", "other", now))


async def brought(town: Town, way: str) -> Appointment:
    """Somebody brought into a state on one of the ways."""
    state, go = WAYS[way]
    mine = await go(town)
    stored = await town.get(mine.id)
    assert stored.state is state
    return stored


def test_the_ways_lead_to_every_state() -> None:
    assert {state for state, _ in WAYS.values()} == set(State)


def split(rows: Rows, mine: str) -> tuple[Rows, Rows]:
    """The rows about one appointment (and its visits), and all others."""
    visits = {row["id"] for row in rows["visits"] if row["appointment"] == mine}

    def about(table: str, row: dict[str, Any]) -> bool:
        if table in ("history", "notices"):
            return row["subject"] in {mine, CLERK, *visits}
        if table == "desks":
            return row["clerk"] == CLERK
        return mine in (row.get("id"), row.get("appointment"))

    ours = {t: [r for r in found if about(t, r)] for t, found in rows.items()}
    return ours, {t: [r for r in found if not about(t, r)] for t, found in rows.items()}


def check_notices(before: Rows, after: Rows) -> None:
    """Whether others are told of what the history tells, as far as it is told outside."""
    happened = after["history"][len(before["history"]) :]
    new = after["notices"][len(before["notices"]) :]
    assert [(row["kind"], row["subject"], row["at"]) for row in new] == [
        (KINDS[row["machine"], row["event"]], row["subject"], row["at"])
        for row in happened
        if (row["machine"], row["event"]) in KINDS
    ]


def extra_of(event: Event, mine: Appointment) -> dict[str, Any]:
    """What the use cases store along with an event."""
    if event is Event.CONFIRM:
        who = person(99)
        return {
            "hold_until": None,
            "name": who.name,
            "email": who.email,
            "phone": who.phone,
            "language": who.language,
        }
    if event is Event.MOVE:
        return {"start": mine.start + 86400, "end": mine.end + 86400}
    if event is Event.CALL:
        return {"for_clerk": ""}
    if event is Event.HAND_OVER:
        return {"for_clerk": COLLEAGUE, "from_clerk": CLERK, "note": "a note"}
    return {}


LEGAL = [
    pytest.param(way, event, id=f"{way}-{event}")
    for way, (state, _) in WAYS.items()
    for event in Event
    if (state, event) in APPOINTMENT.table
]


@pytest.mark.parametrize(("way", "event"), LEGAL)
async def test_a_pair_of_the_appointments_table_is_stored_with_exactly_its_effects(
    town: Town, way: str, event: Event
) -> None:
    await bystanders(town)
    mine = await brought(town, way)
    step = APPOINTMENT.table[mine.state, event]
    extra = extra_of(event, mine)
    town.clock.go(7)
    now = town.clock()
    before, others = split(town.rows(), mine.id)

    async with town.store.write() as tx:
        got = await town.steps.appointment(tx, mine, event, by="tester", clerk=CLERK, **extra)

    after, others_after = split(town.rows(), mine.id)
    assert others_after == others
    check_notices(before, after)
    assert await town.get(mine.id) == got

    expected = {**before["appointments"][0], **extra, "state": step.target}
    if Effect.STAMP_ARRIVAL in step.effects:
        expected |= {"arrived": now, "for_clerk": "", "note": ""}
    if Effect.FORGET_PERSON in step.effects:
        expected |= {"name": "", "email": "", "phone": "", "data": {}, "note": "", "checked": None}
    assert after["appointments"] == [expected]
    if Effect.KEEP_ARRIVAL in step.effects:
        assert got.arrived == mine.arrived is not None
    if Effect.FIRST_IN_LINE in step.effects:
        async with town.store.read() as tx:
            queue = rooms.in_order(await tx.appointments_in(State.CHECKED_IN))
        assert len(queue) > 1 and queue[0].id == mine.id

    freed = Effect.FREE_PLACE in step.effects
    assert after["places"] == ([] if freed else before["places"])

    letters = [LETTERS[effect] for effect in step.effects if effect in LETTERS]
    if Effect.FORGET_PERSON in step.effects:
        assert after["outbox"] == []
    else:
        assert after["outbox"][: len(before["outbox"])] == before["outbox"]
        new = after["outbox"][len(before["outbox"]) :]
        assert [letter["kind"] for letter in new] == letters
        for letter in new:
            assert (letter["recipient"], letter["language"]) == (got.email, got.language)
            assert letter["facts"] == {
                "name": got.name,
                "service": got.service,
                "also": list(got.also),
                "start": got.start,
                "end": got.end,
            }
            assert (letter["created"], letter["due"]) == (now, now)
            assert (letter["tries"], letter["sent"]) == (0, None)

    changed = check_visit(before, after, step.effects, now)
    if Effect.FORGET_PERSON in step.effects or "ended" in changed:
        assert after["lines"] == []
    else:
        assert after["lines"] == before["lines"]

    new = after["history"][len(before["history"]) :]
    assert after["history"][: len(before["history"])] == before["history"]
    assert all(row["at"] == now and row["by"] == "tester" for row in new)
    told = {(row["machine"], row["event"], row["old"], row["new"]) for row in new}
    wanted = {("appointment", event, mine.state, step.target)}
    if changed:
        wanted.add(("visit", changed["event"], changed["old"], changed["new"]))
    old_desk, new_desk = before["desks"][0]["state"], after["desks"][0]["state"]
    if old_desk != new_desk:
        wanted.add(("desk", "take" if new_desk == "busy" else "release", old_desk, new_desk))
    assert told == wanted and len(new) == len(wanted)


def check_visit(
    before: Rows, after: Rows, effects: tuple[Effect, ...], now: float
) -> dict[str, Any]:
    """Whether visit and desk are as the effects say; returns what happened to the visit."""
    events = {
        Effect.RING_VISIT: VEvent.RING,
        Effect.OPEN_VISIT: VEvent.ANSWER,
        Effect.SET_VISIT_ASIDE: VEvent.SET_ASIDE,
        Effect.END_VISIT: VEvent.END,
    }
    event = next((events[effect] for effect in effects if effect in events), None)
    was = [row for row in before["visits"] if row["state"] != Visit.ENDED]
    if event is None or (event is VEvent.END and not was):
        assert after["visits"] == before["visits"] and after["desks"] == before["desks"]
        return {}
    if not was:
        was = [
            {"id": after["visits"][-1]["id"], "state": Visit.ASIDE, "clerk": CLERK}
            | {"appointment": after["appointments"][0]["id"], "created": now, "rung": 0.0}
            | {"answered": None, "ended": None, "chat_shared": None}
        ]
        assert len(after["visits"]) == len(before["visits"]) + 1
    (visit,) = was
    step = VISIT.table[Visit(visit["state"]), event]
    expected = {**visit, "state": step.target}
    changes: dict[str, Any] = {"event": event, "old": visit["state"], "new": step.target}
    if event is VEvent.RING:
        expected |= {"clerk": CLERK, "rung": now}
    if Effect.START_CLOCK in step.effects:
        expected |= {"answered": now}
    if Effect.STOP_CLOCK in step.effects:
        expected |= {"ended": now}
        changes["ended"] = now
    assert [row for row in after["visits"] if row["id"] == visit["id"]] == [expected]
    desk = before["desks"][0]["state"]
    if Effect.TAKE_DESK in step.effects:
        assert desk == Desk.FREE
        desk = Desk.BUSY
    if Effect.RELEASE_DESK in step.effects:
        assert desk == Desk.BUSY
        desk = Desk.FREE
    assert after["desks"][0]["state"] == desk
    return changes


@pytest.mark.parametrize("way", WAYS)
async def test_any_other_event_is_illegal_and_changes_nothing(town: Town, way: str) -> None:
    await bystanders(town)
    mine = await brought(town, way)
    before = town.rows()
    illegal = [event for event in Event if (mine.state, event) not in APPOINTMENT.table]
    assert illegal
    for event in illegal:
        async with town.store.write() as tx:  # commits: nothing may have been written before
            with pytest.raises(Illegal) as refused:
                await town.steps.appointment(tx, mine, event, by="tester", clerk=CLERK)
        assert refused.value.extra == {"state": mine.state, "event": event}
        assert town.rows() == before, event


# --- the same through the use cases


async def move(town: Town, mine: Appointment, clerk: str) -> None:
    slots = await town.bookings.next_free(mine.service)
    await town.bookings.move(mine.id, next(s.start for s in slots if s.start != mine.start))


async def call(town: Town, mine: Appointment, clerk: str) -> None:
    if mine.state is State.CALLED:
        await town.office.ring(clerk)
    else:
        await town.office.call(clerk, mine.id)


async def forget(town: Town, mine: Appointment, clerk: str) -> None:
    town.clock.go(400 * 86400)
    try:
        await town.retention.forget()
    finally:
        town.clock.go(-400 * 86400)


USES: dict[Event, Callable[[Town, Appointment, str], Awaitable[Any]]] = {
    Event.CONFIRM: lambda town, mine, clerk: town.bookings.confirm(mine.id, person(99)),
    Event.LAPSE: lambda town, mine, clerk: town.bookings.release(mine.id),
    Event.MOVE: move,
    Event.CANCEL: lambda town, mine, clerk: town.bookings.cancel(mine.id),
    Event.ENTER: lambda town, mine, clerk: town.office.enter(mine.id),
    Event.LEAVE: lambda town, mine, clerk: town.office.leave(mine.id),
    Event.CALL: call,
    Event.ANSWER: lambda town, mine, clerk: town.office.answer(mine.id),
    Event.PARK: lambda town, mine, clerk: town.office.park(clerk, mine.id),
    Event.RETURN: lambda town, mine, clerk: town.office.come_back(mine.id),
    Event.HAND_OVER: lambda town, mine, clerk: town.office.hand_over(clerk, COLLEAGUE, "note"),
    Event.MISS: lambda town, mine, clerk: town.office.missed(clerk, mine.id),
    Event.FINISH: lambda town, mine, clerk: town.office.end(clerk),
    Event.ANONYMISE: forget,
}
# In the table, but no button does it: ending what is set aside takes a call first.
WITHOUT_USE = {(State.PARKED, Event.FINISH)}
# Pressed twice is the same as once, so no error either.
HARMLESS = {
    (State.CONFIRMED, Event.ANONYMISE),
    (State.CANCELLED, Event.CANCEL),
    (State.CHECKED_IN, Event.ENTER),
    (State.CALLED, Event.ENTER),
    (State.IN_VISIT, Event.ANSWER),
    *((state, Event.LAPSE) for state in State),  # gives back a hold and nothing else
    *((state, Event.ANONYMISE) for state in State),  # leaves what still goes on
    *((state, Event.FINISH) for state in State if state is not State.CALLED),
}


@pytest.mark.parametrize(
    ("way", "event"),
    [case for case in LEGAL if (WAYS[case.values[0]][0], case.values[1]) not in WITHOUT_USE],
)
async def test_the_use_case_of_a_legal_event_leads_to_the_tables_target(
    town: Town, way: str, event: Event
) -> None:
    await two_clerks_and_a_desk_for_each(town)
    mine = await brought(town, way)
    town.clock.now = max(town.clock.now, mine.start)
    if event is Event.CONFIRM:
        town.clock.now = mine.created + 1.0
    told = len(town.hub.told)
    await USES[event](town, mine, CLERK)
    assert (await town.get(mine.id)).state is APPOINTMENT.table[mine.state, event].target
    if event not in (Event.LAPSE, Event.ANONYMISE):  # nobody looks at those
        assert len(town.hub.told) == told + 1
    if event is not Event.CONFIRM and len(town.hub.told) > told:
        assert town.hub.told[-1][0] == {mine.id}


@pytest.mark.parametrize("way", WAYS)
async def test_the_use_case_of_an_illegal_event_changes_nothing(town: Town, way: str) -> None:
    await two_clerks_and_a_desk_for_each(town)
    mine = await brought(town, way)
    town.clock.now = max(town.clock.now, mine.start)
    before = town.rows()
    for event in Event:
        if (mine.state, event) in APPOINTMENT.table:
            continue
        if (mine.state, event) == (State.CALLED, Event.FINISH):
            continue  # "end" while it rings is MISS: nobody came; see test_office
        for clerk in (CLERK, COLLEAGUE):
            if (mine.state, event) in HARMLESS:
                await USES[event](town, mine, clerk)
            else:
                with pytest.raises(VamtError) as refused:
                    await USES[event](town, mine, clerk)
                assert refused.value.status in (409, 422), event
            assert town.rows() == before, (event, clerk)


# --- visits


VISIT_WAYS = {
    Visit.RINGING: "called",
    Visit.OPEN: "in-visit",
    Visit.ASIDE: "parked-from-a-visit",
    Visit.ENDED: "finished",
}


async def visit_event(town: Town, mine: Appointment, event: VEvent) -> None:
    async with town.store.write() as tx:
        await town.steps._visit(tx, mine, event, "tester", CLERK)


@pytest.mark.parametrize("event", VEvent)
@pytest.mark.parametrize("state", Visit)
async def test_every_pair_of_the_visits_table(town: Town, state: Visit, event: VEvent) -> None:
    await bystanders(town)
    mine = await brought(town, VISIT_WAYS[state])
    town.clock.go(7)
    rows = town.rows()
    before, others = split(rows, mine.id)
    assert before["visits"][-1]["state"] == state
    if state is Visit.ENDED:
        await an_ended_visit_is_over(town, mine, event, rows)
    elif (state, event) not in VISIT.table:
        with pytest.raises(Illegal) as refused:
            await visit_event(town, mine, event)
        assert refused.value.extra == {"state": state, "event": event}
        assert town.rows() == rows
    else:
        await visit_event(town, mine, event)
        after, others_after = split(town.rows(), mine.id)
        assert others_after == others and after["appointments"] == before["appointments"]
        effect = {
            VEvent.RING: Effect.RING_VISIT,
            VEvent.ANSWER: Effect.OPEN_VISIT,
            VEvent.SET_ASIDE: Effect.SET_VISIT_ASIDE,
            VEvent.END: Effect.END_VISIT,
        }[event]
        check_visit(before, after, (effect,), town.clock())
        check_notices(before, after)
        forgotten = Effect.FORGET_CHAT in VISIT.table[state, event].effects
        assert after["lines"] == ([] if forgotten else before["lines"])


async def an_ended_visit_is_over(town: Town, mine: Appointment, event: VEvent, rows: Rows) -> None:
    """Nothing touches it any more; ringing starts another one."""
    ended = [row for row in rows["visits"] if row["appointment"] == mine.id]
    if event is VEvent.RING:
        await visit_event(town, mine, event)
        after = [row for row in town.rows()["visits"] if row["appointment"] == mine.id]
        (new,) = [row for row in after if row not in ended]
        assert len(after) == 2 and new["state"] == Visit.RINGING and new["id"] != ended[0]["id"]
        return
    if event is VEvent.END:
        await visit_event(town, mine, event)
    else:
        with pytest.raises(Illegal):
            await visit_event(town, mine, event)
    assert town.rows() == rows


async def test_a_live_visit_cannot_be_rung_by_another_desk(town: Town) -> None:
    await bystanders(town)
    mine = await brought(town, "called")
    before = town.rows()
    with pytest.raises(Conflict):
        async with town.store.write() as tx:
            await town.steps.appointment(tx, mine, Event.CALL, by=COLLEAGUE, clerk=COLLEAGUE)
    assert town.rows() == before


# --- desks


@pytest.mark.parametrize("event", DeskEvent)
@pytest.mark.parametrize("state", Desk)
async def test_every_pair_of_the_desks_table(town: Town, state: Desk, event: DeskEvent) -> None:
    clerk = await town.clerk("keller", free=state is not Desk.AWAY)
    await town.clerk("demir")
    if state is Desk.BUSY:
        await town.called(clerk)
    before = town.rows()
    async with town.store.write() as tx:
        if (state, event) in DESK.table:
            await town.steps.desk(tx, clerk, event, by="tester")
        else:
            with pytest.raises(Illegal) as refused:
                await town.steps.desk(tx, clerk, event, by="tester")
            assert refused.value.extra == {"state": state, "event": event}
    after = town.rows()
    if (state, event) not in DESK.table:
        assert after == before
        return
    target = DESK.table[state, event].target
    assert {row["clerk"]: row["state"] for row in after.pop("desks")} == {
        clerk: target,
        COLLEAGUE: Desk.FREE,
    }
    (new,) = after.pop("history")[len(before.pop("history")) :]
    assert (new["machine"], new["subject"], new["by"]) == ("desk", clerk, "tester")
    assert (new["event"], new["old"], new["new"]) == (event, state, target)
    del before["desks"]
    assert after == before


# --- somebody else was faster


async def test_an_appointment_changed_since_it_was_read_is_a_conflict(town: Town) -> None:
    mine = await town.booked()
    await town.bookings.cancel(mine.id)
    before = town.rows()
    with pytest.raises(Conflict) as refused:
        async with town.store.write() as tx:
            await town.steps.appointment(tx, mine, Event.MOVE, by="tester", start=1, end=2)
    assert not isinstance(refused.value, Illegal)
    assert town.rows() == before


class Late:
    """A transaction in which one kind of row has been changed by somebody else."""

    def __init__(self, tx: Any, method: str) -> None:
        self._tx, self._method = tx, method

    def __getattr__(self, name: str) -> Any:
        async def too_late(*args: Any, **values: Any) -> bool:
            return False

        return too_late if name == self._method else getattr(self._tx, name)


@pytest.mark.parametrize("method", ["change_appointment", "change_visit", "change_desk"])
async def test_whatever_row_was_changed_by_somebody_else_the_step_is_undone(
    town: Town, method: str
) -> None:
    """On SQLite writers take turns; this is what holds where several processes write at once."""
    await town.clerk("keller")
    mine = await town.waiting()
    before = town.rows()
    with pytest.raises(Conflict):
        async with town.store.write() as tx:
            late = Late(tx, method)
            await town.steps.appointment(late, mine, Event.CALL, by=CLERK, clerk=CLERK)
    assert town.rows() == before


async def test_a_call_from_a_closed_desk_is_undone_as_a_whole(town: Town) -> None:
    clerk = await town.clerk("keller", free=False)
    mine = await town.waiting()
    before = town.rows()
    with pytest.raises(Illegal):
        async with town.store.write() as tx:
            await town.steps.appointment(tx, mine, Event.CALL, by=clerk, clerk=clerk)
    assert town.rows() == before


def test_presence_and_the_office_mean_the_same_seat() -> None:
    assert citizen_seat("id7") == "citizen:id7"


def test_every_effect_that_mails_has_its_letter() -> None:
    effects = {effect for step in APPOINTMENT.table.values() for effect in step.effects}
    assert set(LETTERS) == {effect for effect in effects if effect.name.startswith("MAIL_")}
    assert set(LETTERS.values()) == {"confirmation", "moved", "cancelled"}
    assert states.APPOINTMENT.initial is State.RESERVED
