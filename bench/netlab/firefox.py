"""Firefox on a host of the lab, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/).

Playwright drives only a Firefox of its own making, which is a download; this one is Debian's. The
few commands the lab needs are JSON over one WebSocket.
"""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from bench.netlab import hosts
from bench.netlab.chromium import PROBE
from bench.netlab.hosts import OFFICE, PLAIN, LabError
from tests.browser.people import DESKTOP, PHONE

FIREFOX = os.environ.get("VAMT_FIREFOX", "firefox-esr")
PORT = 9222
START_PATIENCE = 60.0  # s
ANSWER_PATIENCE = 30.0  # s
REST = 2.0  # s for what a page fetches after it has loaded
PREFS: dict[str, bool | int | str] = {
    "dom.securecontext.allowlist": f"{OFFICE},{PLAIN}",  # plain http; else there is no camera
    "media.devices.insecure.enabled": True,
    "media.getusermedia.insecure.enabled": True,
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "media.peerconnection.ice.obfuscate_host_addresses": False,  # mDNS has nobody to answer here
    "intl.accept_languages": "de-DE, de",
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.trr.mode": 5,
    "security.warn_submit_secure_to_insecure": False,  # it would ask before she signs in
    "toolkit.telemetry.enabled": False,
}


class Bidi:
    """Commands and their answers over one WebSocket; events are not asked for."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self._line = line
        self._ids = itertools.count(1)
        self._turn = asyncio.Lock()

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; OSError where it is refused."""
        async with self._turn, asyncio.timeout(ANSWER_PATIENCE):
            number = next(self._ids)
            await self._line.send_json({"id": number, "method": method, "params": params})
            while True:
                answer = await self._line.receive_json()
                if answer.get("id") == number:
                    break
        if answer["type"] != "success":
            raise OSError(f"{method}: {answer.get('error')}: {answer.get('message')}")
        result: dict[str, Any] = answer["result"]
        return result


class FirefoxPage:
    """One tab with a container of its own; see `people.Side`."""

    def __init__(self, bidi: Bidi, tab: str, container: str) -> None:
        self._bidi, self._tab, self._container = bidi, tab, container

    async def goto(self, url: str) -> None:
        """Open an address; returns when it has loaded."""
        await self._bidi.ask(
            "browsingContext.navigate", context=self._tab, url=url, wait="complete"
        )

    async def evaluate(self, script: str) -> Any:
        """The value of an expression in the page, awaited."""
        found = await self._bidi.ask(
            "script.evaluate",
            expression=f"(async () => JSON.stringify((await ({script})) ?? null))()",
            target={"context": self._tab},
            awaitPromise=True,
        )
        if found["type"] != "success":
            raise OSError(f"{script}: {found['exceptionDetails']['text']}")
        return json.loads(found["result"]["value"])

    async def settle(self) -> None:
        """Until nothing is being fetched any more, within reason."""
        await asyncio.sleep(REST)

    async def close(self) -> None:
        """Close the tab and forget its cookies."""
        await self._bidi.ask("browser.removeUserContext", userContext=self._container)


class Firefox:
    """A running browser; see `people.Driver`."""

    def __init__(self, bidi: Bidi) -> None:
        self._bidi = bidi

    async def open(self, *, phone: bool) -> FirefoxPage:
        """An empty page with cookies of its own."""
        ask = self._bidi.ask
        container = (await ask("browser.createUserContext"))["userContext"]
        made = await ask("browsingContext.create", type="tab", userContext=container)
        tab = made["context"]
        size = (PHONE if phone else DESKTOP)["viewport"]
        await ask("browsingContext.setViewport", context=tab, viewport=size)
        probe = f"() => {{ {PROBE.read_text('utf-8')} }}"
        await ask("script.addPreloadScript", functionDeclaration=probe, contexts=[tab])
        return FirefoxPage(self._bidi, tab, container)


def profile(folder: Path, authority: Path) -> Path:
    """A new profile that trusts the lab's own certificate authority; TURN over TLS needs it."""
    made = folder / "firefox"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in PREFS.items())
    (made / "user.js").write_text("".join(lines))
    store = f"sql:{made}"
    hosts.run("certutil", "-N", "-d", store, "--empty-password")
    hosts.run("certutil", "-A", "-d", store, "-n", "lab", "-t", "C,,", "-i", str(authority))
    return made


@contextlib.asynccontextmanager
async def firefox(seat: str, folder: Path) -> AsyncIterator[Firefox]:
    """Firefox on the host of this name; it makes picture and sound itself."""
    made = profile(folder, folder / "authority.pem")
    with (folder / "firefox.log").open("w") as log:
        process = hosts.spawn(
            seat,
            [FIREFOX, "--headless", "--profile", str(made), "--remote-debugging-port", str(PORT)],
            stdout=log,
            stderr=log,
            env={**os.environ, "HOME": str(folder), "LANG": "de_DE.UTF-8"},
        )

    def inside(_: Any) -> socket.socket:
        return hosts.at(seat, lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))

    connector = aiohttp.TCPConnector(socket_factory=inside)
    try:
        async with aiohttp.ClientSession(connector=connector) as session:
            line = await _line(session, process)
            bidi = Bidi(line)
            await bidi.ask("session.new", capabilities={})
            yield Firefox(bidi)
    finally:
        await asyncio.to_thread(hosts.end, process)


async def _line(session: aiohttp.ClientSession, process: Any) -> aiohttp.ClientWebSocketResponse:
    """The browser's control line, as soon as it listens."""
    loop = asyncio.get_running_loop()
    end = loop.time() + START_PATIENCE
    while True:
        try:
            # an expression of the probe's may bring back half a minute of samples
            return await session.ws_connect(f"ws://127.0.0.1:{PORT}/session", max_msg_size=0)
        except aiohttp.ClientError:
            if process.poll() is not None or loop.time() > end:
                raise LabError("Firefox does not start") from None
        await asyncio.sleep(0.1)
