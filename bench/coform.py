"""Two people type in one form, over lines that delay and break: how soon each letter is on the
other page, whether both end with the same, and whether anything got lost.

    python -m bench.coform [--seconds 60] [--write]

The whole office is served on this machine; two clients speak its protocol over Socket.IO, each
by the rules of `static/js/coform.js` (`tests/form_page.py`). Between them and the office stands
a proxy that holds back every byte in both directions. Each types ten keys a second, mostly in a
field of her own and a third of the time in that of the other. Each line is cut once, in the
middle of a word, and lets nobody in for two seconds. A letter counts as lost when it is in no
field at the end although nobody wrote there who had seen it. `--write` puts the table into
docs/performance.md.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import socketio
import structlog

from bench.first_frame import write
from tests.form_page import FormPage
from tests.web.served import Town, free_port, served, visit
from vamt.coform import Content, Edit, Entry

KEYS = 10.0  # a second
AWAY = 2.0  # seconds nobody is let in after a cut
FIELDS = ("birth_date", "purpose")
LENGTH = 60  # characters, then the writer begins anew


class Line:
    """A proxy before the office: everything arrives `delay` seconds later, until it is cut."""

    def __init__(self, port: int, delay: float) -> None:
        self.port, self.delay, self.up = port, delay, True
        self.own = free_port()
        self._open: list[asyncio.StreamWriter] = []
        self._carriers: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def working(self) -> AsyncIterator["Line"]:
        """Serve for the length of a `with`."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.own)
        try:
            yield self
        finally:
            server.close()
            self.cut()
            await asyncio.gather(*self._carriers, return_exceptions=True)

    def cut(self) -> None:
        """Break what is open; nobody says goodbye."""
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.up:
            writer.transport.abort()
            return
        there, out = await asyncio.open_connection("127.0.0.1", self.port)
        self._open += [writer, out]
        for way in (self._carry(reader, out), self._carry(there, writer)):
            self._carriers.add(asyncio.ensure_future(way))

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Pass bytes on, in order, each after the delay."""
        ahead: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due, data = await ahead.get()
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                if target.transport.is_closing():
                    return
                target.write(data)

        task = asyncio.ensure_future(deliver())
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65536):
                ahead.put_nowait((time.monotonic() + self.delay, data))
        await asyncio.sleep(self.delay)
        task.cancel()
        target.transport.abort()


@dataclass
class Typist:
    """Somebody with a page on a line of her own."""

    name: str
    namespace: str
    seat: str
    line: Line
    page: FormPage
    fields: tuple[str, ...]
    typed: dict[str, float] = field(default_factory=dict)  # value -> when
    log: list[tuple[str, str, frozenset[str]]] = field(default_factory=list)
    seen: dict[str, float] = field(default_factory=dict)  # the other's value -> when
    news: asyncio.Event = field(default_factory=asyncio.Event)  # something is on disk
    client: Any = None
    cuts: int = 0

    @property
    def id(self) -> str:
        """Of the page, without the seat."""
        return self.page.author.rpartition("/")[2]

    async def connect(self) -> None:
        """Until it works."""
        while True:
            self.http = aiohttp.ClientSession()
            client = socketio.AsyncClient(
                reconnection=False, http_session=self.http, handle_sigint=False
            )
            client.on("form_edited", self._edited, namespace=self.namespace)
            client.on("form_saved", self._saved, namespace=self.namespace)
            client.on("disconnect", self._gone, namespace=self.namespace)
            try:
                await client.connect(
                    f"http://localhost:{self.line.own}",
                    auth={"seat": self.seat},
                    namespaces=[self.namespace],
                    transports=["websocket"],
                )
                self.client = client
                answer = await self._ask("form_join", {"page": self.id})
                form = answer["form"]
            except (socketio.exceptions.SocketIOError, aiohttp.ClientError):
                await self.http.close()
                await asyncio.sleep(0.2)
                continue
            self.page.join(
                Content(form["version"], cells_of(form["cells"]), {self.page.author: form["seen"]}),
                form["saved"],
            )
            self._note()
            self.flush()
            return

    async def type(self, chance: random.Random, until: float) -> None:
        """Ten keys a second; half of a conflict is settled by whoever sees it first."""
        number, due = 0, time.monotonic()
        key, text = self.fields[0], ""
        while (due := due + 1 / KEYS) < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            number += 1
            if number % 15 == 1:
                key, text = chance.choice(self.fields), ""
            entries = self.page.cells.get(key, ())
            before = frozenset(one.value for one in entries)
            if len(entries) > 1 and chance.random() < 0.2:
                self.page.choose(key, chance.choice(entries).value)
                text = ""
            else:
                text = (text + chance.choice("abcdefghijklmnopqrstuvwxyz"))[-LENGTH:]
                self.page.type(key, f"{self.name}{number} {text}")
            value = self.page.value(key)
            self.log.append((key, value, before))
            self.typed.setdefault(value, time.monotonic())
            self.flush()

    async def interrupted(self, after: float) -> None:
        """Her line breaks once."""
        await asyncio.sleep(after)
        self.line.up = False
        self.line.cut()
        await asyncio.sleep(AWAY)
        self.line.up = True

    async def settled(self) -> None:
        """Until all is on disk."""
        while self.page.pending:
            self.news.clear()
            await self.news.wait()

    def flush(self) -> None:
        """Send what waits."""
        for edit in self.page.outgoing() if self.client.connected else ():
            asyncio.ensure_future(self._send(edit))

    async def _send(self, edit: Edit) -> None:
        message = {"page": self.id, **msgspec.to_builtins(edit)}
        message.pop("author")
        with contextlib.suppress(socketio.exceptions.SocketIOError):
            answer = await self._ask("form_edit", message)
            self.page.applied(edit.number, edit.field, entries_of(answer["cell"]))

    async def _ask(self, event: str, data: Any) -> Any:
        answer = await self.client.call(event, data, namespace=self.namespace, timeout=5)
        assert answer["ok"], answer
        return answer

    async def _edited(self, told: dict[str, Any]) -> None:
        self.page.receive(told["field"], entries_of(told["cell"]))
        self._note()

    async def _saved(self, told: dict[str, Any]) -> None:
        self.page.saved(told["number"])
        self.news.set()

    async def _gone(self, *_reason: Any) -> None:
        self.cuts += 1
        self.page.cut()
        await self.http.close()
        asyncio.ensure_future(self.connect())

    def _note(self) -> None:
        now = time.monotonic()
        for entries in self.page.cells.values():
            for one in entries:
                if one.author != self.page.author:
                    self.seen.setdefault(one.value, now)


def entries_of(cell: dict[str, Any]) -> tuple[Entry, ...]:
    """As the rules know them."""
    return tuple(Entry(**one) for one in cell["entries"])


def cells_of(cells: dict[str, Any]) -> dict[str, tuple[Entry, ...]]:
    """The same for a whole form."""
    return {key: entries_of(cell) for key, cell in cells.items()}


def lost(one: Typist, other: Typist) -> list[str]:
    """The last words of `one` in each field that are gone, though nobody saw and replaced them."""
    last = {key: value for key, value, _ in one.log}
    return [
        value
        for key, value in last.items()
        if value not in {entry.value for entry in one.page.cells[key]}
        and not any(key == where and value in before for where, _, before in other.log)
    ]


async def meet(town: Town) -> tuple[str, str, str]:
    """An open form; the seat of each for a page of its own, and the citizen's key."""
    booking = await town.book("ausweis")
    first = await town.citizen(booking)
    await first.do("give", {"values": {"birth_date": "1990-02-28"}})
    await first.close()
    met = await visit(town, booking=booking)
    await met.clerk.do("form_start")
    hers = await town.boot(booking.path)
    desks = await town.boot("/amt", {"vamt": met.clerk.session})
    return hers["seat"], desks["seat"], desks["state"]["id"]


