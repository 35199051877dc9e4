"""Try STUN and TURN servers as a browser does: get a relay with a real password and pass a
datagram through it, by UDP, TCP and TLS; say in words why not.

The datagram goes to the relay's own address and comes back from there. That is the way two people
meet who both need the relay, and what a server cannot do that denies its own address as a peer.
"""

import asyncio
import contextlib
import re
import secrets
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import structlog
from aioice import stun
from aioice.turn import create_turn_endpoint

from vamt.certificates import why_refused
from vamt.errors import N_
from vamt.findings import Finding
from vamt.turn.credentials import IceServers

log = structlog.get_logger()

PATIENCE = 6.0  # seconds for one address; a good one takes milliseconds
AGAIN = 0.3  # seconds until a datagram that has not come back is sent again
EVERY = 12 * 3600.0  # seconds between two tests ...
AFTER_FAILURE = 600.0  # ... and after one that failed

ADDRESS = re.compile(
    r"(?P<scheme>stuns?|turns?):(?P<host>\[[^]]+\]|[^:?]+)(:(?P<port>\d+))?(\?transport=(?P<by>\w+))?"
)
PORTS = {"stun": 3478, "turn": 3478, "turns": 5349, "stuns": 5349}

PASSED = N_("A relay was given and passed a datagram on in %(ms)s ms.")
ANSWERED = N_("The server answered in %(ms)s ms.")
UNKNOWN_HOST = N_("The name %(host)s is not known. Correct it, or make the DNS entry.")
REFUSED = N_("Nothing listens on port %(port)s of %(host)s. Start the server, open the firewall.")
SILENT = N_(
    "No answer from %(host)s, port %(port)s by %(by)s. Is the server running, and does the "
    "firewall let it through?"
)
UNREACHABLE = N_("%(host)s, port %(port)s cannot be reached: %(why)s.")
WRONG_SECRET = N_(
    "The server refuses our password. The secrets on both sides differ, or the clocks do."
)
FULL = N_("The server gives no more relays to us (%(why)s). Raise its quotas and its port range.")
REFUSES = N_("The server refuses: %(why)s.")
NO_MEETING = N_(
    "The server gives relays but denies its own address as a peer, so two people who both need it "
    "do not meet. Allow that address (coturn: allowed-peer-ip=%(relay)s)."
)
NOTHING_PASSES = N_(
    "A relay was given at %(relay)s, but nothing comes through. Are the UDP ports of the relays "
    "open, and is the public address (external_ip) right?"
)


