"""A document from her phone to the desk and one back, by HTTP and Socket.IO, through real children;
and in nobody else's hands."""

import io

import aiohttp

from tests.uploads import files
from tests.web.pages import Html
from tests.web.served import Clock, Town, Visit, visit
from vamt.app import RETENTION

JSON = {"Accept": "application/json"}


def form(*sent: tuple[str, bytes]) -> aiohttp.FormData:
    made = aiohttp.FormData()
    for name, data in sent:
        made.add_field("file", io.BytesIO(data), filename=name)
    return made


async def send(
    town: Town, path: str, *sent: tuple[str, bytes], session: str = "", **headers: str
) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession(cookies={"vamt": session} if session else {}) as browser,
        browser.post(f"{town.url}{path}", data=form(*sent), headers=headers or JSON) as answer,
    ):
        return answer.status, await answer.text()


async def fetch(town: Town, path: str, session: str = "") -> tuple[int, bytes, dict[str, str]]:
    async with (
        aiohttp.ClientSession(cookies={"vamt": session} if session else {}) as browser,
        browser.get(f"{town.url}{path}") as answer,
    ):
        return answer.status, await answer.read(), dict(answer.headers)


async def test_there_and_back_again(town: Town) -> None:
    met = await visit(town)
    hers, desk = f"{met.booking.path}/dokumente", f"/amt/dokumente/{met.booking.id}"
    session = met.clerk.session

    status, _ = await send(town, hers, ("Pass.jpg", files.with_place()))
    assert status == 200
    seen = await met.clerk.until(lambda s: s["documents"])
    (document,) = seen["documents"]
    assert (document["title"], document["state"], document["previews"]) == ("Pass", "arrived", 1)
    id = document["id"]
    for path, who in ((f"{hers}/{id}", ""), (f"{desk}/{id}", session)):
        status, data, headers = await fetch(town, path, who)
        assert status == 200 and data.startswith(b"\xff\xd8") and b"Spy" not in data
        assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''Pass.jpg"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in headers["Content-Security-Policy"]
        status, data, headers = await fetch(town, f"{path}/1.jpg", who)
        assert status == 200 and headers["Content-Type"] == "image/jpeg"
        assert headers["Cache-Control"] == "no-store"
        assert (await fetch(town, f"{path}/2.jpg", who))[0] == 404

    assert await met.clerk.fails("document_again", {"id": id, "reason": ""}) == "invalid"
    await met.clerk.do("document_again", {"id": id, "reason": "Zu dunkel"})
    state = await met.citizen.until(lambda s: s["documents"][0]["state"] == "again")
    assert state["documents"][0]["reason"] == "Zu dunkel"
    await met.clerk.do("document_accept", {"id": id})
    assert await met.citizen.fails("document_take_back", {"id": id}) == "illegal_transition"

    assert (await send(town, desk, ("Bescheid.pdf", files.loaded()), session=session))[0] == 200
    state = await met.citizen.until(lambda s: s["outcome"])
    (paper,) = state["outcome"]
    assert (paper["title"], paper["kind"]) == ("Bescheid", "handed")
    status, data, _ = await fetch(town, met.booking.path + paper["path"])
    assert status == 200 and data.startswith(b"%PDF") and b"evil" not in data


async def finished(town: Town) -> tuple[Visit, str, str]:
    """A visit that is over, the code told in it, and the path of what was handed over."""
    met = await visit(town)
    desk = f"/amt/dokumente/{met.booking.id}"
    assert (await send(town, desk, ("Bescheid.pdf", files.pdf()), session=met.clerk.session))[
        0
    ] == 200
    state = await met.citizen.until(lambda s: s["outcome"])
    await met.clerk.do("end")
    after = await met.citizen.until(lambda s: s["state"] == "finished" and s["outcome"])
    assert state["code"] and not after["code"], "told in the visit only"
    return met, state["code"], met.booking.path + state["outcome"][0]["path"]


async def test_after_the_visit_by_link_and_code_for_a_set_time(town: Town, clock: Clock) -> None:
    met, code, file = await finished(town)
    page = (await fetch(town, met.booking.path))[1].decode()
    assert code not in page and file in page and "bis Montag, 30. November 2026," in page
    her = town.browser()
    await her.get(file)
    assert her.status == 200 and "den Code ein" in her.page.words, "the link alone is not enough"
    await her.submit(code="0000 0000")
    assert her.status == 422 and "nicht der Code" in her.page.words
    async with her.session.post(
        f"{met.booking.path}/papiere", data={"code": code, "weiter": "//evil.example/"}
    ) as answer:
        assert answer.url.path == f"{met.booking.path}/papiere", "no way to elsewhere"
    other = town.browser()
    await other.get(file)
    form = other.page.form()
    async with other.session.post(form.action, data=form.filled(code=code)) as answer:
        assert answer.url.path == file and (await answer.read()).startswith(b"%PDF")
        (set_cookie,) = answer.history[0].headers.getall("Set-Cookie")
        assert "HttpOnly" in set_cookie and f"Path={met.booking.path}" in set_cookie
    clock.forward(3 * 86400)  # the link to the page has expired, her papers are still there
    await other.get(met.booking.path)
    assert other.status == 200 and "Bescheid (PDF)" in other.page.words
    clock.forward(6 * 86400)
    for path in (met.booking.path, file, f"{met.booking.path}/papiere"):
        await other.get(path)
        assert other.status == 410


