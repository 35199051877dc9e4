"""Links, hold cookies and seat tokens: only what we signed, for its purpose, in its time."""

import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeSerializer

from tests.conftest import Clock
from vamt.errors import NotFound
from vamt.seats import SEAT_HOURS, Links, Seat, SeatRefused, Seats, derive

SECRET, OTHER = b"s" * 32, b"o" * 32
LINKS = Links(SECRET)
SEATS = Seats(SECRET)


def test_a_link_and_a_hold_say_whose_they_are() -> None:
    assert LINKS.appointment(LINKS.token("id7")) == "id7"
    assert LINKS.held(LINKS.hold_cookie("id7")) == "id7"
    assert LINKS.guest(LINKS.guest_token("id7")) == "id7"


def test_a_link_stays_valid_over_a_restart_with_the_same_secret() -> None:
    assert Links(SECRET).appointment(LINKS.token("id7")) == "id7"


def test_the_code_of_a_visit_is_eight_digits_and_its_own() -> None:
    codes = {LINKS.code(f"id{n}") for n in range(500)}
    assert len(codes) == 500 and all(len(code) == 8 and code.isdecimal() for code in codes)
    assert Links(OTHER).code("id7") != LINKS.code("id7") == Links(SECRET).code("id7")
    assert LINKS.code_words("id7").replace(" ", "") == LINKS.code("id7")


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = {derive(SECRET, purpose) for purpose in ("link", "hold", "seat")}
    assert len(keys) == 3 and all(len(key) == 32 for key in keys)
    assert derive(OTHER, "link") not in keys and SECRET not in keys


def refused(read: Callable[[str], str], token: str) -> None:
    with pytest.raises(NotFound) as error:
        read(token)
    assert error.value.key == "bad_link"


def test_a_link_signed_with_another_secret_is_refused() -> None:
    refused(LINKS.appointment, Links(OTHER).token("id7"))
    refused(LINKS.held, Links(OTHER).hold_cookie("id7"))


def test_a_hold_is_no_link_and_a_link_is_no_hold() -> None:
    refused(LINKS.appointment, LINKS.hold_cookie("id7"))
    refused(LINKS.held, LINKS.token("id7"))


def test_a_guests_link_opens_no_appointment_and_a_booking_link_no_guests_page() -> None:
    refused(LINKS.appointment, LINKS.guest_token("id7"))
    refused(LINKS.guest, LINKS.token("id7"))
    refused(LINKS.guest, LINKS.hold_cookie("id7"))
    refused(LINKS.guest, Links(OTHER).guest_token("id7"))


def test_a_seat_token_is_no_link() -> None:
    refused(LINKS.appointment, SEATS.issue(Seat("citizen", "id7", 0, "de")))


def test_any_truncated_link_is_refused() -> None:
    token = LINKS.token("id7")
    for length in range(len(token)):
        refused(LINKS.appointment, token[:length])


def test_a_link_with_one_character_changed_or_added_is_refused() -> None:
    token = LINKS.token("id7")
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        forged = token[:place] + other + token[place + 1 :]
        if place == len(token) - 1:  # the last one carries padding bits that nobody reads
            continue
        refused(LINKS.appointment, forged)
    refused(LINKS.appointment, token + "A")


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", " ", "\0", "a.b", "ä" * 50, "😀.😀", "\ud800", "%00", "=" * 90, "x" * 2**20],
    ids=lambda token: f"{len(token)}-{token[:4]!r}",
)
def test_rubbish_however_long_is_a_bad_link_and_not_a_fault(token: str) -> None:
    refused(LINKS.appointment, token)
    refused(LINKS.held, token)


def test_a_link_of_another_number_of_megabytes_behind_a_good_one_is_refused() -> None:
    refused(LINKS.appointment, LINKS.token("id7") + "A" * 2**20)


@given(st.text(max_size=450))
def test_no_text_is_a_link(token: str) -> None:
    refused(LINKS.appointment, token)


@pytest.mark.parametrize("value", [7, ["id7"], {"id": "id7"}, None, True])
def test_a_signed_value_that_is_no_id_is_refused(value: Any) -> None:
    """Should another version of us ever sign such a thing with this key."""
    signed = URLSafeSerializer(derive(SECRET, "link"), salt="link").dumps(value)
    refused(LINKS.appointment, str(signed))


# --- seat tokens

NOW = 1_781_500_000.0
SEAT = Seat("citizen", "id7", int(NOW * 1000), "de", "hash")


def test_a_seat_token_gives_back_the_seat() -> None:
    assert SEATS.read(SEATS.issue(SEAT), "citizen", NOW) == SEAT
    clerk = Seat("clerk", "c1", int(NOW * 1000) + 1, "en", "session")
    assert SEATS.read(SEATS.issue(clerk), "clerk", NOW) == clerk


def no_seat(token: str, role: str = "citizen", now: float = NOW) -> None:
    with pytest.raises(SeatRefused) as error:
        SEATS.read(token, role, now)
    assert (error.value.status, error.value.key) == (401, "seat")


def test_a_seat_token_lasts_a_day_after_its_page_was_loaded(clock: Clock) -> None:
    token = SEATS.issue(SEAT)
    assert SEATS.read(token, "citizen", NOW + SEAT_HOURS * 3600 - 1)
    no_seat(token, now=NOW + SEAT_HOURS * 3600)
    no_seat(token, now=NOW + 10 * SEAT_HOURS * 3600)


def test_a_citizens_seat_is_no_clerks_seat() -> None:
    no_seat(SEATS.issue(SEAT), role="clerk")
    no_seat(SEATS.issue(Seat("clerk", "c1", 0, "de")), role="citizen", now=0)


def test_a_seat_token_signed_with_another_secret_or_another_purposes_key_is_refused() -> None:
    no_seat(Seats(OTHER).issue(SEAT))
    claims = jwt.decode(SEATS.issue(SEAT), options={"verify_signature": False})
    no_seat(jwt.encode(claims, derive(SECRET, "link"), algorithm="HS256"))


def test_a_seat_token_without_a_signature_is_refused() -> None:
    claims = jwt.decode(SEATS.issue(SEAT), options={"verify_signature": False})
    no_seat(jwt.encode(claims, "", algorithm="none"))
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    no_seat(f"{header}.{body}.")


def test_another_algorithm_with_our_key_is_refused() -> None:
    claims = jwt.decode(SEATS.issue(SEAT), options={"verify_signature": False})
    no_seat(jwt.encode(claims, derive(SECRET, "seat") * 2, algorithm="HS512"))


@pytest.mark.parametrize("missing", ["aud", "sub", "epoch", "lang", "sid", "exp"])
def test_a_seat_token_that_lacks_a_claim_is_refused(missing: str) -> None:
    claims = jwt.decode(SEATS.issue(SEAT), options={"verify_signature": False})
    del claims[missing]
    no_seat(jwt.encode(claims, derive(SECRET, "seat"), algorithm="HS256"))


def test_a_link_is_no_seat_token() -> None:
    no_seat(LINKS.token("id7"))


def test_any_truncated_seat_token_is_refused() -> None:
    token = SEATS.issue(SEAT)
    for length in range(0, len(token), 7):
        no_seat(token[:length])


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b.c", "ä.ö.ü", "😀", "\ud800", "\0", "x" * 2**20, "." * 2**20],
    ids=lambda token: f"{len(token)}-{token[:4]!r}",
)
def test_rubbish_however_long_is_no_seat_and_not_a_fault(token: str) -> None:
    no_seat(token)


@given(st.text(max_size=200))
def test_no_text_is_a_seat_token(token: str) -> None:
    no_seat(token)
