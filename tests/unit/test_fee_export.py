"""The table for the Kasse: opened by a spreadsheet program, and never run by one."""

import csv
import io
from dataclasses import replace

import pytest

from tests.conftest import BERLIN, at, words
from vamt import states
from vamt.booking import Service
from vamt.fee_export import BOM, COLUMNS, MEANS, STATES, plain, table
from vamt.fees import Charge
from vamt.i18n import Languages

GERMAN = Languages(["de", "en"]).get("de")
SERVICES = {"parken": Service("parken", words("Parkausweis"), 15, fees={"electronic": 3070})}
CHARGE = Charge(
    "c1",
    "a1",
    "parken",
    "electronic",
    states.Charge.PAID,
    3070,
    1,
    "AMT-00000001-51",
    "keller",
    asked=float(at("2026-06-15 09:00")),
    ended=float(at("2026-06-16 09:00")),
    means="bank",
    received=6140,
)


def read(*rows: tuple[Charge, str]) -> list[list[str]]:
    text = table(rows, SERVICES, GERMAN, BERLIN).decode()
    assert text.startswith(BOM)
    return list(csv.reader(io.StringIO(text.removeprefix(BOM), newline=""), delimiter=";"))


def test_a_line_for_each_charge() -> None:
    head, line = read((CHARGE, "Ayşe Yılmaz"))
    assert len(head) == len(line) == len(COLUMNS)
    assert line == [
        *("AMT-00000001-51", "15.06.2026", "Parkausweis", "elektronisch", "Ayşe Yılmaz"),
        *("30,70", "bezahlt", "16.06.2026", "Kontoauszug", "", "61,40", "0,00"),
    ]


def test_what_is_not_known_is_empty() -> None:
    bare = replace(CHARGE, service="gone", channel="", ended=None, means="")
    assert read((bare, ""))[1][1:5] == ["15.06.2026", "gone", "", ""]


@pytest.mark.parametrize(
    "text", ["=1+1", "+49", "-1", "@x", "\t=1", "\r=1", "  =1", "=cmd|'/c'!A0"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert plain(text) == f"'{text}"
    line = read((replace(CHARGE, reason=text), text))[1]
    assert line[4] == line[9] == f"'{text}"


def test_what_is_no_formula_stays_as_it_is() -> None:
    for text in ("", "30,70", "AMT-1", "O'Neill", 'a;"b"\nc'):
        assert plain(text) == text
    assert read((CHARGE, 'a;"b"'))[1][4] == 'a;"b"'


def test_every_state_and_every_means_has_its_word() -> None:
    assert set(STATES) == set(states.Charge)
    assert {"clerk", "bank", "provider"} == set(MEANS)
