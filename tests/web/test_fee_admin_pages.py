"""/verwaltung/gebuehren: statements in, a table out; for the role admin only."""

import io
from typing import Any

import aiohttp
import pytest

from tests.web.served import Page, Town, visit
from vamt import app as office

HERE = "/verwaltung/gebuehren"
ASK = {"service": "rat", "channel": "paper"}


async def hire(town: Town, user: str, role: str) -> str:
    """The session cookie of somebody new."""
    await town.app[office.CLERKS].add(user, user.title(), f"geheimes wort {user}", role)
    return await town.sign_in(user)


async def ask(town: Town, method: str, path: str, session: str, **more: Any) -> tuple[int, str]:
    headers = {"Cookie": f"vamt={session}; lang=de"}
    async with town.http.request(
        method, path, headers=headers, allow_redirects=False, **more
    ) as answer:
        return answer.status, (await answer.read()).decode()


def statement(*rows: tuple[str, str]) -> aiohttp.FormData:
    lines = ["Buchungstag;Verwendungszweck;Betrag"]
    lines += [f"24.11.2026;{text};{amount}" for text, amount in rows]
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO("\n".join(lines).encode()), filename="auszug.csv")
    return form


async def charged(town: Town) -> tuple[Page, str, str]:
    """Her page, the id of a charge of 9 euros, and its reference."""
    met = await visit(town)
    await met.clerk.do("fee_ask", ASK)
    (charge,) = (await met.citizen.until(lambda s: s["fees"]))["fees"]
    return met.citizen, charge["id"], charge["reference"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", ""), ("POST", "/auszug"), ("GET", "/liste.csv?von=2026-01-01&bis=x")],
)
async def test_for_administrators_only(town: Town, method: str, path: str) -> None:
    clerk = await hire(town, "carla", "clerk")
    assert (await ask(town, method, HERE + path, clerk))[0] == 403
    assert (await ask(town, method, HERE + path, ""))[0] == 303


async def test_a_statement_pays_once_and_says_what_to_look_at(town: Town) -> None:
    admin = await hire(town, "adam", "admin")
    her, _, reference = await charged(town)
    status, page = await ask(town, "GET", HERE, admin)
    assert status == 200 and reference in page and "9,00" in page
    rows = [
        ("Grundsteuer", "120,00"),
        (f"Danke {reference}", "9,00"),
        (reference, "9,00"),
        (reference, "8,00"),
        ("AMT-00000999-00", "9,00"),
    ]
    status, page = await ask(town, "POST", f"{HERE}/auszug", admin, data=statement(*rows))
    assert status == 200
    for words in ("Bezahlt", "bitte erstatten", "Falscher Betrag", "Keine Gebühr", "24.11.2026"):
        assert words in page, words
    assert "Grundsteuer" not in page and "120" not in page
    await her.until(lambda s: s["fees"][0]["state"] == "paid" and s["fees"][0]["surplus"])
    status, again = await ask(town, "POST", f"{HERE}/auszug", admin, data=statement(*rows))
    assert "Aus einem früheren Auszug bekannt" in again
    assert town.dump()["charges"][0]["received"] == 1800


@pytest.mark.parametrize("data", [b"", b"<!DOCTYPE x []><x/>", b"nothing", b"\xff\xfe\x00"])
async def test_what_is_no_statement(town: Town, data: bytes) -> None:
    admin = await hire(town, "adam", "admin")
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(data), filename="x.xml")
    status, page = await ask(town, "POST", f"{HERE}/auszug", admin, data=form)
    assert status == 422 and "kein Kontoauszug" in page
    status, page = await ask(town, "POST", f"{HERE}/auszug", admin, data={"x": "y"})
    assert status == 422 and "Datei" in page


async def test_decided_by_hand(town: Town) -> None:
    admin = await hire(town, "adam", "admin")
    her, id, reference = await charged(town)
    for act in ("pay", "pay"):  # twice is once
        assert (await ask(town, "POST", HERE, admin, data={"id": id, "act": act}))[0] == 303
    await her.until(lambda s: s["fees"][0]["state"] == "paid")
    assert (await ask(town, "POST", HERE, admin, data={"id": id, "act": "cancel"}))[0] == 409
    assert (await ask(town, "POST", HERE, admin, data={"id": id, "act": "steal"}))[0] == 404
    assert (await ask(town, "POST", HERE, admin, data={"id": "none", "act": "pay"}))[0] == 404
    twice = statement((reference, "9,00"), (reference, "9,00"))
    await ask(town, "POST", f"{HERE}/auszug", admin, data=twice)
    assert "Zu viel" in (await ask(town, "GET", HERE, admin))[1]
    for _ in range(2):
        assert (await ask(town, "POST", HERE, admin, data={"id": id, "act": "refund"}))[0] == 303
    assert town.dump()["charges"][0]["refunded"] == 900
    assert "Alles ist erledigt" in (await ask(town, "GET", HERE, admin))[1]


async def test_a_payment_is_opened_again_by_hand(town: Town) -> None:
    admin = await hire(town, "adam", "admin")
    her, id, reference = await charged(town)
    await ask(town, "POST", HERE, admin, data={"id": id, "act": "pay"})
    status, page = await ask(town, "POST", HERE, admin, data={"act": "return", "reference": "x"})
    assert status == 422 and "Keine Gebühr hat dieses Kassenzeichen" in page
    back = {"act": "return", "reference": reference}
    assert (await ask(town, "POST", HERE, admin, data=back))[0] == 303
    await her.until(lambda s: s["fees"][0]["state"] == "asked" and s["fees"][0]["returned"])
    assert "Zahlung zurückgeholt" in (await ask(town, "GET", HERE, admin))[1]


async def test_the_table_for_the_kasse(town: Town) -> None:
    admin = await hire(town, "adam", "admin")
    _, _, reference = await charged(town)
    status, text = await ask(town, "GET", f"{HERE}/liste.csv?von=2026-11-23&bis=2026-11-23", admin)
    assert status == 200 and reference in text and "9,00" in text
    status, text = await ask(town, "GET", f"{HERE}/liste.csv?von=2026-11-24&bis=2026-12-31", admin)
    assert status == 200 and reference not in text
    for wrong in ("von=x&bis=y", "von=2026-11-23", "von=2026-11-23&bis=9999-12-31"):
        assert (await ask(town, "GET", f"{HERE}/liste.csv?{wrong}", admin))[0] == 404
