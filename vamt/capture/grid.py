"""From the recogniser's answers to characters in columns: a zone's characters stand on a grid."""

import functools
from dataclasses import dataclass

import numpy as np

from vamt.capture.rows import STEPS
from vamt.mrz import TWINS
from vamt.mrz_layouts import LAYOUTS

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
UNKNOWN = "?"  # something stands there, or nothing: the picture does not say
# How many times likelier than any other a character has to be, look-alikes aside. In pictures whose
# check digits held, wrong ones (fillers taken for C, I for S, R for 8) were so up to 6 times, and a
# filler in other pictures up to 100 times likelier a letter; an eighth of right pictures is lost.
CLEAR, NO_FILLER = 10.0, 300.0


@dataclass(frozen=True)
class Grid:
    """Characters by their place: each line has as many as it has columns; none where no grid is.

    `centres` of the characters are in pixels along each line's strip. `faint` are the places (line,
    column) of characters that might be others, look-alikes aside.
    """

    lines: tuple[str, ...] = ()
    centres: tuple[np.ndarray, ...] = ()
    faint: frozenset[tuple[int, int]] = frozenset()


def on_grid(answers: list[np.ndarray], columns: tuple[int, ...]) -> Grid:
    """Characters by their place, of the recogniser's answers for the lines."""
    peaks = [_peaks(answer) for answer in answers]
    if any(len(places) < 5 for places, _ in peaks):
        return Grid()
    steps = len(answers[0])
    seen, every = _fit(peaks, steps)
    # columns that hold something, by how sure: the zone is where most of it is
    support: dict[int, float] = {}
    for column, (_, sure) in zip(seen, peaks, strict=True):
        for place, weight in zip(np.round(column).astype(int), sure, strict=True):
            support[int(place)] = support.get(int(place), 0.0) + float(weight)
    solid = [place for place, weight in support.items() if weight > 0.4 * len(answers)]
    if not solid:
        return Grid()
    span = max(solid) - min(solid) + 1
    count = min(columns, key=lambda n: abs(n - span))
    middle = float(np.mean([column[steps // 2] for column in every]))

    def fits(first: int) -> tuple[float, float]:
        held = sum(support.get(place, 0.0) for place in range(first, first + count))
        return round(held, 1), -abs(first + (count - 1) / 2 - middle)

    first = max(range(min(support) - 3, max(support) + 1), key=fits)
    places = range(first, first + count)
    lines: list[str] = []
    centres: list[np.ndarray] = []
    faint = set()
    for row, (answer, column) in enumerate(zip(answers, every, strict=True)):
        allowed = _allowed(len(answers), count)[row]
        slots = [answer[np.abs(column - place) <= 0.5, 1:] for place in places]
        lines.append("".join(map(_letter, slots, allowed)))
        centres.append((np.interp(places, column, np.arange(steps)) + 0.5) * 8)
        faint |= {
            (row, at) for at, slot in enumerate(slots) if _faint(slot, lines[row][at], allowed[at])
        }
    return Grid(tuple(lines), tuple(centres), frozenset(faint))


def _peaks(answer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Steps at which a line's answer names a character, and how sure it is."""
    best = answer.argmax(axis=1)
    edges = np.flatnonzero(np.diff(best)) + 1
    places, weights = [], []
    for run in np.split(np.arange(len(best)), edges):
        if best[run[0]] > 0:
            sure = answer[run, best[run[0]]]
            places.append(float(np.average(run, weights=sure)))
            weights.append(float(sure.max()))
    return np.array(places), np.array(weights)


def _fit(
    peaks: list[tuple[np.ndarray, np.ndarray]], steps: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The column of each peak and of each step of the lines, as real numbers.

    All lines have one pitch, and one change of it from left to right (the card is tilted): those
    that make the peaks agree best in phase.
    """
    pitch = STEPS / 8 * np.linspace(0.9, 1.1, 41)[:, None, None]
    drift = np.linspace(-0.16, 0.16, 17)[None, :, None]

    def column(step: np.ndarray) -> np.ndarray:
        return step / pitch * (1 + drift * (step / steps - 1))

    agreement = np.zeros((pitch.shape[0], drift.shape[1]))
    for places, weights in peaks:
        wave = np.exp(2j * np.pi * column(places[None, None, :]))
        agreement += np.abs((wave * weights).sum(axis=-1))
    best = np.unravel_index(agreement.argmax(), agreement.shape)
    phases = []
    for places, weights in peaks:
        phases.append((np.exp(2j * np.pi * column(places[None, None, :])[best]) * weights).sum())
    common = np.angle(sum(phases)) / (2 * np.pi)
    every = column(np.arange(steps)[None, None, :])[best]
    seen, lines = [], []
    for (places, _), phase in zip(peaks, phases, strict=True):
        own = np.angle(phase) / (2 * np.pi)
        own += np.round(common - own)
        seen.append(column(places[None, None, :])[best] - own)
        lines.append(every - own)
    return seen, lines


def _letter(slot: np.ndarray, allowed: np.ndarray) -> str:
    """What the recogniser saw in one column; what may stand there comes first."""
    if not len(slot) or slot.max() < 0.05:
        return UNKNOWN
    seen = slot.max(axis=0)
    likely = int((seen * allowed).argmax())
    return ALPHABET[likely if seen[likely] > 0.001 else int(seen.argmax())]


def _faint(slot: np.ndarray, letter: str, allowed: np.ndarray) -> bool:
    """Whether the character read in a column might be another that may stand there."""
    if letter == UNKNOWN:
        return True
    seen = slot.max(axis=0)
    read, rivals = seen[ALPHABET.index(letter)], seen * allowed
    if letter != "<" and read < NO_FILLER * rivals[ALPHABET.index("<")]:
        return True
    rivals[[ALPHABET.index(other) for other in letter + TWINS.get(letter, "")]] = 0
    return bool(read < CLEAR * rivals.max())


@functools.cache
def _allowed(lines: int, count: int) -> np.ndarray:
    """For each line and column of a format, which characters of ALPHABET may stand there."""
    (layout,) = (f for f in LAYOUTS if (f.lines, f.length) == (lines, count))
    sets = {"any": ALPHABET, "sex": "FMX<", "digits": ALPHABET[:10], "check": ALPHABET[:10]}
    allowed = np.zeros((lines, count, len(ALPHABET)), bool)
    for field in layout.fields.values():
        letters = sets.get(field.of, ALPHABET[10:])
        for letter in letters + "<":
            allowed[field.line, field.start : field.stop, ALPHABET.index(letter)] = True
    return allowed
