"""Apply an event of a state machine inside a transaction: store the new state, do the effects.

The one writer of every state. The machines drive each other only through effects.
"""

from dataclasses import dataclass, replace
from typing import Any

from vamt import notices, states
from vamt.booking import Appointment
from vamt.coform import Form
from vamt.documents import Document
from vamt.errors import Conflict
from vamt.fees import Charge
from vamt.identity import Check, Code
from vamt.notices import Notice
from vamt.rooms import Guest, Visit
from vamt.services import vault
from vamt.services.ports import Clock, Letter, NewId, Tx
from vamt.signature import Signature
from vamt.states import (
    AppointmentEvent,
    ChargeEvent,
    CheckEvent,
    DeskEvent,
    DocumentEvent,
    E,
    Effect,
    FormEvent,
    GuestEvent,
    S,
    SignatureEvent,
    VisitEvent,
)

LETTERS = {
    Effect.MAIL_CONFIRMATION: "confirmation",
    Effect.MAIL_MOVED: "moved",
    Effect.MAIL_CANCELLED: "cancelled",
}
VISIT_EVENTS = {
    Effect.RING_VISIT: VisitEvent.RING,
    Effect.OPEN_VISIT: VisitEvent.ANSWER,
    Effect.SET_VISIT_ASIDE: VisitEvent.SET_ASIDE,
    Effect.END_VISIT: VisitEvent.END,
}
GUEST_EVENTS = {
    Effect.SET_GUESTS_ASIDE: GuestEvent.SET_ASIDE,
    Effect.END_GUESTS: GuestEvent.END,
}


