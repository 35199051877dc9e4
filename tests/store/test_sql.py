"""The store: what is acknowledged is there, what fails leaves nothing, what must not be cannot."""

import asyncio
import contextlib
import random
import sqlite3
import threading
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from tests.conftest import Town
from vamt import states
from vamt.booking import Appointment
from vamt.rooms import Clerk, Guest, Line, Visit
from vamt.services.ports import Letter, Session
from vamt.states import Appointment as State
from vamt.store import schema
from vamt.store.engine import ATTEMPTS, PRAGMAS, _give_up, _tune, make_engine, sqlite_url
from vamt.store.sql import SqlStore, SqlTx

EVERYTHING = Appointment(
    id="id7",
    service="parken",
    start=1_781_500_000,
    end=1_781_500_900,
    state=State.PARKED,
    created=1_781_000_000,
    name="Jörg 😀 محمد '\" <b>",
    email="jörg@bücher.example",
    phone="+49 7171",
    language="de",
    data={"address": "Straße 1\u2028", "moved": ""},
    hold_until=1_781_500_600,
    arrived=1_781_500_000.25,
    for_clerk="c1",
    from_clerk="c2",
    note="eine\nzweite Zeile",
    epoch=1_781_500_000_123,
    camera="denied",
    microphone="ok",
    checked={"relay": "ok", "loss": 0.125, "kbps": None, "at": 1_781_500_001.5},
    also=("anmeldung", "rat"),
)
PLAIN = Appointment("plain", "parken", 900, 1800, State.CONFIRMED, 0)
ANJA = Clerk("c1", "keller", "Anja Keller", "admin")
EMRE = Clerk("c2", "demir", "Emre Demir", disabled=True)


async def add(store: SqlStore, *things: Appointment | Clerk | Visit) -> None:
    async with store.write() as tx:
        for thing in things:
            if isinstance(thing, Appointment):
                await tx.add_appointment(thing)
            elif isinstance(thing, Clerk):
                await tx.add_clerk(thing, f"hash of {thing.user}")
            else:
                await tx.add_visit(thing)


# --- the engine


async def test_what_is_acknowledged_is_on_disk_and_what_is_deleted_is_gone(store: SqlStore) -> None:
    """The settings that durability and forgetting rest on, on every connection."""
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    for turn in (store.read, store.write):
        async with turn() as tx:
            for pragma, value in expected.items():
                (found,) = await tx._all(sa.text(f"pragma {pragma}"))
                assert found[0] == value, pragma


