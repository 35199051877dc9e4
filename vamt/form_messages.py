"""Forms on the wire; `vamt.protocol` lists the events."""

from typing import Annotated, Literal

import msgspec

from vamt.messages import ClientId, Message

FieldKind = Literal[
    "text",
    "address",
    "date",
    "choice",
    "yes_no",
    "number",
    "email",
    "phone",
    "postcode",
    "iban",
]
FieldKey = Annotated[str, msgspec.Meta(max_length=40)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class FormJoin(Message):
    """Ask for the form as it stands; acknowledged with `form`. After each connecting."""

    page: ClientId  # made by the page and kept over a reload: with the seat it is the author


class FormEdit(Message):
    """All that stands in one field now. Acknowledged with its `cell`; see `vamt.coform`."""

    page: ClientId
    number: Count  # of this page's edits, from 1, without a gap: one that comes twice counts once
    field: FieldKey
    value: Annotated[str, msgspec.Meta(max_length=2000)]
    base: Count  # the version that the writer had before her eyes


class FormFocus(Message):
    """In which field the sender is; "" in none. Never stored."""

    field: FieldKey


class FormPoint(Message):
    """The clerk points at a field. Never stored."""

    field: FieldKey


class FieldWhen(msgspec.Struct):
    """Asked only when an earlier field has one of these values."""

    field: str
    values: list[str]


class FormField(msgspec.Struct):
    """A field of the form, worded for its reader and, beside that, for the other side."""

    key: str
    kind: FieldKind
    required: bool
    label: str
    beside: str  # "" where both read the same
    hint: str
    choices: list[list[str]]  # [[value, label, label beside], ...]
    when: FieldWhen | None


class FormEntry(msgspec.Struct):
    """What one author has written into a field."""

    value: str
    version: int
    author: str  # the seat, "/", the page


class FormCell(msgspec.Struct):
    """A field of the form. More than one entry is a conflict: one of them has to be chosen."""

    entries: list[FormEntry]


class FormSnapshot(msgspec.Struct):
    """The whole form, as the acknowledgement of `form_join` has it in `form`."""

    version: int  # of the latest edit
    fields: list[FormField]
    cells: dict[str, FormCell]
    seen: int  # the latest edit of this page that is in it
    saved: int  # the latest one of them that is on disk
    focus: str  # where the other side is; "" in no field
    language: str  # code of `label` and `words`
    direction: Literal["ltr", "rtl"]
    beside: str  # code of the other side's language
    beside_direction: Literal["ltr", "rtl"]
    words: dict[str, str]  # what the page says around the fields, in the reader's language


class FormEdited(msgspec.Struct):
    """A field that the other side has changed."""

    field: str
    cell: FormCell


class FormFocused(msgspec.Struct):
    """Where the other side is; "" in no field."""

    field: str


class FormPointed(msgspec.Struct):
    """The clerk points at a field."""

    field: str


class FormSaved(msgspec.Struct):
    """All edits of this page up to `number` are on disk."""

    page: str
    number: int


class FormFaults(msgspec.Struct):
    """What is wrong, when the clerk wanted to finish the form."""

    faults: dict[str, str]  # key of the field -> code of vamt.forms.WORDS, or conflict


class FormOffer(msgspec.Struct):
    """A value that is known from elsewhere. It is offered, never filled in by itself."""

    field: str
    value: str
    source: Literal["booking", "document"]


class FormView(msgspec.Struct):
    """The form of the visit; its content goes by `form_join` and `form_edited`."""

    state: str  # vamt.states.Form
    offers: list[FormOffer]
