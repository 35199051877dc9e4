"""Every Socket.IO event of all namespaces, typed: the one place that knows the wire. The content
of a step's own events stands beside it: `check_messages`, `signature_messages`, and so on.

`docs/protocol.md` is written from this module (``python -m scripts.docs``). Instants on the wire
are Unix seconds (float) unless a field says RFC 3339. Each request is acknowledged with
``{"ok": true, ...}`` or the one error shape ``{"ok": false, "error", "message", "status"}``.
"""

from typing import Annotated, Any, Literal

import msgspec

from vamt.check_messages import (
    Advice,
    CaptureOffer,
    CheckAsk,
    CheckCode,
    CheckDestroy,
    CheckJudge,
    CheckRead,
    CheckSaid,
    CheckSide,
    CheckTick,
    CheckView,
)
from vamt.document_messages import DocumentAgain, DocumentView, PaperView, WhichDocument
from vamt.fee_messages import ChargeView, FeeAsk, FeeView, FeeWaive, WhichFee
from vamt.form_messages import (
    FieldKind,
    FieldWhen,
    FormEdit,
    FormEdited,
    FormFaults,
    FormFocus,
    FormFocused,
    FormJoin,
    FormPoint,
    FormPointed,
    FormSaved,
    FormView,
)
from vamt.messages import Empty, Message
from vamt.signature_messages import Ink, Inked, SignAsk, SignatureView, SignDone, WhichSignature

PROTOCOL_VERSION = 2
MAX_MESSAGE = 64 * 1024  # bytes of one event; an SDP with every codec takes about 8 kB
CHAT_LENGTH = 2000  # characters of one chat message


Found = Literal["ok", "failed", "unknown"]  # unknown: not tried, or nothing to try


class Auth(Message):
    """The handshake of every namespace."""

    seat: str  # the page's seat token (JWT): who, since when, until when
    protocol: int = PROTOCOL_VERSION


# --- client -> server, all namespaces ------------------------------------------------------


class Signal(Message):
    """Relayed as it is to `to`, if both are in one circle. Never stored."""

    to: str  # a peer's id
    to_epoch: int  # the page the sender believes to talk to; another page ignores it
    # which of the connections between the two pages, e.g. "12a"; the server does not read it
    connection: Annotated[str, msgspec.Meta(max_length=16)]
    description: dict[str, Any] | None = None  # RTCSessionDescription {type, sdp}
    candidate: dict[str, Any] | None = None  # RTCIceCandidateInit


class Say(Message):
    """A chat message; `id` is made by the sender, so that sending twice stores it once."""

    id: str
    text: str


class Draft(Message):
    """The whole text being typed, shown to the others in the visit at once; empty: no longer.

    `id` is the one the message will have when it is said. Never stored, never logged.
    """

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    text: Annotated[str, msgspec.Meta(max_length=CHAT_LENGTH)]


class Probe(Message):
    """Ask whether the socket is alive; answered at once without touching the store."""


# --- client -> server, /citizen ------------------------------------------------------------


class Give(Message):
    """The data she gives for her errand: field key -> text."""

    values: dict[str, str]


class Devices(Message):
    """What her devices can do, so that the clerk is not surprised."""

    camera: Literal["ok", "denied", "missing", "busy", "off", "unknown"] = "unknown"
    microphone: Literal["ok", "denied", "missing", "busy", "off", "unknown"] = "unknown"


class Checked(Message):
    """What the check of her devices and her network before the waiting room found."""

    camera: Literal["ok", "black", "frozen", "none"] = "none"  # none: not open, not looked at
    microphone: Literal["ok", "silent", "none"] = "none"
    socket: Found = "unknown"  # the line to the office answers
    stun: Found = "unknown"  # a direct way out of her network was found
    relay: Found = "unknown"  # packets pass through the town's relay
    round_trip: Annotated[int, msgspec.Meta(ge=0, le=60_000)] | None = None  # ms there and back
    kbps: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] | None = None  # the slower direction
    loss: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None  # share lost there and back


# --- client -> server, /desk ---------------------------------------------------------------


