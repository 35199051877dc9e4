"""A signature: asked for, begun, signed, refused, taken back; and what is kept of it."""

from collections.abc import Awaitable, Callable
from xml.etree import ElementTree

import msgspec
import pytest

from tests.conftest import Rows, Town, outcomes
from vamt import signature
from vamt.capture import wire
from vamt.errors import Conflict, Invalid, NotAllowed, NotFound
from vamt.identity import Result
from vamt.notices import Kind
from vamt.services.signatures import Over
from vamt.signature import Document, Piece, Record, Signature
from vamt.states import SIGNATURE, Illegal, SignatureEvent
from vamt.states import Signature as State

CLERK, COLLEAGUE = "clerk-keller", "clerk-demir"
ID, OTHER = "a-fresh-id-of-the-page", "another-id-of-the-page"
TITLE, TEXT = "Erklärung", "Ich ziehe am 1. Juli um."
LINE = [[n / 100, 0.3, n * 10, 0.5] for n in range(30)]
MARK = "A marker that must not stay"


async def asked(town: Town, text: str = TEXT) -> str:
    """The id of the appointment."""
    mine = await town.visited(CLERK)
    await town.signatures.ask(CLERK, ID, TITLE, text)
    return mine.id


async def signing(town: Town) -> str:
    id = await asked(town)
    await town.signatures.agree(id, ID)
    return id


async def signed(town: Town) -> str:
    id = await signing(town)
    await town.signatures.done(id, ID, [LINE], "", "de")
    return id


async def refused(town: Town) -> str:
    id = await asked(town)
    await town.signatures.refuse(id, ID)
    return id


async def withdrawn(town: Town) -> str:
    id = await asked(town)
    await town.signatures.withdraw(CLERK, ID)
    return id


WAYS: dict[State, Callable[[Town], Awaitable[str]]] = {
    State.ASKED: asked,
    State.SIGNING: signing,
    State.SIGNED: signed,
    State.REFUSED: refused,
    State.WITHDRAWN: withdrawn,
}


def follow(town: Town, appointment: str, id: str = ID, clerk: str = CLERK) -> None:
    """As the switchboard does with every push."""
    town.signatures.follow({appointment: (id, clerk)}, {ID})


async def stored(town: Town, id: str = ID) -> Signature:
    async with town.store.read() as tx:
        found = await tx.signature(id)
    assert found
    return found


async def record(town: Town, id: str = ID) -> Record:
    found = await stored(town, id)
    assert found.record
    async with town.store.read() as tx:
        data = await town.signatures.vault.unseal(tx, found.visit, found.record, about=id)
    return msgspec.json.decode(data, type=Record)


KEEPS_ITS_OWN = ("signatures", "history", "notices")


def others(rows: Rows) -> Rows:
    return {table: found for table, found in rows.items() if table not in KEEPS_ITS_OWN}


@pytest.mark.parametrize("event", SignatureEvent)
@pytest.mark.parametrize("state", State)
async def test_every_pair_of_the_table(town: Town, state: State, event: SignatureEvent) -> None:
    await town.clerk("keller")
    await WAYS[state](town)
    wanted = await stored(town)
    assert wanted.state is state
    town.clock.go(7)
    before = town.rows()
    async with town.store.write() as tx:
        if (state, event) not in SIGNATURE.table:
            with pytest.raises(Illegal):
                await town.steps.signature(tx, wanted, event, by="tester")
        else:
            await town.steps.signature(tx, wanted, event, by="tester")
    after = town.rows()
    if (state, event) not in SIGNATURE.table:
        assert after == before
        return
    target = SIGNATURE.table[state, event].target
    over = {"text": "", "ended": town.clock()} if event is not SignatureEvent.AGREE else {}
    assert after["signatures"] == [{**before["signatures"][0], "state": target, **over}]
    (new,) = after["history"][len(before["history"]) :]
    assert (new["machine"], new["subject"], new["by"]) == ("signature", ID, "tester")
    told = [row["kind"] for row in after["notices"][len(before["notices"]) :]]
    assert told == ([Kind.SIGNED] if event is SignatureEvent.SIGN else [])
    assert others(after) == others(before)


