"""Booking by plain forms: what a browser without JavaScript, or a keyboard alone, can do."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.web.served import BERLIN, TOWN, Browser, Clock, Town, free_port, town_settings

ADA = {"name": "Ada Lovelace", "email": "ada@example.org"}
NINE = "2026-11-23T09:00:00+01:00"
HALF_PAST = "2026-11-23T09:30:00+01:00"


async def choose(browser: Browser, service: str, start: str = "") -> None:
    """From the start page to the form for name and address."""
    await browser.get("/")
    await browser.submit(service=service)
    offered = browser.page.form("start").fields["start"].choices
    await browser.submit(start=start or offered[0])


def booked(town: Town) -> list[dict[str, Any]]:
    """The confirmed appointments."""
    return town.rows("select * from appointments where state = 'confirmed'")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", ["Rathaus", "Zeit wählen", "Ihre Angaben", "Ihr Termin ist gebucht", "Bestätigt"]),
        (
            "en",
            [
                "town hall",
                "Choose a time",
                "Your details",
                "Your appointment is booked",
                "Confirmed",
            ],
        ),
    ],
)
async def test_the_whole_way(town: Town, language: str, words: list[str]) -> None:
    """Service, time, details, link: four pages, four forms, no script."""
    browser = town.browser(language)
    page = await browser.get("/")
    assert (page.language, browser.status) == (language, 200)
    assert words[0] in page.words
    assert page.form().buttons == ["Termin buchen" if language == "de" else "Book appointment"]

    page = await browser.submit(service="ausweis")
    assert words[1] in page.headings
    assert page.form().buttons == ["Weiter" if language == "de" else "Continue"]
    assert page.form().fields["start"].value is None  # nothing is chosen for her

    page = await browser.submit(start=HALF_PAST)
    assert browser.url == "/buchen"
    assert words[2] in page.headings
    assert "09:30" in page.words and "08:40" in page.words  # the time, and until when it is held
    form = page.form()
    assert form.buttons == ["Verbindlich buchen" if language == "de" else "Book now"]
    assert form.fields["language"].value == language
    assert form.fields["language"].choices == ["de", "en", "tr"]

    page = await browser.submit(**ADA, phone="07171 555", language="tr")
    assert browser.status == 200 and browser.url.startswith("/termin/")
    assert words[3] in page.headings and words[4] in page.words
    assert ("Biometrisches Foto" if language == "de" else "Biometric photo") in page.words
    [mine] = booked(town)
    assert (mine["service"], mine["name"], mine["email"]) == ("ausweis", *ADA.values())
    assert (mine["phone"], mine["language"]) == ("07171 555", "tr")
    assert mine["start"] == datetime.fromisoformat(HALF_PAST).timestamp()
    assert mine["hold_until"] is None

    # the page shows its own link; it opens in any browser
    link = next(a["value"] for tag, a in page.tags if a.get("id") == "page-link")
    other = town.browser(language)
    assert "Ada Lovelace" in (await other.get(link)).words
    assert words[3] not in other.page.headings  # only the one who booked is congratulated


async def test_what_an_errand_costs_and_what_happens_is_told_before_booking(town: Town) -> None:
    page = await town.browser("de").get("/")
    for words in (
        "Gebühr: elektronisch kostenlos, auf Papier 9,00 €",
        "Für Kinder kostenlos.",
        "Sie zeigen uns Ihren Ausweis.",
        "Rechtsgrundlage: GO § 1",
    ):
        assert words in page.words.replace("\xa0", " ")


async def test_an_errand_is_named_in_her_language_where_the_town_writes_it(town: Town) -> None:
    """A Ukrainian browser: the page is German, the errand Ukrainian, and marked as such."""
    browser = town.browser("uk")
    page = await browser.get("/termine?service=rat")
    assert page.language == "de" and "Порада" in page.words
    assert [tag for tag, a in page.tags if a.get("lang") == "uk" and a.get("dir") == "ltr"]
    await browser.get("/?lang=de")  # she has chosen German
    page = await browser.get("/termine?service=rat")
    assert "Rat und Tat" in page.words and "Порада" not in page.words


async def test_a_second_errand_is_added_and_dropped_by_links(town: Town) -> None:
    """Without a script; the times are for all, and so is the appointment."""
    browser = town.browser("de")
    page = await browser.get("/termine?service=rat")
    add = [a["href"] for tag, a in page.tags if "also=" in a.get("href", "")]
    assert add == ["/termine?service=rat&also=ausweis"]  # "einzeln" is done at other desks
    page = await browser.get(add[0])
    assert "Zusammen: etwa 40 Minuten" in page.words
    drop = [a["href"] for tag, a in page.tags if a.get("class") == "errands__drop"]
    assert drop == ["/termine?service=ausweis", "/termine?service=rat"]

    page = await browser.submit(start=NINE)
    assert "Rat und Tat + Ausweis" in page.words and "etwa 40 Minuten" in page.words
    back = [a["href"] for tag, a in page.tags if a.get("class") == "back"]
    assert back == ["/termine?service=rat&also=ausweis&from=2026-11-23"]
    page = await browser.submit(**ADA)
    for words in ("Rat und Tat + Ausweis", "Alter Ausweis", "Biometrisches Foto", "Geburtsdatum"):
        assert words in page.words
    assert page.words.count("Alter Ausweis") == 1
    [mine] = booked(town)
    assert (mine["service"], mine["also"]) == ("rat", '["ausweis"]')
    assert mine["end"] - mine["start"] == 40 * 60

    page = await browser.get(f"{browser.url.partition('?')[0]}/verschieben")
    assert "etwa 40 Minuten" in page.words and "hinzufügen" not in page.words


@pytest.mark.parametrize(
    "also, status", [("rat", 422), ("einzeln", 422), ("nichts", 404), (",,", 200), ("a,b,c", 422)]
)
async def test_errands_that_do_not_go_together_cannot_be_typed(
    town: Town, also: str, status: int
) -> None:
    browser = town.browser()
    await browser.get(f"/termine?service=rat&also={also}")
    assert browser.status == status


async def test_each_control_has_a_label(town: Town) -> None:
    """What a screen reader announces; and nothing that only scripts could work."""
    browser = town.browser()
    await choose(browser, "ausweis")
    for path in ("/", "/termine?service=rat", "/buchen"):
        page = await browser.get(path)
        named = {a["for"] for tag, a in page.tags if tag == "label" and "for" in a}
        inside = sum(1 for tag, a in page.tags if tag == "label" and "for" not in a)
        bare = [
            a
            for tag, a in page.tags
            if tag in ("input", "select", "textarea")
            and a.get("type") != "hidden"
            and a.get("id") not in named
        ]
        assert len(bare) <= inside, bare
        assert not [a for tag, a in page.tags if tag == "button" and a.get("type") == "button"]


async def test_only_real_times_are_offered(town: Town, clock: Clock) -> None:
    clock.set(datetime(2026, 11, 23, 11, 0, 1, tzinfo=BERLIN))
    browser = town.browser()
    page = await browser.get("/termine?service=ausweis")
    offered = page.form().fields["start"].choices
    assert offered[0] == "2026-11-23T11:30:00+01:00"
    days = {start[:10] for start in offered}
    assert days == {f"2026-11-{day}" for day in (23, 24, 25, 26, 27)}  # no weekend


async def test_paging_reaches_every_day_and_no_other(town: Town) -> None:
    browser = town.browser()
    await browser.get("/termine?service=rat")
    seen: list[str] = []
    for _ in range(10):
        seen += browser.page.form().fields["start"].choices
        later = [href for href, words in browser.page.links if words == "Spätere Tage"]
        if not later:
            break
        await browser.get(later[0])
    assert len(seen) == len(set(seen)) == 4 * 5 * 18
    assert seen[-1] == "2026-12-18T11:50:00+01:00"  # 28 days, today counted
    for _ in range(10):
        earlier = [href for href, words in browser.page.links if words == "Frühere Tage"]
        if not earlier:
            break
        await browser.get(earlier[0])
    assert browser.page.form().fields["start"].choices[0] == NINE


async def test_full_days_lead_to_the_next_free_one(town: Town, clock: Clock) -> None:
    """From Friday noon on, the seven days shown begin with a weekend; then a link leads on."""
    clock.set(datetime(2026, 12, 18, 12, 1, tzinfo=BERLIN))
    browser = town.browser()
    page = await browser.get("/termine?service=einzeln&from=2026-12-18")
    offered = page.form().fields["start"].choices
    assert offered[0] == "2026-12-21T09:00:00+01:00"
    for start in offered:
        await town.book("einzeln", start)
    page = await browser.get("/termine?service=einzeln&from=2026-12-18")
    assert not [f for f in page.forms if "start" in f.fields]
    assert "28. Dezember 2026" in page.words
    target = next(href for href, words in page.links if words == "Diesen Tag zeigen")
    page = await browser.get(target)
    assert page.form().fields["start"].choices[0] == "2026-12-28T09:00:00+01:00"


async def test_pressing_book_twice_books_once(town: Town) -> None:
    browser = town.browser()
    await choose(browser, "rat")
    form, url = browser.page.form(), browser.url
    await browser.submit(form, **ADA)
    first = browser.url
    browser.url = url
    await browser.submit(form, **ADA)
    assert (browser.status, browser.url) == (200, first)
    assert len(booked(town)) == 1
    assert len(town.rows("select * from outbox")) == 1


async def test_pressing_book_twice_at_once_books_once(town: Town) -> None:
    browser = town.browser()
    await choose(browser, "rat")
    body = browser.page.form().filled(**ADA)

    async def press() -> str:
        async with browser.session.post("/buchen", data=body, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
            return answer.headers["Location"].partition("?")[0]

    assert len(set(await asyncio.gather(*(press() for _ in range(5))))) == 1
    assert len(booked(town)) == 1
    assert len(town.rows("select * from outbox")) == 1


async def test_going_back_after_booking(town: Town) -> None:
    """The form leads to the booking; another time can be booked beside it."""
    browser = town.browser()
    await choose(browser, "rat")
    await browser.submit(**ADA)
    link = browser.url.partition("?")[0]
    await browser.get("/buchen")
    assert browser.url == link
    await browser.get("/termine?service=rat")
    await browser.submit(start=HALF_PAST)
    assert browser.url == "/buchen"
    assert len(booked(town)) == 1
    await browser.submit(**ADA)
    assert len(booked(town)) == 2


async def test_going_back_to_choose_another_time(town: Town) -> None:
    """The first hold is given up at once; nobody blocks two times by dithering."""
    browser = town.browser()
    await choose(browser, "einzeln", NINE)
    assert NINE not in await town.free("einzeln")
    await browser.get(next(href for href, words in browser.page.links if "ndere Zeit" in words))
    offered = browser.page.form().fields["start"].choices
    assert NINE not in offered
    await browser.submit(start=HALF_PAST)
    assert NINE in await town.free("einzeln") and HALF_PAST not in await town.free("einzeln")
    await browser.submit(**ADA)
    [mine] = booked(town)
    assert mine["start"] == datetime.fromisoformat(HALF_PAST).timestamp()


async def test_a_held_time_is_kept_for_ten_minutes(town: Town, clock: Clock) -> None:
    browser = town.browser()
    await choose(browser, "einzeln", NINE)
    clock.forward(599)
    wish = {"service": "einzeln", "start": NINE, "name": "Eve", "email": "eve@example.org"}
    async with town.http.post("/api/v1/appointments", json=wish) as answer:
        assert answer.status == 409
    await browser.submit(**ADA)
    assert len(booked(town)) == 1


async def test_a_hold_that_ran_out_is_renewed_while_nobody_came(town: Town, clock: Clock) -> None:
    browser = town.browser()
    await choose(browser, "einzeln", NINE)
    clock.forward(601)
    page = await browser.get("/buchen")
    assert "reservieren" not in page.words.replace("Reservierung", "")
    assert not [a for tag, a in page.tags if a.get("id") == "hold"]
    await browser.submit(**ADA)
    assert browser.url.startswith("/termin/")
    assert len(booked(town)) == 1


async def test_somebody_else_took_the_time(town: Town, clock: Clock) -> None:
    """After the hold ran out: 409, the next free times, and nothing typed is lost."""
    browser = town.browser()
    await choose(browser, "einzeln", NINE)
    form = browser.page.form()
    clock.forward(601)
    await town.book("einzeln", NINE)
    typed = {
        "name": "Ada <b>Lovelace</b>",
        "email": "ada@example.org",
        "phone": "07171 555",
        "language": "tr",
    }
    page = await browser.submit(form, **typed)
    assert browser.status == 409
    assert "schneller" in page.words
    offered = page.form().fields["start"].choices
    assert offered[0] == HALF_PAST and NINE not in offered
    assert "Als Nächstes frei" in page.words or "als Nächstes frei" in page.words

    await browser.get(browser.page.form().action + "?service=einzeln&from=2026-11-30")  # she pages
    page = await browser.submit(start="2026-11-30T09:30:00+01:00")
    assert browser.url == "/buchen"
    assert page.form().values() == typed
    await browser.submit()
    [mine] = [row for row in booked(town) if row["email"] == "ada@example.org"]
    assert mine["name"] == typed["name"]
    assert mine["start"] == datetime(2026, 11, 30, 9, 30, tzinfo=BERLIN).timestamp()

    page = await browser.get("/termine?service=rat")  # the next one at this computer starts afresh
    page = await browser.submit(start=page.form().fields["start"].choices[0])
    assert page.form().values()["name"] == ""


async def test_the_time_went_while_she_looked(town: Town) -> None:
    """Between the list and the choice: 409 on the same page, which works on."""
    browser = town.browser()
    await browser.get("/termine?service=einzeln")
    await town.book("einzeln", NINE)
    page = await browser.submit(start=NINE)
    assert browser.status == 409
    assert page.form().fields["start"].choices[0] == HALF_PAST
    assert page.errors == {} and "Fehler" in page.title
    await browser.submit(start=HALF_PAST)
    assert browser.url == "/buchen"
    await browser.submit(**ADA)
    assert len(booked(town)) == 2


async def test_choosing_nothing(town: Town) -> None:
    browser = town.browser()
    await browser.get("/termine?service=rat")
    before = town.dump()
    page = await browser.submit()
    assert browser.status == 422
    assert "Bitte wählen Sie eine Zeit" in page.words
    assert page.form().fields["start"].choices
    assert town.dump() == before


WRONG: list[tuple[dict[str, str], set[str]]] = [
    ({"name": ""}, {"name"}),
    ({"name": " \t "}, {"name"}),
    ({"name": "A" * 121}, {"name"}),
    ({"name": "Ada\x00"}, {"name"}),
    ({"name": "12 34"}, {"name"}),
    ({"email": ""}, {"email"}),
    ({"email": "ada@"}, {"email"}),
    ({"email": "ada@example.org\r\nBcc: eve@example.org"}, {"email"}),
    ({"phone": "unbekannt"}, {"phone"}),
    ({"phone": "+49 171 " + "1" * 30}, {"phone"}),
    ({"name": "", "email": "", "phone": "x"}, {"name", "email", "phone"}),
    ({"name": "<script>alert(1)</script>", "email": "<script>"}, {"email"}),
    ({"name": '"><img src=x onerror=alert(1)>', "email": "'\"><b>"}, {"email"}),
    ({"name": "{{ 7*7 }} %(limit)s", "email": "%s"}, {"email"}),
]


async def test_wrong_entries(town: Town) -> None:
    """Each wrong field says so, linked from a summary; what she typed stays, harmless."""
    browser = town.browser()
    await choose(browser, "rat")
    before = town.dump()
    for wrong, fields in WRONG:
        typed = {**ADA, "phone": "", "language": "de", **wrong}
        page = await browser.submit(**typed)
        assert browser.status == 422, wrong
        assert set(page.errors) == fields, wrong
        assert all(len(words) > 10 for words in page.errors.values())
        assert page.title.startswith("Fehler")
        assert {href for href, _ in page.links if href.startswith("#")} >= {f"#{f}" for f in fields}
        if not any(c in typed["name"] + typed["email"] for c in "\x00\r\t"):
            assert page.form().values() == typed, wrong
        assert "<script>alert" not in page.source and "<img src=x" not in page.source
        invalid = {a["name"] for _, a in page.tags if a.get("aria-invalid") == "true"}
        assert invalid == fields
    assert town.dump() == before
    await browser.submit(**ADA)
    assert browser.status == 200 and len(booked(town)) == 1


async def test_a_language_nobody_speaks(town: Town) -> None:
    browser = town.browser()
    await choose(browser, "rat")
    async with browser.session.post("/buchen", data={**ADA, "language": "xx"}) as answer:
        assert answer.status == 422
    assert not booked(town)


SIZES = [2_000, 100_000, 1_000_000]


async def test_a_name_like_a_book(town: Town) -> None:
    for size in SIZES:
        browser = town.browser("en")
        await choose(browser, "rat")
        before = town.dump()
        page = await browser.submit(**{**ADA, "name": "A" * size})
        assert browser.status == (413 if size > 300_000 else 422)
        assert "too long" in page.words or "Please shorten it" in page.words
        assert len(page.source) < 60_000
        assert town.dump() == before


NAMES = [
    "Zoë Ünal",
    "李雷",
    "محمد",
    "O'Neill-Świątek",
    "Ada 👩🏽‍💻 L.",
    "<script>alert(1)</script>",
    "Robert'); DROP TABLE appointments;--",
    "á" * 60,
    "</title><h1>x",
]


async def test_every_name_is_a_name(town: Town) -> None:
    """Kept letter by letter, on the page, in the mail, in the store."""
    for name in NAMES:
        browser = town.browser()
        await choose(browser, "rat")
        page = await browser.submit(**{**ADA, "name": name})
        assert browser.status == 200
        assert name in page.words
        assert "<script>alert" not in page.source and "<h1>x" not in page.source
        assert booked(town)[-1]["name"] == name
        assert name in (await browser.get("/postfach")).words


async def test_without_a_held_time(town: Town) -> None:
    """A bookmark of the form, a deleted cookie, somebody else's cookie."""
    browser = town.browser()
    page = await browser.get("/buchen")
    assert browser.url == "/"
    for cookie in ("", "hold=x", "hold=" + "x" * 3000):
        async with town.http.post("/buchen", data=ADA, headers={"Cookie": cookie}) as answer:
            assert answer.status == 404
            assert "abgelaufen" in await answer.text()
    assert not town.rows("select * from appointments")
    booking = await town.book()
    async with town.http.post(
        "/buchen", data=ADA, headers={"Cookie": f"hold={booking.token}"}
    ) as answer:  # a link is no hold
        assert answer.status == 404
    assert page.headings


