"""Where in a frame is the document?

Contours are useless before a keyboard or a shirt, so nothing here follows one. Two steps, both
exhaustive instead of lucky:

* `find` knows nothing. On a picture of 128 pixels it tries every upright rectangle of the
  document's shape, at every place, a little turned and a little squeezed, and asks how much of
  each of its sides lies on an edge.
* `approach` and `settle` have a guess. They look along normals of the guessed sides for steps of
  colour (LAB), try every straight line through them, and keep the four that together make the best
  document: all sides on an edge, of one colour inside, and of a shape that a flat card can have.

Both work on a frame whose longer side is `WORK` pixels, prepared by `prepare`.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from vamt.capture.crop import Picture, Quad

WORK = 640  # px: half of a 720p frame; a line is found to a third of a pixel
COARSE = 128  # px
PAD = COARSE // 4  # px around it: a card may stick out of the frame
FOCAL = WORK / 2 / np.tan(np.radians(31))  # px: the longer side is 62 degrees wide

Floats: TypeAlias = NDArray[Any]  # float32, as OpenCV gives and takes it

NORMALS = 30  # sampled along each side
STEP = 14.0  # LAB units: a step of this height is as good as any higher one
NOISE = 2.5  # LAB units: lower steps are none
LINES = 4  # kept for each side
FOUND = 0.55  # support from which a quad is believed
_ALONG = np.linspace(0.06, 0.94, NORMALS, dtype=np.float32)
UNSEEN = 0.45  # what a side outside of the frame counts for


@dataclass(frozen=True, eq=False)
class Sighting:
    """A quad in pixels of the prepared frame, and how well edges support it (0 to 1)."""

    quad: Quad
    support: float


def prepare(frame: Picture) -> tuple[Floats, float]:
    """The frame in LAB at working size, darkness lifted, and working pixels per pixel."""
    scale = WORK / max(frame.shape[:2])
    small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    white = float(np.percentile(small[::4, ::4].max(axis=2), 97))
    gain = min(8.0, 200 / max(white, 1.0)) if white < 160 else 1.0
    lifted = small * np.float32(gain / 255)
    np.minimum(lifted, np.float32(1), out=lifted)
    return cv2.cvtColor(lifted, cv2.COLOR_BGR2LAB), scale


# --- without a guess ---------------------------------------------------------------------------

TURNS = (0.0, -10.0, 10.0)  # degrees; `approach` bears half of the gap and more
SIZES = tuple(0.14 * 1.24**n for n in range(11))  # of the frame's longer side, to 1.2
SQUEEZE = (0.66, 1.36)  # the aspect of a tilted document over that of a flat one


def find(lab: Floats, aspect: float, best: int = 4) -> list[Sighting]:
    """The likeliest places of a document of this aspect in the whole frame, roughly."""
    height, width = lab.shape[:2]
    scale = COARSE / max(height, width)
    coarse = cv2.resize(lab, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    guesses: list[tuple[float, Quad]] = []
    for turn in TURNS:
        guesses += _guesses_turned(coarse, aspect, turn)
    guesses.sort(key=lambda guess: -guess[0])
    kept: list[Quad] = []
    for _score, quad in guesses:
        if all(_apart(quad, other) for other in kept):
            kept.append(quad)
        if len(kept) == best:
            break
    sightings = []
    for quad in kept:
        guess = ((quad + 0.5) / scale - 0.5).astype(np.float32)
        width = float(np.linalg.norm(guess[1] - guess[0]))
        sightings.append(approach(lab, guess, aspect, 0.11 * width + 4))
    return [sighting for sighting in sightings if sighting is not None]


def _guesses_turned(coarse: Floats, aspect: float, turn: float) -> list[tuple[float, Quad]]:
    """The best place for each size of a document that is turned by so many degrees."""
    height, width = coarse.shape[:2]
    centre = ((width - 1) / 2, (height - 1) / 2)
    there = cv2.getRotationMatrix2D(centre, turn, 1.0)
    turned = cv2.warpAffine(coarse, there, (width, height), borderMode=cv2.BORDER_REPLICATE)
    upright, level = (
        cv2.copyMakeBorder(edges, PAD, PAD, PAD, PAD, cv2.BORDER_CONSTANT)
        for edges in _edges(turned)
    )
    sizes = [size * COARSE for size in SIZES]
    tops = {w: _mean_along(level, (round(0.9 * w), 1)) for w in sizes}
    lefts = {h: _mean_along(upright, (1, round(0.9 * h))) for h in sizes}
    back = cv2.invertAffineTransform(there)
    result = []
    for w, h in product(sizes, sizes):
        if SQUEEZE[0] <= w / h / aspect <= SQUEEZE[1]:
            score, x, y = _best_place(tops[w], lefts[h], w, h)
            corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h]], np.float32) / 2
            corners += np.array([x - PAD, y - PAD], np.float32)
            quad = corners @ back[:, :2].T + back[:, 2]
            aside = (quad.mean(axis=0) - centre) / min(height, width)
            score -= 0.8 * float(aside @ aside)
            result.append((score, quad.astype(np.float32)))
    return result


def _edges(lab: Floats) -> tuple[Floats, Floats]:
    """How much of an upright and of a level edge each pixel lies on, 0 to 1.

    An edge counts by how far it stands out from its neighbourhood, and by how different the
    colours beyond it are on both sides: a line through a keyboard, stripes and letters are worth
    less than the rim of a card.
    """
    across = np.abs(cv2.Sobel(lab, cv2.CV_32F, 1, 0)).sum(axis=2)
    down = np.abs(cv2.Sobel(lab, cv2.CV_32F, 0, 1)).sum(axis=2)
    around = cv2.blur(across + down, (15, 15)) * 1.5 + 20
    upright = np.minimum(np.maximum(across - 0.6 * down, 0) / around, 1)
    level = np.minimum(np.maximum(down - 0.6 * across, 0) / around, 1)
    upright *= 0.25 + 0.75 * _contrast(lab, (_WIDE.T))
    level *= 0.25 + 0.75 * _contrast(lab, _WIDE)
    return cv2.dilate(upright, np.ones((1, 3))), cv2.dilate(level, np.ones((3, 1)))


_WIDE = np.repeat([-1.0] * 4 + [0] + [1.0] * 4, 3).reshape(9, 3).astype(np.float32) / 12


def _contrast(lab: Floats, kernel: Floats) -> Floats:
    """How different the colours on both sides of each pixel are, 0 to 1."""
    steps = cv2.filter2D(lab, cv2.CV_32F, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.minimum(np.sqrt((steps**2).sum(axis=2)) / 18, 1).astype(np.float32)


def _mean_along(edges: Floats, reach: tuple[int, int]) -> Floats:
    """The mean of the edges on a line centred at each pixel, over what the frame shows of it."""
    total = cv2.boxFilter(edges, cv2.CV_32F, reach, borderType=cv2.BORDER_CONSTANT)
    per_share, unseen = _shown_along(edges.shape, reach)
    np.multiply(total, per_share, out=total)
    return np.add(total, unseen, out=total)


@lru_cache(maxsize=128)
def _shown_along(shape: tuple[int, int], reach: tuple[int, int]) -> tuple[Floats, Floats]:
    """Of a line centred at each pixel: one over the share of it that is inside of the frame, and
    what it counts for where hardly any of it is (the other one is 0 there)."""
    seen: Floats = np.zeros(shape, np.float32)
    seen[PAD:-PAD, PAD:-PAD] = 1
    share = cv2.boxFilter(seen, cv2.CV_32F, reach, borderType=cv2.BORDER_CONSTANT)
    hidden = share < 0.3
    per_share = np.where(hidden, 0, 1 / np.maximum(share, 0.3)).astype(np.float32)
    return per_share, np.where(hidden, UNSEEN * 0.6, 0).astype(np.float32)


def _best_place(top: Floats, left: Floats, w: float, h: float) -> tuple[float, float, float]:
    """The centre of the best rectangle of this size: its score, x and y."""
    dx, dy = round(w / 2), round(h / 2)
    rows, columns = top.shape
    if rows <= 2 * dy or columns <= 2 * dx:
        return 0.0, 0.0, 0.0
    inner_x, inner_y = slice(dx, columns - dx), slice(dy, rows - dy)
    level = top[: rows - 2 * dy, inner_x], top[2 * dy :, inner_x]
    upright = left[inner_y, : columns - 2 * dx], left[inner_y, 2 * dx :]
    weakest = np.minimum(np.minimum(*level), np.minimum(*upright))
    score = level[0] + level[1] + upright[0] + upright[1] + 4 * weakest
    y, x = np.unravel_index(int(score.argmax()), score.shape)
    return float(score[y, x]) / 8, float(x) + dx, float(y) + dy


def _apart(one: Quad, other: Quad) -> bool:
    """Whether two guesses are worth refining both."""
    size = float(np.linalg.norm(one[1] - one[0]))
    return bool(np.abs(one - other).max() > 0.12 * size)


# --- with a guess ------------------------------------------------------------------------------


def approach(lab: Floats, guess: Quad, aspect: float, reach: float) -> Sighting | None:
    """The document near a guess, roughly; no side may be farther from it than `reach` pixels."""
    return _fit(lab, guess, aspect, reach, step=max(1.0, reach / 20))


def settle(lab: Floats, near: Sighting, aspect: float) -> Sighting:
    """The document exactly, when it is nearly there."""
    width = float(np.linalg.norm(near.quad[1] - near.quad[0]))
    for reach, step in ((0.035 * width + 4, 1.0), (4.0, 0.5)):
        near = _fit(lab, near.quad, aspect, reach, step) or near
    return near


def _fit(lab: Floats, guess: Quad, aspect: float, reach: float, step: float) -> Sighting | None:
    offsets = np.arange(-reach, reach + step / 2, step, dtype=np.float32)
    lines = _best_lines(guess, *_steps(lab, guess, offsets), offsets)
    middle = np.array([lab.shape[1] - 1, lab.shape[0] - 1], np.float32) / 2
    return _together(lines, aspect, middle)


def _steps(lab: Floats, quad: Quad, offsets: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """What a step of colour at each offset of each normal of each side is worth, 0 to 1.

    Shapes (4, NORMALS, offsets); with it the colour inside of the step, and what is in the frame.
    """
    height, width = lab.shape[:2]
    start, end = quad, np.roll(quad, -1, axis=0)
    points = start[:, None] + (end - start)[:, None] * _ALONG[None, :, None]
    places = points[:, :, None] + _normals(quad)[:, None, None] * offsets[None, None, :, None]
    flat = places.reshape(4 * NORMALS, -1, 2).astype(np.float32)
    colours = cv2.remap(
        lab, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    pace = float(offsets[1] - offsets[0])
    near = max(1, round(2.0 / pace))
    far = max(near + 1, round(0.03 * float(np.linalg.norm(quad[1] - quad[0])) / pace))
    fine, wide = _difference(colours, near), _difference(colours, far)
    peaks = fine >= cv2.dilate(fine, np.ones((1, 2 * near + 1)))
    worth = np.clip((fine - NOISE) / (STEP - NOISE), 0, 1) * peaks
    # letters and stripes are steps as well, but not from one colour to another
    worth *= 0.3 + 0.7 * np.clip((wide - NOISE) / (STEP - NOISE), 0, 1)
    inner = cv2.blur(colours, (far, 1), anchor=(far - 1, 0), borderType=cv2.BORDER_REPLICATE)
    inside = (places >= 0).all(axis=3) & (places <= [width - 1, height - 1]).all(axis=3)
    count = len(offsets)
    return (
        worth.reshape(4, NORMALS, count).astype(np.float32),
        inner.reshape(4, NORMALS, count, 3),
        inside,
    )


def _difference(colours: Floats, half: int) -> Floats:
    """The mean colour of some pixels outside against that of as many inside."""
    kernel = np.concatenate([-np.ones(half), [0], np.ones(half)]).astype(np.float32) / half
    steps = cv2.filter2D(colours, cv2.CV_32F, kernel[None], borderType=cv2.BORDER_REPLICATE)
    return np.sqrt((steps**2).sum(axis=2)).astype(np.float32)


def _normals(quad: Quad) -> Floats:
    """The outward unit normal of each side (top, right, bottom, left)."""
    along = np.roll(quad, -1, axis=0) - quad
    normals = np.stack([along[:, 1], -along[:, 0]], axis=1)
    length = np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    return (normals / length).astype(np.float32)


@lru_cache(maxsize=64)
def _ways(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every line across a side: its (first, last) offset, and the places it passes.

    The places, (NORMALS, lines), are indices into a flat array of normals and offsets; a column for
    each line, since a sum over rows is quick.
    """
    first, last = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
    ends = np.stack([first.ravel(), last.ravel()], axis=1)
    ends = ends[np.abs(ends[:, 0] - ends[:, 1]) <= 0.7 * count]
    along = np.linspace(0, 1, NORMALS)[:, None]
    offset = np.rint(ends[:, 0] + (ends[:, 1] - ends[:, 0]) * along).astype(np.intp)
    return ends, offset + count * np.arange(NORMALS)[:, None]


