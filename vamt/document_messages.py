"""Documents and papers on the wire; `vamt.protocol` lists the events."""

from typing import Literal

import msgspec

from vamt.messages import ClientId, Message


class WhichDocument(Message):
    """Something about one document."""

    id: ClientId


class DocumentAgain(Message):
    """Ask for a document again, and say why; she reads it."""

    id: ClientId
    reason: str


class PaperView(msgspec.Struct):
    """A paper that came out of her visit, for as long as her link answers."""

    id: str
    title: str
    at: float
    path: str = ""  # below the link of her page
    kind: Literal["signed", "handed"] = "signed"
    media: str = "application/pdf"


class DocumentView(msgspec.Struct):
    """A document that the citizen has brought, or that was handed to her."""

    id: str
    source: Literal["citizen", "desk"]
    state: str  # vamt.states.Document
    title: str
    media: Literal["application/pdf", "image/jpeg"]
    size: int  # bytes
    pages: int
    previews: int  # the first pages, that are there as pictures
    reason: str  # why it is asked for again
    at: float
