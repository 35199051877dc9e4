"""Fictional identity documents, drawn: for tests and benches of everything that looks at cards.

An identity is invented from a seeded `random.Random`, its machine-readable zone is written here
(on purpose not with vamt/mrz.py, which it tests), and `draw_card` draws the document: an ID card
and a residence permit (TD1, 85.6 x 54 mm, two sides), a passport's data page (TD3, 125 x 88 mm).
Places and sizes are those of European documents (zone in OCR-B, 10 characters an inch); the
layout itself, arms and patterns are nobody's. What happens to a card before it is a frame of a
camera is in tests/capture/scenes.py.
"""

import functools
import random
import string
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

ID_CARD, PASSPORT, PERMIT = "id_card", "passport", "residence_permit"
SIZES = {ID_CARD: (85.6, 53.98), PERMIT: (85.6, 53.98), PASSPORT: (125.0, 88.0)}  # mm
TODAY = date(2026, 11, 25)  # nobody's clock: drawn documents are the same every day

OCR_B = "/usr/share/fonts/opentype/ocr-b/OCRB.otf"
SANS = "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf"
GERMAN_ALPHABET = "CFGHJKLMNPRTVWXYZ0123456789"

# nationality -> surnames and given names as the register has them
PEOPLE = {
    "D<<": (
        [
            "Müller",
            "Weiß",
            "Schönfelder",
            "Meyer-Lüdenscheidt",
            "von der Heide",
            "Özdemir",
            "Jäger",
        ],
        ["Jürgen", "Anna Lena", "Käthe", "Karl-Heinz", "Björn", "Sophie Charlotte", "Ayşe Nur"],
    ),
    "AUT": (["Gruber", "Hötzendorfer", "Pichler"], ["Maximilian", "Eva-Maria", "Jörg"]),
    "TUR": (["Yılmaz", "Şahin", "Öztürk", "Çelik"], ["Ayşe Nur", "Mehmet", "Gülşen", "İbrahim"]),
    "POL": (["Wiśniewska", "Kowalczyk", "Łuczak"], ["Małgorzata", "Zbigniew", "Zofia Ewa"]),
    "ITA": (["D'Angelo", "Rossi", "De Sanctis"], ["Niccolò", "Giulia", "Maria Grazia"]),
    "FRA": (["L'Hôpital", "Dupont-Moretti", "Lefèvre"], ["Zoé", "Jean-François", "Chloé Inès"]),
    "ESP": (["García Nuñez", "Zuzunaga Sáez", "Peña"], ["José Luis", "Begoña", "María Concepción"]),
    "PRT": (["Gonçalves de Albuquerque", "Simões", "Zagalo"], ["João", "Inês Sofia", "Conceição"]),
    "ROU": (["Ștefănescu", "Ionescu", "Țurcanu"], ["Ioană", "Mircea", "Zsuzsanna"]),
    "CZE": (["Dvořáková", "Zsigmondy", "Novák"], ["Jiří", "Božena", "Lukáš"]),
    "HUN": (["Szűcs", "Zsoldos", "Nagy"], ["Zsófia", "Gergő", "Ágnes"]),
    "HRV": (["Đurić", "Živković", "Horvat"], ["Željka", "Ivan", "Dražen"]),
    "DNK": (["Sørensen", "Åkjær", "Holm"], ["Søren", "Åse", "Kjeld"]),
    "ISL": (["Þorsteinsdóttir", "Guðmundsson"], ["Þóra", "Sigurður", "Æsa"]),
    "UKR": (["Shevchenko", "Zghurska", "Bondarenko"], ["Oleksandr", "Yuliia", "Zoriana"]),
    "SYR": (["Al Khatib", "Zsaroun", "Haddad"], ["Mohammad", "Rania", "Abd Alrahman"]),
    "VNM": (["Nguyen", "Tran"], ["Thi Minh Khai", "Van Duc", "Thi Hong Nhung"]),
    "CAN": (["Tremblay", "Smith", "MacAulay"], ["Zachary", "Émilie", "Sarah Jane"]),
    "IND": (["Venkataramanan Subramaniam", "Patel"], ["Krishnamoorthy Balasubramanian", "Isha"]),
    "XXA": (["Rahimi", "Ooru"], ["Zeinab", "Osman", "Bilal"]),
}
ISSUERS = {  # who issues what to whom: of a residence permit, never the holder's own state
    ID_CARD: ["D<<", "AUT", "POL", "ITA", "FRA", "ESP", "PRT", "ROU", "CZE", "HUN", "HRV"],
    PASSPORT: [n for n in PEOPLE if n != "XXA"],
    PERMIT: ["D<<", "AUT", "FRA", "CZE"],
}
NUMBERS = {  # A: letter, 9: digit, X: either, L and G: the German alphabet; others nine of X
    ("D<<", ID_CARD): "LGGGGGGGG",
    ("D<<", PASSPORT): "LGGGGGGGG",
    ("D<<", PERMIT): "LGGGGGGGG",
    ("AUT", PASSPORT): "A9999999",
    ("POL", ID_CARD): "AAA999999",
    ("POL", PASSPORT): "AA9999999",
    ("ITA", ID_CARD): "CA99999AA",
    ("ITA", PASSPORT): "AA9999999",
    ("ESP", ID_CARD): "AAA999999",
    ("ESP", PASSPORT): "AAA999999",
    ("FRA", PASSPORT): "99AA99999",
    ("CZE", ID_CARD): "999999999",
    ("CAN", PASSPORT): "AA999999",
    ("TUR", PASSPORT): "A99999999",
    ("HRV", ID_CARD): "999999999",
    ("HRV", PASSPORT): "999999999",
    ("HUN", ID_CARD): "999999AA",
    ("IND", PASSPORT): "A9999999",
    ("VNM", PASSPORT): "A9999999",
    ("UKR", PASSPORT): "AA999999",
}
_SPECIAL = {
    "Ä": "AE",
    "Ö": "OE",
    "Ü": "UE",
    "ß": "SS",
    "Å": "AA",
    "Ø": "OE",
    "Æ": "AE",
    "Þ": "TH",
    "Ð": "D",
    "Đ": "D",
    "Ł": "L",
    "ı": "I",
    "'": "",
    "’": "",
}


