"""The pictures of an identity check, for the eyes of the clerk at whose desk it goes on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from vamt.errors import NotAllowed, NotFound
from vamt.rooms import Clerk
from vamt.services.checks import Checks


@dataclass(frozen=True, slots=True)
class CheckPages:
    """`/amt/ausweis/…`: from memory, or from the vault; never cached, never without a session."""

    checks: Checks
    me: Callable[[web.Request], Awaitable[Clerk | None]]

    def routes(self) -> list[web.RouteDef]:
        """Where the pictures are."""
        return [
            web.get("/amt/ausweis/{id}/{side:front|back}.jpg", self.seen, allow_head=False),
            web.get("/amt/ausweis/{id}/{side:front|back}/kopie.jpg", self.kept, allow_head=False),
        ]

    async def seen(self, request: web.Request) -> web.Response:
        """The unmasked picture, from the child's memory, while the check is open."""
        side: Literal["front", "back"] = request.match_info["side"]  # type: ignore[assignment]
        clerk = await self._clerk(request)
        return _picture(await self.checks.picture(clerk, request.match_info["id"], side))

    async def kept(self, request: web.Request) -> web.Response:
        """The masked copy, until its key is destroyed."""
        info, clerk = request.match_info, await self._clerk(request)
        return _picture(await self.checks.kept(clerk, info["id"], info["side"]))

    async def _clerk(self, request: web.Request) -> str:
        me = await self.me(request)
        if me is None:
            raise NotAllowed("a picture of a document without a session")
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise NotFound()  # no other page may show it, not even to the clerk herself
        return me.id


def _picture(jpeg: bytes) -> web.Response:
    headers = {
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Disposition": "inline",
    }
    return web.Response(body=jpeg, content_type="image/jpeg", headers=headers)
