"""Finds the lines of a machine-readable zone in a picture, whichever way it is held."""

from dataclasses import dataclass

import cv2
import numpy as np
import onnxruntime

COLUMNS = {3: (30,), 2: (44, 36)}  # characters in a line, by the number of lines
SIDE = 960  # pixels the longer side is brought to before lines are looked for
NEAR = 640  # the same for the surroundings of the last zone, and for a cut-out card

# Shapes of lines, in characters' pitches (2.54 mm): the detector's boxes end inside the first
# and last character; a crop is as high as a line and its gaps.
SHORT = 1.1
MARGIN = 1.1
HEIGHT = 1.65
CANDIDATES = 3  # stacks of lines that are read before there is said to be no zone
STEPS = 28  # pixels a character in a strip 48 high


def _points(values: list) -> np.ndarray:
    return np.array(values, dtype=np.float32)


@dataclass(frozen=True)
class Row:
    """A line of text as found: its two ends (left first) and the height of its core."""

    left: np.ndarray
    right: np.ndarray
    core: float

    @property
    def length(self) -> float:
        return float(np.linalg.norm(self.right - self.left))

    @property
    def middle(self) -> np.ndarray:
        return (self.left + self.right) / 2

    @property
    def along(self) -> np.ndarray:
        return (self.right - self.left) / max(self.length, 1e-6)


@dataclass(frozen=True)
class Stack:
    """The lines of one zone, top to bottom, all with the same ends."""

    rows: tuple[Row, ...]

    @property
    def columns(self) -> tuple[int, ...]:
        return COLUMNS[len(self.rows)]

    @property
    def pitch(self) -> float:
        """Pixels from one character to the next."""
        longest = max(row.length for row in self.rows)
        return longest / (self.columns[0] - SHORT)

    def quads(self) -> list[np.ndarray]:
        """Corners of each line's strip in the picture, with its margins."""
        quads = []
        for row in self.rows:
            along = row.along
            down = _points([-along[1], along[0]])
            left = row.left - along * MARGIN * self.pitch
            right = row.right + along * MARGIN * self.pitch
            half = down * HEIGHT / 2 * self.pitch
            quads.append(_points([left - half, right - half, right + half, left + half]))
        return quads

    def strips(self, image: np.ndarray) -> list[np.ndarray]:
        """The lines cut out: 48 pixels high, STEPS pixels a character."""
        wide = round((self.columns[0] - SHORT + 2 * MARGIN) * STEPS / 8) * 8
        target = _points([[0, 0], [wide, 0], [wide, 48], [0, 48]])
        return [
            cv2.warpPerspective(
                image,
                cv2.getPerspectiveTransform(quad, target),
                (wide, 48),
                flags=cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REPLICATE,
            )
            for quad in self.quads()
        ]

    def turned(self) -> "Stack":
        """The same lines read from the other side."""
        return Stack(tuple(Row(row.right, row.left, row.core) for row in reversed(self.rows)))

    def corners(self) -> np.ndarray:
        first, *_, last = self.quads()
        return _points([first[0], first[1], last[2], last[3]])


def find_rows(
    detector: onnxruntime.InferenceSession, image: np.ndarray, near: np.ndarray | None
) -> list[Row]:
    """Long lines of text in the picture, or in the surroundings of a zone."""
    x, y = 0, 0
    limit = SIDE if max(image.shape[:2]) > 1100 else NEAR
    if near is not None:
        reach = 0.25 * np.linalg.norm(near[1] - near[0])
        high, wide = image.shape[:2]
        low = np.clip(near.min(axis=0) - reach, 0, (wide - 1, high - 1)).astype(int)
        top = np.clip(near.max(axis=0) + reach, 0, (wide, high)).astype(int)
        x, y = int(low[0]), int(low[1])
        image, limit = image[y : int(top[1]), x : int(top[0])], NEAR
    high, wide = image.shape[:2]
    if min(high, wide) < 16:
        return []
    scale = min(1.5, limit / max(high, wide))
    size = tuple(max(32, round(side * scale / 32) * 32) for side in (wide, high))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    pixels = small.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1
    (answer,) = detector.run(None, {"x": pixels})
    mask = (answer[0, 0] > 0.3).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    back = _points([wide / size[0], high / size[1]])
    rows = []
    for contour in contours:
        row = row_of(cv2.minAreaRect(contour.astype(np.float32) * back + _points([x, y])))
        if row.length > 3 * row.core and row.core > 1.5:
            rows.append(row)
    return rows


