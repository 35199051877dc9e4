"""How long from **Nächste Person aufrufen** until both see each other.

    python -m bench.first_frame [--runs 11] [--write]

Two real browsers on this machine, one office as a real process, no network emulation. Camera
and microphone of both sides are previewed before the call. A robot in the citizen's page clicks
**Annehmen** as soon as it is visible, so no human time is in the figure. Both pages read the
machine's one clock. A first frame counts when the browser presents it
(`requestVideoFrameCallback`), a little later than decoded. `--write` puts the table into
docs/performance.md.
"""

import argparse
import asyncio
import os
import re
import statistics
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from tests.browser.people import DESKTOP, PHONE, Office, Person, browser, sign_in, until

ROOT = Path(__file__).resolve().parents[1]
GOAL = 1000.0  # ms, median
WATCH = """
window.__marks = {};
const mark = (name) => {
    window.__marks[name] ??= performance.timeOrigin + performance.now();
};
const Real = RTCPeerConnection;
window.RTCPeerConnection = class extends Real {
    constructor(...config) {
        super(...config);
        // only the newest connection counts: one to a page that is gone by now may be older
        for (const part of ['offer', 'ice', 'dtls']) delete window.__marks[part];
        this.addEventListener('iceconnectionstatechange', () => {
            if (['connected', 'completed'].includes(this.iceConnectionState)) mark('ice');
        });
        this.addEventListener('connectionstatechange', () => {
            if (this.connectionState === 'connected') mark('dtls');
        });
    }
    async setLocalDescription(...d) {
        await super.setLocalDescription(...d);
        mark(this.localDescription?.type ?? 'none');
    }
};
const buttons = (name) => [...document.querySelectorAll('button')].find(
    (b) => b.textContent.includes(name) && b.checkVisibility());
const look = () => {
    const accept = buttons('Annehmen');
    if (accept && !('accepted' in window.__marks)) { mark('accepted'); accept.click(); }
    const video = document.querySelector('[data-testid="remote-video"]');
    if (video && !video.__watched) {
        video.__watched = true;
        video.requestVideoFrameCallback(() => mark('frame'));
    }
    requestAnimationFrame(look);
};
addEventListener('DOMContentLoaded', look);
window.__call = () => { mark('click'); buttons('Nächste Person aufrufen').click(); };
"""
PARTS = {
    "call": "click → citizen rung and accepted",
    "offer": "click → clerk's offer set; below 0: ahead of the click, while she waits",
    "ICE": "offer set → ICE connected (later side)",
    "DTLS": "ICE → DTLS connected (later side)",
    "first frame": "accepted and connected → picture (later side)",
    "citizen sees": "click → citizen sees the clerk",
    "clerk sees": "click → clerk sees the citizen",
    "both see": "click → both see each other",
}


def parts(clerk: dict[str, float], citizen: dict[str, float]) -> dict[str, float]:
    """Milliseconds of each part of one call, from both pages' marks."""
    click = clerk["click"]
    ice = max(clerk["ice"], citizen["ice"])
    dtls = max(clerk["dtls"], citizen["dtls"])
    frame = max(clerk["frame"], citizen["frame"])
    return {
        "call": citizen["accepted"] - click,
        "offer": clerk["offer"] - click,
        "ICE": ice - clerk["offer"],
        "DTLS": dtls - ice,
        "first frame": frame - max(dtls, citizen["accepted"]),
        "citizen sees": citizen["frame"] - click,
        "clerk sees": clerk["frame"] - click,
        "both see": frame - click,
    }


async def one_call(clerk: Person, citizen: Person, link: str) -> dict[str, float]:
    """One whole call; both have their camera previewed before it."""
    page = citizen.page
    await page.goto(link)
    await page.get_by_role("button", name="Kamera und Ton testen").click()
    await until(lambda: _previews(citizen), "her own picture")
    await citizen.button("Warteraum betreten").click()
    await page.get_by_test_id("queue-position").wait_for()
    # a fresh page: no marks of the call before
    await clerk.page.reload()
    await until(lambda: _previews(clerk), "the clerk's own picture")
    await until(clerk.button("Nächste Person aufrufen").is_enabled, "somebody to call")
    await asyncio.sleep(1)  # let both settle, as people do
    await clerk.page.evaluate("window.__call()")
    for person in (clerk, citizen):
        await until(lambda p=person: p.page.evaluate("'frame' in window.__marks"), "a picture")
    marks = [await p.page.evaluate("window.__marks") for p in (clerk, citizen)]
    await clerk.page.get_by_role("button", name="Besuch beenden").click()
    await clerk.page.get_by_role("button", name="Ja, Besuch beenden").click()
    await page.get_by_text("Vielen Dank").first.wait_for()
    return parts(*marks)


async def _previews(person: Person) -> bool:
    return bool(
        await person.page.evaluate(
            "[...document.querySelectorAll('video')].some(v => v.srcObject?.active && v.muted)"
        )
    )


async def measure(runs: int) -> list[dict[str, float]]:
    """`runs` calls, after one to warm up."""
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder) / "data")
        office.start()
        try:
            async with (
                async_playwright() as driver,
                browser(driver) as one,
                browser(driver) as other,
            ):
                clerk = await Person.arrive(one, **DESKTOP)
                citizen = await Person.arrive(other, **PHONE)
                for person in (clerk, citizen):
                    await person.context.add_init_script(WATCH)
                await sign_in(clerk, office)
                found = []
                for number in range(runs + 1):
                    found.append(await one_call(clerk, citizen, office.book()))
                    print(f"  {number:2}: {found[-1]['both see']:6.0f} ms", flush=True)
                return found[1:]
        finally:
            office.kill()


def table(found: list[dict[str, float]]) -> str:
    """A Markdown table: minimum, median and maximum of each part."""
    lines = ["| part | min | median | max | |", "|---|---:|---:|---:|---|"]
    for name, words in PARTS.items():
        values = [run[name] for run in found]
        figures = (min(values), statistics.median(values), max(values))
        lines.append(f"| {name} | {' | '.join(f'{f:.0f}' for f in figures)} | {words} |")
    both = statistics.median(run["both see"] for run in found)
    lines += [
        "",
        f"ms, {len(found)} calls on {os.cpu_count()} cores at load {os.getloadavg()[0]:.1f}. "
        f"Median of *both see* is {both / GOAL:.2f} of the goal of {GOAL:.0f} ms.",
    ]
    return "\n".join(lines)


def write(text: str, name: str) -> None:
    """Put the table between its markers in docs/performance.md."""
    file = ROOT / "docs" / "performance.md"
    begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
    page, count = pattern.subn(lambda _: f"{begin}\n{text}\n{end}", file.read_text("utf-8"))
    if not count:
        raise SystemExit(f"{file}: no place for the table")
    file.write_text(page, "utf-8")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--write", action="store_true")
    wish = parser.parse_args()
    text = table(asyncio.run(measure(wish.runs)))
    print(text)
    if wish.write:
        write(text, "first_frame")


if __name__ == "__main__":
    main()
