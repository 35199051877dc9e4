"""Transactions over SQLAlchemy Core; on SQLite one writer at a time, readers beside it.

Durability: write-ahead log with synchronous=FULL, so what `write()` acknowledged is on disk
even when the machine loses power (https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from vamt import documents, states
from vamt.booking import Appointment
from vamt.coform import Form
from vamt.identity import Check
from vamt.rooms import Clerk, DeskStatus, Guest, Line, Visit
from vamt.services.ports import Letter, Session
from vamt.signature import Signature
from vamt.store import rows
from vamt.store import schema as t
from vamt.store.charges import ChargeTx
from vamt.store.engine import make_engine
from vamt.store.feeds import FeedTx
from vamt.store.history import HistoryTx
from vamt.store.notices import NoticeTx

State = states.Appointment
FOREVER = 1e12  # seconds; a letter due after that has been given up
OPEN = (
    State.RESERVED,
    State.CONFIRMED,
    State.CHECKED_IN,
    State.CALLED,
    State.IN_VISIT,
    State.PARKED,
)


@dataclass(frozen=True, slots=True)
class Troubles:
    """Letters that wait, those that were given up, and the last error."""

    waiting: int
    given_up: int
    error: str


class SqlStore:
    """The store of one process. `close()` it, or aiosqlite's threads complain."""

    def __init__(self, url: str) -> None:
        self._writer = make_engine(url, writer=True)
        self._reader = make_engine(url, writer=False)
        self._turn = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator["SqlTx"]:
        """A consistent view; writes are a mistake."""
        async with self._reader.connect() as connection, connection.begin():
            yield SqlTx(connection)

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator["SqlTx"]:
        """One writer at a time; committed when left without an exception."""
        async with self._turn, self._writer.begin() as connection:
            yield SqlTx(connection)

    async def settle(self) -> None:
        """Empty the write-ahead log, which still holds what was overwritten in the database."""
        if self._writer.dialect.name != "sqlite":
            return
        async with self._turn, self._writer.connect() as connection:
            raw = await connection.get_raw_connection()
            assert raw.driver_connection is not None
            await raw.driver_connection.execute_fetchall("pragma wal_checkpoint(truncate)")

    async def close(self) -> None:
        """Close all connections."""
        await self._writer.dispose()
        await self._reader.dispose()


def _visits_of(appointment: str) -> Any:
    return sa.select(t.visits.c.id).where(t.visits.c.appointment == appointment)


