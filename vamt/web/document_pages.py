"""Documents: sent, shown as pictures made here, and fetched as files. For the two of the visit."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from vamt.booking import Appointment
from vamt.documents import FILE_SIZE, MOST_FILES, Document, Unfit
from vamt.errors import N_, NotAllowed, NotFound, UserError, VamtError
from vamt.rooms import Clerk
from vamt.seats import Links
from vamt.services.bookings import Bookings
from vamt.services.documents import FILE, Documents, preview
from vamt.settings import Settings
from vamt.signalling import error_shape
from vamt.uploads.line import Line
from vamt.web.attachment import attachment
from vamt.web.body import read_files
from vamt.web.citizen_pages import CitizenPages
from vamt.web.door import Door, check_link
from vamt.web.render import Pages, see_other

Keep = Callable[[str, bytes], Awaitable[str]]  # name, content -> id


class NoDocument(UserError):
    """Nothing was sent."""

    status = 422
    key = "no_file"
    default_message = N_("Please choose a file first.")


@dataclass(frozen=True, slots=True)
class DocumentPages:
    """`/termin/{token}/dokumente` and `/amt/dokumente/{appointment}`."""

    settings: Settings
    pages: Pages
    documents: Documents
    bookings: Bookings
    links: Links
    citizen: CitizenPages
    door: Door
    me: Callable[[web.Request], Awaitable[Clerk | None]]  # the clerk who is signed in
    line: Line = field(default_factory=Line)

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        hers, desk = "/termin/{token}/dokumente", "/amt/dokumente/{appointment}"
        return [
            web.post(hers, self.bring),
            web.get(hers + "/{id}", self.file_for_citizen, allow_head=False),
            web.get(hers + r"/{id}/{page:[1-8]}.jpg", self.page_for_citizen, allow_head=False),
            web.post(desk, self.hand),
            web.get(desk + "/{id}", self.file_for_desk, allow_head=False),
            web.get(desk + r"/{id}/{page:[1-8]}.jpg", self.page_for_desk, allow_head=False),
        ]

    # --- the citizen

    async def bring(self, request: web.Request) -> web.Response:
        """Her files, from the page's script or from its plain form."""
        mine = await self._mine(request)
        keep: Keep = lambda name, data: self.documents.bring(mine.id, name, data)  # noqa: E731
        if _wants_json(request):
            return await self._as_json(request, keep, mine.id, mine.language)
        try:
            await self._take(request, keep, mine.id)
        except UserError as error:
            return await self.citizen.refused(request, mine, error)
        return see_other(f"/termin/{request.match_info['token']}#documents")

    async def file_for_citizen(self, request: web.Request) -> web.Response:
        """The file, to be saved; after the visit it asks for its code."""
        mine = await self._appointment(request)
        if asked := self.door.ask(request, mine):
            return asked
        return _file(*await self.documents.for_citizen(mine.id, request.match_info["id"], FILE))

    async def page_for_citizen(self, request: web.Request) -> web.Response:
        """The picture of a page."""
        mine, info = await self._appointment(request), request.match_info
        if asked := self.door.ask(request, mine):
            return asked
        part = preview(int(info["page"]))
        return _picture(request, (await self.documents.for_citizen(mine.id, info["id"], part))[1])

    async def _mine(self, request: web.Request) -> Appointment:
        mine = await self._appointment(request)
        check_link(mine, self.settings, self.bookings.clock())
        return mine

    async def _appointment(self, request: web.Request) -> Appointment:
        return await self.bookings.appointment(self.links.appointment(request.match_info["token"]))

    # --- the clerk

    async def hand(self, request: web.Request) -> web.Response:
        """Files for the person in the visit."""
        clerk, person = await self._clerk(request), request.match_info["appointment"]
        keep: Keep = lambda name, data: self.documents.hand(clerk, person, name, data)  # noqa: E731
        return await self._as_json(request, keep, clerk)

    async def file_for_desk(self, request: web.Request) -> web.Response:
        """The file, to be saved."""
        clerk, info = await self._clerk(request), request.match_info
        return _file(*await self.documents.for_desk(clerk, info["appointment"], info["id"], FILE))

    async def page_for_desk(self, request: web.Request) -> web.Response:
        """The picture of a page."""
        clerk, info = await self._clerk(request), request.match_info
        part = preview(int(info["page"]))
        _, jpeg = await self.documents.for_desk(clerk, info["appointment"], info["id"], part)
        return _picture(request, jpeg)

    async def _clerk(self, request: web.Request) -> str:
        me = await self.me(request)
        if me is None:
            raise NotAllowed("a document without a session")
        return me.id

    # --- both

    async def _as_json(
        self, request: web.Request, keep: Keep, sender: str, preferred: str = ""
    ) -> web.Response:
        language = self.pages.language(request, preferred).code
        try:
            ids = await self._take(request, keep, sender)
        except VamtError as error:
            shape = error_shape(error, self.pages.languages, language)
            return web.json_response(shape, status=error.status)
        return web.json_response({"ok": True, "ids": ids})

    async def _take(self, request: web.Request, keep: Keep, sender: str) -> list[str]:
        """Keep the files of a form one after the other; returns their ids.

        Raises NoDocument when there is none, Unfit for one that is too large, Busy when there is
        no room for it, and what `keep` raises.
        """
        ids = []
        with self.line.place(sender) as place:
            async for name, data in read_files(
                request,
                FILE_SIZE,
                too_large=Unfit("size"),
                no_form=NoDocument,
                count=place.grow,
            ):
                ids.append(await keep(name, data))
                place.empty()
                if len(ids) >= MOST_FILES:
                    break
        if not ids:
            raise NoDocument()
        return ids


def _wants_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _file(document: Document, data: bytes) -> web.Response:
    return attachment(data, document.media, document.file_name)


def _picture(request: web.Request, jpeg: bytes) -> web.Response:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise NotFound()  # no other page may show it
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return web.Response(body=jpeg, content_type="image/jpeg", headers=headers)
