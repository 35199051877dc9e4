"""Booking: choose a service, a time, say who you are. Works without JavaScript."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from vamt import booking, states
from vamt.booking import Service, Slot
from vamt.errand_words import card
from vamt.errors import N_, Invalid, NotFound, VamtError
from vamt.i18n import Language, language_name
from vamt.seats import Links
from vamt.services.bookings import Bookings, Person, SlotGone, SlotTaken
from vamt.settings import Settings
from vamt.web.body import read_form
from vamt.web.render import Pages, see_other

HOLD_COOKIE = "hold"
TYPED_COOKIE = "typed"
DAYS_SHOWN = 7


def parse_start(text: str) -> int:
    """An RFC 3339 instant with offset to Unix seconds; raises SlotGone."""
    try:
        instant = datetime.fromisoformat(text.replace(" ", "+"))  # "+" is a blank in a query
        if instant.tzinfo is None or not 2000 <= instant.year <= 2200 or not text.isprintable():
            raise ValueError  # without the years, an offset leads out of what datetime can say
        return int(instant.timestamp())
    except (ValueError, OverflowError):
        raise SlotGone() from None


@dataclass(frozen=True, slots=True)
class SlotLists:
    """Words slots for a reader; used by booking and by moving."""

    settings: Settings
    bookings: Bookings

    def label(self, slot: Slot, language: Language) -> str:
        """Day and time of a slot, the day by its nearness where that says more."""
        zone = self.settings.zone
        near = self._near(booking.local_day(slot.start, zone))
        if near is None:
            return language.when(slot.start, zone)
        return f"{language.text(near)}, {language.time(slot.start, zone)}"

    def _near(self, day: date) -> str | None:
        today = booking.local_day(int(self.bookings.clock()), self.settings.zone)
        return {0: N_("Today"), 1: N_("Tomorrow")}.get((day - today).days)

    def items(
        self, slots: list[Slot], language: Language, *, with_day: bool
    ) -> list[dict[str, Any]]:
        """[{start, label, free}] for templates."""
        zone = self.settings.zone
        return [
            {
                "start": datetime.fromtimestamp(slot.start, zone).isoformat(),
                "label": self.label(slot, language)
                if with_day
                else language.time(slot.start, zone),
                "free": slot.free,
            }
            for slot in slots
        ]

    def day_label(self, day: date, language: Language) -> str:
        """ "Heute, Dienstag, 24. November"; the year only where it is another one."""
        zone = self.settings.zone
        today = booking.local_day(int(self.bookings.clock()), zone)
        if day.year == today.year:
            words = language.weekday(day)
        else:
            words = language.day(booking.midnight(day, zone), zone)
        near = self._near(day)
        return f"{language.text(near)}, {words}" if near else words

    async def context(
        self, errand: Service, wanted: str, language: Language, url: str, reads: Sequence[str]
    ) -> dict[str, Any]:
        """Days with slots from the day `wanted` (ISO) on, and where to page to."""
        zone = self.settings.zone
        today = booking.local_day(int(self.bookings.clock()), zone)
        last_day = today + timedelta(days=self.settings.booking.horizon_days - 1)
        try:
            first = min(max(date.fromisoformat(wanted), today), last_day)
        except ValueError:
            first = today
        last = first + timedelta(days=DAYS_SHOWN - 1)
        found = booking.next_days(
            await self.bookings.free(errand.id, first, last, errand.also), zone
        )
        following, previous = last + timedelta(days=1), first - timedelta(days=DAYS_SHOWN)
        context: dict[str, Any] = {
            "service": card(errand, language, reads),
            "days": [
                {
                    "date": day.isoformat(),
                    "label": self.day_label(day, language),
                    "slots": self.items(slots, language, with_day=False),
                }
                for day, slots in found.items()
            ],
            "prev_url": f"{url}from={max(previous, today)}" if first > today else "",
            "next_url": f"{url}from={following}" if following <= last_day else "",
        }
        if not found and (ahead := await self.bookings.next_free(errand.id, errand.also)):
            day = booking.local_day(ahead[0].start, zone)
            context["next_free"] = {
                "label": self.label(ahead[0], language),
                "url": f"{url}from={day}",
            }
        return context


@dataclass(frozen=True, slots=True)
class BookingPages:
    """GET /, /termine, /buchen and their forms."""

    settings: Settings
    pages: Pages
    bookings: Bookings
    links: Links
    lists: SlotLists

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.get("/", self.services),
            web.get("/termine", self.slots),
            web.post("/termine", self.hold),
            web.get("/buchen", self.details),
            web.post("/buchen", self.book),
        ]

    async def services(self, request: web.Request) -> web.Response:
        """Choose a service."""
        language, reads = self.pages.language(request), self.pages.reads(request)
        services = self.bookings.services.values()
        free = {}
        for service in services:
            if ahead := await self.bookings.next_free(service.id):
                when = self.lists.label(ahead[0], language)
                free[service.id] = language.text(N_("next free: %(when)s"), {"when": when})
        return self.pages.page(
            request,
            "index.html",
            services=[card(service, language, reads) for service in services],
            free=free,
            selected=request.query.get("service", ""),
        )

    async def slots(self, request: web.Request) -> web.Response:
        """Choose a time."""
        return await self._slots(request, self._errand(request.query))

    def _errand(self, wish: Mapping[str, str]) -> Service:
        """What she wants: `service`, and further ones in `also`, with commas between."""
        also = [id for id in wish.get("also", "").split(",") if id]
        return self.bookings.errand(wish.get("service", ""), also)

    async def _slots(
        self, request: web.Request, errand: Service, error: VamtError | None = None
    ) -> web.Response:
        language, reads = self.pages.language(request), self.pages.reads(request)
        context = await self.lists.context(
            errand, request.query.get("from", ""), language, f"{slots_url(errand)}&", reads
        )
        context |= self._choice(errand, language, reads)
        if error:
            context["error"] = language.text(error.message, error.params)
        if isinstance(error, SlotTaken):
            context["suggestions"] = self.lists.items(error.slots, language, with_day=True)
        return self.pages.page(
            request,
            "slots.html",
            status=error.status if error else 200,
            action="/termine",
            back_url=f"/?service={errand.id}",
            **context,
        )

    def _choice(self, errand: Service, language: Language, reads: Sequence[str]) -> dict[str, Any]:
        """The chosen errands, each with the way to drop it, and those that can be added."""
        parts = errand.parts or (errand,)
        chosen = [
            (card(part, language, reads), slots_url(*(one for one in parts if one is not part)))
            for part in parts
        ]
        more = [
            (card(one, language, reads), slots_url(*parts, one))
            for one in self.bookings.more(errand)
        ]
        return {"chosen_errands": chosen if errand.parts else [], "more_errands": more}

    async def hold(self, request: web.Request) -> web.Response:
        """Hold the chosen time while she types."""
        form = await read_form(request)
        errand = self._errand(form)
        try:
            if "start" not in form:
                raise Invalid(N_("Please choose a time."), field="start")
            start = parse_start(form["start"])
            held = await self.bookings.hold(errand.id, start, self._held(request), errand.also)
        except (SlotTaken, SlotGone, Invalid) as error:
            return await self._slots(request, errand, error)
        response = see_other("/buchen")
        self._remember(response, held.id)
        return response

    def _remember(self, response: web.Response, held: str) -> None:
        response.set_cookie(
            HOLD_COOKIE,
            self.links.hold_cookie(held),
            httponly=True,
            samesite="Lax",
            secure=self.settings.secure,
            max_age=3600,
            path="/",
        )

    def _held(self, request: web.Request) -> str:
        try:
            return self.links.held(request.cookies.get(HOLD_COOKIE, ""))
        except NotFound:
            return ""

    async def details(self, request: web.Request) -> web.Response:
        """Who are you?"""
        return await self._details(request, self._typed(request), [])

    async def _details(
        self,
        request: web.Request,
        values: dict[str, str],
        problems: list[Invalid],
        error: VamtError | None = None,
    ) -> web.Response:
        id = self._held(request)
        if not id:
            return see_other("/")
        language = self.pages.language(request)
        held = await self.bookings.appointment(id)
        if held.state is not states.Appointment.RESERVED and held.email:
            return see_other(f"/termin/{self.links.token(held.id)}")
        errand = self.bookings.errand_of(held)
        spoken, reads = self.bookings.spoken(errand), self.pages.reads(request)
        now, zone = int(self.bookings.clock()), self.settings.zone
        left = max(0, (held.hold_until or 0) - now)
        return self.pages.page(
            request,
            "details.html",
            status=422 if problems else error.status if error else 200,
            service=card(errand, language, reads),
            when=language.when(held.start, zone),
            held_until_words=language.time(held.hold_until or now, zone) if left else "",
            held_seconds=left,
            values={"language": next((one for one in reads if one in spoken), ""), **values},
            errors={p.field: language.text(p.message, p.params) for p in problems},
            error=language.text(error.message, error.params) if error else "",
            visit_languages=[
                {"code": code, "name": _both_names(code, language.code)} for code in spoken
            ],
            back_url=f"{slots_url(errand)}&from={booking.local_day(held.start, zone)}",
        )

    async def book(self, request: web.Request) -> web.Response:
        """Confirm the booking."""
        form = await read_form(request)
        values = {key: form.get(key, "")[:2000] for key in ("name", "email", "phone", "language")}
        id = self._held(request)
        if not id:
            raise NotFound(N_("Your reservation has expired. Please choose a time again."))
        person = Person(**values)
        held = await self.bookings.appointment(id)
        if problems := self.bookings.problems(person, self.bookings.errand_of(held)):
            return await self._details(request, values, problems)
        if held.state is states.Appointment.CONFIRMED:  # the button was pressed twice
            return see_other(f"/termin/{self.links.token(held.id)}?neu=1")
        try:
            booked = await self.bookings.confirm(id, person)
        except (SlotTaken, SlotGone) as error:
            response = await self._slots(request, self.bookings.errand_of(held), error)
            self._keep_typed(response, values)
            return response
        except VamtError as error:
            if error.status >= 500 or isinstance(error, NotFound):
                raise
            return await self._details(request, values, [], error)
        response = see_other(f"/termin/{self.links.token(booked.id)}?neu=1")
        self._remember(response, booked.id)  # pressing "back" leads to the booking, not to a form
        response.del_cookie(TYPED_COOKIE, path="/buchen", secure=self.settings.secure)
        return response

    def _keep_typed(self, response: web.Response, values: dict[str, str]) -> None:
        """What she typed waits in her own browser until she has chosen another time."""
        text = base64.urlsafe_b64encode(msgspec.json.encode(values)).decode()
        if len(text) < 3500:  # browsers drop cookies above 4096
            response.set_cookie(
                TYPED_COOKIE,
                text,
                httponly=True,
                samesite="Lax",
                secure=self.settings.secure,
                max_age=3600,
                path="/buchen",
            )

    def _typed(self, request: web.Request) -> dict[str, str]:
        try:
            text = base64.urlsafe_b64decode(request.cookies.get(TYPED_COOKIE, ""))
            return msgspec.json.decode(text, type=dict[str, str])
        except ValueError:  # none, or broken
            return {}


def slots_url(*errands: Service) -> str:
    """The page of times for these errands, or of all errands when there is none."""
    parts = [one for errand in errands for one in errand.parts or (errand,)]
    if not parts:
        return "/"
    query = {"service": parts[0].id, "also": ",".join(one.id for one in parts[1:])}
    return "/termine?" + urlencode({key: value for key, value in query.items() if value}, safe=",")


def _both_names(code: str, reader: str) -> str:
    own, told = language_name(code, code), language_name(code, reader)
    own = own[0].upper() + own[1:]
    return own if own == told else f"{own} ({told})"
