"""What was read beside what was entered: told, not judged, and never the document's number."""

from datetime import date
from typing import Any

from tests.conftest import words
from vamt import comparison, mrz
from vamt.booking import DataField

TODAY = date(2026, 6, 15)
FIELDS = (
    DataField("birth_date", words("Geburtsdatum"), kind="date"),
    DataField("home", words("Adresse"), kind="address"),
)
DATA = {"birth_date": "1964-08-12", "home": "Heidestraße 17\n51147 Köln"}


def zone(expiry: str = "301031", names: str = "MUSTERMANN<<ERIKA") -> mrz.Zone:
    """A German card's zone whose check digits hold."""
    upper = f"IDD<<L01X00T47{mrz.check_digit('L01X00T47')}".ljust(30, "<")
    middle = f"6408125<{expiry}{mrz.check_digit(expiry)}D<<2108".ljust(29, "<")
    over = upper[5:30] + middle[0:7] + middle[8:15] + middle[18:29]
    found = mrz.parse([upper, middle + mrz.check_digit(over), names.ljust(30, "<")])
    assert found is not None
    return found


def rows(read: mrz.Zone | None, name: str = "Erika Mustermann", **more: Any) -> dict[str, Any]:
    found = comparison.rows(
        read, more.get("doubt", ""), name, FIELDS, more.get("data", DATA), TODAY
    )
    return {row.key: (row.read, row.entered, row.verdict) for row in found}


def test_what_is_the_same_is_called_so_and_the_address_is_for_her_eyes() -> None:
    assert rows(zone()) == {
        "name": ("ERIKA MUSTERMANN", "Erika Mustermann", "same"),
        "birth_date": ("1964-08-12", "1964-08-12", "same"),
        "address": ("", "Heidestraße 17 51147 Köln", "look"),
        "expiry": ("2030-10-31", "", "good"),
        "digits": ("", "", "good"),
    }


def test_differences_are_told_and_nothing_is_decided() -> None:
    found = rows(zone(expiry="200131"), "Max Meier", data={"birth_date": "1964-12-08"})
    assert found["name"][2] == "different"
    assert found["birth_date"][2] == "similar"  # day and month exchanged
    assert found["expiry"] == ("2020-01-31", "", "bad")
    assert "address" not in found


def test_a_zone_that_may_not_be_believed_gets_no_verdict() -> None:
    found = rows(zone(), doubt="faint")
    assert found["name"][:2] == ("ERIKA MUSTERMANN", "Erika Mustermann")
    assert {verdict for _, _, verdict in found.values()} == {"look"} and "digits" not in found


def test_a_doubt_about_the_number_alone_leaves_the_other_verdicts() -> None:
    found = rows(zone(), "Max Meier", doubt=comparison.NUMBER_ONLY)
    verdicts = {key: verdict for key, (_, _, verdict) in found.items()}
    assert verdicts == {
        "name": "different",
        "birth_date": "same",
        "address": "look",
        "expiry": "good",
        "digits": "look",
    }


def test_wrong_check_digits_are_told() -> None:
    broken = mrz.parse([zone().lines[0], "6408124" + zone().lines[1][7:], zone().lines[2]])
    assert broken is not None and rows(broken)["digits"][2] == "bad"


def test_without_a_zone_she_still_sees_what_was_entered() -> None:
    assert rows(None) == {
        "name": ("", "Erika Mustermann", "look"),
        "birth_date": ("", "1964-08-12", "look"),
        "address": ("", "Heidestraße 17 51147 Köln", "look"),
    }
    assert set(rows(None, data={"birth_date": "yesterday"})) == {"name"}


def test_the_documents_number_is_in_no_row() -> None:
    assert "L01X00T47" not in str(rows(zone()))
