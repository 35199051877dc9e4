"""A fee from the desk to her page and back, and the code by which she pays it."""

import aiohttp
import cv2
import numpy as np

from tests.web.served import Clock, Town, visit
from vamt.girocode import check_iban

ASK = {"service": "rat", "channel": "paper"}


async def fetch(town: Town, path: str) -> tuple[int, bytes, dict[str, str]]:
    async with aiohttp.ClientSession() as browser, browser.get(f"{town.url}{path}") as answer:
        return answer.status, await answer.read(), dict(answer.headers)


async def test_asked_promised_and_confirmed(town: Town, clock: Clock) -> None:
    met = await visit(town)
    desk = await met.clerk.until(lambda s: s["visit"])
    (fee,) = desk["fees"]
    assert [(one["channel"], one["cents"]) for one in fee["choices"]] == [
        ("electronic", 0),
        ("paper", 900),
    ]
    assert fee["waivers"] == ["Für Kinder kostenlos."] and fee["charge"] is None
    assert await met.clerk.fails("fee_ask", ASK | {"channel": "posted"}) == "invalid"
    await met.clerk.do("fee_ask", ASK)
    state = await met.citizen.until(lambda s: s["fees"])
    (charge,) = state["fees"]
    assert (charge["state"], charge["amount"]) == ("asked", "9,00\xa0€")
    assert charge["transfer"]["name"] == "Stadtkasse Kleinstadt"
    assert check_iban(charge["transfer"]["iban"])
    id, reference = charge["id"], charge["reference"]

    where = f"{met.booking.path}/gebuehr/{id}"
    status, svg, headers = await fetch(town, f"{where}.svg")
    assert (status, headers["Content-Type"]) == (200, "image/svg+xml")
    assert headers["Cache-Control"] == "no-store" and b"<svg" in svg
    status, png, headers = await fetch(town, f"{where}.png")
    assert status == 200 and headers["Content-Disposition"].startswith("attachment")
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    read, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
    assert read.split("\n")[5:8] + read.split("\n")[10:] == [
        "Stadtkasse Kleinstadt",
        check_iban(charge["transfer"]["iban"]),
        "EUR9.00",
        reference,
    ]

    other = await town.citizen(await town.book("rat"))
    assert await other.fails("fee_promise", {"id": id}) == "not_found"
    assert (await fetch(town, f"{other.booking.path}/gebuehr/{id}.svg"))[0] == 404
    await met.citizen.do("fee_promise", {"id": id})
    desk = await met.clerk.until(lambda s: s["fees"][0]["charge"]["state"] == "promised")
    assert desk["fees"][0]["charge"]["transfer"] is None
    await met.clerk.do("fee_confirm", {"id": id})
    state = await met.citizen.until(lambda s: s["fees"][0]["state"] == "paid")
    assert state["fees"][0]["transfer"] is None
    assert (await fetch(town, f"{where}.svg"))[0] == 404
    assert await met.clerk.fails("fee_cancel", {"id": id}) == "illegal_transition"
    await met.clerk.do("end")
    state = await met.citizen.until(lambda s: s["state"] == "finished")
    assert state["fees"][0]["state"] == "paid"


async def test_waived_and_taken_back(town: Town) -> None:
    met = await visit(town)
    await met.clerk.do("fee_ask", ASK)
    (charge,) = (await met.citizen.until(lambda s: s["fees"]))["fees"]
    await met.clerk.do("fee_cancel", {"id": charge["id"]})
    await met.citizen.until(lambda s: not s["fees"])
    assert await met.citizen.fails("fee_promise", {"id": charge["id"]}) == "illegal_transition"
    waiver = {"service": "rat", "reason": ""}
    assert await met.clerk.fails("fee_waive", waiver) == "invalid"
    await met.clerk.do("fee_waive", waiver | {"reason": "Schwerbehindert"})
    state = await met.citizen.until(lambda s: s["fees"])
    assert state["fees"][0]["state"] == "waived"
    assert state["fees"][0]["reason"] == "Schwerbehindert"


async def test_who_is_not_in_the_visit_learns_nothing(town: Town) -> None:
    met = await visit(town)
    await met.clerk.do("fee_ask", ASK)
    await met.citizen.until(lambda s: s["fees"])
    colleague = await town.clerk("berta")
    assert (await colleague.until(lambda s: True))["fees"] == []
    assert await colleague.fails("fee_ask", ASK) == "no_visit"
