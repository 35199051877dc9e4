"""The waiting room as the pages see it: states pushed after each action, places, estimates,
who may do what; two citizens and two desks at once."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.served import FUZZ, Clock, Page, Town, failure, visit
from vamt import protocol
from vamt.boards import DESK_GRACE, Boards
from vamt.rooms import ABSENCE_GRACE

DAY = "2026-11-23T"


async def arrive(town: Town, time: str, service: str = "rat") -> Page:
    """A citizen booked for today at `time`, in the waiting room."""
    return await town.citizen(await town.book(service, f"{DAY}{time}:00+01:00"), enter=True)


def place(state: dict[str, Any]) -> tuple[int, int | None] | None:
    """Position and minutes."""
    queue = state["queue"]
    return (queue["position"], queue["minutes"]) if queue else None


async def ends_with(page: Page, wanted: Any) -> None:
    """The last state that comes has this place; no later one says otherwise."""
    await page.until(lambda s: place(s) == wanted)
    await page.quiet()
    assert place(page.state) == wanted


# --- going in


async def test_too_early(town: Town, clock: Clock) -> None:
    booking = await town.book("rat", f"{DAY}11:00:00+01:00")  # opens at nine, it is half past eight
    page = await town.citizen(booking)
    state = await page.until(lambda s: s["state"] == "confirmed")
    assert state["may"] == ["cancel", "move"]
    assert state["opens"] == clock() + 1800 - (clock() % 1)
    assert await page.fails("enter") == "too_early"
    assert town.appointment(booking.id)["state"] == "confirmed"
    clock.forward(1800)
    await page.do("enter")
    await page.until(lambda s: s["state"] == "checked_in")


async def test_data_first(town: Town) -> None:
    """What the errand requires is asked before; giving it is pushed to page and desk."""
    booking = await town.book("ausweis", name="Ada")
    page, clerk = await town.citizen(booking), await town.clerk()
    state = await page.until(lambda s: s["state"] == "confirmed")
    assert not state["complete"]
    assert await page.fails("enter") == "incomplete"
    answer = failure(await page.ask("give", {"values": {"birth_date": "gestern"}}))
    assert (answer["error"], answer["field"]) == ("invalid", "birth_date")
    await page.do("give", {"values": {"birth_date": "1990-02-28"}})
    state = await page.until(lambda s: s["complete"])
    assert [(f["key"], f["value"]) for f in state["fields"]] == [
        ("birth_date", "1990-02-28"),
        ("purpose", ""),
    ]
    await page.do("enter")
    [waiting] = (await clerk.until(lambda s: s["waiting"]))["waiting"]
    assert (waiting["name"], waiting["service"], waiting["time"]) == ("Ada", "Ausweis", "09:00")
    assert waiting["complete"] and waiting["online"] and waiting["absent_since"] is None
    assert waiting["data"][0][0] == "Geburtsdatum" and "1990" in waiting["data"][0][1]
    await page.do("give", {"values": {"purpose": "bank"}})  # while she waits
    await clerk.until(lambda s: s["waiting"][0]["data"][1] == ["Wofür?", "Bank"])
    await page.do("devices", {"camera": "denied", "microphone": "ok"})
    await clerk.until(lambda s: s["waiting"][0]["camera"] == "denied")
    assert clerk.state["waiting"][0]["microphone"] == "ok"


async def test_the_clerk_sees_the_latest_check_for_two_hours(town: Town, clock: Clock) -> None:
    page = await arrive(town, "09:00")
    clerk = await town.clerk("anja")
    await page.do("enter")
    [waiting] = (await clerk.until(lambda s: s["waiting"]))["waiting"]
    assert waiting["checked"] is None
    found = {"camera": "ok", "microphone": "silent", "socket": "ok", "stun": "ok"} | {
        "relay": "failed",
        "round_trip": 61,
        "kbps": 900,
        "loss": None,
    }
    await page.do("checked", found)
    state = await clerk.until(lambda s: s["waiting"][0]["checked"])
    assert state["waiting"][0]["checked"] == {**found, "at": clock()}
    for wrong in ({"loss": 1.5}, {"kbps": -1}, {"relay": "perhaps"}, {"round_trip": 0.5}):
        assert await page.fails("checked", wrong) == "protocol"
    clock.forward(2 * 3600 + 1)
    await page.do("devices", {"camera": "ok", "microphone": "ok"})
    await clerk.until(lambda s: s["waiting"][0]["checked"] is None)


async def test_pressing_twice(town: Town) -> None:
    page = await arrive(town, "09:00")
    before = town.dump()
    await page.do("enter")
    assert town.dump() == before


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        ("confirmed", {"enter", "give", "devices", "checked"}),
        ("checked_in", {"enter", "leave", "park", "give", "devices", "checked"}),
        ("called", {"enter", "answer", "park", "give", "devices", "checked", "say", "draft"}),
        ("in_visit", {"answer", "park", "give", "devices", "checked", "say", "draft"}),
        ("parked", {"return", "give", "devices", "checked"}),
        ("missed", {"enter", "give", "devices", "checked"}),
        ("finished", {"devices", "checked"}),
        ("cancelled", {"devices", "checked"}),
    ],
)
async def test_what_a_citizen_may_do(
    town: Town, clock: Clock, state: str, allowed: set[str]
) -> None:
    """Every event in every state: done, or refused without a trace; `may` never promises more."""
    data: dict[str, Any] = {
        "give": {"values": {}},
        "devices": {"camera": "ok"},
        "say": {"id": "x", "text": "hello"},
        "draft": {"id": "x", "text": "hel"},
        "capture_offer": {"id": "no-such-check-at-all", "sdp": "v=0"},
        "sign_agree": {"id": "no-such-request-at-all"},
        "sign_refuse": {"id": "no-such-request-at-all"},
        "sign_done": {"id": "no-such-request-at-all", "typed": "Ada"},
        "ink": {"stroke": 0, "first": 0, "points": []},
        "document_take_back": {"id": "no-such-document-at-all"},
        "form_join": {"page": "page-of-the-citizen"},
        "form_focus": {"field": "birth_date"},
        "form_edit": {
            "page": "page-of-the-citizen",
            "number": 1,
            "field": "birth_date",
            "value": "1990-02-28",
            "base": 0,
        },
        "fee_promise": {"id": "no-such-charge"},
    }
    for event in sorted(set(protocol.CITIZEN_EVENTS) - {"signal", "probe"}):
        booking = await town.book("rat")
        page, clerk = await town.citizen(booking), await town.clerk()
        await bring(page, clerk, state)
        seen = await page.until(lambda s: s["state"] == state)
        if event in seen["may"]:
            assert event in allowed, f"{event} is offered in {state}"
        before = town.appointment(booking.id)
        answer = await page.ask(event, data.get(event))
        if event in allowed:
            assert answer["ok"], (state, event, answer)
        else:
            assert failure(answer)["status"] in (404, 409), (state, event, answer)
            assert town.appointment(booking.id) == before
        await tidy(town, page, clerk)
        clock.forward(300)  # with the next ones' time, or their waiting room is not open yet


async def bring(page: Page, clerk: Page, state: str) -> None:
    """Lead somebody who has booked to a state."""
    id = page.booking.id
    if state in ("confirmed", "cancelled"):
        if state == "cancelled":
            assert page.town is not None
            path = f"/api/v1/appointments/{id}"
            async with page.town.http.delete(path, headers=page.booking.bearer):
                pass
        return
    await page.do("enter")
    if state == "checked_in":
        return
    if state == "missed":
        await clerk.do("missed", {"appointment": id})
        return
    await clerk.do("call", {"appointment": id})
    if state == "called":
        return
    if state == "parked":
        await page.do("park")
        return
    await page.do("answer")
    if state == "finished":
        await clerk.do("end")


async def tidy(town: Town, page: Page, clerk: Page) -> None:
    """Nobody is left for the next round."""
    await clerk.ask("end")
    await clerk.ask("missed", {"appointment": page.booking.id})
    await page.close()


# --- places and estimates


async def test_places_and_estimates(town: Town, clock: Clock) -> None:
    """The booked time counts; a place only ever gets better; minutes only when a desk is open."""
    late = await arrive(town, "09:20")
    await ends_with(late, (1, None))
    early = await arrive(town, "09:00")
    middle = await arrive(town, "09:10")
    await ends_with(early, (1, None))
    await ends_with(middle, (2, None))
    await ends_with(late, (3, None))

    anna = await town.clerk()  # one desk, ten minutes each
    await ends_with(early, (1, 0))
    await ends_with(middle, (2, 10))
    await ends_with(late, (3, 20))
    assert [w["id"] for w in anna.state["waiting"]] == [
        page.booking.id for page in (early, middle, late)
    ]
    berta = await town.clerk("berta")
    await ends_with(middle, (2, 0))
    await ends_with(late, (3, 10))
    assert late.state["queue"]["desks"] == 2

    await anna.do("call")
    await early.until(lambda s: s["state"] == "called")
    await early.do("answer")
    clock.forward(240)
    await berta.do("pause", {"away": True})
    await ends_with(middle, (1, 6))  # anna is busy for six more minutes
    await ends_with(late, (2, 16))
    await berta.do("pause", {"away": False})
    await ends_with(middle, (1, 0))
    await anna.do("end")
    await early.until(lambda s: s["state"] == "finished" and s["queue"] is None)


async def test_an_estimate_goes_when_the_last_desk_goes(town: Town, clock: Clock) -> None:
    """A desk whose page has gone counts for a minute more, then nobody promises anything."""
    page = await arrive(town, "09:00")
    clerk = await town.clerk()
    await ends_with(page, (1, 0))
    await clerk.close()
    await ends_with(page, (1, 0))
    clock.forward(DESK_GRACE + 1)
    await (await arrive(town, "09:10")).until(lambda s: place(s) == (2, None))
    await ends_with(page, (1, None))


async def test_leaving_and_coming_again(town: Town, clock: Clock) -> None:
    first, second = await arrive(town, "09:00"), await arrive(town, "09:10")
    await first.do("leave")
    state = await first.until(lambda s: s["state"] == "confirmed")
    assert "enter" in state["may"] and state["queue"] is None
    await ends_with(second, (1, None))
    clock.forward(60)
    await first.do("enter")  # still before her time: the booked order counts
    await ends_with(first, (1, None))
    await ends_with(second, (2, None))


async def test_a_latecomer_goes_behind(town: Town, clock: Clock) -> None:
    late = await town.citizen(await town.book("rat", f"{DAY}09:00:00+01:00"))
    clock.forward(3600)  # half past nine
    first = await arrive(town, "09:30")
    clock.forward(60)
    await late.do("enter")
    await ends_with(late, (2, None))
    await ends_with(first, (1, None))


async def test_parked_and_back_at_the_same_place(town: Town) -> None:
    first, second = await arrive(town, "09:00"), await arrive(town, "09:10")
    clerk = await town.clerk()
    await clerk.do("park", {"appointment": first.booking.id})
    state = await first.until(lambda s: s["state"] == "parked")
    assert state["may"] == ["return", "cancel"] and state["queue"] is None
    desk = await clerk.until(lambda s: s["parked"])
    assert [p["id"] for p in desk["parked"]] == [first.booking.id]
    assert [p["id"] for p in desk["waiting"]] == [second.booking.id]
    await ends_with(second, (1, 0))
    await first.do("return")
    await ends_with(first, (1, 0))
    await ends_with(second, (2, 10))


async def test_a_closed_tab_keeps_its_place(town: Town, clock: Clock) -> None:
    """Gone for an hour: still in the queue, seen as away, not called; back at the same place."""
    first, second = await arrive(town, "09:00"), await arrive(town, "09:10")
    clerk = await town.clerk()
    seat = first.boot["seat"]
    await first.close()
    desk = await clerk.until(lambda s: not s["waiting"][0]["online"])
    assert desk["waiting"][0]["absent_since"] == clock()
    clock.forward(ABSENCE_GRACE + 1)
    assert (await clerk.do("call"))["appointment"] == second.booking.id
    await second.do("park")
    clock.forward(3600)
    back = await town.connect("/citizen", seat)
    await ends_with(back, (1, 0))
    await clerk.until(lambda s: s["waiting"][0]["online"])
    assert (await clerk.do("call"))["appointment"] == first.booking.id


async def test_a_short_break_is_no_absence(town: Town, clock: Clock) -> None:
    first = await arrive(town, "09:00")
    await arrive(town, "09:10")
    clerk = await town.clerk()
    await first.close()
    await clerk.until(lambda s: not s["waiting"][0]["online"])
    clock.forward(ABSENCE_GRACE - 1)
    assert (await clerk.do("call"))["appointment"] == first.booking.id


async def test_missed_and_in_again(town: Town) -> None:
    page, clerk = await arrive(town, "09:00"), await town.clerk()
    await clerk.do("missed", {"appointment": page.booking.id})
    state = await page.until(lambda s: s["state"] == "missed")
    assert state["may"] == ["enter"]
    await clerk.until(lambda s: not s["waiting"])
    await page.do("enter")
    await ends_with(page, (1, 0))


# --- the desk


async def test_the_day_and_the_colleagues(town: Town) -> None:
    ada = await town.book("ausweis", f"{DAY}09:00:00+01:00", name="Ada")
    await town.book("rat", "2026-11-24T09:00:00+01:00")  # tomorrow
    anna = await town.clerk()
    await town.hire("berta", "Berta Berg")
    bob = await town.book("rat", f"{DAY}09:30:00+01:00", name="Bob", language="en")
    state = await anna.until(lambda s: len(s["day"]) == 2)
    first, second = state["day"]
    assert (first["id"], first["time"], first["end"], first["name"], first["state"]) == (
        ada.id,
        "09:00",
        "09:30",
        "Ada",
        "confirmed",
    )
    assert (second["id"], second["language"], second["service"]) == (bob.id, "en", "Rat und Tat")
    assert first["may"] == ["missed"]
    assert {d["name"]: d["state"] for d in state["desks"]} == {"Anna": "free", "Berta Berg": "away"}
    met = await visit(town, "berta", bob)
    state = await anna.until(lambda s: s["day"][1]["state"] == "in_visit")
    assert state["day"][1]["clerk"] == "Berta Berg" and state["visit"] is None
    berta = next(d for d in state["desks"] if d["name"] == "Berta Berg")
    assert (berta["state"], berta["online"]) == ("busy", True)
    assert met.clerk.state["appointment"]["language_name"] == "Englisch"


async def test_a_closed_desk_calls_nobody(town: Town) -> None:
    page, clerk = await arrive(town, "09:00"), await town.clerk()
    await clerk.do("pause", {"away": True})
    await clerk.until(lambda s: s["me"]["state"] == "away")
    assert await clerk.fails("call") == "desk_away"
    assert await clerk.fails("call", {"appointment": page.booking.id}) == "desk_away"
    await clerk.do("pause", {"away": True})  # what it is, it stays
    await clerk.do("pause", {"away": False})
    await clerk.do("call")


async def test_nobody_to_call(town: Town) -> None:
    clerk = await town.clerk()
    assert await clerk.fails("call") == "nobody_waiting"
    assert await clerk.fails("call", {"appointment": "nobody"}) == "not_found"
    assert await clerk.fails("ring") == "no_visit"
    assert await clerk.fails("park", {"appointment": "nobody"}) == "not_found"
    assert await clerk.fails("missed", {"appointment": "nobody"}) == "not_found"
    assert await clerk.fails("say", {"id": "1", "text": "x"}) == "no_visit"
    assert await clerk.fails("hand_over", {"clerk": "nobody"}) in ("no_visit", "invalid")
    await clerk.do("end")  # ending nothing is no mistake
    confirmed = await town.book()
    assert await clerk.fails("call", {"appointment": confirmed.id}) == "illegal_transition"


# --- at once


async def test_two_desks_never_get_the_same_citizen(town: Town) -> None:
    """Both press at the same moment, ten times: two people, the first two, one each."""
    anna, berta = await town.clerk(), await town.clerk("berta")
    for _ in range(10):
        one = await town.citizen(await town.book("rat"), enter=True)
        two = await town.citizen(await town.book("rat"), enter=True)
        called = await asyncio.gather(anna.do("call"), berta.do("call"))
        assert {c["appointment"] for c in called} == {one.booking.id, two.booking.id}
        await asyncio.gather(one.do("answer"), two.do("answer"))
        for page in (one, two):
            await page.until(lambda s: s["state"] == "in_visit")
        for desk in (anna, berta):
            state = await desk.until(lambda s: s["visit"] and s["visit"]["state"] == "open")
            assert state["appointment"]["id"] in (one.booking.id, two.booking.id)
        assert anna.state["visit"]["id"] != berta.state["visit"]["id"]
        assert one.state["visit"]["clerk"] != two.state["visit"]["clerk"]
        await asyncio.gather(anna.do("end"), berta.do("end"))
        await asyncio.gather(one.close(), two.close())


async def test_two_desks_want_the_same_citizen(town: Town) -> None:
    anna, berta = await town.clerk(), await town.clerk("berta")
    page = await arrive(town, "09:00")
    wish = {"appointment": page.booking.id}
    answers = await asyncio.gather(anna.ask("call", wish), berta.ask("call", wish))
    assert sorted(a["ok"] for a in answers) == [False, True]
    [refused] = [a for a in answers if not a["ok"]]
    assert failure(refused)["error"] == "taken"
    winner = anna if answers[0]["ok"] else berta
    state = await page.until(lambda s: s["state"] == "called")
    await winner.until(lambda s: s["visit"] is not None)
    assert state["visit"]["clerk"] == winner.state["me"]["name"]
    [row] = town.rows("select * from visits")
    assert row["state"] == "ringing"


async def test_one_person_for_two_desks(town: Town) -> None:
    anna, berta = await town.clerk(), await town.clerk("berta")
    await arrive(town, "09:00")
    answers = await asyncio.gather(anna.ask("call"), berta.ask("call"))
    assert sorted(a["ok"] for a in answers) == [False, True]
    assert failure(next(a for a in answers if not a["ok"]))["error"] == "nobody_waiting"


async def test_she_leaves_while_she_is_called(town: Town) -> None:
    """Whoever is first wins; both pages end up in the same state."""
    clerk = await town.clerk()
    for _ in range(6):
        page = await town.citizen(await town.book("rat"), enter=True)
        left, called = await asyncio.gather(
            page.ask("leave"), clerk.ask("call", {"appointment": page.booking.id})
        )
        assert left["ok"] != called["ok"], (left, called)
        stored = town.appointment(page.booking.id)["state"]
        assert stored == ("confirmed" if left["ok"] else "called")
        await page.until(lambda s, stored=stored: s["state"] == stored)
        await clerk.until(lambda s, called=called: bool(s["visit"]) == called["ok"])
        await clerk.do("end")
        await page.close()


async def test_states_come_in_order(town: Town, clock: Clock) -> None:
    """Fifty changes in a row on both sides: the last state each page gets is the newest."""
    met = await visit(town)
    watcher = await town.clerk("berta")
    for number in range(50):
        clock.forward(1)
        await met.citizen.do("say", {"id": str(number), "text": f"Zeile {number}"})
        if number % 5 == 0:
            camera = ("ok", "off", "busy")[number // 5 % 3]
            await met.citizen.do("devices", {"camera": camera, "microphone": "ok"})
        if number % 10 == 0:
            await watcher.do("pause", {"away": number % 20 == 0})
    await met.clerk.do("say", {"id": "last", "text": "Das war alles"})
    wanted = [f"Zeile {n}" for n in range(50)] + ["Das war alles"]
    for page in (met.citizen, met.clerk):
        await page.until(lambda s: len(s["chat"]) == 51)
        await page.quiet()
        assert [line["text"] for line in page.state["chat"]] == wanted
        times = [state["now"] for state in page.states]
        assert times == sorted(times)
        lengths = [len(state["chat"]) for state in page.states if state["visit"]]
        assert lengths == sorted(lengths)
    assert met.clerk.state["appointment"]["camera"] == "ok"  # 45 // 5 % 3 == 0
    assert watcher.state["me"]["state"] == "away"  # the 40th change closed it
    assert [s["now"] for s in watcher.states] == sorted(s["now"] for s in watcher.states)


async def test_a_crowd(town: Town) -> None:
    """Twenty people come and go at once; afterwards every page tells its true place."""
    pages = []
    for number in range(20):
        start = f"{DAY}{9 + number // 12:02}:{number % 12 // 2 * 10:02}:00+01:00"
        pages.append(await town.citizen(await town.book("rat", start)))
    assert all(a["ok"] for a in await asyncio.gather(*(p.ask("enter") for p in pages)))
    clerk = await town.clerk()
    await asyncio.gather(*(p.do("leave") for p in pages[::3]))
    left = [p for i, p in enumerate(pages) if i % 3]
    await clerk.until(lambda s: len(s["waiting"]) == 13)
    order = [w["id"] for w in clerk.state["waiting"]]
    for page in left:
        await page.until(
            lambda s, p=page: s["queue"] and s["queue"]["position"] == order.index(p.booking.id) + 1
        )
    for page in pages[::3]:
        await page.until(lambda s: s["state"] == "confirmed")


async def test_signing_in_during_a_push(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A push that read the store before she signed in doesn't throw her out as signed out."""
    read, go_on = asyncio.Event(), asyncio.Event()
    scene = Boards.scene

    async def slow(self: Boards, tx: Any) -> Any:
        seen = await scene(self, tx)
        if not read.is_set():  # the push; her page, too, asks for the scene
            read.set()
            await go_on.wait()
        return seen

    page = await town.citizen(await town.book("rat", f"{DAY}09:00:00+01:00"))
    await page.until(lambda s: s["state"] == "confirmed")
    await page.quiet()
    monkeypatch.setattr(Boards, "scene", slow)
    monkeypatch.setattr("vamt.signalling.GATHER", 0)  # the one push is for everybody
    await page.do("enter")
    await read.wait()
    clerk = await town.clerk()
    go_on.set()
    await clerk.until(lambda s: len(s["waiting"]) == 1)
    await clerk.quiet()
    assert not clerk.gone.is_set()


