"""What hostile files do to a town, and what of them reaches a clerk.

    python -m bench.uploads [--files 500] [--seed 1] [--write]

A town in a process of its own, over real HTTP and Socket.IO. Four citizens, each in a visit, send
hostile files (`tests/uploads/hostile.py`) as fast as they are taken; what is taken is fetched as
the clerk fetches it and examined without the libraries that made it (`tests/uploads/examined.py`).
Meanwhile a fifth visit goes on: its page is loaded, and the clerk asks for a document again, which
is stored and pushed to the citizen, over and over; now and then she sends a photo. So it does
before the storm. `--write` puts the table into docs/performance.md.
"""

import argparse
import asyncio
import multiprocessing
import os
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote

import aiohttp

from bench.first_frame import write
from tests.uploads import files
from tests.uploads.examined import faults
from tests.uploads.hostile import Hostile, hostile
from tests.web.served import MONDAY, Town, Visit, free_port, town_settings, visit

SENDERS = 4
PICTURE = Hostile("none", "Foto.jpg", files.picture(size=(3000, 4000)))
PHOTO = 25  # looks at the fifth visit, and then she sends a photo
PAUSE = 0.1  # seconds between two looks at the fifth visit
TRIES = 20  # of a file while the town says that it is busy
BESIDE = {
    "page": "page of another visit",
    "push": "its clerk asks, its citizen reads",
    "photo": "its citizen sends a photo of 12 million pixels",
}
QUIET = "quiet"  # the clerk of the fifth visit


class Ticking:
    """A Monday morning whose time passes."""

    def __init__(self) -> None:
        self.begun = time.monotonic()

    def __call__(self) -> float:
        return MONDAY.timestamp() + time.monotonic() - self.begun


