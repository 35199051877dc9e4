import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.cards import ID_CARD, PASSPORT, invent
from vamt import mrz, names
from vamt.names import compare_date, compare_given, compare_name, compare_surname


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Müller", "MUELLER"),
        ("Weiß", "WEISS"),
        ("Åkjær", "AAKJAER"),
        ("Þóra Guðmundsdóttir", "THORA GUDMUNDSDOTTIR"),
        ("Łuczak", "LUCZAK"),
        ("İbrahim Yıldız", "IBRAHIM YILDIZ"),
        ("D'Angelo", "DANGELO"),
        ("Meyer-Lüdenscheidt", "MEYER LUEDENSCHEIDT"),
        ("Ștefănescu", "STEFANESCU"),
        ("Щукин Юлия", "SHCHUKIN IULIIA"),
        ("محمد", "MXHMD"),
        ("Nguyễn Thị", "NGUYEN THI"),
    ],
)
def test_names_in_the_letters_of_the_zone(text, zone):
    assert names.transliterate(text) == zone


@pytest.mark.parametrize(
    ("entered", "read", "cut", "likeness"),
    [
        ("Müller", "MUELLER", False, "same"),
        ("Müller", "MULLER", False, "same"),
        ("Mueller", "MUELLER", False, "same"),
        ("Özdemir", "OEZDEMIR", False, "same"),
        ("Dr. Weiß", "WEISS", False, "same"),
        ("Prof. Dr. med. Weiß", "WEISS", False, "same"),
        ("D’Angelo", "D ANGELO", False, "same"),
        ("Meyer-Lüdenscheidt", "MEYER LUEDENSCHEIDT", False, "same"),
        ("Meyer", "MEYER LUEDENSCHEIDT", False, "similar"),
        ("Meyer, geb. Gabler", "MEYER", False, "same"),
        ("Meyer (geb. Gabler)", "GABLER", False, "similar"),
        ("Papathanasopoulos-Wolkenstein", "PAPATHANASOPOULOS WOLK", True, "same"),
        ("Papathanasopoulos-Wolkenstein", "PAPATHANASOPOULOS WOLK", False, "similar"),
        ("Mayer", "MEYER", False, "similar"),
        ("Schmidt", "MUELLER", False, "different"),
        ("", "MUELLER", False, "missing"),
        ("Müller", "", False, "missing"),
    ],
)
def test_surnames(entered, read, cut, likeness):
    result = compare_surname(entered, read, cut)
    assert (result.entered, result.read, result.likeness) == (entered, read, likeness)


@pytest.mark.parametrize(
    ("entered", "read", "likeness"),
    [
        ("Ayşe Nur", "AYSE NUR", "same"),
        ("Ayşe", "AYSE NUR", "similar"),
        ("Nur Ayşe", "AYSE NUR", "similar"),
        ("Karl-Heinz", "KARL HEINZ", "same"),
        ("Karlheinz", "KARL HEINZ", "same"),
        ("Jürgen", "JURGEN", "same"),
        ("Erika", "ANNA MARIA", "different"),
        ("Юлія", "IULIIA", "same"),
        ("Erika", "", "missing"),
    ],
)
def test_given_names(entered, read, likeness):
    assert compare_given(entered, read).likeness == likeness


@pytest.mark.parametrize(
    ("entered", "likeness"),
    [
        ("Ayşe Nur Yılmaz", "same"),
        ("Yılmaz, Ayşe Nur", "same"),
        ("Ayşe Yılmaz", "similar"),
        ("Ayse Yilmas", "similar"),
        ("Ayşe Öztürk", "different"),
        ("Erika Mustermann", "different"),
    ],
)
def test_a_whole_name(entered, likeness):
    assert compare_name(entered, "YILMAZ", "AYSE NUR").likeness == likeness


@pytest.mark.parametrize(
    ("entered", "read", "partial", "likeness"),
    [
        (date(1983, 8, 12), date(1983, 8, 12), "", "same"),
        (date(1983, 12, 8), date(1983, 8, 12), "", "similar"),
        (date(1983, 8, 13), date(1983, 8, 12), "", "different"),
        (date(1983, 8, 12), None, "83<<<<", "similar"),
        (date(1983, 8, 12), None, "84<<<<", "different"),
        (date(1983, 8, 12), None, "<<<<<<", "missing"),
        (None, date(1983, 8, 12), "", "missing"),
    ],
)
def test_dates(entered, read, partial, likeness):
    assert compare_date("birth", entered, read, partial).likeness == likeness


def test_codes_are_the_same_or_not():
    result = names.compare_fields(
        {"number": "l01x 00t47", "nationality": "TUR", "sex": ""},
        {"number": "L01X00T47", "nationality": "D", "sex": "F"},
    )
    assert [r.likeness for r in result] == ["same", "different", "missing"]


@given(st.integers(0, 2**32), st.sampled_from([ID_CARD, PASSPORT]))
def test_everybody_is_the_same_as_on_her_own_document(seed, document):
    who = invent(random.Random(seed), document)
    zone = mrz.parse(who.lines)
    surname, given_names = zone.names
    if given_names:
        assert compare_surname(who.surname, surname).likeness == "same"
        assert compare_given(who.given, given_names, zone.names_cut).likeness == "same"


@given(st.text(max_size=40), st.text(max_size=40))
def test_nothing_entered_breaks_the_comparison(entered, read):
    assert compare_name(entered, read, "").likeness in set(names.Likeness)
    assert set(names.transliterate(entered)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ ")
