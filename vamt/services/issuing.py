"""Use case of certificates: the desk makes one from the form, and it is handed over at once.

What is certified is what the clerk has before her: she has compared it with the register, and
issuing it is her act (the program decides nothing). A wrong one is taken back like any document.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from vamt import booking, forms, signature, states
from vamt.booking import Appointment, Certificate, Service
from vamt.documents import Cleaned
from vamt.errors import N_, Conflict, Invalid, NotFound
from vamt.services.documents import Documents
from vamt.services.forms import Forms
from vamt.services.ports import Clock, Store

OFFICIAL = "de"  # the official language, VwVfG § 23


@dataclass(frozen=True, slots=True)
class Certified:
    """What a certificate says. `rows`: name of the fact -> the fact, in German."""

    title: str
    text: str
    rows: tuple[tuple[str, str], ...]
    clerk: str  # name
    at: float  # Unix seconds


Print = Callable[[Certified], Awaitable[Cleaned]]
Day = Callable[[date], str]


@dataclass(frozen=True, slots=True)
class Issuing:
    """Issues the certificates of one town."""

    store: Store
    clock: Clock
    services: Mapping[str, Service]
    forms: Forms
    documents: Documents
    print: Print
    day: Day  # a date as it is written in German

    async def issue(self, clerk: str, service: str) -> str:
        """Make the certificate of this errand and hand it over; returns the document's id.

        Raises Conflict outside an open visit, NotFound where the errand has none, Invalid while
        the form misses something, Unprintable, NoTimestamp.
        """
        async with self.store.read() as tx:
            visit = await tx.visit_at(clerk)
            if visit is None or visit.state is not states.Visit.OPEN:
                raise Conflict(N_("There is no visit at the moment."), key="no_visit")
            person = await tx.appointment(visit.appointment)
            me = await tx.clerk(clerk)
            errand = self.services.get(service)
            if person is None or me is None or errand is None or errand.certificate is None:
                raise NotFound()
            if service not in (person.service, *person.also):
                raise NotFound()
            values = {**person.data, **await self.forms.values(tx, visit.id)}
        made = certified(errand, errand.certificate, person, values, self.day)
        made = replace(made, clerk=me.name, at=self.clock())
        paper = await self.print(made)
        return await self.documents.hand_made(clerk, person.id, made.title, paper)


def certified(
    errand: Service,
    certificate: Certificate,
    person: Appointment,
    values: Mapping[str, str],
    day: Day,
) -> Certified:
    """What the certificate says of this person; raises Invalid with the field that is missing."""
    values = forms.kept(errand.fields, values)  # what is not asked any more is not said
    fields = {field.key: field for field in errand.fields}
    faults = forms.check([fields[key] for key in certificate.fields], values)
    if faults:
        key = next(iter(faults))
        raise Invalid(
            N_("The form is not complete: %(field)s."),
            field=key,
            params={"field": booking.in_language(fields[key].label, OFFICIAL)},
        )
    words = {key: _words(field, values.get(key, ""), day) for key, field in fields.items()}
    rows = [("Name", person.name)]  # in the official language
    rows += [
        (
            certificate.labels.get(key) or booking.in_language(fields[key].label, OFFICIAL),
            words[key],
        )
        for key in certificate.fields
        if words[key]
    ]
    text = signature.filled(certificate.text, {**words, "name": person.name})
    return Certified(certificate.title, text, tuple(rows), "", 0.0)


def _words(field: booking.DataField, value: str, day: Day) -> str:
    """A value as the paper shows it."""
    if field.kind == "date" and value:
        return day(date.fromisoformat(value))
    if field.choices:
        return next((booking.in_language(w, OFFICIAL) for v, w in field.choices if v == value), "")
    return value