class Call(Message):
    """Call the next person, or the one named."""

    appointment: str | None = None


class Which(Message):
    """An action on one appointment."""

    appointment: str


class HandOver(Message):
    """Give the current visit to a colleague, with a note for her."""

    clerk: str
    note: str = ""


class Pause(Message):
    """Close (true) or open (false) the desk for further calls."""

    away: bool


class Invite(Message):
    """Invite a guest into the visit; the acknowledgement has her link, this once."""

    id: str  # made by the sender, so that asking twice invites once
    role: Literal["interpreter", "companion", "colleague"]
    name: str


class WhichGuest(Message):
    """An action on one guest."""

    guest: str


class ShareChat(Message):
    """Let guests read and write in the chat from now on (true), or no longer (false)."""

    on: bool


# --- client -> server, /guest --------------------------------------------------------------


class Come(Message):
    """She goes into the visit, under this name."""

    name: str


# --- server -> client ----------------------------------------------------------------------


class Relayed(msgspec.Struct, rename={"from_": "from"}):
    """A `Signal` as it arrives: who sent it, and from which page."""

    from_: str  # a peer's id
    epoch: int
    to_epoch: int
    connection: str
    description: dict[str, Any] | None = None
    candidate: dict[str, Any] | None = None


class Drafted(msgspec.Struct, rename={"from_": "from"}):
    """A `Draft` as it arrives. A later one takes the place of an earlier one."""

    from_: str  # a peer's id
    epoch: int  # the page it is typed in
    id: str
    text: str


class Peer(msgspec.Struct):
    """Somebody to be connected with. A new `epoch` is a new page: connect anew."""

    id: str  # "citizen:<appointment>", "clerk:<id>", "guest:<id>"
    seat: str  # "citizen" | "clerk" | "guest"
    name: str
    epoch: int  # 0: never seen
    online: bool


class GuestView(msgspec.Struct):
    """Somebody who is invited into the visit; her peer has the id "guest:" and this one."""

    id: str
    name: str
    role: Literal["interpreter", "companion", "colleague"]
    state: str  # vamt.states.Guest
    online: bool


class ChatLine(msgspec.Struct):
    """One stored chat message."""

    id: str
    seat: str  # "citizen", "clerk" or a guest's id as a peer
    name: str
    text: str
    at: float


class VisitView(msgspec.Struct):
    """The visit as both sides see it."""

    id: str
    state: Literal["ringing", "open"]
    clerk: str  # name
    citizen: str  # name
    service: str  # name in the reader's language
    peers: list[Peer]
    since: float  # rung or answered at
    guests: list[GuestView] = []
    chat_shared: bool = False  # guests read and write in the chat
    identity: Literal["none", "look", "checked", "checked_code"] = "none"  # what the errand asks
    check: CheckView | None = None
    signature: SignatureView | None = None  # not for guests
    form: FormView | None = None  # null: there is none to fill in


class Field(msgspec.Struct):
    """A field of the data she gives for her errand."""

    key: str
    label: str
    kind: FieldKind
    required: bool
    value: str
    hint: str = ""
    choices: list[list[str]] = []  # [[value, label], ...]
    autocomplete: str = ""
    when: FieldWhen | None = None  # null: asked always


class QueueView(msgspec.Struct):
    """Her place. `minutes` is null when nobody can honestly say."""

    position: int  # 1 = next
    minutes: int | None
    desks: int  # desks at work now
    for_clerk: str = ""  # name, when she waits for a certain colleague


class CostView(msgspec.Struct):
    """What an errand costs, in words."""

    name: str  # of the errand, where there are several in the appointment
    words: str
    waivers: list[str]  # when it is free all the same


