"""What each page shows: the citizen's state and the desk's state, read from the store.

Pure reading and wording; nothing here changes anything.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from vamt import booking, document_messages, errands, forms, protocol, rooms, states, stopwatch
from vamt.boards_check import CheckBoards
from vamt.boards_fees import FeeBoards
from vamt.boards_form import FormBoards, condition
from vamt.boards_signature import SignatureBoards, as_read
from vamt.booking import Appointment, Service, in_language
from vamt.coform import Form
from vamt.documents import Document
from vamt.errand_words import card, step_names
from vamt.i18n import Language, Languages, language_name
from vamt.identity import Check
from vamt.rooms import Clerk, DeskStatus, Guest, Visit
from vamt.services.documents import BRINGS
from vamt.services.forms import Place
from vamt.services.guests import guest_seat
from vamt.services.office import citizen_seat, clerk_seat
from vamt.services.ports import Clock, Presence, Tx
from vamt.settings import Settings
from vamt.signature import Signature

CITIZEN_MAY = {
    "enter": states.AppointmentEvent.ENTER,
    "leave": states.AppointmentEvent.LEAVE,
    "answer": states.AppointmentEvent.ANSWER,
    "park": states.AppointmentEvent.PARK,
    "return": states.AppointmentEvent.RETURN,
    "cancel": states.AppointmentEvent.CANCEL,
    "move": states.AppointmentEvent.MOVE,
}
CLERK_MAY = {
    "call": states.AppointmentEvent.CALL,
    "park": states.AppointmentEvent.PARK,
    "missed": states.AppointmentEvent.MISS,
}
CHECK_COUNTS = 2 * 3600.0  # seconds
DESK_GRACE = 60.0  # seconds a desk counts as at work after its page has gone
NEEDS_A_RELAY = frozenset(  # from the opening of the waiting room on, not for whoever has booked
    (
        states.Appointment.CONFIRMED,
        states.Appointment.CHECKED_IN,
        states.Appointment.CALLED,
        states.Appointment.IN_VISIT,
        states.Appointment.PARKED,
    )
)
HAS_PAPERS = frozenset(  # from the first visit on
    (states.Appointment.IN_VISIT, states.Appointment.PARKED, states.Appointment.FINISHED)
)
TAKES_PLACE_TODAY = frozenset(states.Appointment) - {
    states.Appointment.RESERVED,
    states.Appointment.CANCELLED,
    states.Appointment.ANONYMISED,
}


class Ice(Protocol):
    """RTCIceServer dictionaries for one page of a visit; see `vamt.turn.credentials`."""

    def __call__(
        self, subject: str, seat: str, epoch: int, *, relay: bool = True
    ) -> list[dict[str, Any]]: ...


def direct_only(subject: str, seat: str, epoch: int, *, relay: bool = True) -> list[dict[str, Any]]:
    """No server: browsers find each other inside one network."""
    return []


@dataclass(frozen=True, slots=True)
class Scene:
    """What all pages of one moment share, read once."""

    now: float
    queue: list[Appointment]
    visits: list[Visit]
    desks: dict[str, DeskStatus]
    clerks: dict[str, Clerk]
    ready: list[tuple[str, str]]  # (appointment, clerk) to be connected ahead of a call
    guests: list[Guest]  # of the live visits
    checks: list[Check]  # of the live visits, the oldest first
    signatures: list[Signature]  # asked for in the live visits, the oldest first
    forms: list[Form]  # of the live visits

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


@dataclass(frozen=True, slots=True)
class Boards:
    """Draws the states that `signalling` sends and the pages start with."""

    settings: Settings
    services: dict[str, Service]
    languages: Languages
    clock: Clock
    presence: Presence
    checks: CheckBoards
    signatures: SignatureBoards
    forms: FormBoards
    fees: FeeBoards
    ice: Ice = direct_only
    code: Callable[[str], str] = lambda appointment: ""  # of an appointment, as it is read

    async def scene(self, tx: Tx) -> Scene:
        """Read what the pages of this moment share."""
        queue = rooms.in_order(await tx.appointments_in(states.Appointment.CHECKED_IN))
        desks = {desk.clerk: desk for desk in await tx.desks()}
        visits = await tx.live_visits()
        here = {a.id for a in queue if self.presence.online(citizen_seat(a.id))}
        free = [
            clerk
            for clerk, desk in sorted(desks.items())
            if desk.state is states.Desk.FREE and self.presence.online(clerk_seat(clerk))
        ]
        return Scene(
            now=self.clock(),
            queue=queue,
            visits=visits,
            desks=desks,
            clerks={clerk.id: clerk for clerk in await tx.clerks()},
            ready=rooms.made_ready(free, queue, here),
            guests=await tx.guests_of(*(visit.id for visit in visits)),
            checks=await tx.checks_of(*(visit.id for visit in visits)),
            signatures=await tx.signatures_of(*(visit.id for visit in visits)),
            forms=await tx.forms_of(*(visit.id for visit in visits)),
        )

    def circles(self, scene: Scene) -> dict[str, set[str]]:
        """Who may signal whom: the seats of each live visit, and those made ready for one."""
        groups = [{citizen_seat(one), clerk_seat(other)} for one, other in scene.ready]
        for visit in scene.visits:
            guests = {guest_seat(g.id) for g in self._present(scene, visit)}
            groups.append({citizen_seat(visit.appointment), clerk_seat(visit.clerk), *guests})
        return _others(groups)

    def readers(self, scene: Scene) -> dict[str, set[str]]:
        """Who sees what whom types: the two of each live visit, and guests who share the chat."""
        groups = []
        for visit in scene.visits:
            shared = visit.chat_shared is not None
            guests = {guest_seat(g.id) for g in self._present(scene, visit) if shared}
            groups.append({citizen_seat(visit.appointment), clerk_seat(visit.clerk), *guests})
        return _others(groups)

    def signing(self, scene: Scene) -> dict[str, tuple[str, str]]:
        """Appointment -> the signature that is open in its visit, and the clerk."""
        visits = {visit.id: visit for visit in scene.visits}
        return {
            visits[one.visit].appointment: (one.id, visits[one.visit].clerk)
            for one in scene.signatures
            if one.open
        }

    def filling(self, scene: Scene) -> dict[str, Place]:
        """Where each seat of an open visit fills in a form."""
        return {
            seat: Place(visit.id, visit.appointment, visit.clerk)
            for visit in scene.visits
            if visit.state is states.Visit.OPEN
            for seat in (citizen_seat(visit.appointment), clerk_seat(visit.clerk))
        }

    def _present(self, scene: Scene, visit: Visit) -> list[Guest]:
        """The guests who are in the visit now."""
        present = states.Guest.PRESENT
        return [g for g in scene.guests if g.visit == visit.id and g.state is present]

    # --- the citizen's page

    async def citizen(
        self, tx: Tx, scene: Scene, mine: Appointment, code: str
    ) -> protocol.CitizenState:
        """Everything her page needs, in the page's language."""
        language = self.languages.get(code)
        errand = errands.errand_of(mine, self.services)
        reads = self.languages.reads(language, mine.language)
        shown = card(errand, language, reads) if errand else None
        visit = scene.visit_of(mine.id)
        opens = mine.start - self.settings.waiting_room.opens_minutes_before * 60
        fields = forms.before(errand.fields) if errand else []
        zone = self.settings.zone
        given = [one for one in await tx.documents_of(mine.id) if one.shown]
        may = [name for name, event in CITIZEN_MAY.items() if self._may(mine, event)]
        if scene.now < opens and "enter" in may:
            may.remove("enter")
        return protocol.CitizenState(
            now=scene.now,
            state=mine.state,
            id=citizen_seat(mine.id),
            seat=rooms.CITIZEN,
            epoch=mine.epoch,
            name=mine.name,
            service=self.service_name(mine, *reads),
            start=self.rfc3339(mine.start),
            end=self.rfc3339(mine.end),
            when=language.when(mine.start, zone),
            opens=float(opens),
            opens_words=language.when(opens, zone),
            papers=shown.papers if shown else [],
            fields=[_field(f, mine, reads) for f in fields],
            complete=forms.is_complete(fields, mine.data),
            queue=self._place(scene, mine),
            visit=self._visit(scene, visit, mine, language, rooms.CITIZEN),
            ready=[
                self._clerk_peer(scene, clerk) for person, clerk in scene.ready if person == mine.id
            ],
            chat=await self._chat(tx, mine.id) if visit else [],
            ice=self.ice(
                mine.id,
                rooms.CITIZEN,
                mine.epoch,
                relay=scene.now >= opens and mine.state in NEEDS_A_RELAY,
            ),
            may=may,
            texts=shown.lang if shown else language.code,
            costs=[
                protocol.CostView(one.name, one.words, one.waivers)
                for one in (shown.costs if shown else ())
            ],
            steps=shown.steps if shown else [],
            outcome=await self._outcome(tx, mine, given),
            code=self.code(mine.id) if mine.state is states.Appointment.IN_VISIT else "",
            documents=[_document(one) for one in given],
            brings=mine.state in BRINGS,
            fees=self.fees.citizen(await tx.charges_of(mine.id), language, reads),
        )

    async def outcome(self, tx: Tx, mine: Appointment) -> list[document_messages.PaperView]:
        """What she has signed and what was handed to her."""
        return await self._outcome(tx, mine, await tx.documents_of(mine.id))

    async def _outcome(
        self, tx: Tx, mine: Appointment, given: Sequence[Document]
    ) -> list[document_messages.PaperView]:
        if mine.state not in HAS_PAPERS:
            return []
        signed = [
            document_messages.PaperView(
                one.id, one.title, one.ended or one.asked, f"/unterschrift/{one.id}.pdf"
            )
            for one in await tx.signed_by(mine.id)
        ]
        handed = [
            document_messages.PaperView(
                one.id, one.title, one.at, f"/dokumente/{one.id}", "handed", one.media
            )
            for one in given
            if one.state is states.Document.HANDED
        ]
        return sorted(signed + handed, key=lambda paper: paper.at)

    def _may(self, mine: Appointment, event: states.AppointmentEvent) -> bool:
        return states.APPOINTMENT.allows(mine.state, event)

    def _place(self, scene: Scene, mine: Appointment) -> protocol.QueueView | None:
        place = rooms.position(mine.id, scene.queue)
        if place is None:
            return None
        at_work = [d for d in scene.desks.values() if self._at_work(d, scene.now)]
        if mine.for_clerk:
            at_work = [d for d in at_work if d.clerk == mine.for_clerk]
        lasted = [
            scene.now - (visit.answered or visit.rung)
            for desk in at_work
            if (visit := scene.visit_at(desk.clerk))
        ]
        ahead = [self._usual(a) for a in scene.queue[: place - 1]]
        colleague = scene.clerks.get(mine.for_clerk)
        return protocol.QueueView(
            position=place,
            minutes=rooms.wait_minutes(place, ahead, lasted, len(at_work), self._usual(mine)),
            desks=len(at_work),
            for_clerk=colleague.name if colleague else "",
        )

    def _usual(self, appointment: Appointment) -> float:
        errand = errands.errand_of(appointment, self.services)
        return errand.minutes * 60.0 if errand else 600.0

    def _at_work(self, desk: DeskStatus, now: float) -> bool:
        seat = clerk_seat(desk.clerk)
        gone = self.presence.absent_since(seat)
        here = self.presence.online(seat) or (gone is not None and now - gone < DESK_GRACE)
        return here and desk.state is not states.Desk.AWAY

    # --- the desk

    async def desk(self, tx: Tx, scene: Scene, clerk: str, code: str) -> protocol.DeskState:
        """Everything a desk needs, in the page's language."""
        language = self.languages.get(code)
        parked = await tx.appointments_in(states.Appointment.PARKED)
        visit = scene.visit_at(clerk)
        person = await tx.appointment(visit.appointment) if visit else None
        ahead = None if visit else scene.ready_for(clerk)
        other = person or ahead  # whose leg the relay's password is for
        mine = scene.desks.get(clerk) or DeskStatus(clerk, states.Desk.AWAY)
        made = self._made(visit, person) if visit and person else []
        return protocol.DeskState(
            now=scene.now,
            id=clerk_seat(clerk),
            seat=rooms.CLERK,
            epoch=mine.epoch,
            me=self._desk_view(scene, mine),
            waiting=[self._waiting(scene, a, clerk, language) for a in scene.queue],
            parked=[self._waiting(scene, a, clerk, language) for a in parked],
            day=await self._day(tx, scene, language),
            desks=[
                self._desk_view(scene, scene.desks.get(c.id) or DeskStatus(c.id, states.Desk.AWAY))
                for c in scene.clerks.values()
                if not c.disabled
            ],
            visit=self._visit(scene, visit, person, language, rooms.CLERK) if person else None,
            appointment=self._waiting(scene, person, clerk, language) if person else None,
            ready=[self._citizen_peer(ahead)] if ahead else [],
            chat=await self._chat(tx, person.id) if person else [],
            ice=self.ice(other.id if other else clerk, rooms.CLERK, mine.epoch),
            documents=[
                _document(one)
                for one in (await tx.documents_of(person.id) if person else ())
                if one.shown
            ],
            certificates=[[one.id, one.certificate.title] for one in made if one.certificate],
            pdf_forms=[[one.id, one.pdf_form.title] for one in made if one.pdf_form],
            clock=await self._clock(tx, scene, person, language) if person else [],
            fees=(
                self.fees.desk(await tx.charges_of(person.id), person, language) if person else []
            ),
        )

    def _made(self, visit: Visit, person: Appointment) -> list[Service]:
        """The errands whose papers can be made in this visit now."""
        errands = [self.services.get(id) for id in (person.service, *person.also)]
        return [errand for errand in errands if errand and visit.state is states.Visit.OPEN]

    async def _clock(
        self, tx: Tx, scene: Scene, person: Appointment, language: Language
    ) -> list[protocol.StepTime]:
        """What her appointment has taken so far."""
        spans = stopwatch.spans(await tx.happenings(person.id))
        running = {span.step for span in spans if span.ended is None}
        lasted = stopwatch.seconds(spans, scene.now)
        return [
            protocol.StepTime(language.text(name), lasted[step], step in running)
            for step, name in stopwatch.NAMES.items()
            if step in lasted
        ]

    def _desk_view(self, scene: Scene, desk: DeskStatus) -> protocol.DeskView:
        clerk = scene.clerks.get(desk.clerk)
        return protocol.DeskView(
            clerk=desk.clerk,
            name=clerk.name if clerk else "",
            state=desk.state,
            online=self.presence.online(clerk_seat(desk.clerk)),
        )

    def _waiting(
        self, scene: Scene, person: Appointment, clerk: str, language: Language
    ) -> protocol.Waiting:
        errand = errands.errand_of(person, self.services)
        fields = forms.before(errand.fields) if errand else []
        seat = citizen_seat(person.id)
        note = person.note if person.for_clerk in ("", clerk) else ""  # for the colleague's eyes
        colleague = scene.clerks.get(person.from_clerk) if note else None
        return protocol.Waiting(
            id=person.id,
            name=person.name,
            phone=person.phone,
            service=self.service_name(person, language.code),
            language=person.language,
            language_name=language_name(person.language, language.code),
            start=self.rfc3339(person.start),
            time=language.time(person.start, self.settings.zone),
            since=person.arrived or 0.0,
            online=self.presence.online(seat),
            absent_since=self.presence.absent_since(seat),
            complete=forms.is_complete(fields, person.data),
            data=_data(fields, person, language),
            camera=person.camera,
            microphone=person.microphone,
            checked=_checked(person, scene.now),
            note=note,
            from_clerk=colleague.name if colleague else "",
            for_me=person.for_clerk == clerk,
            for_other=person.for_clerk not in ("", clerk),
            may=[name for name, event in CLERK_MAY.items() if self._may(person, event)],
            steps=step_names(errand, language) if errand else [],
        )

    async def _day(self, tx: Tx, scene: Scene, language: Language) -> list[protocol.DayEntry]:
        zone = self.settings.zone
        midnight = datetime.fromtimestamp(scene.now, zone).replace(
            hour=0, minute=0, second=0, microsecond=0, fold=0
        )
        tomorrow = (midnight + timedelta(days=1)).replace(tzinfo=zone)
        found = await tx.appointments_between(int(midnight.timestamp()), int(tomorrow.timestamp()))
        held_by = {v.appointment: scene.clerks.get(v.clerk) for v in scene.visits}
        return [
            protocol.DayEntry(
                id=a.id,
                time=language.time(a.start, zone),
                end=language.time(a.end, zone),
                name=a.name,
                service=self.service_name(a, language.code),
                language=a.language,
                state=a.state,
                clerk=clerk.name if (clerk := held_by.get(a.id)) else "",
                may=["missed"] if self._may(a, states.AppointmentEvent.MISS) else [],
            )
            for a in found
            if a.state in TAKES_PLACE_TODAY
        ]

    # --- both

    def _visit(
        self,
        scene: Scene,
        visit: Visit | None,
        person: Appointment,
        language: Language,
        seat: str,
    ) -> protocol.VisitView | None:
        if visit is None:
            return None
        clerk = scene.clerks.get(visit.clerk)
        errand = errands.errand_of(person, self.services)
        check = next((c for c in reversed(scene.checks) if c.visit == visit.id), None)
        wanted = next((s for s in reversed(scene.signatures) if s.visit == visit.id), None)
        form = next((f for f in scene.forms if f.visit == visit.id), None)
        return protocol.VisitView(
            id=visit.id,
            state="open" if visit.state is states.Visit.OPEN else "ringing",
            clerk=clerk.name if clerk else "",
            citizen=person.name,
            service=self.service_name(person, language.code),
            peers=self.peers(scene, visit, person),
            since=visit.answered or visit.rung,
            guests=self.guests(scene, visit),
            chat_shared=visit.chat_shared is not None,
            identity=errand.identity if errand else "none",  # type: ignore[arg-type]
            check=self.checks.view(check, person, language, seat, scene.clerks) if check else None,
            signature=self.signatures.view(wanted, person, language) if wanted else None,
            form=self.forms.view(visit, person, form, seat),
        )

    def peers(self, scene: Scene, visit: Visit, person: Appointment) -> list[protocol.Peer]:
        """Everybody who is in the visit."""
        return [
            self._citizen_peer(person),
            self._clerk_peer(scene, visit.clerk),
            *(self._guest_peer(guest) for guest in self._present(scene, visit)),
        ]

    def guests(self, scene: Scene, visit: Visit) -> list[protocol.GuestView]:
        """Those who are invited, present or have left; not those who were removed."""
        return [
            protocol.GuestView(
                guest.id,
                guest.name,
                guest.role,  # type: ignore[arg-type]
                guest.state,
                self.presence.online(guest_seat(guest.id)),
            )
            for guest in scene.guests_of(visit)
        ]

    def _guest_peer(self, guest: Guest) -> protocol.Peer:
        id = guest_seat(guest.id)
        return protocol.Peer(id, rooms.GUEST, guest.name, guest.epoch, self.presence.online(id))

    def _citizen_peer(self, person: Appointment) -> protocol.Peer:
        id = citizen_seat(person.id)
        return protocol.Peer(id, rooms.CITIZEN, person.name, person.epoch, self.presence.online(id))

    def _clerk_peer(self, scene: Scene, clerk: str) -> protocol.Peer:
        id, known, desk = clerk_seat(clerk), scene.clerks.get(clerk), scene.desks.get(clerk)
        return protocol.Peer(
            id,
            rooms.CLERK,
            known.name if known else "",
            desk.epoch if desk else 0,
            self.presence.online(id),
        )

    async def _chat(self, tx: Tx, appointment: str) -> list[protocol.ChatLine]:
        return [
            protocol.ChatLine(line.id, line.seat, line.name, line.text, line.at)
            for line in await tx.lines(appointment)
        ]

    def service_name(self, appointment: Appointment, *reads: str) -> str:
        """The name of what is done; the service's id when it is no longer offered."""
        errand = errands.errand_of(appointment, self.services)
        return in_language(errand.name, *reads) if errand else appointment.service

    def rfc3339(self, instant: int) -> str:
        """Local time of the town with its offset."""
        return datetime.fromtimestamp(instant, self.settings.zone).isoformat()


