"""The part of a transaction that is about the history: what happened when, without content."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from vamt import states
from vamt.stopwatch import Case, Happening
from vamt.store import schema as t


class HistoryTx:
    """See `services.ports.Tx`."""

    _c: AsyncConnection

    async def forget_history(self, before: float) -> None:
        await self._c.execute(sa.delete(t.history).where(t.history.c.at < before))
        ended = (t.visits.c.state == "ended") & (t.visits.c.created < before)
        theirs = sa.select(t.visits.c.id).where(ended)
        for table in (t.guests, t.checks, t.vault_keys, t.signatures, t.forms):
            await self._c.execute(sa.delete(table).where(table.c.visit.in_(theirs)))
        await self._c.execute(sa.delete(t.visits).where(ended))

    async def record(
        self,
        at: float,
        machine: str,
        subject: str,
        event: str,
        old: str,
        new: str,
        by: str,
        appointment: str = "",
    ) -> None:
        await self._c.execute(
            sa.insert(t.history).values(
                at=at,
                machine=machine,
                subject=subject,
                event=event,
                old=old,
                new=new,
                by=by,
                appointment=appointment,
            )
        )

    async def happenings(self, appointment: str) -> list[Happening]:
        h = t.history.c
        query = (
            sa.select(h.at, h.machine, h.subject, h.new)
            .where(h.appointment == appointment)
            .order_by(h.number)
        )
        return [Happening(*row) for row in (await self._c.execute(query)).all()]

    async def finished_cases(self, start: float) -> list[Case]:
        h, v, a = t.history.c, t.visits.c, t.appointments.c
        ended = sa.select(v.appointment).where(
            v.state == states.Visit.ENDED, v.answered.is_not(None), v.ended >= start
        )
        query = (
            sa.select(a.id, a.service, a.also, h.at, h.machine, h.subject, h.new)
            .select_from(t.history.join(t.appointments, h.appointment == a.id))
            .where(a.id.in_(ended))
            .order_by(h.number)
        )
        found: dict[str, Case] = {}
        for id, service, also, *row in (await self._c.execute(query)).all():
            case = found.setdefault(id, Case((service, *also), []))
            case.happenings.append(Happening(*row))
        return list(found.values())
