"""Fees on the wire; `vamt.protocol` lists the events."""

from typing import Annotated, Literal

import msgspec

from vamt.messages import Message

ServiceId = Annotated[str, msgspec.Meta(max_length=60)]
Channel = Literal["electronic", "paper", "posted"]


class FeeAsk(Message):
    """Ask the citizen for the fee of an errand."""

    service: ServiceId
    channel: Channel  # the way its result takes to her
    cents: int | None = None  # only where the town has no tariff for it


class FeeWaive(Message):
    """Nothing is to be paid for this errand, and why."""

    service: ServiceId
    reason: str


class WhichFee(Message):
    """Something about one charge."""

    id: Annotated[str, msgspec.Meta(max_length=40)]


class TransferView(msgspec.Struct):
    """Where to transfer it to; the GiroCode is at `/gebuehr/{id}.svg` below her link."""

    name: str  # of the account
    iban: str  # in groups of four
    bic: str  # "" when it is not needed


class ChargeView(msgspec.Struct):
    """What is asked for one errand. The desk and the citizen see the same."""

    id: str
    service: str  # id of the errand
    name: str  # of the errand
    channel: Channel
    way: str  # the channel in words
    state: str  # vamt.states.Charge
    cents: int
    amount: str  # in words: "9,00 €"
    reference: str  # Kassenzeichen
    reason: str  # why it is waived
    at: float  # when it was asked for, or settled
    surplus: str = ""  # an amount that has come and is not owed
    transfer: TransferView | None = None  # while it is open, for the citizen
    returned: bool = False  # it was paid, and the bank has taken that back
    later: bool = False  # she pays after the visit; nothing waits for it
    online: bool = False  # it can be paid online, at `/gebuehr/{id}/bezahlen` below her link


class FeeChoice(msgspec.Struct):
    """A way of delivery and what it costs."""

    channel: Channel
    name: str  # in words
    cents: int | None  # null: the clerk enters it
    amount: str  # in words; "" when it is not known


class FeeView(msgspec.Struct):
    """The fee of one errand, for the desk."""

    service: str  # id
    name: str
    choices: list[FeeChoice]
    waivers: list[str]  # reasons the town knows
    charge: ChargeView | None  # the one that counts
    policy: str  # optional | required | afterwards
