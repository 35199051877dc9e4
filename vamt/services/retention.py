"""What the clock does: holds lapse, the day closes, old appointments are anonymised."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vamt import states
from vamt.booking import Appointment, Service
from vamt.services.ports import Clock, Hub, NewId, Store
from vamt.services.steps import Steps
from vamt.states import Appointment as State
from vamt.states import AppointmentEvent as Event

YEAR = 366 * 86400  # seconds
OVERNIGHT = 12 * 3600  # seconds after the booked end; then nobody is coming any more


@dataclass(frozen=True, slots=True)
class Retention:
    """Closes the day and forgets people after their time."""

    store: Store
    clock: Clock
    new_id: NewId
    hub: Hub
    keep_days: int
    history_days: int = 365
    charge_years: int = 10
    services: Mapping[str, Service] = field(default_factory=dict)
    steps: Steps = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", Steps(self.clock, self.new_id))

    async def close_day(self) -> int:
        """Appointments nobody finished: missed, or finished when the visit was open."""
        now, changed = self.clock(), []
        async with self.store.write() as tx:
            open_ones = await tx.appointments_in(
                State.CONFIRMED, State.CHECKED_IN, State.CALLED, State.PARKED, State.IN_VISIT
            )
            for one in open_ones:
                if one.end + OVERNIGHT > now:
                    continue
                event = Event.FINISH if one.state is State.IN_VISIT else Event.MISS
                await self.steps.appointment(tx, one, event, by="clock")
                changed.append(one.id)
        if changed:
            self.hub.changed(changed)
        return len(changed)

    async def forget(self) -> int:
        """Anonymise what is older than the retention."""
        now, count = self.clock(), 0
        async with self.store.write() as tx:
            for one in await tx.appointments_in(State.FINISHED, State.MISSED, State.CANCELLED):
                over = one.end < now - self._days(one) * 86400
                if over and states.APPOINTMENT.allows(one.state, Event.ANONYMISE):
                    await self.steps.appointment(tx, one, Event.ANONYMISE, by="clock")
                    count += 1
        await self.store.settle()
        return count

    def _days(self, one: Appointment) -> int:
        """How long it is kept: as long as the errand says that says longest."""
        known = (self.services.get(id) for id in (one.service, *one.also))
        days = (service.retention_days if service else None for service in known)
        return max(self.keep_days if limit is None else limit for limit in days)

    async def tidy(self) -> None:
        """Drop history, visits and charges that are older than theirs."""
        async with self.store.write() as tx:
            await tx.forget_history(self.clock() - self.history_days * 86400)
            await tx.forget_charges(self.clock() - self.charge_years * YEAR)