async def test_a_code_cannot_be_guessed_for_long(town: Town, clock: Clock) -> None:
    met, code, _ = await finished(town)
    path = f"{met.booking.path}/papiere"

    async def enter(code: str) -> int:
        async with town.http.post(path, data={"code": code}, allow_redirects=False) as answer:
            return answer.status

    assert [await enter(str(n)) for n in range(9)] == [422] * 8 + [429]
    assert await enter(code) == 303, "who knows it gets in"
    clock.forward(60)
    assert await enter("12345678") == 422


async def test_a_page_of_nothing_left_expires_as_before(town: Town, clock: Clock) -> None:
    met = await visit(town)
    await met.clerk.do("end")
    await met.citizen.until(lambda s: s["state"] == "finished")
    clock.forward(3 * 86400)
    assert (await fetch(town, met.booking.path))[0] == 410


async def test_the_clerk_of_a_visit_can_save_its_documents_until_they_are_deleted(
    town: Town, clock: Clock
) -> None:
    met = await visit(town)
    hers, desk = f"{met.booking.path}/dokumente", f"/amt/dokumente/{met.booking.id}"
    for name in ("Pass.jpg", "Falsch.jpg"):
        assert (await send(town, hers, (name, files.picture())))[0] == 200
    state = await met.clerk.until(lambda s: len(s["documents"]) == 2)
    ids = {one["title"]: one["id"] for one in state["documents"]}
    id, wrong = ids["Pass"], ids["Falsch"]
    await met.citizen.do("document_take_back", {"id": wrong})
    session = met.clerk.session
    assert b"Pass" not in (await fetch(town, "/amt/dokumente", session))[1], "not over yet"
    await met.clerk.do("end")
    status, data, headers = await fetch(town, f"{desk}/{id}", session)
    assert status == 200 and data.startswith(b"\xff\xd8")
    assert headers["Content-Disposition"].startswith("attachment")
    page = (await fetch(town, "/amt/dokumente", session))[1].decode()
    assert f"{desk}/{id}" in page and "Pass.jpg" in page and "Falsch" not in page
    assert next(one["code"] for one in met.citizen.states if one["code"]) in page
    other = await town.sign_in("bert")
    assert (await fetch(town, f"{desk}/{id}", other))[0] == 403
    assert b"Pass" not in (await fetch(town, "/amt/dokumente", other))[1]
    assert (await fetch(town, "/amt/dokumente"))[1].count(b"password"), "sign in first"
    clock.forward(31 * 86400)
    await town.app[RETENTION].forget()
    session = await town.sign_in()
    assert (await fetch(town, f"{desk}/{id}", session))[0] == 404
    assert b"Pass" not in (await fetch(town, "/amt/dokumente", session))[1]


async def test_nobody_else_gets_or_gives_anything(town: Town) -> None:
    met, other = await visit(town), await visit(town, "bert")
    hers, desk = f"{met.booking.path}/dokumente", f"/amt/dokumente/{met.booking.id}"
    assert (await send(town, hers, ("x.png", files.picture("PNG"))))[0] == 200
    id = (await met.citizen.until(lambda s: s["documents"]))["documents"][0]["id"]
    for path, who, status in (
        (f"{other.booking.path}/dokumente/{id}", "", 404),
        (f"/termin/forged/dokumente/{id}", "", 404),
        (f"{desk}/{id}", "", 403),
        (f"{desk}/{id}", other.clerk.session, 403),
        (f"/amt/dokumente/{other.booking.id}/{id}", other.clerk.session, 404),
    ):
        assert (await fetch(town, path, who))[0] == status, path
        assert (await fetch(town, f"{path}/1.jpg", who))[0] == status, path
    picture = ("x.png", files.picture("PNG"))
    assert (await send(town, desk, picture))[0] == 403
    assert (await send(town, desk, picture, session=other.clerk.session))[0] == 409
    assert await other.clerk.fails("document_accept", {"id": id}) == "not_found"
    assert await other.citizen.fails("document_take_back", {"id": id}) == "not_found"
    await met.citizen.do("document_take_back", {"id": id})
    assert (await fetch(town, f"{hers}/{id}"))[0] == 404


async def test_without_scripts_by_a_form_and_in_words(town: Town) -> None:
    booking = await town.book()
    hers = f"{booking.path}/dokumente"
    status, page = await send(
        town, hers, ("a.png", files.picture("PNG")), ("b.pdf", files.pdf()), Accept="text/html"
    )
    assert status == 200 and "Dokument hochladen" in Html(page).words
    assert len(town.rows("select id from documents")) == 2
    for name, data, said in (
        ("x.exe", b"MZ", "Diese Art von Datei"),
        ("x.pdf", b"%PDF-1.4 broken", "Wir konnten diese Datei nicht lesen"),
    ):
        status, page = await send(town, hers, (name, data), Accept="text/html")
        assert status == 422 and said in Html(page).words
        status, shape = await send(town, hers, (name, data))
        assert status == 422 and said in shape
    assert (await send(town, hers))[0] == 422
    assert (await send(town, hers, ("x.pdf", bytes(13 * 1024**2))))[0] == 422
    assert len(town.rows("select id from documents")) == 2
