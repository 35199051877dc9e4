"""The identity check over the wire: who is told what, and that nothing of a document remains.

A fake stands for the child that looks; the law's side of the child itself is proved in
tests/capture and tests/test_captures.py.
"""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.fake_captures import FakeCaptures
from tests.web.served import (
    TOWN,
    Clock,
    QuickHasher,
    Town,
    Visit,
    free_port,
    town_settings,
    visit,
)
from vamt.app import VAULT
from vamt.capture.wire import Advised, Rested, ZoneRead
from vamt.mrz import check_digit

ID = "check-number-0001"
ERRAND = """
[[service]]
id = "sicher"
minutes = 10
identity = "checked_code"
keep = ["expiry"]
name = { de = "Sicher", en = "Sure" }

[identity]
keep_hours = 1
"""
NAME, NUMBER = "ZWETSCHGENMARKER", "CZM1RK3RT"  # nothing else in the world is written like that
PIXELS = bytes(range(7, 250)) * 3


def zone() -> list[str]:
    """A German card's lines with the planted name and number."""
    upper = f"IDD<<{NUMBER}{check_digit(NUMBER)}".ljust(30, "<")
    middle = f"640812{check_digit('640812')}<311031{check_digit('311031')}D<<".ljust(29, "<")
    over = upper[5:30] + middle[0:7] + middle[8:15] + middle[18:29]
    return [upper, middle + check_digit(over), f"{NAME}<<ERIKA".ljust(30, "<")]


