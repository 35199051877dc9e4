"""Reads the machine-readable zone out of a picture: finds its lines, then their characters.

The two networks (PP-OCRv6, Apache-2.0) lie in the installed rapidocr wheel; only its files are
used, run by onnxruntime. Three things make them fit for a zone:

- Only long boxes that lie above each other count, and all lines get the same ends: detectors
  drop trailing fillers.
- The recogniser may only answer A-Z, 0-9 and '<'.
- Characters of a zone stand on a grid. The recogniser tells where along the line it saw each,
  so a run of fillers has the length it has, whatever the decoding made of it.

Between digits the recogniser takes a Z for a 2 and a G for a 6. So characters that look alike
are looked at a second time, each alone, where it has no neighbours to guess from: those that check
digits cannot tell apart, and all of them where check digits are wrong.

What a line may mean is decided in vamt/mrz.py, and whether it is believed in vamt/mrz_votes.py.
"""

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from vamt import mrz
from vamt.capture.grid import ALPHABET, Grid, on_grid
from vamt.capture.rows import STEPS, Stack, find_rows, stacks_of
from vamt.mrz_votes import Lines, open_places

ROUND = 80.0  # how much rarer than 0 the recogniser says O when it sees one
# How many times likelier than its look-alikes a character alone has to be. Letters were taken for
# digits at up to 1,600 times, digits for letters hardly ever: the recogniser is drawn to digits.
SURE_DIGIT, SURE_LETTER = 10_000.0, 10.0


@dataclass(frozen=True)
class Models:
    """Both networks, loaded; may be used by several readers and threads at once."""

    detector: onnxruntime.InferenceSession
    recogniser: onnxruntime.InferenceSession
    classes: np.ndarray  # where blank and ALPHABET are in the recogniser's answer


def load(threads: int = 1) -> Models:
    """Load the networks (0.5 s); each picture uses up to `threads` threads."""
    wheel = importlib.util.find_spec("rapidocr")
    if wheel is None or not wheel.submodule_search_locations:
        raise FileNotFoundError("The package rapidocr, which holds the models, is not installed.")
    folder = Path(wheel.submodule_search_locations[0]) / "models"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    detector, recogniser = (
        onnxruntime.InferenceSession(
            folder / f"PP-OCRv6_{part}_small.onnx", options, providers=["CPUExecutionProvider"]
        )
        for part in ("det", "rec")
    )
    known = recogniser.get_modelmeta().custom_metadata_map["character"].split("\n")
    classes = np.array([0] + [known.index(letter) + 1 for letter in ALPHABET])
    return Models(detector, recogniser, classes)


@dataclass
class Reader:
    """Reads zones, frame by frame; remembers where the last one was and looks there first."""

    models: Models
    zone: np.ndarray | None = field(default=None, init=False)
    """Corners of the last zone found (tl, tr, br, bl; float32 (4, 2)), None if there was none."""

    def read(self, image: np.ndarray, document: str) -> Lines:
        """The zone's lines from top to bottom, each complete; () when there is none.

        `image` is BGR uint8: a camera's frame or a cut-out card, in any direction. A character
        that could not be made out is '?'. `document` is an identity.Document; one without a
        zone is not looked at.
        """
        if document == "other":
            return Lines(())
        lines = Lines(())
        if self.zone is not None:
            lines = self._read(image, document, self.zone)
        if not lines:
            self.zone = None
            lines = self._read(image, document, None)
        if mrz.parse(lines) is None:
            self.zone = None  # perhaps it was something else
        return lines

    def _read(self, image: np.ndarray, document: str, near: np.ndarray | None) -> Lines:
        rows = find_rows(self.models.detector, image, near)
        poor: tuple[str, ...] = ()
        for stack in stacks_of(rows, 2 if document == "passport" else 3):
            upright, first = self._upright(image, stack)
            if first is None:
                continue
            strips = upright.strips(image)
            others = [self._recognise(strip) for strip in strips[1:]]
            grid = on_grid([first, *others], upright.columns)
            self.zone = upright.corners()
            if mrz.parse(grid.lines) is not None:
                return self._look_again(strips, grid)
            poor = poor or grid.lines
        return Lines(poor)

    def _upright(self, image: np.ndarray, stack: Stack) -> tuple[Stack, np.ndarray | None]:
        """The stack as it is to be read, and the answer for its first line.

        No answer where no zone's characters are.
        """
        best, answer, most = stack, None, 0.5
        for way in (stack, stack.turned()):
            seen = self._recognise(way.strips(image)[0])
            certain = _certainty(seen)
            if certain > most:
                best, answer, most = way, seen, certain
            if certain > 0.85:
                break
        return best, answer

    def _look_again(self, strips: list[np.ndarray], grid: Grid) -> Lines:
        """The lines with look-alikes of number and optional data seen alone, without neighbours."""
        zone = mrz.parse(grid.lines)
        if zone is None or not {"birth", "expiry"}.isdisjoint(zone.problems):
            return Lines(grid.lines, faint=grid.faint)  # too poor a picture to go into details
        places = open_places(zone)
        if zone.problems or zone.guessed:
            places = frozenset(mrz.look_alikes(zone.layout, grid.lines))
        rows = [list(line) for line in grid.lines]
        confirmed = set()
        for row, column in sorted(places):
            seen = self._alone(strips[row], float(grid.centres[row][column]))
            likely = {**seen, "O": ROUND * seen["O"]}
            letter, before = max(likely, key=likely.__getitem__), rows[row][column]
            if letter == before:
                if _beyond_doubt(letter, seen):
                    confirmed.add((row, column))
            elif letter in mrz.TWINS.get(before, ""):
                rows[row][column] = letter
        return Lines(["".join(row) for row in rows], frozenset(confirmed), grid.faint)

    def _alone(self, strip: np.ndarray, centre: float) -> dict[str, float]:
        """How likely each character is, of one seen without its neighbours."""
        glyph = cv2.getRectSubPix(strip, (STEPS, 48), (centre, 23.5))
        side = (48 - STEPS) // 2
        alone = cv2.copyMakeBorder(glyph, 0, 0, side, side, cv2.BORDER_REPLICATE)
        seen = self._recognise(alone)[:, 1:].max(axis=0)
        return dict(zip(ALPHABET, map(float, seen), strict=True))

    def _recognise(self, strip: np.ndarray) -> np.ndarray:
        """Probabilities (steps, 38) of blank and ALPHABET along a line 48 pixels high."""
        pixels = strip.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1
        (answer,) = self.models.recogniser.run(None, {"x": pixels})
        return answer[0][:, self.models.classes]


def _beyond_doubt(letter: str, seen: dict[str, float]) -> bool:
    """Whether none of its look-alikes comes near; O and 0 are never told apart."""
    sure = SURE_DIGIT if letter.isdecimal() else SURE_LETTER
    others = set(mrz.TWINS[letter]) - set("O0" if letter in "O0" else "")
    return all(seen[letter] >= sure * seen[other] for other in others)


def _certainty(answer: np.ndarray) -> float:
    """How sure the recogniser is of the characters in a line, of all it may answer: 0 to 1."""
    peaks = answer[:, 1:].max(axis=1)
    peaks = peaks[peaks > 0.1]
    return float(peaks.mean()) if len(peaks) > 10 else 0.0
