"""How fast her line is: a few bytes down and up, for the check before the waiting room.

Used where no relay carries test packets. Random bytes, since a proxy may compress others; small,
since she may be on mobile data that somebody pays for; behind the booking link and paced, so
that nobody uses the town's server to fill somebody's line.
"""

import secrets
from dataclasses import dataclass, field

from aiohttp import web

from vamt.allowance import Allowances
from vamt.seats import Links
from vamt.services.bookings import Bookings
from vamt.settings import Settings
from vamt.web.body import read_body
from vamt.web.door import check_link

DOWN = 384 * 1024  # bytes; 3 Mbit/s for a second, and the page stops reading when it knows enough
BURST = 12  # requests of one appointment; a check makes three ...
RATE = 12 / 60  # ... and per second after that
NOT_KEPT = {"Cache-Control": "no-store, no-transform"}


@dataclass(frozen=True, slots=True)
class LinePages:
    """GET and POST /termin/{token}/leitung."""

    settings: Settings
    bookings: Bookings
    links: Links
    body: bytes = field(default_factory=lambda: secrets.token_bytes(DOWN))
    allowances: Allowances = field(default_factory=lambda: Allowances(BURST, RATE))

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.get("/termin/{token}/leitung", self.down, allow_head=False),
            web.post("/termin/{token}/leitung", self.up),
        ]

    async def _admit(self, request: web.Request) -> None:
        """Let in whoever has a link that still answers; raises NotFound, Expired, TooFast."""
        id = self.links.appointment(request.match_info["token"])
        now = self.bookings.clock()
        self.allowances.spend(id, now)
        check_link(await self.bookings.appointment(id), self.settings, now)

    async def down(self, request: web.Request) -> web.Response:
        """Bytes to measure the way down with."""
        await self._admit(request)
        return web.Response(
            body=self.body, content_type="application/octet-stream", headers=NOT_KEPT
        )

    async def up(self, request: web.Request) -> web.Response:
        """Take her bytes, up to the size of any request, and forget them."""
        await self._admit(request)
        await read_body(request)
        return web.Response(status=204, headers=NOT_KEPT)
