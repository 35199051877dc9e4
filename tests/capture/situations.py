"""What people do with a card before a camera, drawn, with the truth: for guidance and crop.

A `Situation` is some frames a sixth of a second apart in which one thing is wrong (or nothing),
and where the card is in each. Everything follows from its kind and a seed. Backgrounds are what
stands behind a card at home: a desk of wood, a keyboard, a shirt, faces, a cluttered room.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from tests.capture import cards, scenes

KINDS = {  # what is wrong, and what should be said
    "far": "closer",
    "near": "farther",
    "tilted": "straighten",
    "dark": "dark",
    "glare": "glare",
    "blurred": "blurred",
    "moving": "hold_still",
    "back": "other_side",
    "nothing": "no_card",
    "screen": "screen",
    "good": "good",
}
LANDSCAPE, PORTRAIT = (1280, 720), (720, 1280)


@dataclass(frozen=True, eq=False)
class Shot:
    """One frame, and the card's corners in it (None: there is none)."""

    frame: np.ndarray
    quad: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Situation:
    """Some frames in a row; `advice` is what should be said when `wanted` is the side asked for."""

    kind: str
    document: str
    wanted: str
    advice: str
    shots: tuple[Shot, ...]


Outline = Callable[[int, int], np.ndarray]  # of a frame's width and height


def situation(
    kind: str,
    seed: int,
    outline: Outline,
    document: str = cards.ID_CARD,
    size: tuple[int, int] = LANDSCAPE,
    picture: np.ndarray | None = None,
    side: str = "front",
    shots: int = 5,
) -> Situation:
    """Draw it. `picture` is a flat card to hold instead of a drawn one, showing `side`."""
    rng = np.random.default_rng(seed)
    ground = _ground(rng, size)
    wanted = side
    if kind == "back":
        wanted = "front" if side == "back" else "back"
    if picture is None:
        who = cards.invent(random.Random(seed), document)
        picture = cards.draw_card(who, side, 1011)
    quad = _pose(kind, rng, outline(*size), size, picture.shape[1] / picture.shape[0])
    body, around = (picture, quad) if kind != "screen" else _telephone(picture, quad, rng)
    drift = _drift(kind, rng)
    light = _Light(kind, rng)
    hand = _Hand(rng)
    frames = []
    for n in range(shots):
        move = drift * n + rng.uniform(-1, 1, 2)
        here, there = (np.float32(corners + move) for corners in (quad, around))
        frame = ground
        if kind == "nothing":
            frame = hand.empty(frame, here)
        else:
            frame = hand.holding(scenes.place(body, frame, there), there)
        if kind == "moving":
            pixels = float(np.hypot(*drift)) * 0.45  # the shutter is open nearly half of the time
            frame = scenes.shaken(frame, pixels, float(np.degrees(np.arctan2(*drift[::-1]))))
        frames.append(Shot(light.on(frame, here), None if kind == "nothing" else here))
    return Situation(kind, document, wanted, KINDS[kind], tuple(frames))


def _pose(
    kind: str,
    rng: np.random.Generator,
    outline: np.ndarray,
    size: tuple[int, int],
    aspect: float,
) -> np.ndarray:
    """Where the card's corners are in the first frame."""
    scale = {"far": (0.3, 0.52), "near": (1.4, 1.8), "nothing": (0.8, 1.0)}.get(kind, (0.86, 1.1))
    lean = {"tilted": (38, 50)}.get(kind, (0, 13))
    wide = float(outline[1, 0] - outline[0, 0])
    width = wide * rng.uniform(*scale)
    place = 0.25 if kind == "far" else 0.05
    centre = outline.mean(axis=0) + rng.uniform(-place, place, 2) * wide * (1, 0.5)
    turn = rng.uniform(-6, 6)
    away, axis = rng.uniform(*lean), rng.uniform(0, 360)
    return posed(width, aspect, centre, turn, away, axis, size)


