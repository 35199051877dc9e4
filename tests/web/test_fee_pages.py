"""Paying online through the served town: to the provider and back, whatever it and her tabs do."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.payments.provider import Provider, serving
from tests.web.served import (
    TOWN,
    Answer,
    Clock,
    QuickHasher,
    Town,
    free_port,
    raw,
    served,
    town_settings,
    visit,
)
from tests.web.served import Visit as Met
from vamt import app as office
from vamt.payments import xbezahldienste
from vamt.settings import Settings

ASK = {"service": "rat", "channel": "paper"}
BRAVE = {"Accept-Language": "de", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with serving() as made:
        yield made


@pytest.fixture
def settings(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)
    conf = f"""
[fees.provider]
url = "{provider.url}"
token_url = "{provider.url}/token"
client_id = "amt"
client_secret = "geheim"
originator = "amt"
end_point = "kasse"
"""
    text = TOWN.replace("[[opening]]", f"{conf}\n[[opening]]", 1)
    return town_settings(tmp_path, free_port(), text)


@dataclass
class Her:
    """Who pays, in a browser with cookies or without."""

    town: Town
    met: Met
    id: str
    cookies: str = ""

    @property
    def path(self) -> str:
        return f"{self.met.booking.path}/gebuehr/{self.id}"

    async def go(self, path: str, method: str = "GET") -> Answer:
        """Open an address, and keep the cookies of the answer. Nothing technical is ever shown."""
        headers: dict[str, str | bytes] = {**BRAVE, "Cookie": self.cookies}
        answer = await raw(self.town, method, path, headers | {"Origin": self.town.url})
        for cookie in answer.cookies:
            self.cookies = f"{self.cookies}; {cookie.partition(';')[0]}".strip("; ")
        words = answer.body.decode("utf-8", "replace")
        assert not re.search(r"Traceback|File \"|Error\(|vamt\.|problem\+json", words)
        return answer

    async def to_the_provider(self) -> str:
        """Where she is sent."""
        answer = await self.go(f"{self.path}/bezahlen")
        assert answer.status == 303, answer.text
        return answer.headers["location"]

    def charge(self) -> dict[str, Any]:
        (charge,) = self.town.dump()["charges"]
        return charge

    def receipts(self) -> int:
        return sum(row["kind"] == "receipt" for row in self.town.dump()["outbox"])


async def asked(town: Town) -> Her:
    """A visit in which a fee is asked for."""
    met = await visit(town)
    await met.clerk.do("fee_ask", ASK)
    (charge,) = (await met.citizen.until(lambda s: s["fees"]))["fees"]
    assert charge["online"]
    return Her(town, met, charge["id"])


@pytest.fixture
async def her(settings: Settings, tmp_path: Path, clock: Clock) -> AsyncIterator[Her]:
    async with served(tmp_path, clock=clock, settings=settings) as town:
        yield await asked(town)


async def test_there_and_back_and_back_again(her: Her, provider: Provider) -> None:
    page = await her.go(her.path)
    assert page.status == 200 and "9,00" in page.text and "DE93 9999 9999" in page.text
    assert await her.to_the_provider() == f"{provider.url}/pay/{her.id}-0"
    (sent,) = [one["paymentRequest"] for one in provider.transactions.values()]
    assert sent["redirectUrl"] == f"{her.town.url}/gebuehr/{her.id}/zurueck"
    assert her.met.booking.token not in str(sent), "her link is not the provider's business"
    assert "noch nicht bestätigt" in (await her.go(her.path)).text
    provider.pay()
    for _ in range(2):
        back = await her.go(f"/gebuehr/{her.id}/zurueck")
        assert (back.status, back.headers["location"]) == (303, her.path)
        page = await her.go(her.path)
        assert "Bezahlt. Vielen Dank!" in page.text and "IBAN" not in page.text
    await her.met.citizen.until(lambda s: s["fees"][0]["state"] == "paid")
    desk = await her.met.clerk.until(lambda s: s["fees"][0]["charge"]["state"] == "paid")
    assert desk["fees"][0]["charge"]["surplus"] == ""
    assert (her.charge()["means"], her.receipts()) == ("provider", 1)
    assert await her.to_the_provider() == her.path, "there is nothing to pay any more"
    assert len(provider.transactions) == 1


async def test_back_in_another_browser(her: Her, provider: Provider) -> None:
    """Her bank's app opens the address in the browser it likes."""
    await her.to_the_provider()
    other = Her(her.town, her.met, her.id)
    page = await other.go(f"/gebuehr/{her.id}/zurueck")
    assert page.status == 200 and "noch nicht bestätigt" in page.text
    provider.pay()
    page = await other.go(f"/gebuehr/{her.id}/zurueck")
    assert "Bezahlt. Vielen Dank!" in page.text and her.met.booking.token not in page.text
    assert her.receipts() == 1
    assert (await other.go("/gebuehr/keine/zurueck")).status == 404


