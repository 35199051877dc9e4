"""What is charged, when something may be handed over, and how the money is known again."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import words
from vamt import fees, states
from vamt.booking import Service
from vamt.errors import Conflict, Invalid
from vamt.fees import POLICIES, Charge, Rules

PAPER = Service(
    id="melde",
    name=words("Meldebescheinigung"),
    minutes=10,
    fees={"electronic": 0, "paper": 900, "posted": None},
)
PARKING = Service(id="parken", name=words("Parkausweis"), minutes=15, fees={"electronic": 3070})
ADVICE = Service(id="rat", name=words("Beratung"), minutes=10)
UNKNOWN = replace(PARKING, id="gewerbe", fees={"electronic": None})


def charge(state: states.Charge = states.Charge.ASKED, **changes: object) -> Charge:
    reference = fees.reference("AMT", 12)
    made = Charge(
        "c1", "a1", "parken", "electronic", state, 3070, 12, reference, "keller", asked=1.0
    )
    return replace(made, **changes)  # type: ignore[arg-type]


# --- how much


@pytest.mark.parametrize(
    ("channel", "entered", "cents"),
    [("paper", None, 900), ("paper", 900, 900), ("posted", 1250, 1250), ("posted", 1, 1)],
)
def test_the_tariff_counts_and_where_there_is_none_the_clerk(
    channel: str, entered: int | None, cents: int
) -> None:
    assert fees.amount_of(PAPER, channel, entered) == cents


@pytest.mark.parametrize(
    ("channel", "entered", "field"),
    [
        ("posted", None, "cents"),  # unknown is not free
        ("posted", 0, "cents"),
        ("posted", -5, "cents"),
        ("posted", fees.MOST + 1, "cents"),
        ("paper", 800, "cents"),
        ("electronic", None, "cents"),
        ("by pigeon", 900, "channel"),
    ],
)
def test_an_amount_that_cannot_be(channel: str, entered: int | None, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        fees.amount_of(PAPER, channel, entered)
    assert refused.value.field == field


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301, "a\0b"])
def test_nothing_is_waived_without_a_reason(reason: str) -> None:
    with pytest.raises(Invalid):
        fees.check_reason(reason)
    assert fees.check_reason(" Rente \n") == "Rente"


# --- before something is handed over


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("state", states.Charge)
@pytest.mark.parametrize("promise_counts", [True, False])
def test_only_where_it_is_required_an_open_fee_stops_the_hand_over(
    policy: str, state: states.Charge, promise_counts: bool
) -> None:
    rules = Rules(policy, promise_counts=promise_counts)
    settled = state in (states.Charge.PAID, states.Charge.WAIVED) or (
        state is states.Charge.PROMISED and promise_counts
    )
    if policy == "required" and not settled:
        with pytest.raises(Conflict):
            fees.check_settled(rules, [PARKING], [charge(state)])
    else:
        fees.check_settled(rules, [PARKING], [charge(state)])


@pytest.mark.parametrize(
    ("service", "asks"), [(PAPER, False), (ADVICE, False), (PARKING, True), (UNKNOWN, True)]
)
def test_what_costs_nothing_electronically_needs_no_charge(service: Service, asks: bool) -> None:
    rules = Rules("required")
    if asks:
        with pytest.raises(Conflict) as refused:
            fees.check_settled(rules, [service], [])
        assert refused.value.key == "fee_not_asked"
    else:
        fees.check_settled(rules, [service], [])


def test_each_errand_is_to_be_settled() -> None:
    paid = charge(states.Charge.PAID)
    with pytest.raises(Conflict):
        fees.check_settled(Rules("required"), [PARKING, UNKNOWN], [paid])
    waived = replace(charge(states.Charge.WAIVED), service="gewerbe")
    fees.check_settled(Rules("required"), [PARKING, UNKNOWN], [paid, waived])


# --- the Kassenzeichen


@pytest.mark.parametrize("number", [0, 1, 12, 99_999_999])
def test_a_reference_is_found_again(number: int) -> None:
    made = fees.reference("AMT", number)
    assert len(made) == 15
    assert fees.references_in(f"Verwendungszweck: {made} danke", "AMT") == [made]


def test_a_reference_survives_what_people_and_banks_do_to_it() -> None:
    made = fees.reference("AMT7", 1234)
    spoilt = [
        made.lower(),
        made.replace("-", ""),
        made.replace("-", " "),
        f"SVWZ+{made[:9]}\n{made[9:]}",
        f"EREF+NOTPROVIDED{made.replace('-', '.')}ABWA+X",
    ]
    for text in spoilt:
        assert fees.references_in(text, "AMT7") == [made], text
    both = f"{made} und {fees.reference('AMT7', 99)} und {made}"
    assert fees.references_in(both, "AMT7") == [made, fees.reference("AMT7", 99)]


@given(st.integers(0, 99_999_999), st.data())
def test_every_wrong_or_swapped_digit_is_noticed(number: int, data: st.DataObject) -> None:
    made = fees.reference("AMT", number)
    text = made.replace("-", "")
    at = data.draw(st.integers(3, len(text) - 1))
    wrong = text[:at] + data.draw(st.sampled_from("0123456789")) + text[at + 1 :]
    assert (fees.references_in(wrong, "AMT") == [made]) == (wrong == text)
    at = data.draw(st.integers(3, len(text) - 2))
    swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    assert (fees.references_in(swapped, "AMT") == [made]) == (swapped == text)


def test_what_only_looks_like_one_of_ours() -> None:
    made = fees.reference("AMT", 12)
    mistyped = made[:-1] + ("0" if made[-1] != "0" else "1")
    assert fees.references_in(mistyped, "AMT") == []
    assert fees.looks_ours(f"Gebühr {mistyped}", "AMT")
    assert not fees.looks_ours("Grundsteuer 5.0101.123456.7 Amt", "AMT")


# --- what arrives


def test_the_whole_amount_or_nothing() -> None:
    one, other = charge(), charge(service="melde", cents=900)
    assert fees.judge(3070, [one]) == "paid"
    assert fees.judge(3970, [one, other]) == "paid"
    assert fees.judge(3069, [one]) == fees.judge(6140, [one]) == "wrong_amount"
    assert fees.judge(3070, []) == "unknown"


def test_what_its_arrival_means() -> None:
    paid = charge(states.Charge.PAID, means="clerk")
    assert fees.arrival(charge()) == fees.arrival(charge(states.Charge.PROMISED)) == "paid"
    assert fees.arrival(paid) == "confirmed"
    assert fees.arrival(replace(paid, received=3070)) == "surplus"
    assert fees.arrival(charge(states.Charge.PAID, means="bank", received=3070)) == "surplus"
    assert fees.arrival(charge(states.Charge.WAIVED)) == "surplus"
    assert fees.arrival(charge(states.Charge.CANCELLED)) == "surplus"


def test_what_belongs_to_the_citizen() -> None:
    assert charge().surplus == 0
    assert charge(states.Charge.PAID, received=3070).surplus == 0
    assert charge(states.Charge.PAID, received=6140).surplus == 3070
    assert charge(states.Charge.PAID, received=6140, refunded=3070).surplus == 0
    assert charge(states.Charge.CANCELLED, received=3070).surplus == 3070
    assert charge(states.Charge.WAIVED, received=3070, refunded=3000).surplus == 70