async def test_a_signature_somebody_else_has_changed_is_a_conflict(town: Town) -> None:
    await town.clerk("keller")
    await asked(town)
    wanted = await stored(town)
    await town.signatures.withdraw(CLERK, ID)
    with pytest.raises(Conflict) as failed:
        async with town.store.write() as tx:
            await town.steps.signature(tx, wanted, SignatureEvent.AGREE, by="tester")
    assert not isinstance(failed.value, Illegal)


# --- asking


async def test_what_is_asked_for_is_stored_with_its_hash_and_told_to_both(town: Town) -> None:
    await town.clerk("keller")
    mine = await town.visited(CLERK)
    told = len(town.hub.told)
    await town.signatures.ask(CLERK, ID, f" {TITLE} ", f"{TEXT}\r\n")
    wanted = await stored(town)
    assert (wanted.title, wanted.text) == (TITLE, TEXT)
    assert wanted.sha256 == Document(TITLE, TEXT).sha256
    assert (wanted.clerk, wanted.asked, wanted.open) == (CLERK, town.clock(), True)
    assert town.hub.told[told:] == [(frozenset([mine.id]), False)]


async def test_asking_twice_asks_once_and_two_at_a_time_are_one_too_many(town: Town) -> None:
    await town.clerk("keller")
    await asked(town)
    await town.signatures.ask(CLERK, ID, TITLE, TEXT)
    with pytest.raises(Conflict) as failed:
        await town.signatures.ask(CLERK, OTHER, TITLE, TEXT)
    assert failed.value.key == "signature_open"
    assert len(town.rows("signatures")["signatures"]) == 1


async def test_one_after_the_other_is_fine(town: Town) -> None:
    await town.clerk("keller")
    await signed(town)
    await town.signatures.ask(CLERK, OTHER, TITLE, "Noch etwas.")
    assert (await stored(town, OTHER)).state is State.ASKED
    assert (await stored(town)).state is State.SIGNED


@pytest.mark.parametrize(
    ("id", "title", "text", "field"),
    [
        ("short", TITLE, TEXT, "id"),
        ("with a space in the middle", TITLE, TEXT, "id"),
        (ID, "", TEXT, "title"),
        (ID, TITLE, "", "text"),
    ],
)
async def test_what_cannot_be_asked_for(
    town: Town, id: str, title: str, text: str, field: str
) -> None:
    await town.clerk("keller")
    await town.visited(CLERK)
    before = town.rows()
    with pytest.raises(Invalid) as failed:
        await town.signatures.ask(CLERK, id, title, text)
    assert failed.value.field == field
    assert town.rows() == before


async def test_only_in_an_open_visit_and_only_at_its_own_desk(town: Town) -> None:
    await town.clerk("keller")
    await town.clerk("demir")
    await town.called(CLERK)
    for clerk in (CLERK, COLLEAGUE):  # not accepted yet; nobody there
        with pytest.raises(Conflict) as failed:
            await town.signatures.ask(clerk, ID, TITLE, TEXT)
        assert failed.value.key == "no_visit"


async def test_another_desk_has_no_part_in_it(town: Town) -> None:
    await town.clerk("keller")
    await town.clerk("demir")
    await signed(town)
    hers = await town.visited(COLLEAGUE)
    with pytest.raises(Conflict):
        await town.signatures.ask(COLLEAGUE, ID, TITLE, TEXT)
    with pytest.raises(NotFound):
        await town.signatures.withdraw(COLLEAGUE, ID)
    with pytest.raises(NotFound):
        await town.signatures.agree(hers.id, ID)
    with pytest.raises(NotFound):
        await town.signatures.done(hers.id, ID, [LINE], "", "de")
    with pytest.raises(NotAllowed):
        await town.signatures.picture(COLLEAGUE, ID, "Signature")


# --- signing


async def test_the_record_holds_all_that_belongs_to_it(town: Town) -> None:
    await town.clerk("keller")
    await signed(town)
    kept = await record(town)
    assert kept.document == Document(TITLE, TEXT)
    assert kept.sha256 == kept.document.sha256
    assert kept.strokes == signature.check_strokes([LINE])
    assert (kept.at, kept.typed) == (town.clock(), "")
    assert (kept.consent.version, kept.consent.language) == (signature.CONSENT_VERSION, "de")
    assert kept.consent.text == f"de: {signature.CONSENT % {'title': TITLE}}"
    found = await stored(town)
    assert (found.state, found.text, found.typed, found.seen) == (
        State.SIGNED,
        "",
        False,
        "nothing",
    )