async def test_what_she_typed_cannot_be_forged_into_a_fault(town: Town) -> None:
    """The cookie with what she typed is only ever text for the form."""
    browser = town.browser()
    await choose(browser, "rat")
    hold = next(c.value for c in browser.session.cookie_jar if c.key == "hold")
    for typed in (
        "x",
        "====",
        "e30=",
        "W10=",
        "eyJuYW1lIjogNX0=",
        "bnVsbA==",
        "%ff",
        "\xff",
        "eyJuYW1lIjogIjxzY3JpcHQ+YWxlcnQoMSk8L3NjcmlwdD4ifQ==",
    ):
        headers = {"Cookie": f"hold={hold}; typed={typed}"}
        async with town.http.get("/buchen", headers=headers) as answer:
            assert answer.status == 200
            assert "<script>alert" not in await answer.text()


async def test_limits_per_address(tmp_path: Path, clock: Clock) -> None:
    """An address with too many open appointments is told so on the form; nothing is lost."""
    text = TOWN.replace("per_email = 0", "per_email = 2")
    async with Town(tmp_path, clock, settings=town_settings(tmp_path, free_port(), text)) as town:
        for _ in range(2):
            await town.book("rat", email=ADA["email"])
        browser = town.browser()
        await choose(browser, "rat")
        page = await browser.submit(**{**ADA, "email": "ADA@example.org"})
        assert browser.status == 409
        assert "mehrere offene Termine" in page.words
        assert page.form().values()["name"] == ADA["name"]
        assert len(booked(town)) == 2
        await browser.submit(**{**ADA, "email": "another@example.org"})
        assert len(booked(town)) == 3


