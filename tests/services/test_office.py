"""The waiting room, the desks and the visit, without a socket: one citizen, one clerk at a time."""

import asyncio
import random
from datetime import date
from typing import Any

import pytest

from tests.conftest import (
    REGISTER,
    MakeTown,
    Presence,
    Town,
    at,
    outcomes,
)
from vamt import rooms, states
from vamt.boards import Boards
from vamt.boards_check import CheckBoards
from vamt.boards_fees import FeeBoards
from vamt.boards_form import FormBoards
from vamt.boards_signature import SignatureBoards
from vamt.booking import Appointment
from vamt.errors import Conflict, Invalid, NotFound, UserError
from vamt.fees import Rules
from vamt.i18n import Languages
from vamt.protocol import CHAT_LENGTH
from vamt.rooms import ABSENCE_GRACE
from vamt.services.office import CHAT_LINES, NOTE_LENGTH, citizen_seat, clerk_seat
from vamt.settings import parse
from vamt.states import Appointment as State
from vamt.states import Desk, DeskEvent, Visit
from vamt.store.sql import SqlTx

EIGHT = at("2026-06-15 08:00")


async def queue(town: Town) -> list[str]:
    """The ids in the waiting room, in order."""
    async with town.store.read() as tx:
        return [p.id for p in rooms.in_order(await tx.appointments_in(State.CHECKED_IN))]


async def desk(town: Town, clerk: str) -> Desk:
    async with town.store.read() as tx:
        return (await tx.desk(clerk)).state


async def refused(key: str, attempt: Any) -> UserError:
    with pytest.raises(UserError) as error:
        await attempt
    assert error.value.key == key
    return error.value


# --- into the waiting room and out again


async def test_the_waiting_room_opens_some_time_before(town: Town) -> None:
    mine = await town.booked(start=EIGHT)
    town.clock.now = EIGHT - 1800 - 1
    before = town.rows()
    assert (await refused("too_early", town.office.enter(mine.id))).status == 409
    assert town.rows() == before
    town.clock.go(1)
    await town.office.enter(mine.id)
    stored = await town.get(mine.id)
    assert (stored.state, stored.arrived) == (State.CHECKED_IN, EIGHT - 1800)


async def test_nobody_enters_while_required_data_is_missing(town: Town) -> None:
    mine = await town.booked("anmeldung", EIGHT)
    town.clock.now = EIGHT
    assert (await refused("incomplete", town.office.enter(mine.id))).status == 422
    await town.office.give(mine.id, {"address": "Markt 1"})
    await town.office.enter(mine.id)
    assert (await town.get(mine.id)).state is State.CHECKED_IN


async def test_entering_twice_keeps_the_first_time_of_arrival(town: Town) -> None:
    mine = await town.waiting()
    town.clock.go(100)
    await town.office.enter(mine.id)
    assert (await town.get(mine.id)).arrived == mine.arrived


async def test_who_missed_her_call_may_enter_again_and_counts_from_then(town: Town) -> None:
    clerk = await town.clerk("keller")
    mine = await town.called(clerk)
    await town.office.missed(clerk, mine.id)
    assert (await town.get(mine.id)).state is State.MISSED
    town.clock.now = EIGHT + 3600
    await town.office.enter(mine.id)
    again = await town.get(mine.id)
    assert (again.state, again.arrived) == (State.CHECKED_IN, EIGHT + 3600)
    await town.office.call(clerk, mine.id)


async def test_leaving_gives_up_the_place_but_not_the_appointment(town: Town) -> None:
    mine = await town.waiting()
    await town.office.leave(mine.id)
    assert (await town.get(mine.id)).state is State.CONFIRMED
    assert await queue(town) == []
    await town.office.enter(mine.id)


@pytest.mark.parametrize(
    "action", ["enter", "leave", "answer", "step_aside", "come_back", "give", "devices"]
)
async def test_an_unknown_citizen_is_not_found(town: Town, action: str) -> None:
    arguments = {"give": ({},), "devices": ("ok", "ok")}.get(action, ())
    with pytest.raises(NotFound):
        await getattr(town.office, action)("nobody", *arguments)


# --- what she tells