def row_of(box: tuple) -> Row:
    """A turned rectangle as a line that runs to the right."""
    points = cv2.boxPoints(box)
    first, second = points[1] - points[0], points[2] - points[1]
    if np.linalg.norm(first) > np.linalg.norm(second):
        points = np.roll(points, -1, axis=0)
        first, second = second, first
    left, right = (points[0] + points[1]) / 2, (points[2] + points[3]) / 2
    if right[0] < left[0]:
        left, right = right, left
    return Row(left, right, float(np.linalg.norm(first)))


def stacks_of(rows: list[Row], wanted: int) -> list[Stack]:
    """What may be the zone, likeliest first: long lines above each other at a zone's distance.

    There may be others: the page of print that the card lies on.
    """
    found: list[tuple[float, list[Row]]] = []
    for anchor in sorted(rows, key=lambda row: -row.length)[:8]:
        if anchor.length < 12 * anchor.core:
            continue
        lines = _around(anchor, rows)
        for count in (2, 3):
            for first in range(len(lines) - count + 1):
                chosen = lines[first : first + count]
                likely = sum(row.length for row in chosen) * (1.0 if count == wanted else 0.6)
                if _spaced(chosen):
                    found.append((likely, chosen))
    # of the same length the lower ones
    found.sort(key=lambda pair: (round(pair[0]), float(pair[1][0].middle[1])), reverse=True)
    stacks: list[Stack] = []
    taken: list[np.ndarray] = []
    for _, chosen in found:
        middles = [row.middle for row in chosen]
        if not any(np.linalg.norm(m - other) < chosen[0].core for m in middles for other in taken):
            stacks.append(_align(chosen))
            taken += middles
    return stacks[:CANDIDATES]


def _spaced(rows: list[Row]) -> bool:
    """Whether the lines are as far apart as a zone's, with three or with two of them."""
    longest = max(rows, key=lambda row: row.length)
    down = _points([-longest.along[1], longest.along[0]])
    gaps = np.diff([float(row.middle @ down) for row in rows]) / longest.length
    return bool((gaps < (0.074 if len(rows) == 3 else 0.095)).all())


def _around(anchor: Row, rows: list[Row]) -> list[Row]:
    """The lines that follow each other above and below the anchor, top to bottom."""
    along = anchor.along
    down = _points([-along[1], along[0]])
    half = anchor.length / 2
    lines: dict[float, Row] = {}
    for row in rows:
        place = row.middle - anchor.middle
        within = abs(float(place @ along)) < half
        parallel = abs(float(row.along @ down)) < 0.12
        if within and parallel and 0.4 < row.core / anchor.core < 2.5:
            lines[float(place @ down)] = row
    places = sorted(lines)
    # in all three layouts the next line is 0.057 to 0.072 of a line's length away
    low, high = 0.042 * anchor.length, 0.095 * anchor.length
    chosen = {0.0: anchor}
    for way in (-1, 1):
        last = 0.0
        while True:
            pieces = [p for p in places if low < way * (p - last) < high]
            if not pieces:
                break
            nearest = min(way * (p - last) for p in pieces)
            same = [p for p in pieces if way * (p - last) < nearest + 0.5 * low]
            row = _join([lines[p] for p in same], along)
            if row.length < 0.2 * anchor.length:
                break
            last = float((row.middle - anchor.middle) @ down)
            chosen[last] = row
    return [chosen[place] for place in sorted(chosen)]


def _join(pieces: list[Row], along: np.ndarray) -> Row:
    """Pieces of one line as a whole, as straight as the longest of them."""
    longest = max(pieces, key=lambda row: row.length)
    ends = [
        float((end - longest.middle) @ along) for row in pieces for end in (row.left, row.right)
    ]
    return _stretched(longest, min(ends), max(ends))


def _align(rows: list[Row]) -> Stack:
    """The lines with the same ends: those of the outermost."""
    longest = max(rows, key=lambda row: row.length)
    along, middle = longest.along, longest.middle
    points = [end for row in rows for end in (row.left, row.right)]
    ends = [float((point - middle) @ along) for point in points]
    aligned = []
    for row in rows:
        shift = float((row.middle - middle) @ along)
        aligned.append(_stretched(row, min(ends) - shift, max(ends) - shift))
    return Stack(tuple(aligned))


def _stretched(row: Row, start: float, stop: float) -> Row:
    """The same line from `start` to `stop`, pixels from its middle."""
    return Row(row.middle + row.along * start, row.middle + row.along * stop, row.core)
