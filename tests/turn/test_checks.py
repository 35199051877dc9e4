"""`vamt check`: every cause of trouble is produced for real, and the sentence says what to mend."""

import asyncio
import json
import os
import shutil
import socket
import sqlite3
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from aiohttp import web
from click.testing import CliRunner, Result

from tests import databases
from tests.turn.clients import running
from tests.turn.conftest import GOOD, OVER, Authority, MakeTown, free_port
from vamt import checks
from vamt.certificates import days_in_file, why_refused
from vamt.checks import data
from vamt.cli import main
from vamt.findings import Finding
from vamt.settings import Settings, secret_key
from vamt.turn import coturn, selftest, supervisor
from vamt.turn.coturn import Relay

real = pytest.mark.usefixtures("coturn_installed")
SOON = (GOOD[0], time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 5.5 * 86400)))


async def found(town: Settings, part: str, context: ssl.SSLContext | None = None) -> list[Finding]:
    """What the check says about one part of the installation."""
    everything = await checks.examine(town.path("vamt.toml"), context)
    assert {one.level for one in everything} <= {"ok", "warn", "fail"}
    assert not [one for one in everything if "%(" in one.words]
    return [one for one in everything if one.part == part]


def worst(some: list[Finding]) -> tuple[str, str]:
    """Level and sentences of what is worst."""
    for level in ("fail", "warn", "ok"):
        if words := " ".join(one.words for one in some if one.level == level):
            return level, words
    raise AssertionError("nothing was said")


# --- settings


async def test_settings_that_cannot_be_read_are_all_that_is_told(make_town: MakeTown) -> None:
    town = make_town()
    town.path("vamt.toml").write_text("[town]\nnam = 1\n")
    (only,) = await checks.examine(town.path("vamt.toml"))
    assert (only.part, only.level) == ("settings", "fail") and "nam" in only.words


@pytest.mark.parametrize(
    ("lines", "level", "words"),
    [
        ({}, "warn", "Browsers give no camera without https"),
        ({"server": 'public_url = "http://amt.invalid"'}, "fail", "server.public_url is http://"),
        ({"server": 'public_url = "https://amt.invalid"'}, "warn", "server.trusted_proxies"),
        ({"rest": '[booking]\nholidays = "DE-XX"'}, "fail", "booking.holidays"),
    ],
)
async def test_settings_a_town_should_not_have(
    make_town: MakeTown, lines: dict[str, str], level: str, words: str
) -> None:
    said = worst(await found(make_town(mode="off", **lines), "settings"))
    assert said[0] == level and words in said[1]


async def test_a_file_with_a_password_that_others_can_read(make_town: MakeTown) -> None:
    server = 'public_url = "https://amt.invalid"\ntrusted_proxies = ["127.0.0.1"]'
    rest = '[mail]\nhost = "127.0.0.1"\nport = 1\nsender = "a@b.example"\npassword = "geheim"'
    town = make_town(mode="off", server=server, rest=rest)
    assert worst(await found(town, "settings"))[0] == "ok"
    town.path("vamt.toml").chmod(0o644)
    level, words = worst(await found(town, "settings"))
    assert level == "fail" and "chmod 600" in words and "geheim" not in words


# --- data


@pytest.fixture
def housed(make_town: MakeTown) -> Settings:
    """A town with a database, a key and one account."""
    town = make_town(mode="off")
    town.data_folder.mkdir(mode=0o700)
    secret_key(town.data_folder)
    (town.data_folder / "vamt.sqlite").write_bytes(databases.empty())
    change(town, "insert into clerks values ('c', 'anna', 'Anna', 'clerk', '-', 0)")
    return town


def change(town: Settings, *statements: str) -> None:
    with sqlite3.connect(town.data_folder / "vamt.sqlite") as database:
        for one in statements:
            database.execute(one)
    database.close()


async def test_a_sound_data_folder(housed: Settings) -> None:
    level, words = worst(await found(housed, "data"))
    assert level == "ok"
    for part in ("GB free", "The key is there", "sound, writable and up to date"):
        assert part in words


