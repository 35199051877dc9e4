import random
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.cards import ID_CARD, ISSUERS, PASSPORT, PERMIT, invent
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


def everywhere(lines):
    """The lines as a reader gives them that has looked at every character twice."""
    places = {(row, column) for row, line in enumerate(lines) for column in range(len(line))}
    return mrz.Lines(lines, frozenset(places))


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


@settings(max_examples=300)
@given(seeds, documents, st.data())
def test_one_wrong_character_is_never_believed_as_the_number_or_a_date(seed, document, data):
    """Whatever one character becomes, check digits tell, or the clerk is asked."""
    who = invent(random.Random(seed), document)
    row = 1 if document == PASSPORT else data.draw(st.integers(0, 1))
    checked = (
        [*range(10), *range(13, 20), *range(21, 28)]
        if document == PASSPORT
        else [[*range(5, 15)], [*range(7), *range(8, 15)]][row]
    )
    column = data.draw(st.sampled_from(checked))
    letter = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"))
    lines = list(who.lines)
    lines[row] = lines[row][:column] + letter + lines[row][column + 1 :]
    votes = mrz.Votes()
    for _ in range(3):
        votes.add(lines)  # nobody has looked at characters a second time
    reading = votes.reading
    if reading is not None:
        differs = abs(int(who.lines[row][column], 36) - int(letter, 36)) if letter != "<" else 1
        # 10 or 20 apart no check digit sees; those that look alike are asked about
        assert reading.zone.lines == who.lines or differs in (10, 20, 30)


def test_the_same_zone_in_two_pictures_is_believed():
    votes = mrz.Votes()
    assert votes.add(everywhere(PASS)) is None
    reading = votes.add(everywhere(PASS))
    assert (reading.zone.lines, reading.seen) == (PASS, 2)
    assert votes.doubtful is None


def test_pictures_that_disagree_are_not_believed():
    other = (PASS[0].replace("ERIKSSON<", "ERIKSSEN<"), PASS[1])
    votes = mrz.Votes()
    for lines in (PASS, other, PASS):
        assert votes.add(everywhere(lines)) is None
    assert votes.doubtful == "disagree"
    assert votes.add(everywhere(PASS)) is not None


def test_wrong_check_digits_twice_are_for_the_clerk():
    votes = mrz.Votes()
    wrong = (PASS[0], PASS[1][:-1] + "7")
    assert [votes.add(everywhere(wrong)) for _ in range(3)] == [None] * 3
    assert votes.doubtful == "check_digits"


def confused(who):
    """The zone with the ZS of its number read as 25, which no check digit sees."""
    row = 1 if who.document == PASSPORT else 0
    lines = list(who.lines)
    lines[row] = lines[row].replace(who.number, who.number.replace("ZS", "25", 1), 1)
    return tuple(lines)


@pytest.mark.parametrize("issuer", ["POL", "ESP", "HUN"])
def test_zs_for_25_is_put_right_where_the_number_pattern_is_known(issuer):
    number = {"POL": "ZSA123456", "ESP": "ZSA123456", "HUN": "123456ZS"}[issuer]
    who = invent(random.Random(7), ID_CARD, issuer, number)
    votes = mrz.Votes()
    votes.add(confused(who))
    reading = votes.add(confused(who))
    assert reading.zone.lines == who.lines


@pytest.mark.parametrize("document", [ID_CARD, PASSPORT])
@given(seed=seeds)
def test_zs_for_25_goes_to_the_clerk_where_no_pattern_is_known(document, seed):
    rng = random.Random(seed)
    issuer = rng.choice([i for i in ISSUERS[document] if mrz.pattern_of("P<", i) is None])
    rest = "".join(rng.choices("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=7))
    if mrz.pattern_of("ID", issuer) is not None and document == ID_CARD:
        return
    who = invent(rng, document, issuer, "ZS" + rest)
    votes = mrz.Votes()
    for _ in range(4):
        assert votes.add(confused(who)) is None
    assert votes.doubtful == "look_alike"


def test_a_zero_may_be_an_o_even_when_seen_alone():
    """Two of them at weights 7 and 3 change the sum by 240."""
    for number, doubt in (("00K4H3AT7", "look_alike"), ("0K04H3AT7", None)):
        who = invent(random.Random(7), PASSPORT, "PRT", number)
        votes = mrz.Votes()
        votes.add(everywhere(who.lines))
        votes.add(everywhere(who.lines))
        assert votes.doubtful == doubt


def test_a_second_witness_ends_the_doubt():
    who = invent(random.Random(7), PASSPORT, "PRT", "ZS7K4H3AT")
    votes = mrz.Votes()
    votes.add(who.lines)
    votes.add(who.lines)
    assert votes.doubtful == "look_alike"
    assert votes.witness("257K4H3AT") is None
    assert votes.witness("ZS7 K4H3AT").zone.lines == who.lines


def test_typed_lines_may_have_gaps_and_small_letters():
    assert mrz.parse([line.lower() + " " for line in PASS]).lines == PASS
    assert mrz.parse(["", *PASS]).lines == PASS


@pytest.mark.parametrize("lines", [(), ("",), ("A",) * 3, ("?" * 44,) * 2, ("Ä" * 30,) * 3])
def test_what_is_no_zone(lines):
    assert mrz.parse(lines) is None
