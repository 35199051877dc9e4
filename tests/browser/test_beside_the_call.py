"""Beside picture and sound: text that is read while it is typed, four words to compare."""

import pytest

from tests.browser.conftest import Arrive
from tests.browser.people import DESKTOP, PHONE, Office, Person, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

# Notes all texts that the other's line shows, in order, and what a screen reader is told.
WATCH = """() => {
    window.__seen = [];
    window.__spoken = [];
    const log = document.querySelector('[data-part="chat-lines"]');
    const voice = document.querySelector('[data-part="chat-voice"]');
    const look = () => {
        const line = log.querySelector('.chat__line:not(.chat__line--mine) .chat__body');
        const text = line?.textContent;
        if (text !== undefined && text !== window.__seen.at(-1)) window.__seen.push(text);
    };
    new MutationObserver(look).observe(log, {subtree: true, childList: true, characterData: true});
    new MutationObserver((changes) => {
        for (const {addedNodes} of changes)
            for (const node of addedNodes) window.__spoken.push(node.textContent);
    }).observe(voice, {childList: true});
}"""
TEXT = "Guten Tag. Haben Sie den Ausweis da?"


async def _open_chat(person: Person) -> None:
    await person.page.get_by_role("button", name="Chat").click()
    await person.page.get_by_role("textbox", name="Nachricht").wait_for()


async def _words(person: Person) -> list[str]:
    await person.button("Wer hört mit?").click()
    words = person.page.get_by_role("list", name="Die vier Wörter")
    await words.wait_for()
    await person.page.get_by_text("direkt von Gerät zu Gerät").wait_for()
    return [str(word) for word in await words.locator(".listen__word").all_inner_texts()]


async def test_letters_are_seen_as_they_are_typed_and_both_have_the_same_words(
    office: Office, arrive: Arrive
) -> None:
    citizen, clerk = await arrive(camera=False, **PHONE), await arrive(camera=False, **DESKTOP)
    await sign_in(clerk, office)
    await citizen.page.goto(office.book("Ayşe Yılmaz"))
    await citizen.button("Warteraum betreten").click()
    await clerk.button("Nächste Person aufrufen").click()
    await citizen.button("Annehmen").click()
    await _open_chat(clerk)
    field = clerk.page.get_by_role("textbox", name="Nachricht")

    await field.press_sequentially("G")
    await citizen.page.get_by_text("schreibt Ihnen im Chat").wait_for()  # her chat is closed
    await _open_chat(citizen)
    log = citizen.page.get_by_role("log")
    await log.get_by_text("schreibt …").wait_for()
    await citizen.page.evaluate(WATCH)
    await field.press_sequentially(TEXT[1:], delay=60)
    await log.get_by_text(TEXT).wait_for()  # not sent yet
    await log.get_by_text("schreibt …").wait_for()
    await field.press("Enter")
    await log.get_by_text("schreibt …").wait_for(state="detached")
    assert await log.get_by_text(TEXT).count() == 1
    seen = await citizen.page.evaluate("window.__seen")
    assert len(seen) > 5 and seen[-1] == TEXT, seen
    assert all(TEXT.startswith(text) and text for text in seen), "no flicker, nothing else"
    assert seen == sorted(seen, key=len)
    spoken = await citizen.page.evaluate("window.__spoken")
    said = " ".join(words.rpartition(": ")[2] for words in spoken)
    assert said == TEXT, f"each word once: {spoken}"
    assert len(spoken) < 8, "no letters"

    # Whoever does not like it switches it off, also over a reload.
    letters = clerk.page.get_by_label("mitlesen")
    await letters.uncheck()
    await clerk.page.reload()
    await _open_chat(clerk)
    assert not await letters.is_checked()
    await field.press_sequentially("Geheim, und dann", delay=20)
    await field.press("Enter")
    await log.get_by_text("Geheim, und dann").wait_for()
    drafted = [text for text in await citizen.page.evaluate("window.__seen") if "Geheim" in text]
    assert not drafted, "the second line is no draft"

    words = await _words(citizen)
    assert len(words) == 4 and words == await _words(clerk)