async def test_the_tab_is_closed_at_the_provider(her: Her, provider: Provider) -> None:
    await her.to_the_provider()
    provider.pay()
    online = next(
        route.handler.__self__.online  # type: ignore[attr-defined]
        for route in her.town.app.router.routes()
        if route.handler.__qualname__ == "FeePages.pay"
    )
    await online.follow()
    await her.met.citizen.until(lambda s: s["fees"][0]["state"] == "paid")
    assert her.receipts() == 1


async def test_the_office_is_restarted_while_she_pays(
    settings: Settings, tmp_path: Path, clock: Clock, provider: Provider
) -> None:
    async with served(tmp_path, clock=clock, settings=settings) as town:
        her = await asked(town)
        address = await her.to_the_provider()
    async with served(tmp_path, clock=clock, settings=settings) as town:
        her.town = town
        assert await her.to_the_provider() == address, "the same payment, not a second one"
        provider.pay()
        assert (await her.go(f"/gebuehr/{her.id}/zurueck")).headers["location"] == her.path
        assert "Bezahlt. Vielen Dank!" in (await her.go(her.path)).text
        assert (len(provider.transactions), her.receipts()) == (1, 1)


def _rubbish(text: str, **more: Any) -> Callable[[Provider], None]:
    return lambda p: setattr(p, "raw", web.Response(text=text, **more))


REFUSALS: dict[str, Callable[[Provider], None]] = {
    "down": lambda p: setattr(p, "raw", web.Response(status=503)),
    "lost": lambda p: setattr(p, "lost", True),
    "late": lambda p: setattr(p, "delay", 5.0),
    "problem": lambda p: setattr(p, "problem", "BOOKING_DATA_MISSING"),
    "html": _rubbish("<html><script>alert(1)</script>"),
    "array": _rubbish("[]"),
    "elsewhere": _rubbish("", status=302, headers={"Location": "https://böse.example/"}),
    "amount": lambda p: setattr(p, "amount", 90.0),
    "page": lambda p: setattr(p, "changes", {"transactionRedirectUrl": "javascript:alert(1)"}),
    "no id": lambda p: setattr(p, "changes", {"transactionId": None}),
}


