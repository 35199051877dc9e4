"""Shared by all tests: a small town on a real SQLite file, whose clock, ids and presence are ours.

`town` is ready to use; `make_town` makes one with other services, hours or rules. Fakes, not
mocks: a clock that stands still until told, ids that count, a hub that remembers.
"""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from datetime import time as clock_time
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import pytest

from tests import databases
from tests.fake_captures import FakeCaptures
from tests.form_page import FakeFormPages
from vamt.booking import Appointment, Calendar, DataField, Opening, Service
from vamt.ciphers import AesGcm, master_key
from vamt.documents import Cleaned, Signed, Unfit
from vamt.fees import Rules
from vamt.girocode import Account
from vamt.identity import Check, Document
from vamt.rooms import Clerk, Guest
from vamt.services.bookings import Bookings, Person
from vamt.services.checks import Checks
from vamt.services.clerks import Clerks
from vamt.services.documents import Documents
from vamt.services.fees import Fees
from vamt.services.forms import Forms
from vamt.services.guests import Guests
from vamt.services.office import Office, citizen_seat
from vamt.services.retention import Retention
from vamt.services.signatures import Signatures
from vamt.services.steps import Steps
from vamt.services.vault import Vault
from vamt.signature import Piece
from vamt.states import DeskEvent
from vamt.store.engine import sqlite_url
from vamt.store.schema import metadata
from vamt.store.sql import SqlStore

