"""/amt/zeiten: for supervisors; medians by service and step, and nobody's name."""

import asyncio

from tests.web.pages import Html
from tests.web.served import Clock, Town, visit
from tests.web.test_admin_pages import hire
from vamt.web.time_pages import ENOUGH, minutes


async def page(town: Town, session: str, query: str = "", status: int = 200) -> str:
    headers = {"Cookie": f"vamt={session}; lang=de"}
    async with town.http.get(f"/amt/zeiten{query}", headers=headers) as answer:
        assert answer.status == status
        return await answer.text()


async def test_medians_of_visits(town: Town, clock: Clock) -> None:
    session = await hire(town, "chef", "supervisor")
    assert "kein Besuch" in Html(await page(town, session)).words
    for number in range(ENOUGH):
        met = await visit(town)
        clock.forward(60 + number)
        await met.clerk.do("end")
        await met.citizen.until(lambda s: s["state"] == "finished")
        await asyncio.gather(met.citizen.close(), met.clerk.close())
        if number == ENOUGH - 2:
            assert "Zu wenige" in Html(await page(town, session)).words
    shown = Html(await page(town, session)).words
    assert f"{ENOUGH} Besuche" in shown
    assert "Gespräch 1:02 1:04 5" in shown
    assert "Anna" not in shown.replace("Angemeldet", "")
    clock.forward(8 * 86400)
    session = await town.sign_in("chef")
    assert "kein Besuch" in Html(await page(town, session, "?tage=7")).words
    assert "Gespräch" in Html(await page(town, session, "?tage=30")).words
    assert "Gespräch" in Html(await page(town, session, "?tage=unsinn")).words


async def test_who_may_look(town: Town) -> None:
    await page(town, await town.sign_in(), status=403)
    assert "Wie lange" in await page(town, await hire(town, "technik", "admin"))
    async with town.http.get("/amt/zeiten", allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/amt/anmelden?next=/amt/zeiten"


async def test_the_desk_shows_the_clock(town: Town, clock: Clock) -> None:
    met = await visit(town)
    clock.forward(30)
    await met.clerk.do("sign_ask", {"id": "s" * 16, "title": "Antrag", "text": "Ich beantrage es."})
    state = await met.clerk.until(lambda s: len(s["clock"]) == 4)
    talk, signing = state["clock"][2:]
    assert (talk["running"], signing["running"]) == (True, True)
    assert talk["seconds"] >= 30 > signing["seconds"]
    assert "clock" not in met.citizen.state


def test_minutes() -> None:
    assert [minutes(s) for s in (0, 59.6, 61, 3600)] == ["0:00", "1:00", "1:01", "60:00"]
