import itertools
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.capture.cards import ID_CARD, ISSUERS, PASSPORT, PERMIT, invent
from vamt import mrz, mrz_votes

PASS = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
# what documents said, and as what a reader took their numbers in every picture
II_FOR_11 = (
    "P<SYRHADDAD<<RANIA<<<<<<<<<<<<<<<<<<<<<<<<<<",
    "II50CMTKY0SYR7904026M2912051<<<<<<<<<<<<<<<0",
)
IB_FOR_18 = (
    "ARFRAZSIBO45Q92<<<<<<<<<<<<<<<",
    "5910210F3202089ISL24902447<<<2",
    "GUDMUNDSSON<<SIGURDUR<<<<<<<<<",
)
G_FOR_6 = (
    "ARFRAZS3EGMR744<<<<<<<<<<<<<<<",
    "0312277F3510063ISL6777<<<<<<<1",
    "THORSTEINSDOTTIR<<SIGURDUR<<<<",
)
STRAY_C = (
    "P<INDPATEL<<KRISHNAMOORTHY<BALASUBRAMANIANC<",
    "C4626528<7IND0609148F3310274<<<<<<<<<<<<<<<8",
)

seeds = st.integers(0, 2**32)
documents = st.sampled_from([ID_CARD, PASSPORT, PERMIT])


def everywhere(lines, but=frozenset()):
    """The lines as a reader gives them that has looked at every character twice."""
    places = {(row, column) for row, line in enumerate(lines) for column in range(len(line))}
    return mrz_votes.Lines(lines, frozenset(places - but))


def twins(lines, most=9):
    """Every other zone that looks like it and holds, by trying them all."""
    zone = mrz.parse(lines)
    places = mrz.look_alikes(zone.layout, lines)
    for count in range(1, min(most, len(places)) + 1):
        for chosen in itertools.combinations(places, count):
            for letters in itertools.product(*(mrz.TWINS[lines[r][c]] for r, c in chosen)):
                twin = mrz.exchanged(lines, list(zip(chosen, letters, strict=True)))
                found = mrz.parse(twin)
                if found.problems == () and found.lines == twin:
                    yield twin


def differing(lines, others):
    """The places at which two zones are not the same."""
    return {
        (row, column)
        for row, (line, other) in enumerate(zip(lines, others, strict=True))
        for column in range(len(line))
        if line[column] != other[column]
    }


@pytest.mark.parametrize(
    ("true", "number", "taken"),
    [
        (II_FOR_11, "II50CMTKY", "1150CMTKY"),
        (IB_FOR_18, "ZSIBO45Q9", "ZS18045Q9"),
        (G_FOR_6, "ZS3EGMR74", "ZS3E6MR74"),
    ],
)
def test_what_was_once_believed_wrongly_is_the_clerk_s(true, number, taken):
    """Both hold; only what was seen beyond doubt tells them apart."""
    read = tuple(line.replace(number, taken) for line in true)
    assert mrz.parse(read).problems == mrz.parse(true).problems == ()
    votes = mrz_votes.Votes()
    differ = frozenset(differing(read, true))
    for _ in range(mrz_votes.PATIENCE):
        assert votes.add(everywhere(read, but=differ)) is None
    assert votes.doubtful == "look_alike"


def test_a_filler_taken_for_a_letter_after_a_name():
    """No check digit is over a name; only the reader can tell that the C was hardly one."""
    assert mrz.parse(STRAY_C).problems == ()
    votes = mrz_votes.Votes()
    for _ in range(4):
        assert votes.add(mrz_votes.Lines(STRAY_C, faint=frozenset({(0, 42)}))) is None
    assert votes.doubtful == "faint"


def test_every_character_has_to_be_clear_in_two_pictures():
    faint = [frozenset({(0, 9)}), frozenset({(0, 12)}), frozenset()]
    confirmed = everywhere(PASS).confirmed
    votes = mrz_votes.Votes()
    given = [votes.add(mrz_votes.Lines(PASS, confirmed, places)) for places in faint]
    assert [reading is not None for reading in given] == [False, False, True]