@pytest.mark.parametrize("result", [Result.GENUINE, Result.DOUBTFUL])
async def test_the_paper_knows_of_a_document_checked_before(town: Town, result: Result) -> None:
    await town.clerk("keller")
    mine, check = await town.check_allowed(CLERK)
    for item in check.items:
        await town.checks.tick(CLERK, item, True)
    await town.checks.judge(CLERK, result, "why")
    town.clock.go(60)
    await town.signatures.ask(CLERK, ID, TITLE, TEXT)
    await town.signatures.agree(mine.id, ID)
    await town.signatures.done(mine.id, ID, [LINE], "", "de")
    assert (await town.signatures.for_desk(CLERK, ID)).checked is (result is Result.GENUINE)


async def test_without_a_check_before_the_paper_says_nothing_of_one(town: Town) -> None:
    await town.clerk("keller")
    await signed(town)
    assert not (await town.signatures.for_desk(CLERK, ID)).checked


async def test_a_typed_name_is_kept_in_place_of_strokes(town: Town) -> None:
    await town.clerk("keller")
    id = await signing(town)
    await town.signatures.done(id, ID, [], "  Ayşe  Yılmaz ", "en")
    kept = await record(town)
    assert (kept.strokes, kept.typed) == ((), "Ayşe Yılmaz")
    assert (await stored(town)).typed
    assert "Ayşe Yılmaz" in await town.signatures.picture(CLERK, ID, "Signature")


@pytest.mark.parametrize(
    ("live", "seen"),
    [
        ([], "nothing"),
        ([(0, 0, LINE[:20]), (0, 20, LINE[20:])], "all"),
        ([(0, 0, LINE[:20])], "differs"),
        ([(0, 0, LINE), (1, 0, LINE)], "differs"),
        ([(0, 0, LINE), (1, 0, LINE), (0, 30, [])], "all"),
    ],
)
async def test_what_was_handed_in_is_compared_with_what_was_seen(
    town: Town, live: list[tuple[int, int, list[list[float]]]], seen: str
) -> None:
    await town.clerk("keller")
    id = await signing(town)
    follow(town, id)
    for piece in live:
        await town.signatures.ink(id, Piece(*piece))
    assert town.shown == [(CLERK, ID, Piece(*piece)) for piece in live]
    await town.signatures.done(id, ID, [LINE], "", "de")
    assert (await stored(town)).seen == seen
    assert (await record(town)).seen == seen


async def test_live_strokes_of_what_is_not_open_any_more_are_forgotten(town: Town) -> None:
    await town.clerk("keller")
    id = await signing(town)
    follow(town, id)
    await town.signatures.ink(id, Piece(0, 0, LINE))
    follow(town, id)
    town.signatures.follow({}, {ID})
    with pytest.raises(Over):
        await town.signatures.ink(id, Piece(0, 0, LINE))
    assert len(town.shown) == 1
    await town.signatures.done(id, ID, [LINE], "", "de")
    assert (await stored(town)).seen == "nothing"


async def test_too_little_is_refused_and_she_may_try_again(town: Town) -> None:
    await town.clerk("keller")
    id = await signing(town)
    for drawn, typed in ([], ""), ([LINE[:2]], ""), ([], "..."):
        with pytest.raises(Invalid):
            await town.signatures.done(id, ID, drawn, typed, "de")
    assert (await stored(town)).state is State.SIGNING
    await town.signatures.done(id, ID, [LINE], "", "de")
    assert (await stored(town)).state is State.SIGNED


async def test_everything_twice_is_once(town: Town) -> None:
    await town.clerk("keller")
    id = await signing(town)
    await town.signatures.agree(id, ID)
    await town.signatures.done(id, ID, [LINE], "", "de")
    before = town.rows()
    await town.signatures.done(id, ID, [LINE], "", "de")
    assert town.rows() == before
    await town.signatures.ask(CLERK, OTHER, TITLE, TEXT)
    await town.signatures.refuse(id, OTHER)
    await town.signatures.refuse(id, OTHER)
    third = "a-third-id-of-the-page"
    await town.signatures.ask(CLERK, third, TITLE, TEXT)
    await town.signatures.withdraw(CLERK, third)
    await town.signatures.withdraw(CLERK, third)
    events = [row["event"] for row in town.rows()["history"] if row["machine"] == "signature"]
    assert events == ["ask", "agree", "sign", "ask", "refuse", "ask", "withdraw"]


