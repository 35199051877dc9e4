"""The settings of the interfaces: what is refused, where secrets may stand."""

from pathlib import Path
from typing import Any

import pytest

from vamt import interfaces, notices
from vamt.interfaces import WebhookConf
from vamt.notices import Kind
from vamt.toml_file import SettingsError

SECRET = "whsec_" + "QUJD" * 11


def hook(**changes: Any) -> WebhookConf:
    values = {"name": "fach", "url": "https://fach.example/vamt", "secrets": [SECRET]}
    return WebhookConf(**(values | changes))


def test_what_is_right_is_taken() -> None:
    for conf in (
        hook(),
        hook(url="http://localhost:8000/"),
        hook(url="http://[::1]:8000/"),
        hook(url="http://fach.intern/", plain_http=True),
        hook(events=list(Kind), include="case", secrets=[SECRET, SECRET]),
    ):
        assert list(interfaces.faults([conf])) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Fach"}, "name may have"),
        ({"name": ""}, "name may have"),
        ({"url": "http://fach.example/"}, "https://"),
        ({"url": "fach.example"}, "write it whole"),
        ({"url": "ftp://fach.example"}, "write it whole"),
        ({"url": "https:///vamt"}, "write it whole"),
        ({"url": "https://[::1"}, "no address"),
        ({"url": "https://fach.example:x/"}, "no address"),
        ({"url": "https://me:secret@fach.example/"}, "have no place"),
        ({"events": ["visit.ended", "visit.begun"]}, "'visit.begun' is none of"),
        ({"include": "all"}, "ids or case"),
        ({"secrets": []}, "one, or two"),
        ({"secrets": [SECRET] * 3}, "one, or two"),
    ],
)
def test_what_is_wrong_is_told_with_its_name(changes: dict[str, Any], words: str) -> None:
    (fault,) = interfaces.faults([hook(**changes)])
    assert words in fault and repr(changes.get("name", "fach")) in fault
    assert "secret@" not in fault


def test_each_name_once() -> None:
    assert list(interfaces.faults([hook(), hook()])) == ["webhook.name: each name once"]


def test_a_secret_may_stand_in_a_file_or_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fach.secret").write_text(f"{SECRET}\n")
    monkeypatch.setenv("FACH_SECRET", SECRET)
    conf = hook(secrets=["file:fach.secret", "env:FACH_SECRET"])
    assert interfaces.keys(conf, tmp_path) == (notices.key(SECRET),) * 2


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("file:missing", "the file missing cannot be read"),
        ("env:NOT_SET_ANYWHERE", "the variable NOT_SET_ANYWHERE is not set"),
        ("geheim", "begins with"),
        ("whsec_geheim", "base64"),
    ],
)
def test_a_secret_that_is_missing_is_told_without_what_is_in_it(
    tmp_path: Path, secret: str, words: str
) -> None:
    with pytest.raises(SettingsError, match="webhook 'fach': secrets: ") as refused:
        interfaces.keys(hook(secrets=[secret]), tmp_path)
    assert words in str(refused.value) and "geheim" not in str(refused.value)