class _Ear(asyncio.DatagramProtocol):
    """Hears what comes out of a relay."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes | Exception] = asyncio.Queue()
        self.gone = asyncio.Event()

    def datagram_received(self, data: bytes | str, addr: Any) -> None:
        self.heard.put_nowait(data if isinstance(data, bytes) else data.encode())

    def error_received(self, exc: Exception) -> None:
        self.heard.put_nowait(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()


class _StunClient(asyncio.DatagramProtocol):
    """Asks one server for our address."""

    def __init__(self) -> None:
        self.transaction: stun.Transaction | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def send_stun(self, message: stun.Message, addr: tuple[str, int]) -> None:
        self.transport.sendto(bytes(message))

    def datagram_received(self, data: bytes | str, addr: Any) -> None:
        with contextlib.suppress(ValueError):
            message = stun.parse_message(data if isinstance(data, bytes) else data.encode())
            if self.transaction is not None:
                self.transaction.response_received(message, addr)

    def error_received(self, exc: Exception) -> None:
        """Refused for now; the next try may do better."""


async def ask_stun(host: str, port: int) -> None:
    """A STUN Binding over UDP; returns when it was answered. Raises OSError."""
    loop = asyncio.get_running_loop()
    transport, client = await loop.create_datagram_endpoint(_StunClient, remote_addr=(host, port))
    try:
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        client.transaction = stun.Transaction(request, (host, port), client)
        await client.transaction.run()
    finally:
        transport.close()


async def pass_through(
    host: str, port: int, by: str, user: str, password: str, context: ssl.SSLContext | None
) -> None:
    """Get a relay and pass a datagram through it; raises _NoRelay, OSError, TransactionError."""
    relay, ear = await create_turn_endpoint(
        _Ear,
        (host, port),
        user,
        password,
        ssl=context if by == "tls" else None,
        transport="udp" if by == "udp" else "tcp",
    )
    own = relay.get_extra_info("sockname")
    try:
        word = secrets.token_bytes(16)
        for _ in range(8):
            relay.sendto(word, own)
            with contextlib.suppress(TimeoutError):
                heard = await asyncio.wait_for(ear.heard.get(), AGAIN)
                if heard == word:
                    return
                if isinstance(heard, stun.TransactionFailed) and heard.response.error_code == 403:
                    raise _NoRelay(NO_MEETING, {"relay": own[0]})
                if isinstance(heard, Exception):
                    raise heard
        raise _NoRelay(NOTHING_PASSES, {"relay": f"{own[0]}:{own[1]}"})
    finally:
        relay.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ear.gone.wait(), 1)


class _NoRelay(Exception):
    """A relay that is of no use: the text and its params."""


@dataclass(frozen=True, slots=True)
class Address:
    """A stun:, turn: or turns: address taken apart."""

    url: str
    scheme: str
    host: str
    port: int
    by: str  # udp | tcp | tls

    @classmethod
    def of(cls, url: str) -> "Address":
        """Take it apart; raises ValueError."""
        found = ADDRESS.fullmatch(url)
        if found is None:
            raise ValueError(url)
        scheme = found["scheme"]
        port = int(found["port"] or PORTS[scheme])
        by = "tls" if scheme in ("turns", "stuns") else found["by"] or "udp"
        return cls(url, scheme, found["host"].strip("[]"), port, by)


async def try_address(
    url: str, user: str = "", password: str = "", context: ssl.SSLContext | None = None
) -> Finding:
    """Try one address; always returns, after PATIENCE at the latest."""
    at = Address.of(url)
    facts: dict[str, Any] = {"host": at.host, "port": at.port, "by": at.by.upper()}
    if at.by == "tls":
        context = context or ssl.create_default_context()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    try:
        async with asyncio.timeout(PATIENCE):
            if at.scheme == "stun":
                await ask_stun(at.host, at.port)
            else:
                await pass_through(at.host, at.port, at.by, user, password, context)
    except Exception as error:
        text, more = _why(error)
        return Finding("turn", "fail", text, facts | more, url)
    ms = round((loop.time() - begun) * 1000)
    return Finding("turn", "ok", ANSWERED if at.scheme == "stun" else PASSED, {"ms": ms}, url)


def _why(error: Exception) -> tuple[str, dict[str, str]]:
    """Why it failed: a text and its further params."""
    match error:
        case _NoRelay():
            return error.args[0], error.args[1]
        case stun.TransactionFailed():
            code, reason = error.response.attributes.get("ERROR-CODE", (0, "?"))
            why = {"why": f"{code} {reason}"}
            if code in (401, 441):
                return WRONG_SECRET, {}
            return FULL if code in (486, 508) else REFUSES, why
        case TimeoutError() | stun.TransactionTimeout():
            return SILENT, {}
        case ssl.SSLError():
            return why_refused(error)
        case socket.gaierror():
            return UNKNOWN_HOST, {}
        case ConnectionRefusedError():
            return REFUSED, {}
        case OSError():
            return UNREACHABLE, {"why": error.strerror or str(error)}
    log.error("relay test stumbled", exc_info=error)
    return UNREACHABLE, {"why": type(error).__name__}


async def try_servers(
    servers: Sequence[Mapping[str, Any]], context: ssl.SSLContext | None = None
) -> list[Finding]:
    """Try every address of RTCIceServer dictionaries, all at once."""
    tries = [
        try_address(url, server.get("username", ""), server.get("credential", ""), context)
        for server in servers
        for url in server["urls"]
    ]
    return list(await asyncio.gather(*tries))


@dataclass(slots=True)
class SelfTest:
    """Tests the town's relay at the start and every twelve hours; keeps the last result."""

    ice: IceServers
    clock: Callable[[], float]
    ready: Callable[[], Awaitable[object]]  # returns when there is something to test
    context: ssl.SSLContext | None = None
    found: list[Finding] = field(default_factory=list)
    at: float | None = None  # when that was

    async def once(self) -> list[Finding]:
        """Test now."""
        servers = self.ice("self-test", "server", int(self.clock() * 1000))
        self.found = await try_servers(servers, self.context)
        self.at = self.clock()
        for one in self.found:
            if one.level == "fail":
                log.warning("relay test failed", url=one.about, why=one.words)
        return self.found

    async def run(self) -> None:
        """Test for ever."""
        while True:
            await self.ready()
            good = all(one.level == "ok" for one in await self.once())
            await asyncio.sleep(EVERY if good else AFTER_FAILURE)
