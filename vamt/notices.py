"""What leaves the house: notices that tell other programs what has happened. Pure rules.

A step of a state machine that is in `KINDS` is noted in the transaction that makes it, and from
there sent to every receiver until it takes it. The message is signed as Standard Webhooks say
(https://github.com/standard-webhooks/standard-webhooks, version 1), so that a receiver can take any
library for it. The wording of the message is in `services/facts.py`.
"""

import base64
import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vamt.states import (
    APPOINTMENT,
    CHARGE,
    CHECK,
    DOCUMENT,
    FORM,
    SIGNATURE,
    VISIT,
    AppointmentEvent,
    ChargeEvent,
    CheckEvent,
    DocumentEvent,
    FormEvent,
    SignatureEvent,
    VisitEvent,
)

VERSION = 1  # of the message; new fields may be added to a version
RETRIES = (  # seconds after each failure; then given up, after three days (Standard Webhooks)
    *(5, 300, 1800, 2 * 3600, 5 * 3600),
    *(10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600),
)
JITTER = 0.2  # so that a receiver that comes back is not asked for everything at once
LONGEST_WAIT = 86400.0  # seconds that a receiver may ask us to wait
PREFIX = "whsec_"
KEY_LENGTH = (24, 64)  # bytes


class Kind(StrEnum):
    """What is told."""

    BOOKED = "appointment.booked"
    MOVED = "appointment.moved"
    CANCELLED = "appointment.cancelled"
    MISSED = "appointment.missed"
    ENDED = "visit.ended"
    JUDGED = "check.judged"
    FILLED = "form.finished"
    SIGNED = "signature.signed"
    ACCEPTED = "document.accepted"
    HANDED = "document.handed"
    PAID = "charge.paid"
    WAIVED = "charge.waived"
    RETURNED = "charge.returned"


WORDS: Mapping[Kind, str] = {  # for those who write a receiver
    Kind.BOOKED: "the citizen has booked",
    Kind.MOVED: "she has moved it to another time",
    Kind.CANCELLED: "she has cancelled it",
    Kind.MISSED: "she did not come",
    Kind.ENDED: "the visit is over, for whatever reason",
    Kind.JUDGED: "the look at an identity document has its result",
    Kind.FILLED: "the clerk has found the form complete; she may still reopen it",
    Kind.SIGNED: "the citizen has signed a text",
    Kind.ACCEPTED: "the clerk has accepted a document that the citizen has brought",
    Kind.HANDED: "the desk has handed a document to the citizen",
    Kind.PAID: "a fee has been paid, in the visit or later",
    Kind.WAIVED: "a fee has been waived",
    Kind.RETURNED: "a payment has been taken back by the bank; the fee is open again",
}


KINDS: Mapping[tuple[str, str], Kind] = {  # machine and event -> what is told of it
    (APPOINTMENT.name, AppointmentEvent.CONFIRM): Kind.BOOKED,
    (APPOINTMENT.name, AppointmentEvent.MOVE): Kind.MOVED,
    (APPOINTMENT.name, AppointmentEvent.CANCEL): Kind.CANCELLED,
    (APPOINTMENT.name, AppointmentEvent.MISS): Kind.MISSED,
    (VISIT.name, VisitEvent.END): Kind.ENDED,
    (CHECK.name, CheckEvent.JUDGE): Kind.JUDGED,
    (FORM.name, FormEvent.FINISH): Kind.FILLED,
    (SIGNATURE.name, SignatureEvent.SIGN): Kind.SIGNED,
    (DOCUMENT.name, DocumentEvent.ACCEPT): Kind.ACCEPTED,
    (DOCUMENT.name, DocumentEvent.HAND): Kind.HANDED,
    (CHARGE.name, ChargeEvent.PAY): Kind.PAID,
    (CHARGE.name, ChargeEvent.WAIVE): Kind.WAIVED,
    (CHARGE.name, ChargeEvent.RETURN): Kind.RETURNED,
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Something has happened that others want to know. `at` in Unix seconds."""

    kind: Kind
    subject: str  # id of what the kind begins with; a form has that of its visit
    at: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way to one receiver."""

    id: str  # the same with every try: by it the receiver knows one it has already
    receiver: str
    kind: Kind
    subject: str
    at: float
    due: float
    tries: int = 0
    sent: float | None = None
    given_up: float | None = None
    error: str = ""  # of the last try


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who is told."""

    name: str
    kinds: Collection[Kind] = ()  # empty: of everything
    person: bool = False  # whether with name, address and answers, or with ids only

    def wants(self, kind: Kind) -> bool:
        """Whether it is told of this."""
        return not self.kinds or kind in self.kinds


def wait(tries: int, chance: float, asked: float = 0.0) -> float | None:
    """Seconds until the next try after `tries` failed ones; None: it is given up.

    `chance` is between 0 and 1, `asked` what the receiver has asked for (Retry-After).
    """
    if tries > len(RETRIES):
        return None
    return max(RETRIES[tries - 1] * (1 + JITTER * chance), min(asked, LONGEST_WAIT))


def key(secret: str) -> bytes:
    """The key of a secret as Standard Webhooks write it ("whsec_" and base64); ValueError."""
    if not secret.startswith(PREFIX):
        raise ValueError(f'a secret begins with "{PREFIX}"')
    try:
        found = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        raise ValueError(f'what follows "{PREFIX}" is not base64') from None
    if not KEY_LENGTH[0] <= len(found) <= KEY_LENGTH[1]:
        raise ValueError(f"a secret has {KEY_LENGTH[0]} to {KEY_LENGTH[1]} bytes")
    return found


def headers(keys: Sequence[bytes], id: str, at: float, body: bytes) -> dict[str, str]:
    """The three headers that say which message this is, when it was sent and by whom.

    With two keys there are two signatures: a receiver that knows either takes it.
    """
    sent = str(int(at))
    content = f"{id}.{sent}.".encode() + body
    signed = (base64.b64encode(hmac.digest(one, content, hashlib.sha256)) for one in keys)
    return {
        "webhook-id": id,
        "webhook-timestamp": sent,
        "webhook-signature": " ".join(f"v1,{one.decode()}" for one in signed),
    }
