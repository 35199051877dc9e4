"""Errors say to whom they may be shown, and are safe to show."""

import pytest

from vamt.errors import (
    N_,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    ProtocolError,
    UserError,
    VamtError,
)

STATUS = {
    VamtError: 500,
    UserError: 400,
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    ProtocolError: 400,
    NotAllowed: 403,
}


@pytest.mark.parametrize(
    ("kind", "status"), STATUS.items(), ids=lambda v: getattr(v, "__name__", v)
)
def test_every_kind_has_a_status_a_key_and_words_of_its_own(
    kind: type[VamtError], status: int
) -> None:
    error = kind()
    assert (error.status, error.key, error.message) == (status, kind.key, kind.default_message)
    assert str(error) == error.message and error.params == {} and error.extra == {}
    others = [other for other in STATUS if other is not kind]
    assert kind.key not in {other.key for other in others}
    assert kind.default_message not in {other.default_message for other in others}


def test_message_key_status_and_details_can_be_given() -> None:
    given = {"limit": 5}
    error = Conflict("Too many", key="too_many", status=429, params=given, extra={"next": []})
    assert (error.message, error.key, error.status) == ("Too many", "too_many", 429)
    assert (error.params, error.extra) == ({"limit": 5}, {"next": []})
    given["limit"] = 6
    assert error.params == {"limit": 5}


def test_a_wrong_entry_names_its_field() -> None:
    assert Invalid("Wrong", field="name").extra == {"field": "name"}
    assert Invalid("Wrong").extra == {} and Invalid().field == ""


def test_the_reason_of_a_refusal_is_not_shown() -> None:
    error = NotAllowed("clerk c1 signals into the visit of c2")
    assert error.reason and error.reason not in str(error) and error.reason not in error.message
    assert error.message == NotAllowed.default_message


def test_only_user_errors_are_for_the_person() -> None:
    assert {kind for kind in STATUS if issubclass(kind, UserError)} == {
        UserError,
        NotFound,
        Conflict,
        Invalid,
    }
    assert all(issubclass(kind, VamtError) for kind in STATUS)


def test_marking_a_text_for_translation_leaves_it_as_it_is() -> None:
    assert N_("text %(a)s") == "text %(a)s"
