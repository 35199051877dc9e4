"""axe-core finds nothing on any screen: phone and desktop, German and English, light and dark."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Arrive
from tests.browser.people import DESKTOP, PHONE, Office, Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"phone": PHONE, "desktop": DESKTOP}
LANGUAGES = {"de": "de-DE", "en": "en-GB"}
WORDS = {  # by language: what the way through the pages is called
    "de": {
        "book": "Termin buchen",
        "on": "Weiter",
        "name": "Vorname und Nachname",
        "mail": "E-Mail",
        "confirm": "Verbindlich buchen",
        "check": "Kamera und Ton testen",
        "enter": "Warteraum betreten",
        "user": "Benutzername",
        "password": "Passwort",
        "sign in": "Anmelden",
        "call": "Nächste Person aufrufen",
        "accept": "Annehmen",
        "chat": "Chat",
        "end": "Besuch beenden",
        "really": "Ja, Besuch beenden",
        "opens": "Der Warteraum öffnet",
        "cancel": "Ja, Termin absagen",
        "phone": "Am Handy weitermachen",
        "hand over": "Übergeben",
        "go back": "Zurück",
        "put aside": "Zurückstellen",
        "am back": "Ich bin wieder da",
        "missed": "Nicht erschienen",
        "here now": "Ich bin jetzt da",
        "here": "Hier weitermachen",
        "break": "Pause",
        "open": "Öffnen",
        "administration": "Verwaltung",
    },
    "en": {
        "book": "Book appointment",
        "on": "Continue",
        "name": "First and last name",
        "mail": "E-mail",
        "confirm": "Book now",
        "check": "Test camera and sound",
        "enter": "Enter the waiting room",
        "user": "User name",
        "password": "Password",
        "sign in": "Sign in",
        "call": "Call the next person",
        "accept": "Accept",
        "chat": "Chat",
        "end": "End the visit",
        "really": "Yes, end the visit",
        "opens": "The waiting room opens",
        "cancel": "Yes, cancel appointment",
        "phone": "Continue on the phone",
        "hand over": "Hand over",
        "go back": "Go back",
        "put aside": "Put aside",
        "am back": "I am back",
        "missed": "Did not appear",
        "here now": "I am here now",
        "here": "Go on here",
        "break": "Take a break",
        "open": "Open the desk",
        "administration": "Administration",
    },
}


async def findings(page: Page) -> list[str]:
    """What axe-core has against the page as it is."""
    # evaluated, not added as a script: the page's policy forbids foreign scripts
    await page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    return [
        f"{rule['id']}: {node['html'][:160]} — {node['failureSummary'][:300]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


async def sign_in(clerk: Person, office: Office, words: dict[str, str]) -> None:
    """Sign the first clerk in, in the language of `words`."""
    await clerk.page.goto(f"{office.url}/amt")
    await clerk.page.get_by_label(words["user"]).fill(office.facts["clerks"][0]["user"])
    await clerk.page.get_by_label(words["password"]).fill(office.facts["clerks"][0]["password"])
    await clerk.button(words["sign in"]).click()
    await clerk.button(words["call"]).wait_for()


class Inspector:
    """Collects the findings of all screens, so that one run shows them all."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.screens = 0

    async def look(self, person: Person, screen: str) -> None:
        """Examine the screen as it is; nothing may stick out sideways either."""
        self.screens += 1
        self.found += [f"{screen}: {line}" for line in await findings(person.page)]
        wide = await person.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if wide > 1:
            self.found.append(f"{screen}: {wide} px wider than the screen")


