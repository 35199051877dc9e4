"""One capture as it goes on: frames in, advice and pictures out. Knows no network and no process.

For each side that is wanted: look until the card rests well in the picture; ask the page for a
still of the camera's full resolution; keep the best picture, flat and cut out; read the zone where
this side has one, until two readings agree. The clerk may overrule at any moment.

Not thread-safe: whoever owns it calls it from one thread at a time. `read` alone may run beside.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from vamt.capture.wire import Advised, Outline, Rested, Side, Taken, ZoneRead

Picture: TypeAlias = NDArray[np.uint8]  # BGR (height, width, 3)
Quad: TypeAlias = NDArray[np.float32]  # (4, 2) pixels: tl, tr, br, bl

KEPT = 10  # frames; the best of them is the picture
REST = 3  # good looks in a row are a card at rest
STILL_PATIENCE = 0.8  # seconds the page's still may take
STILL_SHARP = 0.8  # of the best frame's sharpness; else it was shaken
READINGS_AT_ONCE = 2  # sharpest frames handed to the reader together
READ_PATIENCE = 6.0  # seconds until the clerk is asked to compare by herself
FINAL = "look_alike"  # a doubt that no further picture can take away
GOOD, READING = "good", "reading"
JPEG = [cv2.IMWRITE_JPEG_QUALITY, 90]


class View(Protocol):
    """What the studio needs of `vamt.capture.sight.View`."""

    @property
    def quad(self) -> Quad | None: ...
    @property
    def sharp(self) -> float: ...


class Votes(Protocol):
    """`vamt.mrz_votes.Votes`: readings in, an accepted one out."""

    @property
    def doubtful(self) -> str | None: ...
    @property
    def likeliest(self) -> Sequence[str]: ...
    def add(self, lines: Sequence[str]) -> Any: ...


@dataclass(frozen=True, slots=True)
class Senses:
    """Eyes, judgement and hands for one document, handed in; the real ones: `senses.py`."""

    look: Callable[[Picture, Quad | None], View]  # a frame and the card's last place
    advise: Callable[[Sequence[Any], Side], str]  # the latest views, the wanted side
    outline: Callable[[int, int], Quad]  # where the page draws it, for a frame's width and height
    rectify: Callable[[Picture, Quad], Picture]
    copy: Callable[[Picture, Side, frozenset[str], Sequence[str]], bytes]


@dataclass(frozen=True, slots=True)
class Zone:
    """The machine-readable zone of one document and what reads it."""

    side: Side
    read: Callable[[Picture], Sequence[str]]  # slow; the lines of a flat picture
    fuse: Callable[[list[Picture]], Picture]
    votes: Votes
    lines_of: Callable[[Any], list[str]]  # of an accepted reading


@dataclass(frozen=True, slots=True)
class WantStill:
    """Ask the page for a still."""


@dataclass(frozen=True, slots=True)
class WantRead:
    """Read this flat picture and bring the lines to `heard`."""

    card: Picture


Step: TypeAlias = Advised | Taken | ZoneRead | Rested | WantStill | WantRead


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A frame and what was seen in it."""

    frame: Picture
    view: View
    at: float


