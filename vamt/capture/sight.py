"""What a frame shows of the document: where it is, how large, how sharp, how bright, which side.

`look` is called some six times a second for each capture and works on a reduced frame; nothing is
remembered between two calls but the quad that the caller hands back in.
"""

from dataclasses import dataclass

import numpy as np

from vamt.capture import seek
from vamt.capture.crop import Picture, Quad, aspect, rectify
from vamt.capture.marks import Side, glare, ink, is_printed, light, sharpness, side_of, tilt
from vamt.capture.screens import is_screen
from vamt.identity import Document

# The outline on the screen, as shares of the frame. A portrait telephone is filled from side to
# side; before a fixed lens of a desktop camera a card that filled the picture would be nearer
# (12 cm) than the lens can see sharply. The same numbers are in static/js/card_outline.js.
OUTLINE_ACROSS = 0.84
OUTLINE_DOWN = {Document.PASSPORT: 0.74}
OUTLINE_DOWN_CARD = 0.56

NEAR = 1.6  # of the outline: looked for on its own
HELD = 0.6  # support from which the last place is still the place
SURE = 0.8  # support from which nowhere else is looked


@dataclass(frozen=True, eq=False)
class View:
    """What one frame shows. Without a card (`quad` None) only `light` says something, of it all."""

    quad: Quad | None
    width: float = 0.0  # px, of the card in the frame, as if it did not lean
    tilt: float = 0.0  # degrees: leaning away from the camera or turned in the picture
    sharp: float = 0.0  # steepness of the steepest edges, 0 to about 1
    glare: float = 0.0  # share of the card that is white with light, 0 to 1
    light: float = 0.0  # brightness of the card's paper, 0 to 255
    motion: float = 0.0  # px of the frame since the last one; 0 when there was no last one
    side: Side = "unknown"
    screen: bool = False  # it seems to be a display that shows a card
    cut: bool = False  # a part of it is outside of the frame
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
    cut = quad is not None and _sticks_out(quad, wide, high)
    if quad is None or card is None or not (cut or is_printed(card)):
        brightest = float(np.percentile(frame[::8, ::8].max(axis=2), 95))
        return View(None, light=brightest, outline=target)
    top, right, bottom, left = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    bright, print_on_it = light(card), ink(card)
    return View(
        quad,
        width=float(max(top + bottom, (left + right) * aspect(document))) / 2,
        tilt=tilt(quad, aspect(document), (wide, high)),
        sharp=sharpness(print_on_it),
        glare=glare(card),
        light=bright,
        motion=float(np.linalg.norm(quad - prior, axis=1).mean())
        if kept and prior is not None
        else 0.0,
        side=side_of(print_on_it, document),
        screen=is_screen(frame, quad, aspect(document), bright),
        cut=cut,
        outline=target,
    )


def _locate(
    lab: seek.Floats, scale: float, document: Document, wish: Quad, prior: Quad | None
) -> tuple[Quad | None, bool]:
    """The card's corners in the frame, and whether it was found where it was before."""
    ratio = aspect(document)
    if prior is not None and _plausible(prior, lab.shape[1] / scale):
        width = float(np.linalg.norm(prior[1] - prior[0])) * scale
        last = seek.approach(lab, _small(prior, scale), ratio, reach=0.06 * width + 4)
        if last is not None and last.support >= HELD:
            return _large(seek.settle(lab, last, ratio).quad, scale), True
    guess = _small(wish, scale)
    width = float(guess[1, 0] - guess[0, 0])
    found = seek.approach(lab, guess, ratio, reach=0.12 * width)
    if found is None or found.support < SURE:
        # a card far too near fills the frame, where the search over all places sees too little
        middle = guess.mean(axis=0)
        near = (middle + (guess - middle) * np.float32(NEAR)).astype(np.float32)
        close = seek.approach(lab, near, ratio, reach=0.12 * NEAR * width)
        seen = [found, close, *seek.find(lab, ratio)]
        found = max(filter(None, seen), key=lambda sighting: sighting.support, default=None)
    if found is None:
        return None, False
    exact = seek.settle(lab, found, ratio)
    if exact.support >= seek.FOUND:
        return _large(exact.quad, scale), False
    # of a card that does not fit into the frame a rough place is all there is, and enough
    high, wide = lab.shape[:2]
    rough = found.support >= SURE and _sticks_out(found.quad, wide, high)
    return (_large(found.quad, scale) if rough else None), False


def _plausible(quad: Quad, width: float) -> bool:
    """Whether it can be a card in a frame of this width at all."""
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    return bool(np.isfinite(quad).all() and sides.min() > 8 and np.abs(quad).max() < 4 * width)


def _sticks_out(quad: Quad, wide: int, high: int) -> bool:
    """Whether a part of the card is outside of the frame, where nothing can be measured."""
    return bool((quad < -3).any() or (quad > np.array([wide, high]) + 2).any())


def _small(quad: Quad, scale: float) -> Quad:
    """From the frame's pixels (counted from their centres) to those of the prepared one."""
    return ((quad + 0.5) * scale - 0.5).astype(np.float32)


def _large(quad: Quad, scale: float) -> Quad:
    return ((quad + 0.5) / scale - 0.5).astype(np.float32)
