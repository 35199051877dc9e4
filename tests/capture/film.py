"""A film for a browser's fake camera: a drawn card comes into a room, is held, and is turned."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tests.capture.cards import Identity, draw_card
from tests.capture.scenes import background, corners, place

FPS = 15
SWEEP = 0.6  # seconds in which the card comes or goes


@dataclass(frozen=True)
class Scene:
    """So many seconds of one side held before the camera; "" is the empty room."""

    side: str
    seconds: float
    width: float = 620  # px of the card in a 720p frame


WHOLE_CHECK = (Scene("", 1), Scene("front", 6), Scene("", 0.6), Scene("back", 9), Scene("", 1))


def frames(
    identity: Identity, scenes: Sequence[Scene], seed: int = 1, size: tuple[int, int] = (1280, 720)
) -> Iterator[np.ndarray]:
    """BGR frames: a hand's small tremor while the card is held, a sweep when it comes and goes."""
    rng, chance = np.random.default_rng(seed), random.Random(seed)
    room = background(rng, size)
    middle = (size[0] / 2, size[1] / 2)
    for scene in scenes:
        count = round(scene.seconds * FPS)
        card = draw_card(identity, scene.side) if scene.side else None
        for n in range(count):
            if card is None:
                yield room
                continue
            out = max(0.0, 1 - min(n, count - 1 - n) / (SWEEP * FPS))
            centre = (
                middle[0] + chance.gauss(0, 0.7),
                middle[1] + chance.gauss(0, 0.7) + out * size[1],
            )
            yield place(card, room, corners(card, scene.width, centre, turn=1.5))


def write_y4m(file: Path, pictures: Iterator[np.ndarray]) -> None:
    """As Chromium's ``--use-file-for-fake-video-capture`` reads it."""
    with file.open("wb") as film:
        for n, picture in enumerate(pictures):
            high, wide = picture.shape[:2]
            if n == 0:
                film.write(f"YUV4MPEG2 W{wide} H{high} F{FPS}:1 Ip A1:1 C420mpeg2\n".encode())
            film.write(b"FRAME\n")
            film.write(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420).tobytes())
