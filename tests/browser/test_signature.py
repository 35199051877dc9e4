"""The citizen signs by pointer and by keyboard, and refuses; the clerk watches it appear."""

import math
from typing import Any

import pytest

from tests.browser.conftest import Arrive
from tests.browser.people import DESKTOP, PHONE, Office, Person, grows, sign_in, until
from tests.browser.test_accessibility import findings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

TEXT = "Ich ziehe am 1. Juli um."


async def ask(clerk: Person, title: str) -> None:
    """The clerk has a text of her own signed."""
    await clerk.button("Unterschreiben").click()
    await clerk.page.get_by_label("Überschrift").fill(title)
    await clerk.page.get_by_label("Text", exact=True).fill(TEXT)
    assert not await findings(clerk.page)
    await clerk.button("Um die Unterschrift bitten").click()


async def draw(person: Person, strokes: int) -> None:
    """Some waves, one beside the other."""
    box = await person.page.get_by_role("img", name="Feld zum Unterschreiben").bounding_box()
    mouse = person.page.mouse
    for stroke in range(strokes):
        left, middle = box["x"] + box["width"] * (0.1 + 0.4 * stroke), box["y"] + box["height"] / 2
        await mouse.move(left, middle)
        await mouse.down()
        for step in range(1, 21):
            await mouse.move(left + 6 * step, middle + 40 * math.sin(step / 3))
        await mouse.up()


async def strokes_seen(clerk: Person, count: int) -> None:
    """So many strokes have appeared at the desk."""
    paths = clerk.page.get_by_role("img", name="Die Striche, während sie entstehen").locator("path")

    async def there() -> bool:
        return bool(await paths.count() == count)

    await until(there, f"{count} strokes at the desk")


async def connections(person: Person, count: int) -> None:
    async def open_now() -> bool:
        return (await person.stats())["open"] == count

    await until(open_now, f"{count} open connections")


async def hash_at(person: Person) -> Any:
    return await person.page.locator("[data-part=sign-hash]").inner_text()


async def test_sign_type_and_refuse(office: Office, arrive: Arrive) -> None:
    citizen = await arrive(**PHONE)
    clerk = await arrive(**DESKTOP)
    await sign_in(clerk, office)
    page = citizen.page
    await page.goto(office.book())
    await citizen.button("Warteraum betreten").click()
    await page.get_by_role("heading", name="Warteraum").wait_for()
    await clerk.button("Nächste Person aufrufen").click()
    await citizen.button("Annehmen").click()
    await grows(citizen, "framesDecoded")

    # with the pointer
    await ask(clerk, "Erklärung")
    await page.get_by_role("heading", name="Bitte unterschreiben").wait_for()
    await page.get_by_text(TEXT, exact=True).wait_for()
    assert await hash_at(citizen) == await hash_at(clerk)
    assert not await findings(page)
    await draw(citizen, 1)
    await strokes_seen(clerk, 1)
    await connections(citizen, 2)  # the call's, and the one for the strokes
    await draw(citizen, 2)
    await strokes_seen(clerk, 3)
    await citizen.button("Rückgängig").click()
    await strokes_seen(clerk, 2)
    await grows(citizen, "framesDecoded")  # the call goes on beside it
    await citizen.button("Unterschreiben").click()
    await page.get_by_role("heading", name="Danke, das ist unterschrieben").wait_for()
    await clerk.page.get_by_text("Genau die Striche, die Sie gesehen haben.").wait_for()
    picture = clerk.page.get_by_role("img", name="Die Unterschrift")

    async def drawn() -> bool:
        return bool(await picture.evaluate("i => i.complete && i.naturalWidth > 0"))

    await until(drawn, "the picture of the signature")
    await connections(citizen, 1)
    await citizen.button("Zurück zum Gespräch").click()

    # by keyboard alone, the page loaded again in the middle
    await ask(clerk, "Noch eine Erklärung")
    await page.get_by_role("heading", name="Noch eine Erklärung").wait_for()
    await page.reload()
    await citizen.button("Namen tippen").press("Enter")
    await page.keyboard.type("Ayşe Yılmaz")
    await citizen.button("Unterschreiben").press("Enter")
    await page.get_by_text("Bitte bestätigen Sie").wait_for()
    await page.get_by_label("Mein getippter Name ist meine Unterschrift.").press("Space")
    assert not await findings(page)
    await citizen.button("Unterschreiben").press("Enter")
    await clerk.page.get_by_text("Getippter Name, als Unterschrift bestätigt.").wait_for()
    await citizen.button("Zurück zum Gespräch").press("Enter")

    # not at all
    await ask(clerk, "Die letzte")
    await citizen.button("Ich unterschreibe nicht").click()
    await page.get_by_role("heading", name="Sie haben nicht unterschrieben").wait_for()
    await clerk.page.get_by_text("möchte das nicht unterschreiben.").last.wait_for()
    await grows(citizen, "framesDecoded")