async def test_a_write_is_seen_only_once_it_is_committed(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.add_appointment(PLAIN)
        async with store.read() as other:
            assert await other.appointment("plain") is None
        assert await tx.appointment("plain") == PLAIN
    async with store.read() as tx:
        assert await tx.appointment("plain") == PLAIN


async def test_a_reader_sees_one_moment_however_much_is_written_meanwhile(store: SqlStore) -> None:
    async with store.read() as tx:
        assert await tx.appointments_in(State.CONFIRMED) == []
        await add(store, PLAIN)
        assert await tx.appointments_in(State.CONFIRMED) == []
    async with store.read() as tx:
        assert await tx.appointments_in(State.CONFIRMED) == [PLAIN]


async def test_an_exception_undoes_the_whole_transaction(store: SqlStore) -> None:
    with pytest.raises(ZeroDivisionError):
        async with store.write() as tx:
            await tx.add_appointment(PLAIN)
            await tx.take_place("default", 0, range(3), "plain")
            raise ZeroDivisionError
    async with store.write() as tx:
        assert await tx.appointment("plain") is None and not await tx.taken("default", 0, 9)


async def test_writers_take_turns(store: SqlStore) -> None:
    await add(store, PLAIN)
    inside = 0

    async def one() -> None:
        nonlocal inside
        async with store.write() as tx:
            inside += 1
            assert inside == 1
            mine = await tx.appointment("plain")
            assert mine is not None
            await asyncio.sleep(0)
            assert await tx.change_appointment("plain", mine.state, epoch=mine.epoch + 1)
            inside -= 1

    await asyncio.gather(*(one() for _ in range(30)))
    async with store.read() as tx:
        found = await tx.appointment("plain")
    assert found is not None and found.epoch == 30


async def test_two_stores_on_one_file_wait_for_each_other(store: SqlStore, database: Path) -> None:
    """A second process: only SQLite's own lock is between them."""
    await add(store, PLAIN)
    other = SqlStore(sqlite_url(database))

    async def one(which: SqlStore) -> None:
        async with which.write() as tx:
            mine = await tx.appointment("plain")
            assert mine is not None
            await asyncio.sleep(0.001)
            assert await tx.change_appointment("plain", mine.state, epoch=mine.epoch + 1)

    await asyncio.gather(*(one(which) for _ in range(10) for which in (store, other)))
    await other.close()
    async with store.read() as tx:
        found = await tx.appointment("plain")
    assert found is not None and found.epoch == 20


async def book(store: SqlStore, number: int) -> None:
    """What a booking writes, in little."""
    id = str(number)
    async with store.write() as tx:
        await tx.add_appointment(replace(PLAIN, id=id))
        await tx.take_place("default", number, range(3), id)
        await tx.post(Letter("confirmation", id, "a@b.c", "de", {}), 0)


async def booked(store: SqlStore) -> set[str]:
    """The ids of all bookings; each is there as a whole."""
    async with store.read() as tx:
        there = {a.id for a in await tx.appointments_in(State.CONFIRMED)}
        taken = await tx.taken("default", 0, 9)
        letters = {row.appointment for row in await tx.letters(999)}
    assert letters == there and taken == {(int(id), tick) for id in there for tick in range(3)}
    return there


@pytest.mark.parametrize(
    "during",
    ["begin immediate", "INSERT INTO appointments", "INSERT INTO places", "INSERT INTO outbox"],
)
async def test_a_writer_cancelled_in_a_statement_gives_its_lock_back_at_once(
    store: SqlStore, database: Path, during: str
) -> None:
    """SQLite would let the next one wait five seconds for it, and then fail."""
    await book(store, 1)
    task = asyncio.ensure_future(book(store, 2))
    loop, hits = asyncio.get_running_loop(), []

    @sa.event.listens_for(store._writer.sync_engine, "before_cursor_execute")
    def cancel(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith(during) and not hits:
            hits.append(statement)
            loop.call_soon(task.cancel)

    with pytest.raises(asyncio.CancelledError) as cancelled:
        await task
    assert hits
    with closing(sqlite3.connect(database, timeout=0)) as other:
        other.execute("begin immediate")  # while the error still holds on to the cursor
        other.rollback()
    await book(store, 3)
    assert await booked(store) == {"1", "3"}
    assert cancelled.tb


async def test_a_writer_cancelled_at_any_moment_leaves_a_whole_booking_or_none(
    store: SqlStore,
) -> None:
    dice = random.Random(5)
    cancelled = 0
    for number in range(60):
        task = asyncio.ensure_future(book(store, number))
        for _ in range(dice.randrange(0, 40)):
            await asyncio.sleep(0)
        await asyncio.sleep(dice.random() * 0.006)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            cancelled += 1
    await book(store, 1000)
    assert 5 < cancelled, "otherwise nothing was tested"
    assert "1000" in await booked(store)


async def test_hundreds_of_readers_share_three_connections(store: SqlStore) -> None:
    await add(store, PLAIN)

    async def one() -> Any:
        async with store.read() as tx:
            return await tx.appointment("plain")

    assert await asyncio.gather(*(one() for _ in range(300))) == [PLAIN] * 300


async def test_closing_ends_all_threads_of_the_driver(database: Path) -> None:
    before = set(threading.enumerate())
    store = SqlStore(sqlite_url(database))
    await add(store, PLAIN)
    async with store.read() as tx:
        await tx.clerks()
    assert set(threading.enumerate()) - before
    await store.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
    assert not {t for t in set(threading.enumerate()) - before if "aiosqlite" in repr(t)}


async def test_settling_empties_the_log_and_waits_for_its_turn(
    store: SqlStore, database: Path
) -> None:
    log = database.with_name(database.name + "-wal")
    await add(store, PLAIN)
    assert log.stat().st_size > 0
    async with store.write() as tx:
        waiting = asyncio.ensure_future(store.settle())
        await asyncio.sleep(0.01)
        assert not waiting.done()
        await tx.add_appointment(EVERYTHING)
    await waiting
    assert log.stat().st_size == 0
    async with store.read() as tx:
        assert await tx.appointment("id7") == EVERYTHING
    await add(store, ANJA)


async def test_an_error_does_not_show_whose_data_it_was(store: SqlStore) -> None:
    """It may end up in a log."""
    await add(store, EVERYTHING)
    with pytest.raises(IntegrityError) as error:
        await add(store, EVERYTHING)
    assert "Jörg" not in str(error.value) and "id7" not in str(error.value)


def test_nothing_is_left_to_how_sqlite_was_built() -> None:
    """Debian's SQLite overwrites deleted content by itself, the one of python.org does not."""
    assert {"synchronous=full", "secure_delete=on", "journal_mode=wal", "foreign_keys=on"} <= {
        *PRAGMAS
    }


@pytest.mark.parametrize("refusals", [0, 1, ATTEMPTS, ATTEMPTS + 1])
def test_a_new_file_that_somebody_else_opens_too_is_asked_again(refusals: int) -> None:
    """SQLite refuses the second of two that turn on the write-ahead log at the same moment."""
    asked: list[str] = []

    def execute(statement: str) -> None:
        asked.append(statement)
        if len(asked) <= refusals:
            raise sqlite3.OperationalError("database is locked")

    cursor = SimpleNamespace(execute=execute, close=lambda: None)
    opening = (
        pytest.raises(sqlite3.OperationalError) if refusals > ATTEMPTS else contextlib.nullcontext()
    )
    with opening:
        _tune(SimpleNamespace(cursor=lambda: cursor), None)
        assert asked[-len(PRAGMAS) :] == [f"pragma {one}" for one in PRAGMAS]
    assert asked[: refusals + 1] == ["pragma journal_mode=wal"] * len(asked[: refusals + 1])


# --- what comes back is what went in


async def test_every_field_of_an_appointment_comes_back(store: SqlStore) -> None:
    assert all(
        getattr(EVERYTHING, f.name) != f.default
        for f in fields(Appointment)
        if f.name != "language"
    )
    await add(store, EVERYTHING, PLAIN)
    async with store.read() as tx:
        assert await tx.appointment("id7") == EVERYTHING
        assert await tx.appointment("plain") == PLAIN
        assert await tx.appointment("nobody") is None


async def test_clerks_come_back_in_the_order_of_their_names(store: SqlStore) -> None:
    await add(store, EMRE, ANJA)
    async with store.read() as tx:
        assert await tx.clerks() == [ANJA, EMRE]
        assert await tx.clerk("c2") == EMRE and await tx.clerk("x") is None
        assert await tx.clerk_login("keller") == (ANJA, "hash of keller")
        assert await tx.clerk_login("Keller") is None
    with pytest.raises(IntegrityError):
        await add(store, replace(ANJA, id="c3"))


async def test_sessions_come_back_until_they_are_ended(store: SqlStore) -> None:
    await add(store, ANJA, EMRE)
    sessions = [Session(f"h{n}", "c1" if n < 3 else "c2", 1.5, 10.0 + n) for n in range(5)]
    async with store.write() as tx:
        for session in sessions:
            await tx.add_session(session)
        assert await tx.session("h1") == sessions[1] and await tx.session("x") is None
        await tx.end_session("h1")
        await tx.end_sessions_before(10.0)
        assert [bool(await tx.session(s.token_hash)) for s in sessions] == [0, 0, 1, 1, 1]
        await tx.end_sessions_of("c2")
        assert [bool(await tx.session(s.token_hash)) for s in sessions] == [0, 0, 1, 0, 0]


async def test_appointments_are_found_by_time_and_by_state(store: SqlStore) -> None:
    people = [replace(PLAIN, id=f"p{n}", start=n * 100, state=list(State)[n]) for n in range(10)]
    await add(store, *reversed(people))
    async with store.read() as tx:
        assert await tx.appointments_between(200, 500) == people[2:5]
        assert await tx.appointments_in(State.CHECKED_IN, State.RESERVED) == [people[0], people[2]]
        assert await tx.appointments_in() == []


async def test_holds_lapse_at_their_time_and_only_holds(store: SqlStore) -> None:
    held = replace(PLAIN, id="held", state=State.RESERVED, hold_until=100)
    booked = replace(PLAIN, id="booked", hold_until=100)
    await add(store, held, booked)
    async with store.read() as tx:
        assert await tx.lapsed(99.9) == [] and await tx.lapsed(100.0) == [held]


async def test_open_appointments_of_an_address_are_counted(store: SqlStore) -> None:
    people = [replace(PLAIN, id=s, state=s, email="Eva@Example.org") for s in State]
    await add(store, *people, replace(PLAIN, id="other", email="adam@example.org"))
    async with store.read() as tx:
        assert await tx.open_for_email("eva@example.ORG") == 6
        assert await tx.open_for_email("nobody@example.org") == 0


# --- nobody changes what somebody else has changed


async def test_a_change_is_made_only_in_the_state_it_was_meant_for(store: SqlStore) -> None:
    visit = Visit("v", "plain", "c1", states.Visit.RINGING, 0)
    await add(store, PLAIN, ANJA, visit)
    async with store.write() as tx:
        assert not await tx.change_appointment("plain", State.PARKED, name="x")
        assert not await tx.change_appointment("nobody", State.CONFIRMED, name="x")
        assert not await tx.change_visit("v", states.Visit.OPEN, rung=5)
        assert not await tx.change_desk("c1", states.Desk.BUSY, state=states.Desk.FREE)
        assert await tx.appointment("plain") == PLAIN and await tx.visit_of("plain") == visit
        assert await tx.change_appointment("plain", State.CONFIRMED, name="x", data={"a": "ü"})
        assert await tx.change_visit("v", states.Visit.RINGING, state=states.Visit.OPEN)
        assert await tx.appointment("plain") == replace(PLAIN, name="x", data={"a": "ü"})


async def test_a_desk_nobody_has_opened_is_away(store: SqlStore) -> None:
    await add(store, ANJA, EMRE)
    async with store.write() as tx:
        assert (await tx.desk("c1")).state is states.Desk.AWAY and await tx.desks() == []
        assert not await tx.raise_desk_epoch("c1", 5)
        assert await tx.change_desk("c1", states.Desk.AWAY, state=states.Desk.FREE)
        assert not await tx.change_desk("c1", states.Desk.AWAY, state=states.Desk.FREE)
        assert [(d.clerk, d.state) for d in await tx.desks()] == [("c1", states.Desk.FREE)]


async def test_only_a_newer_or_the_same_page_raises_the_epoch(store: SqlStore) -> None:
    await add(store, PLAIN, ANJA)
    async with store.write() as tx:
        await tx.change_desk("c1", states.Desk.AWAY, state=states.Desk.FREE)
        for id, raise_ in (("plain", tx.raise_epoch), ("c1", tx.raise_desk_epoch)):
            assert [await raise_(id, n) for n in (5, 5, 4, 6, 5)] == [1, 1, 0, 1, 0]
            assert not await raise_("nobody", 9)
        mine = await tx.appointment("plain")
        assert mine is not None and mine.epoch == 6 == (await tx.desk("c1")).epoch


async def test_guests_are_found_by_their_visits_in_the_order_of_invitation(store: SqlStore) -> None:
    await add(store, PLAIN, replace(PLAIN, id="other"), ANJA, EMRE)
    open_ = states.Visit.OPEN
    await add(store, Visit("v1", "plain", "c1", open_, 0), Visit("v2", "other", "c2", open_, 0))
    guest = Guest("g1", "v1", "Olena 😀", "interpreter", states.Guest.INVITED, "uk", 5.5)
    earlier = replace(guest, id="g2", invited=1.0)
    async with store.write() as tx:
        for one in (guest, earlier, replace(guest, id="g3", visit="v2")):
            await tx.add_guest(one)
        assert await tx.guest("g1") == guest and await tx.guest("nobody") is None
        assert await tx.guests_of("v1") == [earlier, guest]
        assert [g.id for g in await tx.guests_of("v1", "v2")] == ["g2", "g1", "g3"]
        assert await tx.guests_of() == await tx.guests_of("v3") == []
        assert not await tx.change_guest("g1", states.Guest.PRESENT, name="x")
        assert await tx.change_guest("g1", states.Guest.INVITED, state=states.Guest.PRESENT)
        assert [await tx.raise_guest_epoch("g1", n) for n in (5, 5, 4, 6)] == [1, 1, 0, 1]
        assert await tx.guest("g1") == replace(guest, state=states.Guest.PRESENT, epoch=6)
        assert await tx.visit("v2") == Visit("v2", "other", "c2", open_, 0)
        assert await tx.visit("nothing") is None
    with pytest.raises(IntegrityError):
        async with store.write() as tx:
            await tx.add_guest(replace(guest, id="g4", visit="nothing"))


# --- places


async def test_a_place_is_taken_as_a_whole_or_not_at_all(store: SqlStore) -> None:
    one, two = replace(PLAIN, id="one"), replace(PLAIN, id="two")
    await add(store, one, two)
    async with store.write() as tx:
        assert await tx.take_place("default", 0, range(10, 13), "one")
        assert await tx.take_place("default", 0, range(20, 22), "two")
        for ticks in (range(12, 14), range(8, 11), range(9, 15), range(11, 12)):
            assert not await tx.take_place("default", 0, ticks, "two")
        mine = {(0, 10), (0, 11), (0, 12)}
        assert await tx.taken("default", 0, 99) == mine | {(0, 20), (0, 21)}
        assert await tx.take_place("default", 0, range(13, 14), "two")
        assert await tx.take_place("default", 1, range(10, 13), "two")
        assert await tx.take_place("cellar", 0, range(10, 13), "two")
        assert await tx.taken("default", 11, 13) == {(0, 11), (0, 12), (1, 11), (1, 12)}
        await tx.free_place("two")
        assert await tx.taken("default", 0, 99) == mine and not await tx.taken("cellar", 0, 99)


async def test_the_database_itself_refuses_two_on_one_place(store: SqlStore) -> None:
    await add(store, PLAIN)
    row = {"pool": "default", "lane": 0, "tick": 1, "appointment": "plain"}
    with pytest.raises(IntegrityError):
        async with store.write() as tx:
            await tx._c.execute(sa.insert(schema.places), [row])
            await tx._c.execute(sa.insert(schema.places), [row])


async def test_a_place_belongs_to_an_appointment_that_exists(store: SqlStore) -> None:
    with pytest.raises(IntegrityError):
        async with store.write() as tx:
            await tx.take_place("default", 0, range(3), "nobody")


# --- visits


async def test_the_last_visit_of_a_citizen_and_the_ended_ones_of_a_clerk(store: SqlStore) -> None:
    ended = states.Visit.ENDED
    other = replace(PLAIN, id="other")
    visits = [
        Visit("v1", "plain", "c1", ended, 1.0, ended=5.0),
        Visit("v2", "plain", "c2", ended, 2.0, ended=6.0),
        Visit("v3", "other", "c1", ended, 3.0, ended=7.0),
        Visit("v4", "other", "c1", states.Visit.OPEN, 4.0),
    ]
    await add(store, PLAIN, other, ANJA, EMRE, *visits)
    async with store.read() as tx:
        assert await tx.last_visit("plain") == visits[1]
        assert await tx.last_visit("other") == visits[3]
        assert await tx.last_visit("nobody") is None
        assert await tx.ended_visits("c1", 9) == [visits[2], visits[0]]
        assert await tx.ended_visits("c1", 1) == [visits[2]]


async def test_a_citizen_has_one_visit_and_a_clerk_one_live_one(store: SqlStore) -> None:
    """Whatever the code above believes."""
    ringing, aside = states.Visit.RINGING, states.Visit.ASIDE
    await add(store, PLAIN, replace(PLAIN, id="other"), ANJA, EMRE)
    await add(store, Visit("v1", "plain", "c1", ringing, 0))
    for wrong in (
        Visit("v2", "plain", "c2", aside, 0),
        Visit("v2", "plain", "c2", ringing, 0),
        Visit("v2", "other", "c1", ringing, 0),
        Visit("v2", "other", "c1", states.Visit.OPEN, 0),
        Visit("v2", "nobody", "c2", ringing, 0),
        Visit("v2", "other", "nobody", ringing, 0),
    ):
        with pytest.raises(IntegrityError):
            await add(store, wrong)
    await add(store, Visit("v2", "other", "c1", aside, 0))
    async with store.write() as tx:
        assert [v.id for v in await tx.live_visits()] == ["v1"]
        assert (await tx.visit_of("other")).id == "v2"
        assert (await tx.visit_at("c1")).id == "v1" and await tx.visit_at("c2") is None
        await tx.change_visit("v1", ringing, state=states.Visit.ENDED, ended=5.0)
        assert await tx.visit_of("plain") is None and await tx.visit_at("c1") is None
    await add(store, Visit("v3", "plain", "c1", ringing, 1.5, 2.5, 3.5, None))
    async with store.read() as tx:
        assert await tx.visit_of("plain") == Visit("v3", "plain", "c1", ringing, 1.5, 2.5, 3.5)


# --- chat


async def test_lines_come_back_in_the_order_they_came_in_and_once(store: SqlStore) -> None:
    await add(store, PLAIN, replace(PLAIN, id="other"))
    lines = [Line(f"l{n}", "citizen", "Eva", f"text {n} 😀", 5.0 - n) for n in range(4)]
    async with store.write() as tx:
        assert [await tx.add_line("plain", line) for line in lines] == [True] * 4
        assert not await tx.add_line("plain", replace(lines[0], text="changed"))
        assert await tx.add_line("other", lines[0])
        assert await tx.lines("plain") == lines
        await tx.forget_lines("plain")
        assert await tx.lines("plain") == [] and await tx.lines("other") == lines[:1]


# --- outbox


async def test_letters_are_due_until_they_are_sent(store: SqlStore) -> None:
    async with store.write() as tx:
        for n in range(5):
            await tx.post(
                Letter("moved", f"a{n}", f"{n}@x.de", "de", {"n": n, "ü": "😀"}), 10.0 + n
            )
        first = (await tx.letters(9, due_before=10.0))[0]
        assert (first.kind, first.appointment, first.recipient) == ("moved", "a0", "0@x.de")
        assert (first.facts, first.tries, first.sent) == ({"n": 0, "ü": "😀"}, 0, None)
        assert await tx.letters(9, due_before=9.9) == []
        await tx.letter_tried(first.number, sent=None, due=13.5, error="refused")
        due = await tx.letters(3, due_before=20.0)
        assert [row.appointment for row in due] == ["a1", "a2", "a3"], "by time, so many at once"
        due = await tx.letters(9, due_before=20.0)
        assert [row.appointment for row in due] == ["a1", "a2", "a3", "a0", "a4"]
        await tx.letter_tried(first.number, sent=14.0, due=0.0, error="")
        assert "a0" not in [row.appointment for row in await tx.letters(9, due_before=20.0)]
        newest = await tx.letters(2)
        assert [row.appointment for row in newest] == ["a4", "a3"]
        (sent,) = [row for row in await tx.letters(9) if row.appointment == "a0"]
        assert (sent.tries, sent.sent, sent.error) == (2, 14.0, "")
        await tx.forget_letters("a0")
        assert len(await tx.letters(9)) == 4


async def test_a_letter_that_was_given_up_is_never_due_and_still_there(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.post(Letter("moved", "a", "x@x.de", "de", {}), 1.0)
        (row,) = await tx.letters(1)
        await tx.letter_tried(row.number, sent=None, due=float("inf"), error="no such user")
        assert await tx.letters(9, due_before=1e300) == []
        assert (await tx.letters(9))[0].error == "no such user"


# --- history


async def test_every_step_is_recorded_without_content(town: Town) -> None:
    mine = await town.booked(name="Geheim")
    await town.bookings.cancel(mine.id)
    history = town.rows()["history"]
    assert [(r["event"], r["old"], r["new"], r["by"]) for r in history] == [
        ("confirm", "reserved", "confirmed", "citizen"),
        ("cancel", "confirmed", "cancelled", "citizen"),
    ]
    assert "Geheim" not in str(history)


# --- the other database


@pytest.mark.parametrize("table", [schema.places, schema.desks, schema.lines])
def test_inserts_that_may_collide_are_worded_for_postgresql_too(table: sa.Table) -> None:
    connection = SimpleNamespace(dialect=SimpleNamespace(name="postgresql"))
    insert = SqlTx(connection)._insert(table)  # type: ignore[arg-type]
    text = str(insert.on_conflict_do_nothing().compile(dialect=postgresql.dialect()))
    assert "ON CONFLICT DO NOTHING" in text


async def test_another_database_needs_no_settling(database: Path) -> None:
    store = SqlStore(sqlite_url(database))
    await store.close()
    store._writer = SimpleNamespace(  # type: ignore[assignment]
        dialect=SimpleNamespace(name="postgresql")
    )
    await store.settle()


def test_a_connection_that_cannot_roll_back_is_given_up_all_the_same() -> None:
    def rollback() -> None:
        raise OSError("the disk is gone")

    _give_up(SimpleNamespace(rollback=rollback), None, None)
    _give_up(None, None, None)


def test_a_url_is_a_file_of_sqlite(tmp_path: Path) -> None:
    assert sqlite_url(tmp_path / "a b.sqlite") == f"sqlite+aiosqlite:///{tmp_path}/a b.sqlite"
    assert make_engine(sqlite_url(tmp_path / "x"), writer=True).dialect.name == "sqlite"
