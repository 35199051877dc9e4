"""The signature on the wire; `vamt.protocol` lists the events."""

from typing import Annotated

import msgspec

from vamt.messages import ClientId, Message

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
InkPoint = tuple[Share, Share, int, Share]  # x and y in widths of the pad, ms, pressure


class Ink(Message):
    """A piece of the signature being drawn; see `vamt.signature.Ink`. Never stored or logged."""

    stroke: Annotated[int, msgspec.Meta(ge=-1, le=100)]  # its number; -1: there are none any more
    first: Annotated[int, msgspec.Meta(ge=0, le=2000)]  # the number of the first point
    points: Annotated[list[InkPoint], msgspec.Meta(max_length=200)]


class WhichSignature(Message):
    """Something about one request for a signature."""

    id: ClientId


class SignDone(Message):
    """Hand in the signature: either strokes or a typed name."""

    id: ClientId
    strokes: list[list[InkPoint]] = []
    typed: str = ""


class SignAsk(Message):
    """Ask the citizen to sign a text; `id` is made by the sender, so that twice asks once."""

    id: ClientId
    title: str
    text: str


class Inked(msgspec.Struct):
    """An `Ink` as the desk gets it. It may come twice."""

    signature: str  # the id of the request
    stroke: int
    first: int
    points: list[list[float]]  # each [x, y, ms, pressure]


class SignatureView(msgspec.Struct):
    """The latest request for a signature in the visit."""

    id: str
    state: str  # vamt.states.Signature
    title: str
    text: str  # "" once it is over
    hash: str  # the first 64 bits of the SHA-256 of title, empty line and text
    consent: str  # the sentence she agrees to by signing
    at: float  # when it was asked for, or ended
    ready: bool = False  # the town's server waits for her page's second connection
    seen: str = ""  # all, differs, nothing: of the strokes handed in, what the desk had seen
    typed: bool = False  # a typed name in place of strokes


class SignatureText(msgspec.Struct):
    """A prepared text, as the acknowledgement of `sign_texts` lists them in `texts`."""

    title: str
    text: str
    language: str  # code
    language_name: str  # in the clerk's language
