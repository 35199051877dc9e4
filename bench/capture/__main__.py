"""What a capture costs and how quick it is, with the real child and a real Chromium.

    python -m bench.capture [--runs 7] [--captures 200] [--write]

This process plays the office: it starts the children as the office does (`ChildCaptures`) and its
event loop is the one whose stalls are measured. The page uses the project's own `CardPeer`; its
camera is a drawn card before a drawn room, 1920x1080 at 15 frames a second, so that it is known to
the millisecond when a card comes and when it rests. All clocks are one machine's. `--write` puts
the table into docs/performance.md. With `--captures` one capture follows the other, and what is
left of them in this process is told.
"""

import argparse
import asyncio
import os
import random
import re
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import uvloop
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.people import browser
from tests.capture.cards import draw_card, invent
from tests.capture.scenes import HD, background
from vamt.capture import wire
from vamt.captures import ChildCaptures

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WARM = 20.0  # seconds for a child to load, however busy the machine is
GUIDED = 5.0  # seconds of guidance whose rate is counted
PATIENCE = 20.0
TICK = 0.005  # seconds; an event loop that wakes later was busy or not let in
GOALS = {  # of the issue
    "first 720p frame": (0.5, "offer made → frame of 1280x720 decoded, child warm"),
    "advice": (0.3, "card appears → advice with its place is in the page"),
    "between two": (0.2, "from one advice to the next, mean"),
    "front taken": (1.5, "card at rest → picture accepted"),
    "back taken": (1.5, "the same after turning it"),
    "zone read": (2.5, "back at rest → zone read twice and accepted"),
}


@dataclass
class Office:
    """Captures behind two HTTP addresses; remembers when which news came."""

    captures: ChildCaptures = field(default_factory=lambda: ChildCaptures(2))
    news: dict[str, list[tuple[float, wire.News]]] = field(default_factory=dict)
    offers: dict[str, float] = field(default_factory=dict)
    url: str = ""

    async def hear(self, id: str, news: wire.News) -> None:
        """Note it; Unix seconds."""
        self.news.setdefault(id, []).append((time.time(), news))

    async def wait(self, id: str, *kinds: type) -> tuple[float, Any]:
        """The first news of one of these kinds."""
        end = time.monotonic() + PATIENCE + WARM
        while time.monotonic() < end:
            for at, news in self.news.get(id, ()):
                if isinstance(news, kinds):
                    return at, news
            await asyncio.sleep(0.02)
        raise TimeoutError(f"{id}: no {kinds} after {[type(n).__name__ for _, n in self.news[id]]}")

    async def offer(self, request: web.Request) -> web.Response:
        """A page's offer."""
        id = request.match_info["id"]
        self.offers[id] = time.time()
        return web.Response(text=await self.captures.offer(id, await request.text()))

    def pid(self, id: str) -> int:
        """The child's process."""
        process = self.captures._all[id].process
        assert process is not None
        return process.pid


def pictures() -> dict[str, bytes]:
    """A room and both sides of a card, as PNG."""
    person = invent(random.Random(3))
    drawn = {
        "room": background(np.random.default_rng(1), HD),
        "front": draw_card(person, "front", 930),
        "back": draw_card(person, "back", 930),
    }
    return {name: cv2.imencode(".png", picture)[1].tobytes() for name, picture in drawn.items()}