async def test_a_place_is_only_ever_given_once(town: Town) -> None:
    """Twenty browsers at one time with one desk: one books, nineteen see the next times."""
    browsers = [town.browser() for _ in range(20)]
    for browser in browsers:
        await browser.get("/termine?service=einzeln")

    async def rush(number: int) -> int:
        browser = browsers[number]
        page = await browser.submit(start=NINE)
        if browser.url == "/buchen":
            await browser.submit(name="Ada", email=f"ada{number}@example.org")
            return 1
        assert browser.status == 409 and page.form("start")
        return 0

    assert sum(await asyncio.gather(*(rush(number) for number in range(20)))) == 1
    assert len(booked(town)) == 1


async def test_the_language_switch(town: Town) -> None:
    """A link on every page; remembered; the address stays clean; the form survives."""
    browser = town.browser("de")
    await choose(browser, "rat")
    switch = next(href for href, words in browser.page.links if words == "English")
    page = await browser.get(switch)
    assert (browser.url, page.language) == ("/buchen", "en")
    assert page.form("email")
    page = await browser.get("/")
    assert page.language == "en"
    page = await browser.get("/?lang=xx")
    assert (browser.url, page.language) == ("/", "en")
    page = await browser.get("/termine?service=rat&lang=de&from=2026-11-25")
    assert browser.url == "/termine?service=rat&from=2026-11-25"
    assert page.language == "de"


async def test_the_start_page_says_when(town: Town, clock: Clock) -> None:
    page = await town.browser().get("/")
    assert "Heute, 09:00" in page.words
    clock.forward(timedelta(days=40).total_seconds())
    page = await town.browser().get("/?service=rat")
    assert page.form().fields["service"].value == "rat"
