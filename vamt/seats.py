"""Signed things people hold: booking link, guest link, hold cookie, the seat token of a page.

The booking link is the citizen's identity. It is signed (itsdangerous) and does not expire by
itself: the appointment says until when it answers. A *seat token* (JWT, HS256) belongs to one
loaded page: who it is for and when it was loaded (`epoch`, milliseconds). The newest page of a
person wins; an older one that comes back is told so instead of taking over again.
"""

import hashlib
import hmac
from dataclasses import dataclass

import jwt
from itsdangerous import BadSignature, URLSafeSerializer

from vamt.errors import N_, NotFound, UserError

SEAT_HOURS = 24


class SeatRefused(UserError):
    """The page's seat token is not (or no longer) valid; reloading the page helps."""

    status = 401
    key = "seat"
    default_message = N_("This page is too old. Please reload it.")


@dataclass(frozen=True, slots=True)
class Seat:
    """One loaded page of one person. role: "citizen", "clerk" or "guest"."""

    role: str
    subject: str  # id of the appointment, the clerk or the guest
    epoch: int
    language: str
    session: str = ""  # hash of the clerk's session


def derive(secret: bytes, purpose: str) -> bytes:
    """A key of its own for each purpose (HMAC-SHA256 as a key derivation, RFC 5869 style)."""
    return hmac.digest(secret, f"vamt {purpose}".encode(), hashlib.sha256)


class Links:
    """Makes and reads booking links, guest links and hold cookies."""

    def __init__(self, secret: bytes) -> None:
        self._link = URLSafeSerializer(derive(secret, "link"), salt="link")
        self._guest = URLSafeSerializer(derive(secret, "guest link"), salt="guest")
        self._hold = URLSafeSerializer(derive(secret, "hold"), salt="hold")
        self._codes = derive(secret, "code of a visit")
        self._feed = URLSafeSerializer(derive(secret, "calendar link"), salt="feed")

    def token(self, appointment: str) -> str:
        """The token of a booking link."""
        return str(self._link.dumps(appointment))

    def appointment(self, token: str) -> str:
        """Whose link this is; raises NotFound when it is forged or mutilated."""
        return self._read(self._link, token)

    def code(self, appointment: str) -> str:
        """The eight digits that open her papers after the visit, beside the link."""
        number = int.from_bytes(hmac.digest(self._codes, appointment.encode(), hashlib.sha256)[:8])
        return f"{number % 10**8:08}"

    def code_words(self, appointment: str) -> str:
        """The code as it is read: "1234 5678"."""
        code = self.code(appointment)
        return f"{code[:4]} {code[4:]}"

    def guest_token(self, guest: str) -> str:
        """The token of a guest's link; the visit says until when it answers."""
        return str(self._guest.dumps(guest))

    def guest(self, token: str) -> str:
        """Whom this link invites; raises NotFound when it is forged or mutilated."""
        return self._read(self._guest, token)

    def feed_token(self, clerk: str, serial: str) -> str:
        """The token of the link to a clerk's calendar, good while `serial` is."""
        return str(self._feed.dumps(f"{clerk} {serial}"))

    def feed(self, token: str) -> tuple[str, str]:
        """Clerk and serial of a calendar's link; raises NotFound when it is forged or mutilated."""
        clerk, _, serial = self._read(self._feed, token).partition(" ")
        return clerk, serial

    def hold_cookie(self, appointment: str) -> str:
        """What the browser keeps while she types."""
        return str(self._hold.dumps(appointment))

    def held(self, cookie: str) -> str:
        """Whose hold this is; raises NotFound."""
        return self._read(self._hold, cookie)

    def _read(self, serializer: URLSafeSerializer, token: str) -> str:
        try:
            found = serializer.loads(token[:400])
        except (BadSignature, ValueError, UnicodeError):
            found = None
        if not isinstance(found, str):
            raise NotFound(
                N_("This link is not valid. Please open it exactly as it is in the e-mail."),
                key="bad_link",
            )
        return found


class Seats:
    """Issues and reads seat tokens."""

    def __init__(self, secret: bytes) -> None:
        self._key = derive(secret, "seat")

    def issue(self, seat: Seat) -> str:
        """A token for a page loaded at `seat.epoch`."""
        claims = {
            "aud": seat.role,
            "sub": seat.subject,
            "epoch": seat.epoch,
            "lang": seat.language,
            "sid": seat.session,
            "exp": seat.epoch // 1000 + SEAT_HOURS * 3600,
        }
        return jwt.encode(claims, self._key, algorithm="HS256")

    def read(self, token: str, role: str, now: float) -> Seat:
        """Read a token meant for `role`; raises SeatRefused."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=["HS256"],
                audience=role,
                options={"require": ["exp", "sub", "aud"], "verify_exp": False},
            )
            seat = Seat(
                role,
                str(claims["sub"]),
                int(claims["epoch"]),
                str(claims["lang"]),
                str(claims["sid"]),
            )
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError):
            raise SeatRefused() from None
        if int(claims["exp"]) <= now:
            raise SeatRefused()
        return seat
