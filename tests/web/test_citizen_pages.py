"""The page behind the booking link and its forms: data, calendar entry, move, cancel, code."""

from datetime import UTC, datetime
from typing import Any

import pytest
from icalendar import Calendar

from tests.web.pages import Html
from tests.web.served import BERLIN, Booking, Clock, Town, visit
from vamt import app as office

NINE = "2026-11-23T09:00:00+01:00"


def state_of(town: Town, booking: Booking) -> str:
    """The stored state."""
    return str(town.appointment(booking.id)["state"])


# --- the page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "de",
            [
                "Ihr Termin",
                "Montag, 23. November 2026 um 09:00",
                "Ausweis",
                "Alter Ausweis",
                "Geburtsdatum",
                "In den Kalender eintragen",
            ],
        ),
        (
            "en",
            [
                "Your appointment",
                "Monday, November 23, 2026 at 09:00",
                "ID card",
                "Old ID card",
                "Date of birth",
                "Put it into my calendar",
            ],
        ),
    ],
)
async def test_readable_without_scripts(town: Town, language: str, words: list[str]) -> None:
    booking = await town.book("ausweis", language=language)
    browser = town.browser("fr")  # the language she booked in counts more than the browser's
    page = await browser.get(booking.path)
    assert page.language == language
    for word in words:
        assert word in page.words, word
    for below in ("/kalender.ics", "/verschieben", "/absagen"):
        assert page.link(below)
    assert any("JavaScript" in words for words in page.headings)


async def test_the_errand_is_told_in_her_language_and_the_clerk_reads_it_in_his(town: Town) -> None:
    booking = await town.book("rat", language="tr")
    page = await town.browser("de").get(booking.path)
    assert page.language == "de" and "Danışma" in page.words
    assert [a for tag, a in page.tags if tag == "dd" and a.get("lang") == "tr"]
    for words in ("elektronisch kostenlos, auf Papier 9,00 €", "Sie zeigen uns Ihren Ausweis."):
        assert words in page.words
    both = await visit(town, booking=booking)
    state = await both.citizen.until(lambda s: s["visit"])
    assert (state["service"], state["texts"]) == ("Danışma", "tr")
    desk = await both.clerk.until(lambda s: s["visit"])
    assert desk["appointment"]["service"] == "Rat und Tat"
    assert desk["appointment"]["steps"] == ["Ausweis", "Gebühr", "Aushändigung"]


async def test_what_the_page_starts_with(town: Town, clock: Clock) -> None:
    """The boot data: a seat of its own for each load, the state, the town's pictures."""
    booking = await town.book("ausweis")
    boot, again = await town.boot(booking.path), await town.boot(booking.path)
    assert boot["seat"] != again["seat"] and boot["epoch"] < again["epoch"]
    assert boot["link"] == booking.link
    assert boot["pictures"] == [
        {"url": "/bilder/markt.svg", "caption": "Der Markt", "alt": "Ein Bild vom Markt"}
    ]
    assert boot["state"]["state"] == "confirmed"
    assert boot["state"]["may"] == ["enter", "cancel", "move"]
    assert boot["state"]["fields"][0]["key"] == "birth_date"
    assert boot["just_booked"] is False
    assert (await town.boot(f"{booking.path}?neu=1"))["just_booked"] is True


async def test_a_name_cannot_break_out_of_the_script(town: Town) -> None:
    name = "</script><script>alert(1)</script><!-- A"
    booking = await town.book(name=name)
    boot = await town.boot(booking.path)
    assert boot["state"]["name"] == name
    async with town.http.get(booking.path) as answer:
        text = await answer.text()
    assert "<script>alert" not in text and "<!-- A" not in text


@pytest.mark.parametrize(
    ("language", "words"), [("de", "Dieser Link ist abgelaufen"), ("en", "This link has expired")]
)
async def test_an_expired_link(town: Town, clock: Clock, language: str, words: str) -> None:
    """It answers until the end of the day after the appointment, then says so; all below, too."""
    booking = await town.book("ausweis")
    clock.set(datetime(2026, 11, 24, 23, 59, tzinfo=BERLIN))
    browser = town.browser()
    await browser.get(f"/?lang={language}")
    await browser.get(booking.path)
    assert browser.status == 200
    clock.set(datetime(2026, 11, 25, 0, 0, tzinfo=BERLIN))
    before = town.dump()
    for below in ("", "/kalender.ics", "/handy.svg", "/verschieben", "/absagen"):
        page = await browser.get(booking.path + below)
        assert browser.status == 410, below
        assert words in page.words
    for below in ("/angaben", "/verschieben", "/absagen"):
        async with browser.session.post(
            booking.path + below, data={"start": NINE, "birth_date": "2000-01-01"}
        ) as answer:
            assert answer.status == 410
    assert town.dump() == before


