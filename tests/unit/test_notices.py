"""What leaves the house: which steps are told, how a message is signed, when it is tried again."""

import base64

import pytest

from vamt import notices, states
from vamt.notices import KINDS, LONGEST_WAIT, RETRIES, Kind, Receiver, wait

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_signature_is_the_one_of_standard_webhooks() -> None:
    """The example of the libraries of Standard Webhooks."""
    found = notices.headers(
        [notices.key(SECRET)],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330.9,
        b'{"test": 2432232314}',
    )
    assert found == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_two_keys_sign_twice_so_that_a_secret_can_be_changed() -> None:
    keys = [notices.key(SECRET), b"another key with 32 bytes in it!"]
    both = notices.headers(keys, "msg_1", 1.0, b"{}")["webhook-signature"].split(" ")
    alone = [notices.headers([one], "msg_1", 1.0, b"{}")["webhook-signature"] for one in keys]
    assert both == alone and len(set(both)) == 2


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "begins with"),
        ("whsec_ä", "base64"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "base64"),
        ("whsec_" + base64.b64encode(bytes(23)).decode(), "24 to 64"),
        ("whsec_" + base64.b64encode(bytes(65)).decode(), "24 to 64"),
        ("", "begins with"),
    ],
)
def test_a_secret_that_is_none_is_refused_without_telling_it(secret: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        notices.key(secret)
    assert not secret or secret.removeprefix("whsec_") not in str(refused.value)


def test_the_tries_take_three_days_and_then_it_is_given_up() -> None:
    pauses = [wait(tries, 0.0) for tries in range(1, len(RETRIES) + 1)]
    assert pauses == [float(one) for one in RETRIES] and pauses == sorted(pauses)  # type: ignore[type-var]
    assert 3 * 86400 < sum(RETRIES) < 4 * 86400
    assert wait(len(RETRIES) + 1, 0.0) is None


def test_chance_only_makes_a_pause_longer_and_a_receiver_may_ask_for_more() -> None:
    assert wait(2, 1.0) == pytest.approx(360)
    assert wait(1, 0.0, asked=120.0) == 120
    assert wait(3, 0.0, asked=1.0) == RETRIES[2]
    assert wait(1, 0.0, asked=1e9) == LONGEST_WAIT


def test_every_kind_is_told_of_one_step_that_the_tables_have() -> None:
    machines = {machine.name: machine for machine in states.MACHINES}
    assert sorted(KINDS.values()) == sorted(Kind)
    for (name, event), kind in KINDS.items():
        assert kind.startswith(f"{name}.")
        assert any(event == known for _, known in machines[name].table), (name, event)


def test_a_receiver_is_told_what_it_wants() -> None:
    assert all(Receiver("all").wants(kind) for kind in Kind)
    some = Receiver("some", (Kind.ENDED,))
    assert [kind for kind in Kind if some.wants(kind)] == [Kind.ENDED]
