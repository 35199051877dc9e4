"""Use cases around notices: to whom one goes, what is due, what became of it.

A step notes what has happened in its own transaction (`Steps`). Here it gets its receivers, and
each of them its own tries. So none is forgotten when the process dies, and none waits for another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from vamt import notices
from vamt.errors import NotFound
from vamt.notices import Delivery, Receiver
from vamt.services.facts import Facts
from vamt.services.ports import Clock, NewId, Store

BATCH = 20
SHOWN = 50  # of those given up
ERROR_LENGTH = 300
KEEP = 30 * 86400  # seconds that we remember what has been delivered or given up

Chance = Callable[[], float]  # between 0 and 1


@dataclass(frozen=True, slots=True)
class Notices:
    """The notices of one town."""

    store: Store
    clock: Clock
    new_id: NewId
    chance: Chance
    facts: Facts
    receivers: Sequence[Receiver]

    async def address(self) -> None:
        """Give every new notice to those who want to know of it."""
        async with self.store.read() as tx:  # mostly there is none, and no writer is held up
            if not await tx.has_notices():
                return
        async with self.store.write() as tx:
            for notice in await tx.take_notices():
                for receiver in self.receivers:
                    if receiver.wants(notice.kind):
                        await tx.add_delivery(
                            Delivery(
                                f"msg_{self.new_id()}",
                                receiver.name,
                                notice.kind,
                                notice.subject,
                                notice.at,
                                due=notice.at,
                            )
                        )

    async def due(self, receiver: str) -> list[Delivery]:
        """What this receiver is to be told now, the longest due first."""
        async with self.store.read() as tx:
            return await tx.deliveries_due(receiver, self.clock(), BATCH)

    async def message(self, delivery: Delivery, *, person: bool) -> bytes:
        """The message as JSON; raises NotFound when what it is about has been deleted."""
        async with self.store.read() as tx:
            told = await self.facts.message(
                tx, delivery.kind, delivery.subject, delivery.at, person=person
            )
        return msgspec.json.encode(told)

    async def sent(self, delivery: Delivery) -> None:
        """The receiver has taken it."""
        await self._tried(delivery, sent=self.clock(), error="")

    async def refused(
        self, delivery: Delivery, why: str, *, for_good: bool = False, asked: float = 0.0
    ) -> None:
        """It has not been taken. `asked`: seconds the receiver asks us to wait."""
        now, tries = self.clock(), delivery.tries + 1
        pause = None if for_good else notices.wait(tries, self.chance(), asked)
        outcome = {"given_up": now} if pause is None else {"due": now + pause}
        await self._tried(delivery, **outcome, error=why[:ERROR_LENGTH])

    async def _tried(self, delivery: Delivery, **values: object) -> None:
        async with self.store.write() as tx:
            await tx.change_delivery(delivery.id, tries=delivery.tries + 1, **values)

    async def given_up(self) -> list[Delivery]:
        """What was not taken in all tries, the newest first."""
        async with self.store.read() as tx:
            return await tx.deliveries_given_up(SHOWN)

    async def waiting(self) -> dict[str, int]:
        """How many notices each receiver has not taken yet."""
        async with self.store.read() as tx:
            found = await tx.deliveries_waiting()
        return {receiver.name: found.get(receiver.name, 0) for receiver in self.receivers}

    async def again(self, id: str) -> None:
        """Try one once more that was given up, with all tries; one on its way is left alone.

        Raises NotFound, also when its receiver is not in the settings any more.
        """
        async with self.store.write() as tx:
            found = await tx.delivery(id)
            if found is None or found.receiver not in {one.name for one in self.receivers}:
                raise NotFound()
            if found.given_up is not None:
                await tx.change_delivery(id, given_up=None, due=self.clock(), tries=0)

    async def forget(self) -> None:
        """Drop what was delivered or given up long ago."""
        async with self.store.write() as tx:
            await tx.forget_deliveries(self.clock() - KEEP)
