"""What a visit needs and what takes long to get: fetched while a citizen's page is open.

A library that takes a second to load, a process that takes half of one to start: nobody should
wait for them with the clerk before her. An office that nobody visits has none of it in memory.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog

from vamt.presence import PresenceBook

log = structlog.get_logger()

PAUSE = 0.5  # seconds: her page comes first
QUIET = 120.0  # seconds without anybody until the processes are ended again


@dataclass(slots=True)
class Ahead:
    """Has things ready as long as citizens are here."""

    presence: PresenceBook
    ready: Sequence[Callable[[], Awaitable[None]]]  # each returns at once when all is there
    rest: Callable[[], Awaitable[None]]
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Somebody may have come."""
        self._news.set()

    async def run(self) -> None:
        """Get things ready, and end what waits for nobody, for ever."""
        loop = asyncio.get_running_loop()
        seen = loop.time()
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), QUIET)
                self._news.clear()
                if self.presence.seats("citizen:"):
                    seen = loop.time()
                    await asyncio.sleep(PAUSE)
                    await self._get_ready()
                elif loop.time() - seen >= QUIET:
                    await self.rest()
        finally:
            await self.rest()

    async def _get_ready(self) -> None:
        for one in self.ready:
            try:
                await one()
            except Exception:  # whoever needs it will try again, and tell
                log.exception("not ready ahead")
