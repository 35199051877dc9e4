"""The postman, with a real SMTP server on loopback: nothing is lost, and everything is readable."""

import asyncio
import email
import email.policy
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import cv2
import icalendar
import msgspec
import numpy as np
import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from tests.conftest import Clock, at, person
from vamt import app as office
from vamt.i18n import Languages
from vamt.mail import BATCH, RETRIES, SUBJECTS, Postman
from vamt.services.bookings import Bookings
from vamt.settings import Mail, Settings, parse
from vamt.store.sql import SqlStore
from vamt.web.assets import Assets

TOWN = """
languages = ["de", "en"]

[town]
name = "Köpenick"
full_name = "Stadt Köpenick"
email = "amt@koepenick.example"
phone = "030 1234567"
address = ["Rathaus", "Größe Straße 1"]

[server]
public_url = "https://amt.koepenick.example"

[booking]
lead_minutes = 0

[fees]
policy = "afterwards"
name = "Stadtkasse Köpenick"
iban = "DE93 9999 9999 0000 0000 01"

[[opening]]
days = ["mon", "tue", "wed", "thu", "fri"]
from = 08:00:00
to = 12:00:00
desks = 30

[[service]]
id = "fuehrung"
minutes = 15
name = { de = "Führungszeugnis", en = "Certificate of good conduct" }
papers = [{ de = "Gültiger Ausweis", en = "Valid ID card", tr = "Geçerli kimlik" }]
delivery = ["posted"]
fee = { posted = 1300, waivers = [{ de = "Kostenlos für ein Ehrenamt." }] }

[[service]]
id = "rat"
minutes = 10
name = { de = "Rat" }
papers = [{ de = "Gültiger Ausweis", en = "Valid ID card" }, { de = "Brief" }]
"""
EIGHT = at("2026-06-15 08:00")


@dataclass
class Server:
    """A mail server that keeps what it accepts; `answers` are given first, then "250 OK"."""

    port: int = 0
    accepted: list[Envelope] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    tries: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:
        self.tries += 1
        if self.answers:
            return self.answers.pop(0)
        self.accepted.append(envelope)
        self.arrived.set()
        return "250 OK"

    def login(self, server: SMTP, session: Any, envelope: Any, how: str, who: Any) -> AuthResult:
        assert isinstance(who, LoginPassword)
        self.logins.append((who.login, who.password))
        right = who.password == b"secret"
        return AuthResult(success=right, handled=False)

    def messages(self) -> list[EmailMessage]:
        """What arrived, parsed."""
        found = [
            email.message_from_bytes(e.content or b"", policy=email.policy.default)  # type: ignore[arg-type]
            for e in self.accepted
        ]
        assert all(isinstance(one, EmailMessage) for one in found)
        return found  # type: ignore[return-value]


Listen = Callable[..., Any]


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Start mail servers on loopback; keywords go to aiosmtpd."""
    servers = []

    async def start(**options: Any) -> Server:
        server = Server()
        if options.pop("with_login", False):
            options |= {"authenticator": server.login, "auth_required": True}
        loop = asyncio.get_running_loop()

        def protocol() -> SMTP:
            return SMTP(server, loop=loop, hostname="mail.test", **options)

        listening = await loop.create_server(protocol, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        servers.append(listening)
        return server

    yield start
    for listening in servers:
        listening.close()
        await listening.wait_closed()
    await asyncio.sleep(0)  # the last connections close


@dataclass
class Post:
    """A town's post office and what it needs."""

    postman: Postman
    bookings: Bookings
    store: SqlStore
    clock: Clock

    async def letters(self) -> list[Any]:
        async with self.store.read() as tx:
            return (await tx.letters(1000))[::-1]

    def by(self, **mail: Any) -> Postman:
        """The postman with other mail settings."""
        settings = msgspec.structs.replace(self.postman.settings, mail=Mail(**mail))
        return replace(self.postman, settings=settings)

    def to(self, server: Server) -> Postman:
        """The postman who brings letters to this server."""
        return self.by(host="127.0.0.1", port=server.port, tls="none")


