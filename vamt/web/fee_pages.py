"""A charge on a page of its own: how it stands, its GiroCode, and the way to the payment provider.

The page and the codes are hers alone: in the visit by her link, after it by link and code, as with
her papers. The provider is told none of that: it sends her back to an address that is known by the
charge's own id, which is chance, and shows no more than whether it is paid.
"""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from vamt import fees as rules
from vamt import girocode
from vamt.boards_fees import WAYS
from vamt.booking import Appointment, in_language
from vamt.errors import N_, NotFound, UserError
from vamt.fees import Charge
from vamt.seats import Links
from vamt.services.bookings import Bookings
from vamt.services.fees import Fees
from vamt.services.payments import OPEN, PAID, UNKNOWN, OnlinePayments
from vamt.services.ports import NoPayment
from vamt.settings import Settings
from vamt.web.attachment import attachment
from vamt.web.door import Door
from vamt.web.qr import qr_code, qr_picture
from vamt.web.render import Pages, see_other

COOKIE = "back"  # at the address she comes back to: which link she has come from
COOKIE_SECONDS = 2 * 86400
THANKS = N_("Paid. Thank you!")
NOT_YET = N_("The payment is not confirmed yet")
BACK_TO_THE_TALK = N_("You can close this tab now and go back to the one with your appointment.")
STATES = {
    "asked": N_("Please pay this fee by bank transfer."),
    "promised": N_("Thank you. The town hall checks when the money arrives."),
    "paid": THANKS,
    "waived": N_("Nothing is to be paid."),
    "cancelled": N_("Nothing is to be paid."),
}


