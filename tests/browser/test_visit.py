"""The visit, end to end, in two real browsers: what the whole project is for."""

import pytest

from tests.browser.conftest import Arrive
from tests.browser.people import DESKTOP, PHONE, Office, Person, grows, sign_in, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]


async def book(citizen: Person, office: Office, name: str) -> str:
    """Book through the pages; returns the booking link from the mail."""
    page = citizen.page
    await page.goto(f"{office.url}/")
    await citizen.button("Termin buchen").click()
    await page.get_by_role("radio").first.check(force=True)
    await citizen.button("Weiter").click()
    await page.get_by_label("Vorname und Nachname").fill(name)
    await page.get_by_label("E-Mail").fill("ayse@example.org")
    await citizen.button("Verbindlich buchen").click()
    await page.wait_for_url("**/termin/**")
    await page.goto(f"{office.url}/postfach")
    link = page.locator("a[href*='/termin/']").first
    return str(await link.get_attribute("href")).replace("127.0.0.1", "localhost")


async def give_data(citizen: Person) -> None:
    """Fill in what the Meldebescheinigung asks for."""
    page = citizen.page
    await page.get_by_label("Geburtsdatum").fill("1990-02-03")
    await page.get_by_label("Ihre Adresse").fill("Marktplatz 3, 73599 Amselfingen")
    await page.get_by_role("button", name="speichern").click()


async def enter(citizen: Person) -> None:
    """Test the camera and go into the waiting room."""
    await citizen.page.get_by_role("button", name="Kamera und Ton testen").click()
    await citizen.page.get_by_test_id("local-video").wait_for()
    await citizen.button("Warteraum betreten").click()
    await citizen.page.get_by_role("heading", name="Warteraum").wait_for()


async def call(clerk: Person, citizen: Person) -> None:
    """The clerk calls the next person, who accepts; both see and hear each other."""
    await clerk.button("Nächste Person aufrufen").click()
    await citizen.button("Annehmen").click()
    await together(clerk, citizen)


async def together(*people: Person) -> None:
    """Each decodes the other's moving picture and hears sound."""
    for person in people:
        await grows(person, "framesDecoded", "totalAudioEnergy")
        video = person.page.get_by_test_id("remote-video")
        await video.wait_for()
        assert await video.evaluate("v => v.videoWidth > 0 && !v.paused")


async def say(person: Person, text: str) -> None:
    """Open the chat if need be and send a message."""
    field = person.page.get_by_role("textbox", name="Nachricht")
    if not await field.is_visible():
        await person.page.get_by_role("button", name="Chat").click()
    await field.fill(text)
    await field.press("Enter")


async def reads(person: Person, text: str) -> None:
    """The message stands in the chat."""
    if not await person.page.get_by_role("log").is_visible():
        await person.page.get_by_role("button", name="Chat").click()
    await person.page.get_by_role("log").get_by_text(text).wait_for()


async def test_a_whole_visit(office: Office, arrive: Arrive) -> None:
    citizen = await arrive(**PHONE)
    clerk = await arrive(**DESKTOP)
    link = await book(citizen, office, "Ayşe Yılmaz")
    await sign_in(clerk, office)

    await citizen.page.goto(link)
    await give_data(citizen)
    await enter(citizen)
    place = citizen.page.get_by_test_id("queue-position")
    assert "1" in await place.inner_text()
    await clerk.page.get_by_text("Ayşe Yılmaz").first.wait_for()

    await call(clerk, citizen)
    await say(citizen, "Mein Sohn ist auch dabei 👶")
    await reads(clerk, "Mein Sohn ist auch dabei 👶")
    await say(clerk, "Kein Problem!")
    await reads(citizen, "Kein Problem!")

    await citizen.page.reload()
    await together(citizen, clerk)
    await reads(citizen, "Kein Problem!")

    await clerk.page.reload()
    await together(clerk, citizen)
    await reads(clerk, "Mein Sohn ist auch dabei 👶")

    await clerk.page.get_by_role("button", name="Besuch beenden").click()
    await clerk.page.get_by_role("button", name="Ja, Besuch beenden").click()
    await citizen.page.get_by_text("Vielen Dank").first.wait_for()
    await until(lambda: _no_call(citizen), "the connection to be closed")


async def _no_call(person: Person) -> bool:
    return (await person.stats())["open"] == 0


