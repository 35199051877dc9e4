"""Slots: only real ones, in every week of the year. Times are written as the town's wall time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import BERLIN, DAY, MONDAY, at, words
from vamt import booking
from vamt.booking import TICK, Calendar, Opening, Service, Slot
from vamt.errors import Invalid

EVERY_DAY = frozenset(range(7))
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
HALF_HOUR = Service("half", words("Halb"), minutes=30)
QUARTER = Service("quarter", words("Viertel"), minutes=15)


def hours(start: str, end: str, desks: int = 1, **more: object) -> Opening:
    begin, finish = clock_time.fromisoformat(start), clock_time.fromisoformat(end)
    return Opening(**{"weekdays": EVERY_DAY, **more}, start=begin, end=finish, desks=desks)


def calendar(*openings: Opening, **rules: object) -> Calendar:
    return Calendar(BERLIN, openings, **rules)


def slots_on(
    day: date,
    *openings: Opening,
    service: Service = HALF_HOUR,
    taken: booking.Taken = (),
    **rules: object,
) -> list[Slot]:
    """The slots of one day, looked at from the midnight it begins with."""
    now = booking.midnight(day, BERLIN)
    return booking.slots(calendar(*openings, **rules), service, taken, now, day, day)


def wall(slots: Sequence[Slot]) -> list[str]:
    """Start times as the citizen reads them."""
    return [datetime.fromtimestamp(slot.start, BERLIN).strftime("%H:%M") for slot in slots]


def place(start: int, minutes: int, lane: int = 0) -> set[tuple[int, int]]:
    return {(lane, tick) for tick in booking.ticks_of(start, start + minutes * 60)}


# --- hours, closures, duration


def test_slots_fill_the_opening_hours_and_end_within_them() -> None:
    found = slots_on(MONDAY, hours("09:00", "11:15"))
    assert wall(found) == ["09:00", "09:30", "10:00", "10:30"]
    assert all(slot.end - slot.start == 1800 and slot.free == 1 for slot in found)


def test_a_service_longer_than_the_hours_has_no_slot() -> None:
    assert slots_on(MONDAY, hours("09:00", "09:25")) == []
    assert wall(slots_on(MONDAY, hours("09:00", "09:30"))) == ["09:00"]


def test_only_the_weekdays_of_the_hours_have_slots() -> None:
    tuesday_only = hours("09:00", "10:00", weekdays=frozenset({1}))
    assert slots_on(MONDAY, tuesday_only) == []
    assert wall(slots_on(MONDAY + timedelta(days=1), tuesday_only)) == ["09:00", "09:30"]


def test_a_closed_day_has_no_slots_and_its_neighbours_have() -> None:
    closed = calendar(hours("09:00", "10:00"), closures=frozenset({MONDAY}))
    now = at("2026-06-14 00:00")
    last = MONDAY + timedelta(days=1)
    days = booking.next_days(booking.slots(closed, HALF_HOUR, (), now, date.min, last), BERLIN)
    assert list(days) == [MONDAY - timedelta(days=1), last]


def test_starts_can_be_closer_together_than_the_service_is_long() -> None:
    service = replace(HALF_HOUR, every=10)
    assert wall(slots_on(MONDAY, hours("09:00", "10:00"), service=service)) == [
        "09:00",
        "09:10",
        "09:20",
        "09:30",
    ]


def test_hours_of_several_desks_offer_that_many_places() -> None:
    assert [slot.free for slot in slots_on(MONDAY, hours("09:00", "10:00", desks=3))] == [3, 3]


def test_overlapping_hours_do_not_add_up_the_larger_number_of_desks_counts() -> None:
    found = slots_on(MONDAY, hours("09:00", "11:00", desks=1), hours("10:00", "11:00", desks=3))
    assert wall(found) == ["09:00", "09:30", "10:00", "10:30"]
    assert [slot.free for slot in found] == [1, 1, 3, 3]
    swapped = slots_on(MONDAY, hours("10:00", "11:00", desks=3), hours("09:00", "11:00", desks=1))
    assert swapped == found


def test_hours_of_another_pool_or_for_other_services_do_not_count() -> None:
    assert slots_on(MONDAY, hours("09:00", "10:00", pool="cellar")) == []
    assert slots_on(MONDAY, hours("09:00", "10:00", services=frozenset({"other"}))) == []
    mine = hours("09:00", "10:00", services=frozenset({"half", "other"}))
    assert wall(slots_on(MONDAY, mine)) == ["09:00", "09:30"]
    below = replace(HALF_HOUR, pool="cellar")
    assert wall(slots_on(MONDAY, hours("09:00", "10:00", pool="cellar"), service=below)) != []


def test_hours_until_midnight_end_with_the_day() -> None:
    found = slots_on(MONDAY, hours("23:00", "00:00"))
    assert wall(found) == ["23:00", "23:30"]
    assert found[-1].end == booking.midnight(MONDAY + timedelta(days=1), BERLIN)


def test_hours_around_the_clock_have_slots_all_day_and_no_two_days_share_one() -> None:
    now = booking.midnight(MONDAY, BERLIN)
    always = calendar(hours("00:00", "00:00"))
    found = booking.slots(always, HALF_HOUR, (), now, MONDAY, MONDAY + timedelta(days=1))
    assert [slot.start for slot in found] == list(range(now, now + 2 * DAY, 1800))


# --- taken places


def test_a_taken_place_is_no_longer_free_but_its_neighbours_are() -> None:
    nine = at("2026-06-15 09:00")
    found = slots_on(MONDAY, hours("09:00", "10:30"), taken=place(nine + 1800, 30))
    assert wall(found) == ["09:00", "10:00"]


def test_one_taken_tick_in_the_middle_takes_the_lane_for_the_slot() -> None:
    nine = at("2026-06-15 09:00")
    found = slots_on(MONDAY, hours("09:00", "10:00", desks=2), taken=place(nine + 600, 5, lane=1))
    assert [slot.free for slot in found] == [1, 2]


def test_two_half_taken_lanes_do_not_make_a_whole_one() -> None:
    nine = at("2026-06-15 09:00")
    taken = place(nine, 15, lane=0) | place(nine + 900, 15, lane=1)
    assert wall(slots_on(MONDAY, hours("09:00", "10:00", desks=2), taken=taken)) == ["09:30"]
    found = slots_on(MONDAY, hours("09:00", "09:30", desks=2), taken=taken, service=QUARTER)
    assert [slot.free for slot in found] == [1, 1]


def test_places_on_lanes_that_are_not_open_any_more_do_not_matter() -> None:
    nine = at("2026-06-15 09:00")
    found = slots_on(MONDAY, hours("09:00", "09:30", desks=1), taken=place(nine, 30, lane=4))
    assert [slot.free for slot in found] == [1]


# --- how near and how far


def test_nothing_begins_before_now_or_within_the_lead_time() -> None:
    opening = hours("09:00", "11:00")
    for lead, expected in ((0, "09:30"), (1800, "10:00"), (1801, "10:30")):
        rules = calendar(opening, lead=lead)
        found = booking.slots(rules, HALF_HOUR, (), at("2026-06-15 09:30"), MONDAY, MONDAY)
        assert wall(found)[0] == expected


def test_a_slot_that_begins_this_second_can_still_be_had_and_a_second_later_not() -> None:
    opening, nine = calendar(hours("09:00", "10:00")), at("2026-06-15 09:00")
    assert wall(booking.slots(opening, HALF_HOUR, (), nine, MONDAY, MONDAY))[0] == "09:00"
    assert wall(booking.slots(opening, HALF_HOUR, (), nine + 1, MONDAY, MONDAY))[0] == "09:30"


def test_the_horizon_counts_local_days_with_today() -> None:
    opening = hours("00:00", "00:00")
    late = at("2026-06-15 23:59")
    for days in (1, 2, 7):
        rules = calendar(opening, horizon_days=days)
        found = booking.slots(rules, HALF_HOUR, (), late, date.min, date.max)
        last = MONDAY + timedelta(days=days - 1)
        assert {booking.local_day(slot.start, BERLIN) for slot in found} == {
            MONDAY + timedelta(days=n) for n in range(1, days)
        }
        if days > 1:
            assert found[-1].end == booking.midnight(last + timedelta(days=1), BERLIN)


def test_past_days_have_no_slots() -> None:
    rules = calendar(hours("09:00", "10:00"))
    now = at("2026-06-15 00:00")
    assert booking.slots(rules, HALF_HOUR, (), now, date.min, MONDAY - timedelta(days=1)) == []
    assert booking.slots(rules, HALF_HOUR, (), now, MONDAY, MONDAY - timedelta(days=1)) == []


# --- the two days on which the clock changes


def test_in_spring_the_missing_hour_has_no_slots() -> None:
    found = slots_on(SPRING, hours("01:00", "04:00"))
    assert wall(found) == ["01:00", "01:30", "03:00", "03:30"]
    assert [b.start - a.start for a, b in zip(found, found[1:], strict=False)] == [1800] * 3


def test_in_spring_a_slot_over_the_gap_lasts_as_long_as_any_other() -> None:
    service = Service("long", words("Lang"), minutes=60, every=30)
    found = slots_on(SPRING, hours("01:00", "04:00"), service=service)
    assert wall(found) == ["01:00", "01:30", "03:00"]
    assert datetime.fromtimestamp(found[1].end, BERLIN).strftime("%H:%M") == "03:30"
    assert found[1].end - found[1].start == 3600


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("02:00", "03:00", []),  # does not exist that day
        ("02:30", "04:00", ["03:30"]),  # moves past the gap
        ("02:00", "04:00", ["03:00", "03:30"]),
        ("01:30", "02:30", ["01:30", "03:00"]),
        ("02:15", "02:45", ["03:15"]),
    ],
)
def test_in_spring_hours_within_the_gap_move_past_it(
    start: str, end: str, expected: list[str]
) -> None:
    assert wall(slots_on(SPRING, hours(start, end))) == expected


def test_in_autumn_the_doubled_hour_has_its_slots_twice_and_each_is_another_one() -> None:
    found = slots_on(AUTUMN, hours("01:30", "03:30"))
    assert wall(found) == ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    assert len({slot.start for slot in found}) == 6
    assert [b.start - a.start for a, b in zip(found, found[1:], strict=False)] == [1800] * 5
    first, second = found[2], found[4]
    assert second.start - first.start == 3600
    assert first.start == int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("02:00", "03:00", ["02:00", "02:30", "02:00", "02:30"]),
        ("01:30", "02:30", ["01:30", "02:00"]),  # until the first of the two
        ("02:30", "03:30", ["02:30", "02:00", "02:30", "03:00"]),  # from the first of the two on
    ],
)
def test_in_autumn_hours_that_begin_or_end_within_the_doubled_hour_mean_the_first_one(
    start: str, end: str, expected: list[str]
) -> None:
    assert wall(slots_on(AUTUMN, hours(start, end))) == expected


def test_in_autumn_booking_one_half_past_two_leaves_the_other_free() -> None:
    both = [s for s in slots_on(AUTUMN, hours("00:00", "06:00")) if wall([s]) == ["02:30"]]
    for mine, other in (both, both[::-1]):
        left = slots_on(AUTUMN, hours("00:00", "06:00"), taken=place(mine.start, 30))
        assert mine not in left and other in left


@pytest.mark.parametrize(("day", "length"), [(SPRING, 23), (AUTUMN, 25), (MONDAY, 24)])
def test_around_the_clock_the_day_has_as_many_slots_as_it_has_half_hours(
    day: date, length: int
) -> None:
    found = slots_on(day, hours("00:00", "00:00"))
    assert len(found) == 2 * length
    following = booking.midnight(day + timedelta(days=1), BERLIN)
    assert found[0].start == booking.midnight(day, BERLIN) and found[-1].end == following


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_on_both_days_the_morning_opens_at_nine_by_the_wall_clock(day: date) -> None:
    assert wall(slots_on(day, hours("09:00", "10:00"))) == ["09:00", "09:30"]
    assert slots_on(day, hours("09:00", "10:00"))[0].start == at(f"{day} 09:00")


# --- all calendars


@st.composite
def openings(draw: st.DrawFn) -> Opening:
    start = draw(st.integers(0, 287))
    end = draw(st.integers(start + 1, 288))
    return Opening(
        weekdays=draw(st.frozensets(st.integers(0, 6), min_size=1)),
        start=clock_time(start // 12, start % 12 * 5),
        end=clock_time(end // 12 % 24, end % 12 * 5),
        desks=draw(st.integers(1, 4)),
        pool=draw(st.sampled_from(["default", "default", "cellar"])),
        services=draw(st.sampled_from([frozenset(), frozenset({"s"}), frozenset({"x"})])),
    )


SERVICES = st.builds(
    lambda ticks, every: Service("s", words("S"), minutes=ticks * 5, every=every * 5),
    st.integers(1, 24),
    st.integers(0, 12),
)
DAYS = st.one_of(
    st.sampled_from([SPRING, AUTUMN]),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)


def minutes_of_the_day(opening: Opening) -> tuple[int, int]:
    start = opening.start.hour * 60 + opening.start.minute
    return start, (opening.end.hour * 60 + opening.end.minute) or 24 * 60


def wall_minutes(instant: int) -> tuple[date, int]:
    local = datetime.fromtimestamp(instant, BERLIN)
    return local.date(), local.hour * 60 + local.minute


@st.composite
def situations(draw: st.DrawFn) -> tuple[Calendar, Service, set[tuple[int, int]], int, date]:
    day = draw(DAYS)
    rules = Calendar(
        BERLIN,
        tuple(draw(st.lists(openings(), min_size=1, max_size=4))),
        closures=draw(st.frozensets(st.just(day), max_size=1)) if draw(st.booleans()) else {},
        lead=draw(st.integers(0, 7200)),
        horizon_days=draw(st.integers(1, 30)),
    )
    start = booking.midnight(day, BERLIN) // TICK
    taken = draw(
        st.sets(st.tuples(st.integers(0, 4), st.integers(start, start + 300)), max_size=60)
    )
    now = start * TICK + draw(st.integers(-3 * DAY, DAY))
    return rules, draw(SERVICES), taken, now, day


@given(situations())
def test_every_slot_lies_in_opening_hours_by_the_wall_clock_and_on_the_grid(
    situation: tuple[Calendar, Service, set[tuple[int, int]], int, date],
) -> None:
    rules, service, taken, now, day = situation
    for slot in booking.slots(rules, service, taken, now, day, day):
        assert slot.start % TICK == 0 and slot.end - slot.start == service.minutes * 60
        assert slot.start >= now + rules.lead
        assert booking.local_day(slot.start, BERLIN) == day and day not in rules.closures
        today = booking.local_day(now, BERLIN)
        assert 0 <= (day - today).days < rules.horizon_days
        fitting = []
        for opening in rules.openings:
            if opening.pool != service.pool or day.weekday() not in opening.weekdays:
                continue
            if opening.services and service.id not in opening.services:
                continue
            begin, end = minutes_of_the_day(opening)
            # each five minutes of it lie, by the clock on the wall, within the hours; hours
            # whose end falls into the spring gap end an hour later by that clock
            gap = 60 if day == SPRING and (120 <= end < 180 or 120 <= begin < 180) else 0
            # hours that begin within the doubled hour go on through its second half
            again = begin if day == AUTUMN and 120 < begin < 180 else 0
            inside = [
                begin <= at_minute < end + gap or 120 <= at_minute < again
                for tick in booking.ticks_of(slot.start, slot.end)
                for of_day, at_minute in [wall_minutes(tick * TICK)]
                if of_day == day
            ]
            if all(inside):
                fitting.append(opening.desks)
        assert fitting, f"{slot} is outside all hours"
        assert 1 <= slot.free <= max(fitting)


@given(situations())
def test_the_free_places_of_a_slot_are_lanes_nobody_has_taken(
    situation: tuple[Calendar, Service, set[tuple[int, int]], int, date],
) -> None:
    rules, service, taken, now, day = situation
    empty = {s.start: s for s in booking.slots(rules, service, (), now, day, day)}
    left = {s.start: s for s in booking.slots(rules, service, taken, now, day, day)}
    assert set(left) <= set(empty)
    for start, slot in empty.items():
        ticks = booking.ticks_of(slot.start, slot.end)
        free = [
            lane for lane in range(slot.free) if not any((lane, tick) in taken for tick in ticks)
        ]
        assert (left[start].free if start in left else 0) == len(free)


@given(situations())
def test_lanes_at_agrees_with_the_list_of_slots(
    situation: tuple[Calendar, Service, set[tuple[int, int]], int, date],
) -> None:
    rules, service, _, now, day = situation
    known = {s.start: s.free for s in booking.slots(rules, service, (), now, day, day)}
    begin = booking.midnight(day, BERLIN)
    for start in range(begin, booking.midnight(day + timedelta(days=1), BERLIN), TICK):
        assert booking.lanes_at(rules, service, start, now) == known.get(start, 0)


@given(situations(), st.data())
def test_filling_a_day_never_puts_two_people_on_one_lane(
    situation: tuple[Calendar, Service, set[tuple[int, int]], int, date], data: st.DataObject
) -> None:
    rules, service, taken, now, day = situation
    open_ticks: dict[int, int] = {}
    for begin, end, desks in booking.windows(rules, service, day):
        for tick in booking.ticks_of(begin, end):
            open_ticks[tick] = max(open_ticks.get(tick, 0), desks)
    for _ in range(10):
        found = booking.slots(rules, service, taken, now, day, day)
        if not found:
            break
        slot = data.draw(st.sampled_from(found))
        ticks = booking.ticks_of(slot.start, slot.end)
        lanes = range(booking.lanes_at(rules, service, slot.start, now))
        free = [n for n in lanes if not any((n, tick) in taken for tick in ticks)]
        assert len(free) == slot.free
        mine = {(data.draw(st.sampled_from(free)), tick) for tick in ticks}
        assert not mine & taken
        taken |= mine
        assert all(lane < open_ticks[tick] for lane, tick in mine)


# --- single instants


def test_lanes_at_knows_only_exact_future_starts_within_the_hours() -> None:
    rules = calendar(hours("09:00", "10:00", desks=2), lead=600, horizon_days=3)
    now = at("2026-06-15 08:00")
    assert booking.lanes_at(rules, HALF_HOUR, at("2026-06-15 09:30"), now) == 2
    for wrong in ("09:05", "08:30", "09:45", "10:00", "12:00"):
        assert booking.lanes_at(rules, HALF_HOUR, at(f"2026-06-15 {wrong}"), now) == 0
    assert booking.lanes_at(rules, HALF_HOUR, at("2026-06-15 09:30") + 1, now) == 0
    assert booking.lanes_at(rules, HALF_HOUR, at("2026-06-14 09:30"), now) == 0
    assert booking.lanes_at(rules, HALF_HOUR, at("2026-06-17 09:30"), now) == 2
    assert booking.lanes_at(rules, HALF_HOUR, at("2026-06-18 09:30"), now) == 0


@pytest.mark.parametrize("start", [0, -1, -(10**12), 10**12, 10**15, 2**63, -(2**63), 10**30])
def test_lanes_at_says_no_to_any_number_and_never_stumbles(start: int) -> None:
    rules = calendar(hours("09:00", "10:00"))
    assert booking.lanes_at(rules, HALF_HOUR, start, at("2026-06-15 08:00")) == 0


def test_ticks_cover_the_time_without_its_end() -> None:
    assert list(booking.ticks_of(900, 1800)) == [3, 4, 5]
    assert HALF_HOUR.ticks == 6 and HALF_HOUR.step == 1800
    assert replace(HALF_HOUR, every=10).step == 600


def test_slots_are_grouped_by_the_towns_day() -> None:
    late = Slot(at("2026-06-15 23:30"), at("2026-06-16 00:00"), 1)
    early = Slot(at("2026-06-16 00:00"), at("2026-06-16 00:30"), 1)
    assert booking.next_days([late, early], BERLIN) == {
        MONDAY: [late],
        MONDAY + timedelta(days=1): [early],
    }


# --- what people type


def test_texts_come_in_the_readers_language_else_german_else_any() -> None:
    assert booking.in_language({"de": "Amt", "en": "Office"}, "en") == "Office"
    assert booking.in_language({"de": "Amt", "en": "Office"}, "tr") == "Amt"
    assert booking.in_language({"en": "Office"}, "tr") == "Office"
    assert booking.in_language({}, "tr") == ""


@pytest.mark.parametrize(
    "name",
    [
        "Jörg Müller",
        "Ayşe",
        "Ирина",
        "محمد",
        "李",
        "O'Neill-Łódź",
        "<script>Eva</script>",
        "Eva 😀",
    ],
)
def test_names_of_every_script_are_kept_as_they_are(name: str) -> None:
    assert booking.check_name(name) == name


def test_a_name_is_one_line_without_outer_or_doubled_blanks() -> None:
    assert booking.check_name("  Eva \t Maria\n Muster ") == "Eva Maria Muster"


@pytest.mark.parametrize("name", ["", "   ", "...", "😀", "12", None])
def test_a_name_has_letters(name: str) -> None:
    with pytest.raises(Invalid) as error:
        booking.check_name(name)
    assert error.value.field == "name" and error.value.extra == {"field": "name"}


@pytest.mark.parametrize(
    "name",
    ["x" * (booking.NAME_LENGTH + 1), "x" * 2**20, "Eva\0", "Eva\x1b[31m", "Eva \ud800"],
    ids=["121", "1 MB", "NUL", "escape", "half a surrogate pair"],
)
def test_a_name_too_long_or_that_cannot_be_stored_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as error:
        booking.check_name(name)
    assert error.value.field == "name" and error.value.status == 422


def test_the_longest_name_is_accepted_and_the_limit_is_told() -> None:
    assert booking.check_name("x" * booking.NAME_LENGTH)
    with pytest.raises(Invalid) as error:
        booking.check_name("x" * (booking.NAME_LENGTH + 1))
    assert error.value.params == {"limit": booking.NAME_LENGTH}


@pytest.mark.parametrize(
    "phone", ["", "07171 555010", "+49 (7171) 555-010", "0171/5550100", "+4.5.6.7.8"]
)
def test_usual_ways_to_write_a_telephone_number_are_accepted(phone: str) -> None:
    assert booking.check_phone(f" {phone} ") == phone


@pytest.mark.parametrize(
    "phone", ["123", "call me", "07171 555010 (Eva)", "1" * 33, "<script>12345"]
)
def test_what_is_no_telephone_number_is_refused(phone: str) -> None:
    with pytest.raises(Invalid) as error:
        booking.check_phone(phone)
    assert error.value.field == "phone"