@dataclass(frozen=True, slots=True)
class Steps:
    """Performs steps; `by` is who caused them ("citizen", a clerk's id, "clock")."""

    clock: Clock
    new_id: NewId

    async def appointment(
        self,
        tx: Tx,
        appointment: Appointment,
        event: AppointmentEvent,
        *,
        by: str,
        clerk: str = "",
        **changes: Any,
    ) -> Appointment:
        """Apply `event`; `changes` are stored in the same step, `clerk` is whose desk rings.

        Raises states.Illegal when the table has no such step, Conflict when somebody else
        changed the appointment since it was read.
        """
        step = states.APPOINTMENT.apply(appointment.state, event)
        now = self.clock()
        for effect in step.effects:
            changes |= self._changes_of(effect, now)
        if not await tx.change_appointment(
            appointment.id, appointment.state, state=step.target, **changes
        ):
            raise Conflict()
        await self._note(
            tx,
            "appointment",
            appointment.id,
            event,
            appointment.state,
            step.target,
            by,
            appointment.id,
        )
        after = replace(appointment, state=step.target, **changes)
        for effect in step.effects:
            if effect in VISIT_EVENTS:
                await self._visit(tx, after, VISIT_EVENTS[effect], by, clerk)
            elif effect in LETTERS:
                await tx.post(letter_about(after, LETTERS[effect]), now)
            elif effect is Effect.BILL_FEES:
                for charge in await tx.charges_of(after.id):
                    if charge.state is states.Charge.ASKED:
                        await self._mail_about(tx, charge, "fee")
            elif effect is Effect.FREE_PLACE:
                await tx.free_place(after.id)
            elif effect is Effect.FORGET_DOCUMENTS:
                await tx.forget_documents(after.id)
            elif effect is Effect.FORGET_PERSON:
                await tx.forget_lines(after.id)
                await tx.forget_letters(after.id)
                await tx.forget_reasons(after.id)
                for visit, purpose in await tx.vault_keys_of(after.id):
                    await vault.destroy(tx, visit, purpose, now, by)
                await tx.forget_signatures(after.id)
                await tx.forget_forms(after.id)

                await tx.forget_charge_reasons(after.id)
        return after

    def _changes_of(self, effect: Effect, now: float) -> dict[str, Any]:
        if effect is Effect.STAMP_ARRIVAL:
            return {"arrived": now, "for_clerk": "", "note": ""}
        if effect is Effect.FORGET_PERSON:
            blank: dict[str, Any] = {"name": "", "email": "", "phone": "", "data": {}, "note": ""}
            return blank | {"checked": None}
        return {}

    async def _visit(
        self, tx: Tx, appointment: Appointment, event: VisitEvent, by: str, clerk: str
    ) -> None:
        now = self.clock()
        visit = await tx.visit_of(appointment.id)
        if visit is None:
            if event is VisitEvent.END:
                return  # nobody ever called her
            visit = Visit(self.new_id(), appointment.id, clerk, states.VISIT.initial, now)
            await tx.add_visit(visit)
        step = states.VISIT.apply(visit.state, event)
        changes: dict[str, Any] = {"state": step.target}
        if event is VisitEvent.RING:
            if visit.live and visit.clerk != clerk:
                raise Conflict()
            changes |= {"clerk": clerk, "rung": now}
        if Effect.START_CLOCK in step.effects:
            changes["answered"] = now
        if Effect.STOP_CLOCK in step.effects:
            changes["ended"] = now
        # the desk first: its table refuses a second visit before the visit is touched
        if Effect.TAKE_DESK in step.effects:
            await self.desk(tx, clerk, DeskEvent.TAKE, by=by)
        if Effect.RELEASE_DESK in step.effects:
            await self.desk(tx, visit.clerk, DeskEvent.RELEASE, by=by)
        if not await tx.change_visit(visit.id, visit.state, **changes):
            raise Conflict()
        await self._note(tx, "visit", visit.id, event, visit.state, step.target, by, appointment.id)
        if Effect.FORGET_CHAT in step.effects:
            await tx.forget_lines(appointment.id)
        for effect in step.effects:
            if effect in GUEST_EVENTS:
                await self._guests(tx, visit.id, GUEST_EVENTS[effect], by)
        if Effect.END_CHECKS in step.effects:
            for check in await tx.checks_of(visit.id):
                if check.open:
                    await self.check(tx, check, CheckEvent.END, appointment.id, by=by)
        if Effect.END_SIGNATURES in step.effects:
            await self._end_signatures(tx, visit.id, by)
        if Effect.END_FORM in step.effects and (form := await tx.form(visit.id)):
            if states.FORM.allows(form.state, FormEvent.END):
                await self.form(tx, form, FormEvent.END, by=by)

    async def _guests(self, tx: Tx, visit: str, event: GuestEvent, by: str) -> None:
        """Apply `event` to all guests of the visit whom it concerns."""
        for guest in await tx.guests_of(visit):
            if states.GUEST.allows(guest.state, event):
                await self.guest(tx, guest, event, by=by)

    async def guest(
        self, tx: Tx, guest: Guest, event: GuestEvent, *, by: str, **changes: Any
    ) -> Guest:
        """Apply `event`, storing `changes` with it; raises states.Illegal or Conflict."""
        step = states.GUEST.apply(guest.state, event)
        if Effect.FORGET_GUEST in step.effects:
            changes["name"] = ""
        if not await tx.change_guest(guest.id, guest.state, state=step.target, **changes):
            raise Conflict()
        await self._note(tx, "guest", guest.id, event, guest.state, step.target, by)
        return replace(guest, state=step.target, **changes)

    async def check(
        self,
        tx: Tx,
        check: Check,
        event: CheckEvent,
        appointment: str,
        *,
        by: str,
        **changes: Any,
    ) -> Check:
        """Apply `event`, storing `changes` with it; raises states.Illegal or Conflict."""
        step = states.CHECK.apply(check.state, event)
        now = self.clock()
        if Effect.FORGET_CODE in step.effects:
            changes |= {"code": Code(""), "ended": now}
            await tx.forget_letters(appointment, "code")
        if not await tx.change_check(check.id, check.state, state=step.target, **changes):
            raise Conflict()
        await self._note(tx, "check", check.id, event, check.state, step.target, by, appointment)
        return replace(check, state=step.target, **changes)

    async def _end_signatures(self, tx: Tx, visit: str, by: str) -> None:
        """Take back what the citizen has been asked to sign and has not."""
        for one in await tx.signatures_of(visit):
            if states.SIGNATURE.allows(one.state, SignatureEvent.END):
                await self.signature(tx, one, SignatureEvent.END, by=by)

    async def signature(
        self, tx: Tx, signature: Signature, event: SignatureEvent, *, by: str, **changes: Any
    ) -> Signature:
        """Apply `event`, storing `changes` with it; raises states.Illegal or Conflict."""
        step = states.SIGNATURE.apply(signature.state, event)
        now = self.clock()
        if Effect.FORGET_TEXT in step.effects:
            changes |= {"text": "", "ended": now}
        if not await tx.change_signature(
            signature.id, signature.state, state=step.target, **changes
        ):
            raise Conflict()
        about = await _appointment_of(tx, signature.visit)
        await self._note(
            tx, "signature", signature.id, event, signature.state, step.target, by, about
        )
        return replace(signature, state=step.target, **changes)

    async def document(
        self, tx: Tx, document: Document, event: DocumentEvent, *, by: str, **changes: Any
    ) -> Document:
        """Apply `event`, storing `changes` with it; raises states.Illegal or Conflict."""
        step = states.DOCUMENT.apply(document.state, event)
        if Effect.FORGET_FILE in step.effects:
            changes |= {"title": "", "reason": "", "key": None}
            await tx.forget_document_parts(document.id)
        if not await tx.change_document(document.id, document.state, state=step.target, **changes):
            raise Conflict()
        about = document.appointment
        await self._note(tx, "document", document.id, event, document.state, step.target, by, about)
        return replace(document, state=step.target, **changes)

    async def form(self, tx: Tx, form: Form, event: FormEvent, *, by: str) -> Form:
        """Apply `event`; raises states.Illegal or Conflict."""
        step = states.FORM.apply(form.state, event)
        now = self.clock()
        ended = None if step.target is states.Form.OPEN else now
        if not await tx.change_form(form.visit, form.state, state=step.target, ended=ended):
            raise Conflict()
        about = await _appointment_of(tx, form.visit)
        await self._note(tx, "form", form.visit, event, form.state, step.target, by, about)
        return replace(form, state=step.target, ended=ended)

    async def charge(
        self, tx: Tx, charge: Charge, event: ChargeEvent, *, by: str, **changes: Any
    ) -> Charge:
        """Apply `event`, storing `changes` with it; raises states.Illegal or Conflict."""
        step = states.CHARGE.apply(charge.state, event)
        if Effect.STAMP_END in step.effects:
            changes["ended"] = self.clock()
        if Effect.REOPEN in step.effects:
            changes |= {"ended": None, "means": ""}
        if not await tx.change_charge(charge.id, charge.state, state=step.target, **changes):
            raise Conflict()
        about = charge.appointment
        await self._note(tx, "charge", charge.id, event, charge.state, step.target, by, about)
        if Effect.MAIL_RECEIPT in step.effects:
            await self._mail_about(tx, charge, "receipt")
        if Effect.MAIL_RETURNED in step.effects:
            await self._mail_about(tx, charge, "fee", returned=True)
        return replace(charge, state=step.target, **changes)

    async def _mail_about(self, tx: Tx, charge: Charge, kind: str, **more: object) -> None:
        """A letter about money to her, as long as she is known."""
        person = await tx.appointment(charge.appointment)
        if person and person.email:
            facts = {
                "service": charge.service,
                "also": [],
                "cents": charge.cents,
                "charge": charge.id,
                "reference": charge.reference,
            }
            await tx.post(letter_about(person, kind, **facts, **more), self.clock())

    async def desk(self, tx: Tx, clerk: str, event: DeskEvent, *, by: str) -> None:
        """Apply `event` to the desk of `clerk`; raises states.Illegal or Conflict."""
        desk = await tx.desk(clerk)
        step = states.DESK.apply(desk.state, event)
        if not await tx.change_desk(clerk, desk.state, state=step.target):
            raise Conflict()
        await self._note(tx, "desk", clerk, event, desk.state, step.target, by)

    async def begun(
        self,
        tx: Tx,
        machine: states.Machine[S, E],
        subject: str,
        event: str,
        *,
        by: str,
        appointment: str,
    ) -> None:
        """Write into the history that something of this machine has begun its life."""
        first = machine.initial
        await self._note(tx, machine.name, subject, event, "", first, by, appointment)

    async def _note(
        self,
        tx: Tx,
        machine: str,
        subject: str,
        event: str,
        old: str,
        new: str,
        by: str,
        appointment: str = "",
    ) -> None:
        """Write the history, and what others are to know of it into their outbox."""
        now = self.clock()
        await tx.record(now, machine, subject, event, old, new, by, appointment)
        if kind := notices.KINDS.get((machine, event)):
            await tx.announce(Notice(kind, subject, now))


async def _appointment_of(tx: Tx, visit: str) -> str:
    found = await tx.visit(visit)
    return found.appointment if found else ""


def letter_about(appointment: Appointment, kind: str, **more: Any) -> Letter:
    """A mail to the citizen with the facts as they are now, and `more` of them."""
    return Letter(
        kind=kind,
        appointment=appointment.id,
        recipient=appointment.email,
        language=appointment.language,
        facts={
            "name": appointment.name,
            "service": appointment.service,
            "also": list(appointment.also),
            "start": appointment.start,
            "end": appointment.end,
            **more,
        },
    )
