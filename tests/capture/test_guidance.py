"""One word from views: the right one, the most important one, and no flicker."""

from dataclasses import replace

import numpy as np
import pytest

from vamt.capture.guidance import TABLE, Advice, Row, advise, judge
from vamt.capture.sight import View

QUAD = np.float32([[300, 200], [900, 200], [900, 580], [300, 580]])
GOOD = View(
    QUAD, width=590, tilt=5, sharp=0.35, glare=0, light=190, motion=2, side="front", outline=600
)
WRONG = {  # one thing wrong at a time, in the order of importance
    Advice.DARK: {"light": 20},
    Advice.NO_CARD: {"quad": None, "width": 0, "side": "unknown"},
    Advice.CLOSER: {"width": 300},
    Advice.FARTHER: {"width": 800},
    Advice.STRAIGHTEN: {"tilt": 40},
    Advice.HOLD_STILL: {"motion": 20},
    Advice.BLURRED: {"sharp": 0.1},
    Advice.GLARE: {"glare": 0.06},
    Advice.OTHER_SIDE: {"side": "back"},
    Advice.SCREEN: {"screen": True},
}


@pytest.mark.parametrize("advice", WRONG, ids=str)
def test_each_defect_has_its_word(advice: Advice) -> None:
    assert advise([replace(GOOD, **WRONG[advice])] * 3, "front") is advice


def test_nothing_wrong_is_good() -> None:
    assert advise([GOOD] * 3, "front") is Advice.GOOD
    assert advise([replace(GOOD, side="back")] * 3, "back") is Advice.GOOD


def test_a_side_that_is_not_known_is_not_blamed() -> None:
    assert judge(replace(GOOD, side="unknown"), "back") is Advice.GOOD


def test_a_card_that_is_cut_off_is_never_good() -> None:
    assert judge(replace(GOOD, cut=True), "front") is Advice.FARTHER


def test_of_two_defects_the_more_important_is_said() -> None:
    order = [advice for advice in WRONG if advice is not Advice.NO_CARD]
    for first, second in zip(order, order[1:], strict=False):
        if {first, second} != {Advice.CLOSER, Advice.FARTHER}:
            both = replace(GOOD, **WRONG[first], **WRONG[second])
            assert judge(both, "front") is first


def test_in_the_dark_no_card_is_asked_for() -> None:
    assert judge(View(None, light=12), "front") is Advice.DARK


def test_no_views_are_no_card() -> None:
    assert advise([], "front") is Advice.NO_CARD


def test_one_odd_view_changes_nothing() -> None:
    odd = replace(GOOD, **WRONG[Advice.GLARE])
    assert advise([GOOD, GOOD, odd], "front") is Advice.GOOD
    assert advise([GOOD, GOOD, odd, GOOD], "front") is Advice.GOOD
    assert advise([GOOD, GOOD, odd, odd], "front") is Advice.GLARE


def test_what_comes_and_goes_does_not_flicker_while_the_window_slides() -> None:
    odd = replace(GOOD, **WRONG[Advice.BLURRED])
    views = [GOOD, odd] * 20
    words = {advise(views[at : at + 10], "front") for at in range(30)}
    assert len(words) == 1


def _between(row: Row) -> View:
    """A view with a measure that neither brings this row's word nor ends it."""
    measure = (row.come + row.stay) / 2
    for field in ("light", "width", "tilt", "motion", "sharp", "glare"):
        scale = GOOD.outline if field in ("width", "motion") else 1
        view = replace(GOOD, **{field: measure * scale})
        if row.measure(view) == pytest.approx(measure):
            return view
    raise AssertionError(row)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.advice)
def test_a_word_stays_longer_than_it_takes_to_come(row: Row) -> None:
    wrong = replace(GOOD, **WRONG[row.advice])
    between = _between(row)
    assert advise([GOOD, GOOD, between, between], "front") is Advice.GOOD
    assert advise([wrong, wrong, between, between], "front") is row.advice
    assert advise([wrong, wrong, GOOD, GOOD, between, between], "front") is Advice.GOOD


def test_every_word_can_be_said() -> None:
    assert {*WRONG, Advice.GOOD} == set(Advice)
