"""/verwaltung: for the role admin only; shows how the installation is and no secret."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.turn.conftest import MakeTown, coturn_installed, make_town
from tests.web.pages import Html
from tests.web.served import Clock, QuickHasher, Town, free_port, town_settings, visit
from vamt import app as office
from vamt.interfaces import WebhookConf
from vamt.settings import IceServer, Mail, Rtc, Settings, Turn
from vamt.settings import Town as Conf
from vamt.web.admin_pages import duration, summary

assert make_town and coturn_installed  # fixtures of the relay's tests

Served = Callable[..., Awaitable[Town]]


@pytest.fixture
async def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    """Open a town with other settings."""
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)
    towns: list[Town] = []

    async def serve(clock: Callable[[], float] | None = None, **changes: Any) -> Town:
        settings = msgspec.structs.replace(town_settings(tmp_path, free_port()), **changes)
        town = Town(tmp_path, clock or Clock(), settings=settings)
        towns.append(await town.start())
        return town

    yield serve
    for town in towns:
        await town.stop()


async def hire(town: Town, user: str, role: str) -> str:
    """The session cookie of somebody new."""
    await town.app[office.CLERKS].add(user, user.title(), f"geheimes wort {user}", role)
    return await town.sign_in(user)


async def page(town: Town, session: str, language: str = "de") -> str:
    """What an administrator sees."""
    headers = {"Cookie": f"vamt={session}; lang={language}"}
    async with town.http.get("/verwaltung", headers=headers) as answer:
        text = await answer.text()
        assert answer.status == 200, text
        return text


async def shows(town: Town, session: str, words: str) -> str:
    """The page, once it shows these words."""
    for _ in range(150):
        if words in (text := await page(town, session, "en")):
            return text
        await asyncio.sleep(0.1)
    raise AssertionError(f"{words!r} is not in: {text}")


async def test_others_are_sent_to_the_log_in_or_away(town: Town) -> None:
    async with town.http.get("/verwaltung", allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/amt/anmelden?next=/verwaltung"
    for role in ("clerk", "supervisor"):
        session = await hire(town, role, role)
        headers = {"Cookie": f"vamt={session}"}
        async with town.http.get("/verwaltung", headers=headers) as answer:
            assert answer.status == 403
            assert "mail.host" not in await answer.text()


async def test_the_log_in_leads_on_to_this_page_and_nowhere_else(town: Town) -> None:
    await town.app[office.CLERKS].add("root", "Root", "geheimes wort root", "admin")
    browser = town.browser()
    await browser.get("/verwaltung")
    assert browser.url == "/amt/anmelden?next=/verwaltung"
    await browser.submit(user="root", password="falsch")
    assert browser.status == 403  # and it is still known where to go
    await browser.submit(user="root", password="geheimes wort root")
    assert browser.url == "/verwaltung" and browser.status == 200
    other = town.browser()
    await other.get("/amt/anmelden?next=//evil.example")
    assert "evil.example" not in dict(other.page.form().filled()).values()
    await other.submit(user="root", password="geheimes wort root")
    assert other.url == "/amt"


async def test_a_healthy_installation_in_both_languages(town: Town) -> None:
    session = await hire(town, "root", "admin")
    assert isinstance(town.clock, Clock)
    town.clock.forward(3 * 86400 + 4 * 3600)
    session = await town.sign_in("root")
    german, english = await page(town, session), await page(town, session, "en")
    assert "3 d 04:00" in german and "3 d 04:00" in english
    assert "Administration" in english and "There is no relay" in english
    assert Html(german).words != Html(english).words
    assert "There is no relay" not in german


async def test_open_visits_without_names_of_citizens(town: Town) -> None:
    met = await visit(town, "anna")
    session = await hire(town, "root", "admin")
    assert isinstance(town.clock, Clock)
    town.clock.forward(12 * 60)
    text = await page(town, session, "en")
    assert "Open visits: 1" in text and "Anna, for 00:12" in text
    assert met.citizen.state["name"] not in text


async def test_notices_that_were_given_up_can_be_sent_again(served: Served) -> None:
    hook = WebhookConf(
        name="fachverfahren",
        url=f"http://127.0.0.1:{free_port()}/?token=geheim",
        secrets=["whsec_" + "QUJD" * 11],
    )
    town = await served(webhook=[hook])
    notices = town.app[office.OUTWARD].notices
    root, clerk = await hire(town, "root", "admin"), await hire(town, "anna", "clerk")
    assert "Send again" not in await page(town, root, "en")
    booked = await town.book()
    for _ in range(150):
        if tried := town.rows("select * from deliveries where tries = 1"):
            break
        await asyncio.sleep(0.1)
    async with town.app[office.STORE].read() as tx:
        delivery = await tx.delivery(tried[0]["id"])
    assert delivery
    await notices.refused(delivery, delivery.error, for_good=True)
    text = await page(town, root, "en")
    assert "appointment.booked" in text and "no connection" in text and "Send again" in text
    for secret in ("geheim", "QUJD", booked.id):
        assert secret not in text
    body, again = {"id": delivery.id}, "/verwaltung/erneut"

    async def click(session: str, **headers: str) -> int:
        sent = {"Cookie": f"vamt={session}", **headers}
        async with town.http.post(again, data=body, headers=sent, allow_redirects=False) as answer:
            return answer.status

    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert [await click(clerk), await click(root, **foreign), await click("nobody")] == [
        *(403, 403, 303)
    ]
    assert len(await notices.given_up()) == 1
    assert await click(root) == 303
    assert await notices.given_up() == [] and (await notices.waiting())["fachverfahren"] == 1
    body = {"id": "msg_unknown"}
    assert await click(root) == 404


async def test_mails_that_are_not_delivered(served: Served) -> None:
    mail = Mail(host="127.0.0.1", port=free_port(), tls="none", sender="amt@kleinstadt.example")
    town = await served(mail=mail, demo=False)
    await town.book()
    session = await hire(town, "root", "admin")
    text = await shows(town, session, "Last error")
    assert "Waiting for another try</dt><dd>1" in text and "Given up</dt><dd>0" in text
    assert "gast1@example.org" not in text
    async with town.app[office.STORE].write() as tx:
        await tx.letter_tried(1, sent=None, due=float("inf"), error="no way to gast1@example.org")
    text = await page(town, session, "en")
    assert "Waiting for another try</dt><dd>0" in text and "Given up</dt><dd>1" in text
    assert "no way to …@…" in text


SECRETS = {
    "mail": Mail(host="m.example", user="amt", password="geheim-1", sender="a@b.example"),
    "rtc": Rtc(
        ice_servers=[IceServer(urls=["turn:r.example"], username="u", credential="geheim-2")]
    ),
    "turn": Turn(mode="external", urls=["turn:t.example"], secret="geheim-3"),
}


async def test_settings_without_secrets(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def not_tried(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr("vamt.turn.selftest.try_servers", not_tried)
    town = await served(**SECRETS)
    text = await page(town, await hire(town, "root", "admin"), "en")
    assert "geheim-" not in text
    for shown in ("m.example", "turn:t.example", "urls: turn:r.example", "credential: •••"):
        assert shown in text
    assert "The relay is looked after elsewhere" in text


def test_every_value_is_shown_in_words() -> None:
    settings = Settings(town=Conf(name="x"), opening=[], service=[], **SECRETS)
    rows = dict(summary(settings))
    assert rows["mail.password"] == rows["turn.secret"] == "•••"
    assert rows["turn.external_ip"] == rows["turn.listen"] == "–"
    assert rows["turn.relay_ports"] == "49152; 65535"
    assert rows["server.port"] == "8080" and rows["turn.allow_private_peers"] == "false"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "00:00"), (3599, "00:59"), (86400, "1 d 00:00"), (7200, "02:00")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


async def test_a_relay_of_its_own_and_its_last_test(
    served: Served, make_town: MakeTown, coturn_installed: None
) -> None:
    town = await served(time.time, turn=make_town().turn)
    session = await hire(town, "root", "admin")
    text = await shows(town, session, "passed a datagram on")
    assert "The relay is running." in text and "restarts: 0" in text
    assert text.count("Works.") == 3 and "Does not work" not in text
    german = await page(town, session)
    assert "The relay" not in german and "datagram" not in german


async def test_a_relay_that_is_missing(
    served: Served, make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vamt.turn.coturn.program", lambda: None)
    town = await served(turn=make_town().turn)
    text = await page(town, await hire(town, "root", "admin"), "en")
    assert "coturn is not installed" in text and "kern-alert--danger" in text
    assert "Not tested yet." in text