# The same examples in every run: a failing build is never a matter of luck.
hypothesis.settings.register_profile(
    "vamt",
    deadline=None,  # the machine may be busy
    derandomize=True,
    database=None,
    max_examples=80,
)
# pytest --hypothesis-profile=search looks further, for somebody who has the time.
hypothesis.settings.register_profile("search", deadline=None, database=None, max_examples=3000)
hypothesis.settings.load_profile("vamt")

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 6, 15)
MINUTE = 60
DAY = 86400


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    """Local wall time of the town ("2026-06-15 09:00") as an instant."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


class Clock:
    """Stands still until told."""

    def __init__(self, now: float) -> None:
        self.now = float(now)

    def __call__(self) -> float:
        return self.now

    def go(self, seconds: float) -> None:
        self.now += seconds


class Ids:
    """id0001, id0002, ..."""

    def __init__(self) -> None:
        self._next = count(1)

    def __call__(self) -> str:
        return f"id{next(self._next):04}"


@dataclass
class Hub:
    """Remembers what it was told."""

    told: list[tuple[frozenset[str], bool]] = field(default_factory=list)

    def changed(self, appointments: Collection[str] = (), *, queue: bool = True) -> None:
        self.told.append((frozenset(appointments), queue))


@dataclass
class Presence:
    """Seats are online or away since the time the test says."""

    here: set[str] = field(default_factory=set)
    gone: dict[str, float] = field(default_factory=dict)

    def online(self, seat: str) -> bool:
        return seat in self.here

    def absent_since(self, seat: str) -> float | None:
        return None if seat in self.here else self.gone.get(seat)


class QuickHasher:
    """As slow as argon2 is right for people and wrong for most tests."""

    def hash(self, password: str) -> str:
        return f"hashed {password}"

    def verify(self, hash: str, password: str) -> bool:
        return hash == f"hashed {password}"


def word(code: str, text: str, params: Mapping[str, object]) -> str:
    """A text in a language that only tests speak."""
    return f"{code}: {text % params}"


def words(text: str) -> dict[str, str]:
    """A text in both languages."""
    return {"de": text, "en": text}


REGISTER = Service(
    id="anmeldung",
    name={"de": "Anmeldung einer Wohnung", "en": "Registering a home"},
    minutes=30,
    papers=({"de": "Ausweis", "en": "ID card"},),
    fields=(
        DataField("address", words("Adresse"), kind="address", required=True),
        DataField("moved", words("Einzug"), kind="date"),
        DataField("kind", words("Art"), kind="choice", choices=(("new", words("neu")),)),
    ),
)
PARKING = Service(id="parken", name=words("Parkausweis"), minutes=15, identity="look")

FEES = Rules("optional", "AMT")
ACCOUNT = Account("Stadtkasse Amselfingen", "DE93999999990000000001")

WEEK = frozenset(range(5))
OPENINGS = (
    Opening(WEEK, clock_time(8), clock_time(12), desks=2),
    Opening(WEEK, clock_time(13), clock_time(16), desks=1),
)


def person(number: int = 1, **changes: Any) -> Person:
    """Somebody who books; every number is somebody else."""
    who = Person(f"Jörg Müller {number}", f"joerg{number}@example.org", "07171 555010", "de")
    return replace(who, **changes)


Rows = dict[str, list[dict[str, Any]]]


async def fake_clean(data: bytes, *, awaited: bool = False) -> Cleaned:
    """As if the file had been made anew; one that begins with "bad" cannot be read."""
    if data.startswith(b"bad"):
        raise Unfit("unreadable")
    told = Signed.ACTING if data.endswith(b"acting") else Signed.QUIET
    signed = told if data.startswith(b"signed") else Signed.NOT
    return Cleaned("image/jpeg", b"clean " + data, 1, (b"small " + data,), signed)


@dataclass
class Town:
    """One small town: everything below the transport, on a real store."""

    clock: Clock
    ids: Ids
    hub: Hub
    presence: Presence
    store: SqlStore
    file: Path
    calendar: Calendar
    services: dict[str, Service]
    bookings: Bookings
    office: Office
    guests: Guests
    captures: FakeCaptures
    checks: Checks
    advised: list[tuple[str, str, Any]]  # clerk, check, what her page was told
    vault: Vault
    signatures: Signatures
    documents: Documents
    forms: Forms
    form_pages: FakeFormPages
    fees: Fees
    shown: list[tuple[str, str, Piece]]  # clerk, signature, what her page was shown
    clerks: Clerks
    retention: Retention
    steps: Steps
    _people: Any = field(default_factory=lambda: count(1))

    def rows(self, *tables: str) -> Rows:
        """Every committed row of these tables (of all, if none is named), to compare later.

        Read by another hand than the store's own.
        """
        found: Rows = {}
        with closing(sqlite3.connect(self.file)) as connection:
            connection.row_factory = sqlite3.Row
            for table in metadata.sorted_tables:
                if tables and table.name not in tables:
                    continue
                order = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
                rows = connection.execute(f'select * from "{table.name}" order by {order}')
                found[table.name] = [
                    {
                        k: json.loads(row[k])
                        if k in ("data", "facts", "also", "items", "done")
                        else row[k]
                        for k in row.keys()
                    }
                    for row in rows
                ]
        return found

    async def get(self, id: str) -> Appointment:
        """The appointment as it is stored."""
        return await self.bookings.appointment(id)

    async def slot(self, service: str = "parken") -> int:
        """The start of the next free slot."""
        return (await self.bookings.next_free(service))[0].start

    async def held(self, service: str = "parken", start: int | None = None) -> Appointment:
        """A slot somebody holds."""
        return await self.bookings.hold(service, start or await self.slot(service))

    async def booked(
        self, service: str = "parken", start: int | None = None, **changes: Any
    ) -> Appointment:
        """An appointment of somebody new."""
        who = person(next(self._people), **changes)
        return await self.bookings.book(service, start or await self.slot(service), who)

    async def waiting(self, start: int | None = None, **changes: Any) -> Appointment:
        """Somebody in the waiting room, with her page open."""
        mine = await self.booked(start=start, **changes)
        self.clock.now = max(self.clock.now, mine.start - self.office.opens_before)
        await self.office.enter(mine.id)
        self.presence.here.add(citizen_seat(mine.id))
        return await self.get(mine.id)

    async def clerk(self, user: str, *, free: bool = True) -> str:
        """The id of a new clerk, at an open desk unless told otherwise."""
        clerk = Clerk(f"clerk-{user}", user, user.title())
        async with self.store.write() as tx:
            await tx.add_clerk(clerk, f"hashed password of {user}")
            if free:
                await self.steps.desk(tx, clerk.id, DeskEvent.COME, by=clerk.id)
        return clerk.id

    async def called(self, clerk: str) -> Appointment:
        """Somebody whom this clerk has just called."""
        mine = await self.waiting()
        return await self.office.call(clerk, mine.id)

    async def visited(self, clerk: str) -> Appointment:
        """Somebody in a visit with this clerk."""
        mine = await self.called(clerk)
        await self.office.answer(mine.id)
        return await self.get(mine.id)

    async def invited(self, clerk: str, role: str = "interpreter", name: str = "Olena") -> Guest:
        """A guest invited into this clerk's visit."""
        return await self.guests.invite(clerk, f"guest-{self.ids():0>12}", role, name, "de")

    async def with_guest(self, clerk: str) -> tuple[Appointment, Guest]:
        """Somebody in a visit with this clerk, and a guest who has come."""
        mine = await self.visited(clerk)
        guest = await self.invited(clerk)
        await self.guests.come(guest.id, guest.name)
        return mine, (await self.guests.guest(guest.id))[0]

    async def check_asked(
        self, clerk: str, document: Document = Document.ID_CARD
    ) -> tuple[Appointment, Check]:
        """Somebody in a visit with this clerk who is asked for a document."""
        mine = await self.visited(clerk)
        await self.checks.ask(clerk, f"check-{self.ids():0>12}", document)
        return mine, await self.check(mine)

    async def check_allowed(
        self, clerk: str, document: Document = Document.ID_CARD
    ) -> tuple[Appointment, Check]:
        """The same, and she has allowed it."""
        mine, _ = await self.check_asked(clerk, document)
        await self.checks.allow(mine.id)
        return mine, await self.check(mine)

    async def check(self, mine: Appointment) -> Check:
        """Her latest check as it is stored."""
        visits = [
            row["id"] for row in self.rows("visits")["visits"] if row["appointment"] == mine.id
        ]
        async with self.store.read() as tx:
            return (await tx.checks_of(*visits))[-1]

    def restarted(self, presence: Presence | None = None) -> Office:
        """The office of a new process on the same store."""
        return replace(self.office, presence=presence or self.presence)

    async def chat(self, id: str) -> list[str]:
        """The texts of the visit's chat."""
        async with self.store.read() as tx:
            return [line.text for line in await tx.lines(id)]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A migrated database file of this test's own."""
    file = tmp_path / "vamt.sqlite"
    file.write_bytes(databases.empty())
    return file


