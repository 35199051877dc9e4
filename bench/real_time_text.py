"""How long from a typed letter until the other side sees it, before the message is sent.

    python -m bench.real_time_text [--letters 200] [--write]

Two real browsers and one office as a real process on this machine, no network emulation, without
camera so that only the text is measured. Somebody types like a quick typist (90 to 160 ms a
letter), first the clerk, then the citizen. Both pages read the machine's one clock; a letter counts
as seen with the animation frame after it stands in the other page. EN 301 549, 6.2.4 asks for
500 ms, and a line through the town's server adds its round trip to these figures. `--write` puts
the table into docs/performance.md.
"""

import argparse
import asyncio
import os
import random
import statistics
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from bench.first_frame import write
from tests.browser.people import DESKTOP, PHONE, Office, Person, browser, sign_in, until

GOAL = 500.0  # ms
KEYS = "abcdefghijklmnopqrstuvwxyz "
NOTE_TYPED = """() => {
    window.__typed = [];
    const field = document.querySelector('[data-part="chat-text"]');
    field.addEventListener('input', () => {
        window.__typed[field.value.length] = performance.timeOrigin + performance.now();
    }, true);
}"""
NOTE_SEEN = """() => {
    window.__read = [];
    const lines = document.querySelector('[data-part="chat-lines"]');
    let known = 0;
    new MutationObserver(() => requestAnimationFrame(() => {
        const text = lines.querySelector('.chat__line--draft .chat__body')?.textContent ?? '';
        const now = performance.timeOrigin + performance.now();
        while (known < text.length) window.__read[++known] = now;
    })).observe(lines, {subtree: true, childList: true, characterData: true});
}"""


async def meet(clerk: Person, citizen: Person, office: Office) -> None:
    """A visit with the chat open on both sides."""
    await sign_in(clerk, office)
    await citizen.page.goto(office.book())
    await citizen.button("Warteraum betreten").click()
    await clerk.button("Nächste Person aufrufen").click()
    await citizen.button("Annehmen").click()
    for person in (clerk, citizen):
        await person.page.get_by_role("button", name="Chat").click()


async def type_to(writer: Person, reader: Person, letters: int) -> list[float]:
    """Milliseconds from each letter of one message until it was seen."""
    await writer.page.evaluate(NOTE_TYPED)
    await reader.page.evaluate(NOTE_SEEN)
    field = writer.page.get_by_role("textbox", name="Nachricht")
    await field.focus()
    chance = random.Random(1)
    for number in range(letters):
        # the first and the last are no blanks, which nobody would see
        edge = number in (0, letters - 1)
        await writer.page.keyboard.insert_text("a" if edge else chance.choice(KEYS))
        await asyncio.sleep(chance.uniform(0.09, 0.16))
    last = f"window.__read.length > {letters}"
    await until(lambda: reader.page.evaluate(last), "the last letter")
    typed = await writer.page.evaluate("window.__typed")
    read = await reader.page.evaluate("window.__read")
    await field.press("Enter")
    return [read[n] - typed[n] for n in range(1, letters + 1)]


async def measure(letters: int) -> dict[str, list[float]]:
    """Both directions, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder) / "data")
        office.start()
        try:
            async with (
                async_playwright() as driver,
                browser(driver, camera=False) as one,
                browser(driver, camera=False) as other,
            ):
                clerk = await Person.arrive(one, **DESKTOP)
                citizen = await Person.arrive(other, **PHONE)
                await meet(clerk, citizen, office)
                return {
                    "clerk → citizen": await type_to(clerk, citizen, letters),
                    "citizen → clerk": await type_to(citizen, clerk, letters),
                }
        finally:
            office.kill()


def table(found: dict[str, list[float]]) -> str:
    """A Markdown table: median, 95th percentile and the slowest letter."""
    lines = ["| direction | median | 95th percentile | slowest |", "|---|---:|---:|---:|"]
    for name, delays in found.items():
        figures = (statistics.median(delays), statistics.quantiles(delays, n=20)[-1], max(delays))
        lines.append(f"| {name} | {' | '.join(f'{f:.0f}' for f in figures)} |")
    letters = sum(len(delays) for delays in found.values())
    late = sum(delay > GOAL for delays in found.values() for delay in delays)
    lines += [
        "",
        f"ms, {letters} letters on {os.cpu_count()} cores at load {os.getloadavg()[0]:.1f}; "
        f"{late} of them later than {GOAL:.0f} ms.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--letters", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    wish = parser.parse_args()
    text = table(asyncio.run(measure(wish.letters)))
    print(text)
    if wish.write:
        write(text, "real_time_text")


if __name__ == "__main__":
    main()
