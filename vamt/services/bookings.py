"""Use cases of booking: see slots, hold one, confirm, move, cancel."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from vamt import booking, errands, states
from vamt.booking import Appointment, Calendar, Service, Slot
from vamt.errors import N_, Conflict, Invalid, NotFound
from vamt.services.ports import Clock, Hub, NewId, Store, Tx
from vamt.services.steps import Steps
from vamt.states import AppointmentEvent as Event

NEXT_SLOTS = 6  # offered when somebody else was faster
SEARCH_AHEAD = 14  # days looked through for them


class SlotTaken(Conflict):
    """Somebody else has just taken the place; `slots` are the next free ones."""

    key = "slot_taken"
    default_message = N_("Somebody else was a moment faster: this time has just been taken.")

    def __init__(self, slots: list[Slot]) -> None:
        super().__init__()
        self.slots = slots


class SlotGone(Conflict):
    """There is no such slot (any more): past, closed, too far ahead, or never was."""

    key = "slot_gone"
    default_message = N_("This time cannot be booked (any more). Please choose another one.")


@dataclass(frozen=True, slots=True)
class Person:
    """Who books. Checked by `checked`."""

    name: str
    email: str
    phone: str = ""
    language: str = "de"


@dataclass(frozen=True, slots=True)
class Bookings:
    """Booking for one town."""

    store: Store
    clock: Clock
    new_id: NewId
    hub: Hub
    calendar: Calendar
    services: Mapping[str, Service]
    languages: tuple[str, ...]
    check_email: Callable[[str], str]  # the normalised address; ValueError when it is none
    hold_seconds: int = 600
    per_email: int = 0
    errands_at_once: int = 3
    steps: Steps = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", Steps(self.clock, self.new_id))

    def service(self, id: str) -> Service:
        """The service with this id; raises NotFound."""
        try:
            return self.services[id]
        except KeyError:
            raise NotFound(N_("We do not offer this service online.")) from None

    def errand(self, service: str, also: Sequence[str] = ()) -> Service:
        """One or several errands as one service; raises NotFound, Invalid (field "also")."""
        ids = (service, *also)
        if len(ids) > self.errands_at_once:
            raise Invalid(
                N_("We can do %(count)s errands in one appointment at most."),
                field="also",
                params={"count": self.errands_at_once},
            )
        if len(set(ids)) < len(ids):
            raise Invalid(N_("Each errand is needed only once."), field="also")
        wanted = [self.service(id) for id in ids]
        if not errands.fits(wanted):
            raise Invalid(N_("These errands cannot be done in one appointment."), field="also")
        return errands.together(wanted)

    def more(self, errand: Service) -> list[Service]:
        """The services that can be done in the same appointment, too."""
        chosen = errand.parts or (errand,)
        if len(chosen) >= self.errands_at_once:
            return []
        ids = {one.id for one in chosen}
        return [
            one
            for one in self.services.values()
            if one.id not in ids and errands.fits([*chosen, one])
        ]

    def errand_of(self, appointment: Appointment) -> Service:
        """What is done in the appointment; raises NotFound when it is no longer offered."""
        found = errands.errand_of(appointment, self.services)
        if found is None:
            raise NotFound(N_("We do not offer this service online."))
        return found

    async def free(
        self, service: str, first: date, last: date, also: Sequence[str] = ()
    ) -> list[Slot]:
        """Free slots from day `first` to `last` (31 days at most are looked at)."""
        wanted = self.errand(service, also)
        last = min(last, first + timedelta(days=30))
        async with self.store.read() as tx:
            return await self._free(tx, wanted, first, last)

    async def next_free(self, service: str, also: Sequence[str] = ()) -> list[Slot]:
        """The next few free slots from now on."""
        wanted = self.errand(service, also)
        async with self.store.read() as tx:
            return await self._next(tx, wanted)

    async def hold(
        self, service: str, start: int, instead_of: str = "", also: Sequence[str] = ()
    ) -> Appointment:
        """Hold a slot while she types. `instead_of` is a hold of hers that is given up.

        `also` are further errands for the same appointment, which becomes longer.
        Raises SlotTaken, SlotGone, NotFound, Invalid (field "also").
        """
        wanted = self.errand(service, also)
        async with self.store.write() as tx:
            await self._lapse(tx)
            if instead_of:
                await self._give_up(tx, instead_of)
            held = await self._reserve(tx, wanted, start)
        self.hub.changed()
        return held

    async def release(self, id: str) -> None:
        """Give a hold back; anything that is not a hold is left alone."""
        async with self.store.write() as tx:
            await self._give_up(tx, id)

    async def confirm(self, id: str, person: Person) -> Appointment:
        """Turn a hold into a booking. A hold that ran out is renewed if the place is still free.

        Confirming twice is the same as once. Raises Invalid (with the field), SlotTaken,
        SlotGone, NotFound.
        """
        async with self.store.write() as tx:
            await self._lapse(tx)
            held = await tx.appointment(id)
            if held is None:
                raise NotFound(N_("Your reservation has expired. Please choose a time again."))
            person = self.checked(person, self.errand_of(held))
            if held.state is states.Appointment.CANCELLED and not held.email:  # lapsed
                # its id follows from the old one, so that a second click finds the first one's
                renewed = await tx.appointment(_renewal(id))
                errand = self.errand_of(held)
                held = renewed or await self._reserve(tx, errand, held.start, _renewal(id))
            if held.state is states.Appointment.CONFIRMED and held.email == person.email:
                return held
            booked = await self._confirm(tx, held, person)
        self.hub.changed()
        return booked

    async def book(
        self, service: str, start: int, person: Person, also: Sequence[str] = ()
    ) -> Appointment:
        """Hold and confirm in one go; raises like `hold` and `confirm`."""
        wanted = self.errand(service, also)
        person = self.checked(person, wanted)
        async with self.store.read() as tx:  # a cheap look keeps a rush off the writers' queue
            if not await tx.lapsed(self.clock()):
                await self._free_lanes(tx, wanted, start)
        async with self.store.write() as tx:
            await self._lapse(tx)
            held = await self._reserve(tx, wanted, start)
            booked = await self._confirm(tx, held, person)
        self.hub.changed()
        return booked

    async def appointment(self, id: str) -> Appointment:
        """The appointment with this id; raises NotFound."""
        async with self.store.read() as tx:
            found = await tx.appointment(id)
        if found is None:
            raise NotFound()
        return found

    async def move(self, id: str, start: int) -> Appointment:
        """Give the appointment another time; the old place is free again.

        Raises SlotTaken, SlotGone, states.Illegal, NotFound; then the old time stays.
        """
        async with self.store.write() as tx:
            await self._lapse(tx)
            mine = await self._get(tx, id)
            service = self.errand_of(mine)
            states.APPOINTMENT.apply(mine.state, Event.MOVE)
            if start == mine.start:
                return mine
            await tx.free_place(mine.id)
            try:
                lanes = await self._free_lanes(tx, service, start)
                await self._take(tx, service, start, lanes, mine.id)
            except SlotTaken as taken:  # her own time is no alternative
                raise SlotTaken([s for s in taken.slots if s.start != mine.start]) from None
            end = start + service.minutes * 60
            moved = await self.steps.appointment(
                tx, mine, Event.MOVE, by="citizen", start=start, end=end
            )
        self.hub.changed([id])
        return moved

    async def cancel(self, id: str) -> Appointment:
        """Cancel; the place is free at once. Cancelling twice is the same as once."""
        async with self.store.write() as tx:
            mine = await self._get(tx, id)
            if mine.state is states.Appointment.CANCELLED:
                return mine
            cancelled = await self.steps.appointment(tx, mine, Event.CANCEL, by="citizen")
        self.hub.changed([id])
        return cancelled

    async def lapse(self) -> None:
        """Free the holds that ran out (called by the clock)."""
        async with self.store.write() as tx:
            await self._lapse(tx)

    def spoken(self, errand: Service) -> tuple[str, ...]:
        """The languages in which the errand can be done."""
        limit = errand.languages or self.languages
        return tuple(code for code in self.languages if code in limit)

    def checked(self, person: Person, errand: Service) -> Person:
        """The person with every value cleaned; raises Invalid for the first wrong field."""
        for problem in self.problems(person, errand):
            raise problem
        return Person(
            booking.check_name(person.name),
            self.check_email(person.email.strip()),
            booking.check_phone(person.phone),
            person.language,
        )

    def problems(self, person: Person, errand: Service) -> list[Invalid]:
        """Everything that is wrong with the person's entries, in the order of the form."""
        found = []
        for check, value in (
            (booking.check_name, person.name),
            (self._email, person.email),
            (booking.check_phone, person.phone),
        ):
            try:
                check(value)
            except Invalid as problem:
                found.append(problem)
        if person.language not in self.spoken(errand):
            found.append(Invalid(N_("Please choose one of the languages."), field="language"))
        return found

    def _email(self, email: str) -> str:
        email = booking.clean_text(email, booking.EMAIL_LENGTH, "email")
        try:
            return self.check_email(email)
        except ValueError:
            raise Invalid(
                N_("Please enter an e-mail address like name@example.org."), field="email"
            ) from None

    # --- inside a transaction

    async def _get(self, tx: Tx, id: str) -> Appointment:
        found = await tx.appointment(id)
        if found is None:
            raise NotFound()
        return found

    async def _free(self, tx: Tx, service: Service, first: date, last: date) -> list[Slot]:
        zone = self.calendar.zone
        begin = booking.midnight(first, zone) // booking.TICK
        end = booking.midnight(last + timedelta(days=2), zone) // booking.TICK
        taken = await tx.taken(service.pool, begin, end)
        return booking.slots(self.calendar, service, taken, int(self.clock()), first, last)

    async def _next(self, tx: Tx, service: Service) -> list[Slot]:
        day = booking.local_day(int(self.clock()), self.calendar.zone)
        end, found = day + timedelta(days=SEARCH_AHEAD), list[Slot]()
        while day <= end and len(found) < NEXT_SLOTS:  # mostly the first days are enough
            last = min(day + timedelta(days=1), end)
            found += await self._free(tx, service, day, last)
            day = last + timedelta(days=1)
        return found[:NEXT_SLOTS]

    async def _lapse(self, tx: Tx) -> None:
        for held in await tx.lapsed(self.clock()):
            await self.steps.appointment(tx, held, Event.LAPSE, by="clock")

    async def _give_up(self, tx: Tx, id: str) -> None:
        held = await tx.appointment(id)
        if held is not None and held.state is states.Appointment.RESERVED:
            await self.steps.appointment(tx, held, Event.LAPSE, by="citizen")

    async def _free_lanes(self, tx: Tx, service: Service, start: int) -> list[int]:
        lanes = booking.lanes_at(self.calendar, service, start, int(self.clock()))
        if not lanes:
            raise SlotGone()
        ticks = booking.ticks_of(start, start + service.minutes * 60)
        taken = {lane for lane, _ in await tx.taken(service.pool, ticks.start, ticks.stop)}
        free = [lane for lane in range(lanes) if lane not in taken]
        if not free:
            raise SlotTaken(await self._next(tx, service))
        return free

    async def _take(
        self, tx: Tx, service: Service, start: int, lanes: list[int], appointment: str
    ) -> None:
        ticks = booking.ticks_of(start, start + service.minutes * 60)
        for lane in lanes:
            if await tx.take_place(service.pool, lane, ticks, appointment):
                return
        raise SlotTaken(await self._next(tx, service))

    async def _reserve(self, tx: Tx, service: Service, start: int, id: str = "") -> Appointment:
        lanes = await self._free_lanes(tx, service, start)
        now = int(self.clock())
        held = Appointment(
            id=id or self.new_id(),
            service=service.id,
            start=start,
            end=start + service.minutes * 60,
            state=states.APPOINTMENT.initial,
            created=now,
            hold_until=now + self.hold_seconds,
            also=service.also,
        )
        await tx.add_appointment(held)
        await self._take(tx, service, start, lanes, held.id)
        return held

    async def _confirm(self, tx: Tx, held: Appointment, person: Person) -> Appointment:
        if self.per_email and await tx.open_for_email(person.email) >= self.per_email:
            raise Conflict(
                N_("There are already several open appointments for this e-mail address."),
                key="too_many",
            )
        return await self.steps.appointment(
            tx,
            held,
            Event.CONFIRM,
            by="citizen",
            hold_until=None,
            name=person.name,
            email=person.email,
            phone=person.phone,
            language=person.language,
        )


def _renewal(id: str) -> str:
    """The id under which a hold that ran out is confirmed all the same."""
    return f"{id}r"
