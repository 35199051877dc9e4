"""Who is next, and how long it takes: without a loop, a socket or a clock."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vamt import rooms, states
from vamt.booking import Appointment
from vamt.rooms import ABSENCE_GRACE, Visit, in_order, is_present, next_for, position, wait_minutes

NINE = 9 * 3600


def person(id: str, start: int, arrived: float | None, **more: object) -> Appointment:
    return Appointment(
        **{
            "id": id,
            "service": "s",
            "start": start,
            "end": start + 900,
            "state": states.Appointment.CHECKED_IN,
            "created": 0,
            "arrived": arrived,
            **more,
        }
    )


def names(queue: list[Appointment]) -> str:
    return "".join(p.id for p in queue)


# --- the order


def test_people_go_by_their_booked_time() -> None:
    queue = in_order(
        [person("b", NINE + 900, 10), person("a", NINE, 20), person("c", NINE + 60, 0)]
    )
    assert names(queue) == "acb"


def test_an_early_bird_does_not_overtake() -> None:
    early_bird = person("e", NINE + 1800, NINE - 1700)
    in_time = person("t", NINE, NINE - 60)
    assert names(in_order([early_bird, in_time])) == "te"


def test_of_two_booked_for_the_same_time_the_first_to_arrive_is_first() -> None:
    assert names(in_order([person("b", NINE, 200), person("a", NINE, 300)])) == "ba"


def test_a_latecomer_goes_behind_those_who_were_there_in_time_for_a_later_slot() -> None:
    late = person("l", NINE, NINE + 1000)
    in_time = person("t", NINE + 900, NINE)
    later = person("z", NINE + 1200, NINE)
    assert names(in_order([late, in_time, later])) == "tlz"


def test_handed_over_people_are_first() -> None:
    handed_over = person("h", NINE + 1800, NINE, for_clerk="c1")
    assert names(in_order([person("a", NINE, NINE), handed_over])) == "ha"


def test_only_people_in_the_waiting_room_are_in_the_queue() -> None:
    people = [person(str(state), NINE, NINE, state=state) for state in states.Appointment]
    assert [p.state for p in in_order(people)] == [states.Appointment.CHECKED_IN]


def test_somebody_without_a_time_of_arrival_goes_by_her_booked_time() -> None:
    assert names(in_order([person("b", NINE + 1, 0), person("a", NINE, None)])) == "ab"


PEOPLE = st.builds(
    person,
    st.uuids().map(str),
    st.integers(0, 5).map(lambda n: NINE + n * 900),
    st.integers(0, 7200).map(lambda n: float(NINE - 1800 + n)),
    for_clerk=st.sampled_from(["", "", "", "c1", "c2"]),
)
QUEUES = st.lists(PEOPLE, max_size=8, unique_by=lambda p: p.id)


@given(QUEUES, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_how_the_rows_come_from_the_store(people, random) -> None:
    shuffled = people[:]
    random.shuffle(shuffled)
    assert in_order(shuffled) == in_order(people)


@given(QUEUES)
def test_nobody_who_came_in_time_is_overtaken_by_a_later_booking(people) -> None:
    plain = [p for p in in_order(people) if not p.for_clerk]
    for before, after in zip(plain, plain[1:], strict=False):
        if after.arrived <= after.start:
            assert before.start <= after.start


@given(QUEUES, st.data())
def test_nobodys_place_changes_for_the_worse_when_somebody_leaves(people, data) -> None:
    queue = in_order(people)
    if len(queue) < 2:
        return
    gone = data.draw(st.sampled_from(queue))
    left = in_order(p for p in people if p.id != gone.id)
    for p in left:
        assert position(p.id, left) <= position(p.id, queue)


# --- who is next


QUEUE = in_order([person("a", NINE, 0), person("b", NINE + 60, 0), person("c", NINE + 120, 0)])


def test_the_first_present_person_is_next() -> None:
    assert next_for("c1", QUEUE, {"a", "b", "c"}).id == "a"


def test_people_who_are_away_are_skipped_but_keep_their_place() -> None:
    assert next_for("c1", QUEUE, {"b", "c"}).id == "b"
    assert position("a", QUEUE) == 1 and position("b", QUEUE) == 2


def test_nobody_is_next_when_nobody_is_there() -> None:
    assert next_for("c1", [], {"a"}) is None
    assert next_for("c1", QUEUE, set()) is None


def test_a_handed_over_person_is_next_for_the_colleague_only() -> None:
    queue = in_order([*QUEUE, person("h", NINE + 900, 0, for_clerk="c1")])
    everybody = {p.id for p in queue}
    assert next_for("c1", queue, everybody).id == "h"
    assert next_for("c2", queue, everybody).id == "a"
    assert next_for("c2", queue, {"h"}) is None


@given(QUEUES, st.data())
def test_next_is_present_may_be_called_and_has_nobody_such_before_her(people, data) -> None:
    queue = in_order(people)
    present = {p.id for p in queue if data.draw(st.booleans())}
    callable_ = [p for p in queue if p.id in present and p.for_clerk in ("", "c1")]
    assert next_for("c1", queue, present) == (callable_[0] if callable_ else None)


VISIT = Visit("v", "a", "c", states.Visit.OPEN, 0.0)
GUEST = rooms.Guest("g", "v", "Olena", "interpreter", states.Guest.PRESENT, "de", invited=10.0)


@pytest.mark.parametrize("state", states.Guest)
def test_a_guest_takes_a_place_while_she_may_be_here_at_any_moment(state: states.Guest) -> None:
    gone = (states.Guest.LEFT, states.Guest.REMOVED, states.Guest.ENDED)
    assert replace(GUEST, state=state).expected == (state not in gone)


@pytest.mark.parametrize(
    ("shared", "written", "read"),
    [
        (None, 20, False),
        (5, 9, False),
        (5, 10, True),
        (15, 14, False),
        (15, 15, True),
        (15, 20, True),
    ],
)
def test_a_guest_reads_what_was_written_since_she_was_invited_and_the_chat_shared(
    shared: float | None, written: float, read: bool
) -> None:
    line = rooms.Line("l", "citizen", "Ada", "text", written)
    assert GUEST.reads(replace(VISIT, chat_shared=shared), line) is read


def test_a_place_counts_from_one_and_is_none_outside_the_queue() -> None:
    assert [position(id, QUEUE) for id in "abcx"] == [1, 2, 3, None]


def test_a_lost_connection_counts_as_present_for_the_grace_period() -> None:
    assert is_present(True, None, 1000)
    assert is_present(False, 1000, 1000)
    assert is_present(False, 1000, 1000 + ABSENCE_GRACE - 0.1)
    assert not is_present(False, 1000, 1000 + ABSENCE_GRACE)
    assert not is_present(False, None, 1000)


def test_a_visit_is_live_while_it_rings_or_is_open() -> None:
    visit = Visit("v", "a", "c", states.Visit.RINGING, 0)
    live = {s for s in states.Visit if replace(visit, state=s).live}
    assert live == {states.Visit.RINGING, states.Visit.OPEN}


# --- the estimate


@pytest.mark.parametrize(
    ("place", "ahead", "busy_for", "desks", "minutes"),
    [
        (1, [], [], 1, 0),  # a free desk
        (1, [], [0], 1, 10),  # one desk, whose visit has just begun
        (1, [], [240], 1, 6),
        (1, [], [240], 2, 0),  # the other desk is free
        (1, [], [9999], 1, 3),  # longer than usual: a quarter more, rounded up
        (1, [], [600], 1, 3),
        (2, [600], [0], 1, 20),
        (2, [600], [0, 300], 2, 10),  # the desk free in 5 takes the one ahead, she the other's
        (3, [600, 1800], [0, 0], 2, 20),
        (3, [60, 60], [], 2, 1),
        (4, [600, 600, 600], [], 3, 10),
        (2, [61], [], 1, 2),  # never rounded down
    ],
)
def test_the_estimate_simulates_the_desks(
    place: int, ahead: list[float], busy_for: list[float], desks: int, minutes: int
) -> None:
    assert wait_minutes(place, ahead, busy_for, desks, usual=600) == minutes


@pytest.mark.parametrize("desks", [0, -1])
def test_without_a_desk_at_work_there_is_no_estimate(desks: int) -> None:
    assert wait_minutes(1, [], [], desks, 600) is None


def test_people_behind_her_do_not_matter() -> None:
    assert wait_minutes(2, [600, 600, 600], [0], 1, 600) == wait_minutes(2, [600], [0], 1, 600)


def test_more_visits_than_desks_are_not_counted() -> None:
    """A desk whose page has gone is not at work, though its visit may still be open."""
    assert wait_minutes(1, [], [0, 0, 0], 1, 600) == 10


LENGTHS = st.lists(st.floats(60, 7200), max_size=12)
LASTED = st.lists(st.floats(0, 7200), max_size=5)
USUAL = st.floats(60, 7200)
DESKS = st.integers(1, 5)


@given(LENGTHS, LASTED, DESKS, USUAL)
def test_the_estimate_is_never_negative_and_grows_with_the_people_ahead(
    ahead: list[float], lasted: list[float], desks: int, usual: float
) -> None:
    told = [wait_minutes(n + 1, ahead[:n], lasted, desks, usual) for n in range(len(ahead) + 1)]
    assert all(isinstance(minutes, int) and minutes >= 0 for minutes in told)
    assert told == sorted(told)


@given(LENGTHS, LASTED, DESKS, USUAL)
def test_another_desk_never_makes_it_longer(
    ahead: list[float], lasted: list[float], desks: int, usual: float
) -> None:
    place = len(ahead) + 1
    lasted = lasted[:desks]
    with_one_more = wait_minutes(place, ahead, lasted, desks + 1, usual)
    assert with_one_more <= wait_minutes(place, ahead, lasted, desks, usual)


@given(LENGTHS, LASTED, DESKS, USUAL)
def test_a_visit_that_has_lasted_longer_never_makes_it_longer(
    ahead: list[float], lasted: list[float], desks: int, usual: float
) -> None:
    place = len(ahead) + 1
    before = wait_minutes(place, ahead, lasted, desks, usual)
    assert wait_minutes(place, ahead, [one + 60 for one in lasted], desks, usual) <= before


@given(LASTED, DESKS, USUAL)
def test_who_is_next_waits_only_while_all_desks_are_busy(
    lasted: list[float], desks: int, usual: float
) -> None:
    minutes = wait_minutes(1, [], lasted, desks, usual)
    assert (minutes == 0) == (len(lasted) < desks)


def test_the_seats_are_named_as_on_the_wire() -> None:
    assert (rooms.CITIZEN, rooms.CLERK) == ("citizen", "clerk")
