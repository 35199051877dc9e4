"""An errand in a reader's words: what to have ready, what happens in the talk, what it costs.

What towns write (names, papers, questions) may speak more languages than the pages do. `reads`
are the reader's languages, her own first; whoever shows a card marks its language.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from vamt.booking import Service, in_language, language_of
from vamt.errors import N_
from vamt.i18n import Language, direction

STEPS = {  # what the citizen reads
    "identity": N_("You show us your ID card."),
    "form": N_("We fill in the form together."),
    "documents": N_("We look through your papers."),
    "signature": N_("You sign on the screen."),
    "fee": N_("You pay, if it costs something."),
    "handover": N_("You get your document."),
}
STEP_NAMES = {  # what the clerk reads
    "identity": N_("ID card check"),
    "form": N_("Application"),
    "documents": N_("Supporting papers"),
    "signature": N_("Signing"),
    "fee": N_("Fee"),
    "handover": N_("Handing over"),
}
CHANNELS = {
    "electronic": N_("electronically %(fee)s"),
    "paper": N_("on paper %(fee)s"),
    "posted": N_("by post %(fee)s"),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What an errand costs in words, and when it is free all the same."""

    name: str  # of the errand, where there are several
    words: str
    waivers: list[str]


@dataclass(frozen=True, slots=True)
class Card:
    """An errand, or several in one appointment, as pages and mails show it."""

    id: str
    also: tuple[str, ...]
    name: str
    description: str
    minutes: int
    papers: list[str]
    steps: list[str]
    costs: list[Cost]
    law: str
    lang: str  # of what the town wrote
    dir: str


def card(errand: Service, language: Language, reads: Sequence[str] = ()) -> Card:
    """The errand for whoever reads `reads`, on a page in `language`."""
    reads = reads or (language.code,)
    lang = language_of(errand.name, *reads)
    return Card(
        id=errand.id,
        also=errand.also,
        name=in_language(errand.name, *reads),
        description=in_language(errand.description, *reads),
        minutes=errand.minutes,
        papers=[in_language(paper, *reads) for paper in errand.papers],
        steps=[language.text(STEPS[step]) for step in errand.steps],
        costs=[
            Cost(
                name=in_language(one.name, *reads) if errand.parts else "",
                words=cost(one, language),
                waivers=[in_language(words, *reads) for words in one.waivers],
            )
            for one in errand.parts or (errand,)
            if one.fees
        ],
        law=", ".join(errand.law),
        lang=lang,
        dir=direction(lang) if lang else language.dir,
    )


def cost(service: Service, language: Language) -> str:
    """ "elektronisch kostenlos, auf Papier 9,00 €"; "" where nothing is known of fees."""
    fees = service.fees
    if not fees:
        return ""
    if set(fees.values()) == {None}:
        return language.text(N_("We tell you in the talk what it costs."))
    if set(fees.values()) == {0}:
        return language.text(N_("free of charge"))
    return ", ".join(
        language.text(CHANNELS[channel], {"fee": _amount(cents, language)})
        for channel, cents in fees.items()
    )


def _amount(cents: int | None, language: Language) -> str:
    if cents is None:
        return language.text(N_("for a fee"))
    return language.money(cents) if cents else language.text(N_("free of charge"))


def step_names(errand: Service, language: Language) -> list[str]:
    """The steps as the desk names them."""
    return [language.text(STEP_NAMES[step]) for step in errand.steps]
