"""Allowances: each key has its own, and those that are full again are forgotten."""

import pytest

from vamt import allowance
from vamt.allowance import Allowances, TooFast


def test_one_who_has_used_hers_up_is_refused_and_the_others_are_not() -> None:
    paced = Allowances(2, 0.5)
    paced.spend("a", 0)
    paced.spend("a", 0)
    with pytest.raises(TooFast):
        paced.spend("a", 1)
    paced.spend("b", 1)
    paced.spend("a", 3)


def test_whoever_is_at_her_limit_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "REMEMBERED", 2)
    paced = Allowances(1, 0.1)
    for key in "abc":
        paced.spend(key, 0)
    paced.spend("d", 9)  # more than are remembered, and nobody's has come back yet
    with pytest.raises(TooFast):
        paced.spend("a", 9)
    paced.spend("e", 10)  # now theirs have, and only the fourth is still known
    with pytest.raises(TooFast):
        paced.spend("d", 10)
