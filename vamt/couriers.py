"""The courier: takes one receiver what is due, one after the other, and knows when to rest.

Each receiver has a courier of its own, so that one that hangs holds up no other. After a failure
the courier rests a while before it tries the next notice: a receiver that is down gets few requests
however much is waiting for it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from vamt.errors import NotFound
from vamt.notices import Delivery
from vamt.services.notices import Notices
from vamt.services.ports import Clock

log = structlog.get_logger()

LOOK_EVERY = 5.0  # seconds, for what is due again
LONGEST_REST = 60.0

HandOver = Callable[[Delivery], Awaitable[None]]  # raises Refused, NotFound


class Refused(Exception):
    """The receiver has not taken it; the message says why, for the administration."""

    def __init__(self, why: str, *, for_good: bool = False, wait: float = 0.0) -> None:
        super().__init__(why)
        self.for_good = for_good
        self.wait = wait  # seconds the receiver asks for


@dataclass(slots=True)
class Courier:
    """Delivers to one receiver."""

    receiver: str
    notices: Notices
    hand_over: HandOver
    clock: Clock
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _failures: int = 0  # since it has last taken something
    _rests_until: float = 0.0

    def wake(self) -> None:
        """There may be notices."""
        self._news.set()

    async def run(self) -> None:
        """Deliver what is due, for ever."""
        while True:
            try:
                await self.notices.address()
                while await self.deliver():
                    pass
            except Exception:
                log.exception("courier stumbled", receiver=self.receiver)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_EVERY)
            self._news.clear()

    async def deliver(self) -> int:
        """Try what is due now, up to the first failure; return how many were taken."""
        if self.clock() < self._rests_until:
            return 0
        taken = 0
        for delivery in await self.notices.due(self.receiver):
            if not await self._try(delivery):
                break
            taken += 1
        return taken

    async def _try(self, delivery: Delivery) -> bool:
        try:
            await self.hand_over(delivery)
        except NotFound:
            why = "What it is about has been deleted."
            await self.notices.refused(delivery, why, for_good=True)
            return True  # the receiver has nothing to do with it
        except Refused as refused:
            log.warning(
                "notice not taken", receiver=self.receiver, id=delivery.id, why=f"{refused}"
            )
            await self.notices.refused(
                delivery, f"{refused}", for_good=refused.for_good, asked=refused.wait
            )
            self._failures += 1
            self._rests_until = self.clock() + min(2.0**self._failures, LONGEST_REST)
            return False
        await self.notices.sent(delivery)
        self._failures = 0
        return True
