"""The part of a transaction that is about notices to other programs."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from vamt.notices import Delivery, Kind, Notice
from vamt.store import schema as t


def _delivery(row: Any) -> Delivery:
    return Delivery(**{**row._mapping, "kind": Kind(row.kind)})


class NoticeTx:
    """See `services.ports.Tx`."""

    _c: AsyncConnection

    async def announce(self, notice: Notice) -> None:
        values = {name: getattr(notice, name) for name in Notice.__slots__}
        await self._c.execute(sa.insert(t.notices).values(values))

    async def has_notices(self) -> bool:
        query = sa.select(t.notices.c.number).limit(1)
        return (await self._c.execute(query)).first() is not None

    async def take_notices(self) -> list[Notice]:
        """All new ones, in their order; they are gone then."""
        found = (await self._c.execute(sa.select(t.notices).order_by(t.notices.c.number))).all()
        if found:
            last = t.notices.c.number <= found[-1].number
            await self._c.execute(sa.delete(t.notices).where(last))
        return [Notice(Kind(row.kind), row.subject, row.at) for row in found]

    async def add_delivery(self, delivery: Delivery) -> None:
        values = {name: getattr(delivery, name) for name in Delivery.__slots__}
        await self._c.execute(sa.insert(t.deliveries).values(values))

    async def delivery(self, id: str) -> Delivery | None:
        query = sa.select(t.deliveries).where(t.deliveries.c.id == id)
        row = (await self._c.execute(query)).first()
        return _delivery(row) if row else None

    async def deliveries_due(self, receiver: str, now: float, limit: int) -> list[Delivery]:
        d = t.deliveries.c
        mine = (d.receiver == receiver) & d.sent.is_(None) & d.given_up.is_(None) & (d.due <= now)
        query = sa.select(t.deliveries).where(mine).order_by(d.due, d.at, d.id).limit(limit)
        return [_delivery(row) for row in await self._c.execute(query)]

    async def deliveries_given_up(self, limit: int) -> list[Delivery]:
        d = t.deliveries.c
        query = sa.select(t.deliveries).where(d.given_up.is_not(None))
        query = query.order_by(d.given_up.desc(), d.id).limit(limit)
        return [_delivery(row) for row in await self._c.execute(query)]

    async def change_delivery(self, id: str, **values: Any) -> bool:
        query = sa.update(t.deliveries).where(t.deliveries.c.id == id).values(**values)
        return (await self._c.execute(query)).rowcount > 0

    async def deliveries_waiting(self) -> dict[str, int]:
        d = t.deliveries.c
        query = sa.select(d.receiver, sa.func.count().label("n")).group_by(d.receiver)
        rows = await self._c.execute(query.where(d.sent.is_(None), d.given_up.is_(None)))
        return {row.receiver: row.n for row in rows}

    async def forget_deliveries(self, before: float) -> None:
        d = t.deliveries.c
        await self._c.execute(
            sa.delete(t.deliveries).where((d.sent < before) | (d.given_up < before))
        )
