"""The page behind the booking link: one page for the whole day, and its few forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from vamt import forms, rooms, states
from vamt.boards import Boards
from vamt.booking import Appointment
from vamt.errand_words import card
from vamt.errors import N_, Invalid, VamtError
from vamt.i18n import Language, direction
from vamt.ical import calendar_entry
from vamt.seats import Links, Seat, Seats
from vamt.services.bookings import Bookings, SlotGone, SlotTaken
from vamt.services.office import Office
from vamt.services.ports import Store
from vamt.settings import Settings
from vamt.web.body import read_form
from vamt.web.booking_pages import SlotLists, parse_start
from vamt.web.door import Door, Expired, check_link
from vamt.web.qr import qr_code
from vamt.web.render import Pages, script_json, see_other
from vamt.web.town_pages import Pictures


@dataclass(frozen=True, slots=True)
class CitizenPages:
    """GET /termin/{token} and everything below it."""

    settings: Settings
    pages: Pages
    bookings: Bookings
    office: Office
    boards: Boards
    store: Store
    links: Links
    seats: Seats
    lists: SlotLists
    pictures: Pictures
    door: Door

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.get("/termin/{token}", self.page),
            web.post("/termin/{token}/angaben", self.give),
            web.get("/termin/{token}/kalender.ics", self.calendar),
            web.get("/termin/{token}/handy.svg", self.qr),
            web.get("/termin/{token}/verschieben", self.other_slots),
            web.post("/termin/{token}/verschieben", self.move),
            web.get("/termin/{token}/absagen", self.ask_cancel),
            web.post("/termin/{token}/absagen", self.cancel),
        ]

    async def _mine(self, request: web.Request) -> Appointment:
        """The appointment of the link; raises NotFound, Expired, Conflict."""
        mine = await self.bookings.appointment(self.links.appointment(request.match_info["token"]))
        check_link(mine, self.settings, self.bookings.clock())
        return mine

    def _language(self, request: web.Request, mine: Appointment) -> Language:
        return self.pages.language(request, mine.language)

    def _url(self, request: web.Request, suffix: str = "") -> str:
        return f"/termin/{request.match_info['token']}{suffix}"

    async def page(self, request: web.Request) -> web.Response:
        """The page for the whole day."""
        try:
            mine = await self._mine(request)
        except Expired:
            if await self._left_papers(request):
                return see_other(self._url(request, "/papiere"))
            raise
        return await self._page(request, mine)

    async def _left_papers(self, request: web.Request) -> bool:
        """Whether there is still something for her behind a link that has expired."""
        mine = await self.bookings.appointment(self.links.appointment(request.match_info["token"]))
        over = mine.state is not states.Appointment.FINISHED
        if over or self.bookings.clock() >= self.door.until(mine):
            return False
        async with self.store.read() as tx:
            return bool(await self.boards.outcome(tx, mine))

    async def _page(
        self,
        request: web.Request,
        mine: Appointment,
        error: VamtError | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> web.Response:
        language = self._language(request, mine)
        async with self.store.read() as tx:
            scene = await self.boards.scene(tx)
            state = await self.boards.citizen(tx, scene, mine, language.code)
        for field in state.fields:
            field.value = (typed or {}).get(field.key, field.value)[: forms.VALUE_LENGTH]
        wrong = error.field if isinstance(error, Invalid) else ""
        epoch = int(self.bookings.clock() * 1000)
        seat = Seat(rooms.CITIZEN, mine.id, epoch, language.code)
        boot: dict[str, Any] = {
            "seat": self.seats.issue(seat),
            "epoch": epoch,
            "state": state,
            "pictures": self.pictures.listed(language.code),
            "link": f"{self.settings.public_url}{self._url(request)}",
            "qr_url": self._url(request, "/handy.svg"),
            "move_url": self._url(request, "/verschieben"),
            "cancel_url": self._url(request, "/absagen"),
            "ics_url": self._url(request, "/kalender.ics"),
            "line_url": self._url(request, "/leitung"),
            "papers_url": self._url(request),
            "documents_url": self._url(request, "/dokumente"),
            "fees_url": self._url(request, "/gebuehr"),
            "phone": self.settings.town.phone,
            "town": self.settings.town.name,
            "just_booked": "neu" in request.query,
        }
        return self.pages.page(
            request,
            "citizen.html",
            language=language,
            status=error.status if error else 200,
            state=state,
            texts_dir=direction(state.texts),
            boot=boot,
            boot_json=script_json(boot),
            give_url=self._url(request, "/angaben"),
            error=language.text(error.message, error.params) if error else "",
            error_field=wrong if wrong in {field.key for field in state.fields} else "",
            **{key: boot[key] for key in boot if key.endswith("_url") or key == "link"},
            papers_until=language.day(self.door.until(mine) - 1, self.settings.zone),
            pictures=boot["pictures"],
            phone=boot["phone"],
            just_booked=boot["just_booked"],
        )

    async def give(self, request: web.Request) -> web.Response:
        """Her data, sent by the form without JavaScript."""
        mine = await self._mine(request)
        form = await read_form(request)
        try:
            await self.office.give(mine.id, form)
        except Invalid as error:
            return await self._page(request, mine, error, form)
        return see_other(self._url(request))

    async def refused(
        self, request: web.Request, mine: Appointment, error: VamtError
    ) -> web.Response:
        """Her page, with what was wrong with what she has sent."""
        return await self._page(request, mine, error)

    async def calendar(self, request: web.Request) -> web.Response:
        """The calendar entry."""
        mine = await self._mine(request)
        language = self._language(request, mine)
        body = self.entry(mine, language, request.match_info["token"])
        return web.Response(
            body=body,
            content_type="text/calendar",
            charset="utf-8",
            headers={
                "Content-Disposition": 'attachment; filename="termin.ics"',
                "Cache-Control": "no-store",
            },
        )

    def entry(self, mine: Appointment, language: Language, token: str) -> bytes:
        """The RFC 5545 text for this appointment."""
        reads = self.pages.languages.reads(language, mine.language)
        shown = card(self.bookings.errand_of(mine), language, reads)
        name = shown.name
        link = f"{self.settings.public_url}/termin/{token}"
        papers = "\n".join(f"- {paper}" for paper in shown.papers)
        return calendar_entry(
            mine,
            summary=f"{name} – {self.settings.town.full_name or self.settings.town.name}",
            description=f"{link}\n\n{papers}".strip(),
            location=language.text(N_("by video, in your browser")),
            url=link,
            zone=self.settings.zone,
            host=self.settings.public_url.split("://")[-1].split(":")[0],
            now=self.bookings.clock(),
            reminder=name,
        )

    async def qr(self, request: web.Request) -> web.Response:
        """The link as a QR code: go on with the phone."""
        await self._mine(request)
        return qr_code(f"{self.settings.public_url}{self._url(request)}")

    async def other_slots(self, request: web.Request) -> web.Response:
        """Choose another time."""
        return await self._other_slots(request, await self._mine(request))

    async def _other_slots(
        self, request: web.Request, mine: Appointment, error: VamtError | None = None
    ) -> web.Response:
        if not states.APPOINTMENT.allows(mine.state, states.AppointmentEvent.MOVE):
            raise states.Illegal(N_("This appointment can no longer be moved."))
        language = self._language(request, mine)
        errand = self.bookings.errand_of(mine)
        reads = self.pages.languages.reads(language, mine.language)
        url = self._url(request, "/verschieben?")
        context = await self.lists.context(
            errand, request.query.get("from", ""), language, url, reads
        )
        if error:
            context["error"] = language.text(error.message, error.params)
        if isinstance(error, SlotTaken):
            context["suggestions"] = self.lists.items(error.slots, language, with_day=True)
        return self.pages.page(
            request,
            "slots.html",
            language=language,
            status=error.status if error else 200,
            moving=True,
            action=self._url(request, "/verschieben"),
            back_url=self._url(request),
            **context,
        )

    async def move(self, request: web.Request) -> web.Response:
        """Move to another time."""
        mine = await self._mine(request)
        form = await read_form(request)
        try:
            if "start" not in form:
                raise Invalid(N_("Please choose a time."), field="start")
            await self.bookings.move(mine.id, parse_start(form["start"]))
        except (SlotTaken, SlotGone, Invalid) as error:
            return await self._other_slots(request, mine, error)
        return see_other(self._url(request, "?neu=1"))

    async def ask_cancel(self, request: web.Request) -> web.Response:
        """Really cancel?"""
        mine = await self._mine(request)
        if mine.state is states.Appointment.CANCELLED:
            return see_other(self._url(request))
        if not states.APPOINTMENT.allows(mine.state, states.AppointmentEvent.CANCEL):
            raise states.Illegal(N_("This appointment can no longer be cancelled."))
        language = self._language(request, mine)
        return self.pages.page(
            request,
            "cancel.html",
            language=language,
            service=card(
                self.bookings.errand_of(mine),
                language,
                self.pages.languages.reads(language, mine.language),
            ),
            when=language.when(mine.start, self.settings.zone),
            action=self._url(request, "/absagen"),
            back_url=self._url(request),
        )

    async def cancel(self, request: web.Request) -> web.Response:
        """Cancel."""
        mine = await self._mine(request)
        await self.bookings.cancel(mine.id)
        return see_other(self._url(request))
