"""Our own port, the address people type, its certificate, and the web server in front."""

import errno
import socket
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from vamt.certificates import days_left, judged, why_refused
from vamt.findings import Finding, saying
from vamt.settings import Settings
from vamt.turn.coturn import bracketed
from vamt.turn.selftest import UNKNOWN_HOST

PATIENCE = 10.0  # seconds
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
NOT_LISTENED = {
    errno.EADDRINUSE: "Another program has port %(port)s on %(host)s. "
    "Stop it, or change server.port.",
    errno.EACCES: "We may not use port %(port)s. Take one above 1023, with a web server in front.",
    errno.EADDRNOTAVAIL: "%(host)s is no address of this machine. Correct server.host.",
}
say = saying("web")


def _http(trust: ssl.SSLContext | None = None) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(ssl=trust or True)
    return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=PATIENCE))


async def runs(settings: Settings) -> bool:
    """Whether the service answers on its own port."""
    host = bracketed(ANYWHERE.get(settings.server.host, settings.server.host))
    try:
        async with (
            _http() as http,
            http.get(f"http://{host}:{settings.server.port}/readyz") as answer,
        ):
            return "ok" in await answer.json()
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, TypeError):
        return False


async def check(
    settings: Settings, trust: ssl.SSLContext, running: bool, clock: Callable[[], float]
) -> list[Finding]:
    """All findings."""
    found = [_local(settings, running)]
    if settings.server.public_url:
        found += await _public(settings, trust, running, clock())
    return found


def _local(settings: Settings, running: bool) -> Finding:
    server = settings.server
    facts: dict[str, Any] = {"host": server.host, "port": server.port}
    if running:
        return say("ok", "The service runs on %(host)s, port %(port)s.", **facts)
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((server.host, server.port))
        except OSError as error:
            other = "Cannot listen on %(host)s, port %(port)s: %(why)s."
            text = NOT_LISTENED.get(error.errno or 0, other)
            return say("fail", text, **facts, why=error.strerror)
    text = "The service does not run; its port %(port)s is free. Start it and check again."
    return say("warn", text, **facts)


async def _public(
    settings: Settings, trust: ssl.SSLContext, running: bool, now: float
) -> list[Finding]:
    """From outside, as far as that can be seen from here."""
    url = settings.public_url
    at = urlsplit(url)
    host, port = at.hostname or "", at.port or (443 if settings.secure else 80)
    found = []
    try:
        if settings.secure:
            found.append(judged("web", await days_left(host, port, trust, now), host))
        async with _http(trust) as http:
            async with http.get(f"{url}/healthz") as answer:
                status, body = answer.status, await answer.text()
            if status == 200 and '"ok"' in body:
                found += [say("ok", "%(url)s can be reached.", url=url), await _socket(http, url)]
            elif running:
                text = (
                    "%(url)s answers with status %(status)s, though the service runs. Look at the "
                    "configuration of the web server in front."
                )
                found.append(say("fail", text, url=url, status=status))
            else:
                text = "The web server at %(url)s is there, the service behind it is not."
                found.append(say("warn", text, url=url))
    except (aiohttp.ClientError, OSError) as error:
        text, more = _why(error)
        found.append(say("fail", text, url=url, host=host, port=port, **more))
    return found


async def _socket(http: aiohttp.ClientSession, url: str) -> Finding:
    """Whether the web server in front passes WebSockets on."""
    address = f"{url}/socket.io/?EIO=4&transport=websocket"
    try:
        async with http.ws_connect(address, origin=url) as line:
            opened = await line.receive(timeout=PATIENCE)
            if opened.type is aiohttp.WSMsgType.TEXT:
                return say("ok", "WebSockets pass.")
    except (aiohttp.ClientError, OSError):
        pass
    text = (
        "WebSockets do not pass the web server in front. Add Upgrade and Connection to its "
        "configuration, as install.md shows."
    )
    return say("fail", text)


def _why(error: Exception) -> tuple[str, dict[str, Any]]:
    """Why the public address cannot be reached."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    match cause:
        case ssl.SSLError():
            return why_refused(cause)
        case socket.gaierror():
            return UNKNOWN_HOST, {}
        case ConnectionRefusedError():
            text = (
                "Nothing listens on port %(port)s of %(host)s. Start the web server in front, "
                "open the firewall."
            )
            return text, {}
        case TimeoutError():
            text = (
                "No answer from %(host)s, port %(port)s. Open the firewall. If the address works "
                "from elsewhere, only this machine does not reach it: enter it in /etc/hosts."
            )
            return text, {}
    return "%(url)s cannot be reached from here: %(why)s", {"why": cause}
