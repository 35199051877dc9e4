"""The lawful copy of a document: what the service does not need is gone, and KOPIE is across it.

PAuswG § 20 (2) and PassG § 18 (3) allow a copy only with the holder's consent and only if it is
recognisable as one at any time, lastingly; the access number and what is not needed are to be
blacked out. So the copy is grey, overprinted, and masked before it is compressed: the JPEG is made
from the finished picture and carries nothing else (no EXIF, no thumbnail).

Fields of the German ID card (2010, 2019, 2021) and passport lie where the package ausweiskopie
says. Whether a card is one of them is told from the print that all of them share. Every other
card, and a German one that is not recognised, is masked from edge to edge; only its head and, if
wanted, the portrait stay.
"""

import importlib.resources
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Literal, TypeAlias

import cv2
import numpy as np
from ausweiskopie import redact
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from vamt.capture.crop import Picture, shape
from vamt.identity import Document

Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom as shares
Side: TypeAlias = Literal["front", "back"]


class Field(StrEnum):
    """What `keep` may name."""

    PORTRAIT = "portrait"
    SURNAME = "surname"
    GIVEN_NAMES = "given_names"
    BIRTH_NAME = "birth_name"
    BIRTH_DATE = "birth_date"
    BIRTH_PLACE = "birth_place"
    NATIONALITY = "nationality"
    SEX = "sex"
    ADDRESS = "address"
    PSEUDONYM = "pseudonym"
    EXPIRY = "expiry"
    ISSUED = "issued"
    AUTHORITY = "authority"
    SIGNATURE = "signature"
    HEIGHT = "height"
    EYES = "eyes"
    NUMBER = "number"
    ZONE = "zone"
    ACCESS_NUMBER = "access_number"


NEVER = frozenset({Field.ACCESS_NUMBER})  # opens the chip; nobody may keep it

_THEIRS = {
    redact.Field.PHOTO: Field.PORTRAIT,
    redact.Field.SURNAME: Field.SURNAME,
    redact.Field.GIVEN_NAME: Field.GIVEN_NAMES,
    redact.Field.NAME_AT_BIRTH: Field.BIRTH_NAME,
    redact.Field.DATE_OF_BIRTH: Field.BIRTH_DATE,
    redact.Field.PLACE_OF_BIRTH: Field.BIRTH_PLACE,
    redact.Field.NATIONALITY: Field.NATIONALITY,
    redact.Field.SEX: Field.SEX,
    redact.Field.ADDRESS: Field.ADDRESS,
    redact.Field.RELIGIOUS_NAME_OR_PSEUDONYM: Field.PSEUDONYM,
    redact.Field.DATE_OF_EXPIRY: Field.EXPIRY,
    redact.Field.DATE: Field.ISSUED,
    redact.Field.AUTHORITY: Field.AUTHORITY,
    redact.Field.SIGNATURE: Field.SIGNATURE,
    redact.Field.HEIGHT: Field.HEIGHT,
    redact.Field.COLOUR_OF_EYES: Field.EYES,
    redact.Field.DOCUMENT_NUMBER: Field.NUMBER,
    redact.Field.MACHINE_READABLE_ZONE: Field.ZONE,
    redact.Field.CAN: Field.ACCESS_NUMBER,
}


@dataclass(frozen=True)
class Layout:
    """Where the fields of one issue of a document are, and a specimen to know it by."""

    fields: Mapping[Field, tuple[Box, ...]]
    specimen: str  # a file of the package ausweiskopie


def _layout(
    theirs: redact.FieldDefinition, specimen: str, more: Mapping[Field, Box] | None = None
) -> Layout:
    fields = {
        _THEIRS[field]: tuple((*place.top_left, *place.bottom_right) for place in places)
        for field, places in theirs.items()
    }
    for field, box in (more or {}).items():
        fields[field] = (*fields.get(field, ()), box)
    return Layout(fields, specimen)


