"""The GiroCode of a charge, as a picture to be seen or saved; for the citizen only."""

from dataclasses import dataclass

from aiohttp import web

from vamt import girocode
from vamt.booking import Appointment
from vamt.errors import N_, NotFound
from vamt.seats import Links
from vamt.services.bookings import Bookings
from vamt.services.fees import Fees
from vamt.services.payments import OnlinePayments
from vamt.settings import Settings
from vamt.web.attachment import attachment
from vamt.web.door import check_link
from vamt.web.qr import qr_code, qr_picture
from vamt.web.render import Pages, see_other

NOT_YET = N_("The payment is not confirmed yet")
BACK_TO_THE_TALK = N_("You can close this tab now and go back to the one with your appointment.")


@dataclass(frozen=True, slots=True)
class FeePages:
    """`/termin/{token}/gebuehr`."""

    settings: Settings
    pages: Pages
    fees: Fees
    online: OnlinePayments | None  # None: there is no provider
    bookings: Bookings
    links: Links

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        hers = "/termin/{token}/gebuehr/{id}"
        return [
            web.get(hers + "/bezahlen", self.pay, allow_head=False),
            web.get(hers + "/zurueck", self.back, allow_head=False),
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

    async def pay(self, request: web.Request) -> web.Response:
        """To the provider's page, in a tab of its own: the talk goes on in hers."""
        mine, online = await self._mine(request), self._online()
        url = f"{self.settings.public_url}{request.path.removesuffix('/bezahlen')}/zurueck"
        address = await online.pay(mine.id, request.match_info["id"], url)
        return see_other(address or url)

    async def back(self, request: web.Request) -> web.Response:
        """From the provider's page; whether it is paid the provider is asked, not her browser."""
        mine, online = await self._mine(request), self._online()
        paid = await online.look(mine.id, request.match_info["id"])
        language = self.pages.language(request, mine.language)
        return self.pages.page(
            request,
            "message.html",
            language=language,
            kind="success" if paid else "info",
            heading=language.text(N_("Paid. Thank you!") if paid else NOT_YET),
            text=language.text(BACK_TO_THE_TALK),
            actions=[],
        )

    def _online(self) -> OnlinePayments:
        if self.online is None:
            raise NotFound()
        return self.online

    async def _mine(self, request: web.Request) -> Appointment:
        token = self.links.appointment(request.match_info["token"])
        mine = await self.bookings.appointment(token)
        check_link(mine, self.settings, self.bookings.clock())
        return mine

    async def _code(self, request: web.Request) -> tuple[str, str]:
        info, account = request.match_info, self.fees.account
        mine = await self._mine(request)
        charge = await self.fees.for_citizen(mine.id, info["id"])
        if account is None:
            raise NotFound()
        return girocode.payload(account, charge.cents, charge.reference), charge.reference
