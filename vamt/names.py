"""Compare what a document says with what somebody entered; the clerk decides what it means.

A zone knows only A to Z (ICAO Doc 9303-3, section 6): ü may be UE or U, ß is SS, names are cut,
some are left out. So "the same" is asked in several spellings, and anything between that and
"different" is called similar, with both texts beside each other.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from vamt.names_tables import ARABIC, CYRILLIC, LATIN, SHORT_LATIN

TITLES = frozenset("dr drs prof dipl ing med phil jur mag dres hc habil".split())
BORN = re.compile(
    r"[,(]?\s*\b(?:geb\.|geborene[rn]?|née?|born)\s+(?P<birth>[^)]*)\)?", re.IGNORECASE
)


class Likeness(StrEnum):
    """How an entered value goes with the one that was read."""

    SAME = "same"
    SIMILAR = "similar"
    DIFFERENT = "different"
    MISSING = "missing"  # one of both is not there


@dataclass(frozen=True)
class Comparison:
    """One field with both texts, as they are."""

    field: str
    entered: str
    read: str
    likeness: Likeness


def compare_surname(entered: str, read: str, cut: bool = False) -> Comparison:
    """Surnames; `read` as the zone has it, `cut` when the zone was full (the end may be missing).

    "Müller" is the same as MUELLER and as MULLER. A name at birth in the entered text
    ("Meyer, geb. Gabler") may be the one that was read: similar.
    """
    born = BORN.search(entered)
    name = BORN.sub(" ", entered)
    wanted, found = _words(name), read.split()
    if not found or not any(wanted):
        return Comparison("surname", entered, read, Likeness.MISSING)
    if _same(wanted, found, cut):
        likeness = Likeness.SAME
    elif born and _same(_words(born["birth"]), found, cut):
        likeness = Likeness.SIMILAR
    else:
        likeness = _near(wanted, found, cut)
    return Comparison("surname", entered, read, likeness)


def compare_given(entered: str, read: str, cut: bool = False) -> Comparison:
    """Given names: all in this order are the same; one of several, or another order, is similar.

    "Ayşe" against AYSE NUR is similar: people enter the name they are called by.
    """
    wanted, found = _words(entered), read.split()
    if not found or not any(wanted):
        return Comparison("given", entered, read, Likeness.MISSING)
    return Comparison(
        "given",
        entered,
        read,
        Likeness.SAME if _same(wanted, found, cut) else _near(wanted, found, cut),
    )


def compare_name(entered: str, surname: str, given: str, cut: bool = False) -> Comparison:
    """A whole name in one text ("Ayşe Yılmaz", "Yılmaz, Ayşe"), as a booking form asks for it."""
    read = f"{given} {surname}".strip()
    wanted, found = _words(BORN.sub(" ", entered)), read.split()
    if not found or not any(wanted):
        return Comparison("name", entered, read, Likeness.MISSING)
    turned = [*surname.split(), *given.split()]
    same = _same(wanted, found, cut) or _same(wanted, turned, cut)
    likeness = Likeness.SAME if same else _near(wanted, turned, cut)
    # a given name alone that fits does not make two people similar
    if likeness is Likeness.SIMILAR and not _touches(wanted, surname.split()):
        likeness = Likeness.DIFFERENT
    return Comparison("name", entered, read, likeness)


def compare_date(
    field: str, entered: date | None, read: date | None, partial: str = ""
) -> Comparison:
    """Dates; `partial` is what the zone has where a part is unknown ("83<<<<": only the year).

    A transposition of day and month is similar, since forms are filled in so.
    """
    texts = (entered.isoformat() if entered else "", read.isoformat() if read else partial)
    if entered is None or (read is None and not partial.strip("<")):
        likeness = Likeness.MISSING
    elif read is None:
        parts = zip(f"{entered:%y%m%d}", partial, strict=False)
        fits = all(mine == theirs or theirs == "<" for mine, theirs in parts)
        likeness = Likeness.SIMILAR if fits else Likeness.DIFFERENT
    elif entered == read:
        likeness = Likeness.SAME
    elif (entered.year, entered.month, entered.day) == (read.year, read.day, read.month):
        likeness = Likeness.SIMILAR
    else:
        likeness = Likeness.DIFFERENT
    return Comparison(field, *texts, likeness)


def compare_fields(entered: Mapping[str, str], read: Mapping[str, str]) -> list[Comparison]:
    """Plain codes such as number or nationality: the same letters and digits, or not."""
    result = []
    for field, text in entered.items():
        mine, theirs = (re.sub(r"[^0-9A-Z]", "", t.upper()) for t in (text, read.get(field, "")))
        if not mine or not theirs:
            likeness = Likeness.MISSING
        else:
            likeness = Likeness.SAME if mine == theirs else Likeness.DIFFERENT
        result.append(Comparison(field, text, read.get(field, ""), likeness))
    return result


def transliterate(text: str, short: bool = False) -> str:
    """A name in the zone's letters, words apart by spaces.

    Latin by 9303-3, section 6 A (Ä is AE; `short`: A), Cyrillic by 6 B, Arabic by 6 C. Hyphens
    part words, apostrophes vanish.
    """
    table = {**LATIN, **(SHORT_LATIN if short else {})}
    letters = []
    for letter in unicodedata.normalize("NFC", text).upper():
        if letter in table:
            letters.append(table[letter])
        elif letter in CYRILLIC or letter in ARABIC:
            letters.append((CYRILLIC | ARABIC)[letter])
        elif letter in "'’ʼ`´‘":
            continue
        else:
            plain = unicodedata.normalize("NFKD", letter)[0]
            is_mark = unicodedata.combining(letter)
            letters.append(plain if "A" <= plain <= "Z" else "" if is_mark else " ")
    return " ".join("".join(letters).split())


def _words(text: str) -> list[frozenset[str]]:
    """The words of a name without titles, each in all its spellings."""
    plain = re.sub(r"\b([A-Za-z]+)\.", lambda m: "" if m[1].lower() in TITLES else m[0], text)
    words = []
    for word in re.split(r"[\s,;/\-‐‑–]+", plain):
        spelled = frozenset(
            transliterate(word, short).replace(" ", "") for short in (False, True)
        ) - {""}
        if spelled and word.lower().strip(".") not in TITLES:
            words.append(spelled)
    return words


def _same(wanted: list[frozenset[str]], found: list[str], cut: bool) -> bool:
    """Whether both are the same letters; gaps between words do not count (D ANGELO, DANGELO)."""
    read = "".join(found)
    rest = {""}
    for spellings in wanted:
        rest = {
            done + spelled
            for done in rest
            for spelled in spellings
            if read.startswith(done + spelled) or (cut and (done + spelled).startswith(read))
        }
    return read in rest or (cut and any(done.startswith(read) for done in rest))


def _near(wanted: list[frozenset[str]], found: list[str], cut: bool) -> Likeness:
    """Similar when all words of one are, but for a letter, among those of the other."""
    matched = sum(any(_like(word, spellings, cut) for word in found) for spellings in wanted)
    if matched and matched >= min(len(wanted), len(found)):
        return Likeness.SIMILAR
    spelled = ["".join(map(choice, wanted)) for choice in (min, max)]
    read = "".join(found)
    begun = len(read) > 5 and any(one.startswith(read) for one in spelled)
    close = len(read) > 3 and any(_one_off(one, read) for one in spelled)
    return Likeness.SIMILAR if begun or close else Likeness.DIFFERENT


def _touches(wanted: list[frozenset[str]], found: list[str]) -> bool:
    return any(_like(word, spellings, False) for word in found for spellings in wanted)


def _like(word: str, spellings: frozenset[str], cut: bool) -> bool:
    """Whether a word that was read is one of the spellings, its beginning, or nearly it."""
    if word in spellings:
        return True
    if cut and len(word) > 1 and any(spelled.startswith(word) for spelled in spellings):
        return True
    return len(word) > 3 and any(_one_off(word, spelled) for spelled in spellings)


def _one_off(one: str, other: str) -> bool:
    """Whether one letter less, more or other, or two exchanged, make them the same."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    tail, other_tail = one[start:], other[start:]
    return (
        tail[1:] == other_tail[1:]
        or tail[1:] == other_tail
        or tail == other_tail[1:]
        or (tail[:2] == other_tail[1::-1] and tail[2:] == other_tail[2:])
    )