def settings(folder: Path, text: str = TOWN) -> Settings:
    return parse(text, folder)


@pytest.fixture(scope="module")
def assets() -> Assets:
    """Read once: mails need none of it."""
    return Assets()


@pytest.fixture
async def app(
    database: Path,
    tmp_path: Path,
    clock: Clock,
    assets: Assets,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[web.Application]:
    """The whole town, not started: only its parts."""
    monkeypatch.setattr(office, "Assets", lambda: assets)
    (tmp_path / "data").mkdir()
    shutil.copy(database, tmp_path / "data" / "vamt.sqlite")
    app = office.make_app(settings(tmp_path), clock=clock)
    yield app
    await app[office.STORE].close()


@pytest.fixture
async def post(app: web.Application, clock: Clock) -> Post:
    return Post(app[office.POSTMAN], app[office.BOOKINGS], app[office.STORE], clock)


def part(message: EmailMessage, kind: str) -> str:
    """The text of the part with this type."""
    (found,) = [p for p in message.walk() if p.get_content_type() == kind]
    return str(found.get_content())


def calendar(message: EmailMessage) -> icalendar.Calendar:
    (found,) = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    return icalendar.Calendar.from_ical(found.get_payload(decode=True))


# --- what arrives


async def test_a_booking_arrives_as_text_html_and_calendar_entry(
    post: Post, listen: Listen
) -> None:
    server = await listen()
    booked = await post.bookings.book("fuehrung", EIGHT, person())
    assert await post.to(server).deliver() == 1
    (message,), (envelope,) = server.messages(), server.accepted
    assert (envelope.mail_from, envelope.rcpt_tos) == (
        "amt@koepenick.example",
        ["joerg1@example.org"],
    )
    kinds = [p.get_content_type() for p in message.walk() if not p.is_multipart()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    assert message.get_content_type() == "multipart/mixed"
    assert {p.get_content_type() for p in message.iter_parts()} == {  # type: ignore[attr-defined]
        "multipart/alternative",
        "text/calendar",
    }
    link = f"https://amt.koepenick.example/termin/{post.postman.links.token(booked.id)}"
    for kind in ("text/plain", "text/html"):
        text = part(message, kind)
        for words in (
            "Führungszeugnis",
            "Gültiger Ausweis",
            "Jörg Müller 1",
            "08:00",
            "Montag, 15. Juni 2026",
            link,
            f"{link}/verschieben",
            f"{link}/absagen",
            "030 1234567",
        ):
            assert words in text, (kind, words)


async def test_umlauts_survive_in_every_header(post: Post, listen: Listen) -> None:
    server = await listen()
    await post.bookings.book("fuehrung", EIGHT, person(name="Zoë Überreiter 😀"))
    await post.to(server).deliver()
    (message,) = server.messages()
    assert message["From"].addresses[0].display_name == "Stadt Köpenick"
    assert message["To"].addresses[0].addr_spec == "joerg1@example.org"
    assert "15. Juni 2026" in message["Subject"] and "08:00" in message["Subject"]
    assert "Zoë Überreiter 😀" in part(message, "text/plain")
    raw = server.accepted[0].content
    assert isinstance(raw, bytes) and raw.isascii(), "any server can carry it"


async def test_the_headers_are_those_of_an_automatic_mail(post: Post, listen: Listen) -> None:
    server = await listen()
    for start in (EIGHT, EIGHT + 900):
        await post.bookings.book("fuehrung", start, person())
    await post.to(server).deliver()
    first, second = server.messages()
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Date"].datetime.timestamp() == post.clock()
    assert re.fullmatch(r"<\S+@koepenick\.example>", first["Message-ID"])
    assert first["Message-ID"] != second["Message-ID"]


async def test_the_calendar_entry_can_be_read_by_a_calendar(post: Post, listen: Listen) -> None:
    """RFC 5545, 3.1.4: the character set must be told; RFC 6047: so must the method."""
    server = await listen()
    booked = await post.bookings.book("fuehrung", EIGHT, person())
    await post.to(server).deliver()
    (message,) = server.messages()
    (attached,) = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    assert attached.get_param("charset") == "utf-8" and attached.get_param("method") == "PUBLISH"
    assert attached.get_filename() == "termin.ics"
    (event,) = calendar(message).walk("VEVENT")
    assert event["dtstart"].dt.timestamp() == booked.start
    assert event["dtend"].dt.timestamp() == booked.end
    assert "Führungszeugnis" in event["summary"] and "Köpenick" in event["summary"]
    assert event["uid"] == f"{booked.id}@amt.koepenick.example"


async def test_moving_and_cancelling_are_mailed(post: Post, listen: Listen) -> None:
    server = await listen()
    postman = post.to(server)
    booked = await post.bookings.book("fuehrung", EIGHT, person())
    await postman.deliver()
    post.clock.go(60)
    await post.bookings.move(booked.id, EIGHT + 5400)
    await postman.deliver()
    await post.bookings.cancel(booked.id)
    await postman.deliver()
    confirmed, moved, cancelled = server.messages()
    assert "09:30" in moved["Subject"] and "09:30" in part(moved, "text/plain")
    old, new = (calendar(message).walk("VEVENT")[0] for message in (confirmed, moved))
    assert old["uid"] == new["uid"] and new["sequence"] > old["sequence"]
    assert new["dtstart"].dt.timestamp() == EIGHT + 5400
    kinds = [p.get_content_type() for p in cancelled.walk() if not p.is_multipart()]
    assert kinds == ["text/plain", "text/html"], "nothing to enter into a calendar"
    assert len({message["Subject"] for message in server.messages()}) == 3


async def test_letters_are_in_the_language_of_the_citizen_if_we_speak_it(
    post: Post, listen: Listen
) -> None:
    server = await listen()
    for number, language in enumerate(["en", "de", "uk"]):
        await post.bookings.book("fuehrung", EIGHT + number * 900, person(language=language))
    await post.to(server).deliver()
    english, german, unspoken = (part(message, "text/plain") for message in server.messages())
    assert "Certificate of good conduct" in english and "Monday, June 15, 2026" in english
    assert "Führungszeugnis" in german and "Führungszeugnis" in unspoken


async def test_the_letter_tells_the_fee_and_speaks_her_language_where_the_town_does(
    post: Post, listen: Listen
) -> None:
    server = await listen()
    await post.bookings.book("fuehrung", EIGHT, person(language="tr"), ("rat",))
    await post.to(server).deliver()
    (message,) = server.messages()
    for kind in ("text/plain", "text/html"):
        text = part(message, kind).replace("\xa0", " ").replace("</bdi>", "")
        for words in (
            "Führungszeugnis + Rat",
            "etwa 25 Minuten",
            "Führungszeugnis: per Post 13,00 €",
            "Kostenlos für ein Ehrenamt.",
            "Geçerli kimlik",
            "Brief",
        ):
            assert words in text, (kind, words)
    assert 'lang="de"' in part(message, "text/html")
    assert calendar(message).walk("VEVENT")[0]["SUMMARY"].startswith("Führungszeugnis + Rat")


async def test_markup_in_a_name_is_harmless(post: Post, listen: Listen) -> None:
    server = await listen()
    await post.bookings.book("fuehrung", EIGHT, person(name="<script>alert(1)</script> & Co"))
    await post.to(server).deliver()
    (message,) = server.messages()
    assert "<script>alert(1)</script> & Co" in part(message, "text/plain")
    assert "<script>" not in part(message, "text/html")
    assert "&lt;script&gt;" in part(message, "text/html")


async def test_an_address_with_umlauts_is_reached(post: Post, listen: Listen) -> None:
    """RFC 6531; a server that cannot is asked again later."""
    server, old = await listen(enable_SMTPUTF8=True), await listen(enable_SMTPUTF8=False)
    await post.bookings.book("fuehrung", EIGHT, person(email="jörg@bücher.example"))
    await post.to(old).deliver()
    assert not old.accepted and "SMTP" in (await post.letters())[0].error
    post.clock.go(RETRIES[0])
    await post.to(server).deliver()
    (envelope,) = server.accepted
    assert envelope.rcpt_tos == ["jörg@bücher.example"]
    assert "\r\nTo: jörg@bücher.example\r\n".encode() in (envelope.content or b"")


async def test_a_domain_with_umlauts_is_reached_by_any_server(post: Post, listen: Listen) -> None:
    old = await listen(enable_SMTPUTF8=False)
    await post.bookings.book("fuehrung", EIGHT, person(email="eva@bücher.example"))
    await post.to(old).deliver()
    assert old.accepted[0].rcpt_tos == ["eva@xn--bcher-kva.example"]


async def test_the_sender_of_the_settings_is_used(post: Post, listen: Listen) -> None:
    server = await listen()
    await post.bookings.book("fuehrung", EIGHT, person())
    mail = {"host": "127.0.0.1", "port": server.port, "tls": "none"}
    await post.by(**mail, sender="termine@mail.example").deliver()
    assert server.accepted[0].mail_from == "termine@mail.example"
    assert server.messages()[0]["Message-ID"].endswith("@mail.example>")


# --- nothing is lost


async def test_a_letter_is_sent_once(post: Post, listen: Listen) -> None:
    server = await listen()
    postman = post.to(server)
    await post.bookings.book("fuehrung", EIGHT, person())
    assert [await postman.deliver(), await postman.deliver()] == [1, 0]
    post.clock.go(10 * 86400)
    assert await postman.deliver() == 0 and server.tries == 1
    (letter,) = await post.letters()
    assert letter.sent is not None and (letter.tries, letter.error) == (1, "")


@pytest.mark.parametrize("answer", ["451 greylisted", "550 no such user", "421 closing"])
async def test_a_refused_letter_is_kept_and_tried_again(
    post: Post, listen: Listen, answer: str
) -> None:
    server = await listen()
    server.answers = [answer] * 2
    postman = post.to(server)
    await post.bookings.book("fuehrung", EIGHT, person())
    for attempt, wait in enumerate(RETRIES[:2], start=1):
        assert await postman.deliver() == 1
        (letter,) = await post.letters()
        assert letter.sent is None and letter.tries == attempt
        assert answer.partition(" ")[2] in letter.error
        assert letter.due == post.clock() + wait
        post.clock.go(wait - 1)
        assert await postman.deliver() == 0, "not before its time"
        post.clock.go(1)
    assert await postman.deliver() == 1
    (letter,) = await post.letters()
    assert letter.sent == post.clock() and letter.error == "" and len(server.accepted) == 1


async def test_after_the_last_try_a_letter_is_given_up_but_not_forgotten(
    post: Post, listen: Listen
) -> None:
    server = await listen()
    server.answers = ["550 no such user"] * 100
    postman = post.to(server)
    await post.bookings.book("fuehrung", EIGHT, person())
    while await postman.deliver():
        post.clock.go(2 * 86400)
    assert server.tries == len(RETRIES) + 1
    (letter,) = await post.letters()
    assert letter.sent is None and "no such user" in letter.error


async def test_one_refused_letter_does_not_hold_up_the_others(post: Post, listen: Listen) -> None:
    server = await listen()
    server.answers = ["550 no such user"]
    for number in range(3):
        await post.bookings.book("fuehrung", EIGHT + number * 900, person(number))
    assert await post.to(server).deliver() == 3
    assert [bool(letter.sent) for letter in await post.letters()] == [False, True, True]


async def test_a_letter_that_cannot_be_worded_does_not_hold_up_the_others(
    post: Post, listen: Listen
) -> None:
    server = await listen()
    first = await post.bookings.book("fuehrung", EIGHT, person())
    await post.bookings.book("fuehrung", EIGHT, person(2))
    async with post.store.write() as tx:
        await tx.letter_tried(1, sent=None, due=0.0, error="")
        await tx._c.exec_driver_sql(
            "update outbox set kind = 'of another version' where number = 1"
        )
    await post.to(server).deliver()
    assert [envelope.rcpt_tos for envelope in server.accepted] == [["joerg2@example.org"]]
    bad = (await post.letters())[0]
    assert bad.appointment == first.id and bad.sent is None and "KeyError" in bad.error


async def test_many_letters_all_arrive(post: Post, listen: Listen) -> None:
    server = await listen()
    postman = post.to(server)
    number = BATCH + 3
    for one in range(number):
        await post.bookings.book("fuehrung", EIGHT + one % 4 * 900, person(one))
    rounds = []
    while not rounds or rounds[-1]:
        rounds.append(await postman.deliver())
    assert rounds == [BATCH, 3, 0]
    arrived = {envelope.rcpt_tos[0] for envelope in server.accepted}
    assert arrived == {f"joerg{one}@example.org" for one in range(number)}


async def test_a_server_that_is_not_there_loses_nothing(post: Post, listen: Listen) -> None:
    server = await listen()
    gone = post.by(host="127.0.0.1", port=1, tls="none")
    await post.bookings.book("fuehrung", EIGHT, person())
    assert await gone.deliver() == 1
    (letter,) = await post.letters()
    assert letter.sent is None and letter.error
    post.clock.go(RETRIES[0])
    await post.to(server).deliver()
    assert len(server.accepted) == 1


async def test_a_letter_written_before_a_crash_is_sent_after_it(
    post: Post, listen: Listen, app: web.Application
) -> None:
    """The booking and its letter are one transaction; a new process finds both."""
    server = await listen()
    await post.bookings.book("fuehrung", EIGHT, person())
    again = office.make_app(post.postman.settings, clock=post.clock)
    fresh = Post(again[office.POSTMAN], again[office.BOOKINGS], again[office.STORE], post.clock)
    await fresh.to(server).deliver()
    await fresh.store.close()
    assert len(server.accepted) == 1


async def test_without_a_mail_server_letters_wait_for_one(post: Post, listen: Listen) -> None:
    server = await listen()
    await post.bookings.book("fuehrung", EIGHT, person())
    assert await post.by().deliver() == 0
    await post.to(server).deliver()
    assert len(server.accepted) == 1


async def test_in_the_demo_letters_count_as_delivered_to_the_mailbox(post: Post) -> None:
    demo = msgspec.structs.replace(post.postman.settings, demo=True)
    await post.bookings.book("fuehrung", EIGHT, person())
    assert await replace(post.postman, settings=demo).deliver() == 1
    assert (await post.letters())[0].sent is not None


async def test_the_postman_sends_when_woken_and_outlives_a_stumble(
    post: Post, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await listen()
    postman = post.to(server)
    stumbles = iter([RuntimeError("the disk is full")])
    read = post.store.read

    def stumbling() -> Any:
        for error in stumbles:
            raise error
        return read()

    monkeypatch.setattr(post.store, "read", stumbling)
    running = asyncio.ensure_future(postman.run())
    await asyncio.sleep(0.01)
    await post.bookings.book("fuehrung", EIGHT, person())
    postman.wake()
    await asyncio.wait_for(server.arrived.wait(), 20)
    while not running.done():  # as the app does; Python 3.11 may swallow a cancellation
        running.cancel()
        await asyncio.wait([running], timeout=0.1)
    assert running.cancelled()


# --- encryption


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and its key for localhost, which nobody vouches for."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("openssl is not installed")
    file = tmp_path_factory.mktemp("tls") / "mail.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        + ["-nodes", "-days", "36500", "-subj", "/CN=localhost", "-keyout", file, "-out", file]
        + ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )
    # openssl writes both into the one file only when it appends; be sure
    if b"PRIVATE KEY" not in file.read_bytes() or b"BEGIN CERTIFICATE" not in file.read_bytes():
        raise AssertionError("openssl did not write key and certificate")
    return file


@pytest.fixture
def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_wrong_tls_setting_sends_nothing_in_the_clear_and_loses_nothing(
    post: Post, listen: Listen, tls: str
) -> None:
    server = await listen()  # speaks no TLS
    await post.bookings.book("fuehrung", EIGHT, person())
    async with asyncio.timeout(30):
        await post.by(host="127.0.0.1", port=server.port, tls=tls).deliver()
    (letter,) = await post.letters()
    assert letter.sent is None and letter.error and server.tries == 0
    post.clock.go(RETRIES[0])
    await post.to(server).deliver()
    assert len(server.accepted) == 1


async def test_a_server_nobody_vouches_for_gets_no_letter(
    post: Post, listen: Listen, server_side: ssl.SSLContext
) -> None:
    server = await listen(tls_context=server_side)
    await post.bookings.book("fuehrung", EIGHT, person())
    await post.by(host="localhost", port=server.port, tls="starttls").deliver()
    (letter,) = await post.letters()
    assert letter.sent is None and "certificate" in letter.error.lower()
    assert not server.accepted


async def test_letters_go_encrypted_and_with_log_in_to_a_trusted_server(
    post: Post,
    listen: Listen,
    server_side: ssl.SSLContext,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(certificate))
    server = await listen(tls_context=server_side, require_starttls=True, with_login=True)
    await post.bookings.book("fuehrung", EIGHT, person())
    mail = {"host": "localhost", "port": server.port, "tls": "starttls", "user": "amt"}
    await post.by(**mail, password="wrong").deliver()
    (letter,) = await post.letters()
    assert letter.sent is None and "wrong" not in letter.error and not server.accepted
    post.clock.go(RETRIES[0])
    await post.by(**mail, password="secret").deliver()
    assert len(server.accepted) == 1 and server.logins[-1] == (b"amt", b"secret")


# --- every kind of letter


def _read_code(png: bytes | None) -> str:
    """What a bank's app reads."""
    picture = cv2.imdecode(np.frombuffer(png or b"", np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return cv2.QRCodeDetector().detectAndDecode(picture)[0]


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("kind", SUBJECTS)
async def test_every_kind_of_letter_is_worded_completely(
    post: Post, kind: str, language: str
) -> None:
    booked = await post.bookings.book("fuehrung", EIGHT, person(language=language))
    (row,) = await post.letters()
    facts = {**row.facts, "cents": 900, "reference": "KZ-0815", "charge": "c1"}
    worded = await post.postman.word(
        type("Row", (), {**row._mapping, "kind": kind, "facts": facts, "number": 1})
    )
    assert booked.id == row.appointment
    when = Languages(["de", "en"]).get(language).when(EIGHT, post.postman.settings.zone)
    for text in (worded.subject, worded.text, worded.html):
        assert when in text or kind in ("receipt", "fee")  # about money, not about a time
        assert "%(" not in text and "{{" not in text and "Undefined" not in text
    if kind in ("receipt", "fee"):
        money = {"de": "9,00\xa0€", "en": "€9.00"}[language]
        assert all(money in text and "KZ-0815" in text for text in (worded.text, worded.html))
    if kind == "fee":
        for text in (worded.text, worded.html):
            assert "Stadtkasse Köpenick" in text and "DE93 9999 9999" in text
            assert f"/termin/{post.postman.links.token(booked.id)}/gebuehr/c1" in text
        assert _read_code(worded.code).split("\n")[5:8] == [
            "Stadtkasse Köpenick",
            "DE93999999990000000001",
            "EUR9.00",
        ]
    else:
        assert worded.code is None
    assert "Jörg Müller 1" in worded.text and "\n\n\n" not in worded.text
    assert not re.search(r"(src|href)=\"(?!https://amt\.koepenick|tel:|mailto:)", worded.html), (
        "a mail loads nothing and leads nowhere but to the town"
    )
