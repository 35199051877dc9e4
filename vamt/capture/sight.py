"""What a frame shows of the document: where it is, how large, how sharp, how bright, which side.

`look` is called some six times a second for each capture and works on a reduced frame; nothing is
remembered between two calls but the quad that the caller hands back in.
"""

from dataclasses import dataclass

import numpy as np

from vamt.capture import seek
from vamt.capture.crop import Picture, Quad, aspect, rectify
from vamt.capture.marks import Side, glare, is_printed, light, sharpness, side_of, tilt
from vamt.identity import Document

# The outline on the screen, as shares of the frame. A portrait telephone is filled from side to
# side; before a fixed lens of a desktop camera a card that filled the picture would be nearer
# (12 cm) than the lens can see sharply. The same numbers are in static/js/card_outline.js.
OUTLINE_ACROSS = 0.84
OUTLINE_DOWN = {Document.PASSPORT: 0.74}
OUTLINE_DOWN_CARD = 0.56

HELD = 0.6  # support from which the last place is still the place
SURE = 0.8  # support from which nowhere else is looked


@dataclass(frozen=True, eq=False)
class View:
    """What one frame shows. Without a card (`quad` None) only `light` says something."""

    quad: Quad | None
    width: float = 0.0  # px, of the card in the frame (mean of its upper and lower side)
    tilt: float = 0.0  # degrees: leaning away from the camera or turned in the picture
    sharp: float = 0.0  # steepness of the steepest edges, 0 to about 1
    glare: float = 0.0  # share of the card that is white with light, 0 to 1
    light: float = 0.0  # 75th percentile of the brightness, 0 to 255
    motion: float = 0.0  # px of the frame since the last one; 0 when there was no last one
    side: Side = "unknown"
    screen: bool = False  # it seems to be a display that shows a card
    outline: float = 0.0  # px: how wide the card should be


def outline(frame_width: int, frame_height: int, document: Document) -> Quad:
    """The outline that the citizen fills with the document, in pixels of the frame."""
    ratio = aspect(document)
    down = OUTLINE_DOWN.get(document, OUTLINE_DOWN_CARD)
    width = min(OUTLINE_ACROSS * frame_width, down * frame_height * ratio)
    half = np.array([width, width / ratio]) / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    return (corners + np.array([frame_width, frame_height]) / 2).astype(np.float32)


def look(frame: Picture, document: Document, prior: Quad | None) -> View:
    """See what is there. `prior` is the quad of the last view, or None."""
    high, wide = frame.shape[:2]
    wish = outline(wide, high, document)
    lab, scale = seek.prepare(frame)
    quad, kept = _locate(lab, scale, document, wish, prior)
    target = float(wish[1, 0] - wish[0, 0])
    card = None if quad is None else rectify(frame, quad, document, 480)
    if quad is None or card is None or not is_printed(card):
        middle = frame[high // 4 : -high // 4 : 4, wide // 4 : -wide // 4 : 4]
        return View(None, light=light(middle), outline=target)
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    return View(
        quad,
        width=float(sides[0] + sides[2]) / 2,
        tilt=tilt(quad, aspect(document), (wide, high)),
        sharp=sharpness(card),
        glare=glare(card),
        light=light(card),
        motion=float(np.linalg.norm(quad - prior, axis=1).mean())
        if kept and prior is not None
        else 0.0,
        side=side_of(card, document),
        outline=target,
    )


def _locate(
    lab: seek.Floats, scale: float, document: Document, wish: Quad, prior: Quad | None
) -> tuple[Quad | None, bool]:
    """The card's corners in the frame, and whether it was found where it was before."""
    ratio = aspect(document)
    if prior is not None and _plausible(prior, lab.shape[1] / scale):
        width = float(np.linalg.norm(prior[1] - prior[0])) * scale
        last = seek.refine(lab, _small(prior, scale), ratio, reach=0.06 * width + 4)
        if last is not None and last.support >= HELD:
            return _large(last.quad, scale), True
    guess = _small(wish, scale)
    width = float(guess[1, 0] - guess[0, 0])
    found = seek.refine(lab, guess, ratio, reach=0.12 * width)
    if found is None or found.support < SURE:
        others = seek.iterate(lab, seek.find(lab, ratio), ratio)
        seen = [sighting for sighting in (found, *others) if sighting is not None]
        found = max(seen, key=lambda sighting: sighting.support, default=None)
    if found is None or found.support < seek.FOUND:
        return None, False
    return _large(found.quad, scale), False


def _plausible(quad: Quad, width: float) -> bool:
    """Whether it can be a card in a frame of this width at all."""
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    return bool(np.isfinite(quad).all() and sides.min() > 8 and np.abs(quad).max() < 4 * width)


def _small(quad: Quad, scale: float) -> Quad:
    """From the frame's pixels (counted from their centres) to those of the prepared one."""
    return ((quad + 0.5) * scale - 0.5).astype(np.float32)


def _large(quad: Quad, scale: float) -> Quad:
    return ((quad + 0.5) / scale - 0.5).astype(np.float32)
