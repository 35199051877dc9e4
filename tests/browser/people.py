"""A citizen and a clerk in real browsers, as the tests and benches drive them."""

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page, Playwright, Request

CHROMIUM = os.environ.get("VAMT_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PATIENCE = 20.0  # seconds; the machine is small and busy


def free_port() -> int:
    """A port nobody listens on, below those that the kernel gives to outgoing connections.

    Other tests run at the same time: one of theirs could take it before the office is up.
    """
    while True:
        port = random.randrange(10_000, 20_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass
class Office:
    """`vamt demo` as a real process that can be killed and started again."""

    data: Path
    port: int = field(default_factory=free_port)
    facts: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Start, or start again on the same folder and port; returns when it serves."""
        with (self.data.parent / "office.log").open("a") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "vamt", "demo", "--json"),
                    *("--port", str(self.port), "--data", str(self.data)),
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, (self.data.parent / "office.log").read_text()
        self.facts = json.loads(line)

    def kill(self) -> None:
        """As a power cut would: SIGKILL."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        if self.process and self.process.stdout:
            self.process.stdout.close()

    def log(self) -> str:
        """What it wrote to standard error."""
        return (self.data.parent / "office.log").read_text()

    def book(
        self,
        name: str = "Ayşe Yılmaz",
        service: str = "beratung",
        language: str = "de",
        phone: str = "",
        nth: int = 0,
    ) -> str:
        """Book the nth free slot through the API; returns the link on this office's address."""
        with urllib.request.urlopen(f"{self.url}/api/v1/services/{service}/slots") as answer:
            slot = json.load(answer)[nth]
        body = {
            "service": service,
            "start": slot["start"],
            "name": name,
            "email": "a@example.org",
            "phone": phone,
            "language": language,
        }
        request = urllib.request.Request(
            f"{self.url}/api/v1/appointments",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return self.url + urlsplit(json.load(answer)["link"]).path


@dataclass
class Person:
    """Somebody with a browser of her own; remembers every request and every fault."""

    page: Page
    context: BrowserContext
    hosts: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    @classmethod
    async def arrive(cls, browser: Browser, **options: Any) -> "Person":
        """A fresh context with one page."""
        options.setdefault("locale", "de-DE")
        context = await browser.new_context(**options)
        context.set_default_timeout(PATIENCE * 1000)
        person = cls(await context.new_page(), context)
        person.watch(person.page)
        context.on("page", person.watch)
        return person

    def watch(self, page: Page) -> None:
        """Note requests and faults of a page."""

        def requested(request: Request) -> None:
            parts = urlsplit(request.url)
            if parts.scheme in ("http", "https", "ws", "wss"):
                self.hosts.add(parts.netloc)

        page.on("request", requested)
        page.on("websocket", lambda ws: self.hosts.add(urlsplit(ws.url).netloc))
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))

        def said(message: Any) -> None:
            # a killed server makes the browser complain about the lost socket; that is no fault
            offline = "ERR_CONNECTION_REFUSED" in message.text or "WebSocket" in message.text
            if message.type == "error" and not offline:
                self.faults.append(message.text)

        page.on("console", said)

    def button(self, name: str) -> Any:
        """A button by its name."""
        return self.page.get_by_role("button", name=name, exact=True)

    async def stats(self) -> dict[str, float]:
        """What the page's peer connections received so far (spied through `spy`)."""
        return dict(await self.page.evaluate(STATS))


SPY = """
window.__calls = [];
const Real = RTCPeerConnection;
window.RTCPeerConnection = class extends Real {
    constructor(...config) { super(...config); window.__calls.push(this); }
};
"""
STATS = """async () => {
    const sum = { framesDecoded: 0, totalAudioEnergy: 0, framesSent: 0, bytesReceived: 0, open: 0 };
    for (const pc of window.__calls) {
        if (pc.connectionState !== 'connected') continue;
        sum.open += 1;
        for (const report of (await pc.getStats()).values()) {
            if (report.type === 'inbound-rtp') {
                sum.bytesReceived += report.bytesReceived;
                if (report.kind === 'video') sum.framesDecoded += report.framesDecoded ?? 0;
                if (report.kind === 'audio') sum.totalAudioEnergy += report.totalAudioEnergy ?? 0;
            }
            if (report.type === 'outbound-rtp' && report.kind === 'video')
                sum.framesSent += report.framesSent ?? 0;
        }
    }
    return sum;
}"""


@asynccontextmanager
async def browser(
    playwright: Playwright, *, camera: bool = True, extra: tuple[str, ...] = ()
) -> AsyncIterator[Browser]:
    """Headless Chromium; `camera` False denies camera and microphone."""
    answer = "--use-fake-ui-for-media-stream" if camera else "--deny-permission-prompts"
    launched = await playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*FLAGS, answer, *extra]
    )
    try:
        yield launched
    finally:
        await launched.close()


async def until(check: Any, what: str, patience: float = PATIENCE, *, pause: float = 0.1) -> Any:
    """Wait until the coroutine function `check` returns something true; asked every `pause`."""
    end = time.monotonic() + patience
    while True:
        found = await check()
        if found:
            return found
        assert time.monotonic() < end, f"waited {patience} s in vain: {what}"
        await asyncio.sleep(pause)


async def grows(person: Person, *keys: str, patience: float = PATIENCE) -> None:
    """Assert that each of these statistics grows."""
    before = await person.stats()

    async def grown() -> bool:
        now = await person.stats()
        return all(now[key] > before[key] for key in keys)

    await until(grown, f"{keys} to grow from {before}", patience)


async def sign_in(person: Person, office: Office, number: int = 0) -> None:
    """Sign a clerk in at her desk."""
    clerk = office.facts["clerks"][number]
    page = person.page
    await page.goto(f"{office.url}/amt")
    await page.get_by_label("Benutzername").fill(clerk["user"])
    await page.get_by_label("Passwort").fill(clerk["password"])
    await person.button("Anmelden").click()
    await page.get_by_role("heading", name="Schalter").first.wait_for()
