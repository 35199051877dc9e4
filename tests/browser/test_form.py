"""One form, filled in by a clerk in German and a citizen in Turkish, over a line that breaks."""

import pytest

from tests.browser.conftest import Arrive
from tests.browser.people import DESKTOP, PHONE, Office, Person, sign_in, until
from tests.browser.test_accessibility import findings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def stands(person: Person, field: str, value: str) -> None:
    """A field of the person's page shows a value."""
    control = person.page.locator(field)

    async def there() -> bool:
        return bool(await control.input_value() == value)

    await until(there, f"{value!r} in {field}")


async def test_fill_in_together(office: Office, arrive: Arrive) -> None:
    citizen = await arrive(**PHONE)
    clerk = await arrive(**DESKTOP)
    await sign_in(clerk, office)
    page, desk = citizen.page, clerk.page
    await page.goto(office.book(service="meldebescheinigung", language="tr"))
    await page.get_by_label("Doğum tarihi").fill("1990-02-28")
    await page.get_by_label("Adresiniz").fill("Markt 1")
    await citizen.button("Warteraum betreten").click()
    await page.get_by_role("heading", name="Warteraum").wait_for()
    await clerk.button("Nächste Person aufrufen").click()
    await citizen.button("Annehmen").click()

    # the clerk goes into the form, and it opens for her, in her language
    await desk.locator("#desk-form-birth_date").click()
    await page.get_by_role("heading", name="Form", exact=True).wait_for()
    await page.get_by_text("Anja Keller burada").wait_for()
    await page.get_by_text("Geburtsdatum").last.wait_for()
    assert not await findings(page)
    assert not await findings(desk)

    # what she said on booking is offered, and letters are on the other page as they are typed
    await citizen.button("Hepsini al").click()
    await stands(clerk, "#desk-form-birth_date", "1990-02-28")
    await stands(clerk, "#desk-form-address", "Markt 1")
    await desk.locator("#desk-form-address").press("End")
    await desk.locator("#desk-form-address").press_sequentially(", 2. Stock")
    await stands(citizen, "#form-address", "Markt 1, 2. Stock")
    await page.locator("#form-purpose").select_option("bank")
    await stands(clerk, "#desk-form-purpose", "bank")
    await desk.get_by_role("button", name="Zeigen: Geburtsdatum").click()
    await page.get_by_text("Lütfen buraya bakın.").wait_for()

    # both write into the same field while her line is gone; a reload does not lose her words
    await page.context.set_offline(True)
    await page.locator("#form-address").fill("Markt 3")
    await desk.locator("#desk-form-address").fill("Markt 2")
    await page.context.set_offline(False)
    for person in (citizen, clerk):
        await person.page.locator("[data-part=field-conflict]:visible").wait_for()
    await stands(citizen, "#form-address", "Markt 3")
    await stands(clerk, "#desk-form-address", "Markt 2")
    assert not await findings(page)
    await page.reload()
    await citizen.button("Formular öffnen").click()
    await page.get_by_role("button", name="Markt 2").click()
    await stands(citizen, "#form-address", "Markt 2")
    await desk.locator("[data-part=field-conflict]:visible").wait_for(state="detached")

    # it is finished when nothing is missing, and both read why not
    await page.locator("#form-birth_date").fill("")
    await stands(clerk, "#desk-form-birth_date", "")
    await clerk.button("Formular abschließen").click()
    await page.get_by_text("Lütfen burayı doldurun.").wait_for()
    await desk.get_by_text("Bitte füllen Sie das aus.").wait_for()
    await page.get_by_role("button", name="28 Şubat 1990").click()
    await stands(clerk, "#desk-form-birth_date", "1990-02-28")
    await clerk.button("Formular abschließen").click()
    await page.get_by_text("Form tamamlandı. Teşekkürler.").wait_for()
    await desk.get_by_text("Das Formular ist fertig.").wait_for()
    assert not await findings(desk)
