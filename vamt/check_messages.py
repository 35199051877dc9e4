"""The identity check on the wire; `vamt.protocol` lists the events."""

from typing import Annotated, Literal

import msgspec

from vamt.messages import ClientId, Message

Side = Literal["front", "back"]


class CaptureOffer(Message):
    """Her page offers the town's server a video of its own; acknowledged with the answer `sdp`."""

    id: ClientId  # of the check or the signature it is for
    sdp: Annotated[str, msgspec.Meta(max_length=30_000)]


class CheckAsk(Message):
    """Ask the citizen for a document; `id` is made by the sender, so that twice asks once."""

    id: ClientId
    document: Literal["id_card", "passport", "residence_permit", "other"]


class CheckSide(Message):
    """Look for this side from now on."""

    side: Side


class CheckTick(Message):
    """An item of the checklist is done (true), or not after all (false)."""

    item: Annotated[str, msgspec.Meta(max_length=60)]
    value: bool


class CheckJudge(Message):
    """What the clerk has come to. "genuine" needs the whole checklist, the others a reason."""

    result: Literal["genuine", "doubtful", "rejected"]
    reason: str = ""
    keep: bool = False  # a masked copy, for the hours that the town has set


class CheckRead(Message):
    """The lines of the machine-readable zone as the clerk types them."""

    lines: Annotated[list[Annotated[str, msgspec.Meta(max_length=60)]], msgspec.Meta(max_length=3)]


class CheckCode(Message):
    """Send the citizen a one-time code, by mail or onto her page. An earlier one ends.

    `id` is made by the sender, so that twice sends once.
    """

    id: ClientId
    way: Literal["mail", "screen"]


class CheckSaid(Message):
    """The code as she reads it out; acknowledged with `right`."""

    code: Annotated[str, msgspec.Meta(max_length=20)]


class CheckDestroy(Message):
    """Destroy the masked copy of this check now, before its hour."""

    id: ClientId


class Advice(msgspec.Struct):
    """What would help the citizen now, as her page shows it; several times a second."""

    id: str  # of the check
    side: Side
    advice: str  # vamt.capture.guidance.Advice, or "reading"
    outline: list[list[float]] | None  # four corners, shares of width and height; null: no card
    seconds: float  # since the first frame


class CheckItem(msgspec.Struct):
    """One item of the clerk's checklist."""

    id: str
    label: str  # in her language
    done: bool


class ReadField(msgspec.Struct):
    """Something read from the document beside what was entered. Compared, never decided."""

    key: str
    label: str  # in the clerk's language
    read: str  # "" when it was not, or is not in the zone
    entered: str  # "" when nothing was
    verdict: Literal["same", "similar", "different", "missing", "good", "bad", "look"]


class CheckDesk(msgspec.Struct):
    """What only the desk learns of a check."""

    takes: int  # pictures taken so far: with it a picture's address changes
    zone: Literal["", "read", "typed", "doubtful"]  # the machine-readable zone
    fields: list[ReadField]
    items: list[CheckItem]
    code: Literal["", "mail", "screen", "ended"]  # how the code has come to her
    code_until: float
    code_tries: int  # left
    keeps: list[str]  # what a copy would leave readable; empty: none may be kept
    kept_until: float | None  # when the copy's key is destroyed; null: none was kept
    reason: str
    by: str  # name of the clerk who asked


class CheckView(msgspec.Struct):
    """The latest identity check of the visit."""

    id: str
    document: Literal["id_card", "passport", "residence_permit", "other"]
    state: str  # vamt.states.Check
    level: Literal["look", "checked", "checked_code"]
    sides: list[Side]  # that the document has
    side: Side  # that is looked for now
    taken: list[Side]
    # the town's server: not there, in line, starting, ready for an offer, looking, done looking
    capture: Literal["none", "waiting", "starting", "ready", "watching", "resting"]
    before: int  # captures that go first while it is waiting
    why: str  # why it looks no longer: a key of WHY in vamt/capture/wire.py; restart; ""
    reads: bool  # the machine-readable zone is read
    keep_hours: int  # how long a masked copy may be kept; 0: never
    result: Literal["genuine", "doubtful", "rejected", ""]
    at: float  # when it was asked for, or ended
    code: str = ""  # the one-time code, for her page only
    desk: CheckDesk | None = None  # not for the citizen
