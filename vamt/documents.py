"""Documents that change hands: what the citizen brings and what the desk gives her. Pure rules.

Nobody keeps a file as it came: it is looked at, made anew (`Cleaned`) and only that is stored.
The states between arriving and being accepted are in `states.py`.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePosixPath

from vamt import booking, states
from vamt.errors import N_, Conflict, Invalid

CITIZEN, DESK = "citizen", "desk"
MOST_FILES = 10  # of each side in one appointment
FILE_SIZE = 12 * 1024**2  # bytes, as sent
TOTAL_SIZE = 40 * 1024**2  # bytes of each side in one appointment, as kept
TITLE_LENGTH = 120  # characters
REASON_LENGTH = 300
PREVIEWS = 8  # pages that are shown as pictures
MOST_PAGES = 30
SUFFIXES = {"application/pdf": ".pdf", "image/jpeg": ".jpg"}

WORDS = {  # why a file was not taken
    "empty": N_("This file is empty."),
    "kind": N_("We cannot take this kind of file. Please send a photo or a PDF."),
    "unreadable": N_("We could not read this file. Perhaps it is damaged; please try another one."),
    "pixels": N_("This picture is larger than we can take. Please photograph it once more."),
    "pages": N_("This PDF has too many pages (%(n)s at most)."),
    "slow": N_("This file takes too long to read. Please send a photo of it, or a simpler PDF."),
    "locked": N_("This PDF is protected by a password. Please save it without one and try again."),
    "acting": N_(
        "This PDF is signed and has scripts, actions or other files in it. A signed file is handed "
        "over as it is, but not with these. Please save it without them and sign it again."
    ),
    "virus": N_("The virus scanner has found something in this file. Please do not send it again."),
    "size": N_("This file is too large (%(n)s MB at most)."),
}
NUMBERS = {"pages": MOST_PAGES, "size": FILE_SIZE // 1024**2}


class Unfit(Invalid):
    """A file that is not taken; `key` is one of `WORDS`."""

    def __init__(self, why: str) -> None:
        numbers = {"n": NUMBERS[why]} if why in NUMBERS else {}
        super().__init__(WORDS[why], key=f"file_{why}", field="file", params=numbers)
        self.why = why


class Signed(StrEnum):
    """Whether a file bears a signature or seal, which is lost when the file is made anew."""

    NOT = "not"
    QUIET = "quiet"  # and nothing in it acts
    ACTING = "acting"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file made anew."""

    media: str  # one of SUFFIXES
    data: bytes
    pages: int
    previews: tuple[bytes, ...]  # JPEG, the first pages
    signed: Signed = Signed.NOT  # as it came


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is stored, without what is in it. Instants in Unix seconds."""

    id: str
    appointment: str
    source: str  # CITIZEN or DESK
    state: states.Document
    title: str
    media: str
    size: int  # bytes of the file as it is kept
    pages: int
    reason: str  # why it is asked for again
    at: float
    key: bytes | None = None  # wrapped; without it nobody reads the file any more

    @property
    def shown(self) -> bool:
        """Whether it is there for both sides to see."""
        return self.state is not states.Document.TAKEN_BACK

    @property
    def previews(self) -> int:
        """How many of its pages there are as pictures."""
        return min(self.pages, PREVIEWS)

    @property
    def file_name(self) -> str:
        """Under which name it is saved."""
        return re.sub(r'[\\/:*?"<>|]', "-", self.title) + SUFFIXES[self.media]


def as_it_came(cleaned: Cleaned, data: bytes) -> Cleaned:
    """What the desk hands over: a signed file as it came, every other made anew.

    `data`: the file before it was made anew. Raises Unfit for a signed one that would act.
    """
    if cleaned.signed is Signed.ACTING:
        raise Unfit("acting")
    return replace(cleaned, data=data) if cleaned.signed is Signed.QUIET else cleaned


def check_title(name: str) -> str:
    """The title of a file by the name it was sent with; '' when nothing can be made of it."""
    name = PurePosixPath(name.replace("\\", "/")).name
    kept = (c for c in name if unicodedata.category(c)[0] != "C")
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", " ".join("".join(kept).split()))
    return stem.strip(". ")[:TITLE_LENGTH]


def check_reason(reason: str) -> str:
    """Why a document is asked for again; raises Invalid."""
    reason = " ".join(reason.split())
    if not reason:
        raise Invalid(N_("Please say why, so that she can mend it."), field="reason")
    if len(reason) > REASON_LENGTH:
        raise Invalid(
            N_("This is too long (%(limit)s characters at most)."),
            field="reason",
            params={"limit": REASON_LENGTH},
        )
    if not booking.is_storable(reason):
        raise Invalid(N_("This contains characters that cannot be stored."), field="reason")
    return reason


def check_room(held: Iterable[Document], source: str, more: int) -> None:
    """Raise Conflict when `more` bytes from this side are too many beside what is there."""
    theirs = [one for one in held if one.source == source and one.shown]
    if len(theirs) >= MOST_FILES:
        raise Conflict(
            N_("That is enough: %(n)s documents at most. You can take one back first."),
            key="too_many_files",
            params={"n": MOST_FILES},
        )
    if sum(one.size for one in theirs) + more > TOTAL_SIZE:
        raise Conflict(
            N_("All documents together are too large (%(n)s MB at most)."),
            key="files_too_large",
            params={"n": TOTAL_SIZE // 1024**2},
        )
