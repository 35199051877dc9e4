"""What the clock does: the day is closed, and people are forgotten, down to the file's bytes."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import DAY, PARKING, REGISTER, MakeTown, Town, at, person
from vamt.booking import Service
from vamt.services.retention import OVERNIGHT
from vamt.states import Appointment as State

EIGHT = at("2026-06-15 08:00")


# --- the day is closed


async def test_in_the_night_everybody_who_did_not_come_is_missed(town: Town) -> None:
    clerk, colleague = await town.clerk("keller"), await town.clerk("demir")
    booked = await town.booked()
    waiting = await town.waiting()
    parked = await town.waiting()
    await town.office.step_aside(parked.id)
    called = await town.called(clerk)
    visited = await town.visited(colleague)
    held = await town.held()
    town.clock.now = EIGHT + 3600 + OVERNIGHT
    assert await town.retention.close_day() == 5
    for one in (booked, waiting, parked, called):
        assert (await town.get(one.id)).state is State.MISSED
    assert (await town.get(visited.id)).state is State.FINISHED
    assert (await town.get(held.id)).state is State.RESERVED, "holds lapse by themselves"
    assert {row["state"] for row in town.rows()["desks"]} == {"free"}
    assert town.hub.told[-1][0] == {one.id for one in (booked, waiting, parked, called, visited)}


async def test_the_day_is_not_closed_before_half_a_day_has_passed(town: Town) -> None:
    mine = await town.booked()
    told = len(town.hub.told)
    town.clock.now = mine.end + OVERNIGHT - 1
    assert await town.retention.close_day() == 0
    assert (await town.get(mine.id)).state is State.CONFIRMED and len(town.hub.told) == told
    town.clock.go(1)
    assert await town.retention.close_day() == 1
    assert await town.retention.close_day() == 0


async def test_closing_ends_a_visit_that_was_set_aside_when_she_left(town: Town) -> None:
    clerk, colleague = await town.clerk("keller"), await town.clerk("demir")
    mine = await town.visited(clerk)
    await town.office.say(mine.id, "citizen", "Eva", "1", "secret", 2000)
    await town.office.hand_over(clerk, colleague, "")
    await town.office.leave(mine.id)
    town.clock.go(2 * DAY)
    await town.retention.close_day()
    rows = town.rows("visits", "lines")
    assert [row["state"] for row in rows["visits"]] == ["ended"] and rows["lines"] == []


# --- people are forgotten


async def test_old_history_and_ended_visits_are_dropped(town: Town) -> None:
    clerk, colleague = await town.clerk("keller"), await town.clerk("demir")
    await town.visited(clerk)
    await town.office.end(clerk)
    open_one = await town.visited(colleague)
    tidy = replace(town.retention, history_days=100)
    old = town.rows("history", "visits")
    town.clock.now = min(row["at"] for row in old["history"]) + 100 * DAY
    await tidy.tidy()
    assert town.rows("history", "visits") == old, "not older yet"
    town.clock.go(DAY)
    await town.booked()
    await tidy.tidy()
    rows = town.rows("history", "visits")
    assert [row["appointment"] for row in rows["visits"]] == [open_one.id], "still open"
    assert [row["event"] for row in rows["history"]] == ["confirm"]


async def test_only_what_is_over_and_older_than_the_retention_is_forgotten(
    make_town: MakeTown,
) -> None:
    town = make_town(keep_days=10)
    clerk = await town.clerk("keller")
    finished = await town.visited(clerk)
    await town.office.end(clerk)
    gone = await town.booked(start=EIGHT + 900)
    await town.bookings.cancel(gone.id)
    missed = await town.booked(start=EIGHT + 1800)
    await town.office.missed(clerk, missed.id)
    open_one = await town.booked(start=EIGHT + 2700)
    later = await town.booked(start=at("2026-06-16 09:00"))
    await town.bookings.cancel(later.id)
    town.clock.now = max(one.end for one in (finished, gone, missed)) + 10 * DAY
    assert await town.retention.forget() == 2, "the last one is not older yet"
    town.clock.go(1)
    assert await town.retention.forget() == 1
    for one in (finished, gone, missed):
        assert (await town.get(one.id)).state is State.ANONYMISED
    assert (await town.get(open_one.id)).state is State.CONFIRMED
    assert (await town.get(later.id)).name != ""
    assert await town.retention.forget() == 0


MARKERS = {
    "name": "Qzname",
    "email": "qzmail@example.org",
    "phone": "0555987654321",
    "address": "Qzstrasse",
    "chat": "Qzgeplauder",
    "note": "Qzvermerk",
    "check": "Qzleitung",
}


async def somebody_marked(town: Town, number: int = 1) -> str:
    """An appointment with a marker in whatever it keeps, finished."""
    clerk = await town.clerk(f"keller{number}")
    colleague = await town.clerk(f"demir{number}")
    who = person(name=MARKERS["name"], email=MARKERS["email"], phone=MARKERS["phone"])
    mine = await town.bookings.book("anmeldung", EIGHT + number * 1800, who)
    await town.office.give(mine.id, {"address": MARKERS["address"] + "x" * 200})
    await town.office.checked(mine.id, {"relay": MARKERS["check"]})
    town.clock.now = mine.start
    await town.office.enter(mine.id)
    await town.office.call(clerk, mine.id)
    await town.office.answer(mine.id)
    for line in range(20):
        await town.office.say(mine.id, "citizen", MARKERS["name"], f"{line}", MARKERS["chat"], 2000)
    await town.office.hand_over(clerk, colleague, MARKERS["note"])
    await town.office.call(colleague, mine.id)
    await town.office.answer(mine.id)
    await town.office.end(colleague)
    return mine.id


def traces(file: Path) -> list[str]:
    """Which markers stand anywhere in a file's bytes."""
    content = file.read_bytes()
    return [what for what, text in MARKERS.items() if text.encode() in content]


