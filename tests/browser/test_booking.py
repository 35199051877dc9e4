"""Booking in a real browser: by keyboard alone, and without JavaScript."""

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Arrive
from tests.browser.people import DESKTOP, PHONE, Office

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]


async def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the focused element matches the CSS selector `wanted`."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("s => document.activeElement.matches(s)", wanted):
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


async def test_by_keyboard_alone(office: Office, arrive: Arrive) -> None:
    """No pointer anywhere: Tab, arrows, space, Enter."""
    citizen = await arrive(**DESKTOP)
    page = citizen.page
    await page.goto(f"{office.url}/")
    await tab_to(page, "input[name=service]")
    await page.keyboard.press("ArrowDown")
    await tab_to(page, "main button[type=submit]")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/termine?service=abmeldung-ausland")
    await tab_to(page, "input[name=start]")
    await page.keyboard.press("Space")
    await tab_to(page, "main button[type=submit]")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/buchen")
    await tab_to(page, "input[name=name]")
    await page.keyboard.type("Ana Müller")
    await tab_to(page, "input[name=email]")
    await page.keyboard.type("ana@example.org")
    await tab_to(page, "main button[type=submit]")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/termin/**")
    await page.get_by_text("Abmeldung ins Ausland").first.wait_for()


async def test_without_javascript(office: Office, arrive: Arrive) -> None:
    """Book, give the data, move and cancel: plain forms all the way."""
    citizen = await arrive(**PHONE, java_script_enabled=False)
    page = citizen.page
    await page.goto(f"{office.url}/")
    await citizen.button("Termin buchen").click()
    await page.get_by_role("radio").nth(3).check(force=True)
    await citizen.button("Weiter").click()
    await page.get_by_label("Vorname und Nachname").fill("Ana Müller")
    await page.get_by_label("E-Mail").fill("ana@example.org")
    await citizen.button("Verbindlich buchen").click()
    await page.get_by_role("heading", name="Ihr Termin ist gebucht").wait_for()

    await page.get_by_label("Geburtsdatum").fill("1990-02-03")
    await page.get_by_label("Ihre Adresse").fill("Marktplatz 3")
    await page.get_by_role("button", name="speichern").click()
    assert await page.get_by_label("Geburtsdatum").input_value() == "1990-02-03"

    await page.get_by_role("link", name="Termin verschieben").click()
    await page.get_by_role("radio").nth(5).check(force=True)
    await page.get_by_role("button", name="Termin verschieben").click()
    await page.get_by_role("link", name="Termin absagen").click()
    await page.get_by_role("button", name="Ja, Termin absagen").click()
    await page.get_by_text("abgesagt").first.wait_for()
