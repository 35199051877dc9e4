"""The events of the identity check in `/citizen` and `/desk`. See `signalling.py`."""

from typing import Any

from vamt import check_messages
from vamt.capture import wire
from vamt.identity import Document, Result
from vamt.services.checks import Checks
from vamt.services.office import clerk_seat
from vamt.services.signatures import Signatures
from vamt.signalling import Handler, Page, Switchboard


def citizen_events(checks: Checks, signatures: Signatures) -> dict[str, Handler]:
    """What her page may ask for."""

    async def offer(page: Page, m: check_messages.CaptureOffer) -> dict[str, Any]:
        whose = signatures if signatures.owns(page.seat.subject, m.id) else checks
        return {"sdp": await whose.offer(page.seat.subject, m.id, m.sdp)}

    return {
        "check_allow": lambda p, m: checks.allow(p.seat.subject),
        "check_refuse": lambda p, m: checks.refuse(p.seat.subject),
        "capture_offer": offer,
    }


def desk_events(checks: Checks) -> dict[str, Handler]:
    """What the clerk may ask for."""

    async def said(page: Page, m: check_messages.CheckSaid) -> dict[str, Any]:
        return {"right": await checks.said(page.seat.subject, m.code)}

    async def judge(page: Page, m: check_messages.CheckJudge) -> None:
        await checks.judge(page.seat.subject, Result(m.result), m.reason, m.keep)

    return {
        "check_ask": lambda p, m: checks.ask(p.seat.subject, m.id, Document(m.document)),
        "check_take": lambda p, m: checks.take(p.seat.subject),
        "check_side": lambda p, m: checks.turn(p.seat.subject, m.side),
        "check_again": lambda p, m: checks.again(p.seat.subject),
        "check_tick": lambda p, m: checks.tick(p.seat.subject, m.item, m.value),
        "check_read": lambda p, m: checks.typed(p.seat.subject, m.lines),
        "check_code": lambda p, m: checks.code(p.seat.subject, m.id, m.way),
        "check_said": said,
        "check_judge": judge,
        "check_destroy": lambda p, m: checks.destroy(p.seat.subject, m.id),
        "check_abort": lambda p, m: checks.abort(p.seat.subject),
    }


async def advise(board: Switchboard, clerk: str, check: str, said: wire.Advised) -> None:
    """Show the clerk what the citizen's page is told; missed ones do no harm."""
    outline = [list(corner) for corner in said.outline] if said.outline else None
    advice = check_messages.Advice(check, said.side, said.advice, outline, said.seconds)
    await board.tell(clerk_seat(clerk), "advice", advice)