def on_disk(town: Town) -> list[str]:
    """Which markers stand in the database or in its write-ahead log."""
    log = town.file.with_name(town.file.name + "-wal")
    return sorted({*traces(town.file), *(traces(log) if log.exists() else [])})


def columns(rows: Iterable[dict[str, object]]) -> str:
    return "\n".join(str(row) for row in rows)


async def test_an_anonymised_appointment_has_nothing_left_of_the_person(
    make_town: MakeTown,
) -> None:
    town = make_town(keep_days=10)
    id = await somebody_marked(town)
    assert all(
        text in columns(sum(town.rows().values(), []))
        for what, text in MARKERS.items()
        if what != "chat"
    )
    town.clock.go(11 * DAY)
    assert await town.retention.forget() == 1
    rows = town.rows()
    everything = columns(sum(rows.values(), []))
    assert [what for what, text in MARKERS.items() if text in everything] == []
    assert rows["outbox"] == [] and rows["lines"] == []
    (row,) = [row for row in rows["appointments"] if row["id"] == id]
    assert (row["name"], row["email"], row["phone"], row["note"], row["data"]) == (
        *([""] * 4),
        {},
    )
    assert row["state"] == State.ANONYMISED and row["start"], "what statistics need stays"
    assert rows["history"], "who did what when, without content"


async def test_nothing_of_the_person_is_left_in_the_bytes_of_the_file(
    make_town: MakeTown,
) -> None:
    town = make_town(keep_days=10)
    for number in range(3):
        await somebody_marked(town, number)
    assert set(on_disk(town)) == set(MARKERS), "the search can find them"
    await town.store.settle()
    assert set(on_disk(town)) == set(MARKERS) - {"chat"}, "gone with the end of the visit"
    town.clock.go(11 * DAY)
    assert await town.retention.forget() == 3
    assert on_disk(town) == []


async def test_a_hold_that_lapses_and_a_cancelled_person_leave_no_bytes_either(
    make_town: MakeTown,
) -> None:
    town = make_town(keep_days=10)
    who = person(name=MARKERS["name"], email=MARKERS["email"], phone=MARKERS["phone"])
    mine = await town.bookings.book("parken", EIGHT, who)
    await town.bookings.move(mine.id, EIGHT + 900)
    await town.bookings.cancel(mine.id)
    town.clock.go(30 * DAY)
    assert on_disk(town)
    await town.retention.forget()
    assert on_disk(town) == []


@pytest.mark.parametrize("secure", [True, False])
def test_only_secure_delete_really_overwrites(tmp_path: Path, secure: bool) -> None:
    """Why the store asks for it: builds of SQLite differ in their default (Debian's is on)."""
    file = tmp_path / "plain.sqlite"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(f"pragma secure_delete={'on' if secure else 'off'}")
        connection.execute("create table t (x)")
        connection.execute("begin")
        connection.executemany("insert into t values (?)", [(MARKERS["name"],)] * 500)
        connection.execute("commit")
        connection.execute("delete from t")
    assert bool(traces(file)) is not secure


async def test_a_service_may_keep_appointments_shorter_or_longer(make_town: MakeTown) -> None:
    """The errand that says longest counts; one that says nothing is kept as the town says."""
    short, long = replace(PARKING, retention_days=5), replace(REGISTER, retention_days=60)
    other = Service("rat", {"de": "Rat"}, 15)
    town = make_town(services=(short, long, other))
    at_eight = at("2026-06-15 08:00")
    wishes = [("parken", ()), ("parken", ("rat",)), ("rat", ("anmeldung",)), ("anmeldung", ())]
    mine = []
    for number, (service, also) in enumerate(wishes):
        start = at_eight + number * 3600
        mine.append(await town.bookings.book(service, start, person(number), also))
    town.clock.now = at("2026-06-16 07:00")
    await town.retention.close_day()
    forgotten = []
    for day in range(1, 70):
        town.clock.now = at("2026-06-15 23:00") + day * DAY
        await town.retention.forget()
        states = [(await town.get(one.id)).state for one in mine]
        forgotten.append([state == "anonymised" for state in states])
    assert [1 + [row[n] for row in forgotten].index(True) for n in range(4)] == [5, 30, 60, 60]
