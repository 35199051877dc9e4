"""The identity check: asked, allowed, refused, judged; what its capture sees; what ends it."""

from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import MakeTown, Town, words
from tests.fake_captures import FakeCaptures
from vamt import states
from vamt.booking import Appointment, Service
from vamt.capture.wire import Advised, Waiting, ZoneRead
from vamt.errors import Conflict, Invalid, NotFound
from vamt.identity import Check, Document, Result, Unfinished
from vamt.services.checks import Over
from vamt.states import Check as State

CLERK, COLLEAGUE = "clerk-keller", "clerk-demir"
ID = "a-fresh-id-of-the-page"


@pytest.fixture(autouse=True)
async def keller(town: Town) -> None:
    await town.clerk("keller")


async def test_asking_begins_a_capture_before_she_has_decided(town: Town) -> None:
    mine, check = await town.check_asked(CLERK)
    assert check.state is State.ASKED and check.items == ("valid", "data", "photo")
    wanted, _ = town.captures.running[check.id]
    assert (wanted.purpose, wanted.document, wanted.reading) == ("check", "id_card", True)
    assert wanted.ice == [{"urls": ["turn:relay"], "username": check.id}]
    with pytest.raises(Conflict):
        await town.checks.offer(mine.id, check.id, "sdp")
    await town.checks.allow(mine.id)
    assert await town.checks.offer(mine.id, check.id, "sdp") == "answer to sdp"


async def test_asking_twice_asks_once_and_a_second_check_has_to_wait(town: Town) -> None:
    mine = await town.visited(CLERK)
    for _ in range(2):
        await town.checks.ask(CLERK, ID, Document.PASSPORT)
    assert town.captures.asked == [("begin", ID)]
    with pytest.raises(Conflict) as refused:
        await town.checks.ask(CLERK, ID + "-2", Document.PASSPORT)
    assert refused.value.key == "check_open"
    await town.checks.refuse(mine.id)
    await town.checks.ask(CLERK, ID + "-2", Document.PASSPORT)
    assert (await town.check(mine)).id == ID + "-2"


async def test_it_needs_an_open_visit_and_an_errand_that_asks_for_it(town: Town) -> None:
    with pytest.raises(Conflict) as refused:
        await town.checks.ask(CLERK, ID, Document.ID_CARD)
    assert refused.value.key == "no_visit"
    await town.called(CLERK)
    with pytest.raises(Conflict):
        await town.checks.ask(CLERK, ID, Document.ID_CARD)
    with pytest.raises(Invalid):
        await town.checks.ask(CLERK, "short", Document.ID_CARD)


@pytest.mark.parametrize("allowed", [False, True])
async def test_she_may_refuse_at_every_moment_and_the_visit_goes_on(
    town: Town, allowed: bool
) -> None:
    mine, check = await (town.check_allowed if allowed else town.check_asked)(CLERK)
    for _ in range(2):
        await town.checks.refuse(mine.id)
    assert (await town.check(mine)).state is State.REFUSED
    assert check.id not in town.captures.running and check.id not in town.checks.sights
    assert (await town.get(mine.id)).state is states.Appointment.IN_VISIT
    with pytest.raises(Over):
        await town.checks.allow(mine.id)


async def test_genuine_needs_the_whole_checklist_and_anything_else_a_reason(town: Town) -> None:
    mine, check = await town.check_allowed(CLERK)
    with pytest.raises(Unfinished):
        await town.checks.judge(CLERK, Result.GENUINE, "")
    with pytest.raises(Invalid):
        await town.checks.judge(CLERK, Result.DOUBTFUL, "  ")
    with pytest.raises(Invalid):
        await town.checks.tick(CLERK, "no such item", True)
    for item in check.items:
        await town.checks.tick(CLERK, item, True)
    await town.checks.tick(CLERK, "photo", False)
    with pytest.raises(Unfinished):
        await town.checks.judge(CLERK, Result.GENUINE, "")
    await town.checks.tick(CLERK, "photo", True)
    for _ in range(2):
        await town.checks.judge(CLERK, Result.GENUINE, "")
    after = await town.check(mine)
    assert (after.state, after.result, after.ended) == (State.JUDGED, Result.GENUINE, town.clock())
    assert check.id not in town.captures.running
    with pytest.raises(Over):
        await town.checks.tick(CLERK, "photo", True)


async def test_a_check_ends_with_its_visit_and_what_was_seen_is_forgotten(town: Town) -> None:
    mine, check = await town.check_allowed(CLERK)
    await town.checks.turn(CLERK, "back")
    await town.captures.watch(check.id)
    await town.office.park(CLERK, mine.id)
    assert (await town.check(mine)).state is State.ABORTED
    town.checks.end([check.id])
    assert town.checks.sights == {} and town.captures.running == {}