async def test_data_is_merged_with_what_was_given_before(town: Town) -> None:
    mine = await town.booked("anmeldung", EIGHT)
    await town.office.give(mine.id, {"address": "Markt 1", "kind": "new"})
    await town.office.give(mine.id, {"moved": "2026-06-01", "kind": ""})
    assert (await town.get(mine.id)).data == {
        "address": "Markt 1",
        "kind": "",
        "moved": "2026-06-01",
    }
    assert town.hub.told[-1] == (frozenset({mine.id}), True)


async def test_wrong_data_is_refused_with_its_field_and_nothing_is_stored(town: Town) -> None:
    mine = await town.booked("anmeldung", EIGHT)
    before = town.rows()
    for values in ({"moved": "soon"}, {"other": "x"}, {"address": "x" * 2**20}):
        with pytest.raises(Invalid) as error:
            await town.office.give(mine.id, values)
        assert error.value.field in values
    assert town.rows() == before


async def test_data_given_while_somebody_else_changes_the_appointment_is_a_conflict(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = await town.booked("anmeldung", EIGHT)

    async def too_late(*args: Any, **values: Any) -> bool:
        return False

    monkeypatch.setattr(SqlTx, "change_appointment", too_late)
    with pytest.raises(Conflict):
        await town.office.give(mine.id, {"address": "Markt 1"})


async def test_data_can_be_given_until_the_visit_is_over(town: Town) -> None:
    clerk = await town.clerk("keller")
    held = await town.held("anmeldung")
    mine = await town.visited(clerk)
    with pytest.raises(states.Illegal):
        await town.office.give(held.id, {"address": "x"})
    await town.office.give(mine.id, {})
    await town.office.end(clerk)
    with pytest.raises(states.Illegal):
        await town.office.give(mine.id, {})
    gone = await town.booked()
    await town.bookings.cancel(gone.id)
    with pytest.raises(states.Illegal):
        await town.office.give(gone.id, {})


async def test_data_for_a_service_no_longer_offered_is_refused(make_town: MakeTown) -> None:
    town = make_town()
    mine = await town.booked("parken")
    fewer = make_town(services=(REGISTER,))
    with pytest.raises(states.Illegal):
        await fewer.office.give(mine.id, {})
    town.clock.now = mine.start
    await fewer.office.enter(mine.id)  # but she can still come


async def test_devices_are_noted_once(town: Town) -> None:
    mine = await town.booked()
    await town.office.devices(mine.id, "denied", "ok")
    stored = await town.get(mine.id)
    assert (stored.camera, stored.microphone) == ("denied", "ok")
    told = len(town.hub.told)
    await town.office.devices(mine.id, "denied", "ok")
    assert len(town.hub.told) == told


async def test_the_latest_check_is_kept_with_its_time(town: Town) -> None:
    mine = await town.booked()
    assert (await town.get(mine.id)).checked is None
    await town.office.checked(mine.id, {"relay": "failed"})
    town.clock.go(60)
    await town.office.checked(mine.id, {"relay": "ok"})
    assert (await town.get(mine.id)).checked == {"relay": "ok", "at": town.clock.now}
    assert town.hub.told[-1][0] == {mine.id}
    await town.bookings.cancel(mine.id)
    town.clock.go(31 * 86400)
    assert await town.retention.forget() == 1
    with pytest.raises(states.Illegal):
        await town.office.checked(mine.id, {"relay": "ok"})


# --- the order of the queue


async def test_the_queue_goes_by_booked_time_but_latecomers_line_up_behind(town: Town) -> None:
    slots = [EIGHT + n * 900 for n in range(4)]
    late = await town.booked(start=slots[0])
    early_bird = await town.booked(start=slots[3])
    in_time = await town.booked(start=slots[1])
    second = await town.booked(start=slots[2])
    town.clock.now = slots[3] - 1800
    await town.office.enter(early_bird.id)
    await town.office.enter(second.id)
    await town.office.enter(in_time.id)
    town.clock.now = slots[1] + 60
    await town.office.enter(late.id)
    assert await queue(town) == [in_time.id, late.id, second.id, early_bird.id]


async def test_a_parked_person_comes_back_to_her_old_place(town: Town) -> None:
    first, second = await town.waiting(EIGHT), await town.waiting(EIGHT + 900)
    town.clock.now = EIGHT + 3600
    await town.office.step_aside(first.id)
    assert await queue(town) == [second.id]
    town.clock.go(600)
    await town.office.come_back(first.id)
    assert await queue(town) == [first.id, second.id]


async def test_the_queue_is_the_same_after_a_restart(town: Town) -> None:
    people = [await town.waiting(EIGHT + n * 900) for n in range(4)]
    await town.office.step_aside(people[1].id)
    await town.office.come_back(people[1].id)
    before = await queue(town)
    clerk = await town.clerk("keller")
    # nobody is connected yet; everyone counts as gone since the start of the new process
    presence = Presence(gone={citizen_seat(p.id): town.clock() for p in people})
    office = town.restarted(presence)
    assert await queue(town) == before
    assert (await office.call(clerk)).id == before[0]


async def test_people_who_are_away_are_skipped_but_keep_their_place(town: Town) -> None:
    away, here = await town.waiting(EIGHT), await town.waiting(EIGHT + 900)
    clerk, colleague = await town.clerk("keller"), await town.clerk("demir")
    town.presence.here.remove(citizen_seat(away.id))
    town.presence.gone[citizen_seat(away.id)] = town.clock() - ABSENCE_GRACE
    assert (await town.office.call(clerk)).id == here.id
    await refused("nobody_waiting", town.office.call(colleague))
    town.presence.here.add(citizen_seat(away.id))
    assert await queue(town) == [away.id]
    assert (await town.office.call(colleague)).id == away.id


async def test_a_lost_connection_is_bridged_for_the_grace_period(town: Town) -> None:
    mine = await town.waiting()
    clerk = await town.clerk("keller")
    town.presence.here.clear()
    town.presence.gone[citizen_seat(mine.id)] = town.clock() - ABSENCE_GRACE + 1
    assert (await town.office.call(clerk)).id == mine.id


async def test_somebody_away_can_still_be_called_by_name(town: Town) -> None:
    mine = await town.waiting()
    clerk = await town.clerk("keller")
    town.presence.here.clear()
    await refused("nobody_waiting", town.office.call(clerk))
    assert (await town.office.call(clerk, mine.id)).id == mine.id


# --- two clerks never get the same citizen


def check_everybody_has_one(town: Town) -> None:
    live = [v for v in town.rows()["visits"] if v["state"] in (Visit.RINGING, Visit.OPEN)]
    assert len({v["clerk"] for v in live}) == len({v["appointment"] for v in live}) == len(live)
    busy = {row["clerk"] for row in town.rows()["desks"] if row["state"] == Desk.BUSY}
    assert busy == {v["clerk"] for v in live}


MANY = [EIGHT + n // 2 * 900 for n in range(20)]


@pytest.mark.parametrize("named", [False, True], ids=["next", "named"])
async def test_twenty_clerks_who_call_at_once_get_twenty_citizens(town: Town, named: bool) -> None:
    people = [await town.waiting(start) for start in MANY]
    clerks = [await town.clerk(f"c{n:02}") for n in range(20)]
    if named:
        calls = [town.office.call(c, p.id) for c, p in zip(clerks, people, strict=True)]
    else:
        calls = [town.office.call(clerk) for clerk in clerks]
    got, failed = await outcomes(*calls)
    assert not failed and {p.id for p in got} == {p.id for p in people}
    check_everybody_has_one(town)
    if not named:  # in the order of their turns
        assert [p.start for p in got] == sorted(MANY)
    for clerk in clerks:
        await refused("desk_busy", town.office.call(clerk))


async def test_of_twenty_clerks_who_name_the_same_citizen_one_gets_her(town: Town) -> None:
    mine = await town.waiting()
    clerks = [await town.clerk(f"c{n:02}") for n in range(20)]
    got, failed = await outcomes(*(town.office.call(clerk, mine.id) for clerk in clerks))
    assert [p.id for p in got] == [mine.id] and len(failed) == 19
    assert {getattr(error, "key", error) for error in failed} == {"taken"}
    check_everybody_has_one(town)


async def test_with_fewer_citizens_than_clerks_some_are_told_that_nobody_waits(town: Town) -> None:
    people = [await town.waiting(start) for start in MANY[:5]]
    clerks = [await town.clerk(f"c{n:02}") for n in range(12)]
    got, failed = await outcomes(*(town.office.call(clerk) for clerk in clerks))
    assert {p.id for p in got} == {p.id for p in people}
    assert {getattr(error, "key", error) for error in failed} == {"nobody_waiting"}
    check_everybody_has_one(town)


async def test_one_clerk_who_clicks_ten_times_gets_one_citizen(town: Town) -> None:
    for start in MANY[:5]:
        await town.waiting(start)
    clerk = await town.clerk("keller")
    got, failed = await outcomes(*(town.office.call(clerk) for _ in range(10)))
    assert len(got) == 1 and {getattr(e, "key", e) for e in failed} == {"desk_busy"}
    check_everybody_has_one(town)


@pytest.mark.parametrize("seed", range(3))
async def test_in_a_busy_house_citizens_and_desks_always_match(town: Town, seed: int) -> None:
    """Everybody does something at any time; whatever comes of it, it is never a contradiction."""
    dice = random.Random(seed)
    people = [(await town.waiting(start)).id for start in MANY[:8]]
    clerks = [await town.clerk(f"c{n}") for n in range(4)]

    async def somebody(number: int) -> None:
        clerk, mine = dice.choice(clerks), dice.choice(people)
        office, line = town.office, f"line{number}"
        act = dice.choice(
            [
                lambda: office.call(clerk),
                lambda: office.call(clerk, mine),
                lambda: office.answer(mine),
                lambda: office.answer(mine),
                lambda: office.ring(clerk),
                lambda: office.park(clerk, mine),
                lambda: office.step_aside(mine),
                lambda: office.come_back(mine),
                lambda: office.hand_over(clerk, dice.choice(clerks), "note"),
                lambda: office.end(clerk),
                lambda: office.missed(clerk, mine),
                lambda: office.pause(clerk, dice.random() < 0.5),
                lambda: office.enter(mine),
                lambda: office.leave(mine),
                lambda: office.say(mine, "citizen", "Eva", line, "hello", 2000),
            ]
        )
        try:
            await act()
        except UserError:
            pass

    seen: set[str] = set()
    for round_ in range(25):
        await asyncio.gather(*(somebody(round_ * 10 + n) for n in range(8)))
        check_everybody_has_one(town)
        rows = town.rows()
        state = {row["id"]: row["state"] for row in rows["appointments"]}
        seen |= set(state.values())
        open_visits = {v["appointment"]: v for v in rows["visits"] if v["state"] != Visit.ENDED}
        for id, visit in open_visits.items():
            expected = {State.CALLED: Visit.RINGING, State.IN_VISIT: Visit.OPEN}
            assert visit["state"] == expected.get(State(state[id]), Visit.ASIDE)
            assert state[id] not in (State.FINISHED, State.MISSED)
        for id, one in state.items():
            assert (one in (State.CALLED, State.IN_VISIT)) <= (id in open_visits)
        assert {line["appointment"] for line in rows["lines"]} <= set(open_visits)
        town.clock.go(5)
    assert {State.CALLED, State.IN_VISIT, State.PARKED} & seen


# --- calling


async def test_a_call_rings_and_takes_the_desk(town: Town) -> None:
    mine = await town.waiting()
    clerk = await town.clerk("keller")
    called = await town.office.call(clerk)
    assert called == await town.get(mine.id) and called.state is State.CALLED
    assert await desk(town, clerk) is Desk.BUSY
    assert town.hub.told[-1] == (frozenset({mine.id}), True)


async def test_a_closed_desk_calls_nobody(town: Town) -> None:
    await town.waiting()
    clerk = await town.clerk("keller", free=False)
    await refused("desk_away", town.office.call(clerk))


async def test_ringing_again_notes_the_time_and_needs_a_ringing_visit(town: Town) -> None:
    clerk = await town.clerk("keller")
    await refused("no_visit", town.office.ring(clerk))
    mine = await town.called(clerk)
    town.clock.go(20)
    await town.office.ring(clerk)
    (visit,) = town.rows()["visits"]
    assert visit["rung"] == town.clock() and visit["state"] == Visit.RINGING
    assert town.hub.told[-1] == (frozenset({mine.id}), False)
    await town.office.answer(mine.id)
    with pytest.raises(states.Illegal):
        await town.office.ring(clerk)


async def test_answering_opens_the_visit_and_twice_is_the_same_as_once(town: Town) -> None:
    clerk = await town.clerk("keller")
    mine = await town.called(clerk)
    town.clock.go(4)
    await town.office.answer(mine.id)
    before = town.rows()
    assert before["visits"][0]["answered"] == town.clock()
    town.clock.go(4)
    await town.office.answer(mine.id)
    assert town.rows() == before


async def test_calling_an_unknown_person_is_not_found(town: Town) -> None:
    clerk = await town.clerk("keller")
    with pytest.raises(NotFound):
        await town.office.call(clerk, "nobody")


async def test_somebody_in_a_visit_cannot_be_called_parked_or_missed_by_a_colleague(
    town: Town,
) -> None:
    clerk, colleague = await town.clerk("keller"), await town.clerk("demir")
    for bring in (town.called, town.visited):
        mine = await bring(clerk)
        before = town.rows()
        for attempt in (
            town.office.call(colleague, mine.id),
            town.office.park(colleague, mine.id),
            town.office.missed(colleague, mine.id),
        ):
            with pytest.raises(Conflict):
                await attempt
        assert town.rows() == before
        await town.office.end(clerk)


# --- parking, ending, handing over


async def test_parking_frees_the_desk_and_keeps_the_chat_for_the_next_call(town: Town) -> None:
    clerk, colleague = await town.clerk("keller"), await town.clerk("demir")
    mine = await town.visited(clerk)
    await town.office.say(mine.id, "citizen", "Eva", "1", "hello", 2000)
    await town.office.park(clerk, mine.id)
    assert await desk(town, clerk) is Desk.FREE
    other = await town.waiting()
    assert (await town.office.call(clerk)).id == other.id
    await town.office.call(colleague, mine.id)
    assert await town.chat(mine.id) == ["hello"]
    assert len([v for v in town.rows()["visits"] if v["appointment"] == mine.id]) == 1


async def test_stepping_aside_from_a_visit_frees_the_desk(town: Town) -> None:
    clerk = await town.clerk("keller")
    mine = await town.visited(clerk)
    await town.office.step_aside(mine.id)
    assert await desk(town, clerk) is Desk.FREE
    assert (await town.get(mine.id)).state is State.PARKED


async def test_ending_finishes_the_visit_frees_the_desk_and_twice_is_harmless(town: Town) -> None:
    clerk = await town.clerk("keller")
    mine = await town.visited(clerk)
    await town.office.end(clerk)
    assert (await town.get(mine.id)).state is State.FINISHED
    assert await desk(town, clerk) is Desk.FREE
    before, told = town.rows(), len(town.hub.told)
    await town.office.end(clerk)
    assert town.rows() == before and len(town.hub.told) == told


async def test_ending_while_it_still_rings_means_she_was_missed(town: Town) -> None:
    clerk = await town.clerk("keller")
    mine = await town.called(clerk)
    await town.office.end(clerk)
    assert (await town.get(mine.id)).state is State.MISSED
    assert await desk(town, clerk) is Desk.FREE


async def test_somebody_who_never_came_can_be_marked_as_missed(town: Town) -> None:
    clerk = await town.clerk("keller")
    mine = await town.booked()
    await town.office.missed(clerk, mine.id)
    assert (await town.get(mine.id)).state is State.MISSED
    with pytest.raises(NotFound):
        await town.office.missed(clerk, "nobody")


async def test_handing_over_puts_the_person_first_for_the_colleague_only(town: Town) -> None:
    clerk, colleague = await town.clerk("keller"), await town.clerk("demir")
    third = await town.clerk("sommer")
    waiting = await town.waiting(EIGHT)
    mine = await town.waiting(EIGHT + 1800)
    await town.office.call(clerk, mine.id)
    await town.office.answer(mine.id)
    await town.office.hand_over(clerk, colleague, " bitte   Formular \nB  \n")
    stored = await town.get(mine.id)
    assert (stored.for_clerk, stored.from_clerk) == (colleague, clerk)
    assert stored.note == "bitte   Formular\nB"
    assert await queue(town) == [mine.id, waiting.id]
    assert await desk(town, clerk) is Desk.FREE
    assert (await town.office.call(third)).id == waiting.id
    await refused("nobody_waiting", town.office.call(clerk))
    got = await town.office.call(colleague)
    assert (got.id, got.for_clerk, got.note) == (mine.id, "", "bitte   Formular\nB")


SETTINGS = """
[town]
name = "Amselfingen"
[[opening]]
days = ["mon"]
from = 08:00:00
to = 12:00:00
[[service]]
id = "parken"
minutes = 15
name = { de = "Parkausweis" }
"""


async def board(town: Town, clerk: str) -> Any:
    """What a clerk's page shows."""
    settings = parse(SETTINGS, town.file.parent)
    languages = Languages(["de"])
    boards = Boards(
        settings,
        town.services,
        languages,
        town.clock,
        town.presence,
        CheckBoards(
            town.checks.sights,
            True,
            town.checks.keeps,
            0,
            town.clock,
            town.services,
            lambda: date(2026, 6, 15),
        ),
        SignatureBoards(town.signatures.live, town.services, languages, town.clock, settings.zone),
        FormBoards(town.services, languages, town.forms.read),
        FeeBoards(town.services, Rules(), None),
    )
    async with town.store.read() as tx:
        return await boards.desk(tx, await boards.scene(tx), clerk, "de")


async def test_a_hand_over_note_is_shown_to_the_colleague_it_is_meant_for_only(town: Town) -> None:
    clerk, colleague = await town.clerk("keller"), await town.clerk("demir")
    third = await town.clerk("sommer")
    mine = await town.visited(clerk)
    await town.office.hand_over(clerk, colleague, "vertraulich")
    for who in (clerk, third):
        (shown,) = (await board(town, who)).waiting
        assert (shown.id, shown.for_me, shown.for_other) == (mine.id, False, True)
        assert (shown.note, shown.from_clerk) == ("", "")
    (shown,) = (await board(town, colleague)).waiting
    assert (shown.for_me, shown.note, shown.from_clerk) == (True, "vertraulich", "Keller")
    await town.office.call(colleague)
    assert (await board(town, colleague)).appointment.note == "vertraulich"
    await town.office.park(colleague, mine.id)
    (shown,) = (await board(town, third)).parked
    assert shown.note in ("", "vertraulich")


async def test_entering_again_begins_anew_without_note_and_colleague(town: Town) -> None:
    clerk, colleague = await town.clerk("keller"), await town.clerk("demir")
    mine = await town.visited(clerk)
    await town.office.hand_over(clerk, colleague, "note")
    await town.office.leave(mine.id)
    await town.office.enter(mine.id)
    stored = await town.get(mine.id)
    assert (stored.for_clerk, stored.note) == ("", "")


@pytest.mark.parametrize("colleague", ["nobody", "", "clerk-keller", "clerk-gone"])
async def test_only_to_a_colleague_who_is_there_can_be_handed_over(
    town: Town, colleague: str
) -> None:
    clerk = await town.clerk("keller")
    await town.clerk("gone")
    await town.clerks.disable("gone")
    await town.visited(clerk)
    before = town.rows()
    with pytest.raises(Invalid) as error:
        await town.office.hand_over(clerk, colleague, "")
    assert error.value.field == "clerk" and town.rows() == before


@pytest.mark.parametrize("note", ["x" * (NOTE_LENGTH + 1), "x" * 2**20, "a\0b", "half \ud800"])
async def test_a_note_too_long_or_that_cannot_be_stored_is_refused(town: Town, note: str) -> None:
    clerk, colleague = await town.clerk("keller"), await town.clerk("demir")
    await town.visited(clerk)
    before = town.rows()
    with pytest.raises(Invalid) as error:
        await town.office.hand_over(clerk, colleague, note)
    assert error.value.field == "note" and town.rows() == before


async def test_without_a_visit_nothing_can_be_handed_over(town: Town) -> None:
    clerk, colleague = await town.clerk("keller"), await town.clerk("demir")
    await refused("no_visit", town.office.hand_over(clerk, colleague, ""))
    mine = await town.visited(clerk)
    await town.office.hand_over(clerk, colleague, "x" * NOTE_LENGTH)
    assert len((await town.get(mine.id)).note) == NOTE_LENGTH


# --- the desk


async def test_a_desk_closes_and_opens_and_what_it_is_it_stays(town: Town) -> None:
    clerk = await town.clerk("keller")
    for away, state in (
        (True, Desk.AWAY),
        (True, Desk.AWAY),
        (False, Desk.FREE),
        (False, Desk.FREE),
    ):
        await town.office.pause(clerk, away)
        assert await desk(town, clerk) is state
    assert [row["event"] for row in town.rows()["history"]] == [
        DeskEvent.COME,
        DeskEvent.GO,
        DeskEvent.COME,
    ]


async def test_a_busy_desk_cannot_be_closed(town: Town) -> None:
    clerk = await town.clerk("keller")
    await town.called(clerk)
    for away in (True, False):
        await refused("desk_busy", town.office.pause(clerk, away))
    assert await desk(town, clerk) is Desk.BUSY


# --- the chat


def line(town: Town, mine: Appointment, id: str, text: str, seat: str = "citizen") -> Any:
    return town.office.say(mine.id, seat, "Eva", id, text, CHAT_LENGTH)


async def test_a_message_is_stored_with_its_writer_and_the_same_id_once(town: Town) -> None:
    clerk = await town.clerk("keller")
    mine = await town.visited(clerk)
    await line(town, mine, "1", "  Hallo <b> 😀\nzweite Zeile ")
    await asyncio.gather(*(line(town, mine, "2", f"mal {n}", "clerk") for n in range(10)))
    await line(town, mine, "1", "Hallo noch einmal")
    async with town.store.read() as tx:
        first, second = await tx.lines(mine.id)
    assert (first.id, first.seat, first.name) == ("1", "citizen", "Eva")
    assert (first.text, first.at) == ("Hallo <b> 😀\nzweite Zeile", town.clock())
    assert (second.seat, second.text) == ("clerk", "mal 0")
    assert town.hub.told[-1] == (frozenset({mine.id}), False)


async def test_two_visits_may_use_the_same_message_id(town: Town) -> None:
    one = await town.visited(await town.clerk("keller"))
    two = await town.visited(await town.clerk("demir"))
    await line(town, one, "1", "one")
    await line(town, two, "1", "two")
    assert (await town.chat(one.id), await town.chat(two.id)) == (["one"], ["two"])


@pytest.mark.parametrize("way", ["end", "missed", "close_day"])
async def test_the_chat_is_forgotten_when_the_visit_ends(town: Town, way: str) -> None:
    clerk = await town.clerk("keller")
    mine = await town.visited(clerk)
    await line(town, mine, "1", "secret")
    if way == "end":
        await town.office.end(clerk)
    elif way == "missed":
        await town.office.park(clerk, mine.id)
        await town.office.missed(clerk, mine.id)
    else:
        town.clock.go(2 * 86400)
        await town.retention.close_day()
    assert town.rows()["lines"] == []


async def test_outside_a_visit_nothing_can_be_said(town: Town) -> None:
    clerk = await town.clerk("keller")
    mine = await town.waiting()
    await refused("no_visit", line(town, mine, "1", "hello"))
    await town.office.call(clerk, mine.id)
    await line(town, mine, "1", "while it rings")
    await town.office.park(clerk, mine.id)
    await refused("no_visit", line(town, mine, "2", "hello"))
    await town.office.call(clerk, mine.id)
    await town.office.end(clerk)
    await refused("no_visit", line(town, mine, "3", "hello"))
    await refused("no_visit", town.office.say("nobody", "citizen", "", "1", "x", CHAT_LENGTH))


@pytest.mark.parametrize(
    ("id", "text"),
    [
        ("1", ""),
        ("1", " \n "),
        ("1", "x" * (CHAT_LENGTH + 1)),
        ("1", "x" * 2**20),
        ("1", "a\0b"),
        ("1", "half \ud800"),
        ("", "text"),
        ("x" * 65, "text"),
        ("\ud800", "text"),
        ("a\0", "text"),
    ],
    ids=lambda value: f"{len(value)}-{value[:3]!r}",
)
async def test_a_message_that_is_empty_too_long_or_cannot_be_stored_is_refused(
    town: Town, id: str, text: str
) -> None:
    mine = await town.visited(await town.clerk("keller"))
    with pytest.raises(Invalid):
        await line(town, mine, id, text)
    assert await town.chat(mine.id) == []


async def test_the_longest_message_is_stored(town: Town) -> None:
    mine = await town.visited(await town.clerk("keller"))
    await line(town, mine, "x" * 64, "ü" * CHAT_LENGTH)
    assert await town.chat(mine.id) == ["ü" * CHAT_LENGTH]


async def test_a_full_chat_says_so_but_repeating_a_stored_message_is_fine(town: Town) -> None:
    mine = await town.visited(await town.clerk("keller"))
    async with town.store.write() as tx:
        for number in range(CHAT_LINES - 1):
            await tx.add_line(mine.id, rooms.Line(str(number), "clerk", "K", "x", 0.0))
    await line(town, mine, "last", "the last one")
    await refused("chat_full", line(town, mine, "more", "one more"))
    await line(town, mine, "last", "the last one")  # its acknowledgement was lost
    assert len(await town.chat(mine.id)) == CHAT_LINES


def test_seats_are_keys_that_no_citizen_and_clerk_share() -> None:
    assert citizen_seat("x") != clerk_seat("x")