# The small second portrait beside the tilting picture, which ausweiskopie leaves.
_SECOND_PORTRAIT = {Field.PORTRAIT: (0.23, 0.15, 0.44, 0.33)}
GERMAN: Mapping[tuple[Document, Side], tuple[Layout, ...]] = {
    (Document.ID_CARD, "front"): (
        _layout(redact.FIELDS_NPA_FRONT_2021, "npa_2021.png"),
        _layout(redact.FIELDS_NPA_FRONT_2019, "npa_2019.jpg"),
        _layout(redact.FIELDS_NPA_FRONT_2010, "npa_2010.jpg"),
    ),
    (Document.ID_CARD, "back"): (
        _layout(redact.FIELDS_NPA_BACK, "npa_back.png", _SECOND_PORTRAIT),
    ),
    (Document.PASSPORT, "front"): (_layout(redact.FIELDS_PASSPORT, "passport.png"),),
}
# Of a document nobody knows: what tells which it is, and where ICAO 9303-4 and -5 put the portrait.
HEAD: Mapping[Document, Box] = {Document.PASSPORT: (0.0, 0.0, 0.55, 0.1)}
HEAD_CARD: Box = (0.0, 0.0, 0.62, 0.15)
PORTRAITS: Mapping[Document, Box] = {Document.PASSPORT: (0.02, 0.16, 0.29, 0.66)}
PORTRAIT_CARD: Box = (0.02, 0.2, 0.37, 0.85)

MARGIN = 0.009  # of the width, around each mask: a crop is off by as much
BLACK = 24


def copy_of(
    card: Picture,
    document: Document,
    side: Side,
    keep: frozenset[str],
    lines: Sequence[str],
) -> bytes:
    """The masked, overprinted grey copy of a flat card (BGR, as `crop.rectify` makes it) as JPEG.

    `keep` names fields (`Field`) that stay readable; unknown names keep nothing. `lines` are
    printed across with KOPIE: the town, the case, the date.
    """
    grey = np.asarray(cv2.cvtColor(card, cv2.COLOR_BGR2GRAY), np.uint8)
    layout = layout_of(card, document, side)
    if layout is None:
        grey = _only(grey, _shown(document, side, keep))
    else:
        kept = frozenset(keep) - NEVER
        grey = _without(grey, _boxes(layout, kept, False), _boxes(layout, kept, True))
    picture = _overprinted(Image.fromarray(grey), lines)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=82)
    return file.getvalue()


def _boxes(layout: Layout, kept: frozenset[str], wanted: bool) -> list[Box]:
    """The boxes of the fields that stay (`wanted`) or go."""
    fields = layout.fields.items()
    return [box for field, boxes in fields if (field in kept) is wanted for box in boxes]


def _shown(document: Document, side: Side, keep: Iterable[str]) -> list[Box]:
    if side == "back":
        return []
    shown = [HEAD.get(document, HEAD_CARD)]
    if Field.PORTRAIT in keep:
        shown.append(PORTRAITS.get(document, PORTRAIT_CARD))
    return shown


def _pixels(grey: NDArray[np.uint8], box: Box, margin: float = 0.0) -> tuple[slice, slice]:
    high, wide = grey.shape
    left, top, right, bottom = box
    edge = margin * wide
    return (
        slice(max(0, int(top * high - edge)), int(np.ceil(bottom * high + edge))),
        slice(max(0, int(left * wide - edge)), int(np.ceil(right * wide + edge))),
    )


def _without(
    grey: NDArray[np.uint8], gone: Iterable[Box], kept: Iterable[Box]
) -> NDArray[np.uint8]:
    """Masks over what goes, with a margin that spares what stays."""
    gone = list(gone)
    mask = np.zeros(grey.shape, bool)
    for box in gone:
        mask[_pixels(grey, box, MARGIN)] = True
    for box in kept:
        mask[_pixels(grey, box)] = False
    for box in gone:  # where both meet, the mask wins
        mask[_pixels(grey, box)] = True
    return np.where(mask, np.uint8(BLACK), grey)


def _only(grey: NDArray[np.uint8], boxes: Iterable[Box]) -> NDArray[np.uint8]:
    masked = np.full_like(grey, BLACK)
    for box in boxes:
        place = _pixels(grey, box)
        masked[place] = grey[place]
    return masked


# --- which card is it --------------------------------------------------------------------------

# The 30th percentile of the tiles: 0.58 and more on German cards (another scan, blurred, glaring),
# 0.44 at most on twelve foreign and drawn ones.
ALIKE = 0.5
_WIDE = 404  # px: a tenth of the size of print, not of its dots
_SHIFT = 3  # px: a crop is off by as much; the issues of 2010 and 2019 differ by 4 and more