async def test_an_anonymised_appointment(town: Town, clock: Clock) -> None:
    """After the retention nothing about her is left, and the link says it has expired."""
    booking = await town.book("ausweis", name="Zacharias", email="zacharias@example.org")
    clock.forward(86400)
    assert await town.app[office.RETENTION].close_day() == 1
    clock.forward(40 * 86400)
    assert await town.app[office.RETENTION].forget() == 1
    browser = town.browser()
    await browser.get(booking.path)
    assert browser.status == 410
    assert "acharias" not in repr(town.dump())
    page = await browser.get("/postfach")
    assert browser.status == 200 and "acharias" not in page.words


async def test_a_held_time_has_no_page_yet(town: Town) -> None:
    browser = town.browser()
    await browser.get("/termine?service=rat")
    await browser.submit(start=NINE)
    [held] = town.rows("select id from appointments")
    token = town.app[office.LINKS].token(held["id"])
    page = await browser.get(f"/termin/{token}")
    assert browser.status == 409
    assert "noch nicht bestätigt" in page.words


# --- her data


async def test_giving_data_by_form(town: Town) -> None:
    booking = await town.book("ausweis")
    browser = town.browser()
    page = await browser.get(booking.path)
    form = page.form("birth_date")
    assert form.fields["purpose"].choices == ["", "bank", "other"]
    page = await browser.submit(form, birth_date="1990-02-28", purpose="other")
    assert (browser.status, browser.url) == (200, booking.path)
    assert page.form("birth_date").values() == {"birth_date": "1990-02-28", "purpose": "other"}
    assert (
        town.appointment(booking.id)["data"] == '{"birth_date": "1990-02-28", "purpose": "other"}'
    )
    await browser.submit(page.form("birth_date"), birth_date="1990-03-01")  # and changing it
    assert '"1990-03-01"' in town.appointment(booking.id)["data"]


WRONG_DATA: list[dict[str, str]] = [
    {"birth_date": "gestern"},
    {"birth_date": "1990-02-30"},
    {"birth_date": "31.12.1990"},
    {"birth_date": "\0"},
    {"birth_date": "<script>alert(1)</script>"},
    {"birth_date": "9" * 501},
    {"purpose": "unfug"},
    {"purpose": "x" * 100_000},
    {"birth_date": "gestern", "purpose": "bank"},
    {"strange": "field"},
    {"birth_date": "1990-02-28", "strange": ""},
    {"name": "Somebody Else"},
    {"state": "finished"},
]


async def test_wrong_data(town: Town) -> None:
    """The wrong field says what is wrong, what she typed stays; nothing is stored."""
    booking = await town.book("ausweis")
    before = town.dump()
    for wrong in WRONG_DATA:
        async with town.http.post(f"{booking.path}/angaben", data=wrong) as answer:
            text = await answer.text()
            assert answer.status == 422, wrong
        page = Html(text)
        [trouble] = [a for _, a in page.tags if a.get("data-part") == "trouble"]
        key = next(iter(wrong))
        if set(wrong) <= {"birth_date", "purpose"}:
            assert len(page.errors[f"data-{key}"]) > 10, wrong
        else:
            assert "Diese Angabe kennen wir nicht" in page.words and "hidden" not in trouble, wrong
        if "\0" not in wrong[key]:
            shown = page.form("birth_date").values()
            assert shown["birth_date"] == wrong.get("birth_date", "")[:500]
        assert "<script>alert" not in text
    assert town.dump() == before


async def test_data_after_the_visit_is_refused(town: Town) -> None:
    booking = await town.book("rat")
    met = await visit(town, booking=booking)
    await met.clerk.do("end")
    before = town.dump()
    async with town.http.post(f"{booking.path}/angaben", data={"a": "b"}) as answer:
        assert answer.status == 409
    assert town.dump() == before


# --- the calendar entry


async def entry(town: Town, path: str, **headers: str) -> tuple[Any, Any]:
    """The calendar and its only event."""
    async with town.http.get(f"{path}/kalender.ics", headers=headers) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/calendar" and answer.charset == "utf-8"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="termin.ics"'
        body = await answer.read()
    assert b"\r\n" in body
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))  # RFC 5545, 3.1
    calendar = Calendar.from_ical(body)
    [event] = calendar.walk("VEVENT")
    return calendar, event