@dataclass(frozen=True)
class Identity:
    """An invented person with her document; codes as in the zone, with their fillers."""

    document: str  # ID_CARD, PASSPORT or PERMIT
    code: str  # "ID", "I<", "P<", "AR" ...
    issuer: str
    nationality: str
    surname: str
    given: str
    number: str
    birth: date
    sex: str  # "F", "M" or "<"
    expiry: date
    optional: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The zone as printed: two lines of 44 characters, or three of 30."""
        number = _checked(self.number.ljust(9, "<"))
        born, until = _checked(f"{self.birth:%y%m%d}"), _checked(f"{self.expiry:%y%m%d}")
        if self.document == PASSPORT:
            optional = _checked(self.optional.ljust(14, "<"))
            if not self.optional:
                optional = "<" * 14 + "<"  # both '<' and '0' are allowed
            body = number + self.nationality + born + self.sex + until + optional
            lower = body + _digit(number + born + until + optional)
            return (_names(self.code + self.issuer, self.surname, self.given, 44), lower)
        upper = (self.code + self.issuer + number).ljust(30, "<")
        middle = (born + self.sex + until + self.nationality + self.optional).ljust(29, "<")
        middle += _digit(upper[5:] + born + until + middle[18:29])
        return (upper, middle, _names("", self.surname, self.given, 30))


def invent(
    rng: random.Random,
    document: str = ID_CARD,
    issuer: str | None = None,
    number: str | None = None,
) -> Identity:
    """Somebody who does not exist, with a valid document of this kind."""
    issuer = issuer or rng.choice(ISSUERS[document])
    nationality = issuer
    if document == PERMIT:
        nationality = rng.choice([n for n in PEOPLE if n not in ISSUERS[PERMIT]])
    surnames, given = PEOPLE[nationality]
    codes = {ID_CARD: "ID", PASSPORT: "P<", PERMIT: "AR"}
    optional = ""
    if (issuer, document) == ("D<<", ID_CARD):
        optional = "2108"
    elif rng.random() < 0.3:
        size = 14 if document == PASSPORT else 8
        optional = "".join(rng.choices(string.digits, k=rng.randint(4, size)))
    return Identity(
        document=document,
        code=codes[document],
        issuer=issuer,
        nationality=nationality,
        surname=rng.choice(surnames),
        given=rng.choice(given),
        number=number or _number(rng, NUMBERS.get((issuer, document), "XXXXXXXXX")),
        birth=TODAY - timedelta(days=rng.randint(16 * 366, 90 * 365)),
        sex="<" if (issuer, document) == ("D<<", ID_CARD) else rng.choice("FM"),
        expiry=TODAY + timedelta(days=rng.randint(-300, 3600)),
        optional=optional,
    )


def zone_text(name: str) -> str:
    """A name as the zone writes it (ICAO Doc 9303-3, section 6), words apart by '<'."""
    parts = []
    for letter in name.upper():
        if letter in _SPECIAL:
            parts.append(_SPECIAL[letter])
            continue
        plain = unicodedata.normalize("NFD", letter)[0]
        parts.append(plain if plain in string.ascii_uppercase else "<")
    return "".join(parts)


def draw_card(identity: Identity, side: str, width: int = 1011) -> np.ndarray:
    """The document's side ("front" or "back"; a passport has only "front"), upright, flat, sharp.

    BGR uint8, `width` pixels wide, the height follows from the document. The zone is on the back
    of a card and at the foot of a passport's data page.
    """
    sheet = _Sheet(identity)
    if identity.document == PASSPORT:
        sheet.head("REISEPASS  PASSPORT")
        sheet.portrait(4, 20, 34, 44)
        sheet.fields(42, 18, identity)
        sheet.zone(identity.lines, top=68.3, pitch=6.35, left=6.6)
    elif side == "front":
        permit = identity.document == PERMIT
        sheet.head("AUFENTHALTSTITEL" if permit else "PERSONALAUSWEIS  IDENTITY CARD")
        sheet.portrait(3.5, 11, 32, 39)
        sheet.fields(37, 12.5, identity)
    else:
        sheet.reverse(identity)
        sheet.zone(identity.lines, top=36.6, pitch=4.17, left=4.7)
    card = cv2.cvtColor(np.asarray(sheet.image), cv2.COLOR_RGB2BGR)
    across, down = SIZES[identity.document]
    return cv2.resize(card, (width, round(width * down / across)), interpolation=cv2.INTER_AREA)


class _Sheet:
    """A blank document with a pattern; everything in millimetres."""

    dots = 16.0  # pixels a millimetre while drawing; reduced afterwards

    def __init__(self, identity: Identity) -> None:
        self.size = SIZES[identity.document]
        # the same pattern for the same kind of document, other colours for other issuers
        seed = sum(map(ord, identity.issuer + identity.document))
        self.rng = np.random.default_rng(seed)
        self.hue = self.rng.integers(0, 180)
        self.image = Image.fromarray(_paper(self.size, seed, float(self.hue)))
        self.ink = ImageDraw.Draw(self.image)

    def _box(self, *mm: float) -> tuple[float, ...]:
        return tuple(value * self.dots for value in mm)

    def text(self, x: float, y: float, words: str, high: float, face: str = SANS) -> None:
        """Words with their top left corner at x, y; `high` is the letter's body."""
        self.ink.text(
            self._box(x, y), words, font=_font(face, round(high * self.dots)), fill="#222"
        )

    def head(self, title: str) -> None:
        """The state's name, its flag and the document's."""
        flag = cv2.cvtColor(np.uint8([[[self.hue, 190, 130]]]), cv2.COLOR_HSV2RGB)[0, 0]
        self.ink.rectangle(self._box(3.5, 2.5, 14, 9), fill=tuple(int(c) for c in flag))
        self.ink.ellipse(
            self._box(6.9, 3.9, 10.6, 7.6), outline="#f4d03f", width=round(self.dots / 2)
        )
        self.text(16, 2.3, "VEREINIGTE STÄDTE VON MITTELLAND", 2.1)
        self.text(16, 5.6, title, 2.2)

    def portrait(self, x: float, y: float, wide: float, high: float) -> None:
        """A grey likeness: ground, shoulders, head, hair, eyes and mouth."""
        ink, middle, foot = self.ink, x + wide / 2, y + high
        tone, hair = (int(v) for v in self.rng.integers((150, 30), (215, 130)))

        def box(dx: float, top: float, bottom: float, around: float = middle) -> tuple[float, ...]:
            return self._box(
                around - dx * wide, y + top * high, around + dx * wide, y + bottom * high
            )

        ink.rectangle(self._box(x, y, x + wide, foot), fill="#c9ced4")
        ink.pieslice(box(0.44, 0.72, 1.28), 180, 360, fill=(70, 75, 95))
        ink.rectangle(box(0.1, 0.6, 0.78), fill=(tone, tone - 8, tone - 12))
        ink.ellipse(box(0.27, 0.14, 0.7), fill=(tone, tone - 6, tone - 10))
        ink.chord(box(0.27, 0.14, 0.7), 195, 345, fill=(hair, hair - 5, hair - 8))
        for side in (-1, 1):
            ink.ellipse(box(0.03, 0.4, 0.425, middle + side * wide * 0.11), fill="#333")
        ink.arc(box(0.1, 0.46, 0.59), 30, 150, fill="#7a4040", width=round(self.dots / 2))

    def fields(self, x: float, y: float, who: Identity) -> None:
        """Printed data: label small above value."""
        rows = [
            ("Name/Surname/Nom", who.surname.upper()),
            ("Vornamen/Given names/Prénoms", who.given.upper()),
            ("Geburtstag/Date of birth", f"{who.birth:%d.%m.%Y}"),
            ("Staatsangehörigkeit/Nationality", who.nationality.rstrip("<")),
            ("Gültig bis/Date of expiry", f"{who.expiry:%d.%m.%Y}"),
        ]
        step = (self.size[1] * (0.48 if who.document == PASSPORT else 0.7)) / len(rows)
        for row, (label, value) in enumerate(rows):
            self.text(x, y + row * step, label, 1.7)
            self.text(x, y + row * step + 2, value, 3.2)
        self.text(self.size[0] - 26, 3, who.number, 3.6, OCR_B)
        self.text(self.size[0] - 17, self.size[1] * 0.62, "938568", 3, OCR_B)  # access number

    def reverse(self, who: Identity) -> None:
        """The back's upper half: height, authority, address; a band above the zone."""
        for y, label, value in (
            (2.5, "Größe/Height", "171 cm"),
            (9.5, "Datum/Date", f"{who.expiry - timedelta(days=3650):%d.%m.%y}"),
            (16.5, "Behörde/Authority", "STADT HIMMELPFORT"),
        ):
            self.text(3.5, y, label, 1.7)
            self.text(3.5, y + 2, value, 3)
        self.text(38, 2.5, "Anschrift/Address", 1.7)
        self.text(38, 4.5, "12345 HIMMELPFORT", 3)
        self.text(38, 8.3, "AM MARKT 7", 3)
        self.ink.rectangle(self._box(0, 29, self.size[0], 30.6), fill="#cfd2d6")
        if who.document == PERMIT:
            self.ink.rectangle(self._box(66, 12, 80, 24), fill="#c8a94b", outline="#8f7730")

    def zone(self, lines: Sequence[str], top: float, pitch: float, left: float) -> None:
        """The machine-readable zone: a character each 2.54 mm, size 1 of OCR-B."""
        box = tuple(round(v) for v in self._box(0, top - 1.8, *self.size))
        ground = self.image.crop(box)
        pale = Image.new("RGB", ground.size, (250, 250, 246))
        self.image.paste(Image.blend(ground, pale, 0.55), box[:2])
        face = _font(OCR_B, round(3.5 * self.dots))
        for row, line in enumerate(lines):
            for column, letter in enumerate(line):
                at = self._box(left + column * 2.54, top + row * pitch - 0.3)
                self.ink.text(at, letter, font=face, fill="#1b1b1d")


