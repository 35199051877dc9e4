"""What the JSON API takes and answers. Decoding, encoding and the description use these types."""

import msgspec


class NewAppointment(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /api/v1/appointments."""

    service: str
    start: str  # RFC 3339 with offset
    name: str
    email: str
    phone: str = ""
    language: str = "de"
    also: list[str] = []  # further errands in the same appointment


class ServiceItem(msgspec.Struct):
    """One errand."""

    id: str
    name: str
    description: str
    minutes: int
    papers: list[str]
    fees: dict[str, int | None]  # electronic, paper, posted -> cents; null: told in the talk
    cost: str  # the same in words
    waivers: list[str]
    steps: list[str]  # identity, form, documents, signature, fee, handover
    identity: str  # none, look, checked, checked_code
    law: list[str]
    languages: list[str]  # of the talk
    also: list[str]  # what can be done in the same appointment, too


class SlotItem(msgspec.Struct):
    """A bookable start time with how many places are left."""

    start: str
    free: int


class Booked(msgspec.Struct):
    """Answer of POST; `link` is the citizen's booking link."""

    id: str
    link: str
    start: str
    end: str


class AppointmentItem(msgspec.Struct):
    """One's own appointment."""

    id: str
    service: str
    start: str
    end: str
    state: str
    name: str
    email: str
    phone: str
    language: str
    also: list[str]


class Failure(msgspec.Struct):
    """The one error shape."""

    ok: bool
    error: str
    message: str
    status: int
