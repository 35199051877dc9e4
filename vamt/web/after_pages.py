"""After the visit: her papers by link and code, and what the clerk may still save."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from vamt import states
from vamt.boards import Boards
from vamt.booking import Appointment
from vamt.errors import UserError, VamtError
from vamt.rooms import Clerk
from vamt.seats import Links
from vamt.services.bookings import Bookings
from vamt.services.documents import Documents
from vamt.services.ports import Store
from vamt.web.body import read_form
from vamt.web.door import Door
from vamt.web.render import Pages, see_other

ONWARD = re.compile(
    r"/(dokumente|unterschrift|gebuehr)/[A-Za-z0-9_-]{1,60}(\.pdf|\.png|/bezahlen)?"
)
SHOWN = 100  # visits of a clerk, the newest first


@dataclass(frozen=True, slots=True)
class AfterPages:
    """GET and POST /termin/{token}/papiere, GET /amt/dokumente."""

    pages: Pages
    boards: Boards
    bookings: Bookings
    documents: Documents
    store: Store
    links: Links
    door: Door
    me: Callable[[web.Request], Awaitable[Clerk | None]]  # the clerk who is signed in

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.get("/termin/{token}/papiere", self.papers),
            web.post("/termin/{token}/papiere", self.open),
            web.get("/amt/dokumente", self.visits),
        ]

    # --- the citizen

    async def papers(self, request: web.Request) -> web.Response:
        """Her papers, or the question for the code."""
        return await self._papers(request, await self._mine(request))

    async def open(self, request: web.Request) -> web.Response:
        """The code, typed or sent by the page of the visit."""
        mine = await self._mine(request)
        form = await read_form(request)
        wish = form.get("weiter", "")
        onward = wish if ONWARD.fullmatch(wish) else "/papiere"
        try:
            return self.door.open(request, mine, form.get("code", "")[:40], onward)
        except UserError as error:
            return await self._papers(request, mine, error, wish)

    async def _mine(self, request: web.Request) -> Appointment:
        mine = await self.bookings.appointment(self.links.appointment(request.match_info["token"]))
        self.door.check(mine)
        return mine

    async def _papers(
        self,
        request: web.Request,
        mine: Appointment,
        error: VamtError | None = None,
        wish: str = "",
    ) -> web.Response:
        language = self.pages.language(request, mine.language)
        knows = self.door.knows(request, mine)
        listed: list[Any] = []
        if knows:
            async with self.store.read() as tx:
                listed = await self.boards.outcome(tx, mine)
        return self.pages.page(
            request,
            "papers.html",
            language=language,
            status=error.status if error else 200,
            error=language.text(error.message, error.params) if error else "",
            knows=knows,
            papers=listed,
            base=f"/termin/{request.match_info['token']}",
            onward=wish or request.query.get("weiter", ""),
            until=language.day(self.door.until(mine) - 1, self.pages.settings.zone),
        )

    # --- the clerk

    async def visits(self, request: web.Request) -> web.Response:
        """Her ended visits of which there is something to save."""
        me = await self.me(request)
        if me is None:
            return see_other("/amt/anmelden")
        language, zone = self.pages.language(request), self.pages.settings.zone
        kept = await self.documents.kept(me.id, SHOWN)
        return self.pages.page(
            request,
            "desk_papers.html",
            language=language,
            visits=[
                {
                    "when": language.when(one.appointment.start, zone),
                    "name": one.appointment.name,
                    "service": self.boards.service_name(one.appointment, language.code),
                    "code": self._code(one.appointment),
                    "documents": one.documents,
                    "signed": one.signed,
                    "base": f"/amt/dokumente/{one.appointment.id}",
                }
                for one in kept
            ],
        )

    def _code(self, person: Appointment) -> str:
        """What she may ask for on the telephone, as long as it opens something."""
        over = self.door.clock() >= self.door.until(person)
        if over or person.state is not states.Appointment.FINISHED:
            return ""
        return self.links.code_words(person.id)
