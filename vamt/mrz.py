"""The machine-readable zone of identity documents: what its lines say, and whether it holds.

ICAO Doc 9303, parts 3 (check digits, names, dates), 4 (TD3, passports), 5 (TD1, cards) and
6 (TD2). When a zone that a machine has read may be believed is in vamt/mrz_votes.py.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from vamt.mrz_codes import COUNTRIES, optional_pattern, pattern_of
from vamt.mrz_layouts import LAYOUTS, TD1, Field, Layout

FILLER = "<"
VALUES = {letter: value for value, letter in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
VALUES[FILLER] = 0

TO_DIGIT = str.maketrans("OQDIZSBG", "00012586")
TO_LETTER = str.maketrans("015286", "OISZBG")
LOOK_ALIKES = ("0OQD", "1I", "2Z", "5S", "8B", "6G")
TWINS = {letter: group.replace(letter, "") for group in LOOK_ALIKES for letter in group}

Place = tuple[int, int]  # line and column


@dataclass(frozen=True)
class Zone:
    """What a zone says; fillers are taken off the ends of values.

    `problems` names what does not hold: "number", "birth", "expiry", "optional" or "composite"
    for a check digit, "birth_date" or "expiry_date" for an impossible date, "country", "sex",
    "names", and "pattern" for a number its issuer does not give. Specimens are often printed so.
    """

    layout: Layout
    lines: tuple[str, ...]
    problems: tuple[str, ...]
    guessed: bool = False  # a look-alike was exchanged because only so the check digits hold

    def value(self, field: str) -> str:
        """The field's characters, without the fillers at its end."""
        return self.layout.cut(self.lines, field).rstrip(FILLER)

    @property
    def code(self) -> str:
        return self.value("code")

    @property
    def issuer(self) -> str:
        return self.value("issuer")

    @property
    def nationality(self) -> str:
        return self.value("nationality")

    @property
    def sex(self) -> str:
        """ "F", "M", "X" or "" where it is not told (German ID cards)."""
        return self.value("sex")

    @property
    def number(self) -> str:
        """The document's number; a card's may go on in the optional data (9303-5, 4.2.2)."""
        return self.value("number") + _long_number(self.layout, self.lines)[0]

    @property
    def names(self) -> tuple[str, str]:
        """Surname and given names, words apart by a space; ("", "") cannot be."""
        surname, _, given = self.value("names").partition("<<")
        return surname.replace(FILLER, " ").strip(), given.replace(FILLER, " ").strip()

    @property
    def names_cut(self) -> bool:
        """Whether the names fill their field, so that something may be missing at the end."""
        return not self.layout.cut(self.lines, "names").endswith(FILLER)

    def birth(self, today: date) -> date | None:
        """The date of birth, the latest that is not after today; None where a part is unknown."""
        return date_of(self.layout.cut(self.lines, "birth"), latest=today)

    def expiry(self, today: date) -> date | None:
        """The last day of validity, of the century that is nearest; None where it is unknown."""
        text = self.layout.cut(self.lines, "expiry")
        return date_of(text, latest=today.replace(year=today.year + 50, day=min(today.day, 28)))

    def expired(self, today: date) -> bool:
        """Whether the last day of validity lies before today; an unknown one does not."""
        last = self.expiry(today)
        return last is not None and last < today


def check_digit(text: str) -> str:
    """The check digit of ICAO Doc 9303-3, 4.9: weights 7, 3, 1, sum modulo 10."""
    total = sum(VALUES[letter] * (7, 3, 1)[at % 3] for at, letter in enumerate(text))
    return str(total % 10)


