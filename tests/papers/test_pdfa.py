"""Every paper of ours against the rules of PDF/A-3a and PDF/UA-1; every rule against a breach."""

import pytest

from tests.papers.facts import CERTIFICATE, LOGO, STATEMENT
from tests.papers.pdfa_breaks import BREAKS, Break, untouched
from tests.papers.pdfa_rules import RULES, faults
from tests.web.served import town_settings
from vamt.papers.seal import Seal
from vamt.papers.typeset import Press

AT = 1_795_564_800
TOWN = {**STATEMENT["town"], "logo": LOGO, "logo_alt": "Wappen"}
ARABIC = {"language": "ar", "right_to_left": True, "paragraphs": ["أنا ليلى أوافق."]}
LONG = "Łucja-Katarzyna Müller-Ångström de la Fuente y Gómez von Żółkiewski " * 3
PAPERS = {
    "statement": ("statement", STATEMENT),
    "arabic": ("statement", {**STATEMENT, **ARABIC, "name": "ليلى الأحمد"}),
    "ukrainian": ("statement", {**STATEMENT, "language": "uk", "name": "Олена Бондар-Їжакевич"}),
    "certificate": ("certificate", {**CERTIFICATE, "town": TOWN}),
    "two pages": (
        "certificate",
        {**CERTIFICATE, "rows": [[f"Angabe {n}", LONG] for n in range(20)]},
    ),
}


@pytest.fixture(scope="module")
def seal(tmp_path_factory: pytest.TempPathFactory) -> Seal:
    made = Seal.of(town_settings(tmp_path_factory.mktemp("town"), 8080))
    assert made is not None
    return made


@pytest.fixture(scope="module")
def paper(seal: Seal) -> bytes:
    """A sealed paper that has all that the rules are about."""
    return seal._put_on(Press()._set(*PAPERS["certificate"], AT))


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_is_for_the_archive_and_for_screen_readers(name: str, seal: Seal) -> None:
    pdf = Press()._set(*PAPERS[name], AT)
    assert faults(pdf) == []
    assert faults(seal._put_on(pdf)) == []


def test_every_rule_can_be_broken() -> None:
    assert list(BREAKS) == list(RULES)


def test_the_way_they_are_broken_breaks_nothing_else(paper: bytes) -> None:
    # what is written anew is not what was sealed
    assert {fault.clause for fault in faults(untouched(paper))} <= {"A 6.1.2", "A 6.4.3"}


@pytest.mark.parametrize(
    ("clause", "harm"), [(clause, one) for clause, all in BREAKS.items() for one in all]
)
def test_what_breaks_a_rule_is_found(clause: str, harm: Break, paper: bytes) -> None:
    found = [fault for fault in faults(harm(paper)) if fault.clause == clause]
    assert found and "cannot be checked" not in found[0].text
