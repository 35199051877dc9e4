"""A token bucket: how often somebody may do something."""

from dataclasses import dataclass, field

from vamt.errors import N_, UserError


class TooFast(UserError):
    """More than anybody can honestly need."""

    status = 429
    key = "too_fast"
    default_message = N_("That was too fast. Please wait a moment.")


@dataclass(slots=True)
class Allowance:
    """`burst` actions at once, refilled by `rate` per second."""

    burst: float
    rate: float
    left: float = -1.0
    refilled: float = 0.0

    def spend(self, now: float, cost: float = 1) -> None:
        """Take one, or `cost`; raises TooFast when so much is not left.

        `now` in seconds of any steady clock.
        """
        if self.left < 0:
            self.left = self.burst
        else:
            self.left = min(self.burst, self.left + (now - self.refilled) * self.rate)
        self.refilled = now
        if self.left < cost:
            raise TooFast()
        self.left -= cost

    def full(self, now: float) -> bool:
        """Whether it can be forgotten: a new one would be the same."""
        return self.left + (now - self.refilled) * self.rate >= self.burst


REMEMBERED = 10_000  # of those who ask, at most, unless more than that are at their limit


@dataclass(slots=True)
class Allowances:
    """The same allowance for each of many who ask, known by a key."""

    burst: float
    rate: float
    _of: dict[str, Allowance] = field(default_factory=dict)

    def spend(self, key: str, now: float) -> None:
        """Take one of this key's; raises TooFast when none is left."""
        if len(self._of) > REMEMBERED:
            self._of = {key: one for key, one in self._of.items() if not one.full(now)}
        if key not in self._of:
            self._of[key] = Allowance(self.burst, self.rate)
        self._of[key].spend(now)
