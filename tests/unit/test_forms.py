"""The rules of forms; the table is walked in JavaScript as well (tests/js/form_rules.test.js)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import words
from vamt import forms
from vamt.booking import DataField, When
from vamt.errors import Invalid

TABLE = json.loads((Path(__file__).parents[1] / "form_rules.json").read_text(encoding="utf-8"))

FIELDS = (
    DataField("address", words("Adresse"), kind="address", required=True),
    DataField("moved", words("Einzug"), kind="date", required=True),
    DataField("kind", words("Art"), kind="choice", choices=(("new", words("neu")),)),
    DataField("spoken", words("Frage"), required=True, ask="talk"),
)


def field(wanted: dict[str, Any]) -> DataField:
    """A field as the table writes it."""
    when = wanted.get("when")
    return DataField(
        wanted["key"],
        words(wanted["key"]),
        kind=wanted.get("kind", "text"),
        required=wanted.get("required", False),
        choices=tuple((value, words(value)) for value in wanted.get("choices", [])),
        when=When(when["field"], tuple(when["values"])) if when else None,
    )


@pytest.mark.parametrize(("kind", "typed", "fault", "kept"), TABLE["values"])
def test_a_value(kind: str, typed: str, fault: str, kept: str) -> None:
    wanted = field({"key": "x", "kind": kind, "choices": ["new", "old"]})
    assert (forms.fault_of(wanted, typed), forms.plain(kind, typed)) == (fault, kept)
    assert forms.fault_of(wanted, kept) == fault, "what is kept is as good as what was typed"


@pytest.mark.parametrize(("kind", "length", "fault"), TABLE["long"])
def test_a_long_value(kind: str, length: int, fault: str) -> None:
    assert forms.fault_of(field({"key": "x", "kind": kind}), "😀" * length) == fault


@pytest.mark.parametrize("case", TABLE["forms"], ids=lambda c: ",".join(c["asked"]))
def test_a_form(case: dict[str, Any]) -> None:
    fields = [field(one) for one in case["fields"]]
    assert [one.key for one in forms.asked(fields, case["values"])] == case["asked"]
    assert forms.check(fields, case["values"]) == case["faults"]
    assert list(forms.kept(fields, case["values"])) == case["asked"]


def test_the_table_has_every_kind_and_every_fault() -> None:
    assert {kind for kind, *_ in TABLE["values"]} == {*forms.KINDS, "unheard_of"}
    told = {fault for _, _, fault, _ in TABLE["values"]} | {fault for *_, fault in TABLE["long"]}
    told |= {fault for case in TABLE["forms"] for fault in case["faults"].values()}
    assert told == {*forms.WORDS, ""}


def test_what_she_gives_is_cleaned_and_empty_values_are_kept() -> None:
    given = {"address": "  Markt  1 ", "moved": "2026-06-01", "kind": "new"}
    assert forms.given(FIELDS, given) == {**given, "address": "Markt 1"}
    empty = {"address": "", "moved": " ", "kind": ""}
    assert forms.given(FIELDS, empty) == {"address": "", "moved": "", "kind": ""}
    assert forms.given(FIELDS, {}) == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("moved", "yesterday"),
        ("moved", "2026-02-30"),
        ("kind", "old"),
        ("address", "x" * (forms.VALUE_LENGTH + 1)),
        ("address", "a\0b"),
        ("other", "x"),
        ("spoken", "x"),  # not before the visit
    ],
)
def test_a_wrong_value_or_an_unknown_key_is_refused_with_its_field(key: str, value: str) -> None:
    with pytest.raises(Invalid) as error:
        forms.given(FIELDS, {"address": "Markt 1", key: value})
    assert error.value.field == key


def test_a_huge_unknown_key_is_not_echoed_in_full() -> None:
    with pytest.raises(Invalid) as error:
        forms.given(FIELDS, {"x" * 2**20: ""})
    assert len(error.value.field) == 40


def test_complete_is_every_required_field_that_is_asked_before_the_visit() -> None:
    assert not forms.is_complete(FIELDS, {})
    assert not forms.is_complete(FIELDS, {"address": "Markt 1", "moved": ""})
    assert forms.is_complete(FIELDS, {"address": "Markt 1", "moved": "2026-06-01"})
    assert forms.is_complete((), {})
    why = DataField("why", words("Warum"), required=True, when=When("kind", ("new",)))
    complete = {"address": "Markt 1", "moved": "2026-06-01"}
    assert forms.is_complete((*FIELDS, why), complete)
    assert not forms.is_complete((*FIELDS, why), {**complete, "kind": "new"})
