"""Calendars (RFC 5545) with their time zone: one appointment for the citizen, all for a clerk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event

from vamt.booking import Appointment


def calendar_entry(
    appointment: Appointment,
    *,
    summary: str,
    description: str,
    location: str,
    url: str,
    zone: ZoneInfo,
    host: str,
    now: float,
    reminder: str,
) -> bytes:
    """One VEVENT with VTIMEZONE and an alarm 15 minutes before.

    The UID stays the same when the appointment is moved, and DTSTAMP/SEQUENCE grow, so that
    calendars replace the entry instead of adding a second one.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//vamt//Virtuelles Amt//DE")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    event = Event()
    event.add("uid", f"{appointment.id}@{host}")
    event.add("dtstamp", datetime.fromtimestamp(int(now), UTC))
    event.add("sequence", max(0, int(now) - appointment.created))
    event.add("dtstart", _moment(appointment.start, zone))
    event.add("dtend", _moment(appointment.end, zone))
    event.add("summary", summary)
    event.add("description", description)
    event.add("location", location)
    event.add("url", url)
    event.add("class", "PRIVATE")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", reminder)
    alarm.add("trigger", timedelta(minutes=-15))
    event.add_component(alarm)
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()


def _moment(instant: int, zone: ZoneInfo) -> datetime:
    """Local time; UTC where a local time would mean the first of two (RFC 5545, 3.3.5)."""
    local = datetime.fromtimestamp(instant, zone)
    return local.astimezone(UTC) if local.fold else local


@dataclass(frozen=True, slots=True)
class Entry:
    """One appointment in a clerk's calendar. Instants in Unix seconds."""

    id: str
    start: int
    end: int
    created: int
    summary: str


def feed(entries: Sequence[Entry], *, name: str, url: str, zone: ZoneInfo, host: str) -> bytes:
    """A calendar to subscribe to. The same entries give the same bytes.

    Nothing in it blocks the clerk's own time: the appointments are the office's, until she calls.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//vamt//Virtuelles Amt//DE")
    calendar.add("version", "2.0")
    calendar.add("name", name)  # RFC 7986; the next is what older programs read
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(minutes=15), parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry.id}@{host}")
        event.add("dtstamp", datetime.fromtimestamp(entry.created, UTC))
        event.add("dtstart", _moment(entry.start, zone))
        event.add("dtend", _moment(entry.end, zone))
        event.add("summary", entry.summary)
        event.add("url", url)
        event.add("class", "PRIVATE")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()
