"""The relay: installed, its addresses, its certificate, and whether it relays."""

import asyncio
import ipaddress
import os
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec

from vamt.certificates import SOON, days_in_file, days_left, judged, why_refused
from vamt.findings import Finding, saying
from vamt.settings import KEY_LENGTH, Settings, SettingsError, secret_key
from vamt.turn import coturn, selftest, supervisor
from vamt.turn.coturn import Coturn
from vamt.turn.credentials import IceServers
from vamt.turn.supervisor import Health, Supervisor, obstacle

PATIENCE = 10.0  # seconds until a relay of our own must run
Clock = Callable[[], float]
say = saying("turn")


async def check(
    settings: Settings, trust: ssl.SSLContext, running: bool, clock: Clock
) -> list[Finding]:
    """All findings."""
    try:
        ice = _ice(settings, clock)
    except (OSError, SettingsError) as error:
        return [say("fail", "Not tested, since the key cannot be read: %(why)s", why=error)]
    if not ice.urls and not ice.fixed:
        text = (
            "There is no STUN or TURN server, so most calls between a home and the town hall "
            'fail. Write mode = "child" under [turn].'
        )
        return [say("warn", text)]
    if settings.turn.mode != "child":
        return await _try(ice, trust, clock)
    child = Coturn(settings, ice.secret)
    found = [*_address(child), *_certificate(child, clock())]
    if coturn.program() is None:
        found.append(say("fail", supervisor.TEXTS[Health.ABSENT]))
    if any(one.level == "fail" for one in found):
        return found
    async with _relay(settings, ice.secret, running, clock) as hindrance:
        return [*found, *([hindrance] if hindrance else await _try(ice, trust, clock))]


def _ice(settings: Settings, clock: Clock) -> IceServers:
    """What the browsers are told. While there is no key yet, any will do for the test."""
    exists = (settings.data_folder / "secret.key").exists()
    key = secret_key(settings.data_folder) if exists else bytes(KEY_LENGTH)
    return IceServers.of(settings, key, clock)


async def _try(ice: IceServers, trust: ssl.SSLContext, clock: Clock) -> list[Finding]:
    """Every address, as the self-test does, and how long the certificates last."""
    servers = ice("self-test", "server", int(clock() * 1000))
    found = await selftest.try_servers(servers, trust)
    for one in list(found):
        at = selftest.Address.of(one.about)
        if at.by == "tls" and one.level == "ok":
            found.append(judged("turn", await days_left(at.host, at.port, trust, clock()), at.host))
    return found


def _address(child: Coturn) -> list[Finding]:
    """A private address without external_ip is of no use outside."""
    turn = child.settings.turn
    addresses = [turn.external_ip.partition("/")[0]] if turn.external_ip else child.addresses()
    if turn.allow_private_peers or any(ipaddress.ip_address(one).is_global for one in addresses):
        return []
    text = (
        "The relay's address %(at)s is private, so nobody outside reaches it. Write the public "
        "one into turn.external_ip."
    )
    return [say("warn", text, at=", ".join(addresses) or "-")]


def _certificate(child: Coturn, now: float) -> list[Finding]:
    """The files: readable, belonging together, for the right name, not over."""
    turn = child.settings.turn
    if not turn.certificate:
        text = (
            "turn.certificate is empty, so there is no relay by TLS. Calls through strict "
            "firewalls need it."
        )
        return [say("warn", text)]
    certificate, key = child.certificate_files()
    host = turn.host or urlsplit(child.settings.public_url).hostname or ""
    for file in (certificate, key):
        if not os.access(file, os.R_OK):
            text = "%(file)s cannot be read. Copy it there for the service's user."
            return [say("fail", text, file=file)]
    try:
        days = days_in_file(certificate, key, host, now)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            text = "%(file)s and %(key)s do not belong together. Copy both again."
            return [say("fail", text, file=certificate, key=key)]
        text, more = why_refused(error)
        return [say("fail", text, host=host, port=turn.tls_port, **more)]
    return [judged("turn", days, certificate.name)] if days < SOON else []


@asynccontextmanager
async def _relay(
    settings: Settings, secret: str, running: bool, clock: Clock
) -> AsyncIterator[Finding | None]:
    """The relay of the running service, or one for the time of the test; or why there is none."""
    in_the_way = obstacle(Coturn(settings, secret))
    if running:
        text = "The service runs, but its relay does not. Look into the service's log."
        yield None if in_the_way else say("fail", text)
        return
    if in_the_way:
        text, params = in_the_way
        if text == supervisor.NO_RIGHT:  # the service may, if its unit says so
            text = "We may not use port %(port)s here. Start the service and check again."
            yield say("warn", text, **params)
        else:
            yield say("fail", text, **params)
        return
    with tempfile.TemporaryDirectory() as folder:
        server = msgspec.structs.replace(settings.server, data=folder)
        child = Supervisor(Coturn(msgspec.structs.replace(settings, server=server), secret), clock)
        life = asyncio.ensure_future(child.run())
        try:
            yield await _hindrance(child)
        finally:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)


async def _hindrance(child: Supervisor) -> Finding | None:
    """Why the child does not run, None when it does."""
    try:
        async with asyncio.timeout(PATIENCE):
            await child.ready()
    except TimeoutError:
        params: dict[str, Any] = child.status.params
        return say("fail", child.status.text, **params)
    return None