@dataclass(frozen=True, eq=False)
class _Lines:
    """The best few lines for each side: (4, lines, 3) homogeneous, their support, colour inside."""

    lines: NDArray[np.float64]
    support: NDArray[np.float64]
    colour: NDArray[np.float64]


def _best_lines(
    quad: Quad, worth: Floats, inner: Floats, seen: NDArray[np.bool_], offsets: Floats
) -> _Lines:
    """Of all sides at once; the arrays are those of `_steps`."""
    ends, ways = _ways(len(offsets))
    sides = np.arange(4)
    # a pixel beside the line is as good: hands are round and lenses bend
    near = cv2.dilate(worth.reshape(4 * NORMALS, -1), np.ones((1, 3))).reshape(4, -1)
    support = near.take(ways, axis=1).sum(axis=1) / NORMALS
    hidden = ~seen.all(axis=(1, 2))
    if hidden.any():
        visible = seen[hidden].reshape(hidden.sum(), -1).take(ways, axis=1).mean(axis=1)
        share = support[hidden] / np.maximum(visible, 0.4)
        support[hidden] = np.where(visible < 0.4, UNSEEN, share)
    best = np.empty((4, LINES), np.intp)
    supports = np.empty((4, LINES))
    for n in range(LINES):
        best[:, n] = way = support.argmax(axis=1)
        supports[:, n] = support[sides, way]
        first, last = np.abs(ends.T[:, None] - ends[way].T[..., None])
        support[(first <= 3) & (last <= 3)] = -1
    passed = ways.T[best]
    lines = _exactly(quad, worth, passed % len(offsets), offsets)
    # in the middle of the order: a finger over the edge does not count
    colours = inner.reshape(4, -1, 3)[sides[:, None, None], passed]
    return _Lines(lines, supports, np.sort(colours, axis=2)[:, :, NORMALS // 2])


def _exactly(
    quad: Quad, worth: Floats, ways: NDArray[np.intp], offsets: Floats
) -> NDArray[np.float64]:
    """For each way the line through the steps near it, by least squares, homogeneous.

    `ways` (4, ways, NORMALS) are offsets at the normals; the lines are (4, ways, 3).
    """
    window = np.clip(ways[..., None] + np.arange(-2, 3), 0, len(offsets) - 1)
    side, normal = np.arange(4)[:, None, None, None], np.arange(NORMALS)[:, None]
    # where hardly a step is, the way itself counts
    weights = worth[side, normal, window] + np.array([0, 0, 1e-3, 0, 0])
    there, total = offsets[window], weights.sum(axis=(2, 3))
    along = _ALONG[:, None]
    mean_x = (weights * along).sum(axis=(2, 3)) / total
    mean_y = (weights * there).sum(axis=(2, 3)) / total
    aside = along - mean_x[..., None, None]
    slope = (weights * aside * (there - mean_y[..., None, None])).sum(axis=(2, 3))
    slope /= np.maximum((weights * aside**2).sum(axis=(2, 3)), 1e-9)
    outward = _normals(quad)[:, None]
    first, last = mean_y - slope * mean_x, mean_y + slope * (1 - mean_x)
    start = quad[:, None] + outward * first[..., None]
    end = np.roll(quad, -1, axis=0)[:, None] + outward * last[..., None]
    return _joining(start, end)


def _joining(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """The lines through pairs of points (..., 2): (..., 3) homogeneous."""
    (x, y), (u, v) = np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0)
    return np.stack([y - v, u - x, x * v - y * u], axis=-1)


_EVERY = np.array(list(product(range(LINES), repeat=4)))


def _together(sides: _Lines, aspect: float, middle: Floats) -> Sighting | None:
    """The four lines, one of each side, that make the best document."""
    each = np.arange(4)
    lines = sides.lines[each, _EVERY]
    meetings = _meeting(np.roll(lines, 1, axis=1), lines)
    depth = meetings[..., 2]
    quads = meetings[..., :2] / np.where(np.abs(depth) < 1e-9, 1e-9, depth)[..., None]
    edges = np.roll(quads, -1, axis=1) - quads
    after = np.roll(edges, -1, axis=1)
    turns = edges[..., 0] * after[..., 1] - edges[..., 1] * after[..., 0]
    convex = (turns > 0).all(axis=1)
    support, colour = sides.support[each, _EVERY], sides.colour[each, _EVERY]
    score = (support.sum(axis=1) + 2 * support.min(axis=1)) / 6
    score = score - _misshapen(quads - middle, aspect) - _patched(colour)
    score = np.where(convex, score, -1)
    best = int(score.argmax())
    if score[best] <= -1:
        return None
    return Sighting(quads[best].astype(np.float32), float(score[best]))


def _meeting(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where lines (..., 3) meet, homogeneous."""
    (a, b, c), (d, e, f) = np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0)
    return np.stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=-1)


def _misshapen(quads: NDArray[np.float64], aspect: float) -> NDArray[np.float64]:
    """What is taken from the support of quads that no flat card makes, 0 for good ones.

    `quads` (count, 4, 2) in pixels from the middle of the frame. Seen through a lens of known width
    (about), the sides of a card that leans however it likes are still at right angles and of the
    right lengths (Heckbert, Fundamentals of Texture Mapping, 1989: square to quad).
    """
    one, two, three, four = quads.transpose(1, 0, 2)
    rest, to_two, to_four = one - two + three - four, two - three, four - three
    area = _crossed(to_two, to_four)
    area = np.where(np.abs(area) < 1e-6, 1e-6, area)
    deep_across, deep_down = _crossed(rest, to_four) / area, _crossed(to_two, rest) / area
    across = np.column_stack([(two - one + deep_across[:, None] * two) / FOCAL, deep_across])
    down = np.column_stack([(four - one + deep_down[:, None] * four) / FOCAL, deep_down])
    long, high = (np.maximum(np.linalg.norm(side, axis=1), 1e-9) for side in (across, down))
    squeeze = np.abs(np.log(long / high / aspect))
    askew = np.abs((across * down).sum(axis=1)) / (long * high)
    return 0.5 * np.maximum(squeeze - 0.06, 0) + 0.5 * np.maximum(askew - 0.06, 0)


def _crossed(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]


def _patched(colour: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is taken when the four sides have different colours inside: no card has that."""
    spread = colour.std(axis=1)
    hue = np.maximum(np.hypot(spread[:, 1], spread[:, 2]) - 5, 0)
    shade = np.maximum(spread[:, 0] - 10, 0)  # lamps make shades, not so strong ones
    return np.minimum(0.01 * (hue + shade), 0.3)
