"""The desk: signing in and out, and the page a clerk works in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from vamt import rooms
from vamt.boards import Boards
from vamt.errors import N_, NotAllowed, VamtError
from vamt.rooms import Clerk
from vamt.seats import Seat, Seats
from vamt.services.clerks import SESSION_HOURS, Clerks, token_hash
from vamt.services.ports import Clock, Store
from vamt.services.signatures import Signatures
from vamt.settings import Settings
from vamt.web import time_pages
from vamt.web.body import read_form
from vamt.web.guard import client_address
from vamt.web.render import Pages, script_json, see_other

SignedOut = Callable[[str, str], Awaitable[None]]  # clerk, hash of the session
ONWARD = ("/verwaltung", time_pages.PATH)  # besides the desk, what sends people to the log-in


@dataclass(frozen=True, slots=True)
class DeskPages:
    """GET /amt and the log-in."""

    settings: Settings
    pages: Pages
    clerks: Clerks
    boards: Boards
    signatures: Signatures
    store: Store
    seats: Seats
    clock: Clock
    signed_out: SignedOut
    demo_clerks: list[dict[str, str]]

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.get("/amt", self.desk),
            web.get("/amt/anmelden", self.ask),
            web.post("/amt/anmelden", self.sign_in),
            web.post("/amt/abmelden", self.sign_out),
            web.get("/amt/unterschrift/{id}.svg", self.signature),
        ]

    @property
    def _cookie(self) -> str:
        return "__Host-vamt" if self.settings.secure else "vamt"

    def _token(self, request: web.Request) -> str:
        token = request.cookies.get(self._cookie, "")
        return token if token.isascii() else ""  # ours are

    async def me(self, request: web.Request) -> Clerk | None:
        """Who is signed in."""
        token = self._token(request)
        return await self.clerks.who(token_hash(token)) if token else None

    async def desk(self, request: web.Request) -> web.Response:
        """The desk, or the log-in first."""
        me = await self.me(request)
        if me is None:
            return see_other("/amt/anmelden")
        language = self.pages.language(request)
        async with self.store.read() as tx:
            scene = await self.boards.scene(tx)
            state = await self.boards.desk(tx, scene, me.id, language.code)
        epoch = int(self.clock() * 1000)
        seat = Seat(rooms.CLERK, me.id, epoch, language.code, token_hash(self._token(request)))
        boot = {
            "seat": self.seats.issue(seat),
            "epoch": epoch,
            "state": state,
            "me": {"id": me.id, "name": me.name},
            "phone": self.settings.town.phone,
            "town": self.settings.town.name,
        }
        return self.pages.page(
            request,
            "desk.html",
            language=language,
            boot=boot,
            boot_json=script_json(boot),
            me={"name": me.name, "times": me.role in time_pages.ROLES},
            calendar=self.settings.calendar_feed.feeds,
            state=state,
        )

    async def signature(self, request: web.Request) -> web.Response:
        """A signature as a picture, for the desk that has asked for it."""
        me = await self.me(request)
        if me is None:
            raise NotAllowed("not signed in")
        name = self.pages.language(request).text(N_("Signature"))
        picture = await self.signatures.picture(me.id, request.match_info["id"], name)
        return web.Response(
            text=picture, content_type="image/svg+xml", headers={"Cache-Control": "no-store"}
        )

    async def ask(self, request: web.Request) -> web.Response:
        """The log-in form."""
        if await self.me(request):
            return see_other("/amt")
        return self._form(request, onward=request.query.get("next", ""))

    def _form(
        self,
        request: web.Request,
        user: str = "",
        error: VamtError | None = None,
        onward: str = "",
    ) -> web.Response:
        language = self.pages.language(request)
        return self.pages.page(
            request,
            "login.html",
            status=error.status if error else 200,
            user=user,
            next=onward if onward in ONWARD else "",
            error=language.text(error.message, error.params) if error else "",
            demo_clerks=self.demo_clerks,
        )

    async def sign_in(self, request: web.Request) -> web.Response:
        """Check the password, set the cookie."""
        form = await read_form(request)
        user = form.get("user", "")[:80]
        try:
            _, token = await self.clerks.sign_in(
                user,
                form.get("password", ""),
                client_address(request, self.settings.server.trusted_proxies),
            )
        except VamtError as error:
            if error.status >= 500:
                raise
            return self._form(request, user, error, form.get("next", ""))
        onward = form.get("next", "")
        response = see_other(onward if onward in ONWARD else "/amt")
        response.set_cookie(
            self._cookie,
            token,
            httponly=True,
            samesite="Lax",
            secure=self.settings.secure,
            max_age=SESSION_HOURS * 3600,
            path="/",
        )
        return response

    async def sign_out(self, request: web.Request) -> web.Response:
        """End the session; the desk's page is told."""
        me = await self.me(request)
        token = self._token(request)
        await self.clerks.sign_out(token)
        if me:
            await self.signed_out(me.id, token_hash(token))
        response = see_other("/amt/anmelden")
        response.del_cookie(self._cookie, path="/", secure=self.settings.secure, httponly=True)
        return response
