"""What a browser is told about STUN and TURN: addresses, and a password that ends by itself.

The scheme is "TURN REST": the user name is "expiry:leg", the password an HMAC of it with a secret
that only the TURN server shares (draft-uberti-behave-turn-rest-00; coturn's use-auth-secret).

A *leg* is one end of one call, as one loaded page makes it. Each leg has a name of its own, since
the TURN server counts allocations by name: with one name for all, the quota that is meant for one
browser is soon used up by everybody together, and nobody gets a relay any more.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from vamt.seats import derive
from vamt.settings import Settings
from vamt.turn.coturn import Relay


def credential(secret: str, leg: str, expires: int) -> tuple[str, str]:
    """User name and password, good for beginning until `expires` (Unix seconds)."""
    user = f"{expires}:{leg}"
    digest = hmac.digest(secret.encode(), user.encode(), hashlib.sha1)  # as the scheme says
    return user, base64.b64encode(digest).decode()


def renewal(now: float, ttl: int) -> int:
    """The number of the half life `now` is in. Passwords change when it does, not before:
    a new one in every state would make browsers look for paths again for nothing."""
    return int(now) // (ttl // 2)


@dataclass(frozen=True, slots=True)
class IceServers:
    """Makes the RTCIceServer dictionaries of one town."""

    fixed: tuple[dict[str, Any], ...]  # rtc.ice_servers, told as they are
    stun: tuple[str, ...]  # addresses of the relay that need no password ...
    urls: tuple[str, ...]  # ... and those that do
    secret: str  # shared with the TURN server
    key: bytes  # makes the names of legs
    ttl: int  # seconds a password is good for
    clock: Callable[[], float]
    relay_exists: Callable[[], bool] = lambda: True

    @classmethod
    def of(
        cls,
        settings: Settings,
        secret: bytes,
        clock: Callable[[], float],
        relay_exists: Callable[[], bool] = lambda: True,
    ) -> Self:
        """What the settings say; `secret` is the installation's key."""
        relay = Relay.of(settings, secret)
        urls = relay.urls if relay else ()
        fixed: list[dict[str, Any]] = []
        for conf in settings.rtc.ice_servers:
            server: dict[str, Any] = {"urls": conf.urls}
            if conf.username:
                server |= {"username": conf.username, "credential": conf.credential}
            fixed.append(server)
        return cls(
            fixed=tuple(fixed),
            stun=tuple(url for url in urls if url.startswith("stun:")),
            urls=tuple(url for url in urls if not url.startswith("stun:")),
            secret=relay.secret if relay else "",
            key=derive(secret, "call legs"),
            ttl=settings.turn.ttl_minutes * 60,
            clock=clock,
            relay_exists=relay_exists,
        )

    def leg(self, subject: str, seat: str, epoch: int) -> str:
        """The name of one end of one call. It travels in the clear, so it tells nothing."""
        digest = hmac.digest(self.key, f"{subject} {seat} {epoch}".encode(), hashlib.sha256)
        return base64.b32encode(digest)[:20].decode().lower()

    def __call__(
        self, subject: str, seat: str, epoch: int, *, relay: bool = True
    ) -> list[dict[str, Any]]:
        """For the page with this epoch, in the visit `subject`; without `relay` only STUN."""
        servers = list(self.fixed)
        if not self.relay_exists():
            return servers
        if self.stun:
            servers.append({"urls": list(self.stun)})
        if relay and self.urls:
            expires = (renewal(self.clock(), self.ttl) + 2) * (self.ttl // 2)
            user, password = credential(self.secret, self.leg(subject, seat, epoch), expires)
            servers.append({"urls": list(self.urls), "username": user, "credential": password})
        return servers
