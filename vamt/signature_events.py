"""The events of a signature in `/citizen` and `/desk`. See `signalling.py`."""

from typing import Any

import msgspec

from vamt import messages, signature_messages
from vamt.boards_signature import SignatureBoards
from vamt.services.forms import Forms
from vamt.services.office import clerk_seat
from vamt.services.ports import Store
from vamt.services.signatures import Signatures
from vamt.signalling import Handler, Page, Switchboard
from vamt.signature import Piece


def citizen_events(signatures: Signatures) -> dict[str, Handler]:
    """What her page may ask for."""

    async def done(page: Page, m: signature_messages.SignDone) -> None:
        seat = page.seat
        await signatures.done(seat.subject, m.id, m.strokes, m.typed, seat.language)

    async def ink(page: Page, m: signature_messages.Ink) -> None:
        await signatures.ink(page.seat.subject, Piece(m.stroke, m.first, m.points))

    return {
        "sign_agree": lambda p, m: signatures.agree(p.seat.subject, m.id),
        "sign_done": done,
        "sign_refuse": lambda p, m: signatures.refuse(p.seat.subject, m.id),
        "ink": ink,
    }


def desk_events(
    signatures: Signatures, boards: SignatureBoards, forms: Forms, store: Store
) -> dict[str, Handler]:
    """What the clerk may ask for."""

    async def texts(page: Page, m: messages.Empty) -> dict[str, Any]:
        async with store.read() as tx:
            visit = await tx.visit_at(page.seat.subject)
            person = await tx.appointment(visit.appointment) if visit else None
            if visit and person:
                person = await forms.answered(tx, visit.id, person)
        found = boards.texts(person, page.seat.language) if person else []
        return {"texts": msgspec.to_builtins(found)}

    return {
        "sign_texts": texts,
        "sign_ask": lambda p, m: signatures.ask(p.seat.subject, m.id, m.title, m.text),
        "sign_withdraw": lambda p, m: signatures.withdraw(p.seat.subject, m.id),
    }


async def show(board: Switchboard, clerk: str, signature: str, piece: Piece) -> None:
    """Let the clerk see what is being drawn; she gets all of it again with a new page."""
    points = [list(point) for point in piece.points]
    inked = signature_messages.Inked(signature, piece.stroke, piece.first, points)
    await board.tell(clerk_seat(clerk), "ink", inked)
