"""Signing in and out, and what the desk's page starts with."""

import asyncio
from pathlib import Path

import pytest

from tests.web.pages import Html
from tests.web.served import Browser, Clock, QuickHasher, Town, free_port, town_settings
from vamt import app as office
from vamt.services.clerks import SESSION_HOURS, TRIES

PASSWORD = "geheimes wort anna"


async def sign_in(browser: Browser, user: str = "anna", password: str = PASSWORD) -> Html:
    """Fill in the log-in form."""
    page = await browser.get("/amt")
    assert browser.url == "/amt/anmelden"
    return await browser.submit(page.form("user"), user=user, password=password)


@pytest.mark.parametrize("language", ["de", "en"])
async def test_signing_in_and_out(town: Town, language: str) -> None:
    await town.hire(name="Anna Amsel")
    browser = town.browser(language)
    page = await sign_in(browser)
    assert (browser.status, browser.url, page.language) == (200, "/amt", language)
    assert ("Schalter" if language == "de" else "Desk") in page.headings
    assert "Anna Amsel" in page.words
    [session] = town.rows("select * from sessions")
    cookie = next(c for c in browser.session.cookie_jar if c.key == "vamt")
    assert session["token_hash"] != cookie.value  # only a hash is stored
    assert cookie.value not in repr(town.dump())
    assert town.rows("select state from desks") == [{"state": "free"}]
    await browser.get("/amt/anmelden")
    assert browser.url == "/amt"  # no form for whoever is in already

    sign_out = next(f for f in browser.page.forms if f.action == "/amt/abmelden")
    await browser.submit(sign_out)
    assert browser.url == "/amt/anmelden"
    assert not town.rows("select * from sessions")
    assert town.rows("select state from desks") == [{"state": "away"}]
    headers = {"Cookie": f"vamt={cookie.value}"}  # the old cookie is worth nothing now
    async with town.http.get("/amt", headers=headers, allow_redirects=False) as answer:
        assert answer.status == 303
    await browser.submit(sign_out)  # once more, from a page that was still open
    assert (browser.status, browser.url) == (200, "/amt/anmelden")


async def test_what_the_desk_starts_with(town: Town) -> None:
    booking = await town.book("ausweis", name="Ada")
    id = await town.hire(name="Anna Amsel")
    session = await town.sign_in()
    boot = await town.boot("/amt", {"vamt": session})
    assert boot["me"] == {"id": id, "name": "Anna Amsel"}
    assert boot["state"]["me"] == {
        "clerk": id,
        "name": "Anna Amsel",
        "state": "free",
        "online": False,
    }
    [entry] = boot["state"]["day"]
    assert (entry["id"], entry["name"], entry["time"]) == (booking.id, "Ada", "09:00")
    assert boot["state"]["waiting"] == []
    again = await town.boot("/amt", {"vamt": session})
    assert again["seat"] != boot["seat"] and again["epoch"] > boot["epoch"]


WRONG_LOG_INS = [
    ("anna", "falsches wort anna"),
    ("anna", ""),
    ("", PASSWORD),
    ("nobody", PASSWORD),
    ("anna' or '1'='1", "x"),
    ("anna", PASSWORD + "x"),
    ("anna", "x" * 100_000),
    ("a" * 100_000, PASSWORD),
    ("<script>alert(1)</script>", "x"),
    ("anna\0", PASSWORD),
    ("😀", "😀"),
]


async def test_wrong_log_ins(town: Town, clock: Clock) -> None:
    """One answer for all: it does not say whether the name or the password is wrong."""
    await town.hire()
    before = town.dump()
    for user, password in WRONG_LOG_INS:
        clock.forward(301)  # or it were too many tries
        browser = town.browser()
        page = await sign_in(browser, user, password)
        assert browser.status == 403
        assert "Benutzername oder Passwort" in page.words or "Passwort" in page.words
        assert "<script>alert" not in page.source
        assert page.form("user").values()["password"] == ""  # never sent back
        assert not [c for c in browser.session.cookie_jar if c.key == "vamt"]
    assert town.dump() == before


