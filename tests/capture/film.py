"""A film for a browser's fake camera: a drawn card comes into a room, is held, and is turned."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tests.capture.cards import Identity, draw_card
from tests.capture.scenes import background, corners, place

FPS = 10
TREMOR = 7  # different frames of a card that is held
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
    sweep = round(SWEEP * FPS)
    for scene in scenes:
        count = round(scene.seconds * FPS)
        if not scene.side:
            yield from [room] * count
            continue
        card = draw_card(identity, scene.side)

        def at(out: float, card: np.ndarray = card, width: float = scene.width) -> np.ndarray:
            x, y = size[0] / 2 + chance.gauss(0, 0.7), size[1] / 2 + chance.gauss(0, 0.7)
            return place(card, room, corners(card, width, (x, y + out * size[1]), turn=1.5))

        coming = [at(1 - n / sweep) for n in range(sweep)]
        held = [at(0) for _ in range(TREMOR)]
        yield from coming
        yield from (held[n % TREMOR] for n in range(count - 2 * sweep))
        yield from reversed(coming)


def write_y4m(file: Path, pictures: Iterator[np.ndarray]) -> None:
    """As Chromium's ``--use-file-for-fake-video-capture`` reads it."""
    with file.open("wb") as film:
        for n, picture in enumerate(pictures):
            high, wide = picture.shape[:2]
            if n == 0:
                film.write(f"YUV4MPEG2 W{wide} H{high} F{FPS}:1 Ip A1:1 C420mpeg2\n".encode())
            film.write(b"FRAME\n")
            film.write(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420).tobytes())
