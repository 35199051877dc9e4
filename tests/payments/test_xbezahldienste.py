"""The adapter believes what it asks for, exactly, and nothing else."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from tests.conftest import Clock
from tests.payments.provider import Provider, serving
from vamt.payments import xbezahldienste
from vamt.payments.xbezahldienste import XBezahldienste
from vamt.services.ports import NoPayment, Payment, Wanted

WANTED = Wanted("charge1-0", 3070, "AMT-00000001-51", "Parkausweis", "https://amt.example/back")


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with serving() as made:
        yield made


@pytest.fixture
def adapter(provider: Provider, clock: Clock) -> XBezahldienste:
    token = f"{provider.url}/token"
    return XBezahldienste(provider.url, token, "amt", "geheim", "amt", "kasse", clock)


async def test_created_looked_at_and_paid(adapter: XBezahldienste, provider: Provider) -> None:
    begun = await adapter.begin(WANTED)
    assert begun.address == f"{provider.url}/pay/charge1-0"
    sent = provider.transactions["charge1-0"]["paymentRequest"]
    assert (sent["grosAmount"], sent["currency"], sent["purpose"]) == (
        30.7,
        "EUR",
        WANTED.reference,
    )
    assert sent["items"][0]["totalNetAmount"] == 30.7
    assert await adapter.look(begun.id) == Payment("open", 3070, begun.address)
    provider.pay()
    assert await adapter.look(begun.id) == Payment("paid", 3070)


async def test_only_what_the_standard_lets_into_a_field(
    adapter: XBezahldienste, provider: Provider
) -> None:
    """The patterns and lengths of v1.0.0; others are refused with VALIDATION_ERROR."""
    title = "Führungszeugnis (einfach) / „Beleg“: für Ämter – A, B." + "x" * 300
    await adapter.begin(replace(WANTED, title=title))
    sent = provider.transactions["charge1-0"]["paymentRequest"]
    (item,) = sent["items"]
    assert sent["description"].startswith("Führungszeugnis einfach Beleg für Ämter A, B.x")
    for text in (sent["description"], item["description"]):
        assert re.fullmatch(r"[\w\s,.\u00C0-\u017F-]{1,250}", text, re.ASCII)
    assert re.fullmatch(r"[\w\s-]{1,27}", sent["purpose"], re.ASCII)
    for text in (sent["requestId"], item["id"], item["reference"]):
        assert re.fullmatch(r"[\w-]{1,36}", text, re.ASCII)


@pytest.mark.parametrize(
    "code",
    ["NO_VALID_ORIGINATOR_OR_ENDPOINT", "CALCULATION_ERROR", "VALIDATION_ERROR", "FORBIDDEN"],
)
async def test_refused(adapter: XBezahldienste, provider: Provider, code: str) -> None:
    provider.problem = code
    with pytest.raises(NoPayment):
        await adapter.begin(WANTED)
    assert not provider.transactions


@pytest.mark.parametrize("status", ["FAILED", "CANCELED"])
async def test_given_up(adapter: XBezahldienste, provider: Provider, status: str) -> None:
    begun = await adapter.begin(WANTED)
    provider.pay(status)
    assert (await adapter.look(begun.id)).state == "over"


async def test_the_same_request_is_the_same_payment(
    adapter: XBezahldienste, provider: Provider
) -> None:
    first, second = await adapter.begin(WANTED), await adapter.begin(WANTED)
    assert first == second and len(provider.transactions) == 1
    assert provider.asked == ["POST", "POST", "GET"]


async def test_a_token_is_used_until_shortly_before_its_end(
    adapter: XBezahldienste, provider: Provider, clock: Clock
) -> None:
    begun = await adapter.begin(WANTED)
    await adapter.look(begun.id)
    assert provider.tokens == 1
    clock.go(280)
    await adapter.look(begun.id)
    assert provider.tokens == 2


@pytest.mark.parametrize("amount", [0.01, 307, "30.71", "NaN", "abc", 30.701])
async def test_another_amount_than_asked_for(
    adapter: XBezahldienste, provider: Provider, amount: Any
) -> None:
    begun = await adapter.begin(WANTED)
    provider.amount = amount
    assert (await adapter.look(begun.id)).cents != WANTED.cents
    with pytest.raises(NoPayment):
        await adapter.begin(replace(WANTED, id="charge2-0"))


@pytest.mark.parametrize("amount", [30.7, "30.70", "30.7"])
async def test_the_amount_in_other_spellings(
    adapter: XBezahldienste, provider: Provider, amount: Any
) -> None:
    begun = await adapter.begin(WANTED)
    provider.amount = amount
    assert (await adapter.look(begun.id)).cents == WANTED.cents


@pytest.mark.parametrize(
    "changes",
    [
        {"transactionId": "another"},
        {"transactionId": None},
        {"status": "PAID"},
        {"status": None},
        {"status": ["PAYED"]},
    ],
)
async def test_an_answer_about_something_else(
    adapter: XBezahldienste, provider: Provider, changes: dict[str, Any]
) -> None:
    begun = await adapter.begin(WANTED)
    provider.changes = changes
    with pytest.raises(NoPayment):
        await adapter.look(begun.id)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "http://evil.example/", "//x", "", None, "https://" + "x" * 2000],
)
async def test_she_is_not_sent_just_anywhere(
    adapter: XBezahldienste, provider: Provider, address: Any
) -> None:
    provider.changes = {"transactionRedirectUrl": address}
    with pytest.raises(NoPayment):
        await adapter.begin(WANTED)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "text": "<html>"},
        {"status": 200, "text": "[]"},
        {"status": 200, "text": "{}"},
        {"status": 200, "text": '{"paymentInformation": 5}'},
        {"status": 302, "headers": {"Location": "http://localhost:1/"}},
        {"status": 200, "body": b" " * 300_000 + b"{}"},
        {"status": 200, "body": b"\xff\xfe"},
        {"status": 200, "text": "[" * 100_000},
    ],
)
async def test_rubbish(adapter: XBezahldienste, provider: Provider, answer: dict[str, Any]) -> None:
    provider.raw = web.Response(**answer)
    with pytest.raises(NoPayment):
        await adapter.begin(WANTED)


async def test_too_late(
    adapter: XBezahldienste, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xbezahldienste, "PATIENCE", 0.3)
    provider.delay = 5.0
    with pytest.raises(NoPayment):
        await adapter.begin(WANTED)


async def test_nobody_there(clock: Clock) -> None:
    gone = "http://localhost:9"
    with pytest.raises(NoPayment):
        await XBezahldienste(gone, gone, "amt", "geheim", "amt", "kasse", clock).begin(WANTED)