def posed(
    width: float,
    aspect: float,
    centre: np.ndarray,
    turn: float = 0.0,
    away: float = 0.0,
    axis: float = 0.0,
    size: tuple[int, int] = LANDSCAPE,
) -> np.ndarray:
    """A card's corners through a pinhole camera whose picture is 62 degrees wide (long side).

    `turn` degrees in the picture, leaning `away` by degrees around an axis in the card.
    """
    focal = max(size) / 2 / np.tan(np.radians(31))
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (0.5, 0.5 / aspect)
    flat = np.column_stack([corners, np.zeros(4)])
    about = np.array([np.cos(np.radians(axis)), np.sin(np.radians(axis)), 0])
    lean, _ = cv2.Rodrigues(about * np.radians(away))
    spin, _ = cv2.Rodrigues(np.array([0.0, 0.0, 1.0]) * np.radians(turn))
    solid = flat @ (spin @ lean).T + (0, 0, focal / width)
    seen = solid[:, :2] / solid[:, 2:] * focal
    return (seen - seen.mean(axis=0) + centre).astype(np.float32)


def _drift(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Pixels between two frames."""
    speed = rng.uniform(14, 30) if kind == "moving" else rng.uniform(0, 2)
    angle = rng.uniform(0, 2 * np.pi)
    return speed * np.array([np.cos(angle), np.sin(angle)])


class _Light:
    """The lamp, the lens and the sensor; the same for all frames of a situation."""

    def __init__(self, kind: str, rng: np.random.Generator) -> None:
        self.rng = rng
        self.gain = rng.uniform(0.07, 0.14) if kind == "dark" else rng.uniform(0.6, 1.0)
        self.focus = rng.uniform(3.0, 4.5) if kind == "blurred" else rng.uniform(0.0, 0.7)
        self.spot = kind == "glare"
        self.at = rng.uniform(0.25, 0.75, 2)
        self.radii = rng.uniform((45, 30), (120, 60))
        self.angle = rng.uniform(0, 180)
        self.noise = rng.uniform(1.5, 4)

    def on(self, frame: np.ndarray, quad: np.ndarray) -> np.ndarray:
        frame = scenes.lit(scenes.defocused(frame, self.focus), self.gain)
        if self.spot:
            top = quad[0] + (quad[1] - quad[0]) * self.at[0]
            foot = quad[3] + (quad[2] - quad[3]) * self.at[0]
            x, y = (float(v) for v in top + (foot - top) * self.at[1])
            frame = scenes.glaring(frame, (x, y), 330, tuple(self.radii), self.angle)
        grain = _grain(frame.shape[:2])
        shift = self.rng.integers(0, 200, 2)
        grain = np.roll(grain, shift, (0, 1))[: frame.shape[0], : frame.shape[1]]
        return np.clip(frame + grain * self.noise, 0, 255).astype(np.uint8)


@cache
def _grain(shape: tuple[int, int]) -> np.ndarray:
    """Noise made once: drawing it anew for each frame would take longest of all."""
    rng = np.random.default_rng(7)
    return rng.normal(0, 1, (*shape, 3)).astype(np.float32)


class _Hand:
    """Fingers of one hand, over the card's lower or outer edge and behind it."""

    def __init__(self, rng: np.random.Generator) -> None:
        tone = rng.uniform(0.35, 1.0)
        self.skin = tuple(float(c) * tone for c in (150, 180, 235))
        self.side = int(rng.integers(1, 4))  # right, bottom, left
        self.at = rng.uniform(0.25, 0.75)
        self.over = rng.uniform(0.03, 0.12)

    def holding(self, frame: np.ndarray, quad: np.ndarray) -> np.ndarray:
        """A thumb over an edge of the card, from outside."""
        start, end = quad[self.side], quad[(self.side + 1) % 4]
        edge = start + (end - start) * self.at
        inward = quad.mean(axis=0) - edge
        inward /= np.linalg.norm(inward)
        size = float(np.linalg.norm(quad[1] - quad[0]))
        thick = max(3, round(size * 0.13))
        tip = edge + inward * size * (self.over - 0.06)
        return self._finger(frame, tip, tip - inward * size * 1.4, thick)

    def empty(self, frame: np.ndarray, quad: np.ndarray) -> np.ndarray:
        """A hand without anything in it, or nothing at all."""
        if self.side == 3:
            return frame
        for finger in range(4):
            tip = quad[0] + (quad[1] - quad[0]) * (0.2 + 0.2 * finger)
            frame = self._finger(frame, tip, quad[2] + (quad[3] - quad[2]) * 0.5, 60)
        return frame

    def _finger(self, frame: np.ndarray, tip: np.ndarray, root: np.ndarray, thick: int):
        frame = frame.copy()
        points = [tuple(int(v) for v in p) for p in (tip, root)]
        dark = tuple(c * 0.7 for c in self.skin)
        cv2.line(frame, *points, dark, thick + 4, cv2.LINE_AA)
        cv2.line(frame, *points, self.skin, thick, cv2.LINE_AA)
        return frame


def _telephone(
    picture: np.ndarray, quad: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A telephone that shows the picture, and where its corners are.

    The display shines, is cool in colour, lifts black, and has pixels and a dark rim; the card on
    it is as large as the card would be.
    """
    high, wide = picture.shape[:2]
    shown = picture.astype(np.float32) * (1.02, 0.97, 0.93) * 0.93 + 14
    columns = np.arange(wide)[None, :, None] % 4 != 0
    rows = np.arange(high)[:, None, None] % 4 != 0
    shown *= 0.8 + 0.2 * (columns & rows)
    bar, rim, edge = (round(wide * share) for share in (rng.uniform(0.05, 0.2), 0.025, 0.015))
    body = cv2.copyMakeBorder(
        np.clip(shown, 0, 255).astype(np.uint8),
        *(rng.integers(0, 30, 2) + 1).tolist(), bar, bar, cv2.BORDER_CONSTANT, value=(22, 18, 18),
    )  # fmt: skip
    body = cv2.copyMakeBorder(body, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=(8, 8, 8))
    colour = tuple(int(c) for c in rng.choice([(60, 60, 62), (150, 150, 155), (120, 90, 70)]))
    body = cv2.copyMakeBorder(body, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=colour)
    at = np.float32(
        [[-0.5, -0.5], [wide - 0.5, -0.5], [wide - 0.5, high - 0.5], [-0.5, high - 0.5]]
    )
    bend = cv2.getPerspectiveTransform(at, quad)
    # the body around the card, which stays where it is
    up = (body.shape[0] - high) / 2
    around = np.float32(
        [
            [-0.5 - bar - rim - edge, -0.5 - up],
            [wide - 0.5 + bar + rim + edge, -0.5 - up],
            [wide - 0.5 + bar + rim + edge, high - 0.5 + up],
            [-0.5 - bar - rim - edge, high - 0.5 + up],
        ]
    )
    return body, cv2.perspectiveTransform(around[None], bend)[0]


# --- backgrounds -------------------------------------------------------------------------------


def _ground(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """One of the backgrounds, a little out of focus."""
    drawn = (_wood, _keyboard, _shirt, _faces, scenes.background)[int(rng.integers(5))](rng, size)
    return scenes.defocused(drawn, float(rng.uniform(0.8, 3)))


def _wood(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A table: grain, boards."""
    wide, high = size
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    bend = sum(
        rng.uniform(5, 25) * np.sin(x / rng.uniform(90, 400) + rng.uniform(0, 6)) for _ in "ab"
    )
    rings = np.sin((y + bend) / rng.uniform(3, 9)) + 0.5 * np.sin((y + bend) / rng.uniform(15, 40))
    wood = np.float32(rng.uniform((40, 70, 110), (110, 150, 200))) + rings[..., None] * (6, 9, 11)
    for board in range(int(rng.integers(60, 200)), high, int(rng.integers(150, 260))):
        wood[board : board + 3] *= 0.45
    return np.clip(wood, 0, 255).astype(np.uint8)


def _keyboard(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Keys with letters on a case."""
    wide, high = size
    case, key = sorted(rng.uniform(20, 220, 2), reverse=bool(rng.integers(2)))
    board = np.full((high, wide, 3), case, np.uint8)
    step = int(rng.integers(60, 110))
    for row, y in enumerate(range(-10, high, step)):
        for x in range(-40 + row * step // 3, wide, step):
            top, end = (x, y), (x + step - 9, y + step - 9)
            cv2.rectangle(board, top, end, (key, key, key), -1)
            cv2.rectangle(board, top, end, (key * 0.7, key * 0.7, key * 0.7), 2)
            letter = chr(65 + int(rng.integers(26)))
            ink = 255 - key if abs(key - 127) > 40 else 240
            cv2.putText(board, letter, (x + 12, y + 30), 0, 0.8, (ink, ink, ink), 2)
    lean = cv2.getRotationMatrix2D((wide / 2, high / 2), rng.uniform(-12, 12), 1.25)
    return cv2.warpAffine(board, lean, size, borderMode=cv2.BORDER_REFLECT)


def _shirt(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Cloth: checks or stripes with folds, buttons."""
    wide, high = size
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    fold = 12 * np.sin(x / rng.uniform(80, 200)) + 8 * np.sin(y / rng.uniform(60, 160))
    base, stripe = rng.uniform(10, 245, (2, 3))
    pitch = rng.uniform(14, 60)
    share = ((x + fold) % pitch < pitch * 0.3) * 0.6
    if rng.integers(2):
        share = share + ((y + fold) % pitch < pitch * 0.3) * 0.4
    cloth = base + (stripe - base) * share[..., None] + (fold * 1.5)[..., None]
    cloth = np.clip(cloth, 0, 255).astype(np.uint8)
    for at in range(80, high, 190):
        cv2.circle(cloth, (wide // 2, at), 14, tuple(float(c) for c in stripe), -1)
    return cloth


def _faces(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Somebody (or two) before a wall with a window or a poster: ovals of soft noise."""
    wide, high = size
    room = np.full((high, wide, 3), rng.uniform(60, 220, 3), np.uint8)
    box = rng.integers((0, 0), (wide // 2, high // 3))
    end = box + rng.integers((150, 150), (500, 400))
    cv2.rectangle(
        room, box.tolist(), end.tolist(), tuple(float(c) for c in rng.uniform(0, 255, 3)), -1
    )
    coarse = rng.normal(0, 22, (high // 40 + 1, wide // 40 + 1, 3)).astype(np.float32)
    noise = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    for _ in range(int(rng.integers(1, 3))):
        at = rng.integers((wide // 4, high // 4), (3 * wide // 4, high // 2))
        tall = int(rng.integers(120, 260))
        tone = np.array((150, 180, 230)) * rng.uniform(0.4, 1)
        body, hair = rng.uniform(10, 220, (2, 3))
        x, y = (int(v) for v in at)
        cv2.ellipse(room, (x, y + 2 * tall), (int(tall * 1.5), tall), 0, 0, 360, body.tolist(), -1)
        cv2.ellipse(
            room, (x, y - tall // 6), (int(tall * 0.82), tall), 0, 0, 360, (hair / 2).tolist(), -1
        )
        cv2.ellipse(room, (x, y), (int(tall * 0.7), int(tall * 0.92)), 0, 0, 360, tone.tolist(), -1)
        for eye in (-1, 1):
            cv2.circle(room, (x + eye * tall // 4, y - tall // 6), tall // 14, (40, 35, 30), -1)
        cv2.ellipse(room, (x, y + tall // 2), (tall // 4, tall // 12), 0, 0, 180, (90, 80, 160), -1)
    return np.clip(room + noise, 0, 255).astype(np.uint8)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two convex quads."""
    one, other = np.float32(one), np.float32(other)
    both = cv2.intersectConvexConvex(one, other)[0]
    return both / (cv2.contourArea(one) + cv2.contourArea(other) - both)