@dataclass(slots=True)
class Studio:
    """The pictures of one document, and its zone unless nothing is to be read."""

    senses: Senses
    sides: tuple[Side, ...]
    zone: Zone | None = None
    pictures: dict[Side, Picture] = field(default_factory=dict)
    shots: deque[Shot] = field(default_factory=lambda: deque(maxlen=KEPT))
    wanted: Side = field(init=False)
    done: bool = False
    _began: float | None = None
    _good: int = 0  # good looks in a row
    _still_due: float | None = None  # asked for, and until when it is waited for
    _reading_since: float | None = None
    _being_read: int = 0
    _read: bool = False
    _lines: list[str] = field(default_factory=list)  # as read last
    _take_next: bool = False  # the clerk was quicker than the first frame

    def __post_init__(self) -> None:
        self.wanted = self.sides[0]

    def see(self, frame: Picture, now: float) -> list[Step]:
        """Look at one frame; what follows from it, the advice first."""
        if self.done:
            return []
        self._began = now if self._began is None else self._began
        last = self.shots[-1].view.quad if self.shots else None
        self.shots.append(Shot(frame, self.senses.look(frame, last), now))
        advice = self.senses.advise([shot.view for shot in self.shots], self.wanted)
        self._good = self._good + 1 if advice == GOOD else 0
        steps: list[Step] = [self._advised(advice, now)]
        if self._take_next:
            self._take_next = False
            return steps + self.take(now)
        if self.wanted in self.pictures:
            return steps + self._go_on_reading(now)
        if self._still_due is not None:
            return steps + (self._keep("guidance", now) if now >= self._still_due else [])
        if self._good >= REST:
            self._still_due = now + STILL_PATIENCE
            steps.append(WantStill())
            steps += self._begin_reading(now)
        return steps

    def still(self, jpeg: bytes, now: float) -> list[Step]:
        """The page's still has come; empty: it cannot make one."""
        if self._still_due is None or self.done:
            return []  # too late, or never asked for
        frame = _decoded(jpeg)
        if frame is not None and self.shots:
            hint = self._scaled(self._best().view.quad, frame)
            view = self.senses.look(frame, hint)
            best = self._best().view
            larger = _width(view.quad) >= _width(best.quad)
            if view.quad is not None and larger and view.sharp >= STILL_SHARP * best.sharp:
                return self._keep("guidance", now, Shot(frame, view, now))
        return self._keep("guidance", now)

    def take(self, now: float) -> list[Step]:
        """The clerk wants the picture now, whatever is thought of it."""
        if self.done:
            return []
        if not self.shots:
            self._take_next = True
            return []
        return self._begin_reading(now) + self._keep("clerk", now)

    def turn(self, side: Side) -> list[Step]:
        """The clerk wants this side, or this side again."""
        if side in self.sides and not self.done:
            self.pictures.pop(side, None)
            self._next(side)
        return []

    def heard(self, lines: Sequence[str], now: float) -> list[Step]:
        """One reading has come back."""
        self._being_read -= 1
        if self.zone is None or self._read or self.done:
            return []
        accepted = self.zone.votes.add(lines)
        self._lines = list(lines) or self._lines
        if accepted is not None:
            self._read = True
            return [ZoneRead(self.zone.lines_of(accepted)), *self._move_on()]
        return self._doubt() if self.zone.votes.doubtful == FINAL else []

    def show(self, side: Side) -> bytes | None:
        """The unmasked picture of a side as JPEG."""
        return _encoded(self.pictures[side]) if side in self.pictures else None

    def copy(self, side: Side, keep: frozenset[str], lines: Sequence[str]) -> bytes | None:
        """The masked copy of a side as JPEG."""
        if side not in self.pictures:
            return None
        return self.senses.copy(self.pictures[side], side, keep, lines)

    def stop(self) -> None:
        """Look no more; frames are forgotten, the pictures stay to be shown."""
        self.done = True
        self.shots.clear()

    # --- a side

    def _keep(self, by: Any, now: float, shot: Shot | None = None) -> list[Step]:
        """The picture of the wanted side."""
        shot = shot or self._best()
        quad = shot.view.quad
        if quad is None:  # the clerk sees more than we do: what is inside the outline
            height, width = shot.frame.shape[:2]
            quad = self.senses.outline(width, height)
        card = self.senses.rectify(shot.frame, quad)
        self.pictures[self.wanted] = card
        self._still_due = None
        steps: list[Step] = [Taken(self.wanted, by)]
        if self._reads(self.wanted):
            self._being_read += 1
            steps.append(WantRead(card))
        return steps + self._move_on()

    def _move_on(self) -> list[Step]:
        """To the next side, or the end, when this one is taken and read."""
        if self.wanted not in self.pictures or self._reads(self.wanted):
            return []
        missing = [side for side in self.sides if side not in self.pictures]
        if missing:
            self._next(missing[0])
            return []
        self.stop()
        return [Rested("done")]

    def _next(self, side: Side) -> None:
        self.wanted = side
        self.shots.clear()
        self._good = 0
        self._still_due = self._reading_since = None

    def _best(self) -> Shot:
        """The sharpest frame that shows a card, else the sharpest of all."""
        found = [shot for shot in self.shots if shot.view.quad is not None]
        return max(found or self.shots, key=lambda shot: shot.view.sharp)

    # --- reading

    def _reads(self, side: Side) -> bool:
        """Whether this side is still to be read."""
        return self.zone is not None and side == self.zone.side and not self._read

    def _begin_reading(self, now: float) -> list[Step]:
        """The card rests: the sharpest frames go to the reader while the still is on its way."""
        if not self._reads(self.wanted):
            return []
        self._reading_since = now
        return self._to_reader(self._sharpest(READINGS_AT_ONCE - 1))

    def _go_on_reading(self, now: float) -> list[Step]:
        """Newer frames to the reader while it has nothing to do, for a while."""
        if self.zone is None or self._reading_since is None or self._being_read:
            return []
        if now - self._reading_since > READ_PATIENCE:
            return self._doubt()
        shots = [shot for shot in self.shots if shot.view.quad is not None]
        if len(shots) == KEPT:  # what glares in one frame does not in another
            cards = [self._flat(shot) for shot in shots]
            self._being_read += 1
            return [WantRead(self.zone.fuse(cards)), *self._to_reader(self._sharpest(1))]
        return self._to_reader(self._sharpest(1))

    def _doubt(self) -> list[Step]:
        """The clerk compares by herself, with the lines that are in doubt."""
        assert self.zone is not None
        self._read = True
        lines = list(self.zone.votes.likeliest) or self._lines
        return [ZoneRead(lines, self.zone.votes.doubtful or "unread"), *self._move_on()]

    def _to_reader(self, shots: list[Shot]) -> list[Step]:
        self._being_read += len(shots)
        return [WantRead(self._flat(shot)) for shot in shots]

    def _sharpest(self, count: int) -> list[Shot]:
        found = [shot for shot in self.shots if shot.view.quad is not None]
        return sorted(found, key=lambda shot: -shot.view.sharp)[:count]

    def _flat(self, shot: Shot) -> Picture:
        assert shot.view.quad is not None
        return self.senses.rectify(shot.frame, shot.view.quad)

    # --- words

    def _advised(self, advice: str, now: float) -> Advised:
        if advice == GOOD and self._reading_since is not None and self.wanted in self.pictures:
            advice = READING
        shot = self.shots[-1]
        began = now if self._began is None else self._began
        return Advised(self.wanted, advice, _shares(shot), round(now - began, 1))

    def _scaled(self, quad: Quad | None, frame: Picture) -> Quad | None:
        """A place in our frames as a place in a still of the same camera."""
        if quad is None:
            return None
        height, width = self.shots[-1].frame.shape[:2]
        factor = np.array([frame.shape[1] / width, frame.shape[0] / height], np.float32)
        return (quad * factor).astype(np.float32)


def _shares(shot: Shot) -> Outline:
    """Where the card is, as shares of the frame."""
    if shot.view.quad is None:
        return None
    height, width = shot.frame.shape[:2]
    corners = np.clip(shot.view.quad / [width, height], 0, 1)
    tl, tr, br, bl = [(round(float(x), 4), round(float(y), 4)) for x, y in corners]
    return tl, tr, br, bl


def _width(quad: Quad | None) -> float:
    """How many pixels wide a card is."""
    if quad is None:
        return 0.0
    return float(np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2


def _decoded(jpeg: bytes) -> Picture | None:
    """A still as a picture; None when it is none. OpenCV refuses sizes beyond our limit."""
    if not jpeg.startswith(b"\xff\xd8\xff"):
        return None
    try:
        frame = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if frame is None else np.asarray(frame, np.uint8)


def _encoded(picture: Picture) -> bytes:
    done, jpeg = cv2.imencode(".jpg", picture, JPEG)
    assert done
    return jpeg.tobytes()