@pytest.mark.parametrize(
    ("today", "start", "instant"),
    [
        # winter, summer, and the days on which the clocks change
        (datetime(2026, 11, 23, 8, 0), "2026-11-23T09:00:00+01:00", (2026, 11, 23, 8, 0)),
        (datetime(2026, 6, 29, 8, 0), "2026-06-29T09:00:00+02:00", (2026, 6, 29, 7, 0)),
        (datetime(2026, 3, 27, 8, 0), "2026-03-30T09:00:00+02:00", (2026, 3, 30, 7, 0)),
        (datetime(2026, 10, 23, 8, 0), "2026-10-26T09:00:00+01:00", (2026, 10, 26, 8, 0)),
    ],
)
async def test_the_calendar_entry(
    town: Town, clock: Clock, today: datetime, start: str, instant: tuple[int, ...]
) -> None:
    clock.set(today.replace(tzinfo=BERLIN))
    booking = await town.book("ausweis", start, name="Ada")
    calendar, event = await entry(town, booking.path)
    [zone] = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == "Europe/Berlin" == event["DTSTART"].params["TZID"]
    assert event["DTSTART"].dt.astimezone(UTC) == datetime(*instant, tzinfo=UTC)
    assert (event["DTEND"].dt - event["DTSTART"].dt).total_seconds() == 1800
    # and the VTIMEZONE itself says the same to a calendar without a zone database
    there = zone.to_tz(lookup_tzid=False)
    naive = event["DTSTART"].dt.replace(tzinfo=None)
    assert naive.replace(tzinfo=there).astimezone(UTC) == datetime(*instant, tzinfo=UTC)
    assert event["UID"] == f"{booking.id}@localhost"
    assert event["SUMMARY"] == "Ausweis – Stadt Kleinstadt"
    assert event["URL"] == booking.link and booking.link in event["DESCRIPTION"]
    assert "Biometrisches Foto" in event["DESCRIPTION"]
    assert event["CLASS"] == "PRIVATE"
    [alarm] = event.walk("VALARM")
    assert alarm["TRIGGER"].dt.total_seconds() == -900
    assert "Ada" not in event.to_ical().decode()  # calendars are shared; the entry names no one


async def test_a_moved_entry_replaces_the_old_one(town: Town, clock: Clock) -> None:
    booking = await town.book("ausweis", NINE)
    _, old = await entry(town, booking.path)
    clock.forward(60)
    async with town.http.post(
        f"{booking.path}/verschieben", data={"start": "2026-11-24T10:00:00+01:00"}
    ):
        pass
    _, new = await entry(town, booking.path, Cookie="lang=en")
    assert new["UID"] == old["UID"] and new["SEQUENCE"] > old["SEQUENCE"]
    assert new["DTSTART"].dt.astimezone(UTC) == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert new["SUMMARY"].startswith("ID card")


# --- moving


async def test_moving_by_forms(town: Town) -> None:
    booking = await town.book("einzeln", NINE)
    browser = town.browser()
    page = await browser.get(booking.path)
    page = await browser.get(page.link("/verschieben"))
    offered = page.form("start").fields["start"].choices
    assert NINE not in offered  # it is hers
    assert page.form("start").buttons == ["Termin verschieben"]
    page = await browser.submit(page.form("start"), start=offered[0])
    assert browser.url == f"{booking.path}?neu=1"
    assert "09:30" in page.words
    assert town.appointment(booking.id)["start"] == datetime.fromisoformat(offered[0]).timestamp()
    assert NINE in await town.free("einzeln") and offered[0] not in await town.free("einzeln")
    assert [row["kind"] for row in town.rows("select kind from outbox order by number")] == [
        "confirmation",
        "moved",
    ]


async def test_moving_to_a_time_that_went(town: Town) -> None:
    booking = await town.book("einzeln", NINE)
    browser = town.browser()
    page = await browser.get(f"{booking.path}/verschieben")
    wanted = page.form("start").fields["start"].choices[0]
    await town.book("einzeln", wanted)
    before = town.dump()
    page = await browser.submit(page.form("start"), start=wanted)
    assert browser.status == 409
    assert "schneller" in page.words
    offered = page.form("start").fields["start"].choices
    assert wanted not in offered and offered
    assert town.dump() == before  # she keeps her old time
    await browser.submit(page.form("start"), start=offered[0])
    assert town.appointment(booking.id)["start"] == datetime.fromisoformat(offered[0]).timestamp()


async def test_moving_to_where_it_is_changes_nothing(town: Town) -> None:
    booking = await town.book("einzeln", NINE)
    before = town.dump()
    async with town.http.post(
        f"{booking.path}/verschieben", data={"start": NINE}, allow_redirects=False
    ) as answer:
        assert answer.status == 303
    assert town.dump() == before


async def test_moving_without_a_choice(town: Town) -> None:
    booking = await town.book("rat")
    browser = town.browser()
    page = await browser.get(f"{booking.path}/verschieben?from=2026-11-25")
    before = town.dump()
    page = await browser.submit(page.form("start"))
    assert browser.status == 422
    assert "Bitte wählen Sie eine Zeit" in page.words
    assert town.dump() == before