class CitizenState(msgspec.Struct):
    """All her page needs; sent on connecting and after every change (event `state`)."""

    now: float
    state: str  # vamt.states.Appointment
    id: str  # hers, as a peer
    seat: str
    epoch: int
    name: str
    service: str
    start: str  # RFC 3339, local to the town
    end: str
    when: str  # in words, in her language
    opens: float  # when the waiting room opens
    opens_words: str
    papers: list[str]
    fields: list[Field]
    complete: bool  # every required field is given
    queue: QueueView | None
    visit: VisitView | None
    ready: list[Peer]  # desks that may call her next: connect, but send no media
    chat: list[ChatLine]
    ice: list[dict[str, Any]]
    may: list[str]  # events her page may offer now: enter, leave, cancel, return, answer, park
    texts: str = ""  # language of service, papers, waivers and fields
    costs: list[CostView] = []  # one for each errand whose fee is known of
    steps: list[str] = []  # what happens in the talk
    outcome: list[PaperView] = []  # what she has signed, and what was handed to her
    code: str = ""  # opens that beside the link, later; told in the visit only
    documents: list[DocumentView] = []  # the oldest first
    brings: bool = False  # she may send documents now
    fees: list[ChargeView] = []  # what she is asked to pay, and what is settled


class CheckedView(Checked, forbid_unknown_fields=False):
    """Her latest check of devices and network, as the clerk sees it."""

    at: float = 0.0  # when


class Waiting(msgspec.Struct):
    """One line of the desk's queue (also used for parked people)."""

    id: str
    name: str
    phone: str  # "" when none was given
    service: str
    language: str  # code
    language_name: str
    start: str  # RFC 3339
    time: str  # HH:MM, local
    since: float  # arrived at
    online: bool
    absent_since: float | None
    complete: bool
    data: list[list[str]]  # [[label, value], ...]
    camera: str
    microphone: str
    checked: CheckedView | None  # null: not checked within the last hours
    note: str  # hand-over note, for the colleague it is meant for
    from_clerk: str
    for_me: bool
    for_other: bool  # reserved for a colleague
    may: list[str]  # call, park, missed
    steps: list[str] = []  # what the errand asks, by name


class DayEntry(msgspec.Struct):
    """One appointment of the day."""

    id: str
    time: str
    end: str
    name: str
    service: str
    language: str
    state: str
    clerk: str
    may: list[str]  # missed


class DeskView(msgspec.Struct):
    """A colleague's desk."""

    clerk: str  # id
    name: str
    state: str  # vamt.states.Desk
    online: bool


class StepTime(msgspec.Struct):
    """How long a step of the visit has taken."""

    name: str  # in the clerk's language
    seconds: float  # up to `now` of the state
    running: bool


class DeskState(msgspec.Struct):
    """All the desk needs; sent on connecting and after every change (event `state`)."""

    now: float
    id: str  # the clerk's, as a peer
    seat: str
    epoch: int
    me: DeskView
    waiting: list[Waiting]
    parked: list[Waiting]
    day: list[DayEntry]
    desks: list[DeskView]
    visit: VisitView | None
    appointment: Waiting | None  # the person in the visit
    ready: list[Peer]  # whoever this desk would call next: connect, but send no media
    chat: list[ChatLine]
    ice: list[dict[str, Any]]
    documents: list[DocumentView] = []  # of the person in the visit, the oldest first
    certificates: list[list[str]] = []  # that can be issued now: [[service, title], ...]
    pdf_forms: list[list[str]] = []  # of the town that can be filled in now: the same
    clock: list[StepTime] = []  # what the visit has taken so far, step by step
    fees: list[FeeView] = []  # of the errands in the visit that may cost something


class GuestState(msgspec.Struct):
    """All a guest's page needs, and all she learns; sent on connecting and after every change."""

    now: float
    state: str  # vamt.states.Guest
    id: str  # hers, as a peer
    seat: str
    epoch: int
    name: str
    role: str
    clerk: str  # name
    citizen: str  # name
    open: bool  # the visit goes on now; false: set aside
    peers: list[Peer]  # empty until she has come
    guests: list[GuestView]  # empty until she has come
    chat_shared: bool
    chat: list[ChatLine]
    ice: list[dict[str, Any]]
    may: list[str]  # come, leave


class Replaced(msgspec.Struct):
    """A newer page of the same person took over (event `replaced`); do not reconnect."""

    reason: Literal["newer_page", "signed_out"]


