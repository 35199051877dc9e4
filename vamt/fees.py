"""Fees: what an errand costs, what the citizen is asked for, and whether it is settled. Pure rules.

Amounts are whole cents. The town's tariff is in its services (`booking.Service.fees`); where it
has no number for a way of delivery the fee is *unknown*, not nought, and the clerk says it. The
states of a charge are in `states.py`. Each charge has a Kassenzeichen (reference) of its own, by
which the Kasse knows the money again.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from vamt import booking, states
from vamt.booking import Service
from vamt.errors import N_, Conflict, Invalid

INACTIVE, OPTIONAL, REQUIRED, AFTERWARDS = "inactive", "optional", "required", "afterwards"
POLICIES = (INACTIVE, OPTIONAL, REQUIRED, AFTERWARDS)  # as XBezahldienste has them
MOST = 1_000_000  # cents; more is a slip
REASON_LENGTH = 300
PREFIX = re.compile(r"[A-Z][A-Z0-9]{1,7}")
DIGITS, CHECK = 8, 2  # of a reference: the number, and what is computed from it

# what a transfer did, or one that was taken back; the last is told first
ARRIVALS = ("known", "confirmed", "refunded", "paid", "surplus", "returned", "unknown_return")
SETTLED = frozenset((states.Charge.PAID, states.Charge.WAIVED))
OPEN = frozenset((states.Charge.ASKED, states.Charge.PROMISED))


@dataclass(frozen=True, slots=True)
class Charge:
    """What a citizen is asked to pay for one errand. Instants in Unix seconds."""

    id: str
    appointment: str
    service: str  # id of the errand
    channel: str  # one of booking.CHANNELS
    state: states.Charge
    cents: int
    number: int  # counts up in the whole town
    reference: str  # the Kassenzeichen made of it
    clerk: str  # who asked
    asked: float
    ended: float | None = None  # paid, waived or cancelled at
    means: str = ""  # who said that it is paid: clerk, bank, provider
    reason: str = ""  # why it is waived
    received: int = 0  # cents that have demonstrably arrived
    refunded: int = 0  # cents that were given back
    payment: str | None = None  # the provider's id of the payment online
    attempts: int = 0  # to pay online
    returned: bool = False  # a payment was taken back once

    @property
    def counts(self) -> bool:
        """Whether nothing more is to be asked for this errand."""
        return self.state is not states.Charge.CANCELLED

    @property
    def surplus(self) -> int:
        """Cents that have arrived and belong to the citizen."""
        owed = self.cents if self.state is states.Charge.PAID or self.state in OPEN else 0
        return max(0, self.received - owed - self.refunded)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that has arrived for a charge; the same `entry` counts once."""

    entry: str  # which transfer
    charge: str
    cents: int  # less than nought: taken back
    booked: str  # date, ISO
    means: str  # bank, provider, clerk
    at: float  # noted at


@dataclass(frozen=True, slots=True)
class Rules:
    """How the town takes its fees."""

    policy: str = INACTIVE  # one of POLICIES, for the errands that say nothing else
    prefix: str = "AMT"  # of its references
    promise_counts: bool = False  # her word is enough before something is handed over
    account: bool = False  # there is one, so an errand may have a policy of its own

    @property
    def active(self) -> bool:
        """Whether fees are taken here at all."""
        return self.account or self.policy != INACTIVE

    def of(self, errand: Service) -> str:
        """The policy of an errand."""
        return errand.fee_policy or self.policy


def amount_of(service: Service, channel: str, entered: int | None) -> int:
    """What the errand costs that way, in cents: the tariff, or what the clerk enters without one.

    Raises Invalid for a way that the errand does not have, for an amount that is missing or does
    not agree with the tariff, and for nought: there is nothing to ask for.
    """
    if channel not in service.fees:
        raise Invalid(N_("This errand is not delivered that way."), field="channel")
    tariff = service.fees[channel]
    if tariff is None and entered is None:
        raise Invalid(N_("Please enter the amount."), field="cents")
    if tariff is not None and entered not in (None, tariff):
        raise Invalid(N_("The amount is set by the town."), field="cents")
    cents = tariff if tariff is not None else entered
    if not cents:
        raise Invalid(N_("That way it is free of charge."), field="cents", key="nothing_to_pay")
    if not 0 < cents <= MOST:
        raise Invalid(N_("Please enter an amount up to 10,000 euros."), field="cents")
    return cents


