"""Use cases of a third person in the visit: interpreter, companion or colleague.

The clerk invites and removes; the guest comes by a link that is good for this one visit. What
happens to guests when the visit is set aside or ends is an effect of its table (`steps.py`).
"""

from dataclasses import dataclass, field

from vamt import booking, rooms, states
from vamt.errors import N_, Conflict, Invalid, NotFound
from vamt.rooms import Guest, Visit
from vamt.services.office import Office
from vamt.services.ports import Clock, Hub, Store, Tx
from vamt.services.steps import Steps
from vamt.states import GuestEvent

GONE = (states.Guest.LEFT, states.Guest.REMOVED, states.Guest.ENDED)


def guest_seat(guest: str) -> str:
    """The key under which presence knows a guest."""
    return f"guest:{guest}"


@dataclass(frozen=True, slots=True)
class Guests:
    """The guests of one town's visits."""

    store: Store
    clock: Clock
    hub: Hub
    office: Office
    steps: Steps = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", self.office.steps)

    # --- the clerk

    async def invite(self, clerk: str, id: str, role: str, name: str, language: str) -> Guest:
        """Invite somebody into the visit at this desk; the same `id` twice is once.

        Raises Invalid for a name or role, Conflict outside an open visit or when it is full.
        `language` is the clerk's; a companion's page begins in that of the citizen.
        """
        name = booking.check_name(name)
        if role not in rooms.GUEST_ROLES:
            raise Invalid(N_("Please choose one of the options."), field="role")
        rooms.check_page_id(id)
        async with self.store.write() as tx:
            visit = await self._open_at(tx, clerk)
            known = await tx.guest(id)
            if known:
                if known.visit != visit.id:
                    raise Conflict()
                return known
            await self._check_room(tx, visit)
            citizen = await tx.appointment(visit.appointment)
            if citizen and role == "companion":
                language = citizen.language
            guest = Guest(
                id, visit.id, name, role, states.GUEST.initial, language, invited=self.clock()
            )
            await tx.add_guest(guest)
        self.hub.changed([visit.appointment], queue=False)
        return guest

    async def remove(self, clerk: str, id: str) -> None:
        """Send a guest out of the visit at this desk, and close her link; twice is once."""
        async with self.store.write() as tx:
            visit = await tx.visit_at(clerk)
            guest = await tx.guest(id)
            if guest is None or visit is None or guest.visit != visit.id:
                raise NotFound()
            if guest.state is states.Guest.REMOVED:
                return
            await self.steps.guest(tx, guest, GuestEvent.REMOVE, by=clerk)
        self.hub.changed([visit.appointment], queue=False)

    async def share_chat(self, clerk: str, on: bool) -> None:
        """Let guests read the chat from now on, or no longer."""
        async with self.store.write() as tx:
            visit = await self._open_at(tx, clerk)
            if on is (visit.chat_shared is not None):
                return
            since = self.clock() if on else None
            await tx.change_visit(visit.id, visit.state, chat_shared=since)
        self.hub.changed([visit.appointment], queue=False)

    # --- the guest

    async def guest(self, id: str) -> tuple[Guest, Visit]:
        """The guest and the visit she is invited to; raises NotFound."""
        async with self.store.read() as tx:
            return await self._get(tx, id)

    async def come(self, id: str, name: str) -> None:
        """She goes in under the name she gives; coming twice is the same as once.

        Raises Conflict while there is no open visit, when it is over or when others took her place.
        """
        name = booking.check_name(name)
        async with self.store.write() as tx:
            guest, visit = await self._get(tx, id)
            if guest.state is states.Guest.PRESENT:
                return
            if visit.state is not states.Visit.OPEN:
                raise Conflict(N_("The conversation is interrupted at the moment."), key="no_visit")
            if not guest.expected:
                await self._check_room(tx, visit)
            await self.steps.guest(tx, guest, GuestEvent.COME, by=rooms.GUEST, name=name)
        self.hub.changed([visit.appointment], queue=False)

    async def leave(self, id: str) -> None:
        """She goes; leaving twice is the same as once."""
        async with self.store.write() as tx:
            guest, visit = await self._get(tx, id)
            if guest.state in GONE:
                return
            await self.steps.guest(tx, guest, GuestEvent.LEAVE, by=rooms.GUEST)
        self.hub.changed([visit.appointment], queue=False)

    async def say(self, id: str, line: str, text: str, limit: int) -> None:
        """A chat message of hers, if the clerk has let her in on the chat; see `Office.say`."""
        guest, visit = await self.guest(id)
        if guest.state is not states.Guest.PRESENT or visit.chat_shared is None:
            raise Conflict(N_("The chat is not open to guests."), key="chat_closed")
        await self.office.say(visit.appointment, guest_seat(id), guest.name, line, text, limit)

    # --- both

    async def _get(self, tx: Tx, id: str) -> tuple[Guest, Visit]:
        guest = await tx.guest(id)
        visit = await tx.visit(guest.visit) if guest else None
        if guest is None or visit is None:
            raise NotFound()
        return guest, visit

    async def _open_at(self, tx: Tx, clerk: str) -> Visit:
        visit = await tx.visit_at(clerk)
        if visit is None or visit.state is not states.Visit.OPEN:
            raise Conflict(N_("There is no visit at the moment."), key="no_visit")
        return visit

    async def _check_room(self, tx: Tx, visit: Visit) -> None:
        expected = [guest for guest in await tx.guests_of(visit.id) if guest.expected]
        if len(expected) >= rooms.GUESTS_AT_ONCE:
            raise Conflict(
                N_("There are %(n)s guests already; more would be too much for the line."),
                key="visit_full",
                params={"n": rooms.GUESTS_AT_ONCE},
            )