@pytest.mark.parametrize("state", [State.SIGNED, State.REFUSED, State.WITHDRAWN])
async def test_what_is_over_stays_over(town: Town, state: State) -> None:
    await town.clerk("keller")
    id = await WAYS[state](town)
    before = town.rows()
    with pytest.raises(Over):
        await town.signatures.agree(id, ID)
    for again, act in {
        State.SIGNED: lambda: town.signatures.done(id, ID, [LINE], "", "de"),
        State.REFUSED: lambda: town.signatures.refuse(id, ID),
        State.WITHDRAWN: lambda: town.signatures.withdraw(CLERK, ID),
    }.items():
        if again is not state:
            with pytest.raises(Over):
                await act()
    assert town.rows() == before


async def test_signing_and_taking_back_at_the_same_time_is_one_of_them(town: Town) -> None:
    await town.clerk("keller")
    id = await signing(town)
    _, failed = await outcomes(
        town.signatures.done(id, ID, [LINE], "", "de"), town.signatures.withdraw(CLERK, ID)
    )
    assert [type(one) for one in failed] == [Over]
    assert (await stored(town)).state in (State.SIGNED, State.WITHDRAWN)


async def test_the_strokes_of_one_request_are_none_of_the_next(town: Town) -> None:
    await town.clerk("keller")
    id = await signing(town)
    follow(town, id)
    await town.signatures.ink(id, Piece(0, 0, LINE))
    await town.signatures.refuse(id, ID)
    await town.signatures.ask(CLERK, OTHER, TITLE, TEXT)
    await town.signatures.agree(id, OTHER)
    follow(town, id, OTHER)
    await town.signatures.done(id, OTHER, [LINE], "", "de")
    assert (await stored(town, OTHER)).seen == "nothing"


async def test_another_clerk_who_takes_over_watches_on(town: Town) -> None:
    await town.clerk("keller")
    id = await signing(town)
    follow(town, id)
    await town.signatures.ink(id, Piece(0, 0, LINE[:9]))
    follow(town, id, clerk=COLLEAGUE)
    await town.signatures.ink(id, Piece(0, 9, LINE[9:]))
    assert [clerk for clerk, _, _ in town.shown] == [CLERK, COLLEAGUE]
    assert len(town.signatures.live[id].ink.strokes[0]) == len(LINE)


# --- the second connection


async def test_a_child_is_started_with_the_request_and_ends_with_it(town: Town) -> None:
    for way in (signed, refused, withdrawn):
        await town.clerk(CLERK.removeprefix("clerk-")) if way is signed else None
        id = await way(town)
        await town.office.end(CLERK)
        assert town.captures.asked == [("begin", ID), ("end", ID)], way
        assert id not in town.signatures.live
        town.captures.asked.clear()
        async with town.store.write() as tx:
            await tx.forget_signatures(id)


async def test_the_child_is_for_a_signature_and_has_the_towns_relay(town: Town) -> None:
    await town.clerk("keller")
    await asked(town)
    wanted, _ = town.captures.running[ID]
    assert wanted == wire.Begin("sign", ice=[{"urls": ["turn:relay"], "username": ID}])


async def test_her_page_may_connect_when_she_has_begun_and_the_child_is_ready(town: Town) -> None:
    await town.clerk("keller")
    id = await asked(town)
    assert not town.signatures.live[id].ready
    told = len(town.hub.told)
    await town.captures.say(ID, wire.Ready())
    assert town.signatures.live[id].ready
    assert town.hub.told[told:] == [(frozenset([id]), False)]
    with pytest.raises(Conflict):
        await town.signatures.offer(id, ID, "offer")
    await town.signatures.agree(id, ID)
    assert await town.signatures.offer(id, ID, "offer") == "answer to offer"
    with pytest.raises(NotFound):
        await town.signatures.offer(id, OTHER, "offer")


async def test_ink_through_the_child_is_shown_like_any_other(town: Town) -> None:
    await town.clerk("keller")
    id = await signing(town)
    await town.captures.say(ID, wire.Inked(0, 0, [tuple(p) for p in LINE]))  # type: ignore[misc]
    await town.signatures.ink(id, Piece(0, 0, LINE))  # the other way brings it, too
    await town.signatures.done(id, ID, [LINE], "", "de")
    assert (await stored(town)).seen == "all"
    assert len(town.shown) == 2


