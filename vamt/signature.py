"""A simple electronic signature (eIDAS, Regulation (EU) 910/2014, article 3 no. 10). Pure rules.

What is signed is a *document*: a title and a text. What remains is a *record*: the strokes with
their times and pressures, or a typed name; the document and its SHA-256; what was agreed to, in
which language; when. `svg` draws it. The states between asking and having it are in `states.py`.

Coordinates are shares of the pad's **width**, x to the right and y downwards, so that a pad of any
size and any screen keeps the proportions. Times are milliseconds since the first point.
"""

import hashlib
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from itertools import pairwise
from typing import NamedTuple

from vamt import states
from vamt.booking import check_name
from vamt.errors import N_, Invalid

TITLE_LENGTH = 120  # characters
TEXT_LENGTH = 10_000
MOST_STROKES = 100
MOST_POINTS = 2000  # half a minute of drawing; as JSON they fit into one message
LONGEST = 600_000  # ms
LEAST_LENGTH = 0.15  # of the pad's width, all strokes together; less is a slip of the finger

CONSENT_VERSION = "2026-11"  # a new one with every change of the sentence
CONSENT = N_(
    "I have read the document “%(title)s” and sign it. I know that this is a simple electronic"
    " signature and that I could have refused."
)

PLACE = re.compile(r"\{(\w+)\}")

TOO_SHORT = N_("That is very short. Please sign with your whole name, or type it.")
TOO_LONG = N_("That is more than a signature needs. Please begin again.")
NOT_A_TEXT = N_("This contains characters that cannot be stored.")


class Point(NamedTuple):
    """Where the pen was: x and y in widths of the pad, t in ms, pressure 0..1."""

    x: float
    y: float
    t: int
    pressure: float


Stroke = tuple[Point, ...]


class Piece(NamedTuple):
    """A part of a stroke that is being drawn; see `Ink`."""

    stroke: int  # its number; -1: there are none any more
    first: int  # the number of the first of the points
    points: Sequence[Sequence[float]]  # each x, y, t, pressure


