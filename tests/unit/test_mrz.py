import random
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.cards import ID_CARD, PASSPORT, PERMIT, invent
from vamt import mrz

TODAY = date(2026, 11, 25)
GERMAN = ("IDD<<L01X00T471<<<<<<<<<<<<<<<", "8308126<3108011D<<2108<<<<<<<7") + (
    "MUSTERMANN<<ERIKA<<<<<<<<<<<<<",
)
PASS = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
CARD = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
TEMPORARY = ("ITD<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<", "C<00000004D<<6408125<1102015<<<<<<<6")

seeds = st.integers(0, 2**32)
documents = st.sampled_from([ID_CARD, PASSPORT, PERMIT])


@pytest.mark.parametrize("lines", [GERMAN, PASS, CARD, TEMPORARY])
def test_official_specimens_hold(lines):
    zone = mrz.parse(lines)
    assert zone.lines == lines
    assert zone.problems == ()


def test_what_a_german_card_says():
    zone = mrz.parse(GERMAN)
    assert (zone.layout.name, zone.code, zone.issuer, zone.nationality) == ("TD1", "ID", "D", "D")
    assert (zone.number, zone.sex, zone.names) == ("L01X00T47", "", ("MUSTERMANN", "ERIKA"))
    assert zone.birth(TODAY) == date(1983, 8, 12)
    assert zone.expiry(TODAY) == date(2031, 8, 1)
    assert not zone.expired(date(2031, 8, 1))
    assert zone.expired(date(2031, 8, 2))


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        # printed with wrong check digits: Swiss, Austrian
        (("IDCHES1A00A00<9<<<<<<<<<<<<<<<", "9508015F3303228CHE<<<<<<<<<<<2")
         + ("SCHWEIZER<SAMPLE<<HELVETIA<<<<",), "expiry"),
        ((CARD[0].replace("UTO", "QQQ"), *CARD[1:]), "country"),
        ((CARD[0], CARD[1].replace("F", "K"), CARD[2]), "sex"),
        ((CARD[0], CARD[1], "<ERIKSSON<<ANNA<MARIA<<<<<<<<<"), "names"),
        ((CARD[0], "7413122F1204159UTO<<<<<<<<<<<6", CARD[2]), "birth_date"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(lines, problem):
    assert problem in mrz.parse(lines).problems


def test_a_number_longer_than_its_field():
    """Belgian cards: the number goes on in the optional data, with its check digit after it."""
    number, birth = "5901149842", "850101"
    upper = f"IDBEL{number[:9]}<{number[9:]}" + mrz.check_digit(number[:9] + "<" + number[9:])
    upper = upper.ljust(30, "<")
    middle = f"{birth}{mrz.check_digit(birth)}F300101{mrz.check_digit('300101')}BEL".ljust(29, "<")
    over = upper[5:] + middle[:7] + middle[8:15] + middle[18:29]
    zone = mrz.parse((upper, middle + mrz.check_digit(over), CARD[2]))
    assert (zone.problems, zone.number) == ((), number)


@pytest.mark.parametrize(
    ("text", "latest", "expected"),
    [
        ("261125", TODAY, date(2026, 11, 25)),
        ("261126", TODAY, date(1926, 11, 26)),
        ("000229", TODAY, date(2000, 2, 29)),
        ("830000", TODAY, None),
        ("83<<<<", TODAY, None),
        ("<<<<<<", TODAY, None),
    ],
)
def test_the_century_of_a_date(text, latest, expected):
    assert mrz.date_of(text, latest) == expected


def test_a_birth_of_which_only_the_year_is_known():
    birth = "74<<<<"
    middle = birth + mrz.check_digit(birth) + CARD[1][7:29]
    over = CARD[0][5:] + middle[:7] + middle[8:15] + middle[18:29]
    zone = mrz.parse((CARD[0], middle + mrz.check_digit(over), CARD[2]))
    assert zone.problems == ()
    assert zone.birth(TODAY) is None


@given(seeds, documents)
def test_every_invented_zone_is_understood(seed, document):
    who = invent(random.Random(seed), document)
    zone = mrz.parse(who.lines)
    assert zone.lines == who.lines
    assert set(zone.problems) <= {"pattern"}
    assert zone.number == who.number
    assert zone.birth(TODAY) == who.birth
    assert zone.expiry(TODAY) == who.expiry


@given(seeds, documents, st.data())
def test_a_wrong_run_of_fillers_is_mended(seed, document, data):
    lines = list(invent(random.Random(seed), document).lines)
    row = data.draw(st.integers(0, len(lines) - 1))
    longest = max(re.findall("<+", lines[row]), key=len, default="")
    if len(longest) < 6:
        return
    lines[row] = lines[row].replace(longest, longest[2:])
    assert mrz.parse(lines).lines == invent(random.Random(seed), document).lines


@given(seeds, documents)
def test_letters_where_only_digits_can_be_and_the_other_way_round(seed, document):
    who = invent(random.Random(seed), document, issuer="D<<")
    seen = list(who.lines)
    if document == PASSPORT:
        seen[0] = seen[0].replace("O", "0").replace("S", "5")
        seen[1] = seen[1][:13] + seen[1][13:20].replace("0", "O") + seen[1][20:]
    else:
        seen[1] = seen[1][:7].replace("1", "I").replace("5", "S") + seen[1][7:]
        seen[2] = seen[2].replace("I", "1").replace("Z", "2")
    assert mrz.parse(seen).lines == who.lines


def test_typed_lines_may_have_gaps_and_small_letters():
    assert mrz.parse([line.lower() + " " for line in PASS]).lines == PASS
    assert mrz.parse(["", *PASS]).lines == PASS


@pytest.mark.parametrize("lines", [(), ("",), ("A",) * 3, ("?" * 44,) * 2, ("Ä" * 30,) * 3])
def test_what_is_no_zone(lines):
    assert mrz.parse(lines) is None
