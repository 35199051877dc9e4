"""Use cases of papers that the desk makes from the form, and hands over at once.

A certificate says what the clerk has before her: she has compared it with the register, and issuing
it is her act (the program decides nothing). The town's own PDF form gets what the form says. A
wrong one is taken back like any document.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from vamt import booking, forms, signature, states
from vamt.booking import Appointment, Certificate, Option, PdfForm, Service
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
FillIn = Callable[[str, Mapping[str, str]], Awaitable[bytes]]  # a service's form, with these values
Day = Callable[[date], str]


class Case(NamedTuple):
    """What a paper is made of."""

    visit: str
    person: Appointment  # with what the form says
    errand: Service
    clerk: str  # name


@dataclass(frozen=True, slots=True)
class Issuing:
    """Makes the papers of one town."""

    store: Store
    clock: Clock
    services: Mapping[str, Service]
    forms: Forms
    documents: Documents
    print: Print
    fill_in: FillIn
    day: Day  # a date as it is written in German
    zone: tzinfo

    async def issue(self, clerk: str, service: str) -> str:
        """Make the certificate of this errand and hand it over; returns the document's id.

        Raises Conflict outside an open visit, NotFound where the errand has none, Invalid while
        the form misses something, Unprintable, NoTimestamp.
        """
        case = await self._case(clerk, service)
        if case.errand.certificate is None:
            raise NotFound()
        made = certified(
            case.errand,
            case.errand.certificate,
            case.person,
            case.person.data,
            self.day,
            self._today(),
        )
        made = replace(made, clerk=case.clerk, at=self.clock())
        paper = await self.print(made)
        return await self.documents.hand_made(clerk, case.person.id, made.title, paper)

    async def fill(self, clerk: str, service: str) -> str:
        """Fill in the town's own PDF form of this errand and hand it over; returns its id.

        Raises what `issue` does, and TooLong for what does not fit into its field.
        """
        case = await self._case(clerk, service)
        form = case.errand.pdf_form
        if form is None:
            raise NotFound()
        paper = await self.fill_in(service, written(case, form, self._today()))
        shown = await self.documents.clean(paper, awaited=True)  # its pictures
        made = replace(shown, data=paper)
        return await self.documents.hand_made(clerk, case.person.id, form.title, made)

    def _today(self) -> date:
        return datetime.fromtimestamp(self.clock(), self.zone).date()

    async def _case(self, clerk: str, service: str) -> Case:
        async with self.store.read() as tx:
            visit = await tx.visit_at(clerk)
            if visit is None or visit.state is not states.Visit.OPEN:
                raise Conflict(N_("There is no visit at the moment."), key="no_visit")
            person = await tx.appointment(visit.appointment)
            me = await tx.clerk(clerk)
            errand = self.services.get(service)
            if person is None or me is None or errand is None:
                raise NotFound()
            if service not in (person.service, *person.also):
                raise NotFound()
            answered = await self.forms.answered(tx, visit.id, person)
            return Case(visit.id, answered, errand, me.name)


def certified(
    errand: Service,
    certificate: Certificate,
    person: Appointment,
    values: Mapping[str, str],
    day: Day,
    today: date,
) -> Certified:
    """What the certificate says of this person; raises Invalid with the field that is missing."""
    values = forms.kept(errand.fields, values)  # what is not asked any more is not said
    fields = {field.key: field for field in errand.fields}
    _check(errand, certificate.fields, values)
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
    text = signature.filled(certificate.text, {**words, "name": person.name, "date": day(today)})
    return Certified(certificate.title, text, tuple(rows), "", 0.0)


def written(case: Case, form: PdfForm, today: date) -> dict[str, str]:
    """What is written into the fields of the PDF; raises Invalid with the field that is missing.

    Dates are numbers, as forms have them: "01.05.1990".
    """
    values = case.person.data
    used = [
        key
        for said in form.fields.values()
        for key in ([said.field] if isinstance(said, Option) else signature.keys_in(said))
    ]
    _check(case.errand, used, values)
    asked = {field.key: field for field in forms.asked(case.errand.fields, values)}
    words = {key: _words(field, values.get(key, ""), _numbers) for key, field in asked.items()}
    words |= {"name": case.person.name, "clerk": case.clerk, "case": case.visit}
    words["date"] = _numbers(today)
    return {
        name: said.options.get(values.get(said.field, "") if said.field in asked else "", "")
        if isinstance(said, Option)
        else joined(said, words)
        for name, said in form.fields.items()
    }


def joined(pattern: str, words: Mapping[str, str]) -> str:
    """A pattern with its words. What would stand between two of them goes with an empty one."""
    first, *rest = signature.PLACE.split(pattern)  # text, key, text, key, ..., text
    if not rest:
        return pattern
    said = between = ""
    for key, after in zip(rest[::2], rest[1::2], strict=True):
        if word := words.get(key, ""):
            said += between + word
            between = after
    return f"{first}{said}{rest[-1]}".strip() if said else ""


def _numbers(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _check(errand: Service, keys: Collection[str], values: Mapping[str, str]) -> None:
    """Raise Invalid with the first of these fields that is missing or wrong."""
    asked = forms.asked(errand.fields, values)
    faults = forms.check(errand.fields, values)
    for field in asked:
        if field.key in keys and field.key in faults:
            raise Invalid(
                N_("The form is not complete: %(field)s."),
                field=field.key,
                params={"field": booking.in_language(field.label, OFFICIAL)},
            )


def _words(field: booking.DataField, value: str, day: Day) -> str:
    """A value as the paper shows it."""
    return forms.said(field, value, OFFICIAL, lambda iso: day(date.fromisoformat(iso)))
