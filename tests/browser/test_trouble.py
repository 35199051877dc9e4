"""What both read when no call can come about, and how sound comes back after an interruption."""

import pytest

from tests.browser.conftest import Arrive
from tests.browser.people import DESKTOP, PHONE, Office, Person, grows, sign_in, until
from tests.browser.test_relay import RELAY_ONLY

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

INTERRUPTIBLE = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.__given = [];
navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (window.__phoneCall) throw new DOMException('in use', 'NotReadableError');
    const stream = await open(wanted);
    window.__given.push(...stream.getTracks());
    return stream;
};
window.__ring = () => {
    window.__phoneCall = true;
    for (const track of window.__given) {
        track.stop();
        track.dispatchEvent(new Event('ended'));
    }
};
"""


async def _meet(citizen: Person, clerk: Person, office: Office, link: str) -> None:
    await sign_in(clerk, office)
    await citizen.page.goto(link)
    await citizen.page.get_by_role("button", name="Kamera und Ton testen").click()
    await citizen.button("Warteraum betreten").click()
    await clerk.button("Nächste Person aufrufen").click()
    await citizen.button("Annehmen").click()


async def test_without_a_path_both_read_why_and_the_desk_has_the_telephone(
    office: Office, arrive: Arrive
) -> None:
    citizen, clerk = await arrive(**PHONE), await arrive(**DESKTOP)
    await citizen.context.add_init_script(RELAY_ONLY)  # and the demo has no relay
    await _meet(citizen, clerk, office, office.book(phone="+49 (0) 7171 603-0"))
    patience = 10_000  # ms, what is promised
    await citizen.page.get_by_text("mobile Daten").wait_for(timeout=patience)
    await clerk.page.get_by_text("Firewall").wait_for(timeout=patience)
    call = clerk.page.get_by_role("link", name="Anrufen: +49 (0) 7171 603-0")
    assert await call.get_attribute("href") == "tel:+4971716030"
    await citizen.button("Im Chat schreiben").click()
    await citizen.page.get_by_role("textbox", name="Nachricht").fill("Rufen Sie mich an?")
    await citizen.page.keyboard.press("Enter")
    await clerk.button("Im Chat schreiben").click()
    await clerk.page.get_by_role("log").get_by_text("Rufen Sie mich an?").wait_for()


async def test_after_a_telephone_call_one_tap_gives_the_sound_back(
    office: Office, arrive: Arrive
) -> None:
    citizen, clerk = await arrive(**PHONE), await arrive(**DESKTOP)
    await citizen.context.add_init_script(INTERRUPTIBLE)
    await _meet(citizen, clerk, office, office.book())
    await grows(clerk, "framesDecoded", "totalAudioEnergy")
    await citizen.page.evaluate("__ring()")
    restore = citizen.button("Ton wiederherstellen")
    await restore.wait_for()
    await clerk.page.get_by_text("Kamera und Mikrofon von Ayşe Yılmaz sind aus").wait_for()
    await citizen.page.evaluate("window.__phoneCall = false")
    await restore.click()
    await restore.wait_for(state="hidden")
    await grows(clerk, "framesDecoded", "totalAudioEnergy")
    assert await citizen.page.evaluate("window.__given.at(-1).readyState") == "live"

    async def silent() -> bool:
        return not await clerk.page.get_by_text("Mikrofon von Ayşe Yılmaz").count()

    await until(silent, "the clerk to read that the microphone is on again")