async def test_what_the_capture_says_is_seen_and_advice_goes_to_the_desk(town: Town) -> None:
    mine, check = await town.check_allowed(CLERK)
    await town.captures.say(check.id, Waiting(2))
    assert (town.checks.sights[check.id].capture, town.checks.sights[check.id].before) == (
        "waiting",
        2,
    )
    await town.captures.watch(check.id)
    advised = Advised("front", "closer", None, 0.4)
    await town.captures.say(check.id, advised)
    assert town.advised == [(CLERK, check.id, advised)]
    await town.captures.see(check.id, "front", b"a card")
    assert town.checks.sights[check.id].taken == ["front"]
    assert await town.checks.picture(CLERK, check.id, "front") == b"a card"
    with pytest.raises(NotFound):
        await town.checks.picture(CLERK, "another", "front")
    with pytest.raises(Conflict):
        await town.checks.picture(COLLEAGUE, check.id, "front")


async def test_a_lost_capture_is_begun_anew_by_either_side(town: Town) -> None:
    mine, check = await town.check_allowed(CLERK)
    await town.captures.die(check.id, "timeout")
    assert town.checks.sights[check.id].why == "timeout"
    await town.checks.allow(mine.id)
    assert check.id in town.captures.running
    _, old = town.captures.running[check.id]
    await town.checks.again(CLERK)
    sight = town.checks.sights[check.id]
    await old(check.id, Waiting(7))  # the last words of the one before
    assert sight.capture == "starting" and town.checks.sights[check.id] is sight


# --- the one-time code


SURE = Service(id="sicher", name=words("Sicher"), minutes=15, identity="checked_code")


@pytest.fixture
async def sure(make_town: MakeTown) -> Town:
    """A town whose only errand asks for everything."""
    return make_town(services=(SURE, replace(SURE, id="parken", keep=("expiry",))), keep_hours=2)


def letters(town: Town) -> list[dict[str, Any]]:
    return [row for row in town.rows("outbox")["outbox"] if row["kind"] == "code"]


async def test_a_code_goes_by_mail_and_is_forgotten_when_it_was_right(sure: Town) -> None:
    mine, check = await sure.check_allowed(CLERK)
    await sure.checks.code(CLERK, ID + "-1", "mail")
    (letter,) = letters(sure)
    digits = letter["facts"]["code"]
    assert letter["recipient"] == mine.email and sure.checks.sights[check.id].code == ""
    assert not await sure.checks.said(CLERK, "12")
    assert (await sure.check(mine)).code.tries == 1
    assert await sure.checks.said(CLERK, f"{digits[:3]} {digits[3:]}")
    assert await sure.checks.said(CLERK, "twice is once")
    after = await sure.check(mine)
    assert "code" in after.done and after.code.salted == "" and letters(sure) == []


async def test_a_code_on_her_screen_is_in_memory_only_and_the_last_one_counts(sure: Town) -> None:
    mine, check = await sure.check_allowed(CLERK)
    await sure.checks.code(CLERK, ID + "-2", "mail")
    first = letters(sure)[0]["facts"]["code"]
    await sure.checks.code(CLERK, ID + "-3", "screen")
    digits = sure.checks.sights[check.id].code
    assert letters(sure) == [] and digits and digits not in str(sure.rows())
    assert not await sure.checks.said(CLERK, first)
    await sure.checks.again(CLERK)  # looking once more does not take it from her page
    assert sure.checks.sights[check.id].code == digits
    assert await sure.checks.said(CLERK, digits)
    assert sure.checks.sights[check.id].code == ""


async def test_a_code_is_made_once_she_has_allowed_it_and_ends_with_the_check(sure: Town) -> None:
    mine, _ = await sure.check_asked(CLERK)
    with pytest.raises(Over):
        await sure.checks.code(CLERK, ID + "-4", "mail")
    await sure.checks.allow(mine.id)
    await sure.checks.code(CLERK, ID + "-5", "mail")
    await sure.office.park(CLERK, mine.id)
    assert letters(sure) == [] and (await sure.check(mine)).code.salted == ""


async def test_a_request_for_a_code_that_comes_twice_sends_one_letter(sure: Town) -> None:
    mine, _ = await sure.check_allowed(CLERK)
    for _ in range(2):
        await sure.checks.code(CLERK, ID + "-one", "mail")
    (letter,) = letters(sure)
    assert (await sure.check(mine)).code.made == 1
    assert await sure.checks.said(CLERK, letter["facts"]["code"])
    await sure.checks.code(CLERK, ID + "-one", "mail")  # it comes once more, too late
    assert letters(sure) == [] and (await sure.check(mine)).code.made == 1
    with pytest.raises(Invalid):
        await sure.checks.code(CLERK, "with:a colon in it", "mail")


