"""The page behind a guest's link: who asks her in, her camera, and the conversation."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from vamt import rooms, states
from vamt.boards_guest import GuestBoards
from vamt.errors import N_, UserError
from vamt.rooms import Guest, Visit
from vamt.seats import Links, Seat, Seats
from vamt.services.guests import Guests
from vamt.services.ports import Store
from vamt.settings import Settings
from vamt.web.qr import qr_code
from vamt.web.render import Pages, script_json


class Over(UserError):
    """The link has served: its visit has ended, or the clerk has taken it back."""

    status = 410
    key = "expired"
    default_message = N_("This link has expired: the conversation is over.")


@dataclass(frozen=True, slots=True)
class GuestPages:
    """GET /gast/{token} and its QR code."""

    settings: Settings
    pages: Pages
    guests: Guests
    boards: GuestBoards
    store: Store
    links: Links
    seats: Seats

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.get("/gast/{token}", self.page),
            web.get("/gast/{token}/code.svg", self.qr),
        ]

    async def _mine(self, request: web.Request) -> tuple[Guest, Visit]:
        """Whom the link invites, and to what; raises NotFound, Over."""
        guest, visit = await self.guests.guest(self.links.guest(request.match_info["token"]))
        if guest.state in (states.Guest.REMOVED, states.Guest.ENDED):
            raise Over()
        return guest, visit

    async def page(self, request: web.Request) -> web.Response:
        """The page for the whole conversation."""
        guest, visit = await self._mine(request)
        language = self.pages.language(request, guest.language)
        async with self.store.read() as tx:
            scene = await self.boards.boards.scene(tx)
            state = await self.boards.guest(tx, scene, guest, visit)
        epoch = int(self.guests.clock() * 1000)
        boot: dict[str, Any] = {
            "seat": self.seats.issue(Seat(rooms.GUEST, guest.id, epoch, language.code)),
            "epoch": epoch,
            "state": state,
        }
        return self.pages.page(
            request,
            "guest.html",
            language=language,
            state=state,
            boot_json=script_json(boot),
            link=self._link(request),
        )

    async def qr(self, request: web.Request) -> web.Response:
        """The link as a QR code, for the clerk to show."""
        await self._mine(request)
        return qr_code(self._link(request))

    def _link(self, request: web.Request) -> str:
        return f"{self.settings.public_url}/gast/{request.match_info['token']}"
