"""What the clock of a visit reads from the history."""

from hypothesis import given
from hypothesis import strategies as st

from vamt import stopwatch
from vamt.states import MACHINES
from vamt.stopwatch import Figures, Happening, Span, figures, seconds, spans

VISIT = [
    Happening(100, "appointment", "a", "checked_in"),
    Happening(160, "appointment", "a", "called"),
    Happening(160, "visit", "v", "ringing"),
    Happening(165, "visit", "v", "ringing"),  # once more
    Happening(170, "visit", "v", "open"),
    Happening(180, "check", "c", "asked"),
    Happening(190, "check", "c", "allowed"),
    Happening(220, "check", "c", "judged"),
]


def test_a_visit() -> None:
    assert spans(VISIT) == [
        Span("waiting", 100, 160),
        Span("ringing", 160, 170),
        Span("talk", 170, None),
        Span("identity", 180, 220),
    ]
    assert seconds(spans(VISIT), 300) == {
        "waiting": 60,
        "ringing": 10,
        "talk": 130,
        "identity": 40,
    }


def test_set_aside_and_called_again() -> None:
    """The talk goes on where it stopped; what lies between is none of it."""
    more = [
        Happening(300, "visit", "v", "aside"),
        Happening(310, "appointment", "a", "checked_in"),
        Happening(330, "appointment", "a", "called"),
        Happening(330, "visit", "v", "ringing"),
        Happening(340, "visit", "v", "open"),
        Happening(400, "visit", "v", "ended"),
    ]
    lasted = seconds(spans(VISIT + more), 1000)
    assert lasted == {"waiting": 80, "ringing": 20, "talk": 190, "identity": 40}


def test_two_papers_at_once_count_once() -> None:
    papers = [
        Happening(10, "document", "before", "arrived"),  # sent before she came
        Happening(200, "document", "now", "arrived"),
        Happening(210, "document", "before", "accepted"),
        Happening(240, "document", "now", "accepted"),
    ]
    all_ = sorted(VISIT + papers, key=lambda one: one.at)
    assert seconds(spans(all_), 300)["documents"] == 70  # from the talk's beginning at 170


def test_nothing_of_the_talk_without_one() -> None:
    """Papers sent, and nobody ever called."""
    assert seconds(spans([Happening(10, "document", "d", "arrived")]), 500) == {}


def test_figures() -> None:
    visits = [{"talk": float(n)} for n in (10, 20, 30, 40, 50, 60, 70, 80, 90, 100)]
    assert figures(visits) == {"talk": Figures(10, 55, 90)}
    assert figures([{"talk": 7.0}, {}]) == {"talk": Figures(1, 7, 7)}
    assert figures([]) == {}


def test_every_running_state_exists_and_has_a_name() -> None:
    known = {(m.name, state) for m in MACHINES for pair in m.table for state in (pair[0],)}
    assert set(stopwatch.RUNS) <= known
    assert set(stopwatch.RUNS.values()) == set(stopwatch.NAMES)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 100),
            st.sampled_from([("visit", "v", s) for s in ("ringing", "open", "aside", "ended")])
            | st.sampled_from([("document", d, s) for d in "xy" for s in ("arrived", "accepted")]),
        ),
        max_size=30,
    )
)
def test_no_step_lasts_longer_than_the_talk(
    found: list[tuple[float, tuple[str, str, str]]],
) -> None:
    happened = [Happening(at, *what) for at, what in sorted(found, key=lambda one: one[0])]
    lasted = seconds(spans(happened), 100)
    assert all(0 <= one <= 100 for one in lasted.values())
    assert lasted.get("documents", 0) <= lasted.get("talk", 0) + 1e-6