# Any two of size, language and colours meet in one of these; all eight would find nothing more.
@pytest.mark.parametrize(
    ("size", "lang", "scheme"),
    [
        ("phone", "de", "light"),
        ("phone", "en", "dark"),
        ("desktop", "de", "dark"),
        ("desktop", "en", "light"),
    ],
)
async def test_booking_has_no_barriers(
    office: Office, arrive: Arrive, size: str, lang: str, scheme: str
) -> None:
    words, axe = WORDS[lang], Inspector()
    person = await arrive(**SIZES[size], locale=LANGUAGES[lang], color_scheme=scheme)
    page = person.page
    await page.goto(f"{office.url}/")
    await axe.look(person, "services")
    await person.button(words["book"]).click()
    await page.get_by_role("radio").first.wait_for(state="attached")
    await axe.look(person, "slots")
    await page.get_by_role("radio").first.check(force=True)
    await person.button(words["on"]).click()
    await page.get_by_label(words["name"]).wait_for()
    await axe.look(person, "details")
    await person.button(words["confirm"]).click()
    await page.locator("[aria-invalid=true]").first.wait_for()
    await axe.look(person, "details with mistakes")
    await page.get_by_label(words["name"]).fill("Ana Müller")
    await page.get_by_label(words["mail"]).fill("ana@example.org")
    await person.button(words["confirm"]).click()
    await page.wait_for_url("**/termin/**", wait_until="commit")
    await person.button(words["enter"]).wait_for()
    await axe.look(person, "booked")
    link = page.url.partition("?")[0]
    for suffix in ("/verschieben", "/absagen"):
        await page.goto(link + suffix)
        await axe.look(person, suffix)
    for path in ("/postfach", "/datenschutz", "/amt/anmelden", "/nirgends", "/termin/falsch"):
        await page.goto(office.url + path)
        await axe.look(person, path)
    # a page that is not there is a 404, which the browser's console reports: no fault
    person.faults = [fault for fault in person.faults if "404" not in fault]
    person.faults = [fault for fault in person.faults if "422" not in fault]
    assert axe.screens == 12
    assert not axe.found, "\n".join(axe.found)


@pytest.mark.parametrize(
    ("size", "lang", "scheme"), [("phone", "de", "dark"), ("desktop", "en", "light")]
)
async def test_the_visit_has_no_barriers(
    office: Office, arrive: Arrive, size: str, lang: str, scheme: str
) -> None:
    """Both sides in the same size: the desk on a phone, and the citizen on a desktop, too."""
    words, axe = WORDS[lang], Inspector()
    citizen = await arrive(**SIZES[size], locale=LANGUAGES[lang], color_scheme=scheme)
    clerk = await arrive(**SIZES[size], locale=LANGUAGES[lang], color_scheme=scheme)
    page = clerk.page
    await sign_in(clerk, office, words)
    await axe.look(clerk, "empty desk")

    await citizen.page.goto(office.book("Ayşe Yılmaz", "meldebescheinigung", language=lang))
    await citizen.page.locator("input[type=date]").first.fill("1990-02-03")
    await citizen.page.locator("input[name$=address], textarea[name$=address]").first.fill(
        "Markt 3"
    )
    await citizen.page.locator("[data-part=data-save]").click()
    await citizen.page.get_by_role("button", name=words["check"]).click()
    await citizen.page.locator("video:visible").first.wait_for()
    await axe.look(citizen, "device check")
    await citizen.button(words["enter"]).click()
    await citizen.page.get_by_test_id("queue-position").wait_for()
    await axe.look(citizen, "waiting")
    await page.get_by_text("Ayşe Yılmaz").first.wait_for()
    await axe.look(clerk, "desk with somebody waiting")

    await clerk.button(words["call"]).click()
    await citizen.button(words["accept"]).wait_for()
    await axe.look(citizen, "called")
    await axe.look(clerk, "ringing")
    await citizen.button(words["accept"]).click()
    for person, name in ((citizen, "visit"), (clerk, "desk in a visit")):
        await person.page.get_by_test_id("remote-video").wait_for()
        await axe.look(person, name)
    chat = citizen.page.get_by_role("button", name=words["chat"])
    if await chat.first.is_visible():
        await chat.first.click()
        await axe.look(citizen, "chat")

    await the_check_and_the_fee(clerk, citizen, axe)
    await page.get_by_role("button", name=words["end"]).first.click()
    await axe.look(clerk, "really end?")
    await page.get_by_role("button", name=words["really"]).click()
    await citizen.page.get_by_test_id("remote-video").wait_for(state="hidden")
    await axe.look(citizen, "finished")
    assert axe.screens >= 16
    assert not axe.found, "\n".join(axe.found)


async def the_check_and_the_fee(clerk: Person, citizen: Person, axe: Inspector) -> None:
    """She is asked for her document and refuses; then for a fee, in the talk and on a page."""
    desk, page = clerk.page, citizen.page
    details = desk.locator("[data-part=show-panel]")
    narrow = await details.is_visible()  # the phone shows the panel when asked
    if narrow:
        await details.click()
    await desk.locator("[data-part=check-start]").click()
    await page.locator("[data-part=card-allow]").wait_for()
    await axe.look(citizen, "consent to the check")
    await axe.look(clerk, "check asked for")
    await page.locator("[data-part=card-refuse]").click()
    await page.locator("[data-part=card-allow]").wait_for(state="hidden")
    fee = desk.locator(".desk-fee")
    await fee.locator(".desk-fee__ways label").nth(1).click()
    await axe.look(clerk, "fee to ask for")
    await fee.locator("[data-part=fee-send]").click()
    await page.locator("[data-part=fee-pay]").click()
    await page.locator("[data-part=fee-promise]").wait_for()
    await axe.look(citizen, "fee box")
    await fee.locator("[data-part=fee-reference]").wait_for()
    await axe.look(clerk, "fee card")
    if narrow:
        await details.click()
    code = await page.locator("[data-part=fee-save]").get_attribute("href")
    other = await citizen.context.new_page()
    await other.goto(page.url.partition("/termin/")[0] + str(code).removesuffix(".png"))
    await axe.look(Person(other, citizen.context), "fee page")
    await other.close()
    await page.locator("[data-part=fees-dialog] form button").click()


