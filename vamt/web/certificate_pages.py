"""A certificate is issued, a form of the town's filled in. By HTTP, since making and sealing one
takes seconds: on the socket every other request of the desk would stand in line behind it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from vamt.errors import N_, UserError, VamtError
from vamt.rooms import Clerk
from vamt.services.issuing import Issuing
from vamt.signalling import error_shape
from vamt.web.render import Pages


@dataclass(frozen=True, slots=True)
class CertificatePages:
    """POST /amt/bescheinigung/{service} and /amt/formular/{service}."""

    pages: Pages
    issuing: Issuing
    me: Callable[[web.Request], Awaitable[Clerk | None]]  # the clerk who is signed in

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.post("/amt/bescheinigung/{service}", self.issue),
            web.post("/amt/formular/{service}", self.fill),
        ]

    async def issue(self, request: web.Request) -> web.Response:
        """Make the certificate of the person at this desk; JSON with its id as a document."""
        return await self._made(request, self.issuing.issue)

    async def fill(self, request: web.Request) -> web.Response:
        """The same with the town's own PDF form."""
        return await self._made(request, self.issuing.fill)

    async def _made(
        self, request: web.Request, make: Callable[[str, str], Awaitable[str]]
    ) -> web.Response:
        try:
            me = await self.me(request)
            if me is None:
                raise UserError(N_("Please sign in again."), key="signed_out", status=401)
            id = await make(me.id, request.match_info["service"])
        except VamtError as error:
            language = self.pages.language(request).code
            shape = error_shape(error, self.pages.languages, language)
            return web.json_response(shape, status=error.status)
        return web.json_response({"ok": True, "id": id})
