"""The postman: takes letters from the outbox, words them, sends them; retries with patience.

A letter is written in the transaction that makes it necessary, so none is forgotten when the
process dies; it may then be sent twice at worst. Without an SMTP host (the demo) letters count
as delivered to the mailbox page.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid
from typing import Any

import aiosmtplib
import structlog
from email_validator import validate_email

from vamt import errands, girocode
from vamt.booking import Appointment
from vamt.errand_words import card
from vamt.errors import N_
from vamt.i18n import Language, Languages
from vamt.seats import Links
from vamt.services.bookings import Bookings
from vamt.services.ports import Clock
from vamt.settings import Settings
from vamt.store.sql import SqlStore
from vamt.web.qr import qr_picture
from vamt.web.render import Pages

log = structlog.get_logger()

SUBJECTS = {
    "confirmation": N_("Your appointment on %(when)s"),
    "moved": N_("Your appointment has been moved to %(when)s"),
    "cancelled": N_("Your appointment on %(when)s is cancelled"),
    "code": N_("Your one-time code for the appointment on %(when)s"),
    "receipt": N_("Your payment has arrived"),
    "fee": N_("Please pay the fee of %(amount)s"),
}
WITH_CALENDAR = ("confirmation", "moved")
RETRIES = (60, 300, 1800, 7200, 6 * 3600, 24 * 3600)  # seconds after each failure; then given up
BATCH = 20

Entry = Callable[[Appointment, Language, str], bytes]


@dataclass(frozen=True, slots=True)
class Worded:
    """A letter as it is sent."""

    subject: str
    text: str
    html: str
    calendar: bytes | None
    code: bytes | None = None  # a GiroCode, PNG


@dataclass(slots=True)
class Postman:
    """Sends the outbox."""

    settings: Settings
    store: SqlStore
    pages: Pages
    languages: Languages
    bookings: Bookings
    links: Links
    entry: Entry
    clock: Clock
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """There may be letters."""
        self._news.set()

    async def run(self) -> None:
        """Send what is due, for ever."""
        while True:
            try:
                while await self.deliver():
                    pass
            except Exception:
                log.exception("postman stumbled")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), 30)
            self._news.clear()

    async def deliver(self) -> int:
        """Try the letters that are due now; return how many there were."""
        if not self.settings.mail.host and not self.settings.demo:
            return 0  # they wait until the town has set its mail server
        async with self.store.read() as tx:
            rows = await tx.letters(BATCH, due_before=self.clock())
        for row in rows:
            sent: float | None = self.clock()
            due, error = 0.0, ""
            try:
                await self._send(row, await self.word(row))
            except Exception as problem:  # one bad letter must not hold up the others
                error = f"{type(problem).__name__}: {problem}"[:500]
                log.warning("mail not sent", letter=row.number, why=error)
                sent, due = None, self._again(row.tries)
            async with self.store.write() as write:
                await write.letter_tried(row.number, sent=sent, due=due, error=error)
        return len(rows)

    def _again(self, tries: int) -> float:
        if tries >= len(RETRIES):
            return float("inf")
        return self.clock() + RETRIES[tries]

    async def word(self, row: Any) -> Worded:
        """Subject, text, HTML and calendar entry of a letter."""
        language = self.languages.get(row.language)
        facts = row.facts
        reads = self.languages.reads(language, row.language)
        ids = (facts["service"], *facts.get("also", ()))
        known = [self.bookings.services[id] for id in ids if id in self.bookings.services]
        service = card(errands.together(known), language, reads) if known else None
        token = self.links.token(row.appointment)
        link = f"{self.settings.public_url}/termin/{token}"
        when = language.when(facts["start"], self.settings.zone)
        account, amount = self.settings.fees.account, language.money(facts.get("cents", 0))
        context = {
            "name": facts["name"],
            "service": service.name if service else facts["service"],
            "when": when,
            "minutes": (facts["end"] - facts["start"]) // 60,
            "papers": service.papers if service else [],
            "costs": service.costs if service else [],
            "texts": service.lang if service else language.code,
            "texts_dir": service.dir if service else language.dir,
            "link": link,
            "move_url": f"{link}/verschieben",
            "cancel_url": f"{link}/absagen",
            "book_url": f"{self.settings.public_url}/",
            "phone": self.settings.town.phone,
            "code": facts.get("code", ""),
            "amount": amount,
            "reference": facts.get("reference", ""),
            "account": account,
            "iban": girocode.grouped(account.iban) if account else "",
            "returned": facts.get("returned", False),
            "fee_url": f"{link}/gebuehr/{facts.get('charge', '')}",
        }
        calendar = None
        if row.kind in WITH_CALENDAR and service:
            async with self.store.read() as tx:
                mine = await tx.appointment(row.appointment)
            if mine is not None:
                calendar = self.entry(mine, language, token)
        return Worded(
            subject=language.text(SUBJECTS[row.kind], {"when": when, "amount": amount}),
            text=self.pages.text(f"mail/{row.kind}.txt", language, **context),
            html=self.pages.text(f"mail/{row.kind}.html", language, **context),
            calendar=calendar,
            code=self._code(facts) if row.kind == "fee" else None,
        )

    def _code(self, facts: dict[str, Any]) -> bytes | None:
        """The GiroCode as a picture, to be opened in a bank's app."""
        account = self.settings.fees.account
        if account is None:
            return None
        return qr_picture(girocode.payload(account, facts["cents"], facts["reference"]))

    async def _send(self, row: Any, worded: Worded) -> None:
        conf = self.settings.mail
        if not conf.host:
            return
        message = self.message(row, worded)
        await aiosmtplib.send(
            message,
            hostname=conf.host,
            port=conf.port,
            username=conf.user or None,
            password=conf.password or None,
            use_tls=conf.tls == "tls",
            start_tls=conf.tls == "starttls",
            timeout=20,
        )

    def message(self, row: Any, worded: Worded) -> EmailMessage:
        """The MIME message."""
        town = self.settings.town
        sender = self.settings.mail.sender or town.email
        message = EmailMessage()
        message["From"] = formataddr((town.full_name or town.name, sender))
        message["To"] = _deliverable(row.recipient)
        message["Subject"] = worded.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(self.clock(), UTC))
        message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or "localhost")
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation replies, please
        message.set_content(worded.text)
        message.add_alternative(worded.html, subtype="html")
        if worded.calendar:
            message.add_attachment(
                worded.calendar,
                maintype="text",
                subtype="calendar",
                filename="termin.ics",
                params={"charset": "utf-8", "method": "PUBLISH"},  # RFC 5545, 3.1.4; RFC 6047
            )
        if worded.code:
            message.add_attachment(
                worded.code, maintype="image", subtype="png", filename="girocode.png"
            )
        return message


def _deliverable(address: str) -> str:
    """The address with its domain in ASCII, which every server takes; as it is where the part
    before the @ has umlauts (then the server must know SMTPUTF8, RFC 6531)."""
    return validate_email(address, check_deliverability=False).ascii_email or address