def date_of(text: str, latest: date) -> date | None:
    """YYMMDD as a date, the latest of its centuries not after `latest`; None if unknown or none."""
    if not text.isdecimal() or len(text) != 6:
        return None
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    for century in (latest.year // 100 * 100, latest.year // 100 * 100 - 100):
        try:
            made = date(century + year, month, day)
        except ValueError:  # no such day; 29 February may be one in the other century
            continue
        if made <= latest:
            return made
    return None


def parse(lines: Sequence[str]) -> Zone | None:
    """What the lines say, mended where only one thing can be meant; None if they are no zone.

    Mended are runs of fillers of a wrong length, digits where only letters can stand and the
    other way round, look-alikes in the number where its issuer's pattern wants them, and one where
    only that makes all check digits hold (then the zone is `guessed`). Nothing else is.
    """
    tidy = [re.sub(r"\s", "", line).upper().replace("«", "<<") for line in lines]
    tidy = [line for line in tidy if line]
    layout = _layout(tidy)
    if layout is None:
        return None
    fitted = [_fit(line, layout.length) for line in tidy]
    if not all(re.fullmatch(r"[A-Z0-9<]+", line) for line in fitted):
        return None
    text = _by_field(layout, fitted)
    problems = _problems(layout, text)
    if "pattern" in problems:
        text = _in_its_pattern(layout, text)
        problems = _problems(layout, text)
    guess = text
    if "number" in problems or "composite" in problems:
        guess = _guessed(layout, text)
    return Zone(layout, guess, _problems(layout, guess), guessed=guess != text)


def _layout(lines: Sequence[str]) -> Layout | None:
    """The format with so many lines whose length is nearest, if it is near."""
    fits = [layout for layout in LAYOUTS if layout.lines == len(lines)]
    off = [(max(abs(len(line) - layout.length) for line in lines), layout) for layout in fits]
    nearest = min(off, key=lambda pair: pair[0], default=None)
    return nearest[1] if nearest and nearest[0] <= 3 else None


def _fit(line: str, length: int) -> str:
    """The line with its longest run of fillers made longer or shorter; readers miscount them."""
    missing = length - len(line)
    runs = sorted(re.finditer(r"<{3,}", line), key=lambda run: run.end() - run.start())
    if not missing or not runs or runs[-1].end() - runs[-1].start() + missing < 1:
        return line if not missing else "?" * length
    run = runs[-1]
    return line[: run.start()] + FILLER * (len(run.group()) + missing) + line[run.end() :]


def _by_field(layout: Layout, lines: Sequence[str]) -> tuple[str, ...]:
    """Look-alikes put right where a field allows only letters or only digits."""
    rows = [list(line) for line in lines]
    for field in layout.fields.values():
        text = lines[field.line][field.start : field.stop]
        if field.of in ("letters", "names", "code"):
            text = text.translate(TO_LETTER)
        elif field.of in ("digits", "check"):
            text = text.translate(TO_DIGIT)
        rows[field.line][field.start : field.stop] = text
    return tuple("".join(row) for row in rows)


def _long_number(layout: Layout, lines: Sequence[str]) -> tuple[str, str]:
    """The rest of a card's number of more than nine characters, and its check digit."""
    if layout is not TD1 or layout.cut(lines, "number_check") != FILLER:
        return "", layout.cut(lines, "number_check")
    rest = layout.cut(lines, "optional").partition(FILLER)[0]
    return (rest[:-1], rest[-1:].translate(TO_DIGIT)) if rest else ("", FILLER)


def _problems(layout: Layout, lines: tuple[str, ...]) -> tuple[str, ...]:
    found = []
    rest, digit = _long_number(layout, lines)
    number = layout.cut(lines, "number")
    filled = number + FILLER + rest if rest else number
    if check_digit(filled) != digit:
        found.append("number")
    found += [name for name in ("birth", "expiry", "optional") if not _holds(layout, lines, name)]
    over = "".join(lines[line][start:stop] for line, start, stop in layout.composite)
    if check_digit(over) != layout.cut(lines, "composite"):
        found.append("composite")
    for name in ("birth", "expiry"):
        if not _possible_date(layout.cut(lines, name)):
            found.append(f"{name}_date")
    issuer, nationality = (layout.cut(lines, f) for f in ("issuer", "nationality"))
    if issuer.rstrip(FILLER) not in COUNTRIES or nationality.rstrip(FILLER) not in COUNTRIES:
        found.append("country")
    if layout.cut(lines, "sex") not in "FMX<":
        found.append("sex")
    if not re.fullmatch(r"[A-Z]+(<[A-Z]+)*(<<[A-Z]+(<[A-Z]+)*)?<*", layout.cut(lines, "names")):
        found.append("names")
    if not in_pattern(layout, lines):
        found.append("pattern")
    return tuple(found)


def _holds(layout: Layout, lines: Sequence[str], field: str) -> bool:
    """Whether the field's own check digit holds, if it has one."""
    if f"{field}_check" not in layout.fields:
        return True
    text, digit = layout.cut(lines, field), layout.cut(lines, f"{field}_check")
    if digit == FILLER:  # allowed where nothing stands (9303-4, 4.2.2)
        return field == "optional" and not text.strip(FILLER)
    return check_digit(text) == digit


def _possible_date(text: str) -> bool:
    """YYMMDD, its parts a calendar's or unknown (fillers, 9303-3, 4.8)."""
    if not re.fullmatch(r"(\d\d|<<)(\d\d|<<)(\d\d|<<)", text):
        return False
    month, day = text[2:4], text[4:]
    if month == "<<" or day == "<<":
        return (month == "<<" or 1 <= int(month) <= 12) and (day == "<<" or 1 <= int(day) <= 31)
    year = 2000 + int(text[:2]) if text[:2] != "<<" else 2000
    try:
        date(year, int(month), int(day))
    except ValueError:
        # 29 February of 1900 is none either; 00 counts as the year 2000
        return False
    return True


def in_pattern(layout: Layout, lines: Sequence[str]) -> bool:
    """Whether the issuer gives such numbers and optional data, as far as that is known."""
    code, issuer = layout.cut(lines, "code"), layout.cut(lines, "issuer")
    number = layout.cut(lines, "number") + _long_number(layout, lines)[0]
    known = pattern_of(code, issuer)
    if known is not None and not known.fullmatch(number):
        return False
    extra = optional_pattern(code, issuer)
    fields = [name for name in ("optional", "optional_2") if name in layout.fields]
    return extra is None or all(extra.fullmatch(layout.cut(lines, name)) for name in fields)


def exchanged(lines: Sequence[str], letters: Sequence[tuple[Place, str]]) -> tuple[str, ...]:
    """The lines with other letters at some places."""
    rows = [list(line) for line in lines]
    for (row, column), letter in letters:
        rows[row][column] = letter
    return tuple("".join(row) for row in rows)


def _in_its_pattern(layout: Layout, lines: tuple[str, ...]) -> tuple[str, ...]:
    """The number with the fewest look-alikes exchanged so that its issuer gives such numbers."""
    where = layout.fields["number"]
    number = lines[where.line][where.start : where.stop]
    for count in range(1, len(number)):
        found = {
            twin
            for chosen in itertools.combinations(range(len(number)), count)
            for twin in _with_twins(number, chosen)
            if in_pattern(layout, exchanged(lines, _at(where, twin)))
        }
        if found:
            return exchanged(lines, _at(where, found.pop())) if len(found) == 1 else lines
    return lines


def _with_twins(text: str, chosen: Sequence[int]) -> Iterator[str]:
    for letters in itertools.product(*(TWINS.get(text[at], "") for at in chosen)):
        changed = list(text)
        for at, letter in zip(chosen, letters, strict=True):
            changed[at] = letter
        yield "".join(changed)


def _at(where: Field, text: str) -> list[tuple[Place, str]]:
    return [((where.line, where.start + at), letter) for at, letter in enumerate(text)]


def _guessed(layout: Layout, lines: tuple[str, ...]) -> tuple[str, ...]:
    """The one zone with one look-alike exchanged at which nothing is wrong; else the lines."""
    changed = (
        exchanged(lines, [(place, letter)])
        for place in look_alikes(layout, lines)
        for letter in TWINS[lines[place[0]][place[1]]]
    )
    held = [zone for zone in changed if not _problems(layout, zone)]
    return held[0] if len(held) == 1 else lines


def look_alikes(layout: Layout, lines: Sequence[str]) -> list[Place]:
    """Where look-alikes stand, of the fields in which letters and digits may."""
    return [
        (field.line, column)
        for field in layout.fields.values()
        if field.of == "any"
        for column in range(field.start, field.stop)
        if lines[field.line][column] in TWINS
    ]
