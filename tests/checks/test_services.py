"""`vamt check` tells which texts and fees of the services are missing."""

from pathlib import Path

import pytest

from vamt import catalogue, settings
from vamt.checks import services

TOWN = """
languages = ["de", "en"]
[town]
name = "Amselfingen"
[[opening]]
days = ["mon"]
from = 08:00:00
to = 12:00:00
"""


def found(text: str) -> list[tuple[str, str]]:
    town = settings.parse(TOWN + text, Path("/town"))
    return [(one.level, one.words) for one in services.check(town)]


def test_all_there() -> None:
    text = '[[service]]\nid = "beratung"\n[[service]]\nid = "fuehrungszeugnis"\n'
    assert found(text) == [("ok", "2 services with all texts and fees.")]


def test_a_fee_that_only_the_town_knows_is_asked_for() -> None:
    ((level, words),) = found('[[service]]\nid = "meldebescheinigung"\nfee.paper = 900\n')
    assert level == "warn" and "meldebescheinigung" in words and "Write fee.posted below" in words


def test_texts_missing_in_the_languages_of_the_pages_are_told() -> None:
    text = """[[service]]
id = "rat"
minutes = 5
name = { de = "Rat" }
papers = [{ de = "A" }, { en = "B" }, { de = "C" }]
"""
    ((level, words),) = found(text)
    assert level == "warn"
    assert words.endswith("name: has no text in 'en'; papers[0]: has no text in 'en'; "
                          "papers[1]: has no text in 'de' (+1).")  # fmt: skip


def test_a_damaged_shipped_file_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = catalogue.shipped()["beratung"].read_text("utf-8")
    (tmp_path / "beratung.toml").write_text(text.replace("ar = ", "xx = ", 1), "utf-8")
    monkeypatch.setattr(catalogue, "SHIPPED", tmp_path)
    ((level, words),) = found('[[service]]\nid = "beratung"\n')
    assert level == "fail" and "beratung.toml: line" in words and words.endswith("text in 'ar'")
