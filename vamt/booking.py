"""Booking: services, opening hours, slots, places, appointments. Pure rules, no clock, no store.

Time. An instant is a whole number of Unix seconds (UTC). Local time exists only at the edges,
through a `zoneinfo` zone. So on 25 October, when 02:00-02:59 exists twice, the two 02:30 are
two different slots, and on 29 March the missing hour has none.

Places. Opening hours give a pool of `desks` lanes. Time is cut into ticks of five minutes. An
appointment occupies the ticks of its duration on one lane; the store keeps (pool, lane, tick)
unique. So two people can never hold one place, however many processes try.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from zoneinfo import ZoneInfo

from vamt import states
from vamt.errors import N_, Invalid

TICK = 300  # seconds; opening hours and durations are multiples of it
NAME_LENGTH = 120
EMAIL_LENGTH = 254  # RFC 5321, 4.5.3.1.3
PHONE_LENGTH = 32

STEPS = ("identity", "form", "documents", "signature", "fee", "handover")  # what a service asks
CHANNELS = ("electronic", "paper", "posted")  # how its result comes to her
LEVELS = ("none", "look", "checked", "checked_code")  # of trust in who she is, rising

Words = Mapping[str, str]  # language code -> text


def language_of(words: Words, *wishes: str) -> str:
    """The first of `wishes` that has a text, else German, else whatever there is, else ''."""
    return next((code for code in (*wishes, "de", *words) if words.get(code)), "")


def in_language(words: Words, *wishes: str) -> str:
    """The text in the first of `wishes` that has one, else as `language_of` says; '' for none."""
    return words.get(language_of(words, *wishes), "")


@dataclass(frozen=True, slots=True)
class When:
    """A condition: the field is asked only when an earlier one has one of these values."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataField:
    """One thing the citizen tells for her errand; `vamt.forms` has the rules."""

    key: str
    label: Words
    kind: str = "text"  # one of vamt.forms.KINDS
    required: bool = False
    hint: Words = field(default_factory=dict)
    choices: tuple[tuple[str, Words], ...] = ()
    autocomplete: str = ""
    when: When | None = None
    ask: str = "before"  # one of vamt.forms.ASKED


@dataclass(frozen=True, slots=True)
class Declaration:
    """A text prepared for signing. {name}, {date} and {key of a field} are filled in."""

    title: Words
    text: Words


@dataclass(frozen=True, slots=True)
class Certificate:
    """A paper that the desk makes from the form. In German, the official language (VwVfG § 23)."""

    title: str
    text: str  # above the rows; {name}, {date} and {key of a field} are filled in
    fields: tuple[str, ...]  # the rows, by the keys of the fields, after the name
    labels: Mapping[str, str] = field(default_factory=dict)  # where the field's own sounds wrong


@dataclass(frozen=True, slots=True)
class Option:
    """What is written where she has chosen one of the values of a field; nothing for others."""

    field: str
    options: Mapping[str, str]  # value -> text, or the state of a box that is ticked


@dataclass(frozen=True, slots=True)
class PdfForm:
    """A PDF form of the town's own, and what is written into which of its fields."""

    file: str
    title: str
    fields: Mapping[str, str | Option]  # name in the PDF -> a text with {key}, or an option


