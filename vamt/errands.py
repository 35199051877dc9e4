"""Several errands in one appointment: together they are one service. Pure rules.

Whoever asks for slots, fields or papers need not know how many there are: `together` is as long
as all of them, and asks what each asks, once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from vamt.booking import LEVELS, STEPS, Appointment, DataField, Service, Words, in_language

Item = TypeVar("Item")


def fits(services: Sequence[Service]) -> bool:
    """Whether one desk can do them all in one language."""
    same_desks = len({one.pool for one in services}) == 1
    return same_desks and (_common(services) is None or bool(_common(services)))


def together(services: Sequence[Service]) -> Service:
    """One or several errands as one service. Fees and certificates differ: look at its `parts`."""
    first = services[0]
    if len(services) == 1:
        return first
    return replace(
        first,
        name=_joined([one.name for one in services]),
        minutes=sum(one.minutes for one in services),
        description={},
        papers=_each_once(paper for one in services for paper in one.papers),
        fields=_asked_once([field for one in services for field in one.fields]),
        declarations=_each_once(text for one in services for text in one.declarations),
        certificate=None,
        pdf_form=None,
        every=first.every or first.minutes,
        identity=max((one.identity for one in services), key=LEVELS.index),
        keep=_each_once(field for one in services for field in one.keep),
        steps=tuple(step for step in STEPS if any(step in one.steps for one in services)),
        fees={},
        waivers=(),
        law=_each_once(law for one in services for law in one.law),
        languages=tuple(_common(services) or ()),
        parts=tuple(services),
    )


def errand_of(appointment: Appointment, services: Mapping[str, Service]) -> Service | None:
    """What is done in the appointment, as far as it is still offered; None when nothing is."""
    ids = (appointment.service, *appointment.also)
    known = [services[id] for id in ids if id in services]
    return together(known) if known else None


def _common(services: Sequence[Service]) -> list[str] | None:
    """The languages of all; None when none of them is limited to some."""
    limits = [one.languages for one in services if one.languages]
    if not limits:
        return None
    return [code for code in limits[0] if all(code in limit for limit in limits)]


def _joined(names: Sequence[Words]) -> Words:
    codes = dict.fromkeys(code for words in names for code in words)
    return {code: " + ".join(in_language(words, code) for words in names) for code in codes}


def _each_once(found: Iterable[Item]) -> tuple[Item, ...]:
    kept: list[Item] = []
    for one in found:
        if one not in kept:
            kept.append(one)
    return tuple(kept)


def _asked_once(fields: Sequence[DataField]) -> tuple[DataField, ...]:
    """Each key as it is asked first; where the errands differ, as the one that needs most."""
    same: dict[str, list[DataField]] = {}
    for field in fields:
        same.setdefault(field.key, []).append(field)
    return tuple(
        replace(
            first[0],
            required=any(one.required for one in first),
            when=first[0].when if all(one.when == first[0].when for one in first) else None,
            ask="before" if any(one.ask == "before" for one in first) else first[0].ask,
        )
        for first in same.values()
    )
