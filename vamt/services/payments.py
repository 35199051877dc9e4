"""Use cases of paying online: a hosted provider takes the money, we ask it what has become of it.

Nothing is charged twice: one transaction at a time for each charge, and before another one is begun
the earlier one is asked about. What the citizen's browser brings back is not looked at.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from vamt import fees
from vamt.fees import Charge
from vamt.services.fees import PROVIDER, Fees
from vamt.services.ports import NoPayment, Payments, TakenId, Wanted

OPEN, PAID, UNKNOWN = "open", "paid", ""  # what has become of a payment; or "over"
FOLLOWED = 2 * 86400.0  # seconds after which nobody is asked about a transaction any more


@dataclass(frozen=True, slots=True)
class OnlinePayments:
    """Payments by one provider."""

    fees: Fees
    provider: Payments
    title: Callable[[Charge], str]  # what is paid, in words for the provider's page
    differs: Callable[[Charge], None] = lambda charge: None  # the provider has another amount
    busy: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def pay(self, appointment: str, id: str, back: str) -> str:
        """Where she pays this charge; '' when it is paid already.

        Raises NotFound for a charge that is not hers or not open, NoPayment when the provider does
        not answer as it should: nothing has been charged then.
        """
        async with self.busy[id]:
            charge = await self.fees.for_citizen(appointment, id)
            if charge.payment:
                known = await self.provider.look(charge.payment)
                if known.state == PAID:
                    await self._settle(charge, known.cents)
                    return ""
                if known.state == OPEN:  # never a second one beside it
                    if not known.address:
                        raise NoPayment()
                    return known.address
                charge = await self._anew(charge)
            try:
                return await self._begin(charge, back)
            except TakenId:  # the answer with its address was lost: nobody can pay that one
                return await self._begin(await self._anew(charge), back)

    async def _anew(self, charge: Charge) -> Charge:
        return await self.fees.began(charge, attempts=charge.attempts + 1, payment=None)

    async def _begin(self, charge: Charge, back: str) -> str:
        """After a lost answer the same again: the provider knows the id."""
        id, title = f"{charge.id}-{charge.attempts}", self.title(charge)
        begun = await self.provider.begin(Wanted(id, charge.cents, charge.reference, title, back))
        await self.fees.began(charge, payment=begun.id)
        return begun.address

    async def look(self, appointment: str, id: str) -> str:
        """Ask what has become of it: "paid", "open", "over"; '' when none was begun, or the
        provider names another amount. Raises NotFound, NoPayment."""
        charge = await self.fees.of_citizen(appointment, id)
        return PAID if charge.state in fees.SETTLED else await self._look(charge)

    async def follow(self) -> None:
        """Ask about those who pay now and have not come back."""
        since = self.fees.clock() - FOLLOWED
        for charge, _ in await self.fees.pending():
            if charge.payment and charge.asked > since and charge.state in fees.OPEN:
                try:
                    await self._look(charge)
                except NoPayment:
                    continue  # asked again the next time

    async def _look(self, charge: Charge) -> str:
        if not charge.payment:
            return UNKNOWN
        known = await self.provider.look(charge.payment)
        if known.state != PAID:
            return known.state
        return PAID if await self._settle(charge, known.cents) else UNKNOWN

    async def _settle(self, charge: Charge, cents: int | None) -> bool:
        """Paid, if it is exactly what was asked for; else a person has to look at it."""
        if cents != charge.cents:
            self.differs(charge)
            return False
        await self.fees.received(charge, f"{PROVIDER}:{charge.payment}", PROVIDER)
        return True
