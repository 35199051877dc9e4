"""The real eyes, judgement and hands of a capture, loaded once in the child."""

from collections.abc import Sequence
from functools import partial

import cv2

from vamt.capture import crop, guidance, masks, sight
from vamt.capture.studio import Picture, Senses, Studio
from vamt.capture.wire import Begin, Side
from vamt.identity import SIDES, Document


def studio_for(begin: Begin) -> Studio:
    """A studio for the document that is to be shown."""
    cv2.setNumThreads(1)
    document = Document(begin.document)
    sides: tuple[Side, ...] = SIDES[document]  # type: ignore[assignment]
    return Studio(senses(document), sides)


def senses(document: Document) -> Senses:
    """Everything that looks at this kind of document."""

    def copy(card: Picture, side: Side, keep: frozenset[str], lines: Sequence[str]) -> bytes:
        return masks.copy_of(card, document, side, keep, lines)

    return Senses(
        look=lambda frame, last: sight.look(frame, document, last),
        advise=guidance.advise,
        outline=partial(sight.outline, document=document),
        rectify=lambda frame, quad: crop.rectify(frame, quad, document),
        copy=copy,
    )
