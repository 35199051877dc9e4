import random

import cv2
import numpy as np
import pytest

from tests.capture import cards, scenes
from vamt import mrz
from vamt.capture.reader import Reader, load


@pytest.fixture(scope="module")
def models():
    return load()


def held(who, width, turn=3.0, seed=1):
    """The document in a room, a little turned and tilted, as a sharp frame."""
    rng = np.random.default_rng(seed)
    side = "front" if who.document == cards.PASSPORT else "back"
    card = cards.draw_card(who, side)
    quad = scenes.corners(card, width, (620, 350), turn, (0.06, 0.04))
    return scenes.noisy(scenes.place(card, scenes.background(rng), quad), 2, rng), quad


@pytest.mark.parametrize(
    ("document", "issuer", "width", "turn"),
    [
        (cards.ID_CARD, "D<<", 480, 3),
        (cards.ID_CARD, "POL", 320, -6),
        (cards.PERMIT, "D<<", 480, 183),
        (cards.PASSPORT, "TUR", 400, 0),
    ],
)
def test_a_zone_is_read_from_a_frame(models, document, issuer, width, turn):
    who = cards.invent(random.Random(8), document, issuer)
    frame, quad = held(who, width, turn)
    reader = Reader(models)
    zone = mrz.parse(reader.read(frame, document))
    assert zone.lines == who.lines
    # it lies within the card, and is found there again
    assert all(cv2.pointPolygonTest(quad, tuple(map(float, c)), False) >= 0 for c in reader.zone)
    place = reader.zone
    again = np.roll(frame, (6, -9), (0, 1))
    assert mrz.parse(reader.read(again, document)).lines == who.lines
    assert np.allclose(reader.zone - place, (-9, 6), atol=4)


def test_a_cut_out_card_is_read_and_its_look_alikes_are_seen_twice(models):
    """Between digits the recogniser alone takes a Z for a 2 and a G for a 6."""
    who = cards.invent(random.Random(8), cards.ID_CARD, "D<<", "L2Z6G6Z22")
    lines = Reader(models).read(cards.draw_card(who, "back"), cards.ID_CARD)
    assert lines == who.lines
    # seen alike with and without neighbours; a Z that was not is no proof of itself
    assert {(0, 6), (0, 8), (0, 10), (0, 13)} <= lines.confirmed


def test_nothing_is_read_where_there_is_no_zone(models):
    reader = Reader(models)
    room = scenes.background(np.random.default_rng(2))
    assert reader.read(room, cards.ID_CARD) == ()
    assert reader.zone is None
    assert reader.read(room, "other") == ()
    assert reader.read(np.zeros((9, 9, 3), np.uint8), cards.ID_CARD) == ()
