"""What a frame shows of the document: where it is, how large, how sharp, how bright, which side.

`look` is called some six times a second for each capture and works on a reduced frame; nothing is
remembered between two calls but the quad that the caller hands back in.
"""

from dataclasses import dataclass

import numpy as np

from vamt.capture import seek
from vamt.capture.crop import Picture, Quad, aspect, rectify
from vamt.capture.marks import (
    Ink,
    Side,
    glare,
    ink,
    is_marked,
    is_printed,
    light,
    sharpness,
    side_of,
    tilt,
)
from vamt.capture.screens import is_screen
from vamt.identity import Document

# The outline on the screen, as shares of the frame. A portrait telephone is filled from side to
# side; before a fixed lens of a desktop camera a card that filled the picture would be nearer
# (12 cm) than the lens can see sharply. The same numbers are in static/js/card_outline.js.
OUTLINE_ACROSS = 0.84
OUTLINE_DOWN = {Document.PASSPORT: 0.74}
OUTLINE_DOWN_CARD = 0.56

NEAR = 1.6  # of the outline: looked for on its own
HELD = 0.6  # support from which the last place is looked at more closely
LIKELY = 0.8  # support from which the outline is looked at before all other places
TRIED = 3  # of the likeliest places are looked at more closely, from this support on:
WORTH_A_TRY = 0.45

# Of 1,200 exact places in drawn scenes, cards had a support of 0.8 and more (median 0.88), what was
# none 0.72 at most. A card before a background of its own colour has less; there, and where it does
# not fit into the frame, it must show a zone's lines or a portrait. No wrong place that sticks out
# of the frame did so and was sharp.
SURE = 0.75
CUT_SHARP = 0.17
CUT = 0.025  # of the width may be outside: in the 2 mm at a card's edges nothing is printed


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


@dataclass(frozen=True, eq=False)
class _Card:
    """A place in the frame that is believed to be the card's, and the card laid flat."""

    quad: Quad
    flat: Picture
    ink: Ink


def look(frame: Picture, document: Document, prior: Quad | None) -> View:
    """See what is there. `prior` is the quad of the last view, or None."""
    high, wide = frame.shape[:2]
    wish = outline(wide, high, document)
    scene = _Scene(frame, document, *seek.prepare(frame))
    card = kept = scene.followed(prior)
    if card is None:
        card = scene.searched(wish)
    target = float(wish[1, 0] - wish[0, 0])
    if card is None:
        brightest = float(np.percentile(frame[::8, ::8].max(axis=2), 95))
        return View(None, light=brightest, outline=target)
    ratio, quad, bright = aspect(document), card.quad, light(card.flat)
    top, right, bottom, left = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    moved = 0.0
    if kept is not None and prior is not None:
        # a hand moves all corners; a side that is seen now here, now there (before stripes, or
        # blurred) moves two
        moved = float(np.linalg.norm(quad - prior, axis=1).min())
    return View(
        quad,
        width=float(max(top + bottom, (left + right) * ratio)) / 2,
        tilt=tilt(quad, ratio, (wide, high)),
        sharp=sharpness(card.ink),
        glare=glare(card.flat),
        light=bright,
        motion=moved,
        side=side_of(card.ink, document),
        screen=is_screen(frame, quad, ratio, bright),
        cut=scene.sticks_out(quad),
        outline=target,
    )


@dataclass(frozen=True, eq=False)
class _Scene:
    """One frame, also prepared for seeking: `lab` with so many pixels (`scale`) per pixel."""

    frame: Picture
    document: Document
    lab: seek.Floats
    scale: float

    def followed(self, prior: Quad | None) -> _Card | None:
        """The card where it was before, or a little farther."""
        if prior is None or not _plausible(prior, self.frame.shape[1]):
            return None
        width = float(np.linalg.norm(prior[1] - prior[0])) * self.scale
        last = self._near(_small(prior, self.scale), 0.06 * width + 4)
        return None if last is None or last.support < HELD else self._exactly(last)

    def searched(self, wish: Quad) -> _Card | None:
        """The card anywhere, in the outline first."""
        guess = _small(wish, self.scale)
        width = float(guess[1, 0] - guess[0, 0])
        inside = self._near(guess, 0.12 * width)
        if inside is not None and inside.support >= LIKELY:
            card = self._exactly(inside)
            if card is not None:
                return card
        # a card far too near fills the frame, where the search over all places sees too little
        middle = guess.mean(axis=0)
        near = (middle + (guess - middle) * np.float32(NEAR)).astype(np.float32)
        close = self._near(near, 0.12 * NEAR * width)
        seen = [inside, close, *seek.find(self.lab, aspect(self.document))]
        likely = sorted(filter(None, seen), key=lambda sighting: -sighting.support)
        tried = [sighting for sighting in likely[:TRIED] if sighting.support >= WORTH_A_TRY]
        exact = [seek.settle(self.lab, sighting, aspect(self.document)) for sighting in tried]
        exact.sort(key=lambda sighting: -sighting.support)
        cards = (self._believed(sighting) for sighting in exact)
        # of a card that does not fit into the frame a rough place is all there is, and enough
        rough = (self._cut_off(sighting) for sighting in [*exact, *tried])
        return next(filter(None, cards), None) or next(filter(None, rough), None)

    def _near(self, guess: Quad, reach: float) -> seek.Sighting | None:
        return seek.approach(self.lab, guess, aspect(self.document), reach)

    def _exactly(self, sighting: seek.Sighting) -> _Card | None:
        return self._believed(seek.settle(self.lab, sighting, aspect(self.document)))

    def _believed(self, sighting: seek.Sighting) -> _Card | None:
        """The card, if what is at this exact place is one."""
        if sighting.support < seek.FOUND:
            return None
        card = self._flat(sighting)
        if card is not None and (sighting.support >= SURE or is_marked(card.ink)):
            return card
        return None

    def _cut_off(self, sighting: seek.Sighting) -> _Card | None:
        """The card, if this is one of which the frame shows only a part."""
        if not self.sticks_out(_large(sighting.quad, self.scale)):
            return None
        card = self._flat(sighting)
        legible = card is not None and sharpness(card.ink) >= CUT_SHARP and is_marked(card.ink)
        return card if legible else None

    def _flat(self, sighting: seek.Sighting) -> _Card | None:
        quad = _large(sighting.quad, self.scale)
        if not _plausible(quad, self.frame.shape[1]):
            return None
        flat = rectify(self.frame, quad, self.document, 480)
        return _Card(quad, flat, ink(flat)) if is_printed(flat) else None

    def sticks_out(self, quad: Quad) -> bool:
        """Whether a part of the card is outside of the frame that something may stand on."""
        high, wide = self.frame.shape[:2]
        most = CUT * float(np.linalg.norm(quad[1] - quad[0]))
        return bool((quad < -most).any() or (quad > np.array([wide, high]) + most).any())


def _plausible(quad: Quad, width: float) -> bool:
    """Whether it can be a card in a frame of this width at all."""
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    return bool(np.isfinite(quad).all() and sides.min() > 8 and np.abs(quad).max() < 4 * width)


def _small(quad: Quad, scale: float) -> Quad:
    """From the frame's pixels (counted from their centres) to those of the prepared one."""
    return ((quad + 0.5) * scale - 0.5).astype(np.float32)


def _large(quad: Quad, scale: float) -> Quad:
    return ((quad + 0.5) / scale - 0.5).astype(np.float32)