# --- strange events

TEXT = st.text(st.characters(), max_size=30) | st.just("\ud800") | st.just("\0")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | TEXT
    | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)


def events(kinds: dict[str, Any]) -> Any:
    """(event, data): known events with data that is nearly right or quite wrong, unknown ones."""
    pairs = []
    for name, kind in kinds.items():
        fields = {key: JSON | TEXT for key in kind.__struct_fields__}
        nearly = st.fixed_dictionaries({}, optional=fields)
        pairs.append(st.tuples(st.just(name), nearly | JSON))
    return st.one_of(*pairs, st.tuples(TEXT.filter(bool), JSON))


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rate limit: the point is what is sent, not how fast."""
    monkeypatch.setattr("vamt.signalling.RATE", 1e9)


def check(answer: Any) -> None:
    """An acknowledgement: done, or the one error shape."""
    assert isinstance(answer, dict), answer
    if answer.get("ok") is not True:
        failure(answer)
    json.dumps(answer)


@settings(FUZZ, max_examples=250)
@given(sent=events(protocol.CITIZEN_EVENTS))
async def test_strange_events_of_citizens(town: Town, patient: None, sent: Any) -> None:
    page = next((p for p in town.people("/citizen") if not p.gone.is_set()), None)
    if page is None:
        page = (await visit(town)).citizen
    check(await page.ask(*sent))
    assert not page.gone.is_set()


@settings(FUZZ, max_examples=250)
@given(sent=events(protocol.DESK_EVENTS))
async def test_strange_events_of_clerks(town: Town, patient: None, sent: Any) -> None:
    page = next((p for p in town.people("/desk") if not p.gone.is_set()), None)
    if page is None:
        page = (await visit(town)).clerk
    check(await page.ask(*sent))
    assert not page.gone.is_set()
