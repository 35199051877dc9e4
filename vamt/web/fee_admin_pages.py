"""Fees for whoever keeps the books: what is open, bank statements in, a table for the Kasse out."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from vamt import bank_statement
from vamt.boards_fees import amount
from vamt.booking import in_language, local_day, midnight
from vamt.errors import N_, NotAllowed, NotFound, UserError
from vamt.fee_export import STATES, table
from vamt.fees import Posting
from vamt.i18n import Language
from vamt.services.fees import Fees
from vamt.settings import Settings
from vamt.states import ChargeEvent
from vamt.web.admin_pages import Who
from vamt.web.attachment import attachment
from vamt.web.body import read_files, read_form
from vamt.web.render import Pages, see_other

HERE = "/verwaltung/gebuehren"
ACTS = {"pay": ChargeEvent.PAY, "cancel": ChargeEvent.CANCEL, "refund": ChargeEvent.REFUND}
FOUND = {  # what a transfer did
    "paid": N_("Paid"),
    "confirmed": N_("Confirmed: the clerk had seen it before"),
    "known": N_("Known from an earlier statement"),
    "surplus": N_("Nothing was owed any more: please give it back"),
    "refunded": N_("What was too much has been given back"),
    "returned": N_("The bank has taken the payment back: it is open again"),
    "unknown_return": N_("Money was taken back that fits no payment: please look at it"),
    "wrong_amount": N_("Wrong amount: nothing was booked, please look at it"),
    "unknown": N_("No charge has this reference: please look at it"),
}
TO_LOOK_AT = ("wrong_amount", "unknown", "surplus", "returned", "unknown_return")


class NoStatement(UserError):
    """No file was sent."""

    status = 422
    key = "no_file"
    default_message = N_("Please choose a file first.")


@dataclass(frozen=True, slots=True)
class FeeAdminPages:
    """/verwaltung/gebuehren, for the role "admin"."""

    settings: Settings
    pages: Pages
    fees: Fees
    who: Who

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.get(HERE, self.page),
            web.post(HERE, self.decide),
            web.post(HERE + "/auszug", self.statement),
            web.get(HERE + "/liste.csv", self.export, allow_head=False),
        ]

    async def _me(self, request: web.Request) -> str:
        """The administrator's id, '' when nobody is signed in; raises NotAllowed, NotFound."""
        me = await self.who(request)
        if me is None:
            return ""
        if me.role != "admin":
            raise NotAllowed(f"{me.user} ({me.role}) asked for {request.path}")
        if not self.fees.rules.active:
            raise NotFound()
        return me.id

    async def page(self, request: web.Request) -> web.Response:
        """What is open, and the two forms."""
        if not await self._me(request):
            return see_other("/amt/anmelden?next=/verwaltung")
        return await self._page(request)

    async def _page(
        self,
        request: web.Request,
        postings: list[Posting] | None = None,
        error: UserError | None = None,
        wrong: UserError | None = None,
    ) -> web.Response:
        language, failed = self.pages.language(request), error or wrong
        today = local_day(int(self.fees.clock()), self.settings.zone)
        return self.pages.page(
            request,
            "admin_fees.html",
            status=failed.status if failed else 200,
            language=language,
            charges=[self._row(one, name, language) for one, name in await self.fees.pending()],
            result=None if postings is None else _result(postings, language),
            error=language.text(error.message, error.params) if error else "",
            wrong=language.text(wrong.message, wrong.params) if wrong else "",
            first=today.replace(day=1).isoformat(),
            last=today.isoformat(),
        )

    def _row(self, one: Any, name: str, language: Language) -> dict[str, Any]:
        errand = self.fees.services.get(one.service)
        return {
            "id": one.id,
            "reference": one.reference,
            "errand": in_language(errand.name, language.code) if errand else one.service,
            "name": name,
            "amount": amount(one.cents, language),
            "state": language.text(STATES[one.state]),
            "since": language.when(one.asked, self.settings.zone),
            "open": one.state in ("asked", "promised"),
            "returned": one.returned and one.state in ("asked", "promised"),
            "surplus": language.money(one.surplus) if one.surplus else "",
        }

    async def decide(self, request: web.Request) -> web.Response:
        """Paid, taken back, or given back, as the form says."""
        me = await self._me(request)
        if not me:
            return see_other("/amt/anmelden?next=/verwaltung")
        form = await read_form(request)
        if form.get("act") == "return":
            try:
                await self.fees.returned(me, form.get("reference", "")[:200])
            except UserError as error:
                return await self._page(request, wrong=error)
            return see_other(f"{HERE}#open")
        if form.get("act") not in ACTS:
            raise NotFound()
        await self.fees.decide(me, form.get("id", ""), ACTS[form["act"]])
        return see_other(HERE)

    async def statement(self, request: web.Request) -> web.Response:
        """A bank statement; the same once more changes nothing."""
        me = await self._me(request)
        if not me or self.fees.account is None:
            return see_other("/amt/anmelden?next=/verwaltung")
        try:
            postings: list[Posting] = []
            sent = False
            async for _, data in read_files(
                request,
                bank_statement.SIZE,
                too_large=bank_statement.Unreadable(),
                no_form=NoStatement,
            ):
                sent = True
                iban = self.fees.account.iban
                entries = await asyncio.to_thread(bank_statement.read, data, iban)
                postings += await self.fees.arrived(me, entries)
            if not sent:
                raise NoStatement()
        except UserError as error:
            return await self._page(request, error=error)
        return await self._page(request, postings)

    async def export(self, request: web.Request) -> web.Response:
        """The charges that were asked for in these days, both included."""
        if not await self._me(request):
            return see_other("/amt/anmelden?next=/verwaltung")
        zone = self.settings.zone
        try:
            first = date.fromisoformat(request.query.get("von", ""))
            last = date.fromisoformat(request.query.get("bis", ""))
            instants = midnight(first, zone), midnight(last + timedelta(days=1), zone)
        except (ValueError, OverflowError):
            raise NotFound() from None
        rows = await self.fees.asked_between(*instants)
        content = table(rows, self.fees.services, self.pages.language(request), zone)
        return attachment(content, "text/csv", f"gebuehren-{first}-{last}.csv")


def _result(postings: list[Posting], language: Language) -> dict[str, Any]:
    """How many of each kind, and those that a person has to look at."""
    counts = Counter(one.kind for one in postings)
    return {
        "counts": [(language.text(FOUND[kind]), counts[kind]) for kind in FOUND if counts[kind]],
        "look": [
            {
                "what": language.text(FOUND[one.kind]),
                "booked": language.date(one.booked) if one.booked else "",
                "amount": language.money(one.cents),
                "expected": language.money(one.expected) if one.expected else "",
                "references": ", ".join(one.references),
            }
            for one in postings
            if one.kind in TO_LOOK_AT
        ],
    }
