"""From the recogniser's answers to characters in columns: a zone's characters stand on a grid."""

import functools

import numpy as np

from vamt.capture.rows import STEPS
from vamt.mrz_layouts import LAYOUTS

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
UNKNOWN = "?"  # something stands there, or nothing: the picture does not say


def on_grid(
    answers: list[np.ndarray], columns: tuple[int, ...]
) -> tuple[tuple[str, ...], list[np.ndarray]]:
    """Characters by their place: each line has as many as it has columns.

    With each line come its characters' centres, in pixels along its strip. Nothing where no grid
    is seen.
    """
    peaks = [_peaks(answer) for answer in answers]
    if any(len(places) < 5 for places, _ in peaks):
        return (), []
    steps = len(answers[0])
    seen, every = _fit(peaks, steps)
    # columns that hold something, by how sure: the zone is where most of it is
    support: dict[int, float] = {}
    for column, (_, sure) in zip(seen, peaks, strict=True):
        for place, weight in zip(np.round(column).astype(int), sure, strict=True):
            support[int(place)] = support.get(int(place), 0.0) + float(weight)
    solid = [place for place, weight in support.items() if weight > 0.4 * len(answers)]
    if not solid:
        return (), []
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
    for answer, column in zip(answers, every, strict=True):
        allowed = _allowed(len(answers), count)[len(lines)]
        slots = [answer[np.abs(column - place) <= 0.5, 1:] for place in places]
        lines.append("".join(map(_letter, slots, allowed)))
        centres.append((np.interp(places, column, np.arange(steps)) + 0.5) * 8)
    return tuple(lines), centres


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
