"""Finding a card before busy backgrounds, following it, and measuring it."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.capture import cards, situations
from vamt.capture.sight import View, look, outline
from vamt.identity import Document

TABLE = json.loads((Path(__file__).parent / "outlines.json").read_text())


def watch(situation: situations.Situation, document: Document = Document.ID_CARD) -> list[View]:
    """What is seen in all shots, the last place handed on."""
    views: list[View] = []
    for shot in situation.shots:
        views.append(look(shot.frame, document, views[-1].quad if views else None))
    return views


def drawn(kind: str, seed: int, **more) -> situations.Situation:
    document = Document(more.get("document", Document.ID_CARD))
    more.setdefault("shots", 2)
    return situations.situation(kind, seed, lambda w, h: outline(w, h, document), **more)


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_the_outline_is_that_of_the_page(row: list) -> None:
    width, height, document, *expected = row
    quad = outline(width, height, Document(document))
    left, top, right, bottom = *quad[0], *quad[2]
    assert [left, top, right - left, bottom - top] == pytest.approx(expected, abs=0.06)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_card_in_the_outline_is_found_and_followed(seed: int) -> None:
    size = situations.PORTRAIT if seed % 2 else situations.LANDSCAPE
    situation = drawn("good", seed, size=size)
    for view, shot in zip(watch(situation), situation.shots, strict=True):
        assert view.quad is not None
        assert situations.overlap(view.quad, shot.quad) > 0.96


def test_a_passport_is_found() -> None:
    situation = drawn("good", 5, document=cards.PASSPORT)
    view = watch(situation, Document.PASSPORT)[-1]
    assert situations.overlap(view.quad, situation.shots[-1].quad) > 0.96
    assert view.side == "front"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_card_is_noticed(seed: int) -> None:
    assert [view.quad for view in watch(drawn("nothing", seed))] == [None, None]


def test_a_card_taken_away_is_not_followed_into_the_background() -> None:
    there = drawn("good", 6)
    gone = drawn("nothing", 6)
    last = watch(there)[-1].quad
    assert look(gone.shots[0].frame, Document.ID_CARD, last).quad is None


def test_both_sides_are_told_apart() -> None:
    assert watch(drawn("good", 7))[-1].side == "front"
    assert watch(drawn("good", 7, side="back"))[-1].side == "back"


def test_a_card_that_leaves_the_frame_is_cut_off() -> None:
    shot = drawn("good", 8, shots=1).shots[0]
    assert not look(shot.frame, Document.ID_CARD, shot.quad).cut
    left = round(float(shot.quad[:, 0].min())) + 60
    view = look(np.ascontiguousarray(shot.frame[:, left:]), Document.ID_CARD, shot.quad - [left, 0])
    assert view.cut


def test_each_measure_sees_its_defect() -> None:
    good, wide = watch(drawn("good", 8))[-1], outline(1280, 720, Document.ID_CARD)
    assert good.outline == pytest.approx(wide[1, 0] - wide[0, 0])
    assert good.width < 1.2 * good.outline and good.motion < 6 and good.glare == 0
    assert watch(drawn("far", 8))[-1].width < 0.65 * good.width
    assert watch(drawn("tilted", 12))[-1].tilt > good.tilt + 15
    assert watch(drawn("blurred", 8))[-1].sharp < 0.5 * good.sharp
    assert watch(drawn("glare", 8))[-1].glare > 0.02
    assert watch(drawn("dark", 8))[-1].light < 0.3 * good.light
    assert watch(drawn("moving", 8))[-1].motion > good.motion + 8


@pytest.mark.parametrize("shape", [(16, 16, 3), (90, 160, 3), (2160, 3840, 3), (1000, 100, 3)])
def test_frames_of_any_size_do_no_harm(shape: tuple[int, int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 255, shape, np.uint8)
    for frame in (noise, np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)):
        assert isinstance(look(frame, Document.ID_CARD, None), View)


def test_a_nonsense_prior_does_no_harm() -> None:
    frame = drawn("good", 9, shots=1).shots[0].frame
    for quad in (np.zeros((4, 2)), np.full((4, 2), 1e6), np.full((4, 2), np.nan)):
        view = look(frame, Document.ID_CARD, quad.astype(np.float32))
        assert view.quad is not None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_telephone_that_shows_a_card_is_no_card(seed: int) -> None:
    assert watch(drawn("screen", seed))[-1].screen
    assert not watch(drawn("good", seed))[-1].screen
