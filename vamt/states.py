"""The state machines of the office, as tables, and nothing else.

An *appointment* is what the citizen owns, a *visit* is citizen and clerk together,
a *desk* is a clerk's browser tab, a *guest* is a third person in a visit, a *check* is the look at
an identity document, a *signature* is what the citizen is asked to sign, a *document* is a
file that one of the two gives the other, a *form* is what both fill in, a *charge* is a fee that
is asked for. Each machine is one table

    (state, event) -> (next state, effects)

Effects are values: the services perform them inside the transaction that stores the new
state. Rules of this file:

1. Whatever decides about a state lives here; nobody assigns a state elsewhere.
2. A pair that is not in the table is illegal: `Illegal` is raised and nothing changes.
3. An appointment's effects drive the visit, a visit's effects drive the desk, the guests and the
   check, the signature and the form. So the machines never disagree about who talks to whom.

`docs/architecture.md` shows diagrams drawn from these tables by `Machine.diagram()`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from vamt.errors import N_, Conflict


class Appointment(StrEnum):
    """States of an appointment (Termin)."""

    RESERVED = "reserved"  # a slot held while the citizen types
    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"  # in the waiting room
    CALLED = "called"
    IN_VISIT = "in_visit"
    PARKED = "parked"  # put aside for a while, keeps her place
    FINISHED = "finished"
    MISSED = "missed"
    CANCELLED = "cancelled"
    ANONYMISED = "anonymised"


class AppointmentEvent(StrEnum):
    """What can happen to an appointment."""

    CONFIRM = "confirm"
    LAPSE = "lapse"  # the hold ran out
    MOVE = "move"
    CANCEL = "cancel"
    ENTER = "enter"
    LEAVE = "leave"
    CALL = "call"
    ANSWER = "answer"
    PARK = "park"
    RETURN = "return"
    HAND_OVER = "hand_over"
    MISS = "miss"
    FINISH = "finish"
    ANONYMISE = "anonymise"


class Visit(StrEnum):
    """States of a visit (Besuch)."""

    RINGING = "ringing"
    OPEN = "open"
    ASIDE = "aside"  # parked, or on its way to a colleague
    ENDED = "ended"


class VisitEvent(StrEnum):
    """What can happen to a visit."""

    RING = "ring"
    ANSWER = "answer"
    SET_ASIDE = "set_aside"
    END = "end"


class Desk(StrEnum):
    """States of a desk (Schalter)."""

    AWAY = "away"
    FREE = "free"
    BUSY = "busy"


class DeskEvent(StrEnum):
    """What can happen to a desk."""

    COME = "come"
    GO = "go"
    TAKE = "take"
    RELEASE = "release"


class Guest(StrEnum):
    """States of a guest (Gast): interpreter, companion, colleague."""

    INVITED = "invited"
    PRESENT = "present"
    AWAY = "away"  # the visit was set aside; she comes again by herself
    LEFT = "left"
    REMOVED = "removed"
    ENDED = "ended"  # with the visit


class GuestEvent(StrEnum):
    """What can happen to a guest."""

    COME = "come"
    SET_ASIDE = "set_aside"
    LEAVE = "leave"
    REMOVE = "remove"
    END = "end"


class Check(StrEnum):
    """States of an identity check (Ausweisprüfung)."""

    ASKED = "asked"  # the citizen reads what it is for
    ALLOWED = "allowed"  # the town's server may look on
    JUDGED = "judged"
    REFUSED = "refused"  # by the citizen; the visit goes on
    ABORTED = "aborted"  # by the clerk, or with the visit


class CheckEvent(StrEnum):
    """What can happen to an identity check."""

    ALLOW = "allow"
    REFUSE = "refuse"
    JUDGE = "judge"
    ABORT = "abort"
    END = "end"  # the visit ends or is set aside


class Signature(StrEnum):
    """States of a signature (Unterschrift) that a clerk has asked for."""

    ASKED = "asked"  # the citizen sees the text
    SIGNING = "signing"  # she has begun
    SIGNED = "signed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by the clerk, or with the visit


class SignatureEvent(StrEnum):
    """What can happen to a signature."""

    AGREE = "agree"  # she begins
    SIGN = "sign"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    END = "end"  # the visit ends or is set aside


class Document(StrEnum):
    """States of a document (Unterlage) that the citizen brings or the desk hands over."""

    CHECKING = "checking"  # being made anew; stored only when that is done
    ARRIVED = "arrived"
    ACCEPTED = "accepted"
    AGAIN = "again"  # please send it again
    HANDED = "handed"  # by the desk
    TAKEN_BACK = "taken_back"  # and gone


class DocumentEvent(StrEnum):
    """What can happen to a document."""

    ARRIVE = "arrive"
    HAND = "hand"
    ACCEPT = "accept"
    ASK_AGAIN = "ask_again"
    TAKE_BACK = "take_back"


class Form(StrEnum):
    """States of the form (Formular) that citizen and clerk fill in together."""

    OPEN = "open"
    FINISHED = "finished"  # looked through, nothing is wrong
    CLOSED = "closed"  # put away as it is


class FormEvent(StrEnum):
    """What can happen to a form."""

    FINISH = "finish"
    CLOSE = "close"
    REOPEN = "reopen"
    END = "end"  # the visit ends


class Charge(StrEnum):
    """States of a charge (Gebühr) that a clerk has asked for."""

    ASKED = "asked"
    PROMISED = "promised"  # she says that she has paid, or is about to (zugesagt)
    PAID = "paid"
    WAIVED = "waived"  # with a reason
    CANCELLED = "cancelled"  # asked for by mistake


class ChargeEvent(StrEnum):
    """What can happen to a charge."""

    PROMISE = "promise"
    PAY = "pay"
    WAIVE = "waive"
    CANCEL = "cancel"
    SURPLUS = "surplus"  # money has come that was not owed (any more)
    REFUND = "refund"  # and was given back
    RETURN = "return"  # the bank, or the provider, has taken the payment back


class Effect(StrEnum):
    """What a transition asks the services to do, in the same transaction."""

    FREE_PLACE = "free the slot"
    MAIL_CONFIRMATION = "mail the link"
    MAIL_MOVED = "mail the new time"
    MAIL_CANCELLED = "mail the cancellation"
    STAMP_ARRIVAL = "note the time of arrival"
    KEEP_ARRIVAL = "keep the time of arrival"
    FIRST_IN_LINE = "go first in the queue"
    RING_VISIT = "ring"
    OPEN_VISIT = "open the visit"
    SET_VISIT_ASIDE = "set the visit aside"
    END_VISIT = "end the visit"
    FORGET_PERSON = "forget the person"
    TAKE_DESK = "occupy the desk"
    RELEASE_DESK = "free the desk"
    START_CLOCK = "start the visit's clock"
    STOP_CLOCK = "stop the visit's clock"
    FORGET_CHAT = "delete the chat"
    SET_GUESTS_ASIDE = "set the guests aside"
    END_GUESTS = "end the guests' part"
    FORGET_GUEST = "forget the guest's name"
    END_CHECKS = "end the check that goes on"
    FORGET_CODE = "forget the one-time code"
    END_SIGNATURES = "take back what is not signed yet"
    FORGET_TEXT = "delete the text that was to be signed"
    FORGET_FILE = "destroy the file with its key"
    FORGET_DOCUMENTS = "destroy all documents with their keys"
    END_FORM = "put the open form away"
    STAMP_END = "note when it was settled"
    MAIL_RECEIPT = "mail the receipt"
    BILL_FEES = "mail what is still to be paid"
    REOPEN = "forget that it was settled"
    MAIL_RETURNED = "mail that it has to be paid again"


S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


class Illegal(Conflict):
    """The event does not fit the state; nothing was changed."""

    key = "illegal_transition"
    default_message = N_("That is no longer possible: the appointment has moved on.")


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """The outcome of an event: where it leads and what is to be done."""

    target: S
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class Machine(Generic[S, E]):
    """A transition table with a name and a first state."""

    name: str
    initial: S
    table: Mapping[tuple[S, E], Step[S]]

    def apply(self, state: S, event: E) -> Step[S]:
        """Return the step for `event` in `state`; raise `Illegal` where the table has none."""
        try:
            return self.table[state, event]
        except KeyError:
            raise Illegal(extra={"state": str(state), "event": str(event)}) from None

    def allows(self, state: S, event: E) -> bool:
        """Say whether `event` is legal in `state`."""
        return (state, event) in self.table

    def diagram(self) -> str:
        """Draw the table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        for (state, event), step in self.table.items():
            lines.append(f"    {state} --> {step.target}: {event}")
        targets = {state for state, _ in self.table}
        ends = dict.fromkeys(s.target for s in self.table.values() if s.target not in targets)
        lines += [f"    {state} --> [*]" for state in ends]
        return "\n".join(lines)


