"""A finished case as others take it over: facts, what was signed, the documents.

What is gathered here is opened: the caller must not keep it longer than it takes to hand it over.
"""

from collections.abc import Collection
from dataclasses import dataclass

from vamt import notices, states
from vamt.documents import Document
from vamt.errors import NotFound
from vamt.services.documents import FILE, Documents
from vamt.services.facts import CaseFacts, Facts, FormFacts
from vamt.services.forms import Forms
from vamt.services.ports import Clock, Store
from vamt.services.signatures import Signatures
from vamt.signature import Signature, Signed

TAKEN = frozenset(  # those asked for again are no good, those taken back are gone
    (states.Document.ARRIVED, states.Document.ACCEPTED, states.Document.HANDED)
)


@dataclass(frozen=True, slots=True)
class Case:
    """A case, without the files that are made of it (`facts.files` is empty)."""

    facts: CaseFacts
    signed: list[tuple[Signature, Signed]]
    documents: list[tuple[Document, bytes]]


@dataclass(frozen=True, slots=True)
class Cases:
    """The finished cases of one town."""

    store: Store
    clock: Clock
    facts: Facts
    signatures: Signatures
    documents: Documents
    forms: Forms
    town: str
    services: Collection[str]  # of which errands; empty: of all

    async def finished(self, id: str) -> Case | None:
        """The case of this visit; None when it was not finished, or its errand is not wanted.

        Raises NotFound when it, or the person, is forgotten.
        """
        async with self.store.read() as tx:
            visit = await tx.visit(id)
            mine = await tx.appointment(visit.appointment) if visit else None
            if visit is None or mine is None or mine.state is states.Appointment.ANONYMISED:
                raise NotFound()
            if mine.state is not states.Appointment.FINISHED or not self._wanted(
                (mine.service, *mine.also)
            ):
                return None
            clerk = await tx.clerk(visit.clerk)
            signatures = await tx.signed_by(mine.id)
            documents = [one for one in await tx.documents_of(mine.id) if one.state in TAKEN]
            charges = await tx.charges_of(mine.id)
            checks = await tx.checks_of(visit.id)
            form = await tx.form(visit.id)
            values = await self.forms.values(tx, visit.id)
        facts = CaseFacts(
            version=notices.VERSION,
            id=visit.id,
            town=self.town,
            written=self.facts.time(self.clock()),
            appointment=self.facts.appointment(mine),
            visit=self.facts.visit(visit),
            clerk=clerk.name if clerk else "",
            person=self.facts.person(mine),
            form=FormFacts(form.state, values) if form else None,
            checks=[self.facts.check(one) for one in checks],
            signatures=[self.facts.signature(one) for one in signatures],
            documents=[self.facts.document(one) for one in documents],
            charges=[self.facts.charge(one) for one in charges],
            files=[],
        )
        signed = [(one, await self.signatures.for_citizen(mine.id, one.id)) for one in signatures]
        files = [await self.documents.for_citizen(mine.id, one.id, FILE) for one in documents]
        return Case(facts, signed, files)

    def _wanted(self, errands: Collection[str]) -> bool:
        return not self.services or not set(errands).isdisjoint(self.services)
