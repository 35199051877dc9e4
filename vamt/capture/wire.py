"""What the office and a capture child tell each other, and the child and the citizen's page.

Between the two processes: one JSON object a line over the child's standard input and output. The
office believes the child as little as a page, since the child decodes what a stranger sends: every
line is of a limited length and is checked against these types, and one that does not fit ends the
child. Between child and page: JSON text messages of a data channel with the label "capture".
"""

from typing import Annotated, Any, Literal

import msgspec

LINE_DOWN = 64 * 1024  # bytes of one line to the child; a description takes about 4 kB
LINE_UP = 2 * 1024 * 1024  # bytes of one line from it; the largest is a picture of a card
CHANNEL = "capture"  # the label of the page's data channel
STILL_PART = 16 * 1024  # bytes of one binary message
STILL_MOST = 1_500_000  # bytes of one still; 1080p as JPEG takes about 400 kB

Side = Literal["front", "back"]
Word = Annotated[str, msgspec.Meta(max_length=40)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Instant = Annotated[float, msgspec.Meta(ge=0, le=600_000)]  # ms since the first point
Corner = tuple[float, float]  # shares of the picture's width and height
Outline = tuple[Corner, Corner, Corner, Corner] | None  # tl, tr, br, bl; None: no card found


# What a page or the desk is told about an end, and the reason behind it. The pages have the words.
WHY = {
    "done": "all sides are taken, and read where that was wanted",
    "ended": "the clerk or the citizen has ended it",
    "timeout": "a minute without progress, or nobody came",
    "path": "the page has an answer, and no way to us was found",
    "sound": "the page offered sound, which is never taken",
    "offer": "the page's offer is no offer of one video, or too many were made",
    "too_large": "frames or a still larger than any camera's that we ask for",
    "stream": "something comes, but no picture can be made of it",
    "malformed": "a message on the data channel that is none of ours",
    "too_many": "more messages or bytes than anybody can honestly need",
    "crashed": "the child has died or said what it may not say",
}


# --- office -> child -------------------------------------------------------------------------


class Down(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    """Base of what the office says."""


class Begin(Down, frozen=True, tag="begin"):
    """The first line: what this child is for."""

    purpose: Literal["check", "sign"]
    document: Word = ""  # vamt.identity.Document; "" when nothing is shown to the camera
    reading: bool = True  # False: the machine-readable zone is never looked at
    ice: list[dict[str, Any]] = []  # the town's own relay, as RTCIceServer; never a public server


class Offer(Down, frozen=True, tag="offer"):
    """A page wants to be connected; answered by `Answer` or `Refused` with the same `ref`."""

    ref: int
    sdp: str


class Take(Down, frozen=True, tag="take"):
    """The clerk wants the best picture there is, now, whatever the guidance thinks."""


class Turn(Down, frozen=True, tag="side"):
    """The clerk wants to see this side next."""

    side: Side


class Show(Down, frozen=True, tag="show"):
    """The unmasked picture of a side, for the clerk's eyes; answered by `Picture` or `Refused`."""

    ref: int
    side: Side


class Copy(Down, frozen=True, tag="copy"):
    """The masked and overprinted copy of a side; answered by `Picture` or `Refused`."""

    ref: int
    side: Side
    keep: list[Word]  # fields that stay readable
    lines: list[Annotated[str, msgspec.Meta(max_length=120)]]  # printed across


FromOffice = Begin | Offer | Take | Turn | Show | Copy


# --- child -> office -------------------------------------------------------------------------


class Up(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    """Base of what the child says."""


class Ready(Up, frozen=True, tag="ready"):
    """Everything is loaded; offers are answered at once from now on."""


class Answer(Up, frozen=True, tag="answer"):
    """The answer to an `Offer`."""

    ref: int
    sdp: Annotated[str, msgspec.Meta(max_length=32_000)]


class Picture(Up, frozen=True, tag="picture"):
    """A JPEG, answering `Show` or `Copy`."""

    ref: int
    jpeg: bytes


class Refused(Up, frozen=True, tag="refused"):
    """No answer to this `ref`; `why` is a key of `WHY`, or "nothing": there is no such picture."""

    ref: int
    why: Word


class Watching(Up, frozen=True, tag="watching"):
    """The first frame has been decoded: from now on the office's server looks on."""

    width: int
    height: int


class Advised(Up, frozen=True, tag="advised"):
    """What would help now; several times a second while the server looks on."""

    side: Side
    advice: Word  # vamt.capture.guidance.Advice, or "reading"
    outline: Outline
    seconds: float  # since the first frame


class Taken(Up, frozen=True, tag="taken"):
    """The picture of a side is there (`Show` gets it)."""

    side: Side
    by: Literal["guidance", "clerk"]


class ZoneRead(Up, frozen=True, tag="zone"):
    """The machine-readable zone: accepted when `doubtful` is empty."""

    lines: Annotated[list[Annotated[str, msgspec.Meta(max_length=60)]], msgspec.Meta(max_length=3)]
    doubtful: Word = ""


class Waiting(Up, frozen=True, tag="waiting"):
    """Said by the office itself: others are being looked at, this many go first."""

    before: int


class Inked(Up, frozen=True, tag="ink"):
    """A piece of a signature, as in vamt.signature.Ink."""

    stroke: Annotated[int, msgspec.Meta(ge=-1, le=200)]
    first: Annotated[int, msgspec.Meta(ge=0, le=5000)]
    points: Annotated[list[tuple[Share, Share, Instant, Share]], msgspec.Meta(max_length=200)]


class Rested(Up, frozen=True, tag="rested"):
    """The server does not look on any more. What it has seen is still there to be shown."""

    why: Word  # a key of WHY


class Ended(Up, frozen=True, tag="ended"):
    """The last word: the child ends, and all that it has seen with it."""

    why: Word  # a key of WHY


News = Waiting | Ready | Watching | Advised | Taken | ZoneRead | Inked | Rested | Ended
Reply = Answer | Picture | Refused
FromChild = Ready | Reply | Watching | Advised | Taken | ZoneRead | Inked | Rested | Ended