_A, _AE = Appointment, AppointmentEvent
_V, _VE = Visit, VisitEvent
_D, _DE = Desk, DeskEvent
_G, _GE = Guest, GuestEvent
_C, _CE = Check, CheckEvent
_S, _SE = Signature, SignatureEvent
_F, _FE = Document, DocumentEvent
_O, _OE = Form, FormEvent
_P, _PE = Charge, ChargeEvent

APPOINTMENT: Machine[Appointment, AppointmentEvent] = Machine(
    "appointment",
    _A.RESERVED,
    {
        (_A.RESERVED, _AE.CONFIRM): Step(_A.CONFIRMED, (Effect.MAIL_CONFIRMATION,)),
        (_A.RESERVED, _AE.LAPSE): Step(_A.CANCELLED, (Effect.FREE_PLACE, Effect.FORGET_PERSON)),
        # she may have left the waiting room with a visit set aside: it ends here
        (_A.CONFIRMED, _AE.MOVE): Step(_A.CONFIRMED, (Effect.MAIL_MOVED, Effect.END_VISIT)),
        (_A.CONFIRMED, _AE.CANCEL): Step(
            _A.CANCELLED,
            (Effect.FREE_PLACE, Effect.MAIL_CANCELLED, Effect.END_VISIT, Effect.FORGET_DOCUMENTS),
        ),
        (_A.CONFIRMED, _AE.ENTER): Step(_A.CHECKED_IN, (Effect.STAMP_ARRIVAL,)),
        (_A.CONFIRMED, _AE.MISS): Step(_A.MISSED, (Effect.END_VISIT,)),
        (_A.CHECKED_IN, _AE.LEAVE): Step(_A.CONFIRMED),
        (_A.CHECKED_IN, _AE.CANCEL): Step(
            _A.CANCELLED,
            (Effect.FREE_PLACE, Effect.MAIL_CANCELLED, Effect.END_VISIT, Effect.FORGET_DOCUMENTS),
        ),
        (_A.CHECKED_IN, _AE.CALL): Step(_A.CALLED, (Effect.RING_VISIT,)),
        (_A.CHECKED_IN, _AE.PARK): Step(_A.PARKED),
        (_A.CHECKED_IN, _AE.MISS): Step(_A.MISSED, (Effect.END_VISIT,)),
        (_A.CALLED, _AE.CALL): Step(_A.CALLED, (Effect.RING_VISIT,)),
        (_A.CALLED, _AE.ANSWER): Step(_A.IN_VISIT, (Effect.OPEN_VISIT,)),
        (_A.CALLED, _AE.PARK): Step(_A.PARKED, (Effect.SET_VISIT_ASIDE,)),
        (_A.CALLED, _AE.HAND_OVER): Step(
            _A.CHECKED_IN, (Effect.FIRST_IN_LINE, Effect.SET_VISIT_ASIDE)
        ),
        (_A.CALLED, _AE.MISS): Step(_A.MISSED, (Effect.END_VISIT,)),
        (_A.IN_VISIT, _AE.PARK): Step(_A.PARKED, (Effect.SET_VISIT_ASIDE,)),
        (_A.IN_VISIT, _AE.HAND_OVER): Step(
            _A.CHECKED_IN, (Effect.FIRST_IN_LINE, Effect.SET_VISIT_ASIDE)
        ),
        (_A.IN_VISIT, _AE.FINISH): Step(_A.FINISHED, (Effect.END_VISIT, Effect.BILL_FEES)),
        (_A.PARKED, _AE.CALL): Step(_A.CALLED, (Effect.RING_VISIT,)),
        (_A.PARKED, _AE.RETURN): Step(_A.CHECKED_IN, (Effect.KEEP_ARRIVAL,)),
        (_A.PARKED, _AE.CANCEL): Step(
            _A.CANCELLED,
            (Effect.FREE_PLACE, Effect.MAIL_CANCELLED, Effect.END_VISIT, Effect.FORGET_DOCUMENTS),
        ),
        (_A.PARKED, _AE.FINISH): Step(_A.FINISHED, (Effect.END_VISIT, Effect.BILL_FEES)),
        (_A.PARKED, _AE.MISS): Step(_A.MISSED, (Effect.END_VISIT,)),
        (_A.MISSED, _AE.ENTER): Step(_A.CHECKED_IN, (Effect.STAMP_ARRIVAL,)),
        (_A.FINISHED, _AE.ANONYMISE): Step(
            _A.ANONYMISED, (Effect.FORGET_PERSON, Effect.FORGET_DOCUMENTS)
        ),
        (_A.MISSED, _AE.ANONYMISE): Step(
            _A.ANONYMISED, (Effect.FORGET_PERSON, Effect.FORGET_DOCUMENTS)
        ),
        (_A.CANCELLED, _AE.ANONYMISE): Step(
            _A.ANONYMISED, (Effect.FORGET_PERSON, Effect.FORGET_DOCUMENTS)
        ),
    },
)

