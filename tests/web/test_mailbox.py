"""The demo's mailbox: every mail a town would send, with the links that work."""

import re
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from icalendar import Calendar

from tests.web.served import Clock, Town, free_port, town_settings
from vamt import app as office
from vamt.web.mailbox import parts


async def test_an_empty_mailbox(town: Town) -> None:
    page = await town.browser().get("/postfach")
    assert (
        not [tag for tag, _ in page.tags if tag == "article"] and "Demo-Postfach" in page.headings
    )


@pytest.mark.parametrize(
    ("language", "subject", "paper"),
    [
        ("de", "Ihr Termin", "Biometrisches Foto"),
        ("en", "Your appointment", "Biometric photo"),
        ("tr", "Ihr Termin", "Biometrisches Foto"),
    ],
)
async def test_the_confirmation(town: Town, language: str, subject: str, paper: str) -> None:
    """Link, papers, calendar entry, ways to move and to cancel: all in it, all work."""
    booking = await town.book(
        "ausweis", name="Ada Lovelace", email="ada@example.org", language=language
    )
    browser = town.browser("fr")
    page = await browser.get("/postfach")
    assert any(heading.startswith(subject) for heading in page.headings)
    for words in ("ada@example.org", "Ada Lovelace", paper, "09:00", "+49 7171 555 0199"):
        assert words in page.words
    links = {href for href, _ in page.links}
    for wanted in (booking.link, f"{booking.link}/verschieben", f"{booking.link}/absagen"):
        assert wanted in links
        await browser.get(urlsplit(wanted).path)
        assert browser.status == 200
    attached = page.link("kalender.ics")
    async with town.http.get(attached) as answer:
        assert Calendar.from_ical(await answer.read()).walk("VEVENT")


async def test_one_mail_for_each_step(town: Town) -> None:
    """Confirmed, moved, cancelled; the newest first, the cancelled one without entry and links."""
    booking = await town.book("rat")
    for below, data in (("verschieben", {"start": "2026-11-24T10:00:00+01:00"}), ("absagen", {})):
        async with town.http.post(f"{booking.path}/{below}", data=data) as answer:
            assert answer.status == 200
    page = await town.browser().get("/postfach")
    subjects = [heading for heading in page.headings if "Termin" in heading]
    assert len(subjects) == 3
    assert "abgesagt" in subjects[0] and "24. November" in subjects[0]
    assert "verschoben" in subjects[1] and "24. November" in subjects[1]
    assert "23. November" in subjects[2]
    assert len([href for href, _ in page.links if href.endswith("kalender.ics")]) == 2
    newest = page.source.partition("</article>")[0]
    assert "/termin/" not in newest


async def test_names_are_only_words(town: Town) -> None:
    name = '<script>alert(1)</script> "A" & http://evil.example/x'
    await town.book("rat", name=name)
    page = await town.browser().get("/postfach")
    assert "<script>alert" not in page.source
    assert "<script>alert(1)</script>" in page.words


async def test_only_the_demo_has_a_mailbox(tmp_path: Path, clock: Clock) -> None:
    settings = msgspec.structs.replace(town_settings(tmp_path, free_port()), demo=False)
    async with Town(tmp_path, clock, settings=settings) as town:
        await town.book()
        async with town.http.get("/postfach") as answer:
            assert answer.status == 404


async def test_the_mail_itself(town: Town) -> None:
    """The MIME message an SMTP server would get: text, HTML without anything to load, entry."""
    booking = await town.book("ausweis", name="Zoë Ünal", email="zoe@example.org")
    postman = town.app[office.POSTMAN]
    async with town.app[office.STORE].read() as tx:
        [row] = await tx.letters(5)
    worded = await postman.word(row)
    message = message_from_bytes(bytes(postman.message(row, worded)), policy=policy.default)
    assert message["To"] == "zoe@example.org"
    assert message["From"] == "Stadt Kleinstadt <amt@kleinstadt.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "Montag, 23. November 2026" in message["Subject"]
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    for body in (text, html):
        for words in (
            booking.link,
            f"{booking.link}/verschieben",
            f"{booking.link}/absagen",
            "Zoë Ünal",
            "Alter Ausweis",
            "Ausweis",
        ):
            assert words in body
    assert not re.search(r"<(img|script|link|iframe)|src=|url\(", html)
    [attached] = message.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    assert attached.get_filename() == "termin.ics"


def test_addresses_in_a_text() -> None:
    assert parts("see https://a.example/b now") == [
        {"text": "see "},
        {"url": "https://a.example/b"},
        {"text": " now"},
    ]
    assert parts("") == []
    assert parts("javascript:alert(1)") == [{"text": "javascript:alert(1)"}]
