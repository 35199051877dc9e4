"""A visit from the call to its end, as both pages see it."""

import asyncio

import pytest

from tests.web.served import Clock, Page, Town, failure, visit
from vamt import protocol
from vamt.services.office import CHAT_LINES, NOTE_LENGTH


async def both(citizen: Page, clerk: Page, state: str, visit_state: str | None) -> None:
    """Both pages show the same."""
    seen = await citizen.until(lambda s: s["state"] == state)
    assert (seen["visit"]["state"] if seen["visit"] else None) == visit_state
    desk = await clerk.until(lambda s: (s["visit"]["state"] if s["visit"] else None) == visit_state)
    assert desk["me"]["state"] == ("busy" if visit_state else "free")


async def test_call_ring_answer_end(town: Town, clock: Clock) -> None:
    booking = await town.book("rat", name="Ada", phone="07171 555", language="en")
    citizen, clerk = await town.citizen(booking, enter=True), await town.clerk()
    called = await clerk.do("call")
    assert called["appointment"] == booking.id
    await both(citizen, clerk, "called", "ringing")
    assert citizen.state["may"] == ["answer", "park"] and citizen.state["queue"] is None
    shown = clerk.state["appointment"]
    assert (shown["name"], shown["language"], shown["language_name"]) == ("Ada", "en", "Englisch")
    assert shown["phone"] == "07171 555"
    assert shown["may"] == ["call", "park", "missed"]
    assert clerk.state["waiting"] == []
    view = citizen.state["visit"]
    assert (view["clerk"], view["citizen"], view["service"]) == ("Anna", "Ada", "Advice")
    assert [(p["seat"], p["name"], p["online"]) for p in view["peers"]] == [
        ("citizen", "Ada", True),
        ("clerk", "Anna", True),
    ]
    assert [p["epoch"] for p in view["peers"]] == [citizen.boot["epoch"], clerk.boot["epoch"]]
    assert clerk.state["visit"]["peers"] == view["peers"]

    rung = clerk.state["visit"]["since"]
    clock.forward(20)
    await clerk.do("ring")
    await citizen.until(lambda s: s["visit"]["since"] == rung + 20)
    clock.forward(5)
    await citizen.do("answer")
    await both(citizen, clerk, "in_visit", "open")
    assert citizen.state["visit"]["since"] == clock()
    await citizen.do("answer")  # twice is once
    assert await clerk.fails("call") == "desk_busy"
    assert await clerk.fails("pause", {"away": True}) == "desk_busy"
    assert await clerk.fails("ring") == "illegal_transition"

    await clerk.do("end")
    await both(citizen, clerk, "finished", None)
    assert citizen.state["may"] == [] and citizen.state["chat"] == []
    await clerk.do("end")  # twice is once
    [row] = town.rows("select * from visits")
    assert (row["state"], row["ended"]) == ("ended", clock())


async def test_the_chat(town: Town, clock: Clock) -> None:
    """Both write; each line once, in order, whatever is sent twice; gone with the visit."""
    met = await visit(town)
    for number, (page, text) in enumerate(
        [(met.citizen, "Guten Tag"), (met.clerk, "Hallo 👋"), (met.citizen, "<b>x</b>\nzwei")]
    ):
        clock.forward(1)
        line = {"id": f"line-{number}", "text": text}
        await asyncio.gather(*(page.do("say", line) for _ in range(3)))
    for page in (met.citizen, met.clerk):
        await page.until(lambda s: len(s["chat"]) == 3)
        assert [(c["seat"], c["text"]) for c in page.state["chat"]] == [
            ("citizen", "Guten Tag"),
            ("clerk", "Hallo 👋"),
            ("citizen", "<b>x</b>\nzwei"),
        ]
        assert page.state["chat"][1]["name"] == "Anna"
        assert page.state["chat"][2]["at"] == clock()
    await met.citizen.do("say", {"id": "line-0", "text": "etwas anderes"})  # the id decides
    assert town.rows("select count(*) n from lines") == [{"n": 3}]
    again = await town.citizen(met.booking)  # a reload
    state = await again.until(lambda s: s["state"] == "in_visit")
    assert len(state["chat"]) == 3 and again.boot["state"]["chat"] == state["chat"]
    await met.clerk.do("end")
    await again.until(lambda s: s["state"] == "finished")
    assert town.rows("select * from lines") == []
    assert "Guten Tag" not in repr(town.dump())


NO_LINES = [
    ({"id": "1", "text": ""}, "invalid"),
    ({"id": "1", "text": " \n\t "}, "invalid"),
    ({"id": "1", "text": "x" * (protocol.CHAT_LENGTH + 1)}, "invalid"),
    ({"id": "1", "text": "a\0b"}, "invalid"),
    ({"id": "1", "text": "\ud83d"}, "invalid"),
    ({"id": "", "text": "x"}, "invalid"),
    ({"id": "1" * 65, "text": "x"}, "invalid"),
    ({"id": "\ud83d", "text": "x"}, "invalid"),
    ({"id": "\0", "text": "x"}, "invalid"),
    ({"id": 1, "text": "x"}, "protocol"),
    ({"text": "x"}, "protocol"),
    ({"id": "1"}, "protocol"),
    ({"id": "1", "text": "x", "seat": "clerk"}, "protocol"),
    ({"id": "1", "text": None}, "protocol"),
]


