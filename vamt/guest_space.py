"""Socket.IO namespace `/guest`: the page behind a guest's link. See `signalling.py`."""

from vamt import protocol, rooms
from vamt.errors import NotAllowed
from vamt.seats import Seat
from vamt.services.guests import guest_seat
from vamt.signalling import Page, Space, Superseded, Switchboard


class GuestSpace(Space):
    """`/guest`."""

    role = rooms.GUEST
    events = protocol.GUEST_EVENTS

    def __init__(self, board: Switchboard) -> None:
        super().__init__("/guest", board)
        guests = board.desk.guests
        self._appointments: dict[str, str] = {}  # guest -> whose visit she is invited to
        self.handlers = {
            "come": lambda p, m: guests.come(p.seat.subject, m.name),
            "leave": lambda p, m: guests.leave(p.seat.subject),
            "say": self._say,
            "draft": board.draft,
            "signal": board.relay,
            "probe": self._probe,
        }

    async def _take(self, seat: Seat) -> str:
        async with self.board.desk.store.write() as tx:
            guest = await tx.guest(seat.subject)
            visit = await tx.visit(guest.visit) if guest else None
            if visit is None:
                raise NotAllowed(f"no guest {seat.subject!r}")
            if not await tx.raise_guest_epoch(seat.subject, seat.epoch):
                raise Superseded()
        self._appointments[seat.subject] = visit.appointment
        return guest_seat(seat.subject)

    def _announce(self, seat: Seat) -> None:
        appointment = self._appointments[seat.subject]
        if not self.board.desk.presence.online(guest_seat(seat.subject)):
            del self._appointments[seat.subject]
        self.board.changed([appointment], queue=False)

    async def _say(self, page: Page, m: protocol.Say) -> None:
        await self.board.desk.guests.say(page.seat.subject, m.id, m.text, protocol.CHAT_LENGTH)
