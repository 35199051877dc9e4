"""The calendar entry of an appointment (RFC 5545), with its time zone."""

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
