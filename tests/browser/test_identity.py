"""The identity check in two real browsers: a drawn card before a fake camera, and a refusal."""

import os
import random
from pathlib import Path

import pytest

from tests.browser.conftest import Arrive
from tests.browser.people import DESKTOP, PHONE, Office, Person, sign_in, until
from tests.capture.cards import invent
from tests.capture.film import WHOLE_CHECK, frames, write_y4m

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """The front is held before the camera, then the back."""
    file = tmp_path / "check.y4m"
    write_y4m(file, frames(invent(random.Random(3)), WHOLE_CHECK))
    return file


def children(office: Office) -> list[str]:
    """The capture children of this office; it has others, such as one that waits for a paper."""
    assert office.process is not None
    pid = office.process.pid
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        found += Path(f"/proc/{pid}/task/{task}/children").read_text().split()
    return [child for child in found if b"vamt.capture" in words(child)]


def words(pid: str) -> bytes:
    """Its command line; empty when it has just ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


async def talk(citizen: Person, clerk: Person, office: Office) -> None:
    """Both in a visit about an errand that asks for a document."""
    await sign_in(clerk, office)
    page = citizen.page
    await page.goto(office.book(service="meldebescheinigung"))
    await page.get_by_label("Geburtsdatum").fill("1990-02-03")
    await page.get_by_label("Ihre Adresse").fill("Marktplatz 3, 73599 Amselfingen")
    await page.get_by_role("button", name="speichern").click()
    await page.get_by_role("button", name="Kamera und Ton testen").click()
    await citizen.button("Warteraum betreten").click()
    await clerk.button("Nächste Person aufrufen").click()
    await citizen.button("Annehmen").click()
    await clerk.button("Besuch beenden").wait_for()


async def test_a_document_is_shown_taken_and_judged(
    office: Office, arrive: Arrive, film: Path
) -> None:
    citizen = await arrive(extra=(f"--use-file-for-fake-video-capture={film}",), **PHONE)
    clerk = await arrive(**DESKTOP)
    await talk(citizen, clerk, office)
    await clerk.page.get_by_role("button", name="Ausweis prüfen").click()
    await citizen.button("Ich stimme zu").click()

    looks_on = citizen.page.get_by_text("Der Amt-Server sieht zu", exact=True)
    await looks_on.wait_for(timeout=45_000)
    await clerk.page.get_by_text("Der Amt-Server sieht zu").first.wait_for()
    await citizen.page.get_by_text("Rückseite", exact=False).first.wait_for()
    # the film is shown again and again: a busy machine may need two or three showings
    await clerk.page.get_by_text("Die Bilder sind aufgenommen.").wait_for(timeout=70_000)
    await citizen.page.get_by_text("Danke, das war es schon.").wait_for()
    await looks_on.wait_for(state="hidden")
    picture = clerk.page.locator("[data-part=check-image]")
    await until(lambda: picture.evaluate("i => i.naturalWidth === 1011"), "the picture, cut out")
    assert children(office)

    for box in await clerk.page.locator("[data-part=check-items] input").all():
        await box.click()
        await until(box.is_checked, "the tick to come back from the office")
    await clerk.page.get_by_role("button", name="Geprüft").click()
    await clerk.page.get_by_text("Personalausweis hat vorgelegen und wurde geprüft.").wait_for()
    await citizen.page.get_by_text("Danke, das war es schon.").wait_for(state="hidden")

    async def nobody() -> bool:
        return not children(office)

    await until(nobody, "the capture's process to end")
    assert await citizen.page.get_by_test_id("remote-video").is_visible()


async def test_who_refuses_goes_on_talking(office: Office, arrive: Arrive) -> None:
    citizen, clerk = await arrive(**PHONE), await arrive(**DESKTOP)
    await talk(citizen, clerk, office)
    await clerk.page.get_by_role("button", name="Ausweis prüfen").click()
    await citizen.button("Nicht zustimmen").click()
    await clerk.page.get_by_text("möchte nicht").first.wait_for()
    await citizen.button("Ich stimme zu").wait_for(state="hidden")

    async def nobody() -> bool:
        return not children(office)

    await until(nobody, "the capture's process to end")
    assert await citizen.page.get_by_test_id("remote-video").is_visible()
