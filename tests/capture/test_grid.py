import numpy as np
import pytest

from tests.unit.test_mrz_votes import PASS, STRAY_C
from vamt.capture.grid import ALPHABET, on_grid

STEPS = 44 * 7 // 2  # of the recogniser along a line of 44 characters


def answer(line, second=None):
    """The recogniser's answer for a line, sure of each character; `second`: place -> its rival.

    A rival is a character and how many times less likely it is.
    """
    seen = np.full((STEPS, len(ALPHABET) + 1), 1e-7, np.float32)
    seen[:, 0] = 0.9  # blank between characters
    for place, letter in enumerate(line):
        step = round((place + 0.5) * 3.5 - 0.5)
        seen[step, 0] = 0.05
        seen[step, 1 + ALPHABET.index(letter)] = 0.9
        if second and place in second:
            rival, factor = second[place]
            seen[step, 1 + ALPHABET.index(rival)] = 0.9 / factor
    return seen


def test_clear_characters_are_put_in_their_columns():
    grid = on_grid([answer(line) for line in PASS], (44, 36))
    assert grid.lines == PASS
    assert grid.faint == frozenset()
    assert [len(centres) for centres in grid.centres] == [44, 44]


@pytest.mark.parametrize(
    ("place", "rival", "factor", "faint"),
    [
        (42, "<", 6, True),  # the C that was believed to end a name
        (42, "<", 10_000, False),  # a C that does
        (41, "<", 299, True),
        (41, "O", 9, True),
        (41, "O", 11, False),
        (43, "C", 9, True),  # a filler that may be a letter
        (43, "C", 11, False),
    ],
)
def test_a_character_with_a_near_rival_is_faint(place, rival, factor, faint):
    grid = on_grid([answer(STRAY_C[0], {place: (rival, factor)}), answer(STRAY_C[1])], (44,))
    assert grid.lines == STRAY_C
    assert grid.faint == (frozenset({(0, place)}) if faint else frozenset())


def test_look_alikes_are_not_faint_but_seen_again():
    grid = on_grid([answer(PASS[0]), answer(PASS[1], {3: ("B", 2)})], (44,))
    assert PASS[1][3] == "8"
    assert grid.faint == frozenset()


def test_where_no_grid_is():
    assert on_grid([answer(""), answer(PASS[1])], (44,)).lines == ()