def serve(folder: Path, port: int, ready: Event) -> None:
    """The town's process."""

    async def run() -> None:
        async with Town(folder, Ticking(), port=port) as town:
            for user in (QUIET, *(f"storm{n}" for n in range(SENDERS))):
                await town.hire(user)
            ready.set()
            await asyncio.Event().wait()

    with (folder / "log").open("w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    asyncio.run(run())


class Far(Town):
    """A town that another process serves."""

    async def start(self) -> Self:
        context = multiprocessing.get_context("spawn")
        ready = context.Event()
        self.process = context.Process(target=serve, args=(self.folder, self.port, ready))
        self.process.start()
        assert await asyncio.to_thread(ready.wait, 60), (self.folder / "log").read_text()
        self.http = aiohttp.ClientSession(self.url, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def stop(self) -> None:
        for person in reversed(self._people):
            await person.close()
        await self.http.close()
        self.process.terminate()
        await asyncio.to_thread(self.process.join)

    def memory(self) -> int:
        """Bytes that the town's process holds at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) * 1024 if found else 0


@dataclass
class Storm:
    """What became of the files."""

    sent: int = 0
    taken: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)  # no answer, or one that is an error of ours
    found: list[str] = field(default_factory=list)  # what ought not to have come through
    seconds: list[float] = field(default_factory=list)  # of each answer


def body(name: str, data: bytes) -> tuple[bytes, str]:
    """A form as a program writes it; whatever is in the name arrives (RFC 8187)."""
    head = b"--x\r\nContent-Disposition: form-data; name=file; filename*=UTF-8''"
    head += quote(name or "x").encode() + b"\r\nContent-Type: image/jpeg\r\n\r\n"
    return head + data + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


async def send(town: Far, met: Visit, file: Hostile, storm: Storm) -> str:
    """Send one; returns its id once it is taken."""
    whole, kind = body(file.name, file.data)
    headers = {"Accept": "application/json", "Content-Type": kind}
    begun = time.monotonic()
    for _ in range(TRIES):
        path = f"{met.booking.path}/dokumente"
        async with town.http.post(path, data=whole, headers=headers) as answer:
            shape = await answer.json()
        if shape.get("error") != "busy":
            break
        await asyncio.sleep(1)
    storm.sent += 1
    if storm.sent % 50 == 0:
        print(f"  {storm.sent} sent", flush=True)
    storm.seconds.append(time.monotonic() - begun)
    if shape["ok"]:
        storm.taken += 1
        return str(shape["ids"][0])
    storm.refused[shape["error"]] += 1
    if not 400 <= answer.status < 500 or not shape["message"]:
        storm.broken.append(f"{file.family}: {answer.status} {shape}")
    return ""


async def examine(town: Far, met: Visit, id: str, file: Hostile, storm: Storm) -> None:
    """Fetch a document as the clerk does, and look at everything that comes."""
    desk = f"/amt/dokumente/{met.booking.id}/{id}"
    cookies = {"Cookie": f"vamt={met.clerk.session}"}
    seen = await met.clerk.until(lambda s: any(one["id"] == id for one in s["documents"]))
    (view,) = (one for one in seen["documents"] if one["id"] == id)
    found: list[str] = []
    async with town.http.get(desk, headers=cookies) as answer:
        data, kind = await answer.read(), answer.content_type
        found += faults(data, kind)
        found += wrong_headers(dict(answer.headers), "attachment")
    for number in range(1, view["previews"] + 1):
        async with town.http.get(f"{desk}/{number}.jpg", headers=cookies) as answer:
            found += faults(await answer.read(), "image/jpeg")
            found += wrong_headers(dict(answer.headers), "inline")
            if answer.content_type != "image/jpeg":
                found.append(f"page {number} is {answer.content_type}")
    if re.search(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069/\\]", view["title"]):
        found.append(f"called {view['title']!r}")
    storm.found += [f"{file.family}: {fault}" for fault in found]


def wrong_headers(headers: dict[str, str], how: str) -> Iterator[str]:
    """What is missing so that a browser runs nothing of it under the town's address."""
    shown = headers.get("Content-Disposition", "")
    if how == "attachment":
        name = shown.removeprefix("attachment; filename*=UTF-8''")
        if not re.fullmatch(r"[\w.~%-]+", name) or re.search(r"[\x00-\x1f/\\]", unquote(name)):
            yield f"Content-Disposition: {shown}"
    elif shown != "inline":
        yield f"Content-Disposition: {shown}"
    if headers.get("X-Content-Type-Options") != "nosniff":
        yield "may be sniffed"
    if "sandbox" not in headers.get("Content-Security-Policy", ""):
        yield "no sandbox"
    if headers.get("Cache-Control") != "no-store":
        yield "may be stored"


async def sender(town: Far, met: Visit, files: Iterator[Hostile], storm: Storm) -> None:
    """Sends what there is, and takes back what was taken so that there is room for more."""
    for file in files:
        try:
            id = await send(town, met, file, storm)
            if id:
                await examine(town, met, id, file, storm)
                await met.citizen.do("document_take_back", {"id": id})
        except (aiohttp.ClientError, TimeoutError, ValueError, AssertionError) as error:
            storm.broken.append(f"{file.family}: {error!r}")


def _asked(reason: str) -> Callable[[dict[str, Any]], bool]:
    return lambda state: state["documents"][0]["reason"] == reason


async def watch(
    town: Far, met: Visit, id: str, until: "asyncio.Future[Any]"
) -> dict[str, list[float]]:
    """Milliseconds of the fifth visit's requests, for as long as the other task lasts."""
    spent: dict[str, list[float]] = {"page": [], "push": [], "photo": []}
    while not until.done():
        if len(spent["push"]) % PHOTO == 0:
            begun = time.monotonic()
            photo = await send(town, met, PICTURE, Storm())
            assert photo, "an honest photo is taken"
            spent["photo"].append((time.monotonic() - begun) * 1000)
            await met.citizen.do("document_take_back", {"id": photo})
        begun = time.monotonic()
        async with town.http.get(met.booking.path) as answer:
            await answer.read()
            assert answer.status == 200
        spent["page"].append((time.monotonic() - begun) * 1000)
        begun = time.monotonic()
        await met.clerk.do("document_again", {"id": id, "reason": f"{begun}"})
        await met.citizen.until(_asked(f"{begun}"), 120)
        spent["push"].append((time.monotonic() - begun) * 1000)
        await asyncio.sleep(PAUSE)
    return spent


async def measure(count: int, seed: int) -> tuple[Storm, dict[str, dict[str, list[float]]], int]:
    """The quiet, then the storm."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        coming = iter(list(hostile(count, seed)))  # takes long: now, while nobody is connected
        settings = town_settings(folder, free_port())
        async with Far(folder, time.time, settings=settings) as town:
            quiet = await visit(town, QUIET)
            id = await send(town, quiet, PICTURE, Storm())
            alone = await watch(town, quiet, id, asyncio.create_task(asyncio.sleep(20)))
            storm = Storm()
            visits = [await visit(town, f"storm{n}") for n in range(SENDERS)]
            task = asyncio.gather(*(sender(town, met, coming, storm) for met in visits))
            beside = await watch(town, quiet, id, task)
            await task
            log = (folder / "log").read_text()
            storm.broken += re.findall(r".*(?:request failed|Traceback|never awaited).*", log)
            return storm, {"alone": alone, "beside the storm": beside}, town.memory()


def table(storm: Storm, spent: dict[str, dict[str, list[float]]], memory: int) -> str:
    """A Markdown table."""
    rows = [
        "| what | goal | measured |",
        "|---|---|---|",
        f"| hostile files sent | 500 | {storm.sent} |",
        f"| … refused in words | – | {sum(storm.refused.values())} |",
        f"| … made anew | – | {storm.taken} |",
        f"| no answer, errors of ours, lines of trouble in the log | 0 | {len(storm.broken)} |",
        f"| faults in what reached the clerk | 0 | {len(storm.found)} |",
    ]
    for what, words in BESIDE.items():
        figures = {name: _figures(times[what]) for name, times in spent.items()}
        for name, (middle, late, worst) in figures.items():
            row = f"| {words}, {name}: median, 95th percentile, slowest | – |"
            rows.append(f"{row} {middle:.0f}, {late:.0f}, {worst:.0f} ms |")
        one, other = figures.values()
        rows.append(f"| … ratio of the medians | ≤ 2 | {other[0] / one[0]:.2f} |")
    middle, late, worst = _figures(storm.seconds)
    rows.append(
        f"| until a hostile sender is answered: median, 95th percentile, slowest | – | "
        f"{middle:.1f}, {late:.1f}, {worst:.1f} s |"
    )
    rows.append(f"| memory of the town's process at most | – | {memory / 1e6:.0f} MB |")
    why = ", ".join(f"{key.removeprefix('file_')} {n}" for key, n in storm.refused.most_common())
    rows += ["", f"Refused as: {why}.", ""]
    load = os.getloadavg()[0]
    rows.append(f"{os.cpu_count()} cores, load {load:.1f}; senders, town and clerk on one machine.")
    return "\n".join(rows)


def _figures(values: list[float]) -> tuple[float, float, float]:
    return statistics.median(values), statistics.quantiles(values, n=20)[-1], max(values)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    wish = parser.parse_args()
    storm, spent, memory = asyncio.run(measure(wish.files, wish.seed))
    for line in storm.broken + storm.found:
        print(line[:300])
    text = table(storm, spent, memory)
    print(text)
    if wish.write:
        write(text, "uploads")


if __name__ == "__main__":
    main()
