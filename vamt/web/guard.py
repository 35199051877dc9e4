"""Middlewares: errors become pages or the one JSON shape, headers harden, forgery is refused.

Cross-site requests are told by Sec-Fetch-Site, in older browsers by Origin
(https://web.dev/articles/fetch-metadata); no tokens in forms.
"""

import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from vamt.allowance import Allowances
from vamt.errors import N_, NotAllowed, NotFound, ProtocolError, UserError, VamtError
from vamt.services.ports import Clock
from vamt.settings import Settings
from vamt.signalling import error_shape
from vamt.web.render import LANG_COOKIE, Pages, local, see_other

log = structlog.get_logger()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # the link's token must not travel to other hosts
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(self), microphone=(self), display-capture=(self), geolocation=()"
    ),
}
YEAR = 365 * 86400


class TooLarge(UserError):
    """The request's body is larger than any honest one."""

    status = 413
    key = "too_large"
    default_message = N_("That is more text than we can take. Please shorten it.")


class Guard:
    """The middlewares of one town."""

    def __init__(self, pages: Pages, settings: Settings, clock: Clock) -> None:
        self._pages = pages
        self._secure = settings.secure
        self._trusted = frozenset(settings.server.trusted_proxies)
        self._per_minute = settings.server.changes_per_minute
        self._clock = clock
        self._changes = Allowances(self._per_minute, self._per_minute / 60)

    def middlewares(self) -> list[Any]:
        """In order, outermost first."""
        return [self.headers, self.errors, self.language, self.same_site, self.pace]

    @web.middleware
    async def headers(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Security headers, and one log line a request that names the route, never the link."""
        begun = time.perf_counter()
        response = await handler(request)
        if not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            if self._secure:
                response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
        resource = request.match_info.route.resource
        log.debug(
            "request",
            method=request.method,
            route=resource.canonical if resource else "-",
            status=response.status,
            ms=round((time.perf_counter() - begun) * 1000, 1),
        )
        return response

    @web.middleware
    async def errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Every error ends here, as a page or as JSON, never as a stack trace."""
        try:
            return await handler(request)
        except VamtError as error:
            if isinstance(error, NotAllowed):
                log.warning("not allowed", why=error.reason)
            return self._answer(request, error)
        except web.HTTPRequestEntityTooLarge:
            return self._answer(request, TooLarge())
        except web.HTTPNotFound:
            return self._answer(
                request, NotFound(N_("Perhaps the address is mistyped, or the link is incomplete."))
            )
        except web.HTTPMethodNotAllowed as refused:
            response = self._answer(request, ProtocolError(status=405))
            response.headers["Allow"] = refused.headers["Allow"]
            return response
        except web.HTTPException as refused:
            return self._answer(request, ProtocolError(status=refused.status))
        except Exception:
            resource = request.match_info.route.resource
            log.exception("request failed", route=resource.canonical if resource else "-")
            return self._answer(request, VamtError())

    def _answer(self, request: web.Request, error: VamtError) -> web.Response:
        if request.path.startswith("/api/"):
            language = self._pages.language(request).code
            shape = error_shape(error, self._pages.languages, language)
            return web.json_response(shape, status=error.status)
        return self._pages.failure(request, error)

    @web.middleware
    async def language(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """?lang=xx is remembered in a cookie and taken out of the address."""
        wish = request.query.get("lang")
        if wish is None or request.method != "GET" or request.path.startswith("/api/"):
            return await handler(request)
        response = see_other(local(str(request.rel_url.without_query_params("lang"))))
        if wish in self._pages.languages:
            response.set_cookie(
                LANG_COOKIE, wish, max_age=YEAR, samesite="Lax", secure=self._secure, path="/"
            )
        return response

    @web.middleware
    async def same_site(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse changes that another site's page makes the browser send."""
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            site = request.headers.get("Sec-Fetch-Site")
            origin = request.headers.get("Origin")
            foreign = site not in ("same-origin", "none") if site else False
            if site is None and origin is not None:
                foreign = _host(origin) != request.host
            if foreign:
                raise NotAllowed(f"cross-site {request.method} from {origin!r}")
        return await handler(request)

    @web.middleware
    async def pace(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Nobody books, holds or moves faster than people do; raises TooFast."""
        changes = request.method not in ("GET", "HEAD", "OPTIONS")
        if changes and self._per_minute and not request.path.startswith("/socket.io/"):
            self._changes.spend(client_address(request, self._trusted), self._clock())
        return await handler(request)


def client_address(request: web.Request, trusted: Collection[str]) -> str:
    """Who is asking. A proxy's word (its last one) counts only when the settings trust it."""
    remote = request.remote or ""
    if remote in trusted:
        return request.headers.get("X-Forwarded-For", remote).rpartition(",")[2].strip()
    return remote


def _host(origin: str) -> str:
    """Host and port of an Origin header; '' when it is "null" or broken."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
