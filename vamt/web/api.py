"""The JSON API, version 1. `openapi.py` describes it.

Errors have the one shape `{"ok": false, "error", "message", "status"}`; a taken slot is 409
with `next` free times, a bad field 422 with `field`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from aiohttp import web

from vamt import booking
from vamt.booking import Appointment, Service, Slot
from vamt.errand_words import card
from vamt.errors import N_, Invalid, NotFound, ProtocolError, UserError
from vamt.i18n import Language
from vamt.seats import Links
from vamt.services.bookings import Bookings, Person, SlotTaken
from vamt.settings import Settings
from vamt.web.api_types import AppointmentItem, Booked, NewAppointment, ServiceItem, SlotItem
from vamt.web.body import read_body
from vamt.web.booking_pages import parse_start
from vamt.web.door import check_link
from vamt.web.openapi import openapi
from vamt.web.render import Pages


class Unauthorised(UserError):
    """No or a wrong Bearer token."""

    status = 401
    key = "unauthorised"
    default_message = N_("Please send the token of your booking link.")


@dataclass(frozen=True, slots=True)
class Api:
    """Routes below /api/v1."""

    settings: Settings
    pages: Pages
    bookings: Bookings
    links: Links

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.get("/api/v1/services", self.services),
            web.get("/api/v1/services/{id}/slots", self.slots),
            web.post("/api/v1/appointments", self.book),
            web.get("/api/v1/appointments/{id}", self.show),
            web.delete("/api/v1/appointments/{id}", self.cancel),
            web.get("/api/v1/openapi.json", self.openapi),
        ]

    def _time(self, instant: int) -> str:
        return datetime.fromtimestamp(instant, self.settings.zone).isoformat()

    def _slots(self, slots: list[Slot]) -> list[SlotItem]:
        return [SlotItem(self._time(slot.start), slot.free) for slot in slots]

    async def services(self, request: web.Request) -> web.Response:
        """GET /api/v1/services."""
        language = self.pages.language(request)
        reads = self.pages.reads(request)
        found = self.bookings.services.values()
        return _json([self._service(one, language, reads) for one in found])

    def _service(self, service: Service, language: Language, reads: Sequence[str]) -> ServiceItem:
        shown = card(service, language, reads)
        return ServiceItem(
            id=service.id,
            name=shown.name,
            description=shown.description,
            minutes=service.minutes,
            papers=shown.papers,
            fees=dict(service.fees),
            cost=shown.costs[0].words if shown.costs else "",
            waivers=shown.costs[0].waivers if shown.costs else [],
            steps=list(service.steps),
            identity=service.identity,
            law=list(service.law),
            languages=list(self.bookings.spoken(service)),
            also=[one.id for one in self.bookings.more(service)],
        )

    async def slots(self, request: web.Request) -> web.Response:
        """GET /api/v1/services/{id}/slots?from=&to=&also= (dates; 31 days at most)."""
        today = booking.local_day(int(self.bookings.clock()), self.settings.zone)
        first = _date(request, "from", today)
        last = _date(request, "to", min(first, date.max - timedelta(days=6)) + timedelta(days=6))
        also = request.query.getall("also", [])
        found = await self.bookings.free(request.match_info["id"], first, last, also)
        return _json(self._slots(found))

    async def book(self, request: web.Request) -> web.Response:
        """POST /api/v1/appointments."""
        try:
            wish = msgspec.json.decode(await read_body(request), type=NewAppointment)
        except msgspec.ValidationError as error:
            field = str(error).rpartition("$.")[2].rstrip("`") if "$." in str(error) else ""
            raise Invalid(field=field, extra={"detail": str(error)}) from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ProtocolError(N_("The body is not JSON.")) from None
        person = Person(wish.name, wish.email, wish.phone, wish.language)
        try:
            booked = await self.bookings.book(
                wish.service, parse_start(wish.start), person, wish.also
            )
        except SlotTaken as taken:
            taken.extra["next"] = msgspec.to_builtins(self._slots(taken.slots))
            raise
        link = f"{self.settings.public_url}/termin/{self.links.token(booked.id)}"
        answer = Booked(booked.id, link, self._time(booked.start), self._time(booked.end))
        return _json(answer, status=201)

    async def _mine(self, request: web.Request) -> Appointment:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise Unauthorised()
        try:
            id = self.links.appointment(token.strip())
        except NotFound:
            raise Unauthorised() from None
        if id != request.match_info["id"]:
            raise NotFound()
        mine = await self.bookings.appointment(id)
        check_link(mine, self.settings, self.bookings.clock())
        return mine

    async def show(self, request: web.Request) -> web.Response:
        """GET /api/v1/appointments/{id} with the link's token as Bearer."""
        return _json(self._item(await self._mine(request)))

    async def cancel(self, request: web.Request) -> web.Response:
        """DELETE /api/v1/appointments/{id} with the link's token as Bearer."""
        mine = await self._mine(request)
        return _json(self._item(await self.bookings.cancel(mine.id)))

    def _item(self, mine: Appointment) -> AppointmentItem:
        return AppointmentItem(
            id=mine.id,
            service=mine.service,
            start=self._time(mine.start),
            end=self._time(mine.end),
            state=mine.state,
            name=mine.name,
            email=mine.email,
            phone=mine.phone,
            language=mine.language,
            also=list(mine.also),
        )

    async def openapi(self, request: web.Request) -> web.Response:
        """GET /api/v1/openapi.json."""
        return _json(openapi(self.settings.public_url))


def _json(value: Any, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _date(request: web.Request, key: str, default: date) -> date:
    text = request.query.get(key)
    if text is None:
        return default
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Invalid(N_("Please enter a date."), field=key) from None
    if not 2000 <= found.year <= 2200:
        raise Invalid(N_("Please enter a date."), field=key)
    return found
