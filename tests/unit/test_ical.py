"""The calendar entry, read back by another hand than the one that wrote it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest

from tests.conftest import BERLIN, at
from vamt import states
from vamt.booking import Appointment
from vamt.ical import Entry, calendar_entry, feed

NOW = at("2026-06-01 12:00")
TEXTS = {
    "summary": "Anmeldung, Straße; Müller\\Söhne",
    "description": "Bitte bereithalten:\n- Ausweis\n- " + "Wohnungsgeberbestätigung" * 8,
    "location": "per Video, im Browser",
    "url": "https://amt.example.de/termin/abc.def-ghi_jkl",
    "reminder": "Gleich beginnt Ihr Termin",
}


def appointment(start: int, minutes: int = 30) -> Appointment:
    return Appointment("id7", "s", start, start + minutes * 60, states.Appointment.CONFIRMED, 1000)


def entry(start: int, now: float = NOW, zone: ZoneInfo = BERLIN, **more: Any) -> bytes:
    return calendar_entry(
        appointment(start, **more), **TEXTS, zone=zone, host="amt.example.de", now=now
    )


def event(raw: bytes) -> icalendar.Event:
    (found,) = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    return found


def instant(value: Any) -> int:
    return int(value.dt.timestamp())


def test_the_entry_says_what_when_and_where() -> None:
    nine = at("2026-06-15 09:00")
    found = event(entry(nine))
    for key in ("summary", "description", "location", "url"):
        assert str(found[key]) == TEXTS[key]
    assert instant(found["dtstart"]) == nine and instant(found["dtend"]) == nine + 1800
    assert found["class"] == "PRIVATE"


def test_lines_are_folded_ended_and_encoded_as_rfc_5545_says() -> None:
    raw = entry(at("2026-06-15 09:00"))
    assert raw.endswith(b"\r\n") and b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    unfolded = raw.decode("utf-8").replace("\r\n ", "")
    assert "SUMMARY:Anmeldung\\, Straße\\; Müller\\\\Söhne" in unfolded
    assert "Bitte bereithalten:\\n- Ausweis" in unfolded


def test_the_entry_brings_its_time_zone() -> None:
    calendar = icalendar.Calendar.from_ical(entry(at("2026-06-15 09:00")))
    (zone,) = calendar.walk("VTIMEZONE")
    assert str(zone["tzid"]) == "Europe/Berlin"
    assert {part.name for part in zone.subcomponents} == {"STANDARD", "DAYLIGHT"}
    assert event(entry(at("2026-06-15 09:00")))["dtstart"].params["TZID"] == "Europe/Berlin"
    assert calendar["version"] == "2.0" and calendar["method"] == "PUBLISH"


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-15 09:00",
        "2026-12-01 09:00",
        "2026-03-29 03:00",
        "2026-03-29 01:30",
        "2026-10-25 01:30",
        "2026-10-25 03:00",
    ],
)
def test_the_zone_that_comes_along_means_the_same_instant_as_ours(text: str) -> None:
    """Reckoned with the VTIMEZONE alone, as a calendar does that knows no zone names."""
    raw = entry(at(text))
    (zone,) = icalendar.Calendar.from_ical(raw).walk("VTIMEZONE")
    own_zone = zone.to_tz(lookup_tzid=False)
    for key, expected in (("dtstart", at(text)), ("dtend", at(text) + 1800)):
        naive = event(raw)[key].dt.replace(tzinfo=None)
        assert int(naive.replace(tzinfo=own_zone).timestamp()) == expected


def test_both_half_past_two_of_autumn_are_told_apart() -> None:
    """RFC 5545, 3.3.5: a local time that occurs twice means the first, so the second is in UTC."""
    first = int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())
    for start in (first - 3600, first, first + 3600, first + 7200):
        found = event(entry(start, minutes=45))
        for key, expected in (("dtstart", start), ("dtend", start + 2700)):
            value = found[key].dt
            # fold says "the second one" in Python, but nothing in the file does: forget it
            assert int(value.replace(fold=0).timestamp()) == expected, key


def test_moving_keeps_the_identity_and_raises_the_sequence() -> None:
    before = event(entry(at("2026-06-15 09:00")))
    after = event(entry(at("2026-06-16 09:00"), now=NOW + 60))
    assert before["uid"] == after["uid"] == "id7@amt.example.de"
    assert after["sequence"] > before["sequence"] >= 0
    assert instant(after["dtstamp"]) > instant(before["dtstamp"])


def test_a_clock_that_was_set_back_gives_no_negative_sequence() -> None:
    assert event(entry(at("2026-06-15 09:00"), now=5))["sequence"] == 0


def test_it_rings_a_quarter_of_an_hour_before() -> None:
    (alarm,) = icalendar.Calendar.from_ical(entry(at("2026-06-15 09:00"))).walk("VALARM")
    assert alarm["action"] == "DISPLAY" and alarm["trigger"].dt == timedelta(minutes=-15)
    assert str(alarm["description"]) == TEXTS["reminder"]


def test_a_feed_keeps_the_hour_that_exists_twice_apart() -> None:
    """On 25 October 2026, 02:30 exists twice in Berlin."""
    first = at("2026-10-25 00:30") + 2 * 3600
    entries = [Entry(str(n), first + n * 3600, first + n * 3600 + 600, 1, "Rat") for n in (0, 1)]
    raw = feed(entries, name="Amt", url="https://amt.example/amt", zone=BERLIN, host="amt.example")
    calendar = icalendar.Calendar.from_ical(raw)
    assert [instant(one["dtstart"]) for one in calendar.walk("VEVENT")] == [first, first + 3600]
    assert calendar["x-wr-calname"] == "Amt" and calendar.walk("VTIMEZONE")
    assert raw == feed(
        entries, name="Amt", url="https://amt.example/amt", zone=BERLIN, host="amt.example"
    )
