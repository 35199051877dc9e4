"""What the pages show of a form: its fields in the reader's language and beside it the other's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from vamt import errands, form_words, rooms, states
from vamt.booking import Appointment, DataField, Service, Words, in_language
from vamt.coform import Entry, Form
from vamt.form_messages import (
    FieldWhen,
    FormCell,
    FormEntry,
    FormField,
    FormOffer,
    FormSnapshot,
    FormView,
)
from vamt.i18n import Languages, direction
from vamt.rooms import Visit
from vamt.services.forms import Joined


@dataclass(frozen=True, slots=True)
class FormBoards:
    """Words a form for its two readers."""

    services: Mapping[str, Service]
    languages: Languages
    read: Mapping[str, Mapping[str, str]]  # of `Forms`: what a document said, by visit

    def view(
        self, visit: Visit, person: Appointment, form: Form | None, seat: str
    ) -> FormView | None:
        """Where the form stands, for the visit's view; None when there is none to fill in.

        For the clerk the state "" is a form that can be begun.
        """
        errand = errands.errand_of(person, self.services)
        if errand is None or not errand.fields or visit.state is not states.Visit.OPEN:
            return None
        clerk = seat == rooms.CLERK
        state = form.state if form else states.Form.OPEN if "form" in errand.steps else ""
        if state == states.Form.OPEN:
            return FormView(state, list(self._offers(visit, person, errand, clerk)))
        return FormView(state, []) if clerk or state == states.Form.FINISHED else None

    def _offers(
        self, visit: Visit, person: Appointment, errand: Service, clerk: bool
    ) -> Iterator[FormOffer]:
        """What is known already. What a document said is for the clerk to take over."""
        contact = {"email": person.email, "phone": person.phone}
        read = self.read.get(visit.id, {}) if clerk else {}
        for field in errand.fields:
            if known := person.data.get(field.key) or contact.get(field.kind, ""):
                yield FormOffer(field.key, known, "booking")
            if said := read.get(field.key):
                yield FormOffer(field.key, said, "document")

    def snapshot(self, joined: Joined, seat: str, code: str) -> FormSnapshot:
        """The whole form for a page in the language `code`."""
        page = self.languages.get(code)
        here, there = self._sides(joined.fields, joined.person, seat, code)
        return FormSnapshot(
            version=joined.content.version,
            fields=[_field(one, here, there) for one in joined.fields],
            cells={key: cell(entries) for key, entries in joined.content.cells.items()},
            seen=joined.seen,
            saved=joined.saved,
            focus=joined.focus,
            language=here,
            direction=_direction(here),
            beside=there,
            beside_direction=_direction(there),
            words=form_words.words_for(here, page),
        )

    def _sides(
        self, fields: Sequence[DataField], person: Appointment, seat: str, code: str
    ) -> tuple[str, str]:
        """The language of the reader, and that of the other side, as far as the form has them."""
        town = self.languages.default
        page = self.languages.get(code)
        hers = _written(fields, (*self.languages.reads(page, person.language), town))
        if seat == rooms.CITIZEN:
            return hers, _written(fields, (town,))
        own = self.languages.get(person.language) if person.language else page
        hers = _written(fields, (*self.languages.reads(own, person.language), town))
        return _written(fields, (code, town)), hers


def cell(entries: Sequence[Entry]) -> FormCell:
    """A field's entries on the wire."""
    return FormCell([FormEntry(one.value, one.version, one.author) for one in entries])


def condition(field: DataField) -> FieldWhen | None:
    """When a field is asked, on the wire."""
    return FieldWhen(field.when.field, list(field.when.values)) if field.when else None


def _written(fields: Sequence[DataField], wishes: Sequence[str]) -> str:
    """The first language in which all labels are there."""
    for code in wishes:
        if all(field.label.get(code) for field in fields):
            return code
    return wishes[-1]


def _field(field: DataField, here: str, there: str) -> FormField:
    def both(words: Words) -> tuple[str, str]:
        own, other = in_language(words, here), in_language(words, there)
        return own, other if other != own else ""

    label, beside = both(field.label)
    return FormField(
        key=field.key,
        kind=field.kind,  # type: ignore[arg-type]
        required=field.required,
        label=label,
        beside=beside,
        hint=in_language(field.hint, here),
        choices=[[value, *both(words)] for value, words in field.choices],
        when=condition(field),
    )


def _direction(code: str) -> Literal["ltr", "rtl"]:
    return "rtl" if code and direction(code) == "rtl" else "ltr"
