"""Paying online: once, exactly, and never because a browser says so."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import MakeTown, Town, outcomes
from tests.payments.provider import Provider, serving
from tests.services.test_fees import CLERK, PARKING, asked, receipts, stored
from vamt.errors import NotFound
from vamt.payments.xbezahldienste import XBezahldienste
from vamt.services.payments import FOLLOWED, OnlinePayments
from vamt.services.ports import NoPayment
from vamt.states import Charge as State

BACK = "https://amt.example/zurueck"


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with serving() as made:
        yield made


@pytest.fixture
async def town(make_town: MakeTown) -> Town:
    town = make_town(services=(PARKING,))
    await town.clerk("keller")
    return town


@pytest.fixture
def online(town: Town, provider: Provider) -> OnlinePayments:
    token = f"{provider.url}/token"
    made = XBezahldienste(provider.url, token, "amt", "geheim", "amt", "kasse", town.clock)
    return OnlinePayments(town.fees, made, lambda charge: "Parkausweis")


async def test_paid_when_the_provider_says_so(
    town: Town, online: OnlinePayments, provider: Provider
) -> None:
    mine, id = await asked(town)
    assert (await online.pay(mine.id, id, BACK)).startswith(f"{provider.url}/pay/")
    assert await online.look(mine.id, id) == "open"
    assert (await stored(town, id)).state is State.ASKED
    provider.pay()
    assert [await online.look(mine.id, id) for _ in range(2)] == ["paid", "paid"]
    charge = await stored(town, id)
    assert (charge.state, charge.means, charge.received) == (State.PAID, "provider", 3070)
    assert len(receipts(town)) == 1
    with pytest.raises(NotFound):
        await online.pay(mine.id, id, BACK)


async def test_five_tabs_begin_one_payment(
    town: Town, online: OnlinePayments, provider: Provider
) -> None:
    mine, id = await asked(town)
    good, bad = await outcomes(*(online.pay(mine.id, id, BACK) for _ in range(5)))
    assert len(set(good)) == 1 and not bad and len(provider.transactions) == 1


async def test_an_answer_that_was_lost(
    town: Town, online: OnlinePayments, provider: Provider
) -> None:
    mine, id = await asked(town)
    provider.lost = True
    with pytest.raises(NoPayment):
        await online.pay(mine.id, id, BACK)
    assert await online.pay(mine.id, id, BACK) and len(provider.transactions) == 1


async def test_a_lost_answer_of_a_provider_that_has_ids_of_its_own(
    town: Town, online: OnlinePayments, provider: Provider
) -> None:
    provider.own_ids = True
    mine, id = await asked(town)
    provider.lost = True
    with pytest.raises(NoPayment):
        await online.pay(mine.id, id, BACK)
    address = await online.pay(mine.id, id, BACK)
    assert address == await online.pay(mine.id, id, BACK)
    assert list(provider.transactions) == [f"{id}-0", f"{id}-1"]
    provider.pay()
    assert await online.look(mine.id, id) == "paid"


async def test_two_offices_give_her_one_payment(
    town: Town, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes that know nothing of each other: she gets one address, or none."""
    provider.own_ids = True
    token = f"{provider.url}/token"

    def office() -> OnlinePayments:
        made = XBezahldienste(provider.url, token, "amt", "geheim", "amt", "kasse", town.clock)
        return OnlinePayments(town.fees, made, lambda charge: "Parkausweis")

    mine, id = await asked(town)
    good, bad = await outcomes(*(office().pay(mine.id, id, BACK) for _ in range(4)))
    assert len(set(good)) == 1, (good, bad)
    assert await office().pay(mine.id, id, BACK) == good[0]


async def test_another_try_only_after_the_first_is_over(
    town: Town, online: OnlinePayments, provider: Provider
) -> None:
    mine, id = await asked(town)
    first = await online.pay(mine.id, id, BACK)
    assert await online.pay(mine.id, id, BACK) == first
    provider.pay("CANCELED")
    assert await online.look(mine.id, id) == "over"
    assert await online.pay(mine.id, id, BACK) != first
    assert list(provider.transactions) == [f"{id}-0", f"{id}-1"]


async def test_paid_in_another_tab_is_not_begun_again(
    town: Town, online: OnlinePayments, provider: Provider
) -> None:
    mine, id = await asked(town)
    await online.pay(mine.id, id, BACK)
    provider.pay()
    assert await online.pay(mine.id, id, BACK) == ""
    assert (await stored(town, id)).state is State.PAID and len(provider.transactions) == 1


@pytest.mark.parametrize("amount", [30.69, 0.01, 3070])
async def test_a_provider_that_names_another_amount(
    town: Town, online: OnlinePayments, provider: Provider, amount: float
) -> None:
    mine, id = await asked(town)
    await online.pay(mine.id, id, BACK)
    provider.pay()
    provider.amount = amount
    assert await online.look(mine.id, id) == ""
    assert await online.pay(mine.id, id, BACK) == "" and len(provider.transactions) == 1
    assert (await stored(town, id)).state is State.ASKED


async def test_who_does_not_come_back_is_asked_about(
    town: Town, online: OnlinePayments, provider: Provider
) -> None:
    mine, id = await asked(town)
    await online.follow()
    assert provider.asked == []
    await online.pay(mine.id, id, BACK)
    await town.fees.promise(mine.id, id)
    provider.pay()
    await online.follow()
    assert (await stored(town, id)).state is State.PAID
    before = list(provider.asked)
    await online.follow()
    assert provider.asked == before, "nothing is open any more"


async def test_nobody_is_followed_for_ever(
    town: Town, online: OnlinePayments, provider: Provider
) -> None:
    mine, id = await asked(town)
    await online.pay(mine.id, id, BACK)
    town.clock.go(FOLLOWED + 1)
    before = list(provider.asked)
    await online.follow()
    assert provider.asked == before


async def test_paid_by_transfer_and_online_is_a_surplus(
    town: Town, online: OnlinePayments, provider: Provider
) -> None:
    mine, id = await asked(town)
    await online.pay(mine.id, id, BACK)
    provider.pay()
    charge = await stored(town, id)
    await town.fees.confirm(CLERK, id)
    await town.fees.received(charge, "provider:1", "provider")
    await town.fees.received(charge, "provider:2", "provider")
    assert (await stored(town, id)).surplus == 3070


async def test_the_charge_of_somebody_else(town: Town, online: OnlinePayments) -> None:
    _, id = await asked(town)
    other = await town.waiting()
    for act in (online.pay(other.id, id, BACK), online.look(other.id, id)):
        with pytest.raises(NotFound):
            await act