def layout_of(card: Picture, document: Document, side: Side) -> Layout | None:
    """The German layout that this card has, None when it has none of them for sure."""
    tiles = [
        (layout, likeness(card, document, layout)) for layout in GERMAN.get((document, side), ())
    ]
    # two issues differ in few tiles only: the mean counts each of them
    layout, alike = max(tiles, key=lambda pair: pair[1].mean(), default=(None, np.zeros(1)))
    return layout if np.percentile(alike, 30) >= ALIKE else None


def likeness(card: Picture, document: Document, layout: Layout) -> NDArray[np.float64]:
    """How well each tile of print that all cards of a layout share is on this one, -1 to 1."""
    seen = cv2.copyMakeBorder(
        _print(card, document), _SHIFT, _SHIFT, _SHIFT, _SHIFT, cv2.BORDER_REFLECT
    )
    found = []
    boxes = tuple(box for places in layout.fields.values() for box in places)
    for x, y, tile in _tiles_of(document, layout.specimen, boxes):
        high, wide = tile.shape
        around = seen[y : y + high + 2 * _SHIFT, x : x + wide + 2 * _SHIFT]
        found.append(float(cv2.matchTemplate(around, tile, cv2.TM_CCOEFF_NORMED).max()))
    return np.array(found)


def _print(card: Picture, document: Document) -> NDArray[np.float32]:
    """The card's print without its shades of light."""
    flat = cv2.resize(card, shape(document, _WIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY).astype(np.float32), (0, 0), 0.8)
    return grey - cv2.GaussianBlur(grey, (0, 0), 8)


@cache
def _tiles_of(
    document: Document, specimen: str, boxes: tuple[Box, ...]
) -> list[tuple[int, int, NDArray[np.float32]]]:
    """Tiles of the specimen with print, but without any field: x, y and the picture of each."""
    data = (importlib.resources.files("ausweiskopie") / "resources" / specimen).read_bytes()
    card = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    flat = _print(np.asarray(card, np.uint8), document)
    private = np.zeros(flat.shape, np.uint8)
    for box in boxes:
        private[_pixels(private, box)] = 1
    high, wide = flat.shape[0] // 12, flat.shape[1] // 8
    tiles = []
    for y in range(0, flat.shape[0] - high, high // 2):
        for x in range(0, flat.shape[1] - wide, wide // 2):
            place = slice(y, y + high), slice(x, x + wide)
            if private[place].mean() < 0.08 and flat[place].std() > 14:
                tiles.append((x, y, flat[place]))
    return tiles


# --- overprint ---------------------------------------------------------------------------------


def _overprinted(picture: Image.Image, lines: Sequence[str]) -> Image.Image:
    """KOPIE large and the lines small, diagonally all over; all in one line at the foot."""
    wide, high = picture.size
    words = "   ".join(["KOPIE", *lines])
    reach = int(np.hypot(wide, high))
    veil = Image.new("L", (reach, reach), 0)
    ink = ImageDraw.Draw(veil)
    small = _font(round(high / 20))
    step = round(high / 7)
    length = max(1, round(ink.textlength(words + "   ", font=small)))
    for row, y in enumerate(range(0, reach, step)):
        for x in range(-(row * length // 3) % length - length, reach, length):
            ink.text((x, y), words + "   ", font=small, fill=120)
    ink.text((reach / 2, reach / 2), "KOPIE", font=_font(round(high / 2.6)), fill=105, anchor="mm")
    veil = veil.rotate(30, resample=Image.Resampling.BICUBIC)
    left, top = (reach - wide) // 2, (reach - high) // 2
    veil = veil.crop((left, top, left + wide, top + high))
    # grey on both: dark print stays darker, black masks carry the words as well
    picture = Image.composite(Image.new("L", picture.size, 128), picture, veil)
    foot = ImageDraw.Draw(picture)
    band = round(high / 16)
    size = round(band * 0.72)
    while size > 8 and foot.textlength(words, font=_font(size)) > wide * 0.96:
        size -= 1
    foot.rectangle((0, high - band, wide, high), fill=255)
    foot.text((wide / 2, high - band / 2), words, font=_font(size), fill=0, anchor="mm")
    return picture


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Noto Sans as ausweiskopie brings it: every Latin, Greek and Cyrillic letter."""
    file = importlib.resources.files("ausweiskopie") / "resources" / "NotoSans-Regular.ttf"
    return ImageFont.truetype(io.BytesIO(file.read_bytes()), max(size, 6))
