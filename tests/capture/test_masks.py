"""A copy shows what is to be kept and nothing else, says KOPIE, and cannot be undone.

The German layouts are tested on the specimens that the package ausweiskopie brings.
"""

import importlib.resources
import io
import random
from itertools import product

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.capture import cards, scenes
from vamt import identity
from vamt.capture import masks
from vamt.capture.crop import shape
from vamt.capture.masks import Field, copy_of, layout_of
from vamt.identity import Document

LINES = ("Stadt Schwäbisch Gmünd", "Meldebescheinigung 2026-00417", "25.11.2026")
SPECIMENS = [
    (document, side, layout)
    for (document, side), layouts in masks.GERMAN.items()
    for layout in layouts
]


def specimen(layout: masks.Layout, document: Document, width: int = 1011) -> np.ndarray:
    """A picture of the card as `crop.rectify` would give it."""
    file = importlib.resources.files("ausweiskopie") / "resources" / layout.specimen
    card = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    return cv2.resize(card, shape(document, width), interpolation=cv2.INTER_AREA)


def opened(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)))


def noise_in(card: np.ndarray, box: masks.Box) -> np.ndarray:
    """The same card with other pixels in a box."""
    changed = card.copy()
    high, wide = card.shape[:2]
    left, top, right, bottom = box
    place = changed[int(top * high) : int(bottom * high), int(left * wide) : int(right * wide)]
    place[:] = np.random.default_rng(1).integers(0, 255, place.shape, np.uint8)
    return changed


@pytest.mark.parametrize(("document", "side", "layout"), SPECIMENS)
def test_german_cards_are_known(document, side, layout) -> None:
    card = specimen(layout, document)
    assert layout_of(card, document, side) is layout
    worse = scenes.noisy(scenes.defocused(card, 1.5), 8, np.random.default_rng(1))
    assert layout_of(scenes.lit(worse, 0.5), document, side) is layout


@pytest.mark.parametrize(
    ("document", "side"),
    [(Document.ID_CARD, "front"), (Document.ID_CARD, "back"), (Document.PASSPORT, "front")],
)
def test_other_cards_are_not_taken_for_german_ones(document: Document, side: str) -> None:
    for seed in range(3):
        card = cards.draw_card(cards.invent(random.Random(seed), document), side)
        assert layout_of(card, document, side) is None


@pytest.mark.parametrize(("document", "side", "layout"), SPECIMENS)
def test_no_pixel_of_a_masked_field_has_a_part_in_the_copy(document, side, layout) -> None:
    """Whatever is written there: the copy is the same to the last byte."""
    card = specimen(layout, document)
    other = card
    for box in (box for boxes in layout.fields.values() for box in boxes):
        other = noise_in(other, box)
    assert (card != other).any()
    keep: frozenset[str] = frozenset()
    assert copy_of(card, document, side, keep, LINES) == copy_of(other, document, side, keep, LINES)


@pytest.mark.parametrize(("document", "side", "layout"), SPECIMENS)
def test_a_field_that_is_kept_is_seen_and_only_that(document, side, layout) -> None:
    card = specimen(layout, document, 600)
    field = Field.ADDRESS if side == "back" else Field.SURNAME
    box = layout.fields[field][0]
    kept = copy_of(card, document, side, frozenset({field}), LINES)
    assert kept != copy_of(noise_in(card, box), document, side, frozenset({field}), LINES)
    for gone, boxes in layout.fields.items():
        if gone is not field:
            other = noise_in(card, boxes[0])
            assert copy_of(other, document, side, frozenset({field}), LINES) == kept


def test_a_service_may_name_what_can_be_kept_and_nothing_else() -> None:
    assert set(identity.FIELDS) == set(Field) - masks.NEVER


def test_the_access_number_cannot_be_kept() -> None:
    document, side, layout = SPECIMENS[0]
    card = specimen(layout, document)
    everything = frozenset(Field)
    other = noise_in(card, layout.fields[Field.ACCESS_NUMBER][0])
    assert copy_of(card, document, side, everything, LINES) == copy_of(
        other, document, side, everything, LINES
    )


@pytest.mark.parametrize(
    ("document", "side"),
    [(document, side) for document in Document for side in identity.SIDES[document]],
)
def test_of_an_unknown_card_only_head_and_portrait_can_be_kept(document, side) -> None:
    drawn = document if document is not Document.OTHER else Document.ID_CARD
    card = cards.draw_card(cards.invent(random.Random(3), drawn), side)
    other = noise_in(card, (0.43, 0.16, 1, 1))  # all data, and most of the zone
    everything = frozenset({*Field, "unheard of"})
    assert copy_of(card, document, side, everything, LINES) == copy_of(
        other, document, side, everything, LINES
    )
    bare = opened(copy_of(card, document, side, frozenset(), ()))
    high = bare.shape[0]
    assert np.median(bare[round(0.2 * high) : round(0.9 * high)]) == masks.BLACK


def test_the_copy_is_a_grey_jpeg_without_anything_beside_the_picture() -> None:
    document, side, layout = SPECIMENS[0]
    jpeg = copy_of(specimen(layout, document), document, side, frozenset({"portrait"}), LINES)
    picture = Image.open(io.BytesIO(jpeg))
    assert picture.mode == "L"
    assert not picture.getexif()
    at, kinds = 2, set()
    while jpeg[at + 1] != 0xDA:  # up to the start of the scan
        kinds.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    assert kinds <= {0xE0, 0xDB, 0xC0, 0xC4}  # JFIF, quantisation, frame, Huffman tables
    assert jpeg[6:11] == b"JFIF\0" and jpeg[18:20] == b"\0\0"  # and JFIF's thumbnail is 0 x 0
    assert len(jpeg) < 200_000


def test_town_case_and_date_are_across_everything() -> None:
    """In the masks as in what is kept, and in a line of their own."""
    document, side, layout = SPECIMENS[0]
    card = specimen(layout, document)
    with_words = opened(copy_of(card, document, side, frozenset({"portrait"}), LINES)).astype(int)
    others = opened(copy_of(card, document, side, frozenset({"portrait"}), ("x",))).astype(int)
    high, wide = with_words.shape
    for row, column in product(range(5), range(4)):
        place = (
            slice(row * high // 5, (row + 1) * high // 5),
            slice(column * wide // 4, (column + 1) * wide // 4),
        )
        assert np.abs(with_words[place] - others[place]).max() > 30
    foot = with_words[round(0.95 * high) :]
    assert np.median(foot) > 240 and foot.min() < 60


def test_words_of_any_length_fit() -> None:
    document, side, layout = SPECIMENS[0]
    long = ("Verwaltungsgemeinschaft " * 5, "Ω und Я: 東京", "")
    for lines in ((), long):
        for width in (200, 1011):
            card = specimen(layout, document, width)
            assert opened(copy_of(card, document, side, frozenset(), lines)).shape == card.shape[:2]
