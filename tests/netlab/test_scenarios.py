"""The table of scenarios, and the lab's words about itself."""

import pytest

from bench.netlab import needs
from bench.netlab.measure import ACTS, EVENTS, PHONE, TROUBLE
from bench.netlab.scenarios import GROUPS, QUICK, chosen, quick
from bench.netlab.servers import ice_servers, toml


def test_every_scenario_has_its_own_name_and_known_goals() -> None:
    names = [scenario.name for group in GROUPS for scenario in group.scenarios]
    assert len(set(names)) == len(names)
    for group in GROUPS:
        keys = {metric.key for metric in group.metrics}
        for scenario in group.scenarios:
            assert scenario.name.startswith(group.name)
            assert set(scenario.goals) <= keys
            assert scenario.event in ("", *EVENTS)


def test_every_group_can_be_measured() -> None:
    assert {group.name for group in GROUPS} == set(ACTS)


def test_chosen() -> None:
    assert [group.name for group, _ in chosen([])] == [group.name for group in GROUPS]
    found = chosen(["switch-mbb", "reload-rtt60"])
    names = [scenario.name for _, scenarios in found for scenario in scenarios]
    assert names == ["switch-mbb", "switch-mbb-cut", "reload-rtt60"]
    with pytest.raises(ValueError, match="nowhere"):
        chosen(["loss", "nowhere"])


def test_the_quick_table_has_what_it_names() -> None:
    names = [scenario.name for _, scenarios in quick() for scenario in scenarios]
    assert sorted(names) == sorted(QUICK)


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs.sys, "platform", "linux")
    monkeypatch.setattr(needs.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(needs.shutil, "which", lambda program: None)
    monkeypatch.setattr(needs.importlib.util, "find_spec", lambda module: None)
    said = "\n".join(needs.missing())
    for word in ("root", "iproute2", "nftables", "coturn", "chromium", "espeak-ng", "pip install"):
        assert word in said
    assert "firefox-esr" in said and "libnss3-tools" in said
    assert "pip" not in "\n".join(needs.missing(speech=False))
    assert "firefox" not in "\n".join(needs.missing(firefox=False))


def test_other_systems_are_told_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs.sys, "platform", "darwin")
    assert len(needs.missing()) == 1


def test_toml_can_be_read_again() -> None:
    import tomllib

    table = {
        "languages": ["de", "en"],
        "town": {"name": 'Amsel"fingen', "demo": True},
        "rtc": {"ice_servers": ice_servers()},
        "service": [{"id": "a", "name": {"de": "Ä"}, "fields": [{"key": "x"}]}],
    }
    assert tomllib.loads(toml(table)) == table


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ihr Netz lässt keine Videogespräche zu.", True),
        ("Eine Firewall blockiert das Gespräch.", True),
        ("Verbindung wird aufgebaut …", False),
        ("Die Verbindung ist abgerissen. Wir versuchen es weiter.", False),
    ],
)
def test_a_sentence_that_says_why(text: str, found: bool) -> None:
    assert bool(TROUBLE.search(text)) is found


def test_a_telephone_number() -> None:
    assert PHONE.search("Bitte rufen Sie an: +49 7171 555 0100")
    assert not PHONE.search("14:30 Uhr, 2026")
