"""`vamt check`: is this installation fit for citizens? Every finding says what to mend.

Looks from this machine, with what a citizen's browser would use. Changes nothing and sends no mail.
"""

import asyncio
import errno
import os
import shutil
import socket
import sqlite3
import ssl
import stat
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import aiosmtplib
from alembic.script import ScriptDirectory

from vamt.findings import Finding, Level
from vamt.settings import KEY_LENGTH, Settings, SettingsError, load, secret_key
from vamt.store.migrate import alembic_config
from vamt.turn import selftest, supervisor
from vamt.turn.coturn import Coturn, Relay, own_addresses, program
from vamt.turn.credentials import IceServers
from vamt.turn.selftest import tls_words
from vamt.turn.supervisor import Supervisor, obstacle

PATIENCE = 10.0  # seconds for one question to a server
LITTLE_SPACE, NO_SPACE = 1 << 30, 100 << 20  # bytes: warn, fail
SOON = 14  # days: a certificate that ends before that is not being renewed
DAY = 86400.0
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(slots=True)
class Checker:
    """The checks of one town; each returns what it found."""

    settings: Settings
    context: ssl.SSLContext
    clock: Callable[[], float] = time.time

    # --- settings

    def rules(self) -> list[Finding]:
        """What the settings allow and a town should not do."""
        say, town = _saying("settings"), self.settings
        found = []
        try:
            hours = len(town.calendar().openings)
        except SettingsError as error:
            return [say("fail", "%(why)s", why=error)]
        if not town.secure:
            level: Level = "warn" if urlsplit(town.public_url).hostname in LOCAL else "fail"
            found.append(
                say(
                    level,
                    "server.public_url is %(url)s. Browsers give no camera without https; set up "
                    "the web server in front and write its address here.",
                    url=town.public_url,
                )
            )
        elif town.server.host in LOCAL and not town.server.trusted_proxies:
            found.append(
                say(
                    "warn",
                    "server.trusted_proxies is empty, so all visitors seem to have the address "
                    'of the web server in front. Write ["127.0.0.1", "::1"].',
                )
            )
        file = town.path("vamt.toml")
        if _has_secrets(town) and file.exists() and file.stat().st_mode & 0o077:
            found.append(
                say(
                    "fail",
                    "%(file)s holds a password and others can read it. Run: chmod 600 %(file)s",
                    file=file,
                )
            )
        return found or [
            say(
                "ok", "Complete: %(n)s services, %(h)s opening hours.", n=len(town.service), h=hours
            )
        ]

    # --- data

    def data(self) -> list[Finding]:
        """The data folder, the key, the database."""
        say, folder = _saying("data"), self.settings.data_folder
        place = folder
        while not place.exists():
            place = place.parent
        if not os.access(place, os.W_OK | os.X_OK):
            return [say("fail", "%(at)s cannot be written. Run: chown vamt %(at)s", at=place)]
        found = [self._space(place)]
        if not folder.exists():
            return [*found, say("ok", "%(at)s will be made at the first start.", at=folder)]
        if os.geteuid() == 0 and folder.stat().st_uid != 0:
            found.append(
                say("warn", "You are root, and the service is not. Run this as the service's user.")
            )
        if folder.stat().st_mode & 0o077:
            found.append(
                say("warn", "Others can look into %(at)s. Run: chmod 700 %(at)s", at=folder)
            )
        return [*found, self._key(folder / "secret.key"), *self._database(folder / "vamt.sqlite")]

    def _space(self, place: Path) -> Finding:
        free = shutil.disk_usage(place).free
        level: Level = "fail" if free < NO_SPACE else "warn" if free < LITTLE_SPACE else "ok"
        text = "%(gb).1f GB free for the database."
        if level != "ok":
            text += " Make room: with a full disk nothing can be booked."
        return _saying("data")(level, text, gb=free / 1e9)

    def _key(self, file: Path) -> Finding:
        say = _saying("data")
        if not file.exists():
            return say("ok", "The key %(file)s will be made at the first start.", file=file)
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            return say("fail", "Others can read %(file)s. Run: chmod 600 %(file)s", file=file)
        try:
            good = len(file.read_bytes()) == KEY_LENGTH
        except OSError as error:
            return say("fail", "%(file)s: %(why)s", file=file, why=error.strerror)
        if not good:
            return say("fail", "%(file)s is damaged. Restore it from the backup.", file=file)
        return say("ok", "The key is there and private.")

    def _database(self, file: Path) -> list[Finding]:
        say = _saying("data")
        if not file.exists():
            return [say("ok", "The database will be made at the first start.")]
        scripts = ScriptDirectory.from_config(alembic_config())
        known = {one.revision for one in scripts.walk_revisions()}
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=5)) as database:
                database.isolation_level = None
                damage = database.execute("pragma quick_check(1)").fetchone()[0]
                database.execute("begin immediate")
                database.execute("rollback")
                version = database.execute("select version_num from alembic_version").fetchone()
                clerks = database.execute("select count(*) from clerks where not disabled")
                count = clerks.fetchone()[0]
        except sqlite3.Error as error:
            return [
                say(
                    "fail",
                    "The database %(file)s cannot be used: %(why)s. Restore it from the backup, "
                    "or mend its rights.",
                    file=file,
                    why=error,
                )
            ]
        if damage != "ok":
            why = "The database is damaged (%(why)s). Restore it from the backup."
            return [say("fail", why, why=damage)]
        if version is None or version[0] not in known:
            return [
                say(
                    "fail",
                    "The database was made by a newer version of vamt. Update the program, or "
                    "restore the backup that belongs to this version.",
                )
            ]
        found = []
        if version[0] != scripts.get_current_head():
            found.append(
                say("warn", "The database is of an older version; the next start brings it up.")
            )
        if count == 0:
            found.append(say("warn", "Nobody can sign in. Run: vamt clerk add NAME"))
        return found or [say("ok", "The database is sound, writable and up to date.")]

    # --- mail

    async def mail(self) -> list[Finding]:
        """Connect, TLS, log in; nothing is sent."""
        say, conf = _saying("mail"), self.settings.mail
        if not conf.host:
            return [
                say("warn", "mail.host is empty, so no confirmation is sent. Enter a mail server.")
            ]
        facts = {"host": conf.host, "port": conf.port}
        smtp = aiosmtplib.SMTP(
            hostname=conf.host,
            port=conf.port,
            use_tls=conf.tls == "tls",
            start_tls=conf.tls == "starttls",
            tls_context=self.context if conf.tls != "none" else None,
            timeout=PATIENCE,
        )
        try:
            await smtp.connect()
            if conf.user:
                await smtp.login(conf.user, conf.password)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            text, more = _why_no_mail(error)
            return [say("fail", text, **facts, **more)]
        finally:
            smtp.close()
        found = [say("ok", "The mail server %(host)s lets us in.", **facts)]
        if conf.tls == "none" and conf.user:
            found.append(
                say("warn", "mail.tls is none: the password goes unencrypted. Write starttls.")
            )
        return found

    # --- web

    async def web(self) -> list[Finding]:
        """Our own port, and the address people type, with its certificate."""
        runs, local = await self._local()
        found = [local]
        if not self.settings.server.public_url:
            return found
        return [*found, *await self._public(runs)]

    async def _local(self) -> tuple[bool, Finding]:
        """Whether the service runs here, and what is on its port."""
        say, server = _saying("web"), self.settings.server
        facts: dict[str, Any] = {"host": server.host, "port": server.port}
        if await self.runs():
            return True, say("ok", "The service runs on %(host)s, port %(port)s.", **facts)
        with socket.socket(socket.AF_INET6 if ":" in server.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((server.host, server.port))
            except OSError as error:
                text = {
                    errno.EADDRINUSE: "Another program has port %(port)s on %(host)s. "
                    "Stop it, or change server.port.",
                    errno.EACCES: "We may not use port %(port)s. "
                    "Take one above 1023, with the web server in front.",
                }.get(error.errno or 0, "Cannot listen on %(host)s, port %(port)s: %(why)s.")
                return False, say("fail", text, **facts, why=error.strerror)
        return False, say(
            "warn",
            "Port %(port)s is free: the service does not run at the moment. Start it and check "
            "again.",
            **facts,
        )

    async def runs(self) -> bool:
        """Whether the service answers on its own port."""
        server = self.settings.server
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.host, server.host)
        host = f"[{host}]" if ":" in host else host
        try:
            async with _http() as http, http.get(f"http://{host}:{server.port}/readyz") as answer:
                body = await answer.json(content_type=None)
                return answer.status == 200 and isinstance(body, dict) and "ok" in body
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return False

    async def _public(self, runs: bool) -> list[Finding]:
        """From outside, as far as that can be seen from here."""
        say, url = _saying("web"), self.settings.public_url
        at = urlsplit(url)
        host, port = at.hostname or "", at.port or (443 if self.settings.secure else 80)
        facts = {"url": url, "host": host, "port": port}
        found = []
        try:
            days = await self.days_left(host, port) if self.settings.secure else None
        except Exception as error:
            if not isinstance(error, OSError | TimeoutError):
                raise
            text, more = _why_no_web(error)
            return [say("fail", text, **facts, **more)]
        if days is not None:
            found.append(_certificate("web", days, host))
        try:
            async with _http(self.context) as http:
                async with http.get(f"{url}/healthz") as answer:
                    good = answer.status == 200
                if good:
                    found.append(say("ok", "%(url)s can be reached.", **facts))
                    found.append(await self._socket(http))
                elif runs:
                    found.append(
                        say(
                            "fail",
                            "%(url)s answers with status %(status)s, though the service runs. "
                            "Look at the configuration of the web server in front.",
                            **facts,
                            status=answer.status,
                        )
                    )
                else:
                    text = "The web server at %(url)s is there, the service behind it is not."
                    found.append(say("warn", text, **facts))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            text, more = _why_no_web(error)
            found.append(say("fail", text, **facts, **more))
        return found

    async def _socket(self, http: aiohttp.ClientSession) -> Finding:
        """Whether the web server in front passes WebSockets on."""
        say, url = _saying("web"), self.settings.public_url
        try:
            async with http.ws_connect(
                f"{url}/socket.io/?EIO=4&transport=websocket", origin=url
            ) as line:
                await line.receive(timeout=PATIENCE)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return say(
                "fail",
                "WebSockets do not pass the web server in front. Add Upgrade and Connection to "
                "its configuration, as install.md shows.",
            )
        return say("ok", "WebSockets pass.")

    async def days_left(self, host: str, port: int) -> float:
        """Days until the certificate of this server ends; raises OSError as a browser would."""
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(
                host, port, ssl=self.context, server_hostname=host
            )
        try:
            ends = writer.get_extra_info("peercert")["notAfter"]
        finally:
            writer.transport.abort()
        return (ssl.cert_time_to_seconds(ends) - self.clock()) / DAY

    # --- calls

    async def turn(self) -> list[Finding]:
        """The relay: installed, its certificate, its ports, and whether it relays."""
        say, turn = _saying("turn"), self.settings.turn
        ice = self._ice()
        if not ice.urls and not ice.fixed:
            return [
                say(
                    "warn",
                    "There is no STUN or TURN server, so most calls between a home and the town "
                    'hall fail. Write mode = "child" under [turn].',
                )
            ]
        if turn.mode != "child":
            return await self._try(ice)
        coturn = Coturn(self.settings, ice.secret)
        found = [] if program() else [say("fail", supervisor.TEXTS[supervisor.Health.ABSENT])]
        found += self._relay_address(coturn)
        if turn.certificate:
            found += self._relay_certificate(coturn)
        if any(one.level == "fail" for one in found):
            return found
        async with self._child(coturn) as trouble:
            if trouble:
                return [*found, say("fail", trouble[0], **trouble[1])]
            return [*found, *await self._try(ice)]

    def _ice(self) -> IceServers:
        """What the browsers are told. Without a key yet, any will do for the test."""
        folder = self.settings.data_folder
        key = secret_key(folder) if (folder / "secret.key").exists() else bytes(KEY_LENGTH)
        return IceServers.of(self.settings, key, self.clock)

    async def _try(self, ice: IceServers) -> list[Finding]:
        servers = ice("self-test", "server", int(self.clock() * 1000))
        found = await selftest.try_servers(servers, self.context)
        for one in list(found):
            at = selftest.Address.of(one.about)
            if at.by == "tls" and one.level == "ok":
                days = await self.days_left(at.host, at.port)
                found.append(_certificate("turn", days, at.host))
        return found

    def _relay_address(self, coturn: Coturn) -> list[Finding]:
        """A private address without external_ip is of no use outside."""
        import ipaddress

        turn = self.settings.turn
        addresses = coturn.addresses()
        public = [turn.external_ip] if turn.external_ip else addresses
        if turn.allow_private_peers or any(
            ipaddress.ip_address(one.partition("/")[0]).is_global for one in public
        ):
            return []
        return [
            _saying("turn")(
                "warn",
                "The relay's address %(at)s is private, so nobody outside reaches it. Write the "
                "public one into turn.external_ip.",
                at=", ".join(public) or "-",
            )
        ]

    def _relay_certificate(self, coturn: Coturn) -> list[Finding]:
        """The files: readable, belonging together, for the right name, not over."""
        say = _saying("turn")
        certificate, key = coturn.certificate_files()
        host = self.settings.turn.host or urlsplit(self.settings.public_url).hostname or ""
        for file in (certificate, key):
            if not os.access(file, os.R_OK):
                return [
                    say(
                        "fail",
                        "%(file)s cannot be read. Copy it there for the service's user.",
                        file=file,
                    )
                ]
        try:
            days = days_in_file(certificate, key, host, self.clock())
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                text = "%(file)s and %(key)s do not belong together. Copy both again."
                return [say("fail", text, file=certificate, key=key)]
            text, more = tls_words(error)
            return [say("fail", text, host=host, port=self.settings.turn.tls_port, **more)]
        return [_certificate("turn", days, certificate.name)] if days < SOON else []

    @asynccontextmanager
    async def _child(self, coturn: Coturn) -> AsyncIterator[tuple[str, dict[str, Any]] | None]:
        """The relay of the running service, or one for the time of the test; or why there is
        none."""
        in_the_way = obstacle(coturn)
        if await self.runs():
            if in_the_way is None:
                yield "The service runs, but its relay does not. Look into the service's log.", {}
            else:  # its own coturn, as the test will show
                yield None
            return
        if in_the_way:
            yield in_the_way
            return
        child = Supervisor(coturn, self.clock)
        life = asyncio.ensure_future(child.run())
        try:
            async with asyncio.timeout(PATIENCE):
                await child.ready()
        except TimeoutError:
            yield child.status.text, child.status.params
        else:
            yield None
        finally:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)