@dataclass(frozen=True)
class Found:
    """What one round has shown."""

    delay: float
    letters: int
    late: list[float]  # ms from a letter until it was on the other page, both lines up
    behind: list[float]  # ms the letters typed around a cut took
    same: bool
    lost: int
    settled: float  # seconds until all was on disk after the last letter


async def measure(delay: float, seconds: float) -> Found:
    """One round. `delay`: ms in each direction of each line."""
    chance = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        async with served(Path(folder)) as town:
            seats = await meet(town)
            lines = [Line(town.port, delay / 1000) for _ in range(2)]
            async with lines[0].working(), lines[1].working():
                keys = (f"citizen:{(await booking_of(town))}", seats[2])
                people = [
                    Typist(
                        name,
                        space,
                        seat,
                        line,
                        FormPage(f"{key}/{'page-of-' + name * 10}"),
                        fields,
                    )
                    for name, space, seat, line, key, fields in zip(
                        "mk",
                        ("/citizen", "/desk"),
                        seats[:2],
                        lines,
                        keys,
                        (FIELDS[:1] * 2 + FIELDS[1:], FIELDS[1:] * 2 + FIELDS[:1]),
                        strict=True,
                    )
                ]
                await asyncio.gather(*(one.connect() for one in people))
                begin = time.monotonic()
                await asyncio.gather(
                    *(one.type(chance, begin + seconds) for one in people),
                    people[0].interrupted(seconds / 3),
                    people[1].interrupted(seconds * 2 / 3),
                )
                end = time.monotonic()
                async with asyncio.timeout(30):
                    await asyncio.gather(*(one.settled() for one in people))
                settled = time.monotonic() - end
                await asyncio.sleep(4 * delay / 1000 + 0.3)
                found = outcome(people, begin, seconds, delay, settled)
                for one in people:
                    one._gone = quiet  # type: ignore[method-assign]
                    one.client.on("disconnect", quiet, namespace=one.namespace)
                    await one.client.disconnect()
                    await one.http.close()
                return found


