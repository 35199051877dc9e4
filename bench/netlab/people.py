"""Citizen and clerk in real browsers on their hosts, in our pages or in the plain one."""

import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from playwright.async_api import Browser, Page, Playwright
from playwright.async_api import Error as PlaywrightError

from bench.netlab import media
from bench.netlab.hosts import PREFIX, PRIORITY
from bench.netlab.media import SMALL, Camera
from bench.netlab.servers import Office, Plain
from tests.browser.people import CHROMIUM, DESKTOP, FLAGS, PHONE, Person, sign_in, until

PROBE = Path(__file__).with_name("probe.js")
PICTURE_PATIENCE = 20.0  # s
LOAD_PATIENCE = 15_000  # ms
END_PATIENCE = 10_000  # ms
WRAPPER = """#!/bin/sh
echo {priority} 2>/dev/null >/proc/self/autogroup
exec ip netns exec {host} {browser} "$@"
"""
EXTRA = (
    "--use-fake-ui-for-media-stream",
    "--ignore-certificate-errors",  # covers TURN over TLS too
    f"--unsafely-treat-insecure-origin-as-secure={Office.url},{Plain.url}",
)


@contextlib.asynccontextmanager
async def browser(
    playwright: Playwright, seat: str, folder: Path, camera: Camera = SMALL
) -> AsyncIterator[Browser]:
    """Chromium on the host of this name, with its microphone and camera."""
    wrapper = folder / f"chromium-{seat}"
    wrapper.write_text(WRAPPER.format(priority=PRIORITY, host=PREFIX + seat, browser=CHROMIUM))
    wrapper.chmod(0o755)
    launched = await playwright.chromium.launch(
        executable_path=wrapper,
        args=[
            *FLAGS,
            *EXTRA,
            f"--use-file-for-fake-audio-capture={media.speech(seat)}",
            f"--use-file-for-fake-video-capture={media.picture(camera)}",
        ],
        env={**os.environ, "LANG": "C.UTF-8"},
    )
    try:
        yield launched
    finally:
        await launched.close()


@dataclass
class Conversation:
    """Both sides in one kind of pages."""

    citizen: Person
    clerk: Person

    @property
    def pages(self) -> dict[str, Page]:
        """By seat."""
        return {"citizen": self.citizen.page, "clerk": self.clerk.page}

    async def each(self, script: str) -> dict[str, Any]:
        """Evaluate the same in both pages."""
        return {seat: await page.evaluate(script) for seat, page in self.pages.items()}

    async def click(self) -> None:
        """The clerk calls the next person; a robot in the citizen's page accepts at once."""
        await until(lambda: self.clerk.page.evaluate("__lab.callable()"), "somebody to call")
        await self.clerk.page.evaluate("__lab.call()")

    async def see_each_other(self, patience: float = PICTURE_PATIENCE) -> None:
        """Until both have had a picture; raises AssertionError."""
        for page in self.pages.values():
            await until(lambda p=page: p.evaluate("'frame' in __lab.marks"), "a picture", patience)

    async def close(self) -> None:
        """Close both pages."""
        for person in (self.citizen, self.clerk):
            with contextlib.suppress(Exception):
                await person.context.close()


class Kind(Protocol):
    """Ours or plain: how two people come to the point where one can call the other."""

    name: str
    server: Any

    async def arrive(self, citizen: Browser, clerk: Browser) -> Conversation:
        """Both have their pages open."""

    async def enter(self, talk: Conversation) -> None:
        """The citizen waits to be called."""

    async def leave(self, talk: Conversation) -> None:
        """End the call, whatever has become of it, and close the pages."""


async def _person(browser: Browser, options: dict[str, Any]) -> Person:
    person = await Person.arrive(browser, **options, bypass_csp=True)
    await person.context.add_init_script(path=PROBE)
    return person


async def _people(citizen: Browser, clerk: Browser) -> Conversation:
    phone = {**PHONE, "device_scale_factor": 1}
    return Conversation(await _person(citizen, phone), await _person(clerk, DESKTOP))


@dataclass
class Ours:
    """The product's own pages."""

    server: Office
    name: str = "ours"

    async def arrive(self, citizen: Browser, clerk: Browser) -> Conversation:
        """She has booked and tested her camera; the clerk sits at her desk."""
        talk = await _people(citizen, clerk)
        await sign_in(talk.clerk, self.server)  # type: ignore[arg-type]
        page = talk.citizen.page
        await page.goto(self.server.book())
        await page.get_by_role("button", name="Kamera und Ton testen").click()
        for person in (talk.citizen, talk.clerk):
            await until(lambda p=person: _previews(p), "the own picture")
        return talk

    async def enter(self, talk: Conversation) -> None:
        """Into the waiting room; its pictures of the town may load to their end."""
        await talk.citizen.button("Warteraum betreten").click()
        await talk.citizen.page.get_by_test_id("queue-position").wait_for()
        with contextlib.suppress(PlaywrightError):
            await talk.citizen.page.wait_for_load_state("networkidle", timeout=LOAD_PATIENCE)

    async def leave(self, talk: Conversation) -> None:
        """The clerk ends the visit; an office where that fails is started afresh."""
        try:
            page = talk.clerk.page
            page.set_default_timeout(END_PATIENCE)
            await page.get_by_role("button", name="Besuch beenden").click()
            await page.get_by_role("button", name="Ja, Besuch beenden").click()
            await page.get_by_role("heading", name="Schalter").first.wait_for()
        except Exception:
            self.server.renew()
        finally:
            await talk.close()


async def _previews(person: Person) -> bool:
    return bool(
        await person.page.evaluate(
            "[...document.querySelectorAll('video')].some(v => v.srcObject?.active && v.muted)"
        )
    )


@dataclass
class Bare:
    """The page with the browser's defaults."""

    server: Plain
    restart: str = "failed"  # when it restarts ICE: no, failed or disconnected
    name: str = "plain"

    async def arrive(self, citizen: Browser, clerk: Browser) -> Conversation:
        """Both have the page open; cameras open when the call is accepted, as naive pages do."""
        talk = await _people(citizen, clerk)
        for seat, page in talk.pages.items():
            await page.goto(f"{self.server.url}/?role={seat}&restart={self.restart}")
            await until(lambda p=page: p.evaluate("__lab.sockets.some(s => s.spoken)"), "a line")
        return talk

    async def enter(self, talk: Conversation) -> None:
        """There is no waiting room."""

    async def leave(self, talk: Conversation) -> None:
        """Nothing is kept."""
        await talk.close()
