"""Citizen and clerk in real browsers on their hosts, in our pages or in the plain one."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol

from bench.netlab.servers import CLERK, PASSWORD, Office, Plain

PATIENCE = 20.0  # s
END_PATIENCE = 10.0  # s
LOOK_EVERY = 0.05  # s


class Side(Protocol):
    """One person's page in some browser; the probe is in every document it opens."""

    async def goto(self, url: str) -> None:
        """Open an address; returns when it has loaded."""

    async def evaluate(self, script: str) -> Any:
        """The value of an expression in the page, awaited; raises OSError where it has none."""

    async def settle(self) -> None:
        """Until nothing is being fetched any more, within reason."""

    async def close(self) -> None:
        """Close the page and forget its cookies."""


class Driver(Protocol):
    """A browser that runs on somebody's host."""

    async def open(self, *, phone: bool) -> Side:
        """An empty page with cookies of its own."""


async def until(side: Side, script: str, what: str, patience: float = PATIENCE) -> None:
    """Until the expression is true; AssertionError tells what the page showed instead."""
    end = time.monotonic() + patience
    while True:
        with contextlib.suppress(OSError):  # in the middle of a navigation there is nobody to ask
            if await side.evaluate(script):
                return
        if time.monotonic() > end:
            break
        await asyncio.sleep(LOOK_EVERY)
    shown = "nothing"
    with contextlib.suppress(OSError):
        shown = await side.evaluate("location.href + ' ' + document.body.innerText.slice(0, 400)")
    raise AssertionError(f"waited {patience:g} s in vain for {what}; the page shows: {shown}")


async def press(side: Side, name: str, patience: float = PATIENCE) -> None:
    """Press a button as soon as it is there."""
    await until(side, f"__lab.press({json.dumps(name)})", f"the button {name!r}", patience)


async def fill(side: Side, label: str, text: str) -> None:
    """Type into a field."""
    await until(side, f"__lab.fill({json.dumps(label)}, {json.dumps(text)})", f"field {label!r}")


@dataclass
class Conversation:
    """Both sides in one kind of pages."""

    citizen: Side
    clerk: Side

    @property
    def sides(self) -> dict[str, Side]:
        """By seat."""
        return {"citizen": self.citizen, "clerk": self.clerk}

    async def each(self, script: str) -> dict[str, Any]:
        """Evaluate the same in both pages."""
        return {seat: await side.evaluate(script) for seat, side in self.sides.items()}

    async def click(self) -> None:
        """The clerk calls the next person; a robot in the citizen's page accepts at once."""
        await until(self.clerk, "__lab.has('Nächste Person aufrufen')", "somebody to call")
        await self.clerk.evaluate("__lab.call()")

    async def see_each_other(self, patience: float = PATIENCE) -> None:
        """Until both have had a picture; raises AssertionError."""
        for side in self.sides.values():
            await until(side, "'frame' in __lab.marks", "a picture", patience)

    async def close(self) -> None:
        """Close both pages."""
        for side in self.sides.values():
            with contextlib.suppress(OSError):
                await side.close()


@contextlib.asynccontextmanager
async def both(citizen: Driver, clerk: Driver) -> AsyncIterator[Conversation]:
    """Two empty pages, closed again if what is done with them fails."""
    talk = Conversation(await citizen.open(phone=True), await clerk.open(phone=False))
    try:
        yield talk
    except BaseException:
        await talk.close()
        raise


class Kind(Protocol):
    """Ours or plain: how two people come to the point where one can call the other."""

    name: str
    server: Any

    async def arrive(self, citizen: Driver, clerk: Driver) -> Conversation:
        """Both have their pages open."""

    async def enter(self, talk: Conversation) -> None:
        """The citizen waits to be called."""

    async def leave(self, talk: Conversation) -> None:
        """End the call, whatever has become of it, and close the pages."""


@dataclass
class Ours:
    """The product's own pages."""

    server: Office
    name: str = "ours"

    async def arrive(self, citizen: Driver, clerk: Driver) -> Conversation:
        """She has booked and tested her camera; the clerk sits at her desk."""
        async with both(citizen, clerk) as talk:
            await talk.clerk.goto(f"{self.server.url}/amt")
            await fill(talk.clerk, "Benutzername", CLERK["user"])
            await fill(talk.clerk, "Passwort", PASSWORD)
            await press(talk.clerk, "Anmelden")
            await talk.citizen.goto(self.server.book())
            await press(talk.citizen, "Kamera und Ton testen")
            await until(
                talk.clerk,
                "__lab.previews() || __lab.has('Kamera und Mikrofon einschalten')",
                "the desk",
            )
            if not await talk.clerk.evaluate("__lab.previews()"):  # Firefox tells no permission
                await press(talk.clerk, "Kamera und Mikrofon einschalten")
            for side in talk.sides.values():
                await until(side, "__lab.previews()", "the own picture")
            return talk

    async def enter(self, talk: Conversation) -> None:
        """Into the waiting room; its pictures of the town may load to their end."""
        await press(talk.citizen, "Warteraum betreten")
        place = "document.querySelector('[data-testid=\"queue-position\"]')?.checkVisibility()"
        await until(talk.citizen, place, "a place in the queue")
        await talk.citizen.settle()

    async def leave(self, talk: Conversation) -> None:
        """The clerk ends the visit; an office where that fails is started afresh."""
        try:
            for name in ("Besuch beenden", "Ja, Besuch beenden"):
                await press(talk.clerk, name, END_PATIENCE)
            await until(
                talk.clerk, "!__lab.has('Besuch beenden')", "the end of the visit", END_PATIENCE
            )
        except (AssertionError, OSError):
            await asyncio.to_thread(self.server.renew)
        finally:
            await talk.close()


@dataclass
class Bare:
    """The page with the browser's defaults."""

    server: Plain
    restart: str = "failed"  # when it restarts ICE: no, failed or disconnected
    name: str = "plain"

    async def arrive(self, citizen: Driver, clerk: Driver) -> Conversation:
        """Both have the page open; cameras open when the call is accepted, as naive pages do."""
        async with both(citizen, clerk) as talk:
            for seat, side in talk.sides.items():
                await side.goto(f"{self.server.url}/?role={seat}&restart={self.restart}")
                await until(side, "__lab.sockets.some(s => s.spoken)", "a line")
            return talk

    async def enter(self, talk: Conversation) -> None:
        """There is no waiting room."""

    async def leave(self, talk: Conversation) -> None:
        """Nothing is kept."""
        await talk.close()
