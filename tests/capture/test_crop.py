"""A document laid flat: its size, its corners, and how exact the crop is in drawn scenes."""

import random

import cv2
import numpy as np
import pytest

from tests.capture import cards, scenes, situations
from vamt.capture.crop import aspect, rectify, shape
from vamt.capture.sight import look, outline
from vamt.identity import Document


def test_sizes() -> None:
    assert shape(Document.ID_CARD, 1011) == (1011, 638)  # 300 dpi
    assert shape(Document.RESIDENCE_PERMIT, 1011) == (1011, 638)
    assert shape(Document.PASSPORT, 1011) == (1011, 712)
    assert aspect(Document.OTHER) == aspect(Document.ID_CARD)


@pytest.mark.parametrize("width", [240, 480, 1011])
def test_what_was_placed_comes_back(width: int) -> None:
    card = cards.draw_card(cards.invent(random.Random(1)), "front")
    quad = situations.posed(650, 85.6 / 54, np.array([600, 350]), turn=7, away=20, axis=40)
    frame = scenes.place(card, np.zeros((720, 1280, 3), np.uint8), quad)
    flat = rectify(frame, quad, Document.ID_CARD, width)
    assert flat.shape == (*shape(Document.ID_CARD, width)[::-1], 3) and flat.dtype == np.uint8
    expected = cv2.resize(card, flat.shape[1::-1], interpolation=cv2.INTER_AREA)
    inner = slice(width // 20, -width // 20), slice(width // 20, -width // 20)
    soft = [cv2.GaussianBlur(p, (0, 0), 2)[inner].astype(float) for p in (flat, expected)]
    assert np.abs(soft[0] - soft[1]).mean() < 3


def test_outside_of_the_frame_it_is_black() -> None:
    frame = np.full((100, 100, 3), 200, np.uint8)
    quad = np.float32([[50, 20], [150, 20], [150, 83], [50, 83]])
    flat = rectify(frame, quad, Document.ID_CARD, 400)
    assert flat[:, 230:].max() == 0 and flat[:, :180].min() > 190


@pytest.mark.parametrize("document", [Document.ID_CARD, Document.PASSPORT])
def test_cards_in_the_outline_are_cut_out_exactly(document: Document) -> None:
    """Every kind of picture that may be taken; bench/guidance.py measures many more."""
    overlaps = []
    for seed in range(8):
        situation = situations.situation(
            ("good", "glare")[seed % 2],
            100 + seed,
            lambda w, h: outline(w, h, document),
            document=document,
            size=(situations.LANDSCAPE, situations.PORTRAIT)[seed // 4],
            shots=1,
        )
        (shot,) = situation.shots
        quad = look(shot.frame, document, None).quad
        overlaps.append(0 if quad is None else situations.overlap(quad, shot.quad))
    assert np.median(overlaps) > 0.985
    assert sum(overlap > 0.95 for overlap in overlaps) >= 7