async def test_before_the_first_start_nothing_is_made(make_town: MakeTown) -> None:
    town = make_town(mode="off")
    level, words = worst(await found(town, "data"))
    assert level == "ok" and "will be made at the first start" in words
    assert not town.data_folder.exists()
    town.data_folder.mkdir(mode=0o700)
    level, words = worst(await found(town, "data"))
    assert level == "ok" and words.count("will be made at the first start") == 2
    assert not list(town.data_folder.iterdir())


def spoil_key(town: Settings) -> None:
    (town.data_folder / "secret.key").write_bytes(b"short")


def open_key(town: Settings) -> None:
    (town.data_folder / "secret.key").chmod(0o644)


def open_folder(town: Settings) -> None:
    town.data_folder.chmod(0o755)


def damage(town: Settings) -> None:
    file = town.data_folder / "vamt.sqlite"
    content = bytearray(file.read_bytes())
    content[2048:12288] = os.urandom(10240)
    file.write_bytes(bytes(content))


def no_database(town: Settings) -> None:
    (town.data_folder / "vamt.sqlite").write_bytes(b"this is a text" * 100)


def from_the_future(town: Settings) -> None:
    change(town, "update alembic_version set version_num = 'ffff'")


def nobody(town: Settings) -> None:
    change(town, "update clerks set disabled = 1")


@pytest.mark.parametrize(
    ("spoil", "level", "words"),
    [
        (spoil_key, "fail", "secret.key is damaged. Restore it from the backup."),
        (open_key, "fail", "secret.key. Run: chmod 600"),
        (open_folder, "warn", "chmod 700"),
        (damage, "fail", "Restore it from the backup"),
        (no_database, "fail", "cannot be used: file is not a database"),
        (from_the_future, "fail", "a newer version of vamt"),
        (nobody, "warn", "vamt clerk add NAME"),
    ],
)
async def test_what_is_wrong_with_the_data(
    housed: Settings, spoil: Callable[[Settings], None], level: str, words: str
) -> None:
    spoil(housed)
    said = worst(await found(housed, "data"))
    assert said[0] == level and words in said[1]