async def test_two_citizens_at_two_desks(office: Office, arrive: Arrive) -> None:
    clerks = [await arrive(**DESKTOP), await arrive(**DESKTOP)]
    for number, clerk in enumerate(clerks):
        await sign_in(clerk, office, number)
    names = ["Anna Erste", "Bodo Zweiter"]
    citizens = [await arrive(**PHONE), await arrive(**PHONE)]
    for place, (citizen, name) in enumerate(zip(citizens, names, strict=True), start=1):
        await citizen.page.goto(office.book(name))
        await citizen.button("Warteraum betreten").click()
        shown = citizen.page.get_by_test_id("queue-position")
        await shown.get_by_text(str(place)).wait_for()

    await clerks[0].button("Nächste Person aufrufen").click()
    await clerks[1].button("Nächste Person aufrufen").click()
    for citizen in citizens:
        await citizen.button("Annehmen").click()
    for clerk, name in zip(clerks, names, strict=True):
        await until(lambda c=clerk, n=name: _talks_to(c, n), f"{name} at her desk")
    for person in citizens:
        await until(lambda p=person: _connected(p), "a connection")


async def _talks_to(clerk: Person, name: str) -> bool:
    return await clerk.page.get_by_role("button", name="Besuch beenden").is_visible() and (
        name in await clerk.page.locator("main").inner_text()
    )


async def _connected(person: Person) -> bool:
    return (await person.stats())["open"] == 1


async def test_a_denied_camera_never_blocks(office: Office, arrive: Arrive) -> None:
    citizen = await arrive(camera=False, **PHONE)
    clerk = await arrive(**DESKTOP)
    await sign_in(clerk, office)
    page = citizen.page
    await page.goto(office.book())
    await page.get_by_role("button", name="Kamera und Ton testen").click()
    await page.get_by_text("Ihr Browser sperrt").first.wait_for()
    await citizen.button("Warteraum betreten").click()
    await clerk.button("Nächste Person aufrufen").click()
    await citizen.button("Annehmen").click()
    await grows(citizen, "framesDecoded", "totalAudioEnergy")  # she sees and hears the clerk
    await say(citizen, "Ich habe keine Kamera")
    await reads(clerk, "Ich habe keine Kamera")


async def test_the_newer_tab_wins_and_the_older_one_says_so(office: Office, arrive: Arrive) -> None:
    citizen = await arrive(**PHONE)
    link = office.book()
    older = citizen.page
    await older.goto(link)
    await citizen.button("Warteraum betreten").click()
    await older.get_by_test_id("queue-position").wait_for()
    newer = await citizen.context.new_page()
    await newer.goto(link)
    await newer.get_by_test_id("queue-position").get_by_text("1").wait_for()
    await older.get_by_role("button", name="Hier weitermachen").wait_for()
    await older.get_by_role("button", name="Hier weitermachen").click()
    await older.get_by_test_id("queue-position").get_by_text("1").wait_for()
    await newer.get_by_role("button", name="Hier weitermachen").wait_for()


async def test_a_killed_server_loses_nothing(office: Office, arrive: Arrive) -> None:
    citizen = await arrive(**PHONE)
    clerk = await arrive(**DESKTOP)
    waiting = await arrive(**PHONE)
    await sign_in(clerk, office)
    await citizen.page.goto(office.book("Anna Erste"))
    await enter(citizen)
    await waiting.page.goto(office.book("Bodo Zweiter"))
    await waiting.button("Warteraum betreten").click()
    await waiting.page.get_by_test_id("queue-position").get_by_text("2").wait_for()
    await call(clerk, citizen)
    await waiting.page.get_by_test_id("queue-position").get_by_text("1").wait_for()
    await say(citizen, "Vor dem Ausfall")
    await reads(clerk, "Vor dem Ausfall")

    office.kill()
    await together(citizen, clerk)  # picture and sound go on without the server
    office.start()
    await say(citizen, "Nach dem Ausfall")  # reaches the clerk without anybody touching a page
    await reads(clerk, "Nach dem Ausfall")
    await reads(clerk, "Vor dem Ausfall")
    await together(citizen, clerk)
    assert (await citizen.stats())["open"] == 1
    assert "1" in await waiting.page.get_by_test_id("queue-position").inner_text()
    await clerk.page.get_by_role("button", name="Besuch beenden").click()
    await clerk.page.get_by_role("button", name="Ja, Besuch beenden").click()
    await call(clerk, waiting)