def _checked(person: Appointment, now: float) -> protocol.CheckedView | None:
    """Her latest check, unless it is so old that she may be in another network by now."""
    if not person.checked or now - person.checked["at"] > CHECK_COUNTS:
        return None
    return msgspec.convert(person.checked, protocol.CheckedView)


def _document(one: Document) -> document_messages.DocumentView:
    """A document, for both sides."""
    return document_messages.DocumentView(
        one.id,
        one.source,  # type: ignore[arg-type]
        one.state,
        one.title,
        one.media,  # type: ignore[arg-type]
        one.size,
        one.pages,
        one.previews,
        one.reason,
        one.at,
    )


def _field(wanted: booking.DataField, mine: Appointment, reads: Sequence[str]) -> protocol.Field:
    """A question to her, with what she has answered so far."""
    return protocol.Field(
        key=wanted.key,
        label=in_language(wanted.label, *reads),
        kind=wanted.kind,  # type: ignore[arg-type]
        required=wanted.required,
        value=mine.data.get(wanted.key, ""),
        hint=in_language(wanted.hint, *reads),
        choices=[[value, in_language(label, *reads)] for value, label in wanted.choices],
        autocomplete=wanted.autocomplete,
        when=condition(wanted),
    )


def _data(
    fields: Sequence[booking.DataField], person: Appointment, language: Language
) -> list[list[str]]:
    """[[label, value], ...] as the clerk reads them."""
    values = dict(as_read(fields, person, language))
    return [
        [in_language(wanted.label, language.code), values[wanted.key]]
        for wanted in forms.asked(fields, person.data)
    ]


def _others(groups: list[set[str]]) -> dict[str, set[str]]:
    """For each member of the groups: the others in them."""
    others: dict[str, set[str]] = {}
    for group in groups:
        for seat in group:
            others.setdefault(seat, set()).update(group - {seat})
    return others