@functools.cache
def _paper(size: tuple[float, float], seed: int, hue: float) -> np.ndarray:
    """Soft colours and fine lines (guilloche), so that the ground is never plain; RGB."""
    rng = np.random.default_rng(seed)
    wide, high = (round(mm * _Sheet.dots) for mm in size)
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32) / _Sheet.dots
    waves = np.zeros_like(x)
    for _ in range(3):
        bend, step, phase = rng.uniform((2, 0.7, 0), (6, 1.3, 6))
        waves += np.cos(2 * np.pi * (y + 1.6 * np.sin(x / bend + phase)) / step) > 0.86
    lines = np.clip(waves, 0, 1)
    sweep = (hue + 14 * np.sin(x / 17) + 10 * np.cos(y / 11)) % 180
    hsv = np.stack([sweep, 22 + 10 * lines, 243 - 13 * lines], axis=-1)
    return cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)


@functools.cache
def _font(face: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if not Path(face).exists() and face != OCR_B:
        return ImageFont.load_default(size)
    return ImageFont.truetype(face, size)


def _digit(text: str) -> str:
    """ICAO Doc 9303-3, 4.9: weights 7, 3, 1; letters count from ten, the filler nothing."""
    order = string.digits + string.ascii_uppercase
    values = (0 if letter == "<" else order.index(letter) for letter in text)
    return str(sum(v * (7, 3, 1)[i % 3] for i, v in enumerate(values)) % 10)


def _checked(text: str) -> str:
    return text + _digit(text)


def _names(start: str, surname: str, given: str, length: int) -> str:
    """Names as in 9303-3, 4.7; too long, they are cut at the end (cards do that mostly)."""
    return (start + zone_text(surname) + "<<" + zone_text(given)).ljust(length, "<")[:length]


def _number(rng: random.Random, pattern: str) -> str:
    sources = {
        "A": string.ascii_uppercase,
        "9": string.digits,
        "X": string.ascii_uppercase + string.digits,
        "L": GERMAN_ALPHABET[:17],
        "G": GERMAN_ALPHABET,
    }
    return "".join(rng.choice(sources.get(kind, kind)) for kind in pattern)
