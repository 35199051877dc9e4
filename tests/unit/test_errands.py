"""Several errands in one appointment are one service: as long as all, asking each thing once."""

from dataclasses import replace

import pytest

from tests.conftest import PARKING, REGISTER, words
from vamt import states
from vamt.booking import Appointment, DataField, Service, When
from vamt.errands import errand_of, fits, together

MORE = Service(
    id="mehr",
    name={"de": "Mehr", "tr": "Daha"},
    minutes=10,
    papers=({"de": "Ausweis", "en": "ID card"}, words("Schein")),
    fields=(
        DataField("moved", words("Umzug"), required=True),
        DataField("plate", words("Kennzeichen")),
    ),
    identity="checked",
    steps=("identity", "fee"),
    law=("A", "B"),
    fees={"paper": 900},
)
ADVICE = Service(id="rat", name=words("Rat"), minutes=15, steps=("form",), identity="look")


def test_one_errand_stays_as_it_is() -> None:
    assert together([REGISTER]) is REGISTER
    assert REGISTER.also == ()


def test_it_is_as_long_as_all_of_them_and_named_after_all() -> None:
    both = together([REGISTER, MORE, ADVICE])
    assert (both.id, both.also, both.minutes) == ("anmeldung", ("mehr", "rat"), 55)
    assert both.name == {
        "de": "Anmeldung einer Wohnung + Mehr + Rat",
        "en": "Registering a home + Mehr + Rat",  # German where English is missing
        "tr": "Anmeldung einer Wohnung + Daha + Rat",
    }
    assert both.step == REGISTER.minutes * 60  # its times begin where those of the first do


def test_what_each_asks_is_asked_once() -> None:
    both = together([REGISTER, MORE])
    assert [one.key for one in both.fields] == ["address", "moved", "kind", "plate"]
    moved = both.fields[1]
    assert moved.label == words("Einzug") and moved.kind == "date"  # as it is asked first
    assert moved.required  # one of them needs it
    assert [paper["de"] for paper in both.papers] == ["Ausweis", "Schein"]


def test_the_steps_are_those_of_all_in_their_order_and_the_highest_trust_counts() -> None:
    both = together([ADVICE, MORE])
    assert both.steps == ("identity", "form", "fee")
    assert both.identity == "checked" and both.law == ("A", "B")
    assert both.fees == {} and [one.fees for one in both.parts] == [{}, {"paper": 900}]


def test_other_desks_or_no_common_language_do_not_fit() -> None:
    assert fits([REGISTER, MORE, ADVICE])
    assert not fits([REGISTER, replace(MORE, pool="kfz")])
    german, french = replace(MORE, languages=("de", "en")), replace(ADVICE, languages=("fr", "en"))
    assert fits([german, french]) and together([german, french]).languages == ("en",)
    assert not fits([german, replace(french, languages=("fr",))])
    assert together([REGISTER, german]).languages == ("de", "en")
    assert together([REGISTER, MORE]).languages == ()  # all of the town's


@pytest.mark.parametrize(
    "ids, expected",
    [
        (("parken",), PARKING),
        (("parken", "anmeldung"), together([PARKING, REGISTER])),
        (("parken", "weg"), PARKING),
        (("weg", "parken"), PARKING),
        (("weg",), None),
    ],
)
def test_what_is_still_offered_of_an_appointment(
    ids: tuple[str, ...], expected: Service | None
) -> None:
    mine = Appointment("a", ids[0], 0, 900, states.Appointment.CONFIRMED, 0, also=ids[1:])
    assert errand_of(mine, {"parken": PARKING, "anmeldung": REGISTER}) == expected


def test_where_errands_ask_differently_the_one_that_needs_most_counts() -> None:
    hers, when = DataField("why", words("Warum")), When("kind", ("new",))
    asked = [
        replace(REGISTER, fields=(replace(hers, when=when, ask="talk"),)),
        replace(MORE, fields=(replace(hers, when=when, ask="talk"),)),
        replace(ADVICE, fields=(hers,)),
    ]
    assert together(asked[:2]).fields == (replace(hers, when=when, ask="talk"),)
    assert together(asked).fields == (hers,)