VISIT: Machine[Visit, VisitEvent] = Machine(
    "visit",
    _V.ASIDE,  # made by the first call, which rings at once
    {
        (_V.ASIDE, _VE.RING): Step(_V.RINGING, (Effect.TAKE_DESK,)),
        (_V.RINGING, _VE.RING): Step(_V.RINGING),
        (_V.RINGING, _VE.ANSWER): Step(_V.OPEN, (Effect.START_CLOCK,)),
        (_V.RINGING, _VE.SET_ASIDE): Step(_V.ASIDE, (Effect.RELEASE_DESK,)),
        (_V.RINGING, _VE.END): Step(
            _V.ENDED,
            (
                Effect.STOP_CLOCK,
                Effect.RELEASE_DESK,
                Effect.FORGET_CHAT,
                Effect.END_GUESTS,
                Effect.END_FORM,
            ),
        ),
        (_V.OPEN, _VE.SET_ASIDE): Step(
            _V.ASIDE,
            (
                Effect.RELEASE_DESK,
                Effect.SET_GUESTS_ASIDE,
                Effect.END_CHECKS,
                Effect.END_SIGNATURES,
            ),
        ),
        (_V.OPEN, _VE.END): Step(
            _V.ENDED,
            (
                Effect.STOP_CLOCK,
                Effect.RELEASE_DESK,
                Effect.FORGET_CHAT,
                Effect.END_GUESTS,
                Effect.END_CHECKS,
                Effect.END_SIGNATURES,
                Effect.END_FORM,
            ),
        ),
        (_V.ASIDE, _VE.END): Step(
            _V.ENDED,
            (Effect.STOP_CLOCK, Effect.FORGET_CHAT, Effect.END_GUESTS, Effect.END_FORM),
        ),
    },
)

