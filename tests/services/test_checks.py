"""The identity check: asked, allowed, refused, judged; what its capture sees; what ends it."""

import pytest

from tests.conftest import Town
from vamt import states
from vamt.capture.wire import Advised, Waiting
from vamt.errors import Conflict, Invalid, NotFound
from vamt.identity import Document, Result, Unfinished
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