@dataclass(frozen=True, slots=True)
class FeePages:
    """`/termin/{token}/gebuehr/{id}` and `/gebuehr/{id}/zurueck`."""

    settings: Settings
    pages: Pages
    fees: Fees
    online: OnlinePayments | None  # None: there is no provider
    bookings: Bookings
    links: Links
    door: Door

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        hers = "/termin/{token}/gebuehr/{id:[A-Za-z0-9_-]+}"
        return [
            web.get(hers, self.page),
            web.post(hers, self.promise),
            web.get(hers + "/bezahlen", self.pay, allow_head=False),
            web.get(hers + ".svg", self.seen, allow_head=False),
            web.get(hers + ".png", self.saved, allow_head=False),
            web.get("/gebuehr/{id}/zurueck", self.back, allow_head=False),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """How it stands; a payment that has been begun is asked about."""
        mine = await self._mine(request)
        if asked := self.door.ask(request, mine):
            return asked
        charge = await self.fees.of_citizen(mine.id, request.match_info["id"])
        became = await self._look(charge)
        if became == PAID:
            charge = await self.fees.of_citizen(mine.id, charge.id)
        return self._page(request, mine, charge, begun=became in (OPEN, UNKNOWN))

    async def promise(self, request: web.Request) -> web.Response:
        """She has transferred it."""
        mine = await self._mine(request)
        if asked := self.door.ask(request, mine):
            return asked
        await self.fees.promise(mine.id, request.match_info["id"])
        return see_other(request.path)

    async def seen(self, request: web.Request) -> web.Response:
        """On the page, for the camera of another device."""
        code = await self._code(request)
        return code if isinstance(code, web.Response) else qr_code(code[0])

    async def saved(self, request: web.Request) -> web.Response:
        """To be opened in the bank's app on the same phone."""
        code = await self._code(request)
        if isinstance(code, web.Response):
            return code
        return attachment(qr_picture(code[0]), "image/png", f"{code[1]}.png")

    async def pay(self, request: web.Request) -> web.Response:
        """To the provider's page, in a tab of its own: the talk goes on in hers."""
        mine, id = await self._mine(request), request.match_info["id"]
        if asked := self.door.ask(request, mine):
            return asked
        here = request.path.removesuffix("/bezahlen")
        charge = await self.fees.of_citizen(mine.id, id)
        if self.online is None or charge.state not in rules.OPEN:
            return see_other(here)
        back = f"/gebuehr/{id}/zurueck"
        try:
            address = await self.online.pay(mine.id, id, self.settings.public_url + back)
        except NoPayment as error:
            return self._page(request, mine, charge, error, begun=bool(charge.payment))
        response = see_other(address or here)
        response.set_cookie(
            COOKIE,
            request.match_info["token"],
            path=back,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="Lax",  # it has to come along from the provider's page
            secure=self.settings.secure,
        )
        return response

    async def back(self, request: web.Request) -> web.Response:
        """From the provider's page: to her own, where this browser is the one she has left from."""
        id = request.match_info["id"]
        if token := await self._left_from(request, id):
            return see_other(f"/termin/{token}/gebuehr/{id}")
        charge = await self.fees.any(id)
        paid = await self._look(charge) == PAID
        language = self.pages.language(request)
        return self.pages.page(
            request,
            "message.html",
            language=language,
            kind="success" if paid else "info",
            heading=language.text(THANKS if paid else NOT_YET),
            text=language.text(BACK_TO_THE_TALK),
            actions=[],
        )

    async def _left_from(self, request: web.Request, id: str) -> str:
        """The token of the link by which she went to the provider; '' when it is not known."""
        token = request.cookies.get(COOKIE, "")
        try:
            await self.fees.of_citizen(self.links.appointment(token), id)
        except UserError:
            return ""
        return token

    async def _look(self, charge: Charge) -> str | None:
        """What has become of the payment online, None when none was begun; see `look` there."""
        if charge.state in rules.SETTLED:
            return PAID
        if self.online is None or not charge.payment or charge.state not in rules.OPEN:
            return None
        try:
            return await self.online.look(charge.appointment, charge.id)
        except NoPayment:
            return UNKNOWN

    def _page(
        self,
        request: web.Request,
        mine: Appointment,
        charge: Charge,
        error: UserError | None = None,
        begun: bool = False,
    ) -> web.Response:
        language = self.pages.language(request, mine.language)
        reads = self.pages.languages.reads(language, mine.language)
        errand = self.fees.services.get(charge.service)
        is_open = charge.state in rules.OPEN
        online = self.online is not None and is_open
        base = f"/termin/{request.match_info['token']}"
        return self.pages.page(
            request,
            "fee.html",
            status=error.status if error else 200,
            language=language,
            error=language.text(error.message, error.params) if error else "",
            begun=is_open and begun,
            state=charge.state.value,
            words=language.text(STATES[charge.state]),
            errand=in_language(errand.name, *reads) if errand else charge.service,
            way=language.text(WAYS[charge.channel]) if charge.channel in WAYS else "",
            amount=language.money(charge.cents),
            lines=self._lines(charge, language) if is_open else [],
            online=online,
            here=f"{base}/gebuehr/{charge.id}",
            back_url=base if mine.state is not mine.state.FINISHED else f"{base}/papiere",
            finished=mine.state is mine.state.FINISHED,
        )

    def _lines(self, charge: Charge, language: Any) -> list[tuple[str, str]]:
        """What stands in a transfer."""
        if self.fees.account is None:
            return []
        return [
            (language.text(N_("Recipient")), self.fees.account.name),
            (language.text(N_("IBAN")), girocode.grouped(self.fees.account.iban)),
            (language.text(N_("Amount")), language.money(charge.cents)),
            (language.text(N_("Reference (Kassenzeichen)")), charge.reference),
        ]

    async def _mine(self, request: web.Request) -> Appointment:
        return await self.bookings.appointment(self.links.appointment(request.match_info["token"]))

    async def _code(self, request: web.Request) -> web.Response | tuple[str, str]:
        """What the code says and the reference, or where her own code is asked for."""
        mine, account = await self._mine(request), self.fees.account
        if asked := self.door.ask(request, mine):
            return asked
        charge = await self.fees.for_citizen(mine.id, request.match_info["id"])
        if account is None:
            raise NotFound()
        return girocode.payload(account, charge.cents, charge.reference), charge.reference
