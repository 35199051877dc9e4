"""Use cases of the office: the waiting room, the desks and the visit.

Every method is one transaction; afterwards the hub is told whose pages changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vamt import booking, errands, forms, rooms, states
from vamt.booking import Appointment, Service
from vamt.errors import N_, Conflict, Invalid, NotFound
from vamt.rooms import Line
from vamt.services.ports import Clock, Hub, NewId, Presence, Store, Tx
from vamt.services.steps import Steps
from vamt.states import AppointmentEvent as Event
from vamt.states import DeskEvent

NOTE_LENGTH = 1000
CHAT_LINES = 500  # of one visit


def citizen_seat(appointment: str) -> str:
    """The key under which presence knows a citizen."""
    return f"citizen:{appointment}"


def clerk_seat(clerk: str) -> str:
    """The key under which presence knows a clerk."""
    return f"clerk:{clerk}"


@dataclass(frozen=True, slots=True)
class Office:
    """The office of one town."""

    store: Store
    clock: Clock
    new_id: NewId
    hub: Hub
    presence: Presence
    services: dict[str, Service]
    opens_before: int  # seconds before the booked time
    steps: Steps = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", Steps(self.clock, self.new_id))

    # --- the citizen

    async def enter(self, id: str) -> None:
        """Into the waiting room; entering twice is the same as once.

        Raises Conflict before it opens, Invalid while required data is missing.
        """
        async with self.store.write() as tx:
            mine = await self._get(tx, id)
            if mine.state in (states.Appointment.CHECKED_IN, states.Appointment.CALLED):
                return
            if self.clock() < mine.start - self.opens_before:
                raise Conflict(
                    N_("The waiting room is not open yet. Please come back a little later."),
                    key="too_early",
                )
            service = errands.errand_of(mine, self.services)
            if service and not forms.is_complete(service.fields, mine.data):
                raise Invalid(N_("Please complete your data first."), key="incomplete")
            await self.steps.appointment(tx, mine, Event.ENTER, by=rooms.CITIZEN)
        self.hub.changed([id])

    async def leave(self, id: str) -> None:
        """Out of the waiting room; the appointment stays."""
        await self._citizen(id, Event.LEAVE)

    async def answer(self, id: str) -> None:
        """She takes the call; answering twice is the same as once."""
        async with self.store.write() as tx:
            mine = await self._get(tx, id)
            if mine.state is states.Appointment.IN_VISIT:
                return
            await self.steps.appointment(tx, mine, Event.ANSWER, by=rooms.CITIZEN)
        self.hub.changed([id])

    async def step_aside(self, id: str) -> None:
        """She needs a moment, or leaves the visit for now."""
        await self._citizen(id, Event.PARK)

    async def come_back(self, id: str) -> None:
        """She is back and queues again at her old place."""
        await self._citizen(id, Event.RETURN)

    async def give(self, id: str, values: dict[str, str]) -> None:
        """Store the data she gives for her errand; raises Invalid with the field."""
        async with self.store.write() as tx:
            mine = await self._get(tx, id)
            service = errands.errand_of(mine, self.services)
            if service is None or mine.state in (
                states.Appointment.RESERVED,
                states.Appointment.FINISHED,
                states.Appointment.CANCELLED,
                states.Appointment.ANONYMISED,
            ):
                raise states.Illegal()
            cleaned = forms.given(service.fields, values)
            data = {**mine.data, **cleaned}
            if not await tx.change_appointment(id, mine.state, data=data):
                raise Conflict()
        self.hub.changed([id])

    async def devices(self, id: str, camera: str, microphone: str) -> None:
        """Note what her camera and microphone can do."""
        async with self.store.write() as tx:
            mine = await self._get(tx, id)
            if (mine.camera, mine.microphone) == (camera, microphone):
                return
            await tx.change_appointment(id, mine.state, camera=camera, microphone=microphone)
        self.hub.changed([id])

    async def checked(self, id: str, found: Mapping[str, Any]) -> None:
        """Keep what the check of her devices and her network found, and when."""
        async with self.store.write() as tx:
            mine = await self._get(tx, id)
            if mine.state is states.Appointment.ANONYMISED:
                raise states.Illegal()
            await tx.change_appointment(id, mine.state, checked={**found, "at": self.clock()})
        self.hub.changed([id])

    async def _citizen(self, id: str, event: Event) -> None:
        async with self.store.write() as tx:
            mine = await self._get(tx, id)
            await self.steps.appointment(tx, mine, event, by=rooms.CITIZEN)
        self.hub.changed([id])

    # --- the clerk

    async def call(self, clerk: str, appointment: str | None = None) -> Appointment:
        """Call the next person, or the one named. Two clerks never get the same citizen.

        Raises Conflict when nobody is there, the desk is not free or a colleague was faster.
        """
        async with self.store.write() as tx:
            if await tx.visit_at(clerk):
                raise Conflict(N_("You are already in a visit."), key="desk_busy")
            if (await tx.desk(clerk)).state is states.Desk.AWAY:
                raise Conflict(N_("Your desk is closed. Open it first."), key="desk_away")
            if appointment is None:
                person = await self._next(tx, clerk)
            else:
                person = await self._get(tx, appointment)
                if person.state is states.Appointment.CALLED:
                    raise Conflict(N_("A colleague has just called this person."), key="taken")
            called = await self.steps.appointment(
                tx, person, Event.CALL, by=clerk, clerk=clerk, for_clerk=""
            )
        self.hub.changed([called.id])
        return called

    async def _next(self, tx: Tx, clerk: str) -> Appointment:
        now = self.clock()
        queue = rooms.in_order(await tx.appointments_in(states.Appointment.CHECKED_IN))
        present = {
            person.id
            for person in queue
            if rooms.is_present(
                self.presence.online(citizen_seat(person.id)),
                self.presence.absent_since(citizen_seat(person.id)),
                now,
            )
        }
        person = rooms.next_for(clerk, queue, present)
        if person is None:
            raise Conflict(
                N_("Nobody who could be called is in the waiting room."), key="nobody_waiting"
            )
        return person

    async def ring(self, clerk: str) -> None:
        """Ring once more."""
        async with self.store.write() as tx:
            person = await self._at(tx, clerk)
            await self.steps.appointment(tx, person, Event.CALL, by=clerk, clerk=clerk)
        self.hub.changed([person.id], queue=False)

    async def park(self, clerk: str, appointment: str) -> None:
        """Put somebody aside who waits, or who is in this clerk's visit."""
        await self._clerk(clerk, appointment, Event.PARK)

    async def missed(self, clerk: str, appointment: str) -> None:
        """Mark as not appeared."""
        await self._clerk(clerk, appointment, Event.MISS)

    async def hand_over(self, clerk: str, colleague: str, note: str) -> None:
        """Give the current visit to a colleague, who finds the person first in her queue."""
        note = "\n".join(line.rstrip() for line in note.strip().splitlines())
        if len(note) > NOTE_LENGTH:
            raise Invalid(
                N_("This is too long (%(limit)s characters at most)."),
                field="note",
                params={"limit": NOTE_LENGTH},
            )
        if not booking.is_storable(note):
            raise Invalid(N_("This contains characters that cannot be stored."), field="note")
        async with self.store.write() as tx:
            other = await tx.clerk(colleague)
            if other is None or other.disabled or other.id == clerk:
                raise Invalid(N_("Please choose a colleague."), field="clerk")
            person = await self._at(tx, clerk)
            await self.steps.appointment(
                tx,
                person,
                Event.HAND_OVER,
                by=clerk,
                for_clerk=colleague,
                from_clerk=clerk,
                note=note,
            )
        self.hub.changed([person.id])

    async def end(self, clerk: str) -> None:
        """End the visit at this desk; ending twice is the same as once."""
        async with self.store.write() as tx:
            visit = await tx.visit_at(clerk)
            if visit is None:
                return
            person = await self._get(tx, visit.appointment)
            event = Event.FINISH if visit.state is states.Visit.OPEN else Event.MISS
            await self.steps.appointment(tx, person, event, by=clerk)
        self.hub.changed([person.id])

    async def pause(self, clerk: str, away: bool) -> None:
        """Close or open the desk; what it already is, it stays."""
        wanted = states.Desk.AWAY if away else states.Desk.FREE
        async with self.store.write() as tx:
            state = (await tx.desk(clerk)).state
            if state is states.Desk.BUSY:
                raise Conflict(N_("You are already in a visit."), key="desk_busy")
            if state is not wanted:
                await self.steps.desk(tx, clerk, DeskEvent.GO if away else DeskEvent.COME, by=clerk)
        self.hub.changed()

    async def _clerk(self, clerk: str, appointment: str, event: Event) -> None:
        async with self.store.write() as tx:
            person = await self._get(tx, appointment)
            visit = await tx.visit_of(appointment)
            if visit and visit.live and visit.clerk != clerk:
                raise Conflict(N_("This person is in a visit with a colleague."), key="taken")
            await self.steps.appointment(tx, person, event, by=clerk)
        self.hub.changed([appointment])

    # --- both

    async def say(
        self, appointment: str, seat: str, name: str, line_id: str, text: str, limit: int
    ) -> None:
        """Store a chat message of the visit; the same id twice is stored once.

        Raises Invalid for an empty or too long text, Conflict outside a visit.
        """
        text = text.strip()
        if not text or len(text) > limit or not 1 <= len(line_id) <= 64:
            raise Invalid(
                N_("A message has 1 to %(limit)s characters."),
                field="text",
                params={"limit": limit},
            )
        if not booking.is_storable(line_id + text):
            raise Invalid(N_("This contains characters that cannot be stored."), field="text")
        async with self.store.write() as tx:
            visit = await tx.visit_of(appointment)
            if visit is None or not visit.live:
                raise Conflict(N_("There is no visit at the moment."), key="no_visit")
            lines = await tx.lines(appointment)
            if len(lines) >= CHAT_LINES and all(line.id != line_id for line in lines):
                raise Conflict(N_("The chat is full. Please go on by voice."), key="chat_full")
            await tx.add_line(appointment, Line(line_id, seat, name, text, self.clock()))
        self.hub.changed([appointment], queue=False)

    async def _get(self, tx: Tx, id: str) -> Appointment:
        found = await tx.appointment(id)
        if found is None:
            raise NotFound()
        return found

    async def _at(self, tx: Tx, clerk: str) -> Appointment:
        visit = await tx.visit_at(clerk)
        if visit is None:
            raise Conflict(N_("There is no visit at the moment."), key="no_visit")
        return await self._get(tx, visit.appointment)
