"""Until when a booking link answers, and what of it asks for the code of the visit."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote

from aiohttp import web

from vamt import booking, states
from vamt.allowance import Allowances
from vamt.booking import Appointment
from vamt.errors import N_, Conflict, Invalid, UserError
from vamt.seats import Links
from vamt.settings import Settings
from vamt.web.render import see_other

COOKIE = "papers"
TRIES = 8  # wrong codes for one link ...
TRIES_SECONDS = 300  # ... in this time


class Expired(UserError):
    """The link has served its time."""

    status = 410
    key = "expired"
    default_message = N_("This link has expired: the appointment is over.")


class WrongCode(Invalid):
    """Not the code of this visit."""

    key = "wrong_code"
    default_message = N_("This is not the code of your visit. Please look once more.")


def check_link(mine: Appointment, settings: Settings, now: float) -> None:
    """Raise Expired once the link has served its time, Conflict before it is confirmed."""
    over = now >= _after(mine, settings, settings.retention.link_days)
    if over or mine.state is states.Appointment.ANONYMISED:
        raise Expired()
    if mine.state is states.Appointment.RESERVED:
        raise Conflict(N_("This appointment is not confirmed yet."))


def _after(mine: Appointment, settings: Settings, days: int) -> int:
    """The midnight that ends the last of `days` days after the appointment's."""
    day = booking.local_day(mine.start, settings.zone)
    return booking.midnight(day + timedelta(days=1 + days), settings.zone)


@dataclass(frozen=True, slots=True)
class Door:
    """Lets her to her papers: in the visit by her link, after it by link and code.

    The link comes by mail and is sent on now and then; the code is only ever shown to the two of
    the visit. The browser of the visit keeps it as a cookie, so that nobody types it there.
    """

    settings: Settings
    links: Links
    clock: Callable[[], float]
    _tries: Allowances = field(default_factory=lambda: Allowances(TRIES, TRIES / TRIES_SECONDS))

    def until(self, mine: Appointment) -> int:
        """When her papers are no longer given out, in Unix seconds."""
        retention = self.settings.retention
        return _after(mine, self.settings, max(retention.link_days, retention.papers_days))

    def check(self, mine: Appointment) -> None:
        """Raise Expired, or Conflict, when her papers are not given out."""
        if mine.state is not states.Appointment.FINISHED:
            check_link(mine, self.settings, self.clock())
        elif self.clock() >= self.until(mine):
            raise Expired()

    def knows(self, request: web.Request, mine: Appointment) -> bool:
        """Whether nothing more is asked of this browser."""
        if mine.state is not states.Appointment.FINISHED:
            return True
        return self._right(request.cookies.get(COOKIE, ""), mine)

    def ask(self, request: web.Request, mine: Appointment) -> web.Response | None:
        """Where the code is asked for, unless this browser knows it; raises as `check` does."""
        self.check(mine)
        if self.knows(request, mine):
            return None
        base = f"/termin/{request.match_info['token']}"
        wanted = request.path.removeprefix(base)
        return see_other(f"{base}/papiere?weiter={quote(wanted, safe='')}")

    def open(self, request: web.Request, mine: Appointment, code: str, onward: str) -> web.Response:
        """Go on, and have the browser keep the code; raises WrongCode, TooFast."""
        code = "".join(filter(str.isdecimal, code))
        if not self._right(code, mine):
            self._tries.spend(mine.id, self.clock())
            raise WrongCode(field="code")
        base = f"/termin/{request.match_info['token']}"
        response = see_other(base + onward)
        response.set_cookie(
            COOKIE,
            code,
            path=base,
            max_age=max(1, round(self.until(mine) - self.clock())),
            httponly=True,
            samesite="Lax",
            secure=self.settings.secure,
        )
        return response

    def _right(self, code: str, mine: Appointment) -> bool:
        return hmac.compare_digest(code.encode(), self.links.code(mine.id).encode())