async def test_a_child_that_tells_nonsense_is_ended_and_the_signature_goes_on(town: Town) -> None:
    await town.clerk("keller")
    id = await signing(town)
    await town.captures.say(ID, wire.Inked(0, 0, [(0.1, 0.1, 9, 1.0), (0.1, 0.1, 8, 1.0)]))
    assert town.captures.asked[-1] == ("end", ID)
    assert town.shown == []
    await town.signatures.ink(id, Piece(0, 0, LINE))
    await town.signatures.done(id, ID, [LINE], "", "de")
    assert (await stored(town)).seen == "all"


async def test_a_child_that_dies_takes_nothing_with_it(town: Town) -> None:
    await town.clerk("keller")
    id = await signing(town)
    await town.captures.say(ID, wire.Ready())
    await town.captures.say(ID, wire.Ended("crashed"))
    assert not town.signatures.live[id].ready
    await town.signatures.done(id, ID, [LINE], "", "de")


async def test_the_news_of_an_older_child_are_not_heard(town: Town) -> None:
    await town.clerk("keller")
    id = await asked(town)
    _, hear = town.captures.running[ID]
    await town.signatures.refuse(id, ID)
    await town.signatures.ask(CLERK, OTHER, TITLE, TEXT)
    await hear(ID, wire.Ready())
    assert not town.signatures.live[id].ready


async def test_a_request_newer_than_what_was_read_is_not_forgotten(town: Town) -> None:
    await town.clerk("keller")
    id = await asked(town)
    town.signatures.follow({}, set())
    assert town.signatures.owns(id, ID)
    town.signatures.follow({}, {ID})
    assert not town.signatures.owns(id, ID)
    assert town.captures.asked[-1] == ("end", ID)


# --- what is left


async def test_a_refusal_leaves_neither_text_nor_stroke(town: Town) -> None:
    await town.clerk("keller")
    id = await asked(town, MARK)
    await town.signatures.agree(id, ID)
    follow(town, id)
    await town.signatures.ink(id, Piece(0, 0, LINE))
    await town.signatures.refuse(id, ID)
    await town.store.settle()
    assert MARK.encode() not in town.file.read_bytes()
    found = await stored(town)
    assert (found.state, found.text, found.record) == (State.REFUSED, "", None)


async def test_what_is_signed_is_on_disk_only_sealed(town: Town) -> None:
    await town.clerk("keller")
    id = await asked(town, MARK)
    await town.signatures.agree(id, ID)
    await town.signatures.done(id, ID, [LINE], "", "de")
    await town.store.settle()
    left = b"".join(file.read_bytes() for file in town.file.parent.glob(f"{town.file.name}*"))
    assert MARK.encode() not in left
    assert b"0.3,290" not in left
    assert (await record(town)).document.text == MARK


@pytest.mark.parametrize("way", ["end", "park"])
async def test_what_is_open_ends_with_the_visit(town: Town, way: str) -> None:
    await town.clerk("keller")
    id = await signing(town)
    if way == "end":
        await town.office.end(CLERK)
    else:
        await town.office.park(CLERK, id)
    found = await stored(town)
    assert (found.state, found.text) == (State.WITHDRAWN, "")


async def test_after_the_visit_the_signature_is_there_for_who_has_asked(town: Town) -> None:
    await town.clerk("keller")
    await signed(town)
    await town.office.end(CLERK)
    picture = await town.signatures.picture(CLERK, ID, "Signature")
    assert ElementTree.fromstring(picture).tag.endswith("svg")


async def test_with_the_person_everything_of_it_goes(town: Town) -> None:
    await town.clerk("keller")
    await signed(town)
    await town.office.end(CLERK)
    town.clock.go(40 * 86400)
    assert await town.retention.forget() == 1
    assert town.rows("signatures")["signatures"] == []
    with pytest.raises(NotFound):
        await town.signatures.picture(CLERK, ID, "Signature")


async def test_there_is_no_picture_before_it_is_signed(town: Town) -> None:
    await town.clerk("keller")
    await signing(town)
    for id in (ID, OTHER):
        with pytest.raises(NotFound):
            await town.signatures.picture(CLERK, id, "Signature")