async def test_an_older_database_is_no_fault(
    housed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alembic.script.ScriptDirectory.get_current_head", lambda _: "next")
    level, words = worst(await found(housed, "data"))
    assert level == "warn" and "the next start brings it up to date" in words


async def test_a_locked_database_is_told(housed: Settings) -> None:
    with sqlite3.connect(housed.data_folder / "vamt.sqlite", isolation_level=None) as other:
        other.execute("begin immediate")
        level, words = worst(await found(housed, "data"))
    other.close()
    assert level == "fail" and "database is locked" in words


@pytest.mark.parametrize(("free", "level"), [(5 << 20, "fail"), (500 << 20, "warn")])
async def test_little_room_on_the_disk(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch, free: int, level: str
) -> None:
    usage = shutil.disk_usage("/")._replace(free=free)
    monkeypatch.setattr(data.shutil, "disk_usage", lambda _: usage)
    said = worst(await found(make_town(mode="off"), "data"))
    assert said[0] == level and "Make room" in said[1]


async def test_a_folder_that_cannot_be_written(make_town: MakeTown) -> None:
    town = make_town(mode="off")
    town.data_folder.write_text("a file")
    level, words = worst(await found(town, "data"))
    assert level == "fail" and "cannot be written" in words


# --- mail


@asynccontextmanager
async def mail_server(*answers: bytes, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """An SMTP server that says these things, one for each line it hears; then only 250."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        rest = list(answers)
        while True:
            writer.write((rest.pop(0) if rest else b"250 ok") + b"\r\n")
            if not await reader.readline():
                return

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.sleep(0.05)


MAIL = """
[mail]
host = "localhost"
port = {port}
tls = "{tls}"
user = "amt"
password = "geheim"
sender = "amt@kleinstadt.example"
"""
LOGIN = (b"220 hello", b"250-localhost\r\n250 AUTH PLAIN")


async def test_a_mail_server_that_lets_us_in(make_town: MakeTown, authority: Authority) -> None:
    async with mail_server(*LOGIN, b"235 welcome", context=serving(authority, "good")) as port:
        town = make_town(mode="off", rest=MAIL.format(port=port, tls="tls"))
        assert worst(await found(town, "mail", authority.context)) == (
            "ok",
            "The mail server localhost lets us in.",
        )


@pytest.mark.parametrize(
    ("answers", "tls", "words"),
    [
        ((*LOGIN, b"535 no"), "none", "refuses our log-in. Correct mail.user and mail.password."),
        ((*LOGIN, b"235 yes"), "starttls", "localhost cannot do what mail.tls"),
        ((b"554 go away",), "none", "The mail server localhost does not let us in: "),
    ],
)
async def test_a_mail_server_that_does_not(
    make_town: MakeTown, answers: tuple[bytes, ...], tls: str, words: str
) -> None:
    async with mail_server(*answers) as port:
        town = make_town(mode="off", rest=MAIL.format(port=port, tls=tls))
        level, said = worst(await found(town, "mail"))
    assert level == "fail" and words in said and "geheim" not in said


async def test_mail_refused(make_town: MakeTown) -> None:
    port = free_port()
    town = make_town(mode="off", rest=MAIL.format(port=port, tls="starttls"))
    level, words = worst(await found(town, "mail"))
    assert level == "fail"
    assert words == f"localhost refuses port {port}. Is mail.port right (587, 465 or 25)?"


async def test_a_silent_mail_server(make_town: MakeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vamt.checks.mail.PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        town = make_town(mode="off", rest=MAIL.format(port=port, tls="tls"))
        level, words = worst(await found(town, "mail"))
    assert level == "fail" and f"localhost does not answer on port {port}." in words


async def test_a_mail_server_nobody_knows(make_town: MakeTown) -> None:
    rest = MAIL.format(port=25, tls="none").replace("localhost", "mail.does-not-exist.invalid")
    level, words = worst(await found(make_town(mode="off", rest=rest), "mail"))
    assert level == "fail" and words.startswith("The name mail.does-not-exist.invalid is not")


async def test_a_mail_server_with_an_expired_certificate(
    make_town: MakeTown, authority: Authority
) -> None:
    async with mail_server(*LOGIN, context=serving(authority, "over", OVER)) as port:
        town = make_town(mode="off", rest=MAIL.format(port=port, tls="tls"))
        assert worst(await found(town, "mail", authority.context)) == (
            "fail",
            "The certificate of localhost has expired. Renew it.",
        )


async def test_no_mail_server_and_no_encryption_are_warned_of(make_town: MakeTown) -> None:
    level, words = worst(await found(make_town(mode="off"), "mail"))
    assert level == "warn" and "no mail is sent" in words
    async with mail_server(*LOGIN, b"235 welcome") as port:
        town = make_town(mode="off", rest=MAIL.format(port=port, tls="none"))
        level, words = worst(await found(town, "mail"))
    assert level == "warn" and "unencrypted" in words


# --- web


def serving(authority: Authority, name: str, dates: tuple[str, str] = GOOD) -> ssl.SSLContext:
    """TLS of a server with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue(name, dates=dates))
    return context


async def hello(request: web.Request) -> web.StreamResponse:
    return web.json_response({"ok": True})


async def line(request: web.Request) -> web.StreamResponse:
    response = web.WebSocketResponse()
    await response.prepare(request)
    await response.send_str("0{}")
    await response.close()
    return response


@asynccontextmanager
async def served(
    port: int, context: ssl.SSLContext | None = None, **routes: Any
) -> AsyncIterator[None]:
    """Something like vamt, or like a web server in front of it."""
    app = web.Application()
    for name, handler in routes.items():
        app.router.add_get({"socket": "/socket.io/"}.get(name, f"/{name}"), handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    try:
        yield
    finally:
        await runner.cleanup()


def in_front(make_town: MakeTown) -> tuple[Settings, int]:
    """A town with a web server in front, and that one's port."""
    port = free_port()
    address = f'public_url = "https://localhost:{port}"\ntrusted_proxies = ["127.0.0.1"]'
    return make_town(mode="off", server=address), port


async def test_a_service_with_a_web_server_in_front(
    make_town: MakeTown, authority: Authority
) -> None:
    town, port = in_front(make_town)
    tls = serving(authority, "good")
    async with (
        served(town.server.port, readyz=hello),
        served(port, tls, healthz=hello, socket=line),
    ):
        some = await found(town, "web", authority.context)
    assert [one.level for one in some] == ["ok"] * 4
    words = worst(some)[1]
    for part in ("The service runs", "is good for", "can be reached", "WebSockets pass"):
        assert part in words


@pytest.mark.parametrize(
    ("name", "dates", "trusted", "level", "words"),
    [
        ("over", OVER, True, "fail", "The certificate of localhost has expired. Renew it."),
        ("soon", SOON, True, "warn", "ends in 5 days. Is its renewal set up?"),
        ("good", GOOD, False, "fail", "Browsers do not trust the certificate of localhost"),
    ],
)
async def test_a_certificate_that_is_no_good(
    make_town: MakeTown,
    authority: Authority,
    name: str,
    dates: tuple[str, str],
    trusted: bool,
    level: str,
    words: str,
) -> None:
    town, port = in_front(make_town)
    tls = serving(authority, name, dates)
    async with (
        served(town.server.port, readyz=hello),
        served(port, tls, healthz=hello, socket=line),
    ):
        said = worst(await found(town, "web", authority.context if trusted else None))
    assert said[0] == level and words in said[1]


async def test_the_public_address_does_not_lead_here(
    make_town: MakeTown, authority: Authority
) -> None:
    town, port = in_front(make_town)
    tls = serving(authority, "good")
    level, words = worst(await found(town, "web", authority.context))
    assert level == "fail" and f"Nothing listens on port {port} of localhost." in words
    async with served(town.server.port, readyz=hello), served(port, tls):
        level, words = worst(await found(town, "web", authority.context))
    assert level == "fail" and "answers with status 404, though the service runs" in words
    async with served(port, tls):
        level, words = worst(await found(town, "web", authority.context))
    assert level == "warn" and "the service behind it is not" in words


async def test_websockets_that_do_not_pass(make_town: MakeTown, authority: Authority) -> None:
    town, port = in_front(make_town)
    tls = serving(authority, "good")
    async with (
        served(town.server.port, readyz=hello),
        served(port, tls, healthz=hello, socket=hello),
    ):
        level, words = worst(await found(town, "web", authority.context))
    assert level == "fail" and "WebSockets do not pass the web server in front" in words


async def test_our_port(make_town: MakeTown) -> None:
    town = make_town(mode="off")
    level, words = worst(await found(town, "web"))
    assert level == "warn" and "its port" in words and "is free" in words
    async with served(town.server.port, healthz=hello):
        level, words = worst(await found(town, "web"))
    assert level == "fail" and f"Another program has port {town.server.port}" in words


async def test_a_public_name_nobody_knows(make_town: MakeTown) -> None:
    town = make_town(mode="off", server='public_url = "https://amt.does-not-exist.invalid"')
    level, words = worst(await found(town, "web"))
    assert level == "fail" and "The name amt.does-not-exist.invalid is not known." in words


async def test_a_public_address_that_is_silent(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vamt.certificates.PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        town = make_town(mode="off", server=f'public_url = "{url}"')
        level, words = worst(await found(town, "web"))
    assert level == "fail" and "/etc/hosts" in words


# --- the relay


async def test_without_any_relay_it_warns(make_town: MakeTown) -> None:
    level, words = worst(await found(make_town(mode="off"), "turn"))
    assert level == "warn" and 'mode = "child"' in words


@real
async def test_before_the_first_start_a_relay_is_started_for_the_test(
    make_town: MakeTown, authority: Authority
) -> None:
    certificate, key = authority.issue("good")
    town = make_town(host="localhost", certificate=str(certificate), key=str(key))
    some = await found(town, "turn", authority.context)
    assert worst(some)[0] == "ok"
    assert [one.words.split(" in ")[0] for one in some] == [
        "The server answered",
        *["A relay was given and passed a datagram on"] * 3,
        some[-1].words,
    ]
    assert "is good for" in some[-1].words
    assert not town.data_folder.exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", town.turn.port))  # it is gone


@real
async def test_the_relay_of_the_running_service_is_tested(make_town: MakeTown) -> None:
    town = make_town()
    relay = Relay.of(town, secret_key(town.data_folder))
    assert relay
    async with served(town.server.port, readyz=hello):
        level, words = worst(await found(town, "turn"))
        assert level == "fail" and "The service runs, but its relay does not." in words
        async with running(town, relay.secret):
            level, words = worst(await found(town, "turn"))
            assert level == "warn" and "turn.certificate is empty" in words
        async with running(town, "a stranger's secret"):  # Debian's own service, for example
            level, words = worst(await found(town, "turn"))
            assert level == "fail" and "The server refuses our password." in words


@real
async def test_a_wrong_secret_of_an_external_server(make_town: MakeTown) -> None:
    town = make_town()
    urls = [f"turn:127.0.0.1:{town.turn.port}?transport={by}" for by in ("udp", "tcp")]
    async with running(town, "right"):
        for secret, level in (("right", "ok"), ("wrong", "fail")):
            theirs = make_town(mode="external", urls=urls, secret=secret)
            said = worst(await found(theirs, "turn"))
            assert said[0] == level
        assert said[1].startswith("The server refuses our password. The secrets on both sides")


async def test_a_blocked_port_of_an_external_server(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    refused = make_town(mode="external", urls=[f"turns:127.0.0.1:{port}"], secret="s")
    level, words = worst(await found(refused, "turn"))
    assert level == "fail" and words.startswith(f"Nothing listens on port {port} of 127.0.0.1.")
    monkeypatch.setattr(selftest, "PATIENCE", 0.3)
    silent = make_town(mode="external", urls=[f"turn:127.0.0.1:{port}"], secret="s")
    level, words = worst(await found(silent, "turn"))
    assert level == "fail"
    assert words.startswith(f"No answer from 127.0.0.1, port {port} by UDP.")


async def test_a_relay_that_cannot_run_here(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch, coturn_installed: None
) -> None:
    town = make_town()
    with socket.create_server(("127.0.0.1", town.turn.port)):
        level, words = worst(await found(town, "turn"))
    assert level == "fail" and "systemctl disable --now coturn" in words
    monkeypatch.setattr(coturn, "program", lambda: None)
    level, words = worst(await found(town, "turn"))
    assert level == "fail" and "apt install coturn" in words


async def test_a_port_only_the_service_may_use(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch, coturn_installed: None
) -> None:
    """Port 443, which the unit's AmbientCapabilities allow and a shell's user may not use."""
    refused = (supervisor.NO_RIGHT, {"port": 443, "address": "127.0.0.1", "why": "no"})
    monkeypatch.setattr("vamt.checks.relay.obstacle", lambda _: refused)
    level, words = worst(await found(make_town(), "turn"))
    assert level == "warn" and "Start the service and check again." in words


async def test_a_relay_that_does_not_come_up(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(child: supervisor.Supervisor) -> None:
        while child.status.health is not supervisor.Health.DEAD:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        raise TimeoutError

    monkeypatch.setattr(supervisor.Supervisor, "ready", never)
    monkeypatch.setattr(coturn, "program", lambda: "/bin/false")
    level, words = worst(await found(make_town(), "turn"))
    assert level == "fail" and "exit status 1" in words


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (("over", "over"), "The certificate of localhost has expired. Renew it."),
        (("good", "over"), "do not belong together. Copy both again."),
        (("other", "other"), "The certificate is not for the name localhost."),
        (("nowhere", "nowhere"), "nowhere.pem cannot be read."),
    ],
)
async def test_a_relays_certificate_that_is_no_good(
    make_town: MakeTown,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    files: tuple[str, str],
    words: str,
) -> None:
    monkeypatch.setattr(coturn, "program", lambda: "/bin/false")
    authority.issue("good")
    authority.issue("over", dates=OVER)
    authority.issue("other", "DNS:other.example")
    certificate, key = (authority.folder / f"{files[0]}.pem", authority.folder / f"{files[1]}.key")
    town = make_town(host="localhost", certificate=str(certificate), key=str(key))
    level, said = worst(await found(town, "turn", authority.context))
    assert level == "fail" and words in said


async def test_a_private_relay_address_without_a_public_one(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coturn, "program", lambda: None)
    for changes, warned in (
        ({}, True),
        ({"external_ip": "10.0.0.9"}, True),
        ({"external_ip": "91.12.34.56/10.0.0.5"}, False),
        ({"listen": ["91.12.34.56"]}, False),
        ({"allow_private_peers": True}, False),
    ):
        town = make_town(**{"listen": ["10.0.0.5"], "allow_private_peers": False, **changes})
        words = " ".join(one.words for one in await found(town, "turn"))
        assert ("Write the public one into turn.external_ip." in words) is warned, changes


async def test_a_key_that_cannot_be_read_stops_nothing(make_town: MakeTown) -> None:
    town = make_town()
    town.data_folder.mkdir()
    (town.data_folder / "secret.key").write_bytes(b"short")
    level, words = worst(await found(town, "turn"))
    assert level == "fail" and words.startswith("Not tested, since the key cannot be read")


def test_days_and_reasons_of_a_file(authority: Authority) -> None:
    certificate, key = authority.issue("good")
    assert days_in_file(certificate, key, "localhost", time.time()) > 1000
    with pytest.raises(ssl.SSLError) as error:
        days_in_file(*authority.issue("later", dates=("20480101000000Z", GOOD[1])), "localhost", 0)
    assert why_refused(error.value)[0].endswith("Is the clock right?")


# --- the command


@pytest.fixture
def quiet() -> Iterator[None]:
    """The command silences the log of its process, which is also ours."""
    yield
    structlog.reset_defaults()


def command(town: Settings, *options: str) -> Result:
    return CliRunner().invoke(main, ["check", "--config", str(town.path("vamt.toml")), *options])


@pytest.mark.usefixtures("quiet")
def test_the_command_says_it_line_by_line_and_fails(make_town: MakeTown) -> None:
    port = free_port()
    town = make_town(mode="off", rest=MAIL.format(port=port, tls="starttls"))
    result = command(town)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert f"fail  mail      localhost refuses port {port}. Is mail.port right" in result.output
    assert {line.split()[0] for line in lines} <= {"ok", "warn", "fail"}
    assert {line.split()[1] for line in lines} == {
        "settings",
        "services",
        "data",
        "mail",
        "web",
        "turn",
    }


@pytest.mark.usefixtures("quiet")
def test_warnings_are_no_failure_and_json_is_for_machines(make_town: MakeTown) -> None:
    result = command(make_town(mode="off"), "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert told["ok"] is True
    assert {"part", "level", "about", "text"} == set(told["findings"][0])
    assert "warn" in {one["level"] for one in told["findings"]}


@real
async def test_the_command_in_a_process_of_its_own(
    make_town: MakeTown, authority: Authority
) -> None:
    """As the administrator calls it; a town's own authority is trusted by SSL_CERT_FILE."""
    certificate, key = authority.issue("good")
    town = make_town(host="localhost", certificate=str(certificate), key=str(key))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vamt", "check", "--json"),
        *("--config", str(town.path("vamt.toml"))),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "SSL_CERT_FILE": str(authority.file)},
    )
    out, _ = await process.communicate()
    told = json.loads(out)
    assert process.returncode == 0 and told["ok"], told
    relays = [one for one in told["findings"] if one["about"].startswith("turn")]
    assert [one["level"] for one in relays] == ["ok"] * 3