CITIZEN_EVENTS: dict[str, type[Message]] = {
    "enter": Empty,  # Warteraum betreten
    "leave": Empty,  # out of the waiting room again, the appointment stays
    "answer": Empty,  # Annehmen
    "park": Empty,  # "one moment please" while called; "leave for now" in the visit
    "return": Empty,  # back after having been parked
    "give": Give,
    "devices": Devices,
    "checked": Checked,
    "check_allow": Empty,  # Ich stimme zu; once more after the capture was lost
    "check_refuse": Empty,
    "capture_offer": CaptureOffer,
    "sign_agree": WhichSignature,  # she begins
    "sign_done": SignDone,  # Unterschreiben
    "sign_refuse": WhichSignature,
    "ink": Ink,
    "document_take_back": WhichDocument,  # until it is accepted
    "form_join": FormJoin,
    "form_edit": FormEdit,
    "form_focus": FormFocus,
    "fee_promise": WhichFee,  # she has paid, or does so now
    "say": Say,
    "draft": Draft,
    "signal": Signal,
    "probe": Probe,
}

DESK_EVENTS: dict[str, type[Message]] = {
    "pause": Pause,
    "call": Call,
    "ring": Empty,  # once more
    "park": Which,
    "missed": Which,
    "hand_over": HandOver,
    "end": Empty,  # Besuch beenden
    "invite": Invite,  # Person dazuholen
    "remove": WhichGuest,
    "share_chat": ShareChat,
    "check_ask": CheckAsk,  # Ausweis prüfen
    "check_take": Empty,  # Aufnehmen
    "check_side": CheckSide,
    "check_again": Empty,  # start looking once more
    "check_tick": CheckTick,
    "check_read": CheckRead,
    "check_code": CheckCode,
    "check_said": CheckSaid,
    "check_judge": CheckJudge,
    "check_destroy": CheckDestroy,  # the masked copy
    "check_abort": Empty,
    "sign_texts": Empty,  # those prepared for this errand
    "sign_ask": SignAsk,  # Unterschreiben
    "sign_withdraw": WhichSignature,
    "document_accept": WhichDocument,
    "document_again": DocumentAgain,
    "document_take_back": WhichDocument,  # handed over by mistake
    "form_join": FormJoin,
    "form_edit": FormEdit,
    "form_focus": FormFocus,
    "form_point": FormPoint,
    "form_start": Empty,  # begin it though the errand does not ask, or open it again
    "form_finish": Empty,  # acknowledged with `faults`; with none it is finished
    "form_close": Empty,
    "fee_ask": FeeAsk,  # Gebühr anfordern
    "fee_waive": FeeWaive,
    "fee_confirm": WhichFee,  # the money was seen
    "fee_cancel": WhichFee,  # asked for by mistake
    "say": Say,
    "draft": Draft,
    "signal": Signal,
    "probe": Probe,
}

GUEST_EVENTS: dict[str, type[Message]] = {
    "come": Come,  # Am Gespräch teilnehmen
    "leave": Empty,  # Gespräch verlassen
    "say": Say,
    "draft": Draft,
    "signal": Signal,
    "probe": Probe,
}

TO_EVERYBODY: dict[str, type[msgspec.Struct]] = {
    "signal": Relayed,
    "draft": Drafted,
    "replaced": Replaced,
}

TO_BOTH_SIDES: dict[str, type[msgspec.Struct]] = {
    "form_edited": FormEdited,
    "form_focused": FormFocused,
    "form_pointed": FormPointed,
    "form_saved": FormSaved,
    "form_faults": FormFaults,
}

SERVER_EVENTS: dict[str, dict[str, type[msgspec.Struct]]] = {
    "/citizen": {"state": CitizenState, **TO_EVERYBODY, **TO_BOTH_SIDES},
    "/desk": {
        "state": DeskState,
        "advice": Advice,
        "ink": Inked,
        **TO_EVERYBODY,
        **TO_BOTH_SIDES,
    },
    "/guest": {"state": GuestState, **TO_EVERYBODY},
}
