"""The three formats of machine-readable zones: ICAO Doc 9303, parts 4 (TD3), 5 (TD1), 6 (TD2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Field:
    """Where a value stands, and of what it is made: letters, digits, any, names, sex or check."""

    line: int
    start: int
    stop: int
    of: str


@dataclass(frozen=True)
class Layout:
    """One of the three formats of Doc 9303."""

    name: str
    lines: int
    length: int
    fields: dict[str, Field]
    composite: tuple[tuple[int, int, int], ...]  # what the last check digit is over

    @cached_property
    def weights(self) -> Mapping[tuple[int, int], int]:
        """How much a place (line, column) counts in the last check digit, if it is in it."""
        over = (
            (line, column) for line, start, stop in self.composite for column in range(start, stop)
        )
        return {place: (7, 3, 1)[at % 3] for at, place in enumerate(over)}

    def cut(self, lines: Sequence[str], field: str) -> str:
        """The characters of a field, with its fillers."""
        where = self.fields[field]
        return lines[where.line][where.start : where.stop]


TD1 = Layout(
    "TD1",
    3,
    30,
    {
        "code": Field(0, 0, 2, "code"),
        "issuer": Field(0, 2, 5, "letters"),
        "number": Field(0, 5, 14, "any"),
        "number_check": Field(0, 14, 15, "check"),
        "optional": Field(0, 15, 30, "any"),
        "birth": Field(1, 0, 6, "digits"),
        "birth_check": Field(1, 6, 7, "check"),
        "sex": Field(1, 7, 8, "sex"),
        "expiry": Field(1, 8, 14, "digits"),
        "expiry_check": Field(1, 14, 15, "check"),
        "nationality": Field(1, 15, 18, "letters"),
        "optional_2": Field(1, 18, 29, "any"),
        "composite": Field(1, 29, 30, "check"),
        "names": Field(2, 0, 30, "names"),
    },
    ((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)),
)


def _two_lines(name: str, length: int) -> Layout:
    end = length - (2 if name == "TD3" else 1)
    fields = {
        "code": Field(0, 0, 2, "code"),
        "issuer": Field(0, 2, 5, "letters"),
        "names": Field(0, 5, length, "names"),
        "number": Field(1, 0, 9, "any"),
        "number_check": Field(1, 9, 10, "check"),
        "nationality": Field(1, 10, 13, "letters"),
        "birth": Field(1, 13, 19, "digits"),
        "birth_check": Field(1, 19, 20, "check"),
        "sex": Field(1, 20, 21, "sex"),
        "expiry": Field(1, 21, 27, "digits"),
        "expiry_check": Field(1, 27, 28, "check"),
        "optional": Field(1, 28, end, "any"),
        "composite": Field(1, length - 1, length, "check"),
    }
    if name == "TD3":
        fields["optional_check"] = Field(1, 42, 43, "check")
    return Layout(name, 2, length, fields, ((1, 0, 10), (1, 13, 20), (1, 21, length - 1)))


TD2 = _two_lines("TD2", 36)
TD3 = _two_lines("TD3", 44)
LAYOUTS = (TD1, TD2, TD3)