class SqlTx(NoticeTx, FeedTx, ChargeTx, HistoryTx):
    """One transaction; see `services.ports.Tx`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._c = connection

    async def _all(self, query: Any) -> list[Any]:
        return list((await self._c.execute(query)).all())

    async def _first(self, query: Any) -> Any | None:
        return (await self._c.execute(query)).first()

    async def _changed(self, query: Any) -> bool:
        return (await self._c.execute(query)).rowcount > 0

    def _insert(self, table: sa.Table) -> Any:
        """An INSERT that knows ON CONFLICT in the dialect at hand."""
        if self._c.dialect.name == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)

    # --- appointments

    async def appointment(self, id: str) -> Appointment | None:
        row = await self._first(sa.select(t.appointments).where(t.appointments.c.id == id))
        return rows.appointment(row) if row else None

    async def add_appointment(self, appointment: Appointment) -> None:
        values = {name: getattr(appointment, name) for name in Appointment.__slots__}
        await self._c.execute(sa.insert(t.appointments).values(values))

    async def change_appointment(self, id: str, was: State, **values: Any) -> bool:
        a = t.appointments.c
        query = sa.update(t.appointments).where(a.id == id, a.state == was).values(**values)
        return await self._changed(query)

    async def appointments_between(self, start: int, end: int) -> list[Appointment]:
        a = t.appointments.c
        query = (
            sa.select(t.appointments).where(a.start >= start, a.start < end).order_by(a.start, a.id)
        )
        return [rows.appointment(row) for row in await self._all(query)]

    async def appointments_in(self, *state: State) -> list[Appointment]:
        a = t.appointments.c
        query = sa.select(t.appointments).where(a.state.in_(state)).order_by(a.start, a.id)
        return [rows.appointment(row) for row in await self._all(query)]

    async def lapsed(self, now: float) -> list[Appointment]:
        a = t.appointments.c
        query = sa.select(t.appointments).where(a.state == State.RESERVED, a.hold_until <= now)
        return [rows.appointment(row) for row in await self._all(query)]

    async def open_for_email(self, email: str) -> int:
        a = t.appointments.c
        query = sa.select(sa.func.count()).where(
            sa.func.lower(a.email) == email.lower(), a.state.in_(OPEN)
        )
        return int((await self._c.execute(query)).scalar_one())

    async def raise_epoch(self, id: str, epoch: int) -> bool:
        a = t.appointments.c
        query = sa.update(t.appointments).where(a.id == id, a.epoch <= epoch).values(epoch=epoch)
        return await self._changed(query)

    # --- places

    async def taken(self, pool: str, first: int, last: int) -> set[tuple[int, int]]:
        p = t.places.c
        query = sa.select(p.lane, p.tick).where(p.pool == pool, p.tick >= first, p.tick < last)
        return {(row.lane, row.tick) for row in await self._all(query)}

    async def take_place(
        self, pool: str, lane: int, ticks: Iterable[int], appointment: str
    ) -> bool:
        rows = [
            {"pool": pool, "lane": lane, "tick": tick, "appointment": appointment} for tick in ticks
        ]
        got = await self._c.execute(
            self._insert(t.places).on_conflict_do_nothing().returning(t.places.c.tick), rows
        )
        if len(got.all()) == len(rows):
            return True
        p = t.places.c
        await self._c.execute(
            sa.delete(t.places).where(
                p.appointment == appointment,
                p.pool == pool,
                p.lane == lane,
                p.tick.in_([r["tick"] for r in rows]),
            )
        )
        return False

    async def free_place(self, appointment: str) -> None:
        await self._c.execute(sa.delete(t.places).where(t.places.c.appointment == appointment))

    # --- visits and desks

    async def visit_of(self, appointment: str) -> Visit | None:
        v = t.visits.c
        query = sa.select(t.visits).where(v.appointment == appointment, v.state != "ended")
        row = await self._first(query)
        return rows.visit(row) if row else None

    async def visit_at(self, clerk: str) -> Visit | None:
        v = t.visits.c
        query = sa.select(t.visits).where(v.clerk == clerk, v.state.in_(["ringing", "open"]))
        row = await self._first(query)
        return rows.visit(row) if row else None

    async def visit(self, id: str) -> Visit | None:
        row = await self._first(sa.select(t.visits).where(t.visits.c.id == id))
        return rows.visit(row) if row else None

    async def last_visit(self, appointment: str) -> Visit | None:
        v = t.visits.c
        query = sa.select(t.visits).where(v.appointment == appointment)
        row = await self._first(query.order_by(v.created.desc(), v.id).limit(1))
        return rows.visit(row) if row else None

    async def ended_visits(self, clerk: str, most: int) -> list[Visit]:
        v = t.visits.c
        query = sa.select(t.visits).where(v.clerk == clerk, v.state == "ended")
        newest = query.order_by(v.ended.desc(), v.id).limit(most)
        return [rows.visit(row) for row in await self._all(newest)]

    async def live_visits(self) -> list[Visit]:
        query = sa.select(t.visits).where(t.visits.c.state.in_(["ringing", "open"]))
        return [rows.visit(row) for row in await self._all(query)]

    async def add_visit(self, visit: Visit) -> None:
        values = {name: getattr(visit, name) for name in Visit.__slots__}
        await self._c.execute(sa.insert(t.visits).values(values))

    async def change_visit(self, id: str, was: states.Visit, **values: Any) -> bool:
        v = t.visits.c
        query = sa.update(t.visits).where(v.id == id, v.state == was).values(**values)
        return await self._changed(query)

    async def desk(self, clerk: str) -> DeskStatus:
        row = await self._first(sa.select(t.desks).where(t.desks.c.clerk == clerk))
        return rows.desk(row) if row else DeskStatus(clerk, states.Desk.AWAY)

    async def desks(self) -> list[DeskStatus]:
        return [rows.desk(row) for row in await self._all(sa.select(t.desks))]

    async def change_desk(self, clerk: str, was: states.Desk, **values: Any) -> bool:
        if was is states.Desk.AWAY:
            row = {"clerk": clerk, "state": was, "epoch": 0}
            await self._c.execute(self._insert(t.desks).values(row).on_conflict_do_nothing())
        d = t.desks.c
        query = sa.update(t.desks).where(d.clerk == clerk, d.state == was).values(**values)
        return await self._changed(query)

    async def raise_desk_epoch(self, clerk: str, epoch: int) -> bool:
        d = t.desks.c
        query = sa.update(t.desks).where(d.clerk == clerk, d.epoch <= epoch).values(epoch=epoch)
        return await self._changed(query)

    # --- guests

    async def guest(self, id: str) -> Guest | None:
        row = await self._first(sa.select(t.guests).where(t.guests.c.id == id))
        return rows.guest(row) if row else None

    async def guests_of(self, *visit: str) -> list[Guest]:
        g = t.guests.c
        query = sa.select(t.guests).where(g.visit.in_(visit)).order_by(g.invited, g.id)
        return [rows.guest(row) for row in await self._all(query)]

    async def add_guest(self, guest: Guest) -> None:
        values = {name: getattr(guest, name) for name in Guest.__slots__}
        await self._c.execute(sa.insert(t.guests).values(values))

    async def change_guest(self, id: str, was: states.Guest, **values: Any) -> bool:
        g = t.guests.c
        query = sa.update(t.guests).where(g.id == id, g.state == was).values(**values)
        return await self._changed(query)

    async def raise_guest_epoch(self, id: str, epoch: int) -> bool:
        g = t.guests.c
        query = sa.update(t.guests).where(g.id == id, g.epoch <= epoch).values(epoch=epoch)
        return await self._changed(query)

    # --- identity checks

    async def check(self, id: str) -> Check | None:
        row = await self._first(sa.select(t.checks).where(t.checks.c.id == id))
        return rows.check(row) if row else None

    async def checks_of(self, *visit: str) -> list[Check]:
        c = t.checks.c
        query = sa.select(t.checks).where(c.visit.in_(visit)).order_by(c.asked, c.id)
        return [rows.check(row) for row in await self._all(query)]

    async def add_check(self, check: Check) -> None:
        values = {name: getattr(check, name) for name in Check.__slots__}
        await self._c.execute(sa.insert(t.checks).values(rows.check_values(values)))

    async def change_check(self, id: str, was: states.Check, **values: Any) -> bool:
        c = t.checks.c
        query = sa.update(t.checks).where(c.id == id, c.state == was)
        return await self._changed(query.values(rows.check_values(values)))

    async def forget_reasons(self, appointment: str) -> None:
        theirs = t.checks.c.visit.in_(_visits_of(appointment))
        await self._c.execute(sa.update(t.checks).where(theirs).values(reason=""))

    # --- the vault

    async def vault_key(self, visit: str, purpose: str) -> bytes | None:
        k = t.vault_keys.c
        query = sa.select(k.wrapped).where(k.visit == visit, k.purpose == purpose)
        row = await self._first(query)
        return bytes(row.wrapped) if row else None

    async def add_vault_key(
        self, visit: str, purpose: str, wrapped: bytes, until: float | None
    ) -> None:
        query = sa.insert(t.vault_keys)
        values = {"visit": visit, "purpose": purpose, "wrapped": wrapped, "until": until}
        await self._c.execute(query.values(values))

    async def destroy_vault_key(self, visit: str, purpose: str) -> bool:
        k = t.vault_keys.c
        query = sa.delete(t.vault_keys).where(k.visit == visit, k.purpose == purpose)
        return await self._changed(query)

    async def vault_keys_due(self, now: float) -> list[tuple[str, str]]:
        k = t.vault_keys.c
        query = sa.select(k.visit, k.purpose).where(k.until <= now)
        return [(row.visit, row.purpose) for row in await self._all(query)]

    async def vault_keys_of(self, appointment: str) -> list[tuple[str, str]]:
        k = t.vault_keys.c
        query = sa.select(k.visit, k.purpose).where(k.visit.in_(_visits_of(appointment)))
        return [(row.visit, row.purpose) for row in await self._all(query)]

    async def put_vault_item(self, visit: str, purpose: str, name: str, sealed: bytes) -> None:
        values = {"visit": visit, "purpose": purpose, "name": name, "sealed": sealed}
        query = self._insert(t.vault_items).values(values)
        keys = ["visit", "purpose", "name"]
        await self._c.execute(query.on_conflict_do_update(keys, set_={"sealed": sealed}))

    async def vault_item(self, visit: str, purpose: str, name: str) -> bytes | None:
        i = t.vault_items.c
        query = sa.select(i.sealed).where(i.visit == visit, i.purpose == purpose, i.name == name)
        row = await self._first(query)
        return bytes(row.sealed) if row else None

    # --- signatures

    async def signature(self, id: str) -> Signature | None:
        row = await self._first(sa.select(t.signatures).where(t.signatures.c.id == id))
        return rows.signature(row) if row else None

    async def signatures_of(self, *visit: str) -> list[Signature]:
        s = t.signatures.c
        query = sa.select(t.signatures).where(s.visit.in_(visit)).order_by(s.asked, s.id)
        return [rows.signature(row) for row in await self._all(query)]

    async def signed_by(self, appointment: str) -> list[Signature]:
        s = t.signatures.c
        query = sa.select(t.signatures).where(
            s.visit.in_(_visits_of(appointment)), s.state == states.Signature.SIGNED
        )
        return [rows.signature(row) for row in await self._all(query.order_by(s.ended, s.id))]

    async def add_signature(self, signature: Signature) -> None:
        values = {name: getattr(signature, name) for name in Signature.__slots__}
        await self._c.execute(sa.insert(t.signatures).values(values))

    async def change_signature(self, id: str, was: states.Signature, **values: Any) -> bool:
        s = t.signatures.c
        query = sa.update(t.signatures).where(s.id == id, s.state == was).values(**values)
        return await self._changed(query)

    async def forget_signatures(self, appointment: str) -> None:
        theirs = t.signatures.c.visit.in_(_visits_of(appointment))
        await self._c.execute(sa.delete(t.signatures).where(theirs))

    # --- documents

    async def document(self, id: str) -> documents.Document | None:
        row = await self._first(sa.select(t.documents).where(t.documents.c.id == id))
        return rows.document(row) if row else None

    async def documents_of(self, *appointment: str) -> list[documents.Document]:
        d = t.documents.c
        query = sa.select(t.documents).where(d.appointment.in_(appointment)).order_by(d.at, d.id)
        return [rows.document(row) for row in await self._all(query)]

    async def add_document(self, document: documents.Document) -> None:
        values = {name: getattr(document, name) for name in documents.Document.__slots__}
        await self._c.execute(sa.insert(t.documents).values(values))

    async def change_document(self, id: str, was: states.Document, **values: Any) -> bool:
        d = t.documents.c
        query = sa.update(t.documents).where(d.id == id, d.state == was).values(**values)
        return await self._changed(query)

    async def add_document_part(self, document: str, name: str, sealed: bytes) -> None:
        values = {"document": document, "name": name, "sealed": sealed}
        await self._c.execute(sa.insert(t.document_parts).values(values))

    async def document_part(self, document: str, name: str) -> bytes | None:
        p = t.document_parts.c
        query = sa.select(p.sealed).where(p.document == document, p.name == name)
        row = await self._first(query)
        return bytes(row.sealed) if row else None

    async def forget_document_parts(self, document: str) -> None:
        theirs = t.document_parts.c.document == document
        await self._c.execute(sa.delete(t.document_parts).where(theirs))

    async def forget_documents(self, appointment: str) -> None:
        d = t.documents.c
        theirs = sa.select(d.id).where(d.appointment == appointment)
        parts = t.document_parts
        await self._c.execute(sa.delete(parts).where(parts.c.document.in_(theirs)))
        await self._c.execute(sa.delete(t.documents).where(d.appointment == appointment))

    # --- forms

    async def form(self, visit: str) -> Form | None:
        row = await self._first(sa.select(t.forms).where(t.forms.c.visit == visit))
        return rows.form(row) if row else None

    async def forms_of(self, *visit: str) -> list[Form]:
        query = sa.select(t.forms).where(t.forms.c.visit.in_(visit)).order_by(t.forms.c.visit)
        return [rows.form(row) for row in await self._all(query)]

    async def add_form(self, form: Form) -> None:
        values = {name: getattr(form, name) for name in Form.__slots__}
        await self._c.execute(sa.insert(t.forms).values(values))

    async def change_form(self, visit: str, was: states.Form, **values: Any) -> bool:
        theirs = (t.forms.c.visit == visit) & (t.forms.c.state == was)
        return await self._changed(sa.update(t.forms).where(theirs).values(**values))

    async def fill_form(self, visit: str, content: bytes) -> bool:
        query = sa.update(t.forms).where(t.forms.c.visit == visit)
        return await self._changed(query.values(content=content))

    async def forget_forms(self, appointment: str) -> None:
        theirs = t.forms.c.visit.in_(_visits_of(appointment))
        await self._c.execute(sa.delete(t.forms).where(theirs))

    # --- chat

    async def lines(self, appointment: str) -> list[Line]:
        n = t.lines.c
        query = (
            sa.select(n.id, n.seat, n.name, n.text, n.at)
            .where(n.appointment == appointment)
            .order_by(n.number)
        )
        return [Line(*row) for row in await self._all(query)]

    async def add_line(self, appointment: str, line: Line) -> bool:
        values = {name: getattr(line, name) for name in Line.__slots__}
        query = self._insert(t.lines).values(appointment=appointment, **values)
        return await self._changed(query.on_conflict_do_nothing())

    async def forget_lines(self, appointment: str) -> None:
        await self._c.execute(sa.delete(t.lines).where(t.lines.c.appointment == appointment))

    # --- clerks

    async def clerk(self, id: str) -> Clerk | None:
        row = await self._first(sa.select(t.clerks).where(t.clerks.c.id == id))
        return rows.clerk(row) if row else None

    async def clerks(self) -> list[Clerk]:
        return [
            rows.clerk(r) for r in await self._all(sa.select(t.clerks).order_by(t.clerks.c.name))
        ]

    async def clerk_login(self, user: str) -> tuple[Clerk, str] | None:
        row = await self._first(sa.select(t.clerks).where(t.clerks.c.user == user))
        return (rows.clerk(row), row.password_hash) if row else None

    async def add_clerk(self, clerk: Clerk, password_hash: str) -> None:
        values = {name: getattr(clerk, name) for name in Clerk.__slots__}
        await self._c.execute(sa.insert(t.clerks).values(**values, password_hash=password_hash))

    async def change_clerk(self, id: str, **values: Any) -> None:
        await self._c.execute(sa.update(t.clerks).where(t.clerks.c.id == id).values(**values))

    async def session(self, token_hash: str) -> Session | None:
        row = await self._first(sa.select(t.sessions).where(t.sessions.c.token_hash == token_hash))
        return Session(**row._mapping) if row else None

    async def add_session(self, session: Session) -> None:
        values = {name: getattr(session, name) for name in Session.__slots__}
        await self._c.execute(sa.insert(t.sessions).values(values))

    async def end_session(self, token_hash: str) -> None:
        await self._c.execute(sa.delete(t.sessions).where(t.sessions.c.token_hash == token_hash))

    async def end_sessions_of(self, clerk: str) -> None:
        await self._c.execute(sa.delete(t.sessions).where(t.sessions.c.clerk == clerk))

    async def end_sessions_before(self, now: float) -> None:
        await self._c.execute(sa.delete(t.sessions).where(t.sessions.c.expires <= now))

    # --- outbox

    async def post(self, letter: Letter, now: float) -> None:
        await self._c.execute(
            sa.insert(t.outbox).values(
                kind=letter.kind,
                appointment=letter.appointment,
                recipient=letter.recipient,
                language=letter.language,
                facts=dict(letter.facts),
                created=now,
                due=now,
                tries=0,
                error="",
            )
        )

    async def forget_letters(self, appointment: str, kind: str = "") -> None:
        theirs = sa.delete(t.outbox).where(t.outbox.c.appointment == appointment)
        await self._c.execute(theirs.where(t.outbox.c.kind == kind) if kind else theirs)

    # --- outbox, for the postman only (transport)

    async def letters(self, limit: int, *, due_before: float | None = None) -> list[Any]:
        """Rows of the outbox: those due and unsent, or with no time given the newest ones."""
        o = t.outbox.c
        query = sa.select(t.outbox).order_by(o.number.desc()).limit(limit)
        if due_before is not None:
            query = (
                sa.select(t.outbox)
                .where(o.sent.is_(None), o.due <= due_before)
                .order_by(o.due)
                .limit(limit)
            )
        return await self._all(query)

    async def letter_tried(
        self, number: int, *, sent: float | None, due: float, error: str
    ) -> None:
        """Note the outcome of one attempt to send."""
        o = t.outbox.c
        await self._c.execute(
            sa.update(t.outbox)
            .where(o.number == number)
            .values(sent=sent, due=due, error=error, tries=o.tries + 1)
        )

    async def troubles(self) -> Troubles:
        """How many letters have not been sent, for the administration page."""
        o = t.outbox.c
        unsent, never = o.sent.is_(None), o.due > FOREVER
        count = sa.select(sa.func.count()).select_from(t.outbox)
        waiting = await self._c.scalar(count.where(unsent, ~never))
        given_up = await self._c.scalar(count.where(unsent, never))
        error = await self._c.scalar(
            sa.select(o.error).where(o.error != "").order_by(o.number.desc()).limit(1)
        )
        return Troubles(waiting or 0, given_up or 0, error or "")
