"""What the pages of one moment show, read once: whoever gets a state, it is drawn from this."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from vamt import rooms, states
from vamt.booking import Appointment
from vamt.coform import Form
from vamt.documents import Document
from vamt.fees import Charge
from vamt.identity import Check
from vamt.rooms import Clerk, DeskStatus, Guest, Line, Visit
from vamt.services.office import citizen_seat, clerk_seat
from vamt.services.ports import Presence, Tx
from vamt.signature import Signature
from vamt.stopwatch import Happening

HERE = (  # who may be in the waiting room or at a desk
    states.Appointment.CHECKED_IN,
    states.Appointment.CALLED,
    states.Appointment.IN_VISIT,
    states.Appointment.PARKED,
)
HAS_PAPERS = frozenset(  # from the first visit on
    (states.Appointment.IN_VISIT, states.Appointment.PARKED, states.Appointment.FINISHED)
)


@dataclass(frozen=True, slots=True)
class Details:
    """What belongs to the appointments whose pages are drawn; each by appointment."""

    documents: dict[str, list[Document]] = field(default_factory=dict)
    charges: dict[str, list[Charge]] = field(default_factory=dict)
    signed: dict[str, list[Signature]] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)  # while in a visit
    happenings: dict[str, list[Happening]] = field(default_factory=dict)  # while in a visit


@dataclass(frozen=True, slots=True)
class Scene:
    """What all pages of one moment share."""

    now: float
    queue: list[Appointment]
    parked: list[Appointment]
    people: dict[str, Appointment]  # who is here, and whose page is drawn
    day: list[Appointment]  # of today; read where a desk is drawn
    visits: list[Visit]
    desks: dict[str, DeskStatus]
    clerks: dict[str, Clerk]
    ready: list[tuple[str, str]]  # (appointment, clerk) to be connected ahead of a call
    guests: list[Guest]  # of the live visits
    checks: list[Check]  # of the live visits, the oldest first
    signatures: list[Signature]  # asked for in the live visits, the oldest first
    forms: list[Form]  # of the live visits
    of: Details

    def visit_of(self, appointment: str) -> Visit | None:
        """The live visit of this appointment."""
        return next((v for v in self.visits if v.appointment == appointment), None)

    def visit_at(self, clerk: str) -> Visit | None:
        """The live visit at this desk."""
        return next((v for v in self.visits if v.clerk == clerk), None)

    def guests_of(self, visit: Visit) -> list[Guest]:
        """Those whom this visit expects or who have been in it."""
        removed = states.Guest.REMOVED
        return [g for g in self.guests if g.visit == visit.id and g.state is not removed]

    def ready_for(self, clerk: str) -> Appointment | None:
        """Whom this desk is to be connected with ahead of a call."""
        person = next((appointment for appointment, desk in self.ready if desk == clerk), None)
        return next((a for a in self.queue if a.id == person), None)


async def read_scene(
    tx: Tx,
    presence: Presence,
    now: float,
    zone: ZoneInfo,
    appointments: Collection[str] = (),
    clerks: Collection[str] = (),
    *,
    queue: bool = False,
) -> Scene:
    """Read a scene of which these pages can be drawn: the citizens' of `appointments`, those of
    everybody in the queue if wanted, the desks of `clerks` and of the visits of these people.

    Each kind of thing is read once for all of them, and not at all where nobody needs it.
    """
    here = await tx.appointments_in(*HERE)
    visits = await tx.live_visits()
    people = {person.id: person for person in here}
    missing = {*appointments, *(visit.appointment for visit in visits)} - people.keys()
    people |= {person.id: person for person in await tx.appointments(*missing)}
    waiting = rooms.in_order(here)
    desks = {desk.clerk: desk for desk in await tx.desks()}
    shown = {*appointments, *((person.id for person in waiting) if queue else ())}
    shown |= {visit.appointment for visit in visits if visit.clerk in clerks}
    talks = [visit.appointment for visit in visits if visit.appointment in shown]
    ids = [visit.id for visit in visits]
    online = {a.id for a in waiting if presence.online(citizen_seat(a.id))}
    free = [
        clerk
        for clerk, desk in sorted(desks.items())
        if desk.state is states.Desk.FREE and presence.online(clerk_seat(clerk))
    ]
    return Scene(
        now=now,
        queue=waiting,
        parked=[person for person in here if person.state is states.Appointment.PARKED],
        people=people,
        day=await tx.appointments_between(*_today(now, zone)) if clerks or talks else [],
        visits=visits,
        desks=desks,
        clerks={clerk.id: clerk for clerk in await tx.clerks()},
        ready=rooms.made_ready(free, waiting, online),
        guests=await tx.guests_of(*ids),
        checks=await tx.checks_of(*ids),
        signatures=await tx.signatures_of(*ids),
        forms=await tx.forms_of(*ids),
        of=await read_details(tx, [people[id] for id in shown if id in people], talks),
    )


async def read_details(
    tx: Tx, people: Sequence[Appointment], talks: Collection[str] = ()
) -> Details:
    """What belongs to these people; `talks`: those of them who are in a visit."""
    ids = [person.id for person in people]
    found = Details(
        signed=await tx.signed_of(*(one.id for one in people if one.state in HAS_PAPERS)),
        lines=await tx.lines_of(*talks),
        happenings=await tx.happenings_of(*talks),
    )
    for document in await tx.documents_of(*ids):
        found.documents.setdefault(document.appointment, []).append(document)
    for charge in await tx.charges_of(*ids):
        found.charges.setdefault(charge.appointment, []).append(charge)
    return found


def _today(now: float, zone: ZoneInfo) -> tuple[int, int]:
    """From midnight to midnight, in Unix seconds."""
    midnight = datetime.fromtimestamp(now, zone).replace(
        hour=0, minute=0, second=0, microsecond=0, fold=0
    )
    tomorrow = (midnight + timedelta(days=1)).replace(tzinfo=zone)
    return int(midnight.timestamp()), int(tomorrow.timestamp())
