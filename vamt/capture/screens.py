"""Is this a card, or a display that shows one?

An honest best effort, for words ("please show the card itself"), not for a verdict: what is looked
for is the dark rim that surrounds a display and ends in turn, as a card's surroundings do not. A
display without a visible rim is not noticed.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from vamt.capture.crop import Picture, Quad, rectangle

FLAT = 200  # px: the card's width on the picture that is looked at
AROUND = 0.3  # of the card's width, looked at beyond each side
DARK = 0.42  # of the card's brightness: darker is a rim (drawn telephones 0.05 to 0.3)
SMOOTH = 14  # grey levels that a rim may differ along a side
ALONG = 0.72  # of a side must be rim: fingers hold the rest
THIN, THICK = 0.012, 0.24  # of the card's width


def is_screen(frame: Picture, quad: Quad, aspect: float, light: float) -> bool:
    """Whether a rim that ends lies around the card on three sides: a hand may hold the fourth.

    `light` is the brightness of the card (`marks.light`).
    """
    high, pad = round(FLAT / aspect), round(AROUND * FLAT)
    flat = cv2.getPerspectiveTransform(quad, rectangle(FLAT, high) + pad, cv2.DECOMP_SVD)
    size = FLAT + 2 * pad, high + 2 * pad
    around = cv2.warpPerspective(frame, flat, size, borderValue=(255, 255, 255))
    # the brightest colour: a rim is black, not dark blue
    blue, green, red = cv2.split(around)
    value = cv2.max(cv2.max(blue, green), red)
    # each side turned up: rows from the inside of the card outward
    sides = [np.rot90(value, turns) for turns in range(4)]
    return sum(_has_rim(np.ascontiguousarray(side), pad, light) for side in sides) >= 3


def _has_rim(value: NDArray[np.uint8], pad: int, light: float) -> bool:
    """Whether a smooth dark band, parallel to the upper side, begins and ends near it."""
    inside = round(0.14 * FLAT)
    part = value[: pad + inside, pad + 8 : -pad - 8][::-1].astype(np.float32)
    middle = np.median(part, axis=1)
    alike = (np.abs(part - middle[:, None]) < SMOOTH).mean(axis=1)
    rim = (middle < DARK * light) & (alike > ALONG)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], rim, [False]]).astype(np.int8)))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        bounded = begin > 0 and end < len(rim)
        reaches = begin <= inside + 0.04 * FLAT
        if bounded and reaches and THIN * FLAT <= end - begin <= THICK * FLAT:
            return True
    return False
