"""Use cases of the calendar that a clerk subscribes to, by a link of her own.

The link is signed and names a clerk and a serial number. Only the newest serial is stored, so a new
link ends the old one, and none is good while there is none.
"""

from dataclasses import dataclass

from vamt.booking import Appointment
from vamt.errors import Conflict, NotFound
from vamt.services.ports import Clock, NewId, Store
from vamt.states import Appointment as State

BACK = 86400  # seconds that an appointment stays in the calendar after its time
SHOWN = (State.CONFIRMED, State.CHECKED_IN, State.CALLED, State.IN_VISIT, State.PARKED)


@dataclass(frozen=True, slots=True)
class Feeds:
    """The calendars of one town's clerks."""

    store: Store
    clock: Clock
    new_id: NewId
    offered: bool  # whether the town wants them
    horizon: int  # seconds ahead

    async def serial(self, clerk: str) -> str | None:
        """The serial number of this clerk's link; None when she has none."""
        async with self.store.read() as tx:
            return await tx.feed(clerk)

    async def make(self, clerk: str) -> None:
        """Give her a link; one that she had is no good any more. Raises Conflict."""
        if not self.offered:
            raise Conflict()
        async with self.store.write() as tx:
            await tx.end_feed(clerk)
            await tx.add_feed(clerk, self.new_id(), self.clock())

    async def end(self, clerk: str) -> None:
        """Her link is no good any more."""
        async with self.store.write() as tx:
            await tx.end_feed(clerk)

    async def entries(self, clerk: str, serial: str) -> list[Appointment]:
        """What stands in this calendar; raises NotFound for a link that is no good (any more).

        Appointments belong to the office until somebody is called, so these are all that are to
        come, but for those handed over to a colleague.
        """
        now = int(self.clock())
        async with self.store.read() as tx:
            whose = await tx.clerk(clerk)
            known = self.offered and await tx.feed(clerk) == serial
            if not known or whose is None or whose.disabled:
                raise NotFound()
            found = await tx.appointments_between(now - BACK, now + self.horizon)
        return [one for one in found if one.state in SHOWN and one.for_clerk in ("", clerk)]
