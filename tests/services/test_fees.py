"""Fees: asked for, promised, waived, paid; once each, whatever people and banks do."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.conftest import MakeTown, Town, at, outcomes, words
from vamt.bank_statement import Entry
from vamt.booking import Appointment, Service
from vamt.errors import Conflict, Invalid, NotFound
from vamt.fees import Charge, Rules
from vamt.services.fees import NoFees
from vamt.states import CHARGE, AppointmentEvent, ChargeEvent, Illegal
from vamt.states import Charge as State

CLERK = "clerk-keller"
PARKING = Service(
    id="parken",
    name=words("Parkausweis"),
    minutes=15,
    fees={"electronic": 3070, "posted": None, "paper": 0},
)
REGISTER = Service(id="melde", name=words("Meldung"), minutes=15, fees={"electronic": 900})


@pytest.fixture
def town(make_town: MakeTown) -> Town:
    return make_town(services=(PARKING, REGISTER))


@pytest.fixture(autouse=True)
async def _desk(town: Town) -> None:
    await town.clerk("keller")


async def stored(town: Town, id: str) -> Charge:
    async with town.store.read() as tx:
        found = await tx.charge(id)
    assert found
    return found


async def asked(town: Town) -> tuple[Appointment, str]:
    mine = await town.visited(CLERK)
    return mine, await town.fees.ask(CLERK, "parken", "electronic", None)


async def promised(town: Town) -> tuple[Appointment, str]:
    mine, id = await asked(town)
    await town.fees.promise(mine.id, id)
    return mine, id


async def paid(town: Town) -> tuple[Appointment, str]:
    mine, id = await promised(town)
    await town.fees.confirm(CLERK, id)
    return mine, id


async def waived(town: Town) -> tuple[Appointment, str]:
    mine, id = await asked(town)
    await town.fees.waive(CLERK, "parken", "Rente")
    return mine, id


async def cancelled(town: Town) -> tuple[Appointment, str]:
    mine, id = await asked(town)
    await town.fees.cancel(CLERK, id)
    return mine, id


Way = Callable[[Town], Awaitable[tuple[Appointment, str]]]
WAYS: dict[State, Way] = {
    State.ASKED: asked,
    State.PROMISED: promised,
    State.PAID: paid,
    State.WAIVED: waived,
    State.CANCELLED: cancelled,
}


def entry(charge: Charge, number: int = 1, cents: int | None = None) -> Entry:
    amount = charge.cents if cents is None else cents
    return Entry(f"entry{number}", "2026-06-16", amount, f"Danke {charge.reference.lower()}")


def receipts(town: Town) -> list[dict[str, object]]:
    return [row for row in town.rows("outbox")["outbox"] if row["kind"] == "receipt"]


def mails(town: Town, kind: str) -> list[dict[str, object]]:
    return [row for row in town.rows("outbox")["outbox"] if row["kind"] == kind]


@pytest.mark.parametrize("event", ChargeEvent)
@pytest.mark.parametrize("state", WAYS)
async def test_every_pair_of_the_table(town: Town, state: State, event: ChargeEvent) -> None:
    _, id = await WAYS[state](town)
    before, sent = await stored(town, id), len(receipts(town))
    assert before.state is state
    if not CHARGE.allows(state, event):
        with pytest.raises(Illegal):
            async with town.store.write() as tx:
                await town.steps.charge(tx, before, event, by="test")
        assert await stored(town, id) == before
        return
    async with town.store.write() as tx:
        after = await town.steps.charge(tx, before, event, by="test")
    assert after == await stored(town, id)
    assert after.state is CHARGE.apply(state, event).target
    assert len(receipts(town)) - sent == (event is ChargeEvent.PAY)
    assert len(mails(town, "fee")) == (event is ChargeEvent.RETURN)


# --- asking


async def test_the_tariff_or_what_the_clerk_enters(town: Town) -> None:
    mine = await town.visited(CLERK)
    with pytest.raises(Invalid):
        await town.fees.ask(CLERK, "parken", "posted", None)
    charge = await stored(town, await town.fees.ask(CLERK, "parken", "posted", 1234))
    assert (charge.appointment, charge.cents, charge.channel) == (mine.id, 1234, "posted")
    assert (charge.number, charge.reference, charge.clerk) == (1, "AMT-00000001-51", CLERK)
    assert town.hub.told[-1] == (frozenset([mine.id]), False)


async def test_asking_twice_asks_once_and_for_something_else_not_at_all(town: Town) -> None:
    _, id = await asked(town)
    before = town.rows("charges")
    good, bad = await outcomes(
        *(town.fees.ask(CLERK, "parken", "electronic", None) for _ in range(5))
    )
    assert (good, bad) == ([id] * 5, []) and town.rows("charges") == before
    with pytest.raises(Conflict) as refused:
        await town.fees.ask(CLERK, "parken", "posted", 100)
    assert refused.value.key == "fee_open" and town.rows("charges") == before


@pytest.mark.parametrize("state", [State.PAID, State.WAIVED, State.PROMISED])
async def test_nothing_is_charged_twice(town: Town, state: State) -> None:
    _, id = await WAYS[state](town)
    assert await town.fees.ask(CLERK, "parken", "electronic", None) == id
    assert len(town.rows("charges")["charges"]) == 1


async def test_after_a_mistake_it_is_asked_anew_with_a_reference_of_its_own(town: Town) -> None:
    _, id = await cancelled(town)
    again = await town.fees.ask(CLERK, "parken", "posted", 500)
    assert again != id
    assert (await stored(town, again)).reference != (await stored(town, id)).reference


async def test_only_for_an_errand_of_the_visit_that_goes_on(town: Town) -> None:
    with pytest.raises(Conflict) as refused:
        await town.fees.ask(CLERK, "parken", "electronic", None)
    assert refused.value.key == "no_visit"
    _, id = await asked(town)
    for service in ("melde", "no-such-service"):
        with pytest.raises(NotFound):
            await town.fees.ask(CLERK, service, "electronic", None)
    other = await town.clerk("demir")
    for act in (town.fees.confirm, town.fees.cancel):
        with pytest.raises(Conflict):
            await act(other, id)
    await town.visited(other)
    for act in (town.fees.confirm, town.fees.cancel):
        with pytest.raises(NotFound):
            await act(other, id)


async def test_where_no_fees_are_taken(make_town: MakeTown) -> None:
    town = make_town(services=(PARKING,), fee_rules=Rules())
    await town.visited(CLERK)
    with pytest.raises(NoFees):
        await town.fees.ask(CLERK, "parken", "electronic", None)


# --- promising, waiving, confirming


async def test_each_act_is_done_once(town: Town) -> None:
    mine, id = await promised(town)
    await town.fees.promise(mine.id, id)
    await town.fees.confirm(CLERK, id)
    before = town.rows()
    await town.fees.confirm(CLERK, id)
    await town.fees.promise(mine.id, id)  # the clerk was faster
    assert town.rows() == before and len(receipts(town)) == 1
    assert (await stored(town, id)).means == "clerk"
    for late in (town.fees.cancel(CLERK, id), town.fees.waive(CLERK, "parken", "zu spät")):
        with pytest.raises(Illegal):
            await late
    assert town.rows() == before


async def test_a_waiver_has_a_reason_and_a_reference_also_without_a_charge(town: Town) -> None:
    mine = await town.visited(CLERK)
    with pytest.raises(Invalid):
        await town.fees.waive(CLERK, "parken", " ")
    await town.fees.waive(CLERK, "parken", "Rente")
    (row,) = town.rows("charges")["charges"]
    assert (row["state"], row["reason"], row["cents"]) == ("waived", "Rente", 3070)
    assert row["reference"].startswith("AMT-") and row["appointment"] == mine.id


async def test_the_charge_of_somebody_else(town: Town) -> None:
    _, id = await asked(town)
    other = await town.waiting()
    with pytest.raises(NotFound):
        await town.fees.promise(other.id, id)
    with pytest.raises(NotFound):
        await town.fees.for_citizen(other.id, id)
    with pytest.raises(NotFound):
        await town.fees.promise(other.id, "no-such-charge")


async def test_a_promise_counts_after_the_visit_too(town: Town) -> None:
    mine, id = await asked(town)
    await town.office.end(CLERK)
    await town.fees.promise(mine.id, id)
    assert (await stored(town, id)).state is State.PROMISED


async def test_a_code_is_there_while_there_is_something_to_pay(town: Town) -> None:
    mine, id = await promised(town)
    assert (await town.fees.for_citizen(mine.id, id)).id == id
    await town.fees.confirm(CLERK, id)
    with pytest.raises(NotFound):
        await town.fees.for_citizen(mine.id, id)


# --- before something is handed over


@pytest.mark.parametrize("promise_counts", [True, False])
async def test_nothing_is_handed_over_before_it_is_settled(
    make_town: MakeTown, promise_counts: bool
) -> None:
    town = make_town(
        services=(PARKING,), fee_rules=Rules("required", promise_counts=promise_counts)
    )
    mine = await town.visited(CLERK)

    async def hand() -> str:
        return await town.documents.hand(CLERK, mine.id, "Ausweis.pdf", b"x")

    with pytest.raises(Conflict) as refused:
        await hand()
    assert refused.value.key == "fee_not_asked"
    id = await town.fees.ask(CLERK, "parken", "electronic", None)
    with pytest.raises(Conflict) as refused:
        await hand()
    assert refused.value.key == "fee_not_settled"
    assert not town.rows("documents")["documents"]
    await town.fees.promise(mine.id, id)
    if promise_counts:
        assert await hand()
        return
    with pytest.raises(Conflict):
        await hand()
    await town.fees.confirm(CLERK, id)
    assert await hand()


# --- each errand as the town wants it


async def test_an_errand_with_a_policy_of_its_own(make_town: MakeTown) -> None:
    first = replace(REGISTER, fee_policy="required")
    free = Service(id="rat", name=words("Rat"), minutes=15, fees={"electronic": 100})
    free = replace(free, fee_policy="inactive")
    town = make_town(services=(PARKING, first, free), fee_rules=Rules("afterwards"))
    mine = await town.waiting()
    async with town.store.write() as tx:
        await tx.change_appointment(mine.id, mine.state, also=["melde", "rat"])
    await town.office.call(CLERK, mine.id)
    await town.office.answer(mine.id)

    async def hand() -> str:
        return await town.documents.hand(CLERK, mine.id, "Ausweis.pdf", b"x")

    await town.fees.ask(CLERK, "parken", "electronic", None)
    with pytest.raises(Conflict) as refused:
        await hand()
    assert refused.value.key == "fee_not_asked", "of the one that is wanted first"
    id = await town.fees.ask(CLERK, "melde", "electronic", None)
    with pytest.raises(Conflict) as refused:
        await hand()
    assert refused.value.key == "fee_not_settled"
    await town.fees.confirm(CLERK, id)
    assert await hand(), "the other one may be open"
    for act in (
        town.fees.ask(CLERK, "rat", "electronic", None),
        town.fees.waive(CLERK, "rat", "nichts"),
    ):
        with pytest.raises(NoFees):
            await act


async def test_one_errand_takes_fees_where_the_others_do_not(make_town: MakeTown) -> None:
    paying = replace(PARKING, fee_policy="optional")
    town = make_town(services=(paying, REGISTER), fee_rules=Rules(account=True))
    _, id = await asked(town)
    assert (await stored(town, id)).state is State.ASKED


async def test_what_is_open_when_the_visit_ends_comes_by_mail_once(town: Town) -> None:
    _, id = await asked(town)
    assert not mails(town, "fee")
    await town.office.end(CLERK)
    (letter,) = mails(town, "fee")
    charge = await stored(town, id)
    assert f'"{charge.reference}"' in str(letter["facts"]).replace("'", '"')
    assert [one.id for one, _ in await town.fees.pending()] == [id]


@pytest.mark.parametrize("state", [State.PROMISED, State.PAID, State.WAIVED, State.CANCELLED])
async def test_no_letter_about_what_is_not_open(town: Town, state: State) -> None:
    await WAYS[state](town)
    await town.office.end(CLERK)
    assert not mails(town, "fee")


# --- what arrives


async def test_a_transfer_pays_what_it_names_once(town: Town) -> None:
    _, id = await promised(town)
    charge = await stored(town, id)
    (posting,) = await town.fees.arrived("admin", [entry(charge)])
    assert (posting.kind, posting.references) == ("paid", (charge.reference,))
    after = await stored(town, id)
    assert (after.state, after.means, after.received) == (State.PAID, "bank", 3070)
    assert len(receipts(town)) == 1
    before = town.rows()
    (posting,) = await town.fees.arrived("admin", [entry(charge)])
    assert posting.kind == "known" and town.rows() == before


async def test_paid_twice_is_noted_and_not_lost(town: Town) -> None:
    _, id = await asked(town)
    charge = await stored(town, id)
    found = await town.fees.arrived("admin", [entry(charge, 1), entry(charge, 2)])
    assert [one.kind for one in found] == ["paid", "surplus"]
    after = await stored(town, id)
    assert (after.received, after.surplus, after.state) == (6140, 3070, State.PAID)
    assert len(receipts(town)) == 1


async def test_what_the_clerk_has_seen_before_is_no_second_payment(town: Town) -> None:
    _, id = await paid(town)
    charge = await stored(town, id)
    found = await town.fees.arrived("admin", [entry(charge, 1), entry(charge, 2)])
    assert [one.kind for one in found] == ["confirmed", "surplus"]
    assert (await stored(town, id)).surplus == 3070


@pytest.mark.parametrize("state", [State.WAIVED, State.CANCELLED])
async def test_money_that_was_not_owed_any_more(town: Town, state: State) -> None:
    _, id = await WAYS[state](town)
    (posting,) = await town.fees.arrived("admin", [entry(await stored(town, id))])
    after = await stored(town, id)
    assert (posting.kind, after.state, after.surplus) == ("surplus", state, 3070)
    assert not receipts(town)


@pytest.mark.parametrize("cents", [1, 3069, 3071, 6140])
async def test_a_wrong_amount_pays_nothing(town: Town, cents: int) -> None:
    _, id = await asked(town)
    before, charge = town.rows(), await stored(town, id)
    (posting,) = await town.fees.arrived("admin", [entry(charge, cents=cents)])
    assert (posting.kind, posting.cents, posting.expected) == ("wrong_amount", cents, 3070)
    assert town.rows() == before


async def test_one_transfer_for_two_charges(make_town: MakeTown) -> None:
    town = make_town(services=(PARKING, replace(REGISTER, pool="default")))
    mine = await town.waiting()
    async with town.store.write() as tx:
        await tx.change_appointment(mine.id, mine.state, also=["melde"])
    await town.office.call(CLERK, mine.id)
    await town.office.answer(mine.id)
    ids = [
        await town.fees.ask(CLERK, "parken", "electronic", None),
        await town.fees.ask(CLERK, "melde", "electronic", None),
    ]
    both = " ".join([(await stored(town, id)).reference for id in ids])
    (posting,) = await town.fees.arrived("admin", [Entry("e", "2026-06-16", 3970, both)])
    assert posting.kind == "paid"
    assert {(await stored(town, id)).state for id in ids} == {State.PAID}


async def test_what_is_not_ours_is_not_looked_at(town: Town) -> None:
    _, id = await asked(town)
    wrong = (await stored(town, id)).reference[:-1] + "0"
    found = await town.fees.arrived(
        "admin",
        [
            Entry("a", "2026-06-16", 12000, "Grundsteuer 5.0101.1234"),
            Entry("b", "2026-06-16", 3070, wrong),
            Entry("c", "2026-06-16", 3070, "AMT-00000999-64"),
        ],
    )
    assert [one.kind for one in found] == ["unknown", "unknown"]
    assert (await stored(town, id)).state is State.ASKED


# --- what is taken back


def taken(charge: Charge, number: int = 9, cents: int | None = None) -> Entry:
    return replace(entry(charge, number, cents), back=True)


async def test_a_payment_that_is_taken_back_is_open_again(town: Town) -> None:
    _, id = await asked(town)
    charge = await stored(town, id)
    await town.fees.arrived("admin", [entry(charge)])
    (posting,) = await town.fees.arrived("admin", [taken(charge)])
    assert posting.kind == "returned"
    after = await stored(town, id)
    assert (after.state, after.received, after.returned) == (State.ASKED, 0, True)
    assert (after.ended, after.means) == (None, "")
    (letter,) = mails(town, "fee")
    assert "returned" in str(letter["facts"])
    before = town.rows()
    (posting,) = await town.fees.arrived("admin", [taken(charge)])
    assert posting.kind == "known" and town.rows() == before
    assert [one.returned for one, _ in await town.fees.pending()] == [True]
    (posting,) = await town.fees.arrived("admin", [entry(charge, 2)])
    assert posting.kind == "paid" and len(receipts(town)) == 2
    assert (await stored(town, id)).received == 3070


async def test_both_in_one_statement(town: Town) -> None:
    _, id = await paid(town)
    charge = await stored(town, id)
    found = await town.fees.arrived("admin", [entry(charge), taken(charge)])
    assert [one.kind for one in found] == ["confirmed", "returned"]
    assert (await stored(town, id)).state is State.ASKED


async def test_of_two_payments_one_is_taken_back(town: Town) -> None:
    _, id = await asked(town)
    charge = await stored(town, id)
    found = await town.fees.arrived("admin", [entry(charge, 1), entry(charge, 2), taken(charge)])
    assert [one.kind for one in found] == ["paid", "surplus", "refunded"]
    after = await stored(town, id)
    assert (after.state, after.surplus) == (State.PAID, 0)


@pytest.mark.parametrize("state", [State.ASKED, State.WAIVED, State.CANCELLED])
async def test_what_was_not_here_cannot_be_taken_back(town: Town, state: State) -> None:
    _, id = await WAYS[state](town)
    before = await stored(town, id)
    for cents in (None, 1):
        (posting,) = await town.fees.arrived("admin", [taken(before, cents=cents)])
        assert posting.kind == "unknown_return"
    assert (await stored(town, id)).state is state and not mails(town, "fee")


async def test_somebody_has_seen_it_on_paper(town: Town) -> None:
    _, id = await paid(town)
    reference = (await stored(town, id)).reference
    for _ in range(2):
        await town.fees.returned("admin", f" {reference.lower()} ")
        after = await stored(town, id)
        assert (after.state, after.returned, after.received) == (State.ASKED, True, 0)
    assert len(mails(town, "fee")) == 1
    await town.fees.confirm(CLERK, id)
    await town.fees.returned("admin", reference)
    assert (await stored(town, id)).state is State.ASKED
    for nothing in ("", "AMT-00000999-64", "nichts"):
        with pytest.raises(Invalid):
            await town.fees.returned("admin", nothing)


async def test_what_was_never_paid_is_not_opened_again(town: Town) -> None:
    _, id = await waived(town)
    with pytest.raises(Illegal):
        await town.fees.returned("admin", (await stored(town, id)).reference)


# --- forgetting


async def test_the_record_stays_without_the_person(town: Town) -> None:
    mine, id = await waived(town)
    await town.office.end(CLERK)
    town.clock.now = at("2026-08-15 07:00")
    assert await town.retention.forget() == 1
    after = await stored(town, id)
    assert (after.reason, after.cents, after.state) == ("", 3070, State.WAIVED)
    assert (await town.get(mine.id)).name == ""
    assert not receipts(town)


async def test_after_ten_years_it_is_gone(town: Town) -> None:
    _, id = await asked(town)
    charge = await stored(town, id)
    await town.fees.arrived("admin", [entry(charge)])
    town.clock.go(9 * 366 * 86400)
    await town.retention.tidy()
    assert town.rows("charges")["charges"]
    town.clock.go(2 * 366 * 86400)
    await town.retention.tidy()
    assert town.rows("charges", "receipts") == {"charges": [], "receipts": []}


async def test_a_receipt_does_not_go_to_somebody_forgotten(town: Town) -> None:
    mine, id = await promised(town)
    await town.office.end(CLERK)
    async with town.store.write() as tx:
        person = await town.get(mine.id)
        await town.steps.appointment(tx, person, AppointmentEvent.ANONYMISE, by="clock")
    await town.fees.arrived("admin", [entry(await stored(town, id))])
    assert (await stored(town, id)).state is State.PAID and not receipts(town)
