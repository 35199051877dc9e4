"""When to believe what was read of a machine-readable zone.

Readers make mistakes that check digits cannot see: "ZS" taken for "25" changes their sum by 300,
"G" taken for "6" by ten times its weight, and a reader that makes such a mistake makes it in every
picture. So a zone is believed only when two pictures gave the same, everything that can be checked
holds, and no exchange of look-alike characters would make another zone that holds as well, unless
the characters of that exchange were looked at a second time and are beyond doubt. Everything else
is for the clerk's eyes.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from vamt import mrz
from vamt.mrz import TWINS, Place, Zone

PATIENCE = 4  # pictures that may settle a doubt about look-alikes before the clerk is asked


class Lines(tuple[str, ...]):
    """A zone's lines as a reader saw them.

    `confirmed` are the places of look-alikes that it saw the same without their neighbours, beyond
    doubt. `faint` are the places of characters that might be quite others: no check digit is over
    names, and where one is, a K counts as much as a filler.
    """

    confirmed: frozenset[Place]
    faint: frozenset[Place]

    def __new__(
        cls,
        lines: Sequence[str],
        confirmed: frozenset[Place] = frozenset(),
        faint: frozenset[Place] = frozenset(),
    ) -> "Lines":
        made = super().__new__(cls, lines)
        made.confirmed, made.faint = confirmed, faint
        return made


def open_places(zone: Zone, confirmed: Collection[Place] = ()) -> frozenset[Place]:
    """Where look-alikes could stand for others in a zone that holds as well.

    Exact: a place counts when exchanging its character, alone or with any number of others, leaves
    every check digit as it is and the number as its issuer gives them. At `confirmed` places only
    O and 0 may be exchanged: their shapes differ too little.
    """
    number, rest = _checked_apart(zone)
    return _open(zone, number, confirmed) | _open(zone, rest, confirmed)


def _checked_apart(zone: Zone) -> tuple[list[Place], list[Place]]:
    """Look-alikes of the number, which has a check digit to itself, and of the optional data."""
    where = zone.layout.fields["number"]
    long = len(zone.number) - (where.stop - where.start)
    optional = zone.layout.fields["optional"]
    inside = {(where.line, column) for column in range(where.start, where.stop)}
    inside |= {(optional.line, optional.start + at) for at in range(long)}
    check = {(optional.line, optional.start + long)} if long > 0 else set()
    places = mrz.look_alikes(zone.layout, zone.lines)
    return (
        [place for place in places if place in inside],
        [place for place in places if place not in inside | check],
    )


def _open(zone: Zone, places: Sequence[Place], confirmed: Collection[Place]) -> frozenset[Place]:
    """Those of the places that have a part in an exchange which their check digits do not see."""
    moves = {place: _moves(zone, place, place in confirmed) for place in places}
    found = set()
    for place in places:
        sums = {0}
        for other in places:
            if other != place:
                sums |= {(total + move) % 10 for total in sums for move in moves[other]}
        if any(-move % 10 in sums for move in moves[place]):
            found.add(place)
    return frozenset(found)


def _moves(zone: Zone, place: Place, confirmed: bool) -> set[int]:
    """By how much each character that may stand there instead changes the last check digit.

    Within a field that has a check digit of its own the weights are the same, three places on.
    """
    letter = zone.lines[place[0]][place[1]]
    twins = TWINS[letter]
    if confirmed:  # a round character alone is told from D and Q, not O from 0
        twins = {"0": "O", "O": "0"}.get(letter, "")
    weight = zone.layout.weights[place]
    return {
        weight * (mrz.VALUES[twin] - mrz.VALUES[letter]) % 10
        for twin in twins
        if mrz.in_pattern(zone.layout, mrz.exchanged(zone.lines, [(place, twin)]))
    }


@dataclass(frozen=True)
class Reading:
    """A zone that may be believed, and how many pictures gave it."""

    zone: Zone
    seen: int


class Votes:
    """Collects what single pictures gave, until a zone may be believed or must be doubted."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, ...]] = Counter()
        self._zones: dict[tuple[str, ...], Zone] = {}
        self._confirmed: dict[tuple[str, ...], Counter[Place]] = {}
        self._faint: dict[tuple[str, ...], Counter[Place]] = {}

    def add(self, lines: Sequence[str]) -> Reading | None:
        """One more picture's lines, each picture once; the reading, when it may be believed.

        `lines` is what `Reader.read` returned (it carries what was looked at twice), or what
        somebody typed.
        """
        zone = mrz.parse(lines)
        if zone is None:
            return None
        seen = lines if isinstance(lines, Lines) else Lines(lines)
        self._seen[zone.lines] += 1
        self._zones[zone.lines] = zone
        self._faint.setdefault(zone.lines, Counter()).update(seen.faint)
        raw = [re.sub(r"\s", "", line) for line in lines]
        self._confirmed.setdefault(zone.lines, Counter()).update(
            (row, column)
            for row, column in seen.confirmed
            if column < len(raw[row]) and raw[row][column] == zone.lines[row][column]
        )
        return self.reading

    @property
    def likeliest(self) -> tuple[str, ...]:
        """The lines that `doubtful` speaks of; () before any were a zone."""
        return self._leader() or ()

    @property
    def reading(self) -> Reading | None:
        """The zone that may be believed: seen twice, nothing wrong with it, no doubt left."""
        leader = self._leader()
        if leader is None or self._seen[leader] < 2 or self.doubtful is not None:
            return None
        if self._open(self._zones[leader]):
            return None  # the next picture may settle it
        return Reading(self._zones[leader], self._seen[leader])

    @property
    def doubtful(self) -> str | None:
        """Why the clerk has to compare for herself; None when there is no reason (yet).

        "check_digits", "dates", "country", "pattern", "names": seen twice, but does not hold.
        "disagree": pictures gave different zones. "look_alike": another number would look the
        same and hold as well. "faint": some characters were never clear.
        """
        leader = self._leader()
        if leader is None or self._seen[leader] < 2:
            return None
        zone = self._zones[leader]
        if zone.problems:
            return _REASONS.get(zone.problems[0], "check_digits")
        rivals = [
            count
            for lines, count in self._seen.items()
            if lines != leader and not self._zones[lines].problems
        ]
        if rivals and max(rivals) > self._seen[leader] - 2:
            return "disagree"
        # each character has to be clear in two pictures, like the zone itself
        if any(self._seen[leader] - count < 2 for count in self._faint[leader].values()):
            return "faint"
        hopeless = self._seen[leader] >= PATIENCE or self._never_settled(zone)
        return "look_alike" if hopeless and self._open(zone) else None

    def _leader(self) -> tuple[str, ...] | None:
        """The zone seen most; one that holds comes before one that does not."""

        def rank(lines: tuple[str, ...]) -> tuple[bool, int]:
            return (not self._zones[lines].problems and self._seen[lines] > 1, self._seen[lines])

        return max(self._seen, key=rank, default=None)

    def _open(self, zone: Zone) -> bool:
        """Whether a zone that looks the same would hold too."""
        # confirmed in two pictures at least, like the zone itself
        counted = self._confirmed[zone.lines].items()
        return _another(zone, {place for place, count in counted if count >= 2})

    def _never_settled(self, zone: Zone) -> bool:
        """Whether no further look at its characters could tell."""
        return _another(zone, set(mrz.look_alikes(zone.layout, zone.lines)))


def _another(zone: Zone, confirmed: Collection[Place]) -> bool:
    return zone.guessed or bool(open_places(zone, confirmed))


_REASONS: Mapping[str, str] = {
    "birth_date": "dates",
    "expiry_date": "dates",
    "country": "country",
    "sex": "country",
    "names": "names",
    "pattern": "pattern",
}
