"""What was signed, as a sealed PDF in both hands, and in nobody else's."""

import aiohttp

from tests.signalling.test_signature import ID, LINE, TITLE, asked
from tests.web.served import Clock, Town, visit
from vamt.app import SEAL
from vamt.papers.proof import look


async def fetch(town: Town, path: str, session: str = "") -> tuple[int, bytes, str]:
    async with (
        aiohttp.ClientSession(cookies={"vamt": session} if session else {}) as browser,
        browser.get(f"{town.url}{path}") as answer,
    ):
        return answer.status, await answer.read(), answer.headers.get("Content-Disposition", "")


async def test_it_is_sealed_and_there_during_and_after_the_visit(town: Town, clock: Clock) -> None:
    met = await asked(town)
    desk, hers = f"/amt/unterschrift/{ID}.pdf", f"{met.booking.path}/unterschrift/{ID}.pdf"
    assert (await fetch(town, hers))[0] == 404, "nothing is signed yet"
    await met.citizen.do("sign_agree", {"id": ID})
    await met.citizen.do("sign_done", {"id": ID, "strokes": [LINE]})
    state = await met.citizen.until(lambda s: s["outcome"])
    assert [(one["id"], one["title"]) for one in state["outcome"]] == [(ID, TITLE)]

    seal = town.app[SEAL]
    assert seal is not None
    for path, session in ((desk, met.clerk.session), (hers, "")):
        status, pdf, disposition = await fetch(town, path, session)
        assert status == 200 and (await look(pdf, [seal.fingerprint])).verdict == "ours"
        assert disposition == "attachment; filename*=UTF-8''Erkl%C3%A4rung.pdf"

    await met.clerk.do("end")
    ended = await met.citizen.until(lambda s: s["state"] == "finished")
    assert ended["outcome"] == state["outcome"]
    assert f"/unterschrift/{ID}.pdf" in (await fetch(town, met.booking.path))[1].decode()
    her = town.browser()
    await her.get(hers)
    assert "den Code ein" in her.page.words
    form = her.page.form()
    async with her.session.post(form.action, data=form.filled(code=state["code"])) as answer:
        assert answer.url.path == hers and (await answer.read()).startswith(b"%PDF")
    clock.forward(9 * 86400)
    assert (await fetch(town, hers))[0] == 410


async def test_nobody_else_gets_it(town: Town) -> None:
    met = await asked(town)
    await met.citizen.do("sign_agree", {"id": ID})
    await met.citizen.do("sign_done", {"id": ID, "strokes": [LINE]})
    await met.citizen.until(lambda s: s["outcome"])
    assert (await fetch(town, f"/amt/unterschrift/{ID}.pdf"))[0] == 403
    other = await visit(town, "bert")
    assert (await fetch(town, f"/amt/unterschrift/{ID}.pdf", other.clerk.session))[0] == 403
    assert (await fetch(town, f"{other.booking.path}/unterschrift/{ID}.pdf"))[0] == 404
    assert (await fetch(town, "/termin/forged/unterschrift/x.pdf"))[0] == 404
