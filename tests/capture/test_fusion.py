import random

import cv2
import numpy as np
import pytest

from tests.capture import cards, scenes
from vamt import mrz
from vamt.capture.fusion import fuse, sharpness
from vamt.capture.reader import Reader, load

WHO = cards.invent(random.Random(5), cards.ID_CARD, "D<<")


@pytest.fixture(scope="module")
def card():
    return cards.draw_card(WHO, "back", 640)


def moved(card, across, down, turn=0.0):
    turned = cv2.getRotationMatrix2D((320, 200), turn, 1)
    turned[:, 2] += (across, down)
    return cv2.warpAffine(card, turned, card.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


def test_a_glare_that_hides_the_zone_in_every_picture_is_taken_out(card):
    rng = np.random.default_rng(3)
    glared = [
        moved(
            scenes.glaring(card, (130 + 45 * step, 320), 260, (75, 60)),
            *rng.uniform(-4, 4, 2),
            rng.uniform(-0.6, 0.6),
        )
        for step in range(10)
    ]
    models = load()
    alone, together = (
        mrz.parse(Reader(models).read(picture, cards.ID_CARD))
        for picture in (glared[4], fuse(glared))
    )
    assert alone is None or alone.lines != WHO.lines
    assert together.lines == WHO.lines


def test_among_shaken_pictures_the_sharpest_leads(card):
    shaken = [scenes.shaken(card, pixels, 30) for pixels in (12, 0, 9)]
    assert sharpness(shaken[1]) > sharpness(shaken[2]) > sharpness(shaken[0])
    assert fuse(shaken) is shaken[1]


def test_another_card_is_left_out(card):
    other = cv2.rotate(card, cv2.ROTATE_180)
    assert fuse([card, other]) is card or fuse([card, other]) is other


def test_one_picture_stays_as_it_is(card):
    assert fuse([card]) is card
