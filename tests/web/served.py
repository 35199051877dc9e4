"""A small town on a real port, and the people who use it: browsers without JavaScript, pages
with a Socket.IO connection. Used by tests/web, tests/signalling and the tests beside them."""

import asyncio
import functools
import json
import re
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import aiohttp
import hypothesis
import pytest
import socketio
from aiohttp import web

from tests import databases
from tests.fake_captures import FakeCaptures
from tests.web.pages import Form, Html
from vamt import app as office
from vamt import protocol
from vamt import settings as conf
from vamt.i18n import load_language
from vamt.settings import Settings
from vamt.web.assets import Assets

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=BERLIN)  # the town's clock at the start
PATIENCE = 20.0  # seconds; the machine may be busy

hypothesis.settings.register_profile(
    "vamt-served",
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=list(hypothesis.HealthCheck),
)
FUZZ = hypothesis.settings.get_profile("vamt-served")

TOWN = """
languages = ["de", "en"]
visit_languages = ["de", "en", "tr"]

[town]
name = "Kleinstadt"
full_name = "Stadt Kleinstadt"
phone = "+49 7171 555 0199"
email = "amt@kleinstadt.example"
logo = "logo.svg"
pictures = "pictures"
accent = "#123456"
accent_dark = "#fedcba"

[booking]
lead_minutes = 0
horizon_days = 28
hold_minutes = 10
per_email = 0

[waiting_room]
opens_minutes_before = 120

[fees]
policy = "optional"
name = "Stadtkasse Kleinstadt"
iban = "DE93 9999 9999 0000 0000 01"

[[opening]]
days = ["mon", "tue", "wed", "thu", "fri"]
from = 09:00:00
to = 12:00:00
desks = 2

[[opening]]
days = ["mon", "wed"]
from = 09:00:00
to = 10:00:00
desks = 1
pool = "one"

[[service]]
id = "ausweis"
minutes = 30
name = { de = "Ausweis", en = "ID card" }
description = { de = "Ein neuer Ausweis.", en = "A new ID card." }
papers = [
  { de = "Biometrisches Foto", en = "Biometric photo" },
  { de = "Alter Ausweis", en = "Old ID card" },
]

[[service.fields]]
key = "birth_date"
kind = "date"
required = true
label = { de = "Geburtsdatum", en = "Date of birth" }

[[service.fields]]
key = "purpose"
kind = "choice"
label = { de = "Wofür?", en = "What for?" }
choices = [
  { value = "bank", label = { de = "Bank", en = "Bank" } },
  { value = "other", label = { de = "Anderes", en = "Something else" } },
]

[[service]]
id = "rat"
minutes = 10
name = { de = "Rat und Tat", en = "Advice", uk = "Порада", tr = "Danışma" }
steps = ["identity", "fee", "handover"]
delivery = ["electronic", "paper"]
papers = [{ de = "Alter Ausweis", en = "Old ID card" }]
law = ["GO § 1"]

[service.fee]
electronic = 0
paper = 900
waivers = [{ de = "Für Kinder kostenlos.", en = "Free for children." }]

[[service]]
id = "einzeln"
minutes = 30
pool = "one"
name = { de = "Einzelstück", en = "One of a kind" }
"""


class Clock:
    """The town's time; it stands still until a test moves it."""

    def __init__(self, at: datetime = MONDAY) -> None:
        self.now = at.timestamp()

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def set(self, at: datetime) -> None:
        """Go to an instant."""
        self.now = at.timestamp()


@dataclass
class Answer:
    """A raw HTTP answer."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


async def raw(
    town: "Town",
    method: str,
    path: str | bytes,
    headers: dict[str, str | bytes] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Send exactly these bytes; no client in between mends them."""
    sent = {"Host": f"127.0.0.1:{town.port}", "Connection": "close", **(headers or {})}
    if body is not None and "Transfer-Encoding" not in sent:
        sent.setdefault("Content-Length", str(len(body)))
    target = path.encode() if isinstance(path, str) else path
    lines = [method.encode() + b" " + target + b" HTTP/1.1"]
    for name, value in sent.items():
        lines.append(name.encode() + b": " + (value.encode() if isinstance(value, str) else value))
    reader, writer = await asyncio.open_connection("127.0.0.1", town.port)
    try:
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + (body or b""))
        async with asyncio.timeout(PATIENCE):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            rest = await (reader.readexactly(int(length[1])) if length else reader.read())
    finally:
        writer.close()
        await writer.wait_closed()
    first, *fields = head.decode("latin-1").strip().split("\r\n")
    found = [
        (name.strip().lower(), value.strip())
        for name, _, value in (line.partition(":") for line in fields)
    ]
    if dict(found).get("transfer-encoding") == "chunked":
        rest = _unchunk(rest)
    cookies = [value for name, value in found if name == "set-cookie"]
    return Answer(int(first.split()[1]), dict(found), cookies, rest)


