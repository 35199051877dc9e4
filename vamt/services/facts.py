"""What other programs read about a case: the messages of the webhooks and `case.json`.

The types are the description: `openapi.json` is made from them. Instants are RFC 3339 with the
town's offset. A field is only ever added; leaving one out or giving it another meaning would be a
new version.
"""

from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from vamt import notices
from vamt.booking import Appointment
from vamt.documents import Document
from vamt.errors import NotFound
from vamt.fees import Charge
from vamt.identity import Check
from vamt.notices import Kind
from vamt.rooms import Visit
from vamt.services.ports import Tx
from vamt.signature import Signature

T = TypeVar("T")


class AppointmentFacts(msgspec.Struct):
    """An appointment as it is when the message is sent."""

    id: str
    service: str
    also: list[str]
    start: str
    end: str
    state: str


class VisitFacts(msgspec.Struct):
    """A visit. `answered` is null when she never took the call."""

    id: str
    clerk: str
    answered: str | None
    ended: str | None


class CheckFacts(msgspec.Struct):
    """A look at an identity document: what the clerk came to. Nothing of what was seen."""

    id: str
    document: str  # id_card, passport, residence_permit, other
    result: str | None  # genuine, doubtful, rejected
    judged: str | None


class SignatureFacts(msgspec.Struct):
    """A simple electronic signature. `sha256` is that of title, empty line, text in UTF-8."""

    id: str
    sha256: str
    typed: bool
    signed: str | None


class DocumentFacts(msgspec.Struct):
    """A file that the citizen has brought or the desk has handed over."""

    id: str
    source: str  # citizen, desk
    state: str
    media: str
    pages: int
    bytes: int


class ChargeFacts(msgspec.Struct):
    """What the citizen is asked to pay for one errand."""

    id: str
    service: str
    channel: str  # electronic, paper, posted
    state: str  # asked, promised, paid, waived, cancelled
    cents: int
    reference: str  # Kassenzeichen
    means: str  # who said that it is paid: clerk, bank, provider
    settled: str | None


class PersonFacts(msgspec.Struct):
    """Who it is about, as she has entered it. Only where `include = "case"` is set."""

    name: str
    email: str
    phone: str
    language: str
    answers: dict[str, str]


class Data(msgspec.Struct, omit_defaults=True):
    """The appointment, and the part of the case that the message is about."""

    appointment: AppointmentFacts
    visit: VisitFacts | None = None
    check: CheckFacts | None = None
    signature: SignatureFacts | None = None
    document: DocumentFacts | None = None
    charge: ChargeFacts | None = None
    person: PersonFacts | None = None


class Message(msgspec.Struct):
    """Body of a webhook."""

    type: Kind
    version: int
    timestamp: str  # when it happened
    data: Data


class FormFacts(msgspec.Struct):
    """The form of the visit. `values` by the keys that the errand's file gives its fields."""

    state: str  # open, finished, closed
    values: dict[str, str]


class FileFacts(msgspec.Struct):
    """A file beside `case.json`. Which document or signature it is, is told by `id`."""

    name: str
    title: str
    kind: str  # brought, handed, signed
    id: str
    media: str
    bytes: int
    sha256: str


class CaseFacts(msgspec.Struct):
    """`case.json` of the export folder: one visit, with all that it leaves."""

    version: int
    id: str  # of the visit; a second export of the same case has the same
    town: str
    written: str
    appointment: AppointmentFacts
    visit: VisitFacts
    clerk: str  # name
    person: PersonFacts
    form: FormFacts | None
    checks: list[CheckFacts]
    signatures: list[SignatureFacts]
    documents: list[DocumentFacts]
    charges: list[ChargeFacts]
    files: list[FileFacts]


class Facts:
    """Reads a case for others, in the town's time."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    async def message(
        self, tx: Tx, kind: Kind, subject: str, at: float, *, person: bool
    ) -> Message:
        """What is told now of something that has happened; raises NotFound when it is gone."""
        appointment, data = await self._data(tx, kind, subject)
        if person and appointment.name:  # nobody is named once she has been forgotten
            data.person = self.person(appointment)
        return Message(kind, notices.VERSION, self.time(at), data)

    async def _data(self, tx: Tx, kind: Kind, subject: str) -> tuple[Appointment, Data]:
        match kind.partition(".")[0]:
            case "visit" | "form":
                appointment, data = await self._case(tx, await tx.visit(subject))
            case "check":
                check = _there(await tx.check(subject))
                appointment, data = await self._case(tx, await tx.visit(check.visit))
                data.check = self.check(check)
            case "signature":
                signature = _there(await tx.signature(subject))
                appointment, data = await self._case(tx, await tx.visit(signature.visit))
                data.signature = self.signature(signature)
            case "document":
                document = _there(await tx.document(subject))
                appointment = _there(await tx.appointment(document.appointment))
                data = Data(self.appointment(appointment), document=self.document(document))
            case "charge":
                charge = _there(await tx.charge(subject))
                appointment = _there(await tx.appointment(charge.appointment))
                data = Data(self.appointment(appointment), charge=self.charge(charge))
            case _:
                appointment = _there(await tx.appointment(subject))
                data = Data(self.appointment(appointment))
        return appointment, data

    async def _case(self, tx: Tx, visit: Visit | None) -> tuple[Appointment, Data]:
        there = _there(visit)
        appointment = _there(await tx.appointment(there.appointment))
        return appointment, Data(self.appointment(appointment), visit=self.visit(there))

    def time(self, instant: float) -> str:
        """An instant (Unix seconds) for others to read, in whole seconds."""
        return datetime.fromtimestamp(int(instant), self._zone).isoformat()

    def _or_null(self, instant: float | None) -> str | None:
        return None if instant is None else self.time(instant)

    def appointment(self, one: Appointment) -> AppointmentFacts:
        """Without who it is for."""
        start, end = self.time(one.start), self.time(one.end)
        return AppointmentFacts(one.id, one.service, list(one.also), start, end, one.state)

    def visit(self, one: Visit) -> VisitFacts:
        """When it was, and at whose desk."""
        answered, ended = self._or_null(one.answered), self._or_null(one.ended)
        return VisitFacts(one.id, one.clerk, answered, ended)

    def check(self, one: Check) -> CheckFacts:
        """The result only."""
        return CheckFacts(one.id, one.document, one.result, self._or_null(one.ended))

    def signature(self, one: Signature) -> SignatureFacts:
        """Which text, and when."""
        return SignatureFacts(one.id, one.sha256, one.typed, self._or_null(one.ended))

    def document(self, one: Document) -> DocumentFacts:
        """Without its title, which may have names in it."""
        return DocumentFacts(one.id, one.source, one.state, one.media, one.pages, one.size)

    def charge(self, one: Charge) -> ChargeFacts:
        """Without why it is waived, which may tell of the person."""
        settled = self._or_null(one.ended)
        return ChargeFacts(
            *(one.id, one.service, one.channel, one.state, one.cents, one.reference, one.means),
            settled,
        )

    def person(self, one: Appointment) -> PersonFacts:
        """Who it is for, and what she has answered."""
        return PersonFacts(one.name, one.email, one.phone, one.language, dict(one.data))


def _there(found: T | None) -> T:
    if found is None:
        raise NotFound()
    return found