def _has_secrets(town: Settings) -> bool:
    relays = any(server.credential for server in town.rtc.ice_servers)
    return bool(town.mail.password or town.turn.secret or relays)


def _saying(part: str) -> Callable[..., Finding]:
    def say(level: Level, text: str, **params: Any) -> Finding:
        return Finding(part, level, text, params)

    return say


def _http(context: ssl.SSLContext | None = None) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context or True),
        timeout=aiohttp.ClientTimeout(total=PATIENCE),
    )


def _certificate(part: str, days: float, name: str) -> Finding:
    if days < SOON:
        text = "The certificate of %(name)s ends in %(days)d days. Is its renewal set up?"
        return _saying(part)("warn", text, name=name, days=days)
    return _saying(part)(
        "ok", "The certificate of %(name)s is good for %(days)d days.", name=name, days=days
    )


def _why_no_mail(error: Exception) -> tuple[str, dict[str, Any]]:
    """Why the mail server does not let us in."""
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    match error, cause:
        case aiosmtplib.SMTPAuthenticationError(), _:
            return "%(host)s refuses user and password. Correct mail.user and mail.password.", {}
        case aiosmtplib.SMTPNotSupported(), _:
            return (
                "%(host)s cannot do what mail.tls or mail.user ask for (%(why)s). Ask its operator.",
                {"why": error},
            )
        case _, ssl.SSLError():
            text, more = tls_words(cause)
            return text, more
        case _, socket.gaierror():
            return selftest.UNKNOWN_HOST, {}
        case _, ConnectionRefusedError():
            return (
                "%(host)s refuses connections to port %(port)s. Is mail.port right (587, 465, 25), "
                "and does the firewall let us through?",
                {},
            )
        case ((aiosmtplib.SMTPTimeoutError() | TimeoutError()), _):
            return (
                "%(host)s does not answer on port %(port)s. Is mail.port right, and does the "
                "firewall let us through?",
                {},
            )
    return "The mail server %(host)s does not let us in: %(why)s", {"why": error}