def _unchunk(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        whole, body = whole + body[:length], body[length + 2 :]
    return whole


class QuickHasher:
    """argon2 costs 50 ms and 64 MB a try; tests that are not about it take this."""

    def hash(self, password: str) -> str:
        return f"quick:{password}"

    def verify(self, hash: str, password: str) -> bool:
        return hash == f"quick:{password}"


_assets = functools.cache(Assets)
_language = functools.cache(load_language)


def share_parts(patch: pytest.MonkeyPatch) -> None:
    """Let all towns of a run share what is the same in all: files, catalogues.

    They get nothing ready ahead: a test is over before it needs any of it.
    """
    patch.setattr("vamt.ahead.PAUSE", 3600)
    patch.setattr("vamt.app.Assets", _assets)
    patch.setattr("vamt.i18n.load_language", _language)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def town_settings(folder: Path, port: int, text: str = TOWN, **server: Any) -> Settings:
    """The small town below `folder`; `server` changes single values of [server]."""
    pictures = folder / "pictures"
    if not pictures.exists():
        pictures.mkdir(parents=True)
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path d="M0 0h4v3z"/></svg>'
        )
        (folder / "logo.svg").write_text(svg)
        (pictures / "markt.svg").write_text(svg)
        (pictures / "geheim.txt").write_text("not a picture")
        (pictures / "captions.toml").write_text(
            '[[picture]]\nfile = "markt.svg"\nde = "Der Markt"\nen = "The market"\n'
            'alt_de = "Ein Bild vom Markt"\nalt_en = "A picture of the market"\n'
        )
    server = {"host": "127.0.0.1", "port": port, "data": "data", "changes_per_minute": 0, **server}
    return conf.parse(text, folder, demo=True, server=conf.Server(**server))


@dataclass
class Booking:
    """What the API answered."""

    id: str
    link: str
    start: str
    end: str

    @property
    def token(self) -> str:
        """The link's token."""
        return self.link.rpartition("/")[2]

    @property
    def path(self) -> str:
        """The link without the host."""
        return urlsplit(self.link).path

    @property
    def bearer(self) -> dict[str, str]:
        """Headers for the API."""
        return {"Authorization": f"Bearer {self.token}"}


