"""The self-test says of each address whether it relays, and if not, why."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.turn.clients import running
from tests.turn.conftest import OVER, Authority, MakeTown, free_port, own_address
from vamt.findings import Finding
from vamt.settings import Settings
from vamt.turn import selftest
from vamt.turn.coturn import Coturn, Relay
from vamt.turn.credentials import IceServers
from vamt.turn.selftest import Address, SelfTest, try_address, try_servers

pytestmark = pytest.mark.usefixtures("coturn_installed")
KEY = b"k" * 32


def ice(town: Settings) -> IceServers:
    return IceServers.of(town, KEY, time.time)


def secret(town: Settings) -> str:
    relay = Relay.of(town, KEY)
    assert relay
    return relay.secret


async def tried(
    town: Settings, context: ssl.SSLContext | None = None
) -> dict[str, tuple[str, str]]:
    """Level and sentence of each address, by its kind."""
    found = await try_servers(ice(town)("v", "clerk", 1), context)
    kinds = {one.about.partition(":")[0] + Address.of(one.about).by: one for one in found}
    return {kind: (one.level, one.words) for kind, one in kinds.items()}


async def test_all_four_ways_are_tried_and_timed(make_town: MakeTown, authority: Authority) -> None:
    certificate, key = authority.issue("good")
    town = make_town(host="localhost", certificate=str(certificate), key=str(key))
    async with running(town, secret(town)):
        found = await tried(town, authority.context)
    assert {kind: level for kind, (level, _) in found.items()} == {
        kind: "ok" for kind in ("stunudp", "turnudp", "turntcp", "turnstls")
    }
    assert found["turntcp"][1].startswith("A relay was given and passed a datagram on in ")
    assert found["turntcp"][1].endswith(" ms.")


async def test_a_wrong_secret_is_told(make_town: MakeTown) -> None:
    town = make_town()
    async with running(town, "another secret"):
        found = await tried(town)
    assert found["stunudp"][0] == "ok"
    for kind in ("turnudp", "turntcp"):
        assert found[kind] == (
            "fail",
            "The server refuses our password. The secrets on both sides differ, or the clocks do.",
        )


async def test_a_blocked_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    refused = await try_address(f"turn:127.0.0.1:{port}?transport=tcp", "u", "p")
    assert (refused.level, refused.words) == (
        "fail",
        f"Nothing listens on port {port} of 127.0.0.1. Start the server, open the firewall.",
    )
    monkeypatch.setattr(selftest, "PATIENCE", 0.3)
    for scheme in ("stun", "turn"):
        silent = await try_address(f"{scheme}:127.0.0.1:{port}", "u", "p")
        assert silent.level == "fail"
        assert silent.words.startswith(f"No answer from 127.0.0.1, port {port} by UDP.")


async def test_a_name_nobody_knows_is_told() -> None:
    found = await try_address("turn:turn.does-not-exist.invalid:3478", "u", "p")
    assert found.words.startswith("The name turn.does-not-exist.invalid is not known.")


@asynccontextmanager
async def web_server() -> AsyncIterator[int]:
    """A server that is no TURN server and answers anything with an error."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.sleep(0.05)


async def test_something_else_on_the_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with web_server() as port:
        with monkeypatch.context() as hurry:
            hurry.setattr(selftest, "PATIENCE", 0.5)
            plain = await try_address(f"turn:127.0.0.1:{port}?transport=tcp", "u", "p")
        tls = await try_address(f"turns:localhost:{port}?transport=tcp", "u", "p")
    assert plain.words.startswith("No answer from 127.0.0.1")
    assert tls.words.startswith(f"Port {port} of localhost does not speak TLS as browsers do")