async def test_another_way_when_it_does_not_work(
    her: Her, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for how, refuse in REFUSALS.items():
        provider.behave()
        provider.transactions.clear()
        refuse(provider)
        with monkeypatch.context() as hurry:
            hurry.setattr(xbezahldienste, "PATIENCE", 0.5)
            page = await her.go(f"{her.path}/bezahlen")
        assert page.status == 502 and "alert(1)" not in page.text, how
        for words in ("Es wurde nichts abgebucht", "DE93 9999 9999", f"{her.path}.svg"):
            assert words in page.text, (how, words)
        assert (her.charge()["state"], her.receipts()) == ("asked", 0), how
    assert (await her.go(f"{her.path}.svg")).status == 200
    assert (await her.go(her.path, "POST")).status == 303
    await her.met.clerk.until(lambda s: s["fees"][0]["charge"]["state"] == "promised")
    provider.behave()
    await her.to_the_provider()
    assert len(provider.transactions) == 1


async def test_nobody_knows_whether_she_has_paid(her: Her, provider: Provider) -> None:
    """She has perhaps, so nobody tells her to transfer it at once."""
    await her.to_the_provider()
    REFUSALS["down"](provider)
    page = await her.go(f"{her.path}/bezahlen")
    assert page.status == 502 and "Es wurde nichts abgebucht" not in page.text
    assert "kein zweites Mal" in page.text and "DE93 9999 9999" in page.text


LIES: dict[str, Callable[[Provider], None]] = {
    "amount": lambda p: setattr(p, "amount", 0.01),
    "currency": lambda p: setattr(p, "currency", "HUF"),
    "id": lambda p: setattr(p, "changes", {"transactionId": "another"}),
    "status": lambda p: setattr(p, "changes", {"status": "PAID"}),
    "rubbish": _rubbish("PAYED"),
    "problem": lambda p: setattr(p, "problem", "FORBIDDEN"),
}


async def test_what_it_says_of_a_payment_is_checked(her: Her, provider: Provider) -> None:
    await her.to_the_provider()
    provider.pay()
    for how, lie in LIES.items():
        provider.behave()
        lie(provider)
        await her.go(f"/gebuehr/{her.id}/zurueck")
        page = await her.go(her.path)
        assert page.status == 200 and "noch nicht bestätigt" in page.text, how
        assert "DE93 9999 9999" in page.text, how
        assert (her.charge()["state"], her.receipts()) == ("asked", 0), how
    provider.behave()
    assert "Bezahlt. Vielen Dank!" in (await her.go(her.path)).text
    assert her.receipts() == 1


async def test_given_up_at_the_provider(her: Her, provider: Provider) -> None:
    first = await her.to_the_provider()
    provider.pay("CANCELED")
    await her.go(f"/gebuehr/{her.id}/zurueck")
    page = await her.go(her.path)
    assert "noch nicht bestätigt" not in page.text and "Online bezahlen" in page.text
    assert await her.to_the_provider() != first
    provider.pay()
    await her.go(her.path)
    assert (her.charge()["received"], her.receipts()) == (900, 1)


async def test_the_page_is_hers(her: Her) -> None:
    """In the visit her link is enough; after it, it takes the code, as with her papers."""
    other = await her.town.book("rat")
    paths = ("", ".svg", ".png", "/bezahlen")
    for path in paths:
        stolen = f"{other.path}/gebuehr/{her.id}{path}"
        assert (await her.go(stolen)).status == 404, path
        assert (await her.go(f"{her.path}{path}")).status in (200, 303), path
    await her.met.clerk.do("end")
    await her.met.citizen.until(lambda s: s["state"] == "finished")
    stranger = Her(her.town, her.met, her.id)
    for path in paths:
        answer = await stranger.go(f"{her.path}{path}")
        assert answer.status == 303 and "/papiere?weiter=" in answer.headers["location"], path
    assert (await stranger.go(her.path, "POST")).status == 303
    assert her.charge()["state"] == "asked"
    code = her.town.app[office.LINKS].code(her.met.booking.id)
    async with her.town.http.post(
        f"{her.met.booking.path}/papiere",
        data={"code": code, "weiter": f"/gebuehr/{her.id}"},
        headers={"Origin": her.town.url, "Sec-Fetch-Site": "same-origin"},
        allow_redirects=False,
    ) as opened:
        assert (opened.status, opened.headers["Location"]) == (303, her.path)
        stranger.cookies = opened.headers["Set-Cookie"].partition(";")[0]
    assert "DE93 9999 9999" in (await stranger.go(her.path)).text


async def test_without_a_provider(town: Town) -> None:
    met = await visit(town)
    await met.clerk.do("fee_ask", ASK)
    (charge,) = (await met.citizen.until(lambda s: s["fees"]))["fees"]
    her = Her(town, met, charge["id"])
    page = await her.go(her.path)
    assert "bezahlen (in" not in page.text and "Online bezahlen" not in page.text
    assert await her.to_the_provider() == her.path