async def test_the_user_name_is_forgiving(town: Town) -> None:
    await town.hire()
    browser = town.browser()
    await sign_in(browser, "  Anna ")
    assert browser.url == "/amt"


async def test_too_many_tries(town: Town, clock: Clock) -> None:
    """After eight wrong passwords even the right one waits; five minutes later it is let in."""
    await town.hire()
    browser = town.browser()
    for _ in range(TRIES):
        await sign_in(browser, password="falsch falsch")
        assert browser.status == 403
    page = await sign_in(browser)
    assert browser.status == 429
    assert "fünf Minuten" in page.words
    clock.forward(301)
    await sign_in(browser)
    assert browser.url == "/amt"


async def test_tries_are_counted_by_address_behind_a_proxy(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trusted proxy's word counts, of several addresses the last; anybody else's does not."""
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)

    async def statuses(town: Town, addresses: list[str]) -> list[int]:
        found = []
        for number, address in enumerate(addresses):
            async with town.http.post(
                "/amt/anmelden",
                data={"user": f"user{number}", "password": "x"},
                headers={"X-Forwarded-For": address},
            ) as answer:
                found.append(answer.status)
        return found

    many = [f"6.6.6.6, 10.0.0.{n}" for n in range(TRIES + 1)]
    trusted = town_settings(tmp_path, free_port(), trusted_proxies=["127.0.0.1"])
    async with Town(tmp_path, clock, settings=trusted) as town:
        assert await statuses(town, many) == [403] * (TRIES + 1)
        assert (await statuses(town, ["1.1.1.1, 7.7.7.7"] * (TRIES + 1)))[-1] == 429
    async with Town(tmp_path, clock) as town:  # nobody is trusted: all come from one address
        assert (await statuses(town, many))[-1] == 429


async def test_a_session_lasts_a_working_day(town: Town, clock: Clock) -> None:
    session = await town.sign_in()
    clock.forward(SESSION_HOURS * 3600 - 1)
    await town.boot("/amt", {"vamt": session})
    clock.forward(2)
    headers = {"Cookie": f"vamt={session}"}
    async with town.http.get("/amt", headers=headers, allow_redirects=False) as answer:
        assert answer.status == 303


async def test_a_disabled_clerk(town: Town) -> None:
    session = await town.sign_in()
    await town.app[office.CLERKS].disable("anna")
    headers = {"Cookie": f"vamt={session}"}
    async with town.http.get("/amt", headers=headers, allow_redirects=False) as answer:
        assert answer.status == 303
    await sign_in(browser := town.browser())
    assert browser.status == 403


async def test_two_browsers_of_one_clerk(town: Town) -> None:
    """Signing out in one leaves the other signed in."""
    await town.hire()
    one, two = town.browser(), town.browser()
    await sign_in(one)
    await sign_in(two)
    await one.submit(next(f for f in one.page.forms if f.action == "/amt/abmelden"))
    await two.get("/amt")
    assert two.url == "/amt"


async def test_a_real_password_hash(tmp_path: Path, clock: Clock) -> None:
    """argon2id as in production, also for somebody unknown; the loop is not blocked meanwhile."""
    async with Town(tmp_path, clock) as town:
        await town.hire()
        [clerk] = town.rows("select password_hash from clerks")
        assert clerk["password_hash"].startswith("$argon2id$")
        assert PASSWORD not in clerk["password_hash"]
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.001)
                ticks += 1

        ticking = asyncio.ensure_future(tick())
        browser = town.browser()
        await sign_in(browser, "nobody")
        assert browser.status == 403
        await sign_in(browser, password="falsches wort")
        assert browser.status == 403
        await sign_in(browser)
        assert browser.url == "/amt"
        ticking.cancel()
        assert ticks > 20