async def quiet(*_: Any) -> None:
    """It is over."""


async def booking_of(town: Town) -> str:
    """The id of the only appointment."""
    return str(town.rows("select id from appointments")[0]["id"])


def outcome(
    people: list[Typist], begin: float, seconds: float, delay: float, settled: float
) -> Found:
    """What the round has shown."""
    cuts = [begin + seconds / 3, begin + seconds * 2 / 3]
    late: list[float] = []
    behind: list[float] = []
    for one, other in (people, people[::-1]):
        for value, at in one.typed.items():
            if value in other.seen:
                took = (other.seen[value] - at) * 1000
                near = any(cut - 1 < at < cut + AWAY + 2 for cut in cuts)
                (behind if near else late).append(took)
    one, other = people
    assert one.cuts == other.cuts == 1, "each line was to be cut once"
    return Found(
        delay,
        len(one.log) + len(other.log),
        late,
        behind,
        one.page.cells == other.page.cells and not one.page.pending and not other.page.pending,
        len(lost(one, other)) + len(lost(other, one)),
        settled,
    )


def table(rounds: list[Found]) -> str:
    """A Markdown table, a row for each round."""
    lines = [
        "| delay each way | keys | median | 95th percentile | slowest | slowest around a cut "
        "| on disk after the last key | both the same | lost |",
        "|---:|---:|---:|---:|---:|---:|---:|---|---:|",
    ]
    for one in rounds:
        figures = [
            statistics.median(one.late),
            statistics.quantiles(one.late, n=20, method="inclusive")[-1],
            max(one.late),
            max(one.behind),
        ]
        words = " | ".join(f"{figure:.0f} ms" for figure in figures)
        lines.append(
            f"| {one.delay:.0f} ms | {one.letters} | {words} | {one.settled:.2f} s "
            f"| {'yes' if one.same else '**no**'} | {one.lost} |"
        )
    lines += [
        "",
        f"From the key until the other page has it, on {os.cpu_count()} cores at load "
        f"{os.getloadavg()[0]:.1f}. A letter crosses both lines: twice the delay is the least.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--write", action="store_true")
    wish = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    rounds = [asyncio.run(measure(delay, wish.seconds)) for delay in (0, 100, 200)]
    text = table(rounds)
    print(text)
    if wish.write:
        write(text, "coform")


if __name__ == "__main__":
    main()
