"""Who has a page open now: one socket for each seat, in this process's memory.

After a restart nobody is online yet; everyone counts as gone since the start, so the grace
periods of `rooms` bridge the seconds until the pages are back.
"""

from vamt.services.ports import Clock


class PresenceBook:
    """Seats and their sockets; implements `services.ports.Presence`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sockets: dict[str, str] = {}
        self._gone: dict[str, float] = {}
        self._started = clock()

    def come(self, seat: str, socket: str) -> str | None:
        """Note that `seat` sits at `socket`; return the socket it had before."""
        self._gone.pop(seat, None)
        before = self._sockets.get(seat)
        self._sockets[seat] = socket
        return before

    def go(self, seat: str, socket: str) -> bool:
        """Note that `socket` has gone; False when the seat has a newer one."""
        if self._sockets.get(seat) != socket:
            return False
        del self._sockets[seat]
        self._gone[seat] = self._clock()
        return True

    def socket(self, seat: str) -> str | None:
        """The seat's socket, if it is online."""
        return self._sockets.get(seat)

    def online(self, seat: str) -> bool:
        """Whether the seat has a page open."""
        return seat in self._sockets

    def absent_since(self, seat: str) -> float | None:
        """When the seat went, None while it is online."""
        if seat in self._sockets:
            return None
        return self._gone.get(seat, self._started)

    def seats(self, prefix: str) -> list[str]:
        """The seats online whose key begins with `prefix`."""
        return [seat for seat in self._sockets if seat.startswith(prefix)]

    def forget(self, older_than: float) -> None:
        """Drop notes of people gone for longer than `older_than` seconds."""
        limit = self._clock() - older_than
        self._gone = {seat: at for seat, at in self._gone.items() if at > limit}