@asynccontextmanager
async def serve(office: Office) -> AsyncIterator[None]:
    """The page, its pictures and the offers, on a port of our own."""
    drawn = pictures()

    async def picture(request: web.Request) -> web.Response:
        return web.Response(body=drawn[request.match_info["name"]], content_type="image/png")

    async def page(request: web.Request) -> web.FileResponse:
        return web.FileResponse(HERE / "page.html")

    async def script(request: web.Request) -> web.FileResponse:
        return web.FileResponse(HERE / "page.js")

    app = web.Application()
    app.add_routes(
        [
            web.get("/", page),
            web.get("/page.js", script),
            web.get("/pictures/{name}.png", picture),
            web.post("/offer/{id}", office.offer),
            web.static("/static", ROOT / "vamt" / "static"),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    office.url = f"http://localhost:{runner.addresses[0][1]}/"
    try:
        yield
    finally:
        await office.captures.close()
        await runner.cleanup()


async def arrive(browser: Browser, office: Office) -> Page:
    """A page that is ready to show a card."""
    page = await (await browser.new_context()).new_page()
    await page.goto(office.url)
    await page.wait_for_function("window.bench !== undefined")
    await page.evaluate("bench.ready()")
    return page


def cpu_of(pid: int) -> float:
    """Seconds of processor time a process has used."""
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


async def begin(office: Office, page: Page, id: str) -> float:
    """A warm child and a connected page; when the offer came."""
    office.captures.begin(id, wire.Begin("check", "id_card"), office.hear)
    await office.wait(id, wire.Ready)
    await page.evaluate("id => bench.begin(id)", id)
    await office.wait(id, wire.Watching)
    return office.offers[id]


async def one(office: Office, page: Page, id: str) -> dict[str, float]:
    """A whole check; seconds of each part."""
    offered = await begin(office, page, id)
    watched, first = await office.wait(id, wire.Watching)
    found: dict[str, float] = {"width": first.width, "first 720p frame": watched - offered}
    used, since = cpu_of(office.pid(id)), time.time()

    await asyncio.sleep(GUIDED / 2)
    shown = await page.evaluate("bench.appear()")
    found["advice"] = (await first_outline(page, shown) - shown) / 1000
    await asyncio.sleep(GUIDED / 2)
    await page.evaluate("bench.clear()")

    rests = await page.evaluate("bench.hold('front')") / 1000
    at, _ = await taken(office, id, "front")
    found["front taken"] = at - rests
    rests = await page.evaluate("bench.hold('back')") / 1000
    at, _ = await taken(office, id, "back")
    found["back taken"] = at - rests
    at, zone = await office.wait(id, wire.ZoneRead, wire.Rested)
    if isinstance(zone, wire.ZoneRead):
        found["zone read"] = at - rests
        found["accepted"] = float(not zone.doubtful)
    await office.wait(id, wire.Rested)
    found["cpu"] = (cpu_of(office.pid(id)) - used) / (time.time() - since)
    found["between two"] = rate(await page.evaluate("bench.events()"))
    await page.evaluate("bench.end()")
    office.captures.end(id)
    await office.wait(id, wire.Ended)
    return found


async def taken(office: Office, id: str, side: str) -> tuple[float, wire.Taken]:
    """When the picture of this side was accepted."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for at, news in office.news[id]:
            if isinstance(news, wire.Taken) and news.side == side:
                return at, news
        await asyncio.sleep(0.01)
    last = [news for _, news in office.news[id] if isinstance(news, wire.Advised)][-3:]
    raise TimeoutError(f"{side} never taken: {last}")


async def first_outline(page: Page, since: float) -> float:
    """When the page was first told where the card is, Unix milliseconds."""
    script = (
        "since => bench.events().find((e) => e.kind === 'advice' && e.at > since && e.outline)?.at"
    )
    handle = await page.wait_for_function(script, arg=since, polling=20)
    return float(await handle.json_value())


def rate(events: list[dict[str, Any]]) -> float:
    """Mean seconds between two pieces of advice."""
    at = [event["at"] / 1000 for event in events if event["kind"] == "advice"]
    return (at[-1] - at[0]) / (len(at) - 1)


class Stalls:
    """The longest time in which this event loop did not come round."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(TICK)
            self.longest = max(self.longest, loop.time() - before - TICK)

    def stop(self) -> float:
        """Seconds."""
        self._task.cancel()
        return self.longest


async def measure(
    browser: Browser, office: Office, runs: int
) -> tuple[list[dict[str, float]], float]:
    """`runs` checks one after the other, then two at once with the loop's longest stall."""
    first, second = await arrive(browser, office), await arrive(browser, office)
    found = []
    for n in range(runs):
        found.append(await one(office, first, f"run{n}"))
        print({key: round(value, 3) for key, value in found[-1].items()}, flush=True)
    stalls = Stalls()
    await asyncio.gather(one(office, first, "both1"), one(office, second, "both2"))
    return found, stalls.stop()


def table(found: list[dict[str, float]], stall: float) -> str:
    """For docs/performance.md."""
    rows = ["| part | median | slowest | goal | |", "|---|---:|---:|---:|---|"]
    for key, (goal, words) in GOALS.items():
        values = [one[key] for one in found if key in one]
        if values:
            middle, worst = statistics.median(values), max(values)
            rows.append(f"| {key} | {middle:.2f} | {worst:.2f} | {goal:.2f} | {words} |")
    shares = [one["cpu"] for one in found]
    rows.append(
        f"| processor | {statistics.median(shares):.2f} | {max(shares):.2f} | 0.60 "
        "| share of a core, the child's whole look |"
    )
    rows.append(f"| stall | | {stall:.3f} | 0.050 | the office's event loop, two checks at once |")
    load = os.getloadavg()[0]
    accepted = sum(int(one.get("accepted", 0)) for one in found)
    rows.append("")
    rows.append(
        f"Seconds, {len(found)} checks on {os.cpu_count()} cores at load {load:.1f};"
        f" {accepted} zones accepted by the machine."
    )
    return "\n".join(rows)


def write(text: str) -> None:
    """Between the markers of docs/performance.md."""
    file = ROOT / "docs" / "performance.md"
    start, end = "<!-- bench:capture -->", "<!-- /bench:capture -->"
    old = file.read_text("utf-8")
    file.write_text(re.sub(f"{start}.*?{end}", f"{start}\n{text}\n{end}", old, flags=re.S), "utf-8")


def left() -> dict[str, int]:
    """What this process holds."""
    status = Path("/proc/self/status").read_text()
    resident = re.search(r"VmRSS:\s+(\d+)", status)
    children = sum(
        len(Path(f"/proc/self/task/{task}/children").read_text().split())
        for task in os.listdir("/proc/self/task")
    )
    return {
        "kB": int(resident[1]) if resident else 0,
        "fds": len(os.listdir("/proc/self/fd")),
        "tasks": len(asyncio.all_tasks()),
        "children": children,
    }


async def endure(browser: Browser, office: Office, captures: int) -> None:
    """So many captures, each seen by the child, and what is left of them."""
    pages = [await arrive(browser, office), await arrive(browser, office)]
    before: dict[str, int] = {}

    async def some(page: Page, ids: list[str]) -> None:
        for id in ids:
            await begin(office, page, id)
            await office.wait(id, wire.Advised)
            office.captures.end(id)
            await office.wait(id, wire.Ended)
            await page.evaluate("bench.end()")
            office.news.pop(id)

    await asyncio.gather(*(some(page, [f"warm{n}"]) for n, page in enumerate(pages)))
    before = left()
    halves = [[f"{half} {n}" for n in range(captures // 2)] for half in range(2)]
    await asyncio.gather(*(some(page, ids) for page, ids in zip(pages, halves, strict=True)))
    print(f"before {before}\nafter {captures} captures {left()}")


async def main(runs: int, captures: int, into_docs: bool) -> None:
    """Measure, print, and write if asked."""
    office = Office()
    async with serve(office), async_playwright() as playwright, browser(playwright) as launched:
        if captures:
            await endure(launched, office, captures)
        if runs:
            found, stall = await measure(launched, office, runs)
            text = table(found, stall)
            print(text)
            if into_docs:
                write(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--captures", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    uvloop.run(main(given.runs, given.captures, given.write))