@settings(max_examples=60, deadline=None)
@given(seeds, documents, st.data())
def test_whatever_looks_the_same_and_holds_is_not_believed(seed, document, data):
    """However much else is confirmed: one place of the exchange is not, and so it is in doubt."""
    lines = invent(random.Random(seed), document).lines
    found = list(itertools.islice(twins(lines, most=2), 40))
    assume(mrz.parse(lines).problems == () and found)
    twin = data.draw(st.sampled_from(found))
    differ = differing(lines, twin)
    doubted = data.draw(st.sets(st.sampled_from(sorted(differ)), min_size=len(differ)))
    votes = mrz_votes.Votes()
    for _ in range(5):
        assert votes.add(everywhere(twin, but=frozenset(doubted))) is None
    assert votes.doubtful == "look_alike"


@settings(max_examples=60, deadline=None)
@given(seeds, documents)
def test_the_places_in_doubt_are_those_of_all_exchanges(seed, document):
    lines = invent(random.Random(seed), document).lines
    zone = mrz.parse(lines)
    assume(zone.problems == () and len(mrz.look_alikes(zone.layout, lines)) <= 5)
    expected = set().union(*(differing(lines, twin) for twin in twins(lines)))
    assert mrz_votes.open_places(zone) == expected


def test_the_check_digit_of_a_long_number_is_no_letter():
    """Belgian: the number goes on in the optional data, its check digit behind it."""
    upper = "IDBEL590114984<" + "2"
    upper = (upper + mrz.check_digit("590114984<2")).ljust(30, "<")
    middle = "8501017F3001019BEL".ljust(29, "<")
    over = upper[5:] + middle[:7] + middle[8:15] + middle[18:29]
    lines = (upper, middle + mrz.check_digit(over), "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
    zone = mrz.parse(lines)
    assert zone.number == "5901149842"
    assert (0, 16) not in mrz_votes.open_places(zone)


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
    votes = mrz_votes.Votes()
    for _ in range(mrz_votes.PATIENCE):
        votes.add(lines)  # nobody has looked at characters a second time
    reading = votes.reading
    if reading is not None:
        differs = abs(mrz.VALUES[who.lines[row][column]] - mrz.VALUES[letter])
        # 10 or 20 apart no check digit sees; those that look alike are asked about, and a reader
        # that is not sure of the others says so
        assert reading.zone.lines == who.lines or differs in (10, 20, 30)


def test_the_same_zone_in_two_pictures_is_believed():
    votes = mrz_votes.Votes()
    assert votes.add(everywhere(PASS)) is None
    reading = votes.add(everywhere(PASS))
    assert (reading.zone.lines, reading.seen) == (PASS, 2)
    assert votes.doubtful is None


def test_pictures_that_disagree_are_not_believed():
    other = (PASS[0].replace("ERIKSSON<", "ERIKSSEN<"), PASS[1])
    votes = mrz_votes.Votes()
    for lines in (PASS, other, PASS):
        assert votes.add(everywhere(lines)) is None
    assert votes.doubtful == "disagree"
    assert votes.add(everywhere(PASS)) is not None


def test_wrong_check_digits_twice_are_for_the_clerk():
    votes = mrz_votes.Votes()
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
    votes = mrz_votes.Votes()
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
    votes = mrz_votes.Votes()
    for _ in range(4):
        assert votes.add(confused(who)) is None
    assert votes.doubtful == "look_alike"


def test_a_zero_may_be_an_o_even_when_seen_alone():
    """Two of them at weights 7 and 3 change the sum by 240."""
    for number, doubt in (("00K4H3AT7", "look_alike"), ("0K04H3AT7", None)):
        who = invent(random.Random(7), PASSPORT, "PRT", number)
        votes = mrz_votes.Votes()
        votes.add(everywhere(who.lines))
        votes.add(everywhere(who.lines))
        assert votes.doubtful == doubt


def test_the_doubt_is_about_what_was_seen_most_not_last():
    who = invent(random.Random(7), PASSPORT, "PRT", "ZS7K4H3AT")
    votes = mrz_votes.Votes()
    assert votes.likeliest == ()
    for _ in range(mrz_votes.PATIENCE):
        votes.add(who.lines)
    votes.add(invent(random.Random(8), PASSPORT, "PRT").lines)
    assert votes.doubtful == "look_alike" and votes.likeliest == who.lines