class Town:
    """The application, served. Everything the tests do goes through its port; only the database
    file is looked at directly."""

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], float] | None = None,
        *,
        port: int = 0,
        settings: Settings | None = None,
        patience: float = 0.5,
    ) -> None:
        self.captures = FakeCaptures()
        self.patience = patience  # seconds that open connections are waited for at the end
        self.folder = folder
        self.clock = clock if clock is not None else Clock()
        self.settings = settings or town_settings(folder, port or free_port())
        self.port = self.settings.server.port
        self.url = f"http://localhost:{self.port}"
        self._people: list[Any] = []
        self._guests = 0

    async def start(self) -> Self:
        """Open the port."""
        database = self.settings.data_folder / "vamt.sqlite"
        if not database.exists():
            database.parent.mkdir(parents=True, exist_ok=True)
            database.write_bytes(databases.empty())
        self.app = office.make_app(self.settings, clock=self.clock, captures=self.captures)
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=self.patience)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.http = aiohttp.ClientSession(self.url, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def stop(self) -> None:
        """Everybody goes, then the port closes."""
        for person in reversed(self._people):
            await person.close()
        self._people.clear()
        await self.http.close()
        await self._runner.cleanup()

    async def close_port(self) -> None:
        """Stop serving as `vamt.serve` does on SIGTERM, while people are still there."""
        await self._runner.cleanup()

    async def crash(self) -> None:
        """All connections break at once; nobody says goodbye."""
        server = self._runner.server
        assert server is not None
        for connection in list(server.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await self.http.close()
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    # --- looking into the database

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of a query."""
        file = self.settings.data_folder / "vamt.sqlite"
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(query, values)]
        finally:
            connection.close()

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """Everything stored, without what the office does by itself beside us.

        That is: sending letters (their marks), and handing over notices, which it then forgets.
        """
        tables = [
            row["name"] for row in self.rows("select name from sqlite_master where type='table'")
        ]
        found = {name: self.rows(f'select * from "{name}" order by rowid') for name in tables}
        found.pop("notices", None)
        for letter in found.get("outbox", []):
            for key in ("sent", "tries", "due"):
                letter.pop(key)
        return found

    def appointment(self, id: str) -> dict[str, Any]:
        """The stored appointment."""
        return self.rows("select * from appointments where id = ?", id)[0]

    # --- people

    def browser(self, language: str = "de") -> "Browser":
        """Somebody with a browser that has no JavaScript."""
        browser = Browser(self, language)
        self._people.append(browser)
        return browser

    async def free(self, service: str = "rat") -> list[str]:
        """The free start times of the coming week."""
        async with self.http.get(f"/api/v1/services/{service}/slots") as answer:
            return [slot["start"] for slot in await answer.json()]

    async def book(self, service: str = "rat", start: str | None = None, **person: str) -> Booking:
        """Book through the API; the first free time unless `start` says another."""
        self._guests += 1
        body = {
            "service": service,
            "start": start or (await self.free(service))[0],
            "name": f"Gast {'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[self._guests % 26]}",
            "email": f"gast{self._guests}@example.org",
            **person,
        }
        async with self.http.post("/api/v1/appointments", json=body) as answer:
            text = await answer.text()
            assert answer.status == 201, text
        return Booking(**json.loads(text))

    async def boot(self, path: str, cookies: dict[str, str] | None = None) -> dict[str, Any]:
        """What a loaded page starts with: its seat, its state."""
        if isinstance(self.clock, Clock):
            self.clock.forward(0.01)  # no two pages are loaded at the very same moment
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in (cookies or {}).items())}
        async with self.http.get(path, headers=headers, allow_redirects=False) as answer:
            assert answer.status == 200, (answer.status, await answer.text())
            return boot_data(await answer.text())

    async def citizen(self, booking: Booking, *, enter: bool = False) -> "Page":
        """Open the link's page and connect it."""
        boot = await self.boot(booking.path)
        page = await self.connect("/citizen", boot["seat"])
        page.town, page.boot, page.booking = self, boot, booking
        if enter:
            assert (await page.ask("enter"))["ok"]
        return page

    async def hire(self, user: str = "anna", name: str = "", password: str = "") -> str:
        """Make an account; returns the clerk's id."""
        clerk = await self.app[office.CLERKS].add(
            user, name or user.title(), password or f"geheimes wort {user}"
        )
        return clerk.id

    async def sign_in(self, user: str = "anna") -> str:
        """The session cookie of a clerk, who is hired if need be."""
        if not self.rows("select 1 from clerks where user = ?", user):
            await self.hire(user)
        form = {"user": user, "password": f"geheimes wort {user}"}
        async with self.http.post("/amt/anmelden", data=form, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
            return answer.cookies["vamt"].value

    async def clerk(self, user: str = "anna", *, session: str = "") -> "Page":
        """Sign in, open the desk and connect it."""
        session = session or await self.sign_in(user)
        boot = await self.boot("/amt", {"vamt": session})
        page = await self.connect("/desk", boot["seat"])
        page.town, page.boot, page.session = self, boot, session
        return page

    def people(self, namespace: str) -> list["Page"]:
        """The pages that have been connected."""
        pages = [one for one in self._people if isinstance(one, Page)]
        return [page for page in pages if page.namespace == namespace]

    async def connect(self, namespace: str, seat: Any, **auth: Any) -> "Page":
        """A connected page; raises socketio's ConnectionError when it is refused."""
        page = Page(self.url, namespace)
        self._people.append(page)
        await page.connect({"seat": seat, **auth})
        return page

    async def refused(self, namespace: str, auth: Any, **headers: str) -> dict[str, Any]:
        """Connect in vain; the error."""
        page = Page(self.url, namespace)
        page.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            await page.connect(auth)
        except socketio.exceptions.ConnectionError:
            assert page.refusal is not None
            return page.refusal
        finally:
            await page.close()
        raise AssertionError("was let in")


class Page:
    """A page with its Socket.IO connection: what arrives is kept, what is asked is answered."""

    def __init__(self, url: str, namespace: str) -> None:
        self.url, self.namespace = url, namespace
        self.states: list[dict[str, Any]] = []
        self.signals: list[dict[str, Any]] = []
        self.drafts: list[dict[str, Any]] = []
        self.ink: list[dict[str, Any]] = []
        self.advice: list[dict[str, Any]] = []
        self.replaced: list[dict[str, Any]] = []
        self.told: dict[str, list[dict[str, Any]]] = {event: [] for event in protocol.TO_BOTH_SIDES}
        self.refusal: dict[str, Any] | None = None
        self.town: Town | None = None
        self.boot: dict[str, Any] = {}
        self.session = ""
        self.booking = Booking("", "", "", "")
        self.headers: dict[str, str] = {}
        self.gone = asyncio.Event()
        self._news = asyncio.Condition()
        self._http: aiohttp.ClientSession | None = None

    async def connect(self, auth: Any, *, transports: tuple[str, ...] = ("websocket",)) -> None:
        """Connect; raises socketio's ConnectionError."""
        self._http = aiohttp.ClientSession()
        self.client = socketio.AsyncClient(
            reconnection=False, http_session=self._http, handle_sigint=False
        )
        for event, kept in (
            ("state", self.states),
            ("signal", self.signals),
            ("draft", self.drafts),
            ("ink", self.ink),
            ("advice", self.advice),
            ("replaced", self.replaced),
            *self.told.items(),
        ):
            self.client.on(event, self._keep(kept), namespace=self.namespace)
        self.client.on("connect_error", self._refused, namespace=self.namespace)
        self.client.on("disconnect", self._gone, namespace=self.namespace)
        self.gone.clear()
        await self.client.connect(
            self.url,
            headers=self.headers,
            auth=auth,
            namespaces=[self.namespace],
            transports=list(transports),
            wait_timeout=20,  # a busy machine: the client's own patience is one second
        )

    def _keep(self, kept: list[dict[str, Any]]) -> Callable[[dict[str, Any]], Any]:
        async def keep(data: dict[str, Any]) -> None:
            kept.append(data)
            async with self._news:
                self._news.notify_all()

        return keep

    async def _refused(self, data: dict[str, Any] | str) -> None:
        if isinstance(data, dict):  # a text where the library itself refuses
            self.refusal = data.get("data")  # where a browser's `error.data` comes from

    async def _gone(self, *reason: Any) -> None:
        self.gone.set()
        async with self._news:
            self._news.notify_all()

    async def ask(self, event: str, data: Any = None) -> Any:
        """Send an event; returns its acknowledgement."""
        args = () if data is None else (data,)
        return await self.client.call(event, *args, namespace=self.namespace, timeout=PATIENCE)

    async def do(self, event: str, data: Any = None) -> Any:
        """Send an event that has to succeed."""
        answer = await self.ask(event, data)
        assert answer and answer["ok"], (event, answer)
        return answer

    async def fails(self, event: str, data: Any = None) -> str:
        """Send an event that has to be refused in the one error shape; returns the key."""
        return str(failure(await self.ask(event, data))["error"])

    @property
    def state(self) -> dict[str, Any]:
        """The newest state pushed."""
        return self.states[-1]

    async def until(
        self, wanted: Callable[[dict[str, Any]], Any], patience: float = PATIENCE
    ) -> dict[str, Any]:
        """Wait for a pushed state (the newest one counts) that fits."""
        try:
            async with asyncio.timeout(patience), self._news:
                await self._news.wait_for(lambda: self.states and wanted(self.states[-1]))
        except TimeoutError:
            raise AssertionError(
                f"{self.namespace}: no such state came; the last: {self.states[-1:]}"
            ) from None
        return self.states[-1]

    async def heard(self, count: int = 1, patience: float = PATIENCE) -> list[dict[str, Any]]:
        """Wait for `count` signals."""
        try:
            async with asyncio.timeout(patience), self._news:
                await self._news.wait_for(lambda: len(self.signals) >= count)
        except TimeoutError:
            raise AssertionError(f"{self.namespace}: signals: {self.signals}") from None
        return self.signals

    async def read_along(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait for `count` drafts."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(self.drafts) >= count)
        return self.drafts

    async def watched(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait for `count` pieces of a signature."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(self.ink) >= count)
        return self.ink

    async def advised(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait for `count` pieces of advice."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(self.advice) >= count)
        return self.advice

    async def until_told(self, event: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait for `count` events of a form."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(self.told[event]) >= count)
        return self.told[event]

    async def thrown_out(self, patience: float = PATIENCE) -> str:
        """Wait until the server ends this page; the reason it gave, '' if none."""
        async with asyncio.timeout(patience):
            await self.gone.wait()
        return str(self.replaced[-1]["reason"]) if self.replaced else ""

    async def quiet(self, seconds: float = 0.35) -> None:
        """Let pushes in flight arrive (the gathering takes 0.15 s)."""
        await asyncio.sleep(seconds)

    async def drop(self) -> None:
        """The network is gone; nobody says goodbye."""
        if self._http is not None:
            await self._http.close()

    async def close(self) -> None:
        """Go away."""
        if self._http is None:
            return
        if self.client.connected or self.client.eio.state != "disconnected":
            await self.client.disconnect()
        async with asyncio.timeout(PATIENCE):  # the client's own tasks end after its socket
            while self.client.eio.state != "disconnected":  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await self._http.close()
        self._http = None


class Browser:
    """Follows links and sends forms, as a browser without JavaScript does."""

    def __init__(self, town: Town, language: str = "de") -> None:
        self.town = town
        self.session = aiohttp.ClientSession(
            town.url,
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # the host is an IP address
            headers={"Accept-Language": f"{language};q=0.9"},
        )
        self.page = Html("")
        self.status = 0
        self.url = ""

    async def get(self, url: str) -> Html:
        """Open an address."""
        async with self.session.get(url) as answer:
            return await self._show(answer)

    async def submit(self, form: Form | None = None, /, **values: str) -> Html:
        """Fill in and send a form: the page's only one unless another is given."""
        form = form or self.page.form()
        url = form.action or self.url
        entries = form.filled(**values)
        if form.method == "get":
            async with self.session.get(url, params=entries) as answer:
                return await self._show(answer)
        headers = {"Origin": self.town.url, "Sec-Fetch-Site": "same-origin"}
        async with self.session.post(url, data=entries, headers=headers) as answer:
            return await self._show(answer)

    async def _show(self, answer: aiohttp.ClientResponse) -> Html:
        self.page, self.status = Html(await answer.text()), answer.status
        self.url = answer.url.path_qs
        return self.page

    async def close(self) -> None:
        """Close the browser."""
        await self.session.close()


@asynccontextmanager
async def served(folder: Path, **options: Any) -> AsyncIterator[Town]:
    """A town for the length of a `with`."""
    async with Town(folder, **options) as town:
        yield town


def failure(answer: Any) -> dict[str, Any]:
    """Assert the one error shape and return it."""
    assert isinstance(answer, dict), answer
    assert answer.get("ok") is False, answer
    assert isinstance(answer["error"], str) and answer["error"], answer
    assert isinstance(answer["message"], str) and len(answer["message"]) > 5, answer
    assert isinstance(answer["status"], int) and 400 <= answer["status"] < 500, answer
    assert not re.search(r"Traceback|File \"|Error\(|vamt\.|%\(", answer["message"]), answer
    return answer


def boot_data(page: str) -> dict[str, Any]:
    """The JSON a page with JavaScript starts with."""
    found = re.search(r'<script type="application/json" id="boot">(.*?)</script>', page, re.S)
    assert found, page
    return dict(json.loads(found[1]))


@dataclass
class Visit:
    """Citizen and clerk, connected with each other."""

    citizen: Page
    clerk: Page
    booking: Booking = field(init=False)

    def __post_init__(self) -> None:
        self.booking = self.citizen.booking


async def visit(town: Town, user: str = "anna", booking: Booking | None = None) -> Visit:
    """A visit that is open: booked, entered, called, answered."""
    booking = booking or await town.book()
    citizen = await town.citizen(booking, enter=True)
    clerk = await town.clerk(user)
    await clerk.do("call", {"appointment": booking.id})
    await citizen.until(lambda s: s["state"] == "called")
    await citizen.do("answer")
    await clerk.until(lambda s: s["visit"] and s["visit"]["state"] == "open")
    await citizen.until(lambda s: s["state"] == "in_visit")
    return Visit(citizen, clerk)
