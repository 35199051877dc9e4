"""How many files are being sent at a time: nobody's may take the place of everybody's."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from vamt.errors import N_, UserError

ROOM = 160 * 1024**2  # bytes of all files that are arriving or waiting to be made anew
EACH = 2  # files of one sender; a page sends one after the other, and may be loaded again


class Busy(UserError):
    """Others are sending files; this one would take too long."""

    status = 503
    key = "busy"
    default_message = N_("Many documents are being sent at the moment. Please try again shortly.")


@dataclass(slots=True)
class Line:
    """Those who send now. What they hold is counted while it arrives."""

    _held: int = 0
    _of: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def place(self, sender: str) -> Iterator["Place"]:
        """A place for one file after the other; raises Busy when `sender` has enough of them."""
        if self._of[sender] >= EACH:
            raise Busy()
        self._of[sender] += 1
        place = Place(self)
        try:
            yield place
        finally:
            place.empty()
            self._of[sender] -= 1
            if not self._of[sender]:
                del self._of[sender]


@dataclass(slots=True)
class Place:
    """What one sender holds of the room."""

    _line: Line
    _held: int = 0

    def grow(self, size: int) -> None:
        """`size` more bytes have come; raises Busy when there is no room for them."""
        if self._line._held + size > ROOM:
            raise Busy()
        self._line._held += size
        self._held += size

    def empty(self) -> None:
        """The file is dealt with."""
        self._line._held -= self._held
        self._held = 0