def _why_no_web(error: Exception) -> tuple[str, dict[str, Any]]:
    """Why the public address cannot be reached."""
    if isinstance(error, aiohttp.ClientConnectorError):
        error = error.os_error
    match error:
        case ssl.SSLError():
            return tls_words(error)
        case socket.gaierror():
            return selftest.UNKNOWN_HOST, {}
        case ConnectionRefusedError():
            return (
                "Nothing listens on port %(port)s of %(host)s. Start the web server in front, open "
                "the firewall.",
                {},
            )
        case TimeoutError():
            return (
                "No answer from %(host)s, port %(port)s. Does the firewall let it through? If the "
                "address works from elsewhere, this machine only does not reach its own public "
                "address: enter the name in /etc/hosts.",
                {},
            )
    return "%(url)s cannot be reached from here: %(why)s", {"why": error}


def days_in_file(certificate: Path, key: Path, host: str, now: float) -> float:
    """Days until a certificate ends; raises SSLError when it is no good for `host` or this key.

    The standard library reads no certificates, but it shows the one of a peer it has verified. So
    a handshake is done in memory; that the chain is trusted is not looked at here.
    """
    server, client = (
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    )
    server.load_cert_chain(certificate, key)
    client.load_verify_locations(certificate)
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(to_client, to_server, server_hostname=host),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
    shown = sides[0].getpeercert()
    assert shown is not None
    return (ssl.cert_time_to_seconds(str(shown["notAfter"])) - now) / DAY


async def examine(config: Path, context: ssl.SSLContext | None = None) -> list[Finding]:
    """Check everything; the settings first, since nothing else makes sense without them."""
    try:
        settings = load(config)
    except SettingsError as error:
        return [Finding("settings", "fail", "%(why)s", {"why": error})]
    checker = Checker(settings, context or ssl.create_default_context())

    async def at_once(check: Callable[[], list[Finding]]) -> list[Finding]:
        return await asyncio.to_thread(check)

    checks: list[Awaitable[list[Finding]]] = [
        at_once(checker.rules),
        at_once(checker.data),
        checker.mail(),
        checker.web(),
        checker.turn(),
    ]
    return [one for found in await asyncio.gather(*checks) for one in found]
