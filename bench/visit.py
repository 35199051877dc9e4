"""How long a whole Meldebescheinigung takes: people by a model, the machine by the clock.

    python -m bench.visit [--write]

Replays `tests/browser/errand.py` in two real browsers, phone and desktop, with a drawn card before
the camera. What a person does is counted and priced by a keystroke-level model (its figures are
there); what the machine makes her wait is measured: from the press, as her browser notes it, until
what it brings is on the screen of who waits for it, or its page has loaded. Talking is not in it.
"""

import argparse
import asyncio
import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

from playwright.async_api import async_playwright

from bench.first_frame import write
from tests.browser import people
from tests.browser.errand import KEY, Errand, Hands
from tests.browser.people import DESKTOP, PHONE, Office, Person
from tests.capture.cards import invent
from tests.capture.film import WHOLE_CHECK, frames, write_y4m

GOAL_HUMAN, GOAL_MACHINE, GOAL_ACTIONS = 240, 6, 7


async def errand(folder: Path) -> Errand:
    """Everything once; returns what the two did."""
    film = folder / "check.y4m"
    write_y4m(film, frames(invent(random.Random(3)), WHOLE_CHECK))
    office = Office(folder / "data")
    office.start()
    try:
        async with async_playwright() as driver, AsyncExitStack() as stack:
            camera = (f"--use-file-for-fake-video-capture={film}",)
            both = []
            for extra, options in ((camera, PHONE), ((), DESKTOP)):
                browser = await stack.enter_async_context(people.browser(driver, extra=extra))
                person = await Person.arrive(browser, accept_downloads=True, **options)
                await person.context.add_init_script(people.SPY)
                both.append(person)
            done = Errand(Hands(both[0], "phone"), Hands(both[1], "desktop"), office)
            await done.run(folder)
            return done
    finally:
        office.kill()


def rows(done: Errand) -> Iterator[list[str]]:
    """Step by step what each has to do and to wait for."""
    for name in done.citizen.steps:
        row = [name]
        for hands in (done.citizen, done.clerk):
            tally = hands.steps[name]
            human = tally.human(KEY[hands.device])
            row += [str(tally.actions), f"{human:.1f}", f"{tally.waited:.1f}"]
        yield row


def table(done: Errand) -> str:
    """The result as Markdown."""
    head = (
        "| step | citizen: actions | her time s | machine s | clerk: actions | time s | machine s |"
    )
    lines = [head, "|---|---|---|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows(done)]
    she, clerk = done.citizen, done.clerk
    both = sum(t.human(KEY["phone"]) for t in she.steps.values())
    both += sum(t.human(KEY["desktop"]) for t in clerk.steps.values())
    card = clerk.steps["identity"].waited
    machine = sum(t.waited for h in (she, clerk) for t in h.steps.values()) - card
    most = max(tally.actions for tally in she.steps.values())
    human = sum(
        tally.human(KEY["phone"]) + clerk.steps[name].human(KEY["desktop"])
        for name, tally in she.steps.items()
        if name not in ("choose", "book")
    )
    lines += [
        "",
        f"From the link to the certificate, without talking: {human:.0f} s, each waiting for the "
        f"other (goal under {GOAL_HUMAN} s). "
        f"With the booking: {both:.0f} s. Machine: {machine:.1f} s (goal under {GOAL_MACHINE} s), "
        f"and {card:.0f} s in which the card is held, taken and read. "
        f"Most actions of the citizen in a step: {most} (goal {GOAL_ACTIONS} at most).",
        "",
        f"Browsers, calls and office on one machine: {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--write", action="store_true", help="put the table into docs/performance.md"
    )
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = table(asyncio.run(errand(Path(folder))))
    print(made)
    if wanted.write:
        write(made, "visit")


if __name__ == "__main__":
    main()
