"""The part of a transaction that is about fees."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from vamt import states
from vamt.fees import Charge, Receipt
from vamt.store import schema as t

_RETURNED = (
    sa.exists()
    .where(t.receipts.c.charge == t.charges.c.id, t.receipts.c.cents < 0)
    .label("returned")
)
_CHARGES = sa.select(t.charges, _RETURNED)


def _charge(row: Any) -> Charge:
    return Charge(**{**row._mapping, "state": states.Charge(row.state)})


class ChargeTx:
    """See `services.ports.Tx`."""

    _c: AsyncConnection

    async def _charges(self, query: Any) -> list[Charge]:
        return [_charge(row) for row in (await self._c.execute(query)).all()]

    async def charge(self, id: str) -> Charge | None:
        found = await self._charges(_CHARGES.where(t.charges.c.id == id))
        return found[0] if found else None

    async def charges_of(self, *appointment: str) -> list[Charge]:
        theirs = _CHARGES.where(t.charges.c.appointment.in_(appointment))
        return await self._charges(theirs.order_by(t.charges.c.number))

    async def charges_named(self, *reference: str) -> list[Charge]:
        named = _CHARGES.where(t.charges.c.reference.in_(reference))
        return await self._charges(named.order_by(t.charges.c.number))

    async def charges_between(self, first: float, last: float) -> list[Charge]:
        asked = t.charges.c.asked
        query = _CHARGES.where(asked >= first, asked < last)
        return await self._charges(query.order_by(t.charges.c.number))

    async def charges_pending(self) -> list[Charge]:
        c = t.charges.c
        kept = c.received - c.refunded
        surplus = ((c.state == "paid") & (kept > c.cents)) | ((c.state != "paid") & (kept > 0))
        query = _CHARGES.where(c.state.in_(["asked", "promised"]) | surplus)
        return await self._charges(query.order_by(c.number))

    async def next_charge_number(self) -> int:
        query = sa.select(sa.func.coalesce(sa.func.max(t.charges.c.number), 0))
        return int((await self._c.execute(query)).scalar_one()) + 1

    async def add_charge(self, charge: Charge) -> None:
        values = {name: getattr(charge, name) for name in t.charges.c.keys()}
        await self._c.execute(sa.insert(t.charges).values(values))

    async def change_charge(self, id: str, was: states.Charge, **values: Any) -> bool:
        c = t.charges.c
        query = sa.update(t.charges).where(c.id == id, c.state == was).values(**values)
        return (await self._c.execute(query)).rowcount > 0

    async def add_receipt(self, receipt: Receipt) -> bool:
        insert = postgresql.insert if self._c.dialect.name == "postgresql" else sqlite.insert
        values = {name: getattr(receipt, name) for name in Receipt.__slots__}
        query = insert(t.receipts).values(values).on_conflict_do_nothing()
        return (await self._c.execute(query)).rowcount > 0

    async def forget_charge_reasons(self, appointment: str) -> None:
        theirs = t.charges.c.appointment == appointment
        await self._c.execute(sa.update(t.charges).where(theirs).values(reason=""))

    async def forget_charges(self, before: float) -> None:
        old = sa.select(t.charges.c.id).where(t.charges.c.asked < before)
        await self._c.execute(sa.delete(t.receipts).where(t.receipts.c.charge.in_(old)))
        await self._c.execute(sa.delete(t.charges).where(t.charges.c.asked < before))