@pytest.fixture
async def town(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    """A town whose errand asks for everything, with fake children and a temporary folder."""
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    settings = town_settings(tmp_path, free_port(), TOWN + ERRAND)
    async with Town(tmp_path, clock, settings=settings) as served:
        yield served


@pytest.fixture
def captures(town: Town) -> FakeCaptures:
    """Its children, none of them real."""
    return town.captures


async def meet(town: Town, allowed: bool = True) -> Visit:
    """A visit in which a document is asked for."""
    met = await visit(town, booking=await town.book("sicher"))
    asked = {"id": ID, "document": "id_card"}
    await met.clerk.do("check_ask", asked)
    await met.clerk.do("check_ask", asked)  # the answer got lost: asked once
    if allowed:
        await met.citizen.do("check_allow")
        await met.clerk.until(lambda s: check(s)["state"] == "allowed")
    return met


def check(state: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (state["visit"] or {}).get("check") or {"state": ""}
    return found


async def test_each_side_is_told_what_it_may_see(town: Town, captures: FakeCaptures) -> None:
    met = await meet(town, allowed=False)
    hers = check(await met.citizen.until(lambda s: check(s)["state"] == "asked"))
    assert (hers["document"], hers["level"], hers["keep_hours"]) == ("id_card", "checked_code", 1)
    assert hers["desk"] is None and hers["reads"] is True
    assert await met.citizen.fails("capture_offer", {"id": ID, "sdp": "v=0"}) == "conflict"
    await met.citizen.do("check_allow")
    assert (await met.citizen.do("capture_offer", {"id": ID, "sdp": "v=0"}))["sdp"]
    await captures.watch(ID)
    await captures.say(ID, Advised("front", "closer", ((0, 0), (1, 0), (1, 1), (0, 1)), 0.2))
    (advice,) = await met.clerk.advised()
    assert advice == {
        "id": ID,
        "side": "front",
        "advice": "closer",
        "outline": [[0, 0], [1, 0], [1, 1], [0, 1]],
        "seconds": 0.2,
    }
    await captures.say(ID, ZoneRead(zone()))
    seen = check(await met.clerk.until(lambda s: check(s)["desk"]["zone"] == "read"))
    rows = {row["key"]: (row["read"], row["verdict"]) for row in seen["desk"]["fields"]}
    assert rows["name"] == (f"ERIKA {NAME}", "different")
    assert rows["expiry"] == ("31.10.2031", "good") and rows["digits"] == ("", "good")
    await met.clerk.do("check_code", {"id": ID + "-code", "way": "screen"})
    code = check(await met.citizen.until(lambda s: check(s)["code"]))["code"]
    assert (await met.clerk.do("check_said", {"code": "1"}))["right"] is False
    assert (await met.clerk.do("check_said", {"code": code}))["right"] is True
    await met.citizen.until(lambda s: not check(s)["code"])
    assert not met.citizen.advice
    assert code not in str(met.clerk.states) and NAME not in str(met.citizen.states)
    assert NUMBER not in str(met.clerk.states)  # compared by nobody, so told to nobody


async def test_she_refuses_and_the_visit_goes_on(town: Town, captures: FakeCaptures) -> None:
    met = await meet(town)
    await met.citizen.do("check_refuse")
    told = await met.clerk.until(lambda s: check(s)["state"] == "refused")
    assert told["visit"]["state"] == "open" and captures.running == {}
    assert await met.clerk.fails("check_take") == "check_over"


async def test_the_capture_ends_with_the_visit(town: Town, captures: FakeCaptures) -> None:
    met = await meet(town)
    await met.clerk.do("end")
    await met.clerk.until(lambda s: s["visit"] is None)
    assert captures.running == {} and captures.asked.count(("end", ID)) == 1


async def test_the_picture_is_for_the_clerk_of_the_open_check_and_never_cached(
    town: Town, captures: FakeCaptures
) -> None:
    met = await meet(town)
    await captures.see(ID, "front", PIXELS)
    path = f"/amt/ausweis/{ID}/front.jpg"
    cookie = {"Cookie": f"vamt={met.clerk.session}"}
    async with town.http.get(path, headers=cookie) as answer:
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
        assert answer.content_type == "image/jpeg" and await answer.read() == PIXELS
    other = {"Cookie": f"vamt={await town.sign_in('berta')}"}
    for headers in ({}, other, {**cookie, "Sec-Fetch-Site": "cross-site"}):
        async with town.http.get(path, headers=headers) as answer:
            assert answer.status in (403, 404, 409), headers
            assert PIXELS not in await answer.read()
    await met.clerk.do("check_abort")
    async with town.http.get(path, headers=cookie) as answer:
        assert answer.status == 409


@pytest.mark.parametrize("ending", ["judged", "refused", "aborted", "visit"])
async def test_without_a_kept_picture_nothing_of_the_document_remains(
    town: Town, captures: FakeCaptures, ending: str, capfd: pytest.CaptureFixture[str]
) -> None:
    met = await meet(town)
    await captures.watch(ID)
    for side in ("front", "back"):
        await captures.see(ID, side, PIXELS)
        path = f"/amt/ausweis/{ID}/{side}.jpg"
        async with town.http.get(path, headers={"Cookie": f"vamt={met.clerk.session}"}) as answer:
            assert await answer.read() == PIXELS
    await captures.say(ID, ZoneRead(zone(), "look_alike"), Rested("done"))
    await met.clerk.do("check_read", {"lines": zone()})
    await met.clerk.fails("check_read", {"lines": [NAME]})
    await met.clerk.fails("check_read", {"lines": [NAME * 9]})  # malformed: logged without content
    seen = await met.clerk.until(lambda s: check(s)["desk"]["zone"] == "typed")
    assert NAME in str(check(seen))
    if ending == "judged":
        await met.clerk.do("check_judge", {"result": "doubtful", "reason": "unscharf"})
    elif ending == "refused":
        await met.citizen.do("check_refuse")
    elif ending == "aborted":
        await met.clerk.do("check_abort")
    else:
        await met.clerk.do("end")
    await met.clerk.until(lambda s: s["visit"] is None or NAME not in str(s))
    assert captures.running == {} and captures.pictures == {}
    searched = remains(town)
    out, err = capfd.readouterr()
    assert ID.encode() in searched  # so the search does look where things are written
    for found in (searched, out.encode(), err.encode()):
        assert_clean(found)
    await town.stop()
    assert_clean(remains(town))


async def test_a_kept_copy_is_sealed_and_then_gone(
    town: Town, captures: FakeCaptures, clock: Clock
) -> None:
    met = await meet(town)
    await captures.watch(ID)
    for side in ("front", "back"):
        await captures.see(ID, side, PIXELS)
    await met.clerk.do("check_judge", {"result": "rejected", "reason": "fremd", "keep": True})
    told = await met.clerk.until(lambda s: check(s)["state"] == "judged")
    assert check(told)["desk"]["kept_until"] == clock() + 3600
    path = f"/amt/ausweis/{ID}/back/kopie.jpg"
    cookie = {"Cookie": f"vamt={met.clerk.session}"}
    async with town.http.get(path, headers=cookie) as answer:
        assert await answer.read() == b"masked " + PIXELS
    assert_clean(remains(town))
    wrapped = [row["wrapped"] for row in town.rows("select wrapped from vault_keys")]
    clock.forward(3600)
    await town.app[VAULT].forget_due()
    async with town.http.get(path, headers=cookie) as answer:
        assert answer.status == 404
    assert len(wrapped) == 1 and wrapped[0] not in remains(town)


def remains(town: Town) -> bytes:
    """All that is written below the town's folder: database, its log, keys, temporary files."""
    return b"".join(file.read_bytes() for file in town.folder.rglob("*") if file.is_file())


def assert_clean(found: bytes) -> None:
    """Not the name, not the number, not a run of pixels, in no usual encoding."""
    for planted in (NAME, NUMBER, zone()[1]):
        for written in (
            planted.encode(),
            planted.encode("utf-16-le"),
            planted.encode().hex().encode(),
        ):
            assert written not in found, planted
    assert PIXELS[40:72] not in found
