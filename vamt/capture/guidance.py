"""What would help now: one word from the latest views.

Pure and table-like: the first row of `TABLE` that applies is the verdict on one view, and `advise`
makes of several verdicts one word that does not flicker. Two brakes: a word already said needs
less to stay than a new one to come, and a new one must hold for two views in a row.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from vamt.capture.sight import View


class Advice(StrEnum):
    """The words of guidance; the pages have the sentences and pictures for them."""

    NO_CARD = "no_card"
    DARK = "dark"
    CLOSER = "closer"
    FARTHER = "farther"
    STRAIGHTEN = "straighten"
    HOLD_STILL = "hold_still"
    BLURRED = "blurred"
    GLARE = "glare"
    OTHER_SIDE = "other_side"
    SCREEN = "screen"
    GOOD = "good"


@dataclass(frozen=True)
class Row:
    """`advice` when the measure passes `come`; once said, while it passes `stay`."""

    advice: Advice
    measure: Callable[[View], float]
    come: float
    stay: float
    below: bool = False  # passes by being below instead of above

    def applies(self, view: View, said: bool) -> bool:
        value, limit = self.measure(view), self.stay if said else self.come
        return value < limit if self.below else value > limit


def _size(view: View) -> float:
    """The card's width as a share of the outline's."""
    return view.width / max(view.outline, 1.0)


def _room(view: View) -> float:
    """The same, but a card that does not fit into the frame is too near, whatever its size."""
    return 2.0 if view.cut else _size(view)


def _motion(view: View) -> float:
    """Motion between two views as a share of the outline's width."""
    return view.motion / max(view.outline, 1.0)


# In the order of importance. Where the limits come from is said beside them; "drawn" are the
# situations of tests/capture/situations.py, measured with other seeds than those of the bench.
TABLE = (
    # Readable at 31, unreadable at 17, good 214 (75th percentile; readings of composited cards).
    Row(Advice.DARK, lambda v: v.light, 45, 52, below=True),
    # 0.72 of the outline is 430 px of a 720p frame; TD1 reads from 280 px, well from 400.
    Row(Advice.CLOSER, _size, 0.72, 0.78, below=True),
    # From 1.25 on a portrait telephone cuts the card off, and fixed lenses lose focus.
    Row(Advice.FARTHER, _room, 1.25, 1.19),
    # Drawn cards lean by 13 degrees at most when held well; perspective costs reading from 30 on.
    Row(Advice.STRAIGHTEN, lambda v: v.tilt, 26, 22),
    # 8 px between views at 720p; a resting hand makes 1 to 4.
    Row(Advice.HOLD_STILL, _motion, 0.0135, 0.009),
    # Drawn: in focus 0.27 and more; a blur of 2.5 px, which is no longer read, 0.12 to 0.16.
    Row(Advice.BLURRED, lambda v: v.sharp, 0.17, 0.19, below=True),
    # No drawn or real card has saturated areas without a lamp; a spot of 6 mm is 0.8 %.
    Row(Advice.GLARE, lambda v: v.glare, 0.008, 0.005),
)
NOTICED = 2  # views in a row until another word is said


def judge(view: View, wanted: Literal["front", "back"], said: Advice | None = None) -> Advice:
    """The verdict on one view; `said` is what is being said at the moment."""
    dark, *others = TABLE
    if dark.applies(view, said is dark.advice):
        return dark.advice  # in the dark no card is found, either
    if view.quad is None:
        return Advice.NO_CARD
    for row in others:
        if row.applies(view, said is row.advice):
            return row.advice
    if view.side not in (wanted, "unknown"):
        return Advice.OTHER_SIDE
    return Advice.SCREEN if view.screen else Advice.GOOD


def advise(views: Sequence[View], wanted_side: Literal["front", "back"]) -> Advice:
    """The one word for the citizen, from the latest views (the newest last; ten are plenty)."""
    if not views:
        return Advice.NO_CARD
    said: Advice | None = None
    seen: list[Advice] = []
    for view in views:
        seen.append(judge(view, wanted_side, said))
        if len(set(seen[-NOTICED:])) == 1 and len(seen) >= NOTICED:
            said = seen[-1]
    if said is not None:
        return said
    # nothing has held yet: the most frequent, of equals the more important
    order = list(Advice)
    count = Counter(seen)
    return max(count, key=lambda advice: (count[advice], -order.index(advice)))