@dataclass(frozen=True, slots=True)
class Service:
    """An errand that can be done (Anliegen)."""

    id: str
    name: Words
    minutes: int
    description: Words = field(default_factory=dict)
    papers: tuple[Words, ...] = ()
    fields: tuple[DataField, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    certificate: Certificate | None = None
    pdf_form: PdfForm | None = None
    pool: str = "default"
    every: int = 0  # minutes between slot starts; 0: the duration
    identity: str = "none"  # one of LEVELS
    keep: tuple[str, ...] = ()  # what a copy of the document leaves readable; empty: no copy
    steps: tuple[str, ...] = ()  # some of STEPS, in their order
    fees: Mapping[str, int | None] = field(default_factory=dict)  # channel -> cents; None: unknown
    waivers: tuple[Words, ...] = ()  # when it is free all the same
    fee_policy: str = ""  # one of vamt.fees.POLICIES; '': as the town has it
    law: tuple[str, ...] = ()  # "BMG § 18 Abs. 1"
    languages: tuple[str, ...] = ()  # of the talk; empty: every one the town offers
    retention_days: int | None = None  # None: as long as the town keeps appointments
    parts: tuple["Service", ...] = ()  # of several errands in one appointment; see vamt.errands

    @property
    def also(self) -> tuple[str, ...]:
        """The ids of the further errands in it."""
        return tuple(part.id for part in self.parts[1:])

    @property
    def ticks(self) -> int:
        """Length in ticks."""
        return self.minutes * 60 // TICK

    @property
    def step(self) -> int:
        """Seconds from one slot start to the next."""
        return (self.every or self.minutes) * 60


@dataclass(frozen=True, slots=True)
class Opening:
    """Weekly opening hours of one pool of desks, in the town's local time."""

    weekdays: frozenset[int]  # 0 Monday .. 6 Sunday
    start: clock_time
    end: clock_time  # 00:00 means the end of the day
    desks: int
    pool: str = "default"
    services: frozenset[str] = frozenset()  # empty: every service of the pool


@dataclass(frozen=True, slots=True)
class Calendar:
    """When the office can be booked: hours, closures, and how near and far ahead."""

    zone: ZoneInfo
    openings: tuple[Opening, ...]
    closures: frozenset[date] = frozenset()
    lead: int = 0  # seconds between now and the first bookable start
    horizon_days: int = 28  # local days, today included


@dataclass(frozen=True, slots=True)
class Slot:
    """A bookable start time."""

    start: int
    end: int
    free: int  # lanes


Taken = Collection[tuple[int, int]]  # (lane, tick)


def ticks_of(start: int, end: int) -> range:
    """The ticks from `start` to `end` (seconds, multiples of TICK)."""
    return range(start // TICK, end // TICK)


def local_instant(day: date, at: clock_time, zone: ZoneInfo) -> int:
    """Local wall time to an instant. A time in the spring gap moves forward past it."""
    return int(datetime.combine(day, at, zone).timestamp())


def midnight(day: date, zone: ZoneInfo) -> int:
    """The instant at which the town's calendar day `day` begins."""
    return local_instant(day, clock_time(), zone)


def windows(calendar: Calendar, service: Service, day: date) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, desks) instants of the hours in which `service` is offered on `day`."""
    if day in calendar.closures:
        return
    for opening in calendar.openings:
        if opening.pool != service.pool or day.weekday() not in opening.weekdays:
            continue
        if opening.services and not opening.services.issuperset((service.id, *service.also)):
            continue
        last_day = day + timedelta(days=1) if opening.end == clock_time() else day
        start = local_instant(day, opening.start, calendar.zone)
        yield start, local_instant(last_day, opening.end, calendar.zone), opening.desks


def local_day(instant: int, zone: ZoneInfo) -> date:
    """The town's calendar day at `instant`."""
    return datetime.fromtimestamp(instant, zone).date()


def slots(
    calendar: Calendar, service: Service, taken: Taken, now: int, first: date, last: date
) -> list[Slot]:
    """All slots of `service` from day `first` to `last` with at least one free lane, in order.

    `taken` holds the occupied (lane, tick) of the service's pool. Overlapping opening hours do
    not add up: the larger number of desks counts.
    """
    today = local_day(now, calendar.zone)
    first = max(first, today)
    last = min(last, today + timedelta(days=calendar.horizon_days - 1))
    earliest = now + calendar.lead
    busy: dict[int, set[int]] = {}
    for lane, tick in taken:
        busy.setdefault(tick, set()).add(lane)
    found: dict[int, Slot] = {}
    day = first
    while day <= last:
        for start, end, desks in windows(calendar, service, day):
            length = service.minutes * 60
            for begin in range(start, end - length + 1, service.step):
                if begin < earliest:
                    continue
                used: set[int] = set()
                for tick in ticks_of(begin, begin + length):
                    used |= busy.get(tick, set())
                free = sum(1 for lane in range(desks) if lane not in used)
                if free > (found[begin].free if begin in found else 0):
                    found[begin] = Slot(begin, begin + length, free)
        day += timedelta(days=1)
    return [found[begin] for begin in sorted(found)]


def lanes_at(calendar: Calendar, service: Service, start: int, now: int) -> int:
    """How many lanes a slot starting at `start` has; 0 when there is no such slot.

    Raises nothing: a past, unaligned, closed or too distant start is simply no slot.
    """
    if not now <= start <= now + (calendar.horizon_days + 1) * 86400:
        return 0  # also far from all instants a calendar can show
    day = local_day(start, calendar.zone)
    open_slots = slots(calendar, service, (), now, day, day)
    return next((slot.free for slot in open_slots if slot.start == start), 0)


def next_days(found: Iterable[Slot], zone: ZoneInfo) -> dict[date, list[Slot]]:
    """Group slots by the town's local day."""
    days: dict[date, list[Slot]] = {}
    for slot in found:
        days.setdefault(local_day(slot.start, zone), []).append(slot)
    return days


@dataclass(frozen=True, slots=True)
class Appointment:
    """A slot held for a citizen. Instants in Unix seconds, `None` where not (yet) so."""

    id: str
    service: str
    start: int
    end: int
    state: states.Appointment
    created: int
    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = "de"
    data: Mapping[str, str] = field(default_factory=dict)
    hold_until: int | None = None
    arrived: float | None = None
    for_clerk: str = ""  # handed over to this clerk
    from_clerk: str = ""
    note: str = ""
    epoch: int = 0  # the citizen's newest page
    camera: str = "unknown"
    microphone: str = "unknown"
    checked: Mapping[str, Any] | None = None  # what the check before the waiting room found
    also: tuple[str, ...] = ()  # further errands, ids of services


def is_storable(text: str) -> bool:
    """Whether every database can keep the text: no NUL, no half of a surrogate pair."""
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)


def clean_text(text: str, limit: int, key: str) -> str:
    """Trim a line of text and refuse what is too long or has control characters.

    Emoji, markup and every script are kept as they are: escaping is the page's job.
    Raises Invalid naming `key`.
    """
    text = " ".join(text.split()) if isinstance(text, str) else ""
    if len(text) > limit:
        raise Invalid(
            N_("This is too long (%(limit)s characters at most)."),
            field=key,
            params={"limit": limit},
        )
    if any(ord(c) < 32 for c in text) or not is_storable(text):
        raise Invalid(N_("This contains characters that cannot be stored."), field=key)
    return text


def check_name(name: str) -> str:
    """Return the cleaned name; raises Invalid when it is missing or too long."""
    name = clean_text(name, NAME_LENGTH, "name")
    if not any(c.isalpha() for c in name):
        raise Invalid(N_("Please enter your name."), field="name")
    return name


def check_phone(phone: str) -> str:
    """Return the cleaned telephone number ('' is fine); raises Invalid."""
    phone = clean_text(phone, PHONE_LENGTH, "phone")
    digits = sum(c.isdigit() for c in phone)
    if phone and (digits < 5 or not all(c.isdigit() or c in " +-/()." for c in phone)):
        raise Invalid(N_("Please enter a telephone number with area code."), field="phone")
    return phone
