"""A clerk's calendar link: hers alone, read by programs that ask often, and told to nobody."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import icalendar
import msgspec
import pytest

from tests.web.served import Clock, QuickHasher, Town, free_port, town_settings
from vamt import app as office
from vamt.interfaces import CalendarConf


async def hire(town: Town, user: str) -> str:
    await town.app[office.CLERKS].add(user, user.title(), f"geheimes wort {user}")
    return await town.sign_in(user)


async def wish(town: Town, session: str, value: str, **headers: str) -> int:
    sent = {"Cookie": f"vamt={session}", **headers}
    body = {"wish": value}
    async with town.http.post(
        "/amt/kalender", data=body, headers=sent, allow_redirects=False
    ) as answer:
        return answer.status


async def link(town: Town, session: str) -> str:
    """The path of the link on her page; '' when there is none."""
    async with town.http.get("/amt/kalender", headers={"Cookie": f"vamt={session}"}) as answer:
        text = await answer.text()
        assert answer.status == 200
    _, found, rest = text.partition("/kalender/")
    return "/kalender/" + rest.partition('"')[0] if found and ".ics" in rest[:200] else ""


async def get(town: Town, path: str, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    async with town.http.get(path, headers=headers) as answer:
        return answer.status, answer.headers, await answer.read()


def events(raw: bytes) -> list[dict[str, Any]]:
    calendar = icalendar.Calendar.from_ical(raw)
    assert [zone["tzid"] for zone in calendar.walk("VTIMEZONE")] == ["Europe/Berlin"]
    return [dict(event) for event in calendar.walk("VEVENT")]


async def test_a_program_reads_the_appointments_and_no_names(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    anna = await hire(town, "anna")
    assert await link(town, anna) == ""
    assert await wish(town, anna, "new") == 303
    path = await link(town, anna)
    booked = await town.book()
    status, headers, body = await get(town, path)
    assert status == 200 and headers["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = events(body)
    assert event["SUMMARY"] == "Rat und Tat" and event["UID"].startswith(booked.id)
    assert event["DTSTART"].dt.isoformat() == booked.start
    assert event["CLASS"] == "PRIVATE" and event["TRANSP"] == "TRANSPARENT"
    person = town.appointment(booked.id)
    for secret in (person["name"], person["email"], booked.token):
        assert secret.encode() not in body
    said = capsys.readouterr()
    token = path.removeprefix("/kalender/").removesuffix(".ics")
    assert "/kalender/{token}" in said.out + said.err and token not in said.out + said.err


async def test_what_it_has_already_is_not_sent_again(town: Town, clock: Clock) -> None:
    anna = await hire(town, "anna")
    await wish(town, anna, "new")
    path = await link(town, anna)
    booked = await town.book()
    _, first, body = await get(town, path)
    clock.forward(60)
    for tags in (first["ETag"], f'"other", W/{first["ETag"]}', "*"):
        status, headers, nothing = await get(town, path, **{"If-None-Match": tags})
        assert (status, nothing, headers["ETag"]) == (304, b"", first["ETag"])
        assert headers["Cache-Control"] == "private, no-cache"
    assert (await get(town, path))[2] == body, "the same appointments, the same bytes"
    await town.app[office.BOOKINGS].cancel(booked.id)
    status, headers, body = await get(town, path, **{"If-None-Match": first["ETag"]})
    assert status == 200 and headers["ETag"] != first["ETag"]
    assert not icalendar.Calendar.from_ical(body).walk("VEVENT")


async def test_a_link_is_hers_until_she_makes_another_or_switches_it_off(town: Town) -> None:
    anna, ben = await hire(town, "anna"), await hire(town, "ben")
    await wish(town, anna, "new")
    await wish(town, ben, "new")
    first, other = await link(town, anna), await link(town, ben)
    assert first != other
    assert await wish(town, anna, "new", **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert (await get(town, first))[0] == 200, "another site's page changes nothing"
    await wish(town, anna, "new")
    second = await link(town, anna)
    assert [(await get(town, path))[0] for path in (first, second, other)] == [404, 200, 200]
    await wish(town, anna, "off")
    assert await link(town, anna) == "" and (await get(town, second))[0] == 404
    broken = other.replace(".ics", "x.ics")
    for path in (broken, "/kalender/x.ics", "/kalender/.ics", other.removesuffix(".ics")):
        assert (await get(town, path))[0] == 404


async def test_only_who_is_signed_in_has_one(town: Town) -> None:
    assert await wish(town, "nobody", "new") == 303
    async with town.http.get("/amt/kalender", allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/amt/anmelden"
    assert town.rows("select * from feeds") == []


@pytest.fixture
async def other_town(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Town]:
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)
    settings = town_settings(tmp_path, free_port())
    settings = msgspec.structs.replace(settings, calendar_feed=request.param)
    async with Town(tmp_path, clock, settings=settings) as served:
        yield served


@pytest.mark.parametrize("other_town", [CalendarConf(names=True)], indirect=True)
async def test_a_town_may_want_names(other_town: Town) -> None:
    anna = await hire(other_town, "anna")
    await wish(other_town, anna, "new")
    booked = await other_town.book(name="Jörg, Müller; \\n")
    _, _, body = await get(other_town, await link(other_town, anna))
    (event,) = events(body)
    assert event["SUMMARY"] == f"Rat und Tat: {other_town.appointment(booked.id)['name']}"


@pytest.mark.parametrize("other_town", [CalendarConf(feeds=False)], indirect=True)
async def test_a_town_may_want_none(other_town: Town) -> None:
    anna = await hire(other_town, "anna")
    assert await wish(other_town, anna, "new") == 409
    cookie = {"Cookie": f"vamt={anna}"}
    assert (await get(other_town, "/amt/kalender", **cookie))[0] == 404
    assert b"/amt/kalender" not in (await get(other_town, "/amt", **cookie))[2]
