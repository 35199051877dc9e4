"""Chromium on a host of the lab, driven by Playwright."""

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Playwright
from playwright.async_api import Error as PlaywrightError

from bench.netlab import media
from bench.netlab.hosts import PREFIX
from bench.netlab.media import SMALL, Camera
from bench.netlab.servers import Office, Plain
from tests.browser.people import CHROMIUM, DESKTOP, FLAGS, PHONE

PROBE = Path(__file__).with_name("probe.js")
PATIENCE = 20_000  # ms
LOAD_PATIENCE = 15_000  # ms
WRAPPER = """#!/bin/sh
exec ip netns exec {host} {browser} "$@"
"""
EXTRA = (
    "--use-fake-ui-for-media-stream",
    "--ignore-certificate-errors",  # covers TURN over TLS too
    f"--unsafely-treat-insecure-origin-as-secure={Office.url},{Plain.url}",
)


@contextlib.contextmanager
def _as_oserror() -> Iterator[None]:
    """One kind of error for all browsers: the page could not be asked."""
    try:
        yield
    except PlaywrightError as error:
        raise OSError(str(error)) from error


class ChromiumPage:
    """One page; see `people.Side`."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def goto(self, url: str) -> None:
        """Open an address; returns when it has loaded."""
        with _as_oserror():
            await self._page.goto(url)

    async def evaluate(self, script: str) -> Any:
        """The value of an expression in the page, awaited."""
        with _as_oserror():
            return await self._page.evaluate(script)

    async def settle(self) -> None:
        """Until nothing is being fetched any more, within reason."""
        with contextlib.suppress(PlaywrightError):
            await self._page.wait_for_load_state("networkidle", timeout=LOAD_PATIENCE)

    async def close(self) -> None:
        """Close the page and forget its cookies."""
        with _as_oserror():
            await self._page.context.close()


class Chromium:
    """A running browser; see `people.Driver`."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    async def open(self, *, phone: bool) -> ChromiumPage:
        """An empty page with cookies of its own."""
        size = {**PHONE, "device_scale_factor": 1} if phone else DESKTOP
        context = await self._browser.new_context(**size, locale="de-DE", bypass_csp=True)
        context.set_default_timeout(PATIENCE)
        await context.add_init_script(path=PROBE)
        return ChromiumPage(await context.new_page())


@contextlib.asynccontextmanager
async def chromium(
    playwright: Playwright, seat: str, folder: Path, camera: Camera = SMALL
) -> AsyncIterator[Chromium]:
    """Chromium on the host of this name, with its microphone and camera."""
    wrapper = folder / f"chromium-{seat}"
    wrapper.write_text(WRAPPER.format(host=PREFIX + seat, browser=CHROMIUM))
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
        yield Chromium(launched)
    finally:
        await launched.close()
