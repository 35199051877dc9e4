"""The calendar a clerk subscribes to: the page with her secret link, and the file behind it."""

import asyncio
import hashlib
from dataclasses import dataclass

import msgspec
from aiohttp import web

from vamt.booking import Appointment
from vamt.errand_words import card
from vamt.errors import N_, NotFound
from vamt.ical import Entry, feed
from vamt.seats import Links
from vamt.services.bookings import Bookings
from vamt.services.feeds import Feeds
from vamt.settings import Settings
from vamt.web.admin_pages import Who
from vamt.web.body import read_form
from vamt.web.render import Pages, see_other


@dataclass(frozen=True, slots=True)
class FeedPages:
    """GET and POST /amt/kalender; GET /kalender/{token}.ics."""

    settings: Settings
    pages: Pages
    feeds: Feeds
    bookings: Bookings
    links: Links
    who: Who

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.get("/amt/kalender", self.page),
            web.post("/amt/kalender", self.change),
            web.get("/kalender/{token}.ics", self.calendar),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Her link, if she has one."""
        me = await self.who(request)
        if me is None:
            return see_other("/amt/anmelden")
        if not self.feeds.offered:
            raise NotFound()
        serial = await self.feeds.serial(me.id)
        link = ""
        if serial is not None:
            token = self.links.feed_token(me.id, serial)
            link = f"{self.settings.public_url}/kalender/{token}.ics"
        return self.pages.page(
            request,
            "calendar.html",
            link=link,
            open_link=f"webcal:{link.partition(':')[2]}" if link else "",
            names=self.settings.calendar_feed.names,
        )

    async def change(self, request: web.Request) -> web.Response:
        """A new link, or none any more."""
        me = await self.who(request)
        if me is None:
            return see_other("/amt/anmelden")
        if (await read_form(request)).get("wish") == "off":
            await self.feeds.end(me.id)
        else:
            await self.feeds.make(me.id)
        return see_other("/amt/kalender")

    async def calendar(self, request: web.Request) -> web.Response:
        """The file. Programs ask for it often: what they have already is not sent again."""
        clerk, serial = self.links.feed(request.match_info["token"])
        found = [self._entry(one) for one in await self.feeds.entries(clerk, serial)]
        seen = hashlib.sha256(msgspec.json.encode(found)).hexdigest()[:32]
        headers = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
        asked = request.if_none_match or ()
        if any(tag.value in (seen, "*") for tag in asked):
            response = web.Response(status=304, headers=headers)
        else:
            # in a thread: some thousand appointments take a second
            text = await asyncio.to_thread(self._written, found)
            response = web.Response(
                body=text, content_type="text/calendar", charset="utf-8", headers=headers
            )
        response.etag = seen
        return response

    def _entry(self, one: Appointment) -> Entry:
        """As it stands in the calendar: the errand in the town's language, a name if allowed."""
        language = self.pages.languages.get(self.settings.languages[0])
        try:
            shown = card(self.bookings.errand_of(one), language, (language.code,)).name
        except NotFound:  # no longer offered
            shown = one.service
        name = one.name if self.settings.calendar_feed.names else ""
        return Entry(
            id=one.id,
            start=one.start,
            end=one.end,
            created=one.created,
            summary=": ".join(filter(None, (shown, name))),
        )

    def _written(self, entries: list[Entry]) -> bytes:
        town = self.settings.town
        language = self.pages.languages.get(self.settings.languages[0])
        return feed(
            entries,
            name=language.text(N_("Video office %(town)s"), {"town": town.name}),
            url=f"{self.settings.public_url}/amt",
            zone=self.settings.zone,
            host=self.settings.public_url.split("://")[-1].split(":")[0],
        )