@pytest.mark.parametrize(("size", "lang"), [("phone", "en"), ("desktop", "de")])
async def test_the_ways_aside_have_no_barriers(
    office: Office, arrive: Arrive, size: str, lang: str
) -> None:
    """What is seen when a visit does not go straight on."""
    words, axe = WORDS[lang], Inspector()
    citizen = await arrive(**SIZES[size], locale=LANGUAGES[lang])
    clerk = await arrive(**SIZES[size], locale=LANGUAGES[lang])
    await before_the_day(citizen, office, words, axe)
    await sign_in(clerk, office, words)
    await citizen.page.goto(office.book(language=lang))
    await called(clerk, citizen, words)
    await set_aside(clerk, citizen, words, axe)
    await missed_and_elsewhere(clerk, citizen, words, axe)
    await clerk.page.get_by_role("button", name=words["break"]).click()
    await clerk.page.get_by_role("button", name=words["open"]).wait_for()
    await axe.look(clerk, "break")
    await clerk.page.goto(f"{office.url}/verwaltung")
    await clerk.page.get_by_role("heading", name=words["administration"]).wait_for()
    await axe.look(clerk, "administration")
    assert axe.screens == 9
    assert not axe.found, "\n".join(axe.found)


async def before_the_day(
    citizen: Person, office: Office, words: dict[str, str], axe: Inspector
) -> None:
    """An appointment of another day: its page, the code for the phone, cancelled."""
    page = citizen.page
    lang = "de" if words is WORDS["de"] else "en"
    await page.goto(office.book(language=lang, nth=-1))
    await page.get_by_text(words["opens"]).locator("visible=true").first.wait_for()
    await axe.look(citizen, "before the time")
    await page.get_by_role("button", name=words["phone"]).click()
    await page.get_by_role("dialog").wait_for()
    await axe.look(citizen, "code for the phone")
    await page.goto(page.url + "/absagen")
    await citizen.button(words["cancel"]).click()
    await page.locator("[data-part=screen-cancelled]").wait_for()
    await axe.look(citizen, "cancelled")


async def called(clerk: Person, citizen: Person, words: dict[str, str]) -> None:
    """From the page of the appointment, or the waiting room, into the bell."""
    enter = citizen.button(words["enter"])
    if await enter.is_visible():
        await enter.click()
    await citizen.page.get_by_test_id("queue-position").wait_for()
    await clerk.button(words["call"]).click()
    await citizen.button(words["accept"]).wait_for()


async def set_aside(clerk: Person, citizen: Person, words: dict[str, str], axe: Inspector) -> None:
    """The dialog to hand over; then put aside, and back in the waiting room."""
    desk = clerk.page
    await citizen.button(words["accept"]).click()
    await desk.get_by_role("button", name=words["end"]).wait_for()
    details = desk.get_by_role("button", name="Details")
    if await details.is_visible():  # the phone shows the panel when asked
        await details.click()
    await desk.get_by_role("button", name=words["hand over"]).click()
    await desk.get_by_role("dialog").wait_for()
    await axe.look(clerk, "hand-over")
    await clerk.button(words["go back"]).click()
    await desk.get_by_role("button", name=words["put aside"]).click()
    await citizen.button(words["am back"]).wait_for()
    await axe.look(citizen, "put aside")
    await citizen.button(words["am back"]).click()


async def missed_and_elsewhere(
    clerk: Person, citizen: Person, words: dict[str, str], axe: Inspector
) -> None:
    """She does not answer; then her appointment is open in another tab."""
    await called(clerk, citizen, words)
    await clerk.page.get_by_role("button", name=words["missed"]).click()
    await citizen.button(words["here now"]).wait_for()
    await axe.look(citizen, "missed")
    newer = await citizen.context.new_page()
    await newer.goto(citizen.page.url)
    await citizen.button(words["here"]).wait_for()
    await axe.look(citizen, "open elsewhere")