class Seen(StrEnum):
    """What the clerk had seen of the strokes when they were handed in."""

    ALL = "all"
    DIFFERS = "differs"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be signed."""

    title: str
    text: str

    @property
    def content(self) -> bytes:
        """The exact bytes that are signed: the title, an empty line, the text; UTF-8."""
        return f"{self.title}\n\n{self.text}".encode()

    @property
    def sha256(self) -> str:
        """The hash of `content`, 64 hex digits."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Consent:
    """The sentence she has agreed to, as she has read it."""

    text: str
    version: str
    language: str  # code


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it is asked for and stored. Instants in Unix seconds."""

    id: str
    visit: str
    clerk: str  # who asks
    state: states.Signature
    title: str
    text: str  # "" once it is over: the sealed record has it
    sha256: str
    asked: float
    ended: float | None = None
    typed: bool = False
    seen: str = ""  # one of Seen, once it is signed
    record: bytes | None = None  # a `Record`, sealed with the visit's key

    @property
    def open(self) -> bool:
        """Whether the citizen may still sign or refuse."""
        return self.state in (states.Signature.ASKED, states.Signature.SIGNING)


@dataclass(frozen=True, slots=True)
class Record:
    """What remains of a signature: either strokes or a typed name, and what it belongs to."""

    document: Document
    sha256: str
    consent: Consent
    at: float  # Unix seconds
    strokes: tuple[Stroke, ...] = ()
    typed: str = ""
    seen: Seen = Seen.NOTHING


@dataclass(frozen=True, slots=True)
class Signed:
    """A record, and who was there."""

    record: Record
    citizen: str  # name
    clerk: str  # name of who has asked
    checked: bool = False  # a document of identity was found genuine before, in this visit


def short(sha256: str) -> str:
    """A hash as people compare it: four groups of four hex digits (64 bits)."""
    return " ".join(sha256[n : n + 4] for n in range(0, 16, 4))


def check_document(title: str, text: str) -> Document:
    """The document as it is stored, shown and hashed; raises Invalid.

    Line ends become one line feed. Refused are control characters and those that reverse the
    direction of what follows (Unicode 9, "bidi overrides"): nobody shall read another text than
    the one whose hash is kept.
    """
    title = _plain(title, "title")
    if "\n" in title or len(title) > TITLE_LENGTH:
        raise Invalid(N_("Please give the document a short title of one line."), field="title")
    if not title:
        raise Invalid(N_("Please give the document a title."), field="title")
    text = _plain(text, "text")
    if not text:
        raise Invalid(N_("Please write what is to be signed."), field="text")
    if len(text) > TEXT_LENGTH:
        raise Invalid(
            N_("That is too long; %(n)s characters at most."),
            field="text",
            params={"n": TEXT_LENGTH},
        )
    return Document(title, text)


def _plain(text: str, field: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(_unseen(c) for c in text):
        raise Invalid(NOT_A_TEXT, field=field)
    return text


def _unseen(c: str) -> bool:
    overrides = "\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069"
    return overrides or (unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t")


def keys_in(text: str) -> set[str]:
    """What is filled into a prepared text, in braces."""
    return set(PLACE.findall(text))


def filled(text: str, facts: Mapping[str, str]) -> str:
    """A prepared text with {key} replaced by what is known; three dots where nothing is."""
    return PLACE.sub(lambda found: facts.get(found[1], "") or "…", text).strip()


def check_strokes(drawn: Sequence[Sequence[Sequence[float]]]) -> tuple[Stroke, ...]:
    """The strokes of a signature, each a list of [x, y, t, pressure]; raises Invalid.

    Empty strokes fall away.
    """
    if len(drawn) > MOST_STROKES or sum(len(stroke) for stroke in drawn) > MOST_POINTS:
        raise Invalid(TOO_LONG, field="strokes", key="too_long")
    strokes = tuple(_stroke(stroke) for stroke in drawn if stroke)
    if length(strokes) < LEAST_LENGTH:
        raise Invalid(TOO_SHORT, field="strokes", key="too_short")
    return strokes


def _stroke(points: Iterable[Sequence[float]]) -> Stroke:
    stroke = tuple(_point(*point) for point in points)
    if any(after.t < before.t for before, after in pairwise(stroke)):
        raise Invalid(field="strokes")
    return stroke


def _point(x: float, y: float, t: float, pressure: float) -> Point:
    if not (0 <= x <= 1 and 0 <= y <= 1 and 0 <= t <= LONGEST and 0 <= pressure <= 1):
        raise Invalid(field="strokes")  # false for NaN, too
    return Point(round(x, 4), round(y, 4), int(t), round(pressure, 2))


def length(strokes: Iterable[Stroke]) -> float:
    """How far the pen has gone on the paper, in widths of the pad."""
    return sum(math.hypot(b.x - a.x, b.y - a.y) for stroke in strokes for a, b in pairwise(stroke))


def check_typed(name: str) -> str:
    """The typed name in place of strokes; raises Invalid."""
    name = check_name(name)
    if any(_unseen(c) for c in name):
        raise Invalid(NOT_A_TEXT, field="typed")
    return name


class Ink:
    """The strokes as they arrive while they are drawn.

    A piece says: from point `first` on, stroke number `stroke` is as follows, and no stroke after
    it exists. So nothing else is needed to undo or to begin again, and a piece that comes twice, or
    by both ways, changes nothing.
    """

    def __init__(self) -> None:
        self.strokes: list[list[Point]] = []

    def add(self, stroke: int, first: int, points: Sequence[Sequence[float]]) -> None:
        """Take a `Piece`.

        A piece after a gap is left out; the page tells all again when a line is back. Raises
        Invalid for what cannot be a part of a signature.
        """
        if not -1 <= stroke < MOST_STROKES or first < 0:
            raise Invalid(field="stroke")
        piece = list(_stroke(points))
        known = self.strokes[stroke] if 0 <= stroke < len(self.strokes) else []
        if piece and known[first : first + len(piece)] == piece:
            return
        del self.strokes[stroke + 1 :]
        if stroke < 0 or stroke > len(self.strokes) or first > len(known):
            return
        if stroke == len(self.strokes):
            self.strokes.append([])
        line = self.strokes[stroke]
        line[first:] = piece
        if sum(len(one) for one in self.strokes) > MOST_POINTS:
            del line[first:]
            raise Invalid(TOO_LONG, field="strokes", key="too_long")

    def against(self, strokes: Sequence[Stroke]) -> Seen:
        """Compare what was seen with what was handed in."""
        seen = [tuple(line) for line in self.strokes if line]
        if not seen:
            return Seen.NOTHING
        return Seen.ALL if seen == list(strokes) else Seen.DIFFERS


UNIT = 1000  # of the drawing; the pad's width
MARGIN = 20
PEN = 7.0  # the width of a line drawn with half pressure
LETTER = 64  # the height of a typed name's letters


def svg(record: Record, name: str) -> str:
    """The signature as a picture of its own size, for the page and for a PDF. `name` is spoken.

    The same record gives the same bytes. No script, no style, no link, no font of its own; the only
    texts are `name` and the typed name, escaped.
    """
    if record.typed:
        width, height = round(sum(map(_breadth, record.typed))) + 2 * LETTER, 2 * LETTER
        body = (
            f'<text x="{width // 2}" y="{height * 5 // 8}" text-anchor="middle"'
            f' font-family="Noto Sans, sans-serif" font-style="italic" font-size="{LETTER}">'
            f"{_text(record.typed)}</text>"
        )
        return _picture(0, 0, width, height, name, body)
    xs = [point.x * UNIT for stroke in record.strokes for point in stroke]
    ys = [point.y * UNIT for stroke in record.strokes for point in stroke]
    left, top = math.floor(min(xs)) - MARGIN, math.floor(min(ys)) - MARGIN
    width, height = math.ceil(max(xs)) + MARGIN - left, math.ceil(max(ys)) + MARGIN - top
    body = "".join(_drawn(stroke) for stroke in record.strokes)
    pen = f'<g fill="none" stroke="#111" stroke-linecap="round" stroke-linejoin="round">{body}</g>'
    return _picture(left, top, width, height, name, pen)


def _picture(left: int, top: int, width: int, height: int, name: str, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {width} {height}"'
        f' width="{width}" height="{height}" role="img"><title>{_text(name)}</title>{body}</svg>'
    )


def _text(text: str) -> str:
    """Escaped, without the two characters that XML does not know and `_unseen` lets pass."""
    return escape(text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd"))


def _breadth(letter: str) -> float:
    """What room a letter needs; generous, since no font is measured here."""
    return LETTER * (1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.75)


def _drawn(stroke: Stroke) -> str:
    """One stroke: a smooth line through the middles between its points, or a dot."""
    spots = [(point.x * UNIT, point.y * UNIT) for point in stroke]
    width = PEN * (0.5 + sum(point.pressure for point in stroke) / len(stroke))
    (x, y), (last_x, last_y) = spots[0], spots[-1]
    if len(set(spots)) == 1:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{width / 2:.1f}" fill="#111" stroke="none"/>'
    curves = "".join(
        f"Q{a[0]:.1f} {a[1]:.1f} {(a[0] + b[0]) / 2:.1f} {(a[1] + b[1]) / 2:.1f}"
        for a, b in pairwise(spots[1:])
    )
    path = f"M{x:.1f} {y:.1f}{curves}L{last_x:.1f} {last_y:.1f}"
    return f'<path d="{path}" stroke-width="{width:.1f}"/>'