async def test_lines_that_are_none(town: Town) -> None:
    met = await visit(town)
    before = town.dump()
    for line, error in NO_LINES:
        assert await met.citizen.fails("say", line) == error, line
        assert await met.clerk.fails("say", line) == error, line
    assert town.dump() == before
    await met.citizen.do("say", {"id": "1" * 64, "text": "x" * protocol.CHAT_LENGTH})


async def test_a_full_chat(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vamt.services.office.CHAT_LINES", 5)
    assert CHAT_LINES > 100
    met = await visit(town)
    for number in range(5):
        await met.citizen.do("say", {"id": str(number), "text": "x"})
    assert await met.clerk.fails("say", {"id": "5", "text": "x"}) == "chat_full"
    await met.clerk.do("say", {"id": "0", "text": "x"})  # sending again is harmless even now


async def test_parking_and_coming_back(town: Town, clock: Clock) -> None:
    """The clerk puts her aside, is free for others, calls her again: the same visit."""
    met = await visit(town)
    await met.citizen.do("say", {"id": "1", "text": "Moment"})
    number = met.clerk.state["visit"]["id"]
    await met.clerk.do("park", {"appointment": met.booking.id})
    await both(met.citizen, met.clerk, "parked", None)
    assert met.clerk.state["parked"][0]["id"] == met.booking.id
    assert await met.citizen.fails("say", {"id": "2", "text": "?"}) == "no_visit"
    other = await town.citizen(await town.book("rat"), enter=True)
    await met.clerk.do("call")
    await other.do("answer")
    await met.clerk.do("end")
    await met.clerk.do("call", {"appointment": met.booking.id})  # straight from where she is
    await both(met.citizen, met.clerk, "called", "ringing")
    await met.citizen.do("answer")
    await both(met.citizen, met.clerk, "in_visit", "open")
    assert met.clerk.state["visit"]["id"] == number
    assert [line["text"] for line in met.citizen.state["chat"]] == ["Moment"]


async def test_the_citizen_needs_a_moment(town: Town) -> None:
    citizen, clerk = await town.citizen(await town.book(), enter=True), await town.clerk()
    await clerk.do("call")
    await citizen.until(lambda s: s["state"] == "called")
    await citizen.do("park")
    await both(citizen, clerk, "parked", None)
    await citizen.do("return")
    state = await citizen.until(lambda s: s["state"] == "checked_in")
    assert state["queue"]["position"] == 1
    await clerk.do("call")
    await citizen.do("answer")
    await both(citizen, clerk, "in_visit", "open")
    await citizen.do("park")  # she leaves the visit for now
    await both(citizen, clerk, "parked", None)


async def test_handing_over(town: Town) -> None:
    """First in the colleague's queue, with a note for her alone; the chat comes along."""
    berta = await town.clerk("berta")
    met = await visit(town)
    waiting = await town.citizen(await town.book("rat"), enter=True)
    await met.citizen.do("say", {"id": "1", "text": "Ich suche Frau Berg"})
    id = berta.boot["me"]["id"]
    await met.clerk.do("hand_over", {"clerk": id, "note": "  Zweiter Ausweis\nfehlt noch  "})
    await both(met.citizen, met.clerk, "checked_in", None)
    assert met.citizen.state["queue"]["for_clerk"] == "Berta"
    assert met.citizen.state["queue"]["position"] == 1
    state = await berta.until(lambda s: len(s["waiting"]) == 2)
    first = state["waiting"][0]
    assert (first["id"], first["note"]) == (met.booking.id, "Zweiter Ausweis\nfehlt noch")
    assert (first["from_clerk"], first["for_me"], first["for_other"]) == ("Anna", True, False)
    mine = (await met.clerk.until(lambda s: len(s["waiting"]) == 2))["waiting"][0]
    assert (mine["for_me"], mine["for_other"], mine["note"]) == (False, True, "")
    # anna's next is the other one; berta's next is the one handed to her
    assert (await met.clerk.do("call"))["appointment"] == waiting.booking.id
    assert (await berta.do("call"))["appointment"] == met.booking.id
    await met.citizen.do("answer")
    state = await berta.until(lambda s: s["visit"] and s["visit"]["state"] == "open")
    assert [line["text"] for line in state["chat"]] == ["Ich suche Frau Berg"]
    assert met.citizen.state["visit"]["clerk"] == "Berta"
    assert not any("Zweiter Ausweis" in str(s) for s in met.citizen.states + waiting.states)


async def test_wrong_handovers(town: Town) -> None:
    await town.hire("berta")
    met = await visit(town)
    me = met.clerk.boot["me"]["id"]
    berta = town.rows("select id from clerks where user = 'berta'")[0]["id"]
    before = town.dump()
    for wrong, error in (
        ({"clerk": me}, "invalid"),
        ({"clerk": "nobody"}, "invalid"),
        ({"clerk": ""}, "invalid"),
        ({"clerk": "\ud800"}, "invalid"),
        ({"clerk": "\0"}, "invalid"),
        ({"clerk": berta, "note": "x" * (NOTE_LENGTH + 1)}, "invalid"),
        ({"clerk": berta, "note": "\0"}, "invalid"),
        ({"clerk": berta, "note": "\ud800"}, "invalid"),
        ({"clerk": berta, "note": 5}, "protocol"),
        ({"note": "x"}, "protocol"),
        ({}, "protocol"),
    ):
        assert await met.clerk.fails("hand_over", wrong) == error, wrong
    assert town.dump() == before
    await met.clerk.do("hand_over", {"clerk": berta, "note": "x" * NOTE_LENGTH})


async def test_nobody_answers(town: Town) -> None:
    """Missed while it rings: the desk is free, she may come again."""
    citizen, clerk = await town.citizen(await town.book(), enter=True), await town.clerk()
    await clerk.do("call")
    await citizen.until(lambda s: s["state"] == "called")
    await clerk.do("missed", {"appointment": citizen.booking.id})
    await both(citizen, clerk, "missed", None)
    assert await citizen.fails("answer") == "illegal_transition"
    await citizen.do("enter")
    await clerk.do("call")
    await citizen.until(lambda s: s["state"] == "called")
    await clerk.do("end")  # ending while it rings is the same
    await both(citizen, clerk, "missed", None)


async def test_a_colleague_cannot_touch_the_visit(town: Town) -> None:
    met = await visit(town)
    berta = await town.clerk("berta")
    before = town.dump()
    for event, data in (
        ("park", {"appointment": met.booking.id}),
        ("missed", {"appointment": met.booking.id}),
        ("call", {"appointment": met.booking.id}),
    ):
        assert await berta.fails(event, data) in ("taken", "illegal_transition")
    for event in ("ring", "say"):
        data = {"id": "1", "text": "x"} if event == "say" else None
        assert await berta.fails(event, data) == "no_visit"
    await berta.do("end")  # her own visit, which she has not
    assert town.dump() == before
    state = await berta.until(lambda s: s["day"])
    assert state["visit"] is None and state["chat"] == [] and state["appointment"] is None


async def test_a_visit_survives_reloads(town: Town) -> None:
    """Each side loads its page again, in turn: the same visit, the other told to connect anew."""
    met = await visit(town)
    number = met.citizen.state["visit"]["id"]
    citizen = await town.citizen(met.booking)
    assert citizen.boot["state"]["visit"]["id"] == number
    state = await met.clerk.until(
        lambda s: s["visit"]["peers"][0]["epoch"] == citizen.boot["epoch"]
    )
    assert state["visit"]["peers"][0]["online"] and state["visit"]["state"] == "open"
    clerk = await town.clerk(session=met.clerk.session)
    await citizen.until(lambda s: s["visit"]["peers"][1]["epoch"] == clerk.boot["epoch"])
    await citizen.close()
    state = await clerk.until(lambda s: not s["visit"]["peers"][0]["online"])
    assert state["visit"]["id"] == number
    third = await town.connect("/citizen", citizen.boot["seat"])
    await clerk.until(lambda s: s["visit"]["peers"][0]["online"])
    await clerk.do("end")
    await third.until(lambda s: s["state"] == "finished")


async def test_two_visits_beside_each_other(town: Town) -> None:
    """Nothing of one is seen in the other."""
    one = await visit(town, "anna")
    two = await visit(town, "berta")
    await asyncio.gather(
        one.citizen.do("say", {"id": "same", "text": "eins"}),
        two.citizen.do("say", {"id": "same", "text": "zwei"}),
        one.clerk.do("say", {"id": "c", "text": "eins vom Amt"}),
        two.clerk.do("say", {"id": "c", "text": "zwei vom Amt"}),
    )
    for met, word, other in ((one, "eins", "zwei"), (two, "zwei", "eins")):
        for page in (met.citizen, met.clerk):
            await page.until(lambda s: len(s["chat"]) == 2)
            await page.quiet()
            assert all(line["text"].startswith(word) for line in page.state["chat"])
            assert all(
                not line["text"].startswith(other) for s in page.states for line in s["chat"]
            )
    await one.clerk.do("end")
    await one.citizen.until(lambda s: s["state"] == "finished")
    await two.clerk.quiet()
    assert two.citizen.state["state"] == "in_visit" and len(two.clerk.state["chat"]) == 2


async def test_errors_speak_the_pages_language(town: Town) -> None:
    booking = await town.book("rat", language="en")
    page = await town.citizen(booking)
    english = failure(await page.ask("answer"))["message"]
    german = failure(await (await town.citizen(await town.book("rat"))).ask("answer"))["message"]
    assert "no longer possible" in english and english != german
