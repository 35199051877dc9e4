"""The events of fees in `/citizen` and `/desk`. See `signalling.py`."""

from vamt.fee_messages import FeeAsk
from vamt.services.fees import Fees
from vamt.signalling import Handler, Page


def citizen_events(fees: Fees) -> dict[str, Handler]:
    """What her page may ask for."""
    return {"fee_promise": lambda p, m: fees.promise(p.seat.subject, m.id)}


def desk_events(fees: Fees) -> dict[str, Handler]:
    """What the clerk may ask for."""

    async def ask(page: Page, m: FeeAsk) -> None:
        await fees.ask(page.seat.subject, m.service, m.channel, m.cents)

    return {
        "fee_ask": ask,
        "fee_waive": lambda p, m: fees.waive(p.seat.subject, m.service, m.reason),
        "fee_confirm": lambda p, m: fees.confirm(p.seat.subject, m.id),
        "fee_cancel": lambda p, m: fees.cancel(p.seat.subject, m.id),
    }
