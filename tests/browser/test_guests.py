"""Three in a visit: the clerk asks somebody in by a link, each sees and hears both others."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Arrive
from tests.browser.people import DESKTOP, PHONE, Office, Person, grows, sign_in, until
from tests.browser.test_accessibility import findings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PLAYED = "v => v.videoWidth && !v.paused ? v.getVideoPlaybackQuality().totalVideoFrames : 0"
SHOTS = os.environ.get("VAMT_SHOTS", "")


async def shot(person: Person, name: str) -> None:
    """A picture to look at, where somebody asked for them."""
    if SHOTS:
        await person.page.screenshot(path=str(Path(SHOTS, f"{name}.png")))


async def moves(video: Any) -> None:
    """The picture is played, and goes on."""

    async def frames() -> int:
        return int(await video.evaluate(PLAYED))

    first = await until(frames, "a picture")

    async def more() -> bool:
        return await frames() > first

    await until(more, "the picture to move")


async def sees(person: Person, *names: str) -> None:
    """The main picture and the small one move, and these people stand beside them."""
    for picture in ("remote-video", "company-video"):
        video = person.page.get_by_test_id(picture)
        await video.wait_for()
        await moves(video)
    for name in names:
        await person.page.get_by_text(name, exact=True).locator("visible=true").first.wait_for()


async def legs(person: Person, count: int) -> None:
    """So many connections are open."""

    async def open_now() -> bool:
        return (await person.stats())["open"] == count

    await until(open_now, f"{count} open connections")


async def invite(clerk: Person, name: str) -> str:
    """Make a link for an interpreter."""
    await clerk.page.get_by_role("button", name="Person dazuholen").click()
    await clerk.page.get_by_role("radio", name="Jemand zum Dolmetschen").check()
    await clerk.page.get_by_label("Name der Person").fill(name)
    await shot(clerk, "clerk-ask")
    assert not await findings(clerk.page)
    await clerk.button("Link erstellen").click()
    link = clerk.page.get_by_label("Link für den Gast")
    await link.wait_for()
    address = await link.input_value()
    await clerk.page.get_by_alt_text("QR-Code").wait_for()
    await shot(clerk, "clerk-link")
    await clerk.button("Fertig").click()
    assert await link.input_value() == ""  # shown once
    return address


async def test_an_interpreter_joins_and_is_removed(office: Office, arrive: Arrive) -> None:
    citizen = await arrive(**PHONE)
    clerk = await arrive(**DESKTOP)
    await sign_in(clerk, office)
    await citizen.page.goto(office.book())
    await citizen.button("Warteraum betreten").click()
    await citizen.page.get_by_role("heading", name="Warteraum").wait_for()
    await clerk.button("Nächste Person aufrufen").click()
    await citizen.button("Annehmen").click()
    await grows(citizen, "framesDecoded", "totalAudioEnergy")

    address = await invite(clerk, "Olena Bondar")
    await citizen.page.get_by_text("möchte Olena Bondar zum Dolmetschen dazuholen").wait_for()
    await shot(citizen, "citizen-invited")

    guest = await arrive(**PHONE)
    page = guest.page
    await page.goto(address)
    await page.get_by_text("Videogespräch mit Ayşe Yılmaz").wait_for()
    await page.get_by_role("button", name="Kamera und Ton testen").click()
    await page.get_by_test_id("local-video").wait_for()
    await shot(guest, "guest-door")
    assert not await findings(page)
    assert (await guest.stats())["open"] == 0  # nothing is connected before she goes in
    await page.get_by_label("Ihr Name").fill("Olena B.")
    await guest.button("Am Gespräch teilnehmen").click()

    for person in (citizen, clerk, guest):
        await legs(person, 2)
        await grows(person, "framesDecoded", "totalAudioEnergy")
    await sees(citizen, "Olena B.")
    await sees(clerk, "Olena B.")
    await sees(guest, "Ayşe Yılmaz")
    assert not await findings(citizen.page)
    for person, name in ((citizen, "citizen"), (clerk, "clerk"), (guest, "guest")):
        await shot(person, f"{name}-three")
    assert not await page.get_by_role("button", name="Chat").is_visible()  # not shared

    await clerk.page.get_by_label("Chat für Gäste sichtbar").check()
    await page.get_by_role("button", name="Chat").wait_for()
    await citizen.page.get_by_text("Alle hier lesen den Chat mit.").wait_for()

    await page.reload()  # she is back by herself
    await sees(guest, "Ayşe Yılmaz")
    await legs(guest, 2)

    await clerk.page.get_by_role("button", name=re.compile("Olena B. entfernen")).click()
    await page.get_by_role("heading", name="Das Gespräch ist für Sie beendet").wait_for()
    await shot(guest, "guest-over")
    await legs(guest, 0)
    for person in (citizen, clerk):
        await legs(person, 1)
        await person.page.get_by_test_id("company-video").wait_for(state="detached")
        await grows(person, "framesDecoded", "totalAudioEnergy")
    answer: Any = await page.goto(address)
    assert answer.status == 410
    guest.faults.clear()  # Chromium notes the 410 in its console
