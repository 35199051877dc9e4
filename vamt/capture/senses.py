"""The real eyes, judgement and hands of a capture, loaded once in the child."""

from collections.abc import Mapping, Sequence
from functools import partial

import cv2

from vamt import mrz_votes
from vamt.capture import crop, fusion, guidance, masks, reader, sight
from vamt.capture.studio import Picture, Senses, Studio, Zone
from vamt.capture.wire import Begin, Side
from vamt.identity import SIDES, Document

# where the machine-readable zone is (ICAO Doc 9303, parts 4 and 5)
ZONES: Mapping[Document, Side] = {
    Document.ID_CARD: "back",
    Document.PASSPORT: "front",
    Document.RESIDENCE_PERMIT: "back",
}


def studio_for(begin: Begin) -> Studio:
    """A studio for the document that is to be shown; some tenths of a second with the reader."""
    cv2.setNumThreads(1)
    document = Document(begin.document)
    sides: tuple[Side, ...] = SIDES[document]  # type: ignore[assignment]
    side = ZONES.get(document) if begin.reading else None
    return Studio(senses(document), sides, zone(document, side) if side else None)


def zone(document: Document, side: Side) -> Zone:
    """The reader of this document's zone."""
    eyes = reader.Reader(reader.load())
    return Zone(
        side=side,
        read=lambda card: eyes.read(card, document),
        fuse=fusion.fuse,
        votes=mrz_votes.Votes(),
        lines_of=lambda reading: list(reading.zone.lines),
    )


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
