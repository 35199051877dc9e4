"""The GiroCode as the standard wants it, and as a camera reads it."""

import io

import cv2
import numpy as np
import pytest
import segno
from PIL import Image

from vamt import girocode
from vamt.errors import Invalid
from vamt.girocode import Account

IBAN = "DE93999999990000000001"  # of no bank
NAME = "Stadtkasse Groß-Öhringen"


def test_the_lines_of_the_code() -> None:
    code = girocode.payload(Account(NAME, "de93 9999 9999 0000 0000 01"), 3070, "AMT-00000012-18")
    assert code == (
        f"BCD\n002\n1\nSCT\n\n{NAME}\n{IBAN}\nEUR30.70\n\n\nAMT-00000012-18"  # no line end
    )
    with_bic = girocode.payload(Account(NAME, IBAN, "MARKDEF1100"), 5, "x").split("\n")
    assert (with_bic[4], with_bic[7]) == ("MARKDEF1100", "EUR0.05")


def test_a_camera_reads_it() -> None:
    """With the correction and no larger than the standard allows, also for the longest content."""
    for name, text in ((NAME, "AMT-00000012-18"), ("Ö" * 70, "Ä" * 60)):
        content = girocode.payload(Account(name, IBAN), 1_000_000, text)
        code = segno.make(content, error="m", boost_error=False, encoding="utf-8", micro=False)
        assert isinstance(code.version, int) and code.version <= 13
        png = io.BytesIO()
        code.save(png, kind="png", scale=6, border=4)
        picture = np.asarray(Image.open(png).convert("L"))
        read, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
        assert read == content


@pytest.mark.parametrize(
    "iban", ["DE93 9999 9999 0000 0000 01", "gb82 west 1234 5698 7654 32", "NO9386011117947"]
)
def test_account_numbers(iban: str) -> None:
    assert girocode.check_iban(iban) == iban.replace(" ", "").upper()


@pytest.mark.parametrize(
    "iban",
    [
        "",
        "DE94999999990000000001",
        "DE93999999990000000010",  # two swapped
        "DE9399999999000000001",
        "NO9386011117948",
        "DE93-9999-9999",
        "93DE999999990000000001",
    ],
)
def test_wrong_account_numbers(iban: str) -> None:
    with pytest.raises(Invalid):
        girocode.check_iban(iban)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "x" * 71},
        {"text": "x" * 141},
        {"cents": 0},
        {"cents": 100_000_000_000},
        {"bic": "MARK"},
        {"name": "Ö" * 70, "text": "Ö" * 140},  # together more than 331 bytes
    ],
)
def test_what_has_no_room(changes: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        girocode.payload(
            Account(str(changes.get("name", NAME)), IBAN, str(changes.get("bic", ""))),
            int(str(changes.get("cents", 1))),
            str(changes.get("text", "x")),
        )


def test_nobody_smuggles_a_line_into_the_code() -> None:
    code = girocode.payload(Account("Stadt\nkasse", IBAN), 1, "a\nEUR99.00")
    assert len(code.split("\n")) == 11


def test_grouped_for_people() -> None:
    assert girocode.grouped(IBAN) == "DE93 9999 9999 0000 0000 01"
