"""A token bucket: how often somebody may do something."""

from dataclasses import dataclass

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

    def spend(self, now: float) -> None:
        """Take one; raises TooFast when none is left. `now` in seconds of any steady clock."""
        if self.left < 0:
            self.left = self.burst
        else:
            self.left = min(self.burst, self.left + (now - self.refilled) * self.rate)
        self.refilled = now
        if self.left < 1:
            raise TooFast()
        self.left -= 1

    def full(self, now: float) -> bool:
        """Whether it can be forgotten: a new one would be the same."""
        return self.left + (now - self.refilled) * self.rate >= self.burst
