"""The GiroCode of a charge, as a picture to be seen or saved; for the citizen only."""

from dataclasses import dataclass

from aiohttp import web

from vamt import girocode
from vamt.errors import NotFound
from vamt.seats import Links
from vamt.services.bookings import Bookings
from vamt.services.fees import Fees
from vamt.settings import Settings
from vamt.web.attachment import attachment
from vamt.web.door import check_link
from vamt.web.qr import qr_code, qr_picture


@dataclass(frozen=True, slots=True)
class FeePages:
    """`/termin/{token}/gebuehr`."""

    settings: Settings
    fees: Fees
    bookings: Bookings
    links: Links

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        hers = "/termin/{token}/gebuehr/{id}"
        return [
            web.get(hers + ".svg", self.seen, allow_head=False),
            web.get(hers + ".png", self.saved, allow_head=False),
        ]

    async def seen(self, request: web.Request) -> web.Response:
        """On the page, for the camera of another device."""
        code, _ = await self._code(request)
        return qr_code(code)

    async def saved(self, request: web.Request) -> web.Response:
        """To be opened in the bank's app on the same phone."""
        code, reference = await self._code(request)
        return attachment(qr_picture(code), "image/png", f"{reference}.png")

    async def _code(self, request: web.Request) -> tuple[str, str]:
        info, account = request.match_info, self.fees.account
        mine = await self.bookings.appointment(self.links.appointment(info["token"]))
        check_link(mine, self.settings, self.bookings.clock())
        charge = await self.fees.for_citizen(mine.id, info["id"])
        if account is None:
            raise NotFound()
        return girocode.payload(account, charge.cents, charge.reference), charge.reference