def check_reason(reason: str) -> str:
    """Why nothing is to be paid; raises Invalid."""
    reason = booking.clean_text(reason, REASON_LENGTH, "reason")
    if not reason:
        raise Invalid(N_("Please say why it is free of charge."), field="reason")
    return reason


def check_settled(rules: Rules, services: Iterable[Service], charges: Sequence[Charge]) -> None:
    """Raise Conflict where an errand's fee is wanted before anything is handed over.

    An errand that costs nothing electronically, which is how something is handed over here, needs
    no charge; one with an unknown fee does: the clerk asks for it, or waives it.
    """
    wanted = {one.id: one for one in services if rules.of(one) == REQUIRED}
    enough = SETTLED | ({states.Charge.PROMISED} if rules.promise_counts else set())
    alive = [one for one in charges if one.counts and one.service in wanted]
    asked = {one.service for one in alive}
    if any(one.state not in enough for one in alive):
        raise Conflict(
            N_("The fee is not paid yet. Only then something can be handed over."),
            key="fee_not_settled",
        )
    if any(one.id not in asked and handed_over_costs(one) for one in wanted.values()):
        raise Conflict(
            N_("Please ask for the fee first, or note why it is free of charge."),
            key="fee_not_asked",
        )


def handed_over_costs(service: Service) -> bool:
    """Whether what is handed over in the talk costs something, or may."""
    fees = service.fees
    if "electronic" in fees:
        return fees["electronic"] != 0
    return any(cents != 0 for cents in fees.values())


# --- the Kassenzeichen


def reference(prefix: str, number: int) -> str:
    """ "AMT-00000012-18": prefix, number, and two check digits (ISO/IEC 7064, MOD 97-10).

    The check digits find every wrong digit and every two that are swapped.
    """
    body = f"{prefix}{number:0{DIGITS}}"
    check = 98 - int(_numeric(body) + "00") % 97
    return f"{prefix}-{number:0{DIGITS}}-{check:0{CHECK}}"


def references_in(text: str, prefix: str) -> list[str]:
    """The references in a transfer's text, each once, as `reference` writes them.

    People leave out the hyphens, banks break lines anywhere and write everything in capitals.
    """
    found = re.finditer(rf"(?=({re.escape(prefix)}(\d{{{DIGITS}}})(\d{{{CHECK}}})))", compact(text))
    right = [m for m in found if int(_numeric(m[1])) % 97 == 1]
    return list(dict.fromkeys(f"{prefix}-{m[2]}-{m[3]}" for m in right))


def looks_ours(text: str, prefix: str) -> bool:
    """Whether a transfer's text seems to mean one of our references, perhaps a wrong one."""
    return re.search(rf"{re.escape(prefix)}\d{{5}}", compact(text)) is not None


def compact(text: str) -> str:
    """Letters and digits only, in capitals."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _numeric(text: str) -> str:
    """Letters as numbers: A is 10, Z is 35."""
    return "".join(str(int(c, 36)) for c in text)


# --- what has arrived on the account


@dataclass(frozen=True, slots=True)
class Posting:
    """One transfer of a bank statement, beside what it pays."""

    kind: str  # one of ARRIVALS, wrong_amount, unknown
    booked: str  # date, ISO
    cents: int
    references: tuple[str, ...]
    expected: int = 0  # cents, where the amount is wrong


def judge(cents: int, charges: Collection[Charge]) -> str:
    """What a transfer over `cents` that names `charges` does: pay them, or nothing."""
    if not charges:
        return "unknown"
    if sum(one.cents for one in charges) != cents:
        return "wrong_amount"
    return "paid"


def arrival(charge: Charge) -> str:
    """What the amount of this charge means when it arrives now.

    `paid`: it was open. `confirmed`: somebody had said so before, and here it is. `surplus`:
    nothing was owed any more, so it is the citizen's.
    """
    if charge.state in OPEN:
        return "paid"
    if charge.state is states.Charge.PAID and not charge.received and charge.means == "clerk":
        return "confirmed"
    return "surplus"


def departure(charge: Charge) -> str:
    """What it means when the amount of this charge is taken back now.

    `refunded`: it was too much anyway. `returned`: it has to be paid again. `unknown_return`:
    nothing of it was here.
    """
    if charge.surplus >= charge.cents > 0:
        return "refunded"
    return "returned" if charge.state is states.Charge.PAID else "unknown_return"
