"""The waiting room and the desks: who is next, who may call whom, how long it takes. Pure rules.

The tables that say what may happen to an appointment, a visit and a desk are in `states.py`.
What happens when a clerk calls the next person: `next_for` here picks her, then
`services/office.py` `Office.call`, then the handler `call` in `signalling.py`.
"""

import heapq
import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from vamt import states
from vamt.booking import Appointment
from vamt.errors import Invalid

CITIZEN = "citizen"
CLERK = "clerk"
GUEST = "guest"

GUEST_ROLES = ("interpreter", "companion", "colleague")
GUESTS_AT_ONCE = 2  # with citizen and clerk a mesh of four

ABSENCE_GRACE = 30.0  # seconds without a socket in which she still counts as present
READY_DESKS = 3  # desks the first in the queue is connected with ahead of a call

PAGE_ID = re.compile(r"[A-Za-z0-9_-]{16,32}")


def check_page_id(id: str) -> None:
    """Whether this is an id as pages make them, so that asking twice is asking once.

    Raises Invalid.
    """
    if not PAGE_ID.fullmatch(id):
        raise Invalid(field="id")


@dataclass(frozen=True, slots=True)
class Clerk:
    """Somebody who works at a desk."""

    id: str
    user: str
    name: str
    role: str = "clerk"  # clerk | supervisor | admin
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class DeskStatus:
    """A clerk's desk as stored: its state, and the newest page that showed it."""

    clerk: str
    state: states.Desk
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """Citizen and clerk together. Instants in Unix seconds."""

    id: str
    appointment: str
    clerk: str  # who rang last
    state: states.Visit
    created: float
    rung: float = 0.0
    answered: float | None = None
    ended: float | None = None
    chat_shared: float | None = None  # since when guests read the chat; None: they do not

    @property
    def live(self) -> bool:
        """Whether both are (being) connected now."""
        return self.state in (states.Visit.RINGING, states.Visit.OPEN)


@dataclass(frozen=True, slots=True)
class Guest:
    """A third person, invited into one visit by a link of her own."""

    id: str
    visit: str
    name: str
    role: str  # one of GUEST_ROLES
    state: states.Guest
    language: str  # the one her page is shown in first
    invited: float
    epoch: int = 0

    @property
    def expected(self) -> bool:
        """Whether she takes one of the places for guests: she may be here at any moment."""
        return self.state in (states.Guest.INVITED, states.Guest.PRESENT, states.Guest.AWAY)

    def reads(self, visit: Visit, line: "Line") -> bool:
        """Whether she may read this line: nothing from before she was let in on the chat."""
        return visit.chat_shared is not None and line.at >= max(visit.chat_shared, self.invited)


@dataclass(frozen=True, slots=True)
class Line:
    """One chat message."""

    id: str
    seat: str
    name: str
    text: str
    at: float


def queue_key(appointment: Appointment) -> tuple[int, float, float, str]:
    """Order in the waiting room: handed-over people first, then by when their turn is due.

    Due is the booked time, or the arrival when she came later than booked: an early bird does
    not overtake, and a latecomer goes behind those who were there in time.
    """
    arrived = appointment.arrived or 0.0
    handed_over = 0 if appointment.for_clerk else 1
    return handed_over, max(float(appointment.start), arrived), arrived, appointment.id


def in_order(waiting: Iterable[Appointment]) -> list[Appointment]:
    """The waiting room as a queue."""
    people = (a for a in waiting if a.state is states.Appointment.CHECKED_IN)
    return sorted(people, key=queue_key)


def is_present(online: bool, absent_since: float | None, now: float) -> bool:
    """Whether she would hear a call: connected, or gone for less than the grace period."""
    return online or (absent_since is not None and now - absent_since < ABSENCE_GRACE)


def next_for(
    clerk: str, queue: Sequence[Appointment], present: Collection[str]
) -> Appointment | None:
    """Who is next for `clerk`: the first present person who does not wait for a colleague.

    People who are away keep their place, they are only not called while nobody would answer.
    """
    for person in queue:
        if person.for_clerk not in ("", clerk):
            continue
        if person.id in present:
            return person
    return None


def made_ready(
    desks: Iterable[str], queue: Sequence[Appointment], present: Collection[str]
) -> list[tuple[str, str]]:
    """Who is to be connected ahead of a call: pairs (appointment, clerk).

    desks: clerks whose desk is free, in a stable order. Each is paired with the person it would
    call next; one person with no more than `READY_DESKS`, since each connection costs her phone
    a search for a path.
    """
    pairs: list[tuple[str, str]] = []
    for clerk in desks:
        person = next_for(clerk, queue, present)
        if person is None:
            continue
        if sum(appointment == person.id for appointment, _ in pairs) < READY_DESKS:
            pairs.append((person.id, clerk))
    return pairs


def position(appointment: str, queue: Sequence[Appointment]) -> int | None:
    """Her place, 1 = next; None when she is not in the queue.

    People ahead who wait for one particular colleague are counted: an honest place is one that
    only ever gets better than told.
    """
    for place, person in enumerate(queue, start=1):
        if person.id == appointment:
            return place
    return None


def wait_minutes(
    place: int,
    ahead: Sequence[float],
    busy_for: Sequence[float],
    desks: int,
    usual: float,
) -> int | None:
    """Estimate her waiting time in whole minutes, None when nobody is at a desk.

    ahead: expected visit lengths (seconds) of the people before her, in order;
    busy_for: for each busy desk, how long its visit has lasted (seconds);
    desks: desks at work, busy ones included; usual: the usual visit length (seconds).
    The desks are simulated: each takes the next person when it gets free. A visit that already
    lasts longer than usual is expected to take a quarter of the usual length more, not zero.
    """
    if desks <= 0:
        return None
    length = usual
    free_at = [max(length - lasted, length / 4) for lasted in busy_for[:desks]]
    free_at += [0.0] * (desks - len(free_at))
    heapq.heapify(free_at)
    for person in list(ahead)[: place - 1]:
        heapq.heappush(free_at, heapq.heappop(free_at) + person)
    return math.ceil(free_at[0] / 60)
