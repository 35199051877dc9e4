"""Measures of a flat document (BGR, 480 pixels wide as `sight.look` makes it) and of its quad."""

from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from vamt.capture.crop import Picture, Quad
from vamt.identity import Document

Ink: TypeAlias = NDArray[Any]  # float32 (height, width): print and paper, as `ink` makes it
Side: TypeAlias = Literal["front", "back", "unknown"]

VIEW = 62.0  # degrees across the longer side of the frame: telephones 60 to 68, webcams 55 to 78
WHITE = 250  # a pixel with all three colours from here is light, not print


def tilt(quad: Quad, aspect: float, size: tuple[int, int]) -> float:
    """Degrees by which the document leans away from the camera or is turned in the picture.

    `size` is the frame's width and height. The larger of both angles; a few degrees more or less,
    since the lens is not known.
    """
    focal = max(size) / 2 / np.tan(np.radians(VIEW / 2))
    flat = np.array([[-aspect, -1], [aspect, -1], [aspect, 1], [-aspect, 1]], np.float32)
    seen = (quad - np.array(size, np.float32) / 2) / np.float32(focal)
    bend = cv2.getPerspectiveTransform(flat, seen.astype(np.float32), cv2.DECOMP_SVD)
    right, down = bend[:, 0], bend[:, 1]
    normal = np.cross(right, down)
    leaning = np.degrees(np.arccos(min(1.0, abs(normal[2]) / max(np.linalg.norm(normal), 1e-9))))
    along = quad[1] + quad[2] - quad[0] - quad[3]
    turned = abs(np.degrees(np.arctan2(along[1], along[0])))
    return float(max(leaning, turned))


def light(card: Picture) -> float:
    """The 75th percentile of the brightness, 0 to 255: the paper's, not the print's."""
    return _level(cv2.cvtColor(card, cv2.COLOR_BGR2GRAY), 0.75)


def glare(card: Picture) -> float:
    """The share of the document that is white with light, 0 to 1; specks do not count."""
    white = cv2.inRange(card, (WHITE, WHITE, WHITE), (255, 255, 255))
    return float(cv2.morphologyEx(white, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)).mean()) / 255


def is_printed(card: Picture) -> bool:
    """Whether there is print on it as on a document: neither a plain thing nor a pattern.

    Detail of the size of letters, relative to the paper's brightness, in 12 x 8 cells. On drawn and
    real documents, blurred and dark ones among them, the median cell has 0.04 to 0.13 of it, the
    fullest at least twice as much as the emptiest, and at most four times as much as the median.
    """
    grey = cv2.resize(cv2.cvtColor(card, cv2.COLOR_BGR2GRAY), None, fx=0.5, fy=0.5)
    paper = max(_level(grey, 0.5), 4.0)
    grey = grey.astype(np.float32)
    detail = cv2.GaussianBlur(grey, (0, 0), 1.2) - cv2.GaussianBlur(grey, (0, 0), 6)
    detail = detail[10:-10, 10:-10] / paper
    cells = np.sqrt(cv2.resize(detail**2, (12, 8), interpolation=cv2.INTER_AREA))
    few, middle, much = np.percentile(cells, (10, 50, 90))
    return bool(0.025 <= middle <= 0.17 and much <= 4.5 * middle and much >= 2 * few)


def ink(card: Picture) -> Ink:
    """Grey from 0 to 1; the darkest and the brightest hundredth of what is no light are cut."""
    grey = cv2.cvtColor(card, cv2.COLOR_BGR2GRAY)
    no_light = grey[grey < WHITE - 20]
    counted = no_light if no_light.size > 500 else grey
    black, white = _level(counted, 0.01), _level(counted, 0.99)
    return np.clip((grey - np.float32(black)) / np.float32(max(white - black, 1.0)), 0, 1)


def _level(grey: NDArray[Any], share: float) -> float:
    """The grey level (0 to 255) below which this share of the pixels is."""
    counts = np.cumsum(np.bincount(grey.ravel(), minlength=256))
    return float(np.searchsorted(counts, share * counts[-1]))


# --- of its ink --------------------------------------------------------------------------------


def sharpness(ink: Ink) -> float:
    """How steep the steepest edges are (97th percentile), 0 to about 0.5.

    Falls with the size as well: a small card is never sharp, so size is judged first.
    """
    across = cv2.Sobel(ink, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(ink, cv2.CV_32F, 0, 1, scale=1 / 8)
    return float(np.percentile(cv2.magnitude(across, down)[8:-8, 8:-8], 97))


ZONE = 0.04  # drawn and real zones 0.05 to 0.16, real fronts up to 0.026, drawn 0.004
NO_ZONE = 0.03
PORTRAIT = 0.04  # drawn fronts 0.16 to 0.21, real ones 0.05 to 0.12


def side_of(ink: Ink, document: Document) -> Side:
    """Which side it is, by the lines of the zone and the block of the portrait.

    A passport's page has both and is its front. A card held upside down shows its zone above.
    """
    rows = _rows_either_way(ink)
    if document is Document.PASSPORT:
        return "front" if rows >= ZONE else "unknown"
    if rows >= ZONE:
        return "back"
    return "front" if rows < NO_ZONE and portrait(ink) >= PORTRAIT else "unknown"


def is_marked(ink: Ink) -> bool:
    """Whether a zone or a portrait is on it, which nothing but a document has."""
    return _rows_either_way(ink) >= ZONE or portrait(ink) >= PORTRAIT


def _rows_either_way(ink: Ink) -> float:
    return max(zone_rows(ink), zone_rows(np.ascontiguousarray(ink[::-1, ::-1])))


def zone_rows(ink: Ink) -> float:
    """How much the lower part looks like the lines of a machine-readable zone, 0 to about 0.15.

    Such a line has letters from one end to the other, which other print hardly has: in nearly all
    of sixteen columns there is detail at the same height. There are two lines of it at least.
    """
    high, wide = ink.shape
    part = ink[round(0.5 * high) : round(0.97 * high), round(0.05 * wide) : round(0.95 * wide)]
    across = cv2.blur(np.abs(cv2.Sobel(part, cv2.CV_32F, 1, 0, scale=1 / 8)), (1, 5))
    columns = cv2.resize(across, (16, len(across)), interpolation=cv2.INTER_AREA)
    rows = np.sort(columns, axis=1)[:, 4]
    first = int(rows.argmax())
    apart = np.abs(np.arange(len(rows)) - first) > 0.05 * high
    # between two lines it is empty: a pattern all over is none
    second = first if not apart.any() else int(np.where(apart, rows, -1).argmax())
    between = rows[min(first, second) : max(first, second) + 1].min()
    return float(rows[second] - between)


def portrait(ink: Ink) -> float:
    """How much the left third looks like a photograph, 0 to about 0.3.

    A face is large shades, print is small: what remains of the contrast when all small things are
    blurred away, against what remains on the right.
    """
    small = cv2.resize(ink, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(small, (0, 0), 0.02 * small.shape[1])
    high, wide = grey.shape
    rows = slice(round(0.2 * high), round(0.9 * high))
    left = grey[rows, round(0.06 * wide) : round(0.36 * wide)].std()
    right = grey[rows, round(0.48 * wide) : round(0.94 * wide)].std()
    return float(left - right)