# --- a kept copy


async def judged(town: Town, keep: bool) -> tuple[Appointment, Check]:
    mine, check = await town.check_allowed(CLERK, Document.PASSPORT)
    await town.captures.watch(check.id)
    await town.captures.see(check.id, "front", b"the whole page")
    await town.checks.judge(CLERK, Result.DOUBTFUL, "blurred", keep)
    return mine, await town.check(mine)


async def test_a_kept_copy_is_masked_sealed_and_gone_at_its_hour(sure: Town) -> None:
    _, check = await judged(sure, keep=True)
    assert check.kept_until == sure.clock() + 7200
    assert await sure.checks.kept(CLERK, check.id, "front") == b"masked the whole page"
    lines = ("Stadt Amselfingen", "parken", "15.06.2026")
    assert ("copy", check.id, "front", "expiry", *lines) in sure.captures.asked
    assert "whole page" not in str(sure.rows())
    for who, side in ((COLLEAGUE, "front"), (CLERK, "back")):
        with pytest.raises(NotFound):
            await sure.checks.kept(who, check.id, side)
    sure.clock.go(7200)
    await sure.vault.forget_due()
    with pytest.raises(NotFound):
        await sure.checks.kept(CLERK, check.id, "front")


async def test_the_clerk_may_destroy_a_copy_before_its_hour(sure: Town) -> None:
    mine, check = await judged(sure, keep=True)
    with pytest.raises(NotFound):
        await sure.checks.destroy(COLLEAGUE, check.id)
    assert await sure.checks.kept(CLERK, check.id, "front")
    for _ in range(2):
        await sure.checks.destroy(CLERK, check.id)
    with pytest.raises(NotFound):
        await sure.checks.kept(CLERK, check.id, "front")
    assert (await sure.check(mine)).kept_until is None
    assert sure.rows("vault_keys") == {"vault_keys": []}
    noted = [row for row in sure.rows("history")["history"] if row["machine"] == "vault"]
    assert [(row["event"], row["by"]) for row in noted] == [("destroy", CLERK)]


async def test_no_copy_is_kept_unless_she_says_so(sure: Town) -> None:
    _, check = await judged(sure, keep=False)
    assert check.kept_until is None and sure.rows("vault_keys") == {"vault_keys": []}
    with pytest.raises(NotFound):
        await sure.checks.kept(CLERK, check.id, "front")


async def test_no_copy_is_kept_where_town_or_errand_do_not_allow_it(town: Town) -> None:
    with pytest.raises(Invalid) as refused:
        await judged(town, keep=True)
    assert refused.value.extra["field"] == "keep"


async def test_a_copy_needs_the_picture_of_each_side(sure: Town) -> None:
    _, check = await sure.check_allowed(CLERK)
    await sure.captures.see(check.id, "front", b"one side")
    with pytest.raises(Invalid):
        await sure.checks.judge(CLERK, Result.DOUBTFUL, "blurred", keep=True)
    assert sure.rows("vault_keys") == {"vault_keys": []}


# --- the zone


ZONE = (
    "IDD<<T220001293<<<<<<<<<<<<<<<",
    "6408125<2010315D<<<<<<<<<<<<<4",
    "MUSTERMANN<<ERIKA<<<<<<<<<<<<<",
)


async def test_a_typed_zone_takes_the_place_of_one_that_was_read(town: Town) -> None:
    mine, check = await town.check_allowed(CLERK)
    await town.captures.say(check.id, ZoneRead(list(ZONE), "look_alike"))
    sight = town.checks.sights[check.id]
    assert sight.zone and sight.doubtful == "look_alike"
    with pytest.raises(Invalid):
        await town.checks.typed(CLERK, ["MUSTERMANN"])
    await town.checks.typed(CLERK, ZONE)
    assert sight.zone.names == ("MUSTERMANN", "ERIKA") and (sight.doubtful, sight.typed) == (
        "",
        True,
    )
    await town.captures.say(check.id, ZoneRead([], "disagree"))
    assert sight.zone.lines == ZONE  # what she has typed stays
    assert "MUSTERMANN" not in str(town.rows("checks", "history"))


async def test_after_a_restart_the_check_goes_on_and_nothing_is_known_of_the_document(
    town: Town,
) -> None:
    mine, check = await town.check_allowed(CLERK)
    await town.checks.tick(CLERK, "photo", True)
    await town.captures.see(check.id, "front", b"a card")
    anew = replace(town.checks, captures=FakeCaptures(), sights={})
    assert (await town.check(mine)).done == ("photo",)
    with pytest.raises(Conflict):
        await anew.picture(CLERK, check.id, "front")
    await anew.allow(mine.id)
    assert anew.sights[check.id].capture == "starting"
