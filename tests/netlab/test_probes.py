"""From recordings of the pages to figures."""

import math
from typing import Any

import pytest

from bench.netlab import probes
from bench.netlab.probes import NEVER, SOUND_RATE

Hearing = list[list[float]]


def hearing(*quiet: tuple[float, float], seconds: float = 20, every: float = 0.04) -> Hearing:
    """What a page samples while sound comes but for these times, in seconds."""
    found, heard = [], 0.0
    for number in range(int(seconds / every)):
        time = number * every
        if not any(begin < time <= end for begin, end in quiet):
            heard += every * SOUND_RATE
        found.append([time * 1000, heard, 0.0])
    return found


def test_no_silence() -> None:
    assert probes.silence(hearing(), 5000, 20000) == 0
    assert not probes.recovered(hearing(), 5000)


def test_one_hole_is_measured() -> None:
    heard = hearing((6, 8.5))
    assert probes.silence(heard, 5000, 20000) == pytest.approx(2.5, abs=0.1)
    assert probes.recovered(heard, 5000)


def test_a_hole_before_the_event_does_not_count() -> None:
    assert probes.silence(hearing((2, 3)), 5000, 20000) == 0


def test_short_holes_pass_unnoticed() -> None:
    assert probes.silence(hearing((6, 6.12)), 5000, 20000) == 0


def test_a_crackle_on_the_way_back_is_part_of_the_silence() -> None:
    assert probes.silence(hearing((6, 8), (8.4, 8.8)), 5000, 20000) == pytest.approx(2.4, abs=0.1)


def test_a_hole_long_after_is_another_story() -> None:
    assert probes.silence(hearing((6, 8), (12, 13)), 5000, 20000) == pytest.approx(2, abs=0.1)


def test_sound_that_does_not_come_back_never_does() -> None:
    heard = hearing((6, 30))
    assert probes.silence(heard, 5000, 20000) == NEVER
    assert not probes.recovered(heard, 5000)


def test_nothing_sampled_is_never() -> None:
    assert probes.silence([], 0, 1000) == NEVER


def test_late_samples_are_no_silence() -> None:
    """A busy page samples seldom, but sound went on meanwhile."""
    heard = [sample for sample in hearing() if not 6000 < sample[0] < 7000]
    assert probes.silence(heard, 5000, 20000) == 0


def test_longest_gap_counts_both_ends() -> None:
    assert probes.longest_gap([1000, 1100, 3000], 0, 3100) == 1.9
    assert probes.longest_gap([], 0, 2500) == 2.5


def test_picture_gone() -> None:
    frames = [*range(0, 5000, 50), *range(7000, 12000, 50)]
    assert probes.picture_gone(frames, 5000, 12000) == pytest.approx(2.05)
    assert probes.picture_gone(frames[:100], 5000, 12000) == NEVER
    assert probes.picture_gone(frames, 5000, 30000) == NEVER


def test_full_size_is_the_largest_seen() -> None:
    sizes = [[1000, 320, 180], [1400, 640, 360], [2500, 320, 180]]
    seconds, words = probes.full_size(sizes, NEVER)
    assert seconds == pytest.approx(0.4)
    assert words == "320x180 at 0.0 s, 640x360 at 0.4 s, 320x180 at 1.5 s"
    assert probes.full_size([], NEVER) == (NEVER, "")


def test_coarseness_is_of_the_first_seconds() -> None:
    samples = [
        [t, 0.0, 0.0, 60.0 * n if t < 3000 else 180.0, n]
        for n, t in enumerate(range(0, 9000, 1000))
    ]
    assert probes.coarseness(samples, 0, 2) == 60
    assert probes.coarseness(samples[:1], 0, 2) == NEVER


def life(opened: float, spoken: float, closed: float = 0) -> dict[str, float]:
    return {"opened": opened, "spoken": spoken, "closed": closed}


def test_line_back() -> None:
    assert probes.line_back([life(1, 2, 5000), life(6000, 6400)], 5000, True) == 1.4
    assert probes.line_back([life(1, 2)], 5000, False) == 0
    assert probes.line_back([life(1, 2)], 5000, True) == NEVER
    assert probes.line_back([life(1, 2, 5000), life(6000, 0)], 5000, True) == NEVER


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3, 1, 2], (2, 1, 3)),
        ([4, 1, 2, 3], (2.5, 1, 4)),
        ([1, NEVER, 2], (2, 1, NEVER)),
        ([1, NEVER], (NEVER, 1, NEVER)),
    ],
)
def test_spread(values: list[float], expected: tuple[float, ...]) -> None:
    assert probes.spread(values) == expected


NOTHING = {"audio": 0, "video": 0}


@pytest.mark.parametrize(
    ("waiting", "ringing", "accepting", "packets"),
    [
        ({}, {}, {}, 0),
        ({"clerk": {"audio": 1, "video": 2}}, {}, {}, 3),
        ({}, {"clerk": {"audio": 0, "video": 90}}, {}, 0),  # the clerk's picture may
        ({}, {"clerk": {"audio": 7, "video": 90}}, {}, 7),
        ({}, {"citizen": {"audio": 1, "video": 1}}, {}, 2),
        ({}, {}, {"audio": 0, "video": 4}, 4),
    ],
)
def test_early(waiting: Any, ringing: Any, accepting: Any, packets: int) -> None:
    seats = {"citizen": NOTHING, "clerk": NOTHING}
    assert probes.early(seats | waiting, ringing, NOTHING | accepting) == packets


def test_heard_is_real_sound_that_is_no_hush() -> None:
    change = {"time": 2000, "samples": 96000, "concealed": 9600, "energy": 0.1}
    assert probes.heard(change) == 90
    assert probes.heard(change | {"energy": 0}) == 0
    assert probes.heard({"time": 2000}) == 0  # nothing has come at all


def test_share() -> None:
    assert probes.share(1, 50) == 2
    assert math.isinf(probes.share(1, 0))