DESK: Machine[Desk, DeskEvent] = Machine(
    "desk",
    _D.AWAY,
    {
        (_D.AWAY, _DE.COME): Step(_D.FREE),
        (_D.FREE, _DE.GO): Step(_D.AWAY),
        (_D.FREE, _DE.TAKE): Step(_D.BUSY),
        (_D.BUSY, _DE.RELEASE): Step(_D.FREE),
    },
)

GUEST: Machine[Guest, GuestEvent] = Machine(
    "guest",
    _G.INVITED,
    {
        (_G.INVITED, _GE.COME): Step(_G.PRESENT),
        (_G.INVITED, _GE.REMOVE): Step(_G.REMOVED),
        (_G.INVITED, _GE.END): Step(_G.ENDED, (Effect.FORGET_GUEST,)),
        (_G.PRESENT, _GE.SET_ASIDE): Step(_G.AWAY),
        (_G.PRESENT, _GE.LEAVE): Step(_G.LEFT),
        (_G.PRESENT, _GE.REMOVE): Step(_G.REMOVED),
        (_G.PRESENT, _GE.END): Step(_G.ENDED, (Effect.FORGET_GUEST,)),
        (_G.AWAY, _GE.COME): Step(_G.PRESENT),
        (_G.AWAY, _GE.LEAVE): Step(_G.LEFT),
        (_G.AWAY, _GE.REMOVE): Step(_G.REMOVED),
        (_G.AWAY, _GE.END): Step(_G.ENDED, (Effect.FORGET_GUEST,)),
        # hung up by mistake: her link still opens the door, unless the clerk takes it away
        (_G.LEFT, _GE.COME): Step(_G.PRESENT),
        (_G.LEFT, _GE.REMOVE): Step(_G.REMOVED),
        (_G.LEFT, _GE.END): Step(_G.ENDED, (Effect.FORGET_GUEST,)),
        (_G.REMOVED, _GE.END): Step(_G.ENDED, (Effect.FORGET_GUEST,)),
    },
)