async def test_paging_while_moving_stays_with_the_appointment(town: Town) -> None:
    booking = await town.book("rat")
    browser = town.browser()
    page = await browser.get(f"{booking.path}/verschieben")
    later = next(href for href, words in page.links if words == "Spätere Tage")
    assert later.startswith(f"{booking.path}/verschieben?from=")
    page = await browser.get(later)
    assert page.form("start").action == f"{booking.path}/verschieben"
    assert page.form("start").fields["start"].choices[0].startswith("2026-11-30")


# --- cancelling


async def test_cancelling_by_forms(town: Town) -> None:
    booking = await town.book("einzeln", NINE)
    browser = town.browser()
    page = await browser.get(booking.path)
    page = await browser.get(page.link("/absagen"))
    assert "Termin absagen?" in " ".join(page.headings) or "absagen" in page.headings[0]
    assert state_of(town, booking) == "confirmed"  # asking is not doing
    assert (booking.path, "Nein, behalten") in page.links or page.link(booking.path)
    page = await browser.submit(page.form())
    assert browser.url == booking.path
    assert state_of(town, booking) == "cancelled"
    assert "Ihr Termin ist abgesagt" in page.headings
    assert NINE in await town.free("einzeln")
    # once more, from a page that was still open
    async with browser.session.post(f"{booking.path}/absagen") as answer:
        assert answer.status == 200
    await browser.get(f"{booking.path}/absagen")
    assert browser.url == booking.path
    assert [row["kind"] for row in town.rows("select kind from outbox order by number")] == [
        "confirmation",
        "cancelled",
    ]


async def test_a_cancelled_appointment_stays_cancelled(town: Town) -> None:
    booking = await town.book("ausweis")
    async with town.http.post(f"{booking.path}/absagen"):
        pass
    before = town.dump()
    browser = town.browser()
    await browser.get(f"{booking.path}/verschieben")
    assert browser.status == 409
    for below, data in (
        ("/verschieben", {"start": "2026-11-24T10:00:00+01:00"}),
        ("/angaben", {"birth_date": "1990-01-01"}),
    ):
        async with town.http.post(booking.path + below, data=data) as answer:
            assert answer.status == 409
    assert town.dump() == before


async def test_who_is_being_served_can_neither_move_nor_cancel(town: Town) -> None:
    met = await visit(town)
    before = town.dump()
    browser = town.browser()
    for below in ("/verschieben", "/absagen"):
        page = await browser.get(met.booking.path + below)
        assert browser.status == 409
        assert "nicht mehr" in page.words
        async with browser.session.post(
            met.booking.path + below, data={"start": "2026-11-24T10:00:00+01:00"}
        ) as answer:
            assert answer.status == 409
    assert town.dump() == before


async def test_cancelling_in_the_waiting_room(town: Town) -> None:
    """Whoever waits may still cancel; the one behind moves up."""
    first, second = await town.book("rat"), await town.book("rat")
    one = await town.citizen(first, enter=True)
    two = await town.citizen(second, enter=True)
    await two.until(lambda s: s["queue"] and s["queue"]["position"] == 2)
    async with town.http.post(f"{first.path}/absagen") as answer:
        assert answer.status == 200
    await one.until(lambda s: s["state"] == "cancelled")
    await two.until(lambda s: s["queue"] and s["queue"]["position"] == 1)


# --- the code for the phone


async def test_the_code_for_the_phone(town: Town) -> None:
    booking = await town.book()
    async with town.http.get(f"{booking.path}/handy.svg") as answer:
        assert answer.content_type == "image/svg+xml"
        body = await answer.read()
    assert body.startswith(b"<svg") and b"<script" not in body
    other = await town.book()
    async with town.http.get(f"{other.path}/handy.svg") as answer:
        assert await answer.read() != body


async def test_every_state_has_its_screen(town: Town) -> None:
    """The server shows the screen that fits, before any script runs."""

    async def screen(booking: Booking) -> str:
        async with town.http.get(booking.path) as answer:
            page = Html(await answer.text())
        return next(a["data-screen"] for _, a in page.tags if "data-screen" in a)

    booking = await town.book()
    citizen = await town.citizen(booking)
    clerk = await town.clerk()
    assert await screen(booking) == "appointment"
    await citizen.do("enter")
    assert await screen(booking) == "waiting"
    await clerk.do("call")
    assert await screen(booking) == "called"
    await citizen.do("answer")
    assert await screen(booking) == "visit"
    await citizen.do("park")
    assert await screen(booking) == "parked"
    await citizen.do("return")
    await clerk.do("missed", {"appointment": booking.id})
    assert await screen(booking) == "missed"
    await citizen.do("enter")
    await clerk.do("call")
    await citizen.do("answer")
    await clerk.do("end")
    assert await screen(booking) == "finished"
