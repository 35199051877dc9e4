"""An errand in the reader's words."""

from dataclasses import replace

import pytest

from tests.conftest import PARKING, words
from vamt.booking import CHANNELS, STEPS, Service
from vamt.errand_words import CHANNELS as CHANNEL_WORDS
from vamt.errand_words import STEPS as STEP_WORDS
from vamt.errand_words import Cost, card, cost, step_names
from vamt.errands import together
from vamt.i18n import Languages

LANGUAGES = Languages(["de", "en"])
GERMAN, ENGLISH = LANGUAGES
MELDE = Service(
    id="melde",
    name={"de": "Meldebescheinigung", "tr": "İkamet belgesi", "ar": "شهادة"},
    minutes=10,
    papers=({"de": "Ausweis", "tr": "Kimlik"}, {"de": "Vollmacht"}),
    fees={"electronic": 0, "paper": 900, "posted": 1050},
    waivers=({"de": "Für die Rente kostenlos.", "tr": "Emeklilik için ücretsiz."},),
    steps=("identity", "handover"),
    law=("BMG § 18 Abs. 1", "BMG § 24"),
)


def test_every_step_and_channel_has_words() -> None:
    assert set(STEP_WORDS) == set(STEPS) and set(CHANNEL_WORDS) == set(CHANNELS)


@pytest.mark.parametrize(
    "fees, german, english",
    [
        ({}, "", ""),
        ({"electronic": 0}, "kostenlos", "free of charge"),
        ({"electronic": 0, "posted": 0}, "kostenlos", "free of charge"),
        (
            {"electronic": 0, "paper": 900},
            "elektronisch kostenlos, auf Papier 9,00\xa0€",
            "electronically free of charge, on paper €9.00",
        ),
        ({"posted": 123456}, "per Post 1.234,56\xa0€", "by post €1,234.56"),
        (
            {"electronic": 0, "paper": None},
            "elektronisch kostenlos, auf Papier gegen Gebühr",
            "electronically free of charge, on paper for a fee",
        ),
        (
            {"paper": None, "posted": None},
            "Was es kostet, sagen wir Ihnen im Gespräch.",
            "We tell you in the talk what it costs.",
        ),
    ],
)
def test_what_it_costs_in_words(fees: dict[str, int | None], german: str, english: str) -> None:
    service = replace(PARKING, fees=fees)
    assert (cost(service, GERMAN), cost(service, ENGLISH)) == (german, english)
    assert card(service, GERMAN).costs == ([Cost("", german, [])] if german else [])


def test_a_card_speaks_her_language_where_the_town_does() -> None:
    shown = card(MELDE, GERMAN, ("tr", "de"))
    assert (shown.name, shown.lang, shown.dir) == ("İkamet belgesi", "tr", "ltr")
    assert shown.papers == ["Kimlik", "Vollmacht"]  # German where a text is missing
    assert shown.costs[0].waivers == ["Emeklilik için ücretsiz."]
    assert shown.steps == ["Sie zeigen uns Ihren Ausweis.", "Sie bekommen Ihr Dokument."]
    assert shown.law == "BMG § 18 Abs. 1, BMG § 24"
    assert (card(MELDE, GERMAN, ("ar",)).lang, card(MELDE, GERMAN, ("ar",)).dir) == ("ar", "rtl")
    assert card(MELDE, ENGLISH, ("fr", "en")).lang == "de"


def test_several_errands_have_a_line_for_the_cost_of_each() -> None:
    both = together([MELDE, PARKING, replace(PARKING, id="x", name=words("X"), fees={"paper": 0})])
    shown = card(both, GERMAN, ("tr", "de"))
    assert shown.minutes == 40 and shown.also == ("parken", "x")
    melde = "elektronisch kostenlos, auf Papier 9,00\xa0€, per Post 10,50\xa0€"
    assert shown.costs == [
        Cost("İkamet belgesi", melde, ["Emeklilik için ücretsiz."]),
        Cost("X", "kostenlos", []),
    ]


def test_the_desk_reads_the_steps_by_name() -> None:
    assert step_names(MELDE, GERMAN) == ["Ausweis", "Aushändigung"]
    assert step_names(PARKING, GERMAN) == []


@pytest.mark.parametrize(
    "own, reads",
    [("", ("de",)), ("de", ("de",)), ("en", ("de",)), ("tr", ("tr", "de"))],
)
def test_she_reads_her_own_language_where_the_pages_do_not_speak_it(
    own: str, reads: tuple[str, ...]
) -> None:
    """Where they do, the page's language is the one she has chosen."""
    assert LANGUAGES.reads(GERMAN, own) == reads