@pytest.mark.parametrize(
    ("name", "issue", "trusted", "words"),
    [
        ("over", {"dates": OVER}, True, "The certificate of localhost has expired. Renew it."),
        (
            "other",
            {"names": "DNS:other.example"},
            True,
            "The certificate is not for the name localhost.",
        ),
        ("good", {}, False, "Browsers do not trust the certificate of localhost (unable to get"),
    ],
)
async def test_a_certificate_that_browsers_refuse_is_told(
    make_town: MakeTown,
    authority: Authority,
    name: str,
    issue: dict[str, Any],
    trusted: bool,
    words: str,
) -> None:
    certificate, key = authority.issue(name, **issue)
    town = make_town(host="localhost", certificate=str(certificate), key=str(key))
    async with running(town, secret(town)):
        found = await tried(town, authority.context if trusted else None)
    assert found["turnudp"][0] == "ok"
    assert found["turnstls"][0] == "fail" and found["turnstls"][1].startswith(words)


async def test_a_server_that_denies_its_own_address_is_told(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trap of a list of denied peers without an exception for itself."""
    address = own_address()
    monkeypatch.setattr(Coturn, "_fence", lambda self, _: [f"denied-peer-ip={address}"])
    town = make_town(listen=[address], host=address)
    async with running(town, secret(town)):
        found = await tried(town)
    assert found["turnudp"][0] == "fail"
    assert f"allowed-peer-ip={address}" in found["turnudp"][1]


async def test_a_relay_that_passes_nothing_is_told(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The public address is somebody else's: datagrams leave and never come back."""
    monkeypatch.setattr(
        Coturn, "_external", lambda self, _: ["external-ip=127.8.8.8", "relay-ip=127.0.0.1"]
    )
    monkeypatch.setattr(selftest, "AGAIN", 0.05)
    town = make_town()
    async with running(town, secret(town)):
        found = await tried(town)
    assert found["turnudp"][0] == "fail"
    assert found["turnudp"][1].startswith("A relay was given at 127.8.8.8:")


async def test_full_is_told(make_town: MakeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vamt.turn.coturn.USER_QUOTA", 1)
    town = make_town()
    async with running(town, secret(town)):
        (server,) = [one for one in ice(town)("v", "clerk", 1) if "username" in one]
        found = await try_servers([{**server, "urls": server["urls"][:1] * 3}])
    assert [one.words for one in found if "no more relays to us (486" in one.words]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("turn:a.example", ("turn", "a.example", 3478, "udp")),
        ("turn:a.example:80?transport=tcp", ("turn", "a.example", 80, "tcp")),
        ("turns:[2001:db8::1]?transport=tcp", ("turns", "2001:db8::1", 5349, "tls")),
        ("stun:192.0.2.1:3479", ("stun", "192.0.2.1", 3479, "udp")),
    ],
)
def test_addresses_are_taken_apart(url: str, expected: tuple[str, str, int, str]) -> None:
    at = Address.of(url)
    assert (at.scheme, at.host, at.port, at.by) == expected


def test_no_address_is_an_error() -> None:
    with pytest.raises(ValueError):
        Address.of("https://a.example")


class Naps:
    """asyncio.sleep, counted; ends the test's task after some."""

    def __init__(self, count: int) -> None:
        self.taken: list[float] = []
        self.count = count

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        if len(self.taken) == self.count:
            raise asyncio.CancelledError


async def test_it_is_repeated_every_twelve_hours_and_sooner_after_a_failure(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = [
        [Finding("turn", "ok", "fine", {}, "turn:a")],
        [Finding("turn", "ok", "fine", {}, "stun:a"), Finding("turn", "fail", "no", {}, "turn:a")],
    ]

    async def try_them(servers: Any, context: Any = None) -> list[Finding]:
        return results[len(naps.taken)]

    async def at_once() -> None:
        pass

    naps = Naps(2)
    monkeypatch.setattr(selftest, "try_servers", try_them)
    monkeypatch.setattr(selftest.asyncio, "sleep", naps)
    test = SelfTest(ice(make_town()), lambda: 7.0, at_once)
    with pytest.raises(asyncio.CancelledError):
        await test.run()
    assert naps.taken == [12 * 3600, 600]
    assert (test.at, test.found) == (7.0, results[1])