@pytest.fixture
async def store(database: Path) -> AsyncIterator[SqlStore]:
    store = SqlStore(sqlite_url(database))
    yield store
    await store.close()


MakeTown = Callable[..., Town]


@pytest.fixture
def clock() -> Clock:
    """Monday, seven in the morning."""
    return Clock(at("2026-06-15 07:00"))


@pytest.fixture
def make_town(store: SqlStore, database: Path, clock: Clock) -> MakeTown:
    """Make a town on this test's store; keywords change its calendar or the booking rules."""

    def make(
        *,
        services: tuple[Service, ...] = (REGISTER, PARKING),
        openings: tuple[Opening, ...] = OPENINGS,
        closures: Collection[date] = (),
        lead: int = 0,
        horizon_days: int = 28,
        hold_seconds: int = 600,
        per_email: int = 0,
        opens_before: int = 1800,
        keep_days: int = 30,
        keep_hours: int = 0,
        fee_rules: Rules = FEES,
        own_store: SqlStore | None = None,
        ids: Callable[[], str] | None = None,
    ) -> Town:
        used, new_id = own_store or store, ids or Ids()
        hub, presence = Hub(), Presence()
        calendar = Calendar(BERLIN, openings, frozenset(closures), lead, horizon_days)
        offered = {service.id: service for service in services}
        office = Office(
            store=used,
            clock=clock,
            new_id=new_id,
            hub=hub,
            presence=presence,
            services=offered,
            opens_before=opens_before,
        )
        captures, advised = FakeCaptures(), list[tuple[str, str, Any]]()

        async def tell(clerk: str, check: str, said: Any) -> None:
            advised.append((clerk, check, said))

        shown: list[tuple[str, str, Piece]] = []

        async def show(clerk: str, id: str, piece: Piece) -> None:
            shown.append((clerk, id, piece))

        fees = Fees(used, clock, new_id, hub, office.steps, offered, fee_rules, ACCOUNT)
        vault = Vault(used, AesGcm(), master_key(b"a key of 32 bytes for the tests!"), clock)
        return Town(
            clock=clock,
            ids=new_id,  # type: ignore[arg-type]
            hub=hub,
            presence=presence,
            store=used,
            file=database,
            calendar=calendar,
            services=offered,
            bookings=Bookings(
                store=used,
                clock=clock,
                new_id=new_id,
                hub=hub,
                calendar=calendar,
                services=offered,
                languages=("de", "en", "tr"),
                check_email=plain_email,
                hold_seconds=hold_seconds,
                per_email=per_email,
            ),
            office=office,
            guests=Guests(used, clock, hub, office),
            captures=captures,
            advised=advised,
            vault=vault,
            checks=Checks(
                store=used,
                clock=clock,
                hub=hub,
                steps=office.steps,
                captures=captures,
                services=offered,
                chance=Random(1),
                reading=True,
                ice=lambda check: [{"urls": ["turn:relay"], "username": check}],
                tell=tell,
                vault=vault,
                keep_hours=keep_hours,
                imprint=lambda person: ["Stadt Amselfingen", person.service, "15.06.2026"],
            ),
            forms=Forms(
                used,
                clock,
                hub,
                office.steps,
                vault,
                offered,
                pages := FakeFormPages(),
                pages.wake,
            ),
            form_pages=pages,
            shown=shown,
            signatures=Signatures(
                used,
                clock,
                hub,
                office.steps,
                vault,
                captures,
                ice=lambda signature: [{"urls": ["turn:relay"], "username": signature}],
                word=word,
                show=show,
            ),
            documents=Documents(
                *(used, clock, new_id, hub, office.steps, vault),
                clean=fake_clean,
                may_hand=fees.check_hand_over,
            ),
            fees=fees,
            clerks=Clerks(used, clock, new_id, hub, QuickHasher()),
            retention=Retention(used, clock, new_id, hub, keep_days, services=offered),
            steps=Steps(clock, new_id),
        )

    return make


@pytest.fixture
def town(make_town: MakeTown) -> Town:
    """Two services, two desks in the morning and one after lunch."""
    return make_town()


def plain_email(address: str) -> str:
    """The address in lower case; ValueError when it is none."""
    name, _, domain = address.partition("@")
    if not name or "." not in domain:
        raise ValueError(address)
    return address.lower()


async def outcomes(*attempts: Awaitable[Any]) -> tuple[list[Any], list[BaseException]]:
    """Do everything at the same time; what came out, and what was raised."""
    done = await asyncio.gather(*attempts, return_exceptions=True)
    good = [one for one in done if not isinstance(one, BaseException)]
    return good, [one for one in done if isinstance(one, BaseException)]
