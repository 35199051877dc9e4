"""The part of a transaction that is about clerks' calendars."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from vamt.store import schema as t


class FeedTx:
    """See `services.ports.Tx`."""

    _c: AsyncConnection

    async def feed(self, clerk: str) -> str | None:
        query = sa.select(t.feeds.c.serial).where(t.feeds.c.clerk == clerk)
        row = (await self._c.execute(query)).first()
        return str(row.serial) if row else None

    async def add_feed(self, clerk: str, serial: str, made: float) -> None:
        values = {"clerk": clerk, "serial": serial, "made": made}
        await self._c.execute(sa.insert(t.feeds).values(values))

    async def end_feed(self, clerk: str) -> None:
        await self._c.execute(sa.delete(t.feeds).where(t.feeds.c.clerk == clerk))