_OVER = (Effect.FORGET_CODE,)
CHECK: Machine[Check, CheckEvent] = Machine(
    "check",
    _C.ASKED,
    {
        (_C.ASKED, _CE.ALLOW): Step(_C.ALLOWED),
        (_C.ASKED, _CE.REFUSE): Step(_C.REFUSED, _OVER),
        (_C.ASKED, _CE.ABORT): Step(_C.ABORTED, _OVER),
        (_C.ASKED, _CE.END): Step(_C.ABORTED, _OVER),
        (_C.ALLOWED, _CE.REFUSE): Step(_C.REFUSED, _OVER),  # she may change her mind
        (_C.ALLOWED, _CE.JUDGE): Step(_C.JUDGED, _OVER),
        (_C.ALLOWED, _CE.ABORT): Step(_C.ABORTED, _OVER),
        (_C.ALLOWED, _CE.END): Step(_C.ABORTED, _OVER),
    },
)

_FORGET = (Effect.FORGET_TEXT,)
SIGNATURE: Machine[Signature, SignatureEvent] = Machine(
    "signature",
    _S.ASKED,
    {
        (_S.ASKED, _SE.AGREE): Step(_S.SIGNING),
        (_S.ASKED, _SE.REFUSE): Step(_S.REFUSED, _FORGET),
        (_S.ASKED, _SE.WITHDRAW): Step(_S.WITHDRAWN, _FORGET),
        (_S.ASKED, _SE.END): Step(_S.WITHDRAWN, _FORGET),
        (_S.SIGNING, _SE.SIGN): Step(_S.SIGNED, _FORGET),  # the sealed record has the text
        (_S.SIGNING, _SE.REFUSE): Step(_S.REFUSED, _FORGET),
        (_S.SIGNING, _SE.WITHDRAW): Step(_S.WITHDRAWN, _FORGET),
        (_S.SIGNING, _SE.END): Step(_S.WITHDRAWN, _FORGET),
    },
)

