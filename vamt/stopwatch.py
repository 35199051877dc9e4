"""The clock of a visit: how long each step took, read from the history of the state machines.

A step runs while one of the things it is made of is in one of its states: identity while a check
is asked for or allowed, the talk while the visit is open. So nothing has to be started or stopped
by hand, and nothing can be forgotten: whatever changes a state is in the history. No person and
no content is in it, and it is never told by clerk (see docs/data-protection.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

from vamt import states
from vamt.errors import N_

WAITING, RINGING, TALK = "waiting", "ringing", "talk"
RUNS: dict[tuple[str, str], str] = {  # (machine, state) -> the step that runs meanwhile
    (states.APPOINTMENT.name, states.Appointment.CHECKED_IN): WAITING,
    (states.VISIT.name, states.Visit.RINGING): RINGING,
    (states.VISIT.name, states.Visit.OPEN): TALK,
    (states.CHECK.name, states.Check.ASKED): "identity",
    (states.CHECK.name, states.Check.ALLOWED): "identity",
    (states.DOCUMENT.name, states.Document.ARRIVED): "documents",  # until the clerk has looked
    (states.FORM.name, states.Form.OPEN): "form",
    (states.SIGNATURE.name, states.Signature.ASKED): "signature",
    (states.SIGNATURE.name, states.Signature.SIGNING): "signature",
    (states.CHARGE.name, states.Charge.ASKED): "fee",
}
BEFORE = (WAITING, RINGING)  # the others count only while the two talk
NAMES = {  # in the order of a visit
    WAITING: N_("Waiting room"),
    RINGING: N_("Called in"),
    TALK: N_("Talk"),
    "identity": N_("ID card check"),
    "form": N_("Application"),
    "documents": N_("Supporting papers"),
    "signature": N_("Signing"),
    "fee": N_("Fee"),
}
SHARE = 0.9  # the second figure beside the median: nine of ten visits were as short


@dataclass(frozen=True, slots=True)
class Happening:
    """A change of state as the history has it; `subject` is the id of the thing that changed."""

    at: float  # Unix seconds
    machine: str
    subject: str
    new: str


@dataclass(frozen=True, slots=True)
class Case:
    """What happened in one appointment, the oldest first, and the services it was for."""

    services: tuple[str, ...]
    happenings: list[Happening]


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when (Unix seconds) a step ran; `ended` None: it still does."""

    step: str
    began: float
    ended: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a step took in several visits, in seconds."""

    visits: int
    median: float
    most: float  # SHARE of the visits took no longer


def spans(happenings: Iterable[Happening]) -> list[Span]:
    """The spans of one appointment from its happenings, the oldest first, by their beginning."""
    running: dict[tuple[str, str], tuple[str, float]] = {}
    found: list[Span] = []
    for one in happenings:
        thing = (one.machine, one.subject)
        step = RUNS.get((one.machine, one.new))
        was = running.get(thing)
        if was and was[0] != step:
            del running[thing]
            found.append(Span(was[0], was[1], one.at))
        if step and (was is None or was[0] != step):
            running[thing] = (step, one.at)
    found += [Span(step, began, None) for step, began in running.values()]
    return sorted(found, key=lambda span: span.began)


def seconds(of: Sequence[Span], now: float) -> dict[str, float]:
    """Step -> how long it took in all; what ran twice at a time counts once.

    What belongs to the talk counts only within it: papers that were sent days before it do not
    make the step last for days.
    """
    talks = _union([(s.began, s.ended or now) for s in of if s.step == TALK])
    lasted: dict[str, float] = {}
    for step in dict.fromkeys(span.step for span in of):
        runs = _union([(s.began, s.ended or now) for s in of if s.step == step])
        if step not in BEFORE:
            runs = _common(runs, talks)
        if runs:
            lasted[step] = sum(end - begin for begin, end in runs)
    return lasted


def figures(visits: Iterable[Mapping[str, float]]) -> dict[str, Figures]:
    """Step -> its figures, from what each visit took (see `seconds`)."""
    took: dict[str, list[float]] = {}
    for visit in visits:
        for step, lasted in visit.items():
            took.setdefault(step, []).append(lasted)
    return {
        step: Figures(len(all_), median(all_), sorted(all_)[_rank(len(all_))])
        for step, all_ in took.items()
    }


def _rank(count: int) -> int:
    """Of `count` sorted values, the index of the first that SHARE of them do not exceed."""
    return ceil(SHARE * count) - 1


def _union(parts: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same time as parts that do not touch, in order."""
    whole: list[tuple[float, float]] = []
    for begin, end in sorted(parts):
        if whole and begin <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((begin, end))
    return whole


def _common(
    some: Sequence[tuple[float, float]], others: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """The time that is in both."""
    return [(max(a, c), min(b, d)) for a, b in some for c, d in others if min(b, d) >= max(a, c)]
