"""Use cases of fees: the clerk asks or waives, the citizen promises, clerk or bank confirm.

Whatever is done twice is done once: asking, promising, confirming, importing a statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vamt import fees, rooms, states
from vamt.bank_statement import Entry
from vamt.booking import Appointment, Service
from vamt.errors import N_, Conflict, Invalid, NotFound
from vamt.fees import Charge, Posting, Receipt, Rules
from vamt.girocode import Account
from vamt.services.ports import Clock, Hub, NewId, Store, Tx
from vamt.services.steps import Steps
from vamt.states import ChargeEvent as Event

CLERK, BANK, PROVIDER = "clerk", "bank", "provider"  # who says that it is paid
DONE = ((Event.PAY, states.Charge.PAID), (Event.CANCEL, states.Charge.CANCELLED))


class NoFees(Conflict):
    """The town takes no fees here, or not for this errand."""

    key = "no_fees"
    default_message = N_("No fees are taken here.")


@dataclass(frozen=True, slots=True)
class Fees:
    """The charges of one town's appointments."""

    store: Store
    clock: Clock
    new_id: NewId
    hub: Hub
    steps: Steps
    services: Mapping[str, Service]
    rules: Rules
    account: Account | None = None  # None: no fees are taken

    # --- the clerk

    async def ask(self, clerk: str, service: str, channel: str, cents: int | None) -> str:
        """Ask the citizen at this desk for the fee of an errand; returns the charge's id.

        Asking for the same again changes nothing. Raises Conflict when something else is asked
        for already, or the errand is settled; Invalid as `fees.amount_of` does.
        """
        async with self.store.write() as tx:
            person = await self._person_at(tx, clerk)
            amount = fees.amount_of(self._errand(person, service), channel, cents)
            known = await self._counting(tx, person.id, service)
            if known and (known.channel, known.cents) != (channel, amount):
                raise Conflict(
                    N_("There is a fee for this errand already. Please take it back first."),
                    key="fee_open",
                )
            charge = known or await self._add(tx, person.id, service, channel, amount, clerk)
        self.hub.changed([person.id], queue=False)
        return charge.id

    async def waive(self, clerk: str, service: str, reason: str) -> None:
        """Nothing is to be paid for this errand; twice is once. Raises Illegal when it is paid."""
        reason = fees.check_reason(reason)
        async with self.store.write() as tx:
            person = await self._person_at(tx, clerk)
            errand = self._errand(person, service)
            charge = await self._counting(tx, person.id, service)
            if charge is None:
                channel = next(iter(errand.fees), "")
                cents = errand.fees.get(channel) or 0
                charge = await self._add(tx, person.id, service, channel, cents, clerk)
            if charge.state is not states.Charge.WAIVED:
                await self.steps.charge(tx, charge, Event.WAIVE, by=clerk, reason=reason)
        self.hub.changed([person.id], queue=False)

    async def confirm(self, clerk: str, id: str) -> None:
        """The clerk has seen that it is paid; twice is once. Raises Illegal once it is over."""
        async with self.store.write() as tx:
            person = await self._person_at(tx, clerk)
            charge = await self._of(tx, person.id, id)
            if charge.state is not states.Charge.PAID:
                await self.steps.charge(tx, charge, Event.PAY, by=clerk, means=CLERK)
        self.hub.changed([person.id], queue=False)

    async def cancel(self, clerk: str, id: str) -> None:
        """It was asked for by mistake; twice is once. Raises Illegal once it is settled."""
        async with self.store.write() as tx:
            person = await self._person_at(tx, clerk)
            charge = await self._of(tx, person.id, id)
            if charge.state is not states.Charge.CANCELLED:
                await self.steps.charge(tx, charge, Event.CANCEL, by=clerk)
        self.hub.changed([person.id], queue=False)

    async def check_hand_over(self, tx: Tx, appointment: str) -> None:
        """Raise Conflict where the fee is wanted first; see `fees.check_settled`."""
        person = await tx.appointment(appointment)
        if person is None:
            raise NotFound()
        errands = [self.services[id] for id in _errands(person) if id in self.services]
        fees.check_settled(self.rules, errands, await tx.charges_of(appointment))

    # --- the citizen

    async def promise(self, appointment: str, id: str) -> None:
        """She has transferred it, or does so now; nothing more when it is settled already."""
        async with self.store.write() as tx:
            charge = await self._of(tx, appointment, id)
            if charge.state in fees.SETTLED or charge.state is states.Charge.PROMISED:
                return  # the bank was faster than she
            await self.steps.charge(tx, charge, Event.PROMISE, by=rooms.CITIZEN)
        self.hub.changed([appointment], queue=False)

    async def of_citizen(self, appointment: str, id: str) -> Charge:
        """A charge of hers; raises NotFound."""
        async with self.store.read() as tx:
            return await self._of(tx, appointment, id)

    async def any(self, id: str) -> Charge:
        """A charge by its id alone, for who comes back from a provider; raises NotFound."""
        async with self.store.read() as tx:
            charge = await tx.charge(id)
        if charge is None:
            raise NotFound()
        return charge

    async def for_citizen(self, appointment: str, id: str) -> Charge:
        """A charge of hers that is open; raises NotFound."""
        charge = await self.of_citizen(appointment, id)
        if charge.state not in fees.OPEN:
            raise NotFound()
        return charge

    # --- whoever keeps the books

    async def pending(self) -> list[tuple[Charge, str]]:
        """What is open, or has a surplus, with the citizen's name; the oldest first."""
        async with self.store.read() as tx:
            return await self._named(tx, await tx.charges_pending())

    async def asked_between(self, first: float, last: float) -> list[tuple[Charge, str]]:
        """All charges asked for in this time, with the citizen's name, '' once forgotten."""
        async with self.store.read() as tx:
            return await self._named(tx, await tx.charges_between(first, last))

    async def _named(self, tx: Tx, charges: list[Charge]) -> list[tuple[Charge, str]]:
        people = {id: await tx.appointment(id) for id in {one.appointment for one in charges}}
        names = {id: person.name if person else "" for id, person in people.items()}
        return [(one, names[one.appointment]) for one in charges]

    async def decide(self, by: str, id: str, event: Event) -> None:
        """PAY, CANCEL or REFUND, outside a visit; what has happened already happens no more."""
        async with self.store.write() as tx:
            charge = await tx.charge(id)
            if charge is None:
                raise NotFound()
            if event is Event.REFUND and not charge.surplus:
                return
            if (event, charge.state) in DONE:
                return
            changes: dict[str, object] = {}
            if event is Event.REFUND:
                changes["refunded"] = charge.refunded + charge.surplus
            elif event is Event.PAY:
                changes["means"] = CLERK
            await self.steps.charge(tx, charge, event, by=by, **changes)
        self.hub.changed([charge.appointment], queue=False)

    # --- the bank

    async def arrived(self, by: str, entries: list[Entry]) -> list[Posting]:
        """Note what has arrived; of each transfer that names one of our references, what it did.

        An entry known from an earlier statement does nothing. Other transfers are not ours to
        look at and are not in the answer.
        """
        postings, changed = [], set[str]()
        async with self.store.write() as tx:
            for entry in entries:
                named = fees.references_in(entry.text, self.rules.prefix)
                charges = await tx.charges_named(*named) if named else []
                if not charges and not fees.looks_ours(entry.text, self.rules.prefix):
                    continue
                kind = fees.judge(entry.cents, charges)
                if entry.back and kind != "paid":
                    kind = "unknown_return"
                elif entry.back:
                    kinds = {await self._gone(tx, one, entry, by) for one in charges}
                    kind = max(kinds, key=fees.ARRIVALS.index)
                    changed |= {one.appointment for one in charges}
                elif kind == "paid":
                    kinds = {await self._receive(tx, one, entry, by) for one in charges}
                    kind = max(kinds, key=fees.ARRIVALS.index)
                    changed |= {one.appointment for one in charges}
                postings.append(
                    Posting(
                        kind,
                        entry.booked,
                        entry.cents,
                        tuple(one.reference for one in charges),
                        sum(one.cents for one in charges),
                    )
                )
        if changed:
            self.hub.changed(changed, queue=False)
        return postings

    async def _receive(self, tx: Tx, charge: Charge, entry: Entry, by: str) -> str:
        receipt = Receipt(entry.id, charge.id, charge.cents, entry.booked, BANK, self.clock())
        return await self._note(tx, charge, receipt, by)

    async def _gone(self, tx: Tx, charge: Charge, entry: Entry, by: str) -> str:
        taken = Receipt(entry.id, charge.id, -charge.cents, entry.booked, BANK, self.clock())
        return await self._take_back(tx, charge, taken, by)

    async def _take_back(self, tx: Tx, charge: Charge, taken: Receipt, by: str) -> str:
        """Note money that has left again, once, and what it means; one of `fees.ARRIVALS`."""
        charge = await tx.charge(charge.id) or charge
        kind = fees.departure(charge)
        if not await tx.add_receipt(taken):
            return "known"
        if kind == "refunded":
            refunded = charge.refunded + charge.cents
            await self.steps.charge(tx, charge, Event.REFUND, by=by, refunded=refunded)
        elif kind == "returned":
            received = max(0, charge.received - charge.cents)
            await self.steps.charge(tx, charge, Event.RETURN, by=by, received=received)
        return kind

    async def returned(self, by: str, text: str) -> None:
        """Somebody has seen that a payment was taken back; twice is once.

        Raises NotFound for what is no reference of ours, Illegal for what was never paid.
        """
        async with self.store.write() as tx:
            named = fees.references_in(text, self.rules.prefix)
            charges = await tx.charges_named(*named) if len(named) == 1 else []
            if not charges:
                raise Invalid(N_("No charge has this reference."), field="reference")
            (charge,) = charges
            if charge.returned and charge.state in fees.OPEN:
                return
            states.CHARGE.apply(charge.state, Event.RETURN)
            entry = f"{CLERK}:{self.new_id()}"
            taken = Receipt(entry, charge.id, -charge.cents, "", CLERK, self.clock())
            await self._take_back(tx, charge, taken, by)
        self.hub.changed([charge.appointment], queue=False)

    async def _note(self, tx: Tx, charge: Charge, receipt: Receipt, by: str) -> str:
        """Note money once, and what it means; one of `fees.ARRIVALS`."""
        if not await tx.add_receipt(receipt):
            return "known"
        # of several transfers in one statement each is judged by what the ones before have done
        charge = await tx.charge(charge.id) or charge
        kind, received = fees.arrival(charge), charge.received + charge.cents
        if kind == "paid":
            await self.steps.charge(
                tx, charge, Event.PAY, by=by, means=receipt.means, received=received
            )
        elif kind == "surplus":
            await self.steps.charge(tx, charge, Event.SURPLUS, by=by, received=received)
        else:
            await tx.change_charge(charge.id, charge.state, received=received)
        return kind

    # --- a provider

    async def began(self, charge: Charge, **changes: object) -> Charge:
        """Note a payment online that is begun; raises Conflict when the charge has moved on.

        Another process may have begun one in the meantime: only one of the two is noted, and only
        the address of that one is given to her.
        """
        async with self.store.write() as tx:
            now = await tx.charge(charge.id)
            if now is None or _online(now) != _online(charge):
                raise Conflict()
            if not await tx.change_charge(charge.id, charge.state, **changes):
                raise Conflict()
        return replace(charge, **changes)  # type: ignore[arg-type]

    async def received(self, charge: Charge, entry: str, means: str) -> None:
        """A provider has the money; told twice is once."""
        async with self.store.write() as tx:
            receipt = Receipt(entry, charge.id, charge.cents, "", means, self.clock())
            await self._note(tx, charge, receipt, means)
        self.hub.changed([charge.appointment], queue=False)

    # --- all

    async def _add(
        self, tx: Tx, appointment: str, service: str, channel: str, cents: int, clerk: str
    ) -> Charge:
        number = await tx.next_charge_number()
        charge = Charge(
            self.new_id(),
            appointment,
            service,
            channel,
            states.CHARGE.initial,
            cents,
            number,
            fees.reference(self.rules.prefix, number),
            clerk,
            asked=self.clock(),
        )
        await tx.add_charge(charge)
        await self.steps.begun(
            tx, states.CHARGE, charge.id, "ask", by=clerk, appointment=charge.appointment
        )
        return charge

    async def _person_at(self, tx: Tx, clerk: str) -> Appointment:
        """Who is in the visit that is open at this desk."""
        if not self.rules.active:
            raise NoFees()
        visit = await tx.visit_at(clerk)
        person = await tx.appointment(visit.appointment) if visit else None
        if person is None or visit is None or visit.state is not states.Visit.OPEN:
            raise Conflict(N_("There is no visit at the moment."), key="no_visit")
        return person

    def _errand(self, person: Appointment, service: str) -> Service:
        if service not in _errands(person) or service not in self.services:
            raise NotFound()
        if self.rules.of(self.services[service]) == fees.INACTIVE:
            raise NoFees()
        return self.services[service]

    async def _counting(self, tx: Tx, appointment: str, service: str) -> Charge | None:
        """The one charge of this errand that is not cancelled."""
        charges = await tx.charges_of(appointment)
        return next((one for one in charges if one.service == service and one.counts), None)

    async def _of(self, tx: Tx, appointment: str, id: str) -> Charge:
        charge = await tx.charge(id)
        if charge is None or charge.appointment != appointment:
            raise NotFound()
        return charge


def _online(charge: Charge) -> tuple[str | None, int]:
    return charge.payment, charge.attempts


def _errands(person: Appointment) -> tuple[str, ...]:
    return (person.service, *person.also)
