"""Use cases of documents: the citizen brings them, the clerk looks and judges, or hands one over.

Each document is sealed with a key of its own, so that one taken back is gone at once, and one can
come before anybody has been called: the visit, with the vault's keys, exists only from then on.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from vamt import documents, rooms, states
from vamt.booking import Appointment
from vamt.documents import CITIZEN, DESK, Cleaned, Document
from vamt.errors import N_, Conflict, NotAllowed, NotFound
from vamt.services.ports import Clean, Clock, Hub, NewId, Store, Tx
from vamt.services.steps import Steps
from vamt.services.vault import Vault
from vamt.signature import Signature
from vamt.states import DocumentEvent as Event

BRINGS = frozenset(  # when she may send something
    (
        states.Appointment.CONFIRMED,
        states.Appointment.CHECKED_IN,
        states.Appointment.CALLED,
        states.Appointment.IN_VISIT,
        states.Appointment.PARKED,
    )
)
FILE = "file"


MayHand = Callable[[Tx, str], Awaitable[None]]  # raises Conflict: not yet for this appointment


async def no_conditions(tx: Tx, appointment: str) -> None:
    """Anything may be handed over at any time."""


def preview(number: int) -> str:
    """The name of the picture of page `number`, from 1."""
    return f"page {number}"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a visit has left."""

    appointment: Appointment
    documents: list[Document]
    signed: list[Signature]


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of one town's appointments."""

    store: Store
    clock: Clock
    new_id: NewId
    hub: Hub
    steps: Steps
    vault: Vault
    clean: Clean
    may_hand: MayHand = no_conditions

    # --- the citizen

    async def bring(self, appointment: str, name: str, data: bytes) -> str:
        """Take a file from her; returns the document's id.

        Raises Unfit for a file we do not take, Conflict when it is not the time or too much.
        """
        mine = await self._ready(appointment)
        cleaned = await self.clean(data, awaited=mine.state is states.Appointment.IN_VISIT)
        async with self.store.write() as tx:
            await self._check_time(tx, appointment)
            id = await self._keep(
                tx, appointment, CITIZEN, name, cleaned, Event.ARRIVE, rooms.CITIZEN
            )
        self.hub.changed([appointment], queue=False)
        return id

    async def take_back(self, appointment: str, id: str) -> None:
        """She takes it back, and it is gone; twice is once. Raises Illegal once it is accepted."""
        async with self.store.write() as tx:
            mine = await self._of(tx, appointment, id, CITIZEN)
            if mine.shown:
                await self.steps.document(tx, mine, Event.TAKE_BACK, by=rooms.CITIZEN)
        await self.store.settle()
        self.hub.changed([appointment], queue=False)

    async def for_citizen(self, appointment: str, id: str, part: str) -> tuple[Document, bytes]:
        """A part of a document of hers, or that was handed to her; raises NotFound."""
        async with self.store.read() as tx:
            return await self._open(tx, appointment, id, part)

    # --- the clerk

    async def hand(self, clerk: str, appointment: str, name: str, data: bytes) -> str:
        """Hand a document over to the person in this clerk's visit; returns its id.

        A signed PDF stays what it is: made anew it would have lost its seal. Raises what `may_hand`
        raises, as when the town wants its fee first, and Unfit.
        """
        async with self.store.read() as tx:
            await self._check_visit(tx, clerk, appointment)
            await self.may_hand(tx, appointment)
            documents.check_room(await tx.documents_of(appointment), DESK, 0)
        handed = documents.as_it_came(await self.clean(data, awaited=True), data)
        return await self.hand_made(clerk, appointment, name, handed)

    async def hand_made(self, clerk: str, appointment: str, name: str, cleaned: Cleaned) -> str:
        """The same with what needs no cleaning, as a paper made and sealed here."""
        async with self.store.write() as tx:
            await self._check_visit(tx, clerk, appointment)
            await self.may_hand(tx, appointment)
            id = await self._keep(tx, appointment, DESK, name, cleaned, Event.HAND, clerk)
        self.hub.changed([appointment], queue=False)
        return id

    async def accept(self, clerk: str, id: str) -> None:
        """It will do; twice is once."""
        await self._judge(clerk, id, Event.ACCEPT, states.Document.ACCEPTED, "")

    async def again(self, clerk: str, id: str, reason: str) -> None:
        """Ask for it again, and say why."""
        reason = documents.check_reason(reason)
        await self._judge(clerk, id, Event.ASK_AGAIN, states.Document.AGAIN, reason)

    async def withdraw(self, clerk: str, id: str) -> None:
        """Take back what was handed over by mistake; twice is once."""
        async with self.store.write() as tx:
            appointment = await self._at(tx, clerk)
            handed = await self._of(tx, appointment, id, DESK)
            if handed.shown:
                await self.steps.document(tx, handed, Event.TAKE_BACK, by=clerk)
        await self.store.settle()
        self.hub.changed([appointment], queue=False)

    async def for_desk(
        self, clerk: str, appointment: str, id: str, part: str
    ) -> tuple[Document, bytes]:
        """A part of a document, for the clerk who has the visit, or had it last.

        Raises NotAllowed, NotFound.
        """
        async with self.store.read() as tx:
            visit = await tx.last_visit(appointment)
            if visit is None or visit.clerk != clerk:
                raise NotAllowed(f"{clerk!r} looks at document {id!r} of another desk")
            return await self._open(tx, appointment, id, part)

    async def kept(self, clerk: str, most: int) -> list[Kept]:
        """Her ended visits that have left something, the newest first."""
        found = []
        async with self.store.read() as tx:
            for visit in await tx.ended_visits(clerk, most):
                person = await tx.appointment(visit.appointment)
                held = [one for one in await tx.documents_of(visit.appointment) if one.shown]
                readable = [one for one in held if one.key is not None]
                signed = await tx.signed_by(visit.appointment)
                if person and (readable or signed):
                    found.append(Kept(person, readable, signed))
        return found

    # --- both

    async def _judge(
        self, clerk: str, id: str, event: Event, target: states.Document, reason: str
    ) -> None:
        async with self.store.write() as tx:
            appointment = await self._at(tx, clerk)
            document = await self._of(tx, appointment, id, CITIZEN)
            if (document.state, document.reason) == (target, reason):
                return
            await self.steps.document(tx, document, event, by=clerk, reason=reason)
        self.hub.changed([appointment], queue=False)

    async def _ready(self, appointment: str) -> Appointment:
        """Refuse before the file is looked at what would be refused afterwards."""
        async with self.store.read() as tx:
            mine = await self._check_time(tx, appointment)
            documents.check_room(await tx.documents_of(appointment), CITIZEN, 0)
        return mine

    async def _check_time(self, tx: Tx, appointment: str) -> Appointment:
        mine = await tx.appointment(appointment)
        if mine is None:
            raise NotFound()
        if mine.state not in BRINGS:
            raise Conflict(N_("Documents can no longer be sent: the appointment is over."))
        return mine

    async def _check_visit(self, tx: Tx, clerk: str, appointment: str) -> None:
        if await self._at(tx, clerk) != appointment:
            raise Conflict(N_("There is no visit at the moment."), key="no_visit")

    async def _at(self, tx: Tx, clerk: str) -> str:
        """The appointment of the visit that is open at this desk."""
        visit = await tx.visit_at(clerk)
        if visit is None or visit.state is not states.Visit.OPEN:
            raise Conflict(N_("There is no visit at the moment."), key="no_visit")
        return visit.appointment

    async def _of(self, tx: Tx, appointment: str, id: str, source: str) -> Document:
        document = await tx.document(id)
        if document is None or (document.appointment, document.source) != (appointment, source):
            raise NotFound()
        return document

    async def _keep(
        self,
        tx: Tx,
        appointment: str,
        source: str,
        name: str,
        cleaned: Cleaned,
        event: Event,
        by: str,
    ) -> str:
        held: Sequence[Document] = await tx.documents_of(appointment)
        documents.check_room(held, source, len(cleaned.data))
        id = self.new_id()
        key = self.vault.new_key(id)
        made = Document(
            id,
            appointment,
            source,
            states.DOCUMENT.initial,
            documents.check_title(name) or str(len(held) + 1),
            cleaned.media,
            len(cleaned.data),
            cleaned.pages,
            "",
            self.clock(),
            key,
        )
        await tx.add_document(made)
        parts = {FILE: cleaned.data}
        parts |= {preview(n): jpeg for n, jpeg in enumerate(cleaned.previews, start=1)}
        for part, content in parts.items():
            sealed = self.vault.seal_by(key, id, content, part)
            await tx.add_document_part(id, part, sealed)
        await self.steps.document(tx, made, event, by=by)
        return id

    async def _open(self, tx: Tx, appointment: str, id: str, part: str) -> tuple[Document, bytes]:
        document = await tx.document(id)
        if document is None or document.appointment != appointment or document.key is None:
            raise NotFound()
        sealed = await tx.document_part(id, part)
        if sealed is None:
            raise NotFound()
        return document, self.vault.unseal_by(document.key, id, sealed, part)
