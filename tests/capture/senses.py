"""Senses without eyes: they see what the frame's first pixel says (blue of it, a number)."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vamt.capture.studio import Picture, Quad, Senses, Side, Studio, Zone

NO_CARD, CLOSER, GOOD_FRONT, GOOD_BACK = 0, 60, 120, 180  # shades


@dataclass(frozen=True)
class View:
    quad: Quad | None
    sharp: float
    shade: int


def outline(width: int, height: int) -> Quad:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) * np.float32(
        0.5
    )


def look(frame: Picture, prior: Quad | None) -> View:
    height, width = frame.shape[:2]
    shade = min(
        (NO_CARD, CLOSER, GOOD_FRONT, GOOD_BACK), key=lambda s: abs(s - int(frame[0, 0, 0]))
    )
    return View(None if shade == NO_CARD else outline(width, height), width / 1000, shade)


def advise(views: Sequence[View], wanted: Side) -> str:
    shade = views[-1].shade
    if shade in (NO_CARD, CLOSER):
        return "no_card" if shade == NO_CARD else "closer"
    return "good" if (shade == GOOD_FRONT) == (wanted == "front") else "other_side"


class TwiceTheSame:
    """Votes that accept what is read twice."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, ...]] = []
        self.doubtful: str | None = None
        self.likeliest: tuple[str, ...] = ()

    def add(self, lines: Sequence[str]) -> tuple[str, ...] | None:
        line = tuple(lines)
        again = line in self.seen
        self.seen.append(line)
        self.doubtful = None if again else "once"
        self.likeliest = line
        return line if again else None


def senses() -> Senses:
    return Senses(
        look=look,
        advise=advise,
        outline=outline,
        rectify=lambda frame, quad: np.ascontiguousarray(frame[:64, :100]),
        copy=lambda card, side, keep, lines: b"\xff\xd8\xffcopy of " + side.encode(),
    )


def studio_for(begin: object = None) -> Studio:
    """Both sides of a card, the zone on its back, which always reads the same."""
    zone = Zone(
        side="back",
        read=lambda card: ("ONE", "TWO", "THREE"),
        fuse=lambda cards: cards[0],
        votes=TwiceTheSame(),
        lines_of=list,
    )
    return Studio(senses(), ("front", "back"), zone)


def frame(shade: int, width: int = 320, height: int = 240) -> Picture:
    return np.full((height, width, 3), shade, np.uint8)


def jpeg(shade: int, width: int = 640, height: int = 480) -> bytes:
    done, data = cv2.imencode(".jpg", frame(shade, width, height))
    assert done
    return data.tobytes()