_GONE = (Effect.FORGET_FILE,)
DOCUMENT: Machine[Document, DocumentEvent] = Machine(
    "document",
    _F.CHECKING,
    {
        (_F.CHECKING, _FE.ARRIVE): Step(_F.ARRIVED),
        (_F.CHECKING, _FE.HAND): Step(_F.HANDED),
        (_F.ARRIVED, _FE.ACCEPT): Step(_F.ACCEPTED),
        (_F.ARRIVED, _FE.ASK_AGAIN): Step(_F.AGAIN),
        (_F.ARRIVED, _FE.TAKE_BACK): Step(_F.TAKEN_BACK, _GONE),
        (_F.AGAIN, _FE.ACCEPT): Step(_F.ACCEPTED),  # on second thoughts
        (_F.AGAIN, _FE.ASK_AGAIN): Step(_F.AGAIN),  # for another reason
        (_F.AGAIN, _FE.TAKE_BACK): Step(_F.TAKEN_BACK, _GONE),
        (_F.ACCEPTED, _FE.ASK_AGAIN): Step(_F.AGAIN),
        (_F.HANDED, _FE.TAKE_BACK): Step(_F.TAKEN_BACK, _GONE),  # given by mistake
    },
)

FORM: Machine[Form, FormEvent] = Machine(
    "form",
    _O.OPEN,
    {
        (_O.OPEN, _OE.FINISH): Step(_O.FINISHED),
        (_O.OPEN, _OE.CLOSE): Step(_O.CLOSED),
        (_O.OPEN, _OE.END): Step(_O.CLOSED),
        (_O.FINISHED, _OE.REOPEN): Step(_O.OPEN),  # something has to be changed after all
        (_O.CLOSED, _OE.REOPEN): Step(_O.OPEN),
    },
)

_PAID = (Effect.STAMP_END, Effect.MAIL_RECEIPT)
_SETTLED = (Effect.STAMP_END,)
CHARGE: Machine[Charge, ChargeEvent] = Machine(
    "charge",
    _P.ASKED,
    {
        (_P.ASKED, _PE.PROMISE): Step(_P.PROMISED),
        (_P.ASKED, _PE.PAY): Step(_P.PAID, _PAID),
        (_P.ASKED, _PE.WAIVE): Step(_P.WAIVED, _SETTLED),
        (_P.ASKED, _PE.CANCEL): Step(_P.CANCELLED, _SETTLED),
        (_P.PROMISED, _PE.PAY): Step(_P.PAID, _PAID),
        (_P.PROMISED, _PE.WAIVE): Step(_P.WAIVED, _SETTLED),
        (_P.PROMISED, _PE.CANCEL): Step(_P.CANCELLED, _SETTLED),
        # a transfer takes its time: it may arrive after all, or twice, and is given back
        (_P.PAID, _PE.RETURN): Step(_P.ASKED, (Effect.REOPEN, Effect.MAIL_RETURNED)),
        (_P.PAID, _PE.SURPLUS): Step(_P.PAID),
        (_P.PAID, _PE.REFUND): Step(_P.PAID),
        (_P.WAIVED, _PE.SURPLUS): Step(_P.WAIVED),
        (_P.WAIVED, _PE.REFUND): Step(_P.WAIVED),
        (_P.CANCELLED, _PE.SURPLUS): Step(_P.CANCELLED),
        (_P.CANCELLED, _PE.REFUND): Step(_P.CANCELLED),
    },
)

MACHINES = (APPOINTMENT, VISIT, DESK, GUEST, CHECK, SIGNATURE, DOCUMENT, FORM, CHARGE)
