"""A photo from the phone to the desk, a PDF back, and once more after the visit, elsewhere."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Arrive
from tests.browser.people import DESKTOP, PHONE, Office, Person, grows, sign_in, until
from tests.browser.test_accessibility import findings
from tests.uploads import files

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

REFUSED = (
    "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
)


def photo(name: str, data: bytes) -> dict[str, Any]:
    """A file as a page is given one."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


async def drop(clerk: Person, name: str, data: bytes) -> None:
    """Drop a file onto the panel of the visit."""
    transfer = await clerk.page.evaluate_handle(
        """([name, bytes]) => {
            const made = new DataTransfer();
            made.items.add(new File([new Uint8Array(bytes)], name, {type: 'application/pdf'}));
            return made;
        }""",
        [name, list(data)],
    )
    panel = clerk.page.locator("[data-part=visit-panel]")
    for event in ("dragover", "drop"):
        await panel.dispatch_event(event, {"dataTransfer": transfer})


async def drawn(image: Any) -> None:
    async def there() -> bool:
        return bool(await image.evaluate("i => i.complete && i.naturalWidth > 0"))

    await image.wait_for()
    await until(there, "the picture of a page")


async def saved(person: Person, link: Any) -> bytes:
    """What comes when she clicks."""
    async with person.page.expect_download() as coming:
        await link.click()
    return await asyncio.to_thread(Path(await (await coming.value).path()).read_bytes)


async def test_a_photo_there_and_a_paper_back(office: Office, arrive: Arrive) -> None:
    citizen = await arrive(**PHONE)
    clerk = await arrive(**DESKTOP)
    await sign_in(clerk, office)
    page, desk, link = citizen.page, clerk.page, office.book()
    await page.goto(link)
    await citizen.button("Warteraum betreten").click()
    await page.get_by_role("heading", name="Warteraum").wait_for()
    await clerk.button("Nächste Person aufrufen").click()
    await citizen.button("Annehmen").click()
    await grows(citizen, "framesDecoded")

    # she sends two at once; one is no picture
    await page.locator("[data-part=documents-open]").click()
    async with page.expect_file_chooser() as choosing:
        await citizen.button("Dokument hochladen").click()
    chooser = await choosing.value
    await chooser.set_files(
        [photo("Brief.jpg", b"MZ no picture"), photo("Ausweis.jpg", files.with_place())]
    )
    await page.get_by_text("Diese Art von Datei", exact=False).wait_for()
    await page.get_by_text("Angekommen", exact=True).wait_for()
    citizen.faults.remove(REFUSED)
    assert not await findings(page)

    # the clerk looks, asks again, accepts
    await desk.get_by_role("button", name="Ausweis ansehen").click()
    await drawn(desk.get_by_role("img", name="Seite 1 von 1"))
    assert not await findings(desk)
    await desk.get_by_label("Was stimmt damit nicht?").fill("Etwas dunkel")
    await clerk.button("Neu anfordern").click()
    await page.get_by_text("Etwas dunkel", exact=True).wait_for()
    await desk.get_by_role("button", name="Ausweis ansehen").click()
    await clerk.button("Annehmen").click()
    await page.get_by_text("Angenommen", exact=True).wait_for()

    # and hands over; her page shows it by itself
    await citizen.page.get_by_role("dialog").get_by_role("button", name="Schließen").first.click()
    await drop(clerk, "Bescheid.pdf", files.pdf(2))
    given = page.locator("li.document", has_text="Bescheid")
    await given.get_by_role("link", name="Speichern").wait_for()
    await drawn(given.locator("img"))
    assert (await saved(citizen, given.get_by_role("link", name="Speichern"))).startswith(b"%PDF")
    await grows(citizen, "framesDecoded")  # the call goes on beside it
    await citizen.page.get_by_role("dialog").get_by_role("button", name="Schließen").first.click()

    # after the visit: here by a click, elsewhere by link and code
    await clerk.button("Besuch beenden").click()
    await clerk.button("Ja, Besuch beenden").click()
    paper = page.get_by_role("link", name="Bescheid (PDF)")
    assert (await saved(citizen, paper)).startswith(b"%PDF")
    code = await page.locator("[data-part=papers-code]").inner_text()
    assert not await findings(page)
    path = await paper.get_attribute("href")
    await citizen.context.clear_cookies()
    await page.goto(f"{office.url}{path}")
    await page.get_by_label("Code", exact=True).fill(code)
    assert not await findings(page)
    assert (await saved(citizen, citizen.button("Meine Papiere zeigen"))).startswith(b"%PDF")

    # and the clerk can still save hers
    await desk.goto(f"{office.url}/amt/dokumente")
    assert not await findings(desk)
    kept = await saved(clerk, desk.get_by_role("link", name="Ausweis.jpg"))
    assert kept.startswith(b"\xff\xd8") and b"Spy" not in kept
