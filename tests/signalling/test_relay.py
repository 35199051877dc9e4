"""Signals go from one side of a visit to the other, and nowhere else."""

import asyncio
import time
from typing import Any

import pytest

from tests.web.served import Page, Town, failure, visit
from vamt import protocol, signalling
from vamt.app import BOARD

SDP = {"type": "offer", "sdp": "v=0\r\n" + "a=x\r\n" * 1000}


def to(page: Page, **content: Any) -> dict[str, Any]:
    """A signal meant for the page."""
    state = page.boot.get("state") or page.state
    epoch = page.boot.get("epoch", state["epoch"])
    return {"to": state["id"], "to_epoch": epoch, "connection": "1a", **content}


async def test_offer_answer_candidates(town: Town) -> None:
    """As sent, with the sender's seat and page, in order, to the other one only."""
    met = await visit(town)
    await met.clerk.do("signal", to(met.citizen, description=SDP))
    [offer] = await met.citizen.heard()
    assert offer == {
        "from": met.clerk.state["id"],
        "epoch": met.clerk.boot["epoch"],
        "to_epoch": met.citizen.boot["epoch"],
        "connection": "1a",
        "description": SDP,
        "candidate": None,
    }
    await met.citizen.do("signal", to(met.clerk, description={"type": "answer", "sdp": "ü👋"}))
    for number in range(40):
        candidate = {"candidate": f"candidate:{number}", "sdpMid": "0", "sdpMLineIndex": 0}
        await met.citizen.do("signal", to(met.clerk, candidate=candidate))
    heard = await met.clerk.heard(41)
    assert heard[0]["description"]["sdp"] == "ü👋" and heard[0]["from"] == met.citizen.state["id"]
    assert [h["candidate"]["candidate"] for h in heard[1:]] == [f"candidate:{n}" for n in range(40)]
    assert len(met.citizen.signals) == 1


async def test_already_while_it_rings(town: Town) -> None:
    """The connection is made before she accepts; the picture is there when she does."""
    citizen, clerk = await town.citizen(await town.book(), enter=True), await town.clerk()
    await clerk.do("call")
    await clerk.until(lambda s: s["visit"] is not None)
    await clerk.do("signal", to(citizen, description=SDP))
    await citizen.heard()


async def test_made_ready_while_she_waits(town: Town) -> None:
    """A free desk and the first in the queue find each other ahead of the call; nobody else."""
    desk = await town.clerk("anna")
    first = await town.citizen(await town.book(), enter=True)
    second = await town.citizen(await town.book(), enter=True)
    busy = await town.clerk("berta")
    ahead = await desk.until(lambda s: s["ready"])
    assert [peer["id"] for peer in ahead["ready"]] == [first.state["id"]]
    state = await first.until(lambda s: len(s["ready"]) == 2)
    assert {peer["seat"] for peer in state["ready"]} == {"clerk"}
    await desk.do("signal", to(first, description=SDP))
    await first.heard()
    assert await desk.fails("signal", to(second, description=SDP)) == "not_allowed"
    assert await second.fails("signal", to(desk, description=SDP)) == "not_allowed"
    await busy.do("call")
    await desk.until(lambda s: [p["id"] for p in s["ready"]] == [second.state["id"]])
    await second.do("signal", to(desk, description=SDP))
    assert await desk.fails("signal", to(first, description=SDP)) == "not_allowed"
    assert busy.state["ready"] == [] and first.state["ready"] == []


async def test_not_a_moment_before_or_after(town: Town) -> None:
    """Only in a live visit or made ready for one: waiting for a closed desk, parked, finished
    people get nothing and reach nobody."""
    citizen, clerk = await town.citizen(await town.book(), enter=True), await town.clerk()

    async def cut_off() -> None:
        assert await citizen.fails("signal", to(clerk, description=SDP)) == "not_allowed"
        assert await clerk.fails("signal", to(citizen, description=SDP)) == "not_allowed"

    await clerk.do("pause", {"away": True})
    await citizen.until(lambda s: not s["ready"])
    await cut_off()
    await clerk.do("pause", {"away": False})
    await clerk.do("call")
    await citizen.do("answer")
    await citizen.until(lambda s: s["state"] == "in_visit")
    await citizen.do("signal", to(clerk, description=SDP))
    await clerk.do("park", {"appointment": citizen.booking.id})
    await citizen.until(lambda s: s["state"] == "parked")
    await cut_off()
    await clerk.do("call", {"appointment": citizen.booking.id})
    await citizen.until(lambda s: s["state"] == "called")
    await clerk.do("signal", to(citizen, description=SDP))
    await clerk.do("end")
    await citizen.until(lambda s: s["state"] == "missed")
    await cut_off()
    assert len(clerk.signals) == 1


async def test_never_across_visits(town: Town) -> None:
    """Two visits and bystanders: whatever is written into `to`, only the own peer hears."""
    one, two = await visit(town, "anna"), await visit(town, "berta")
    waiting = await town.citizen(await town.book(), enter=True)
    idle = await town.clerk("carla")
    await one.citizen.do("signal", to(one.clerk, description={"type": "offer", "sdp": "eins"}))
    await two.clerk.do("signal", to(two.citizen, description={"type": "offer", "sdp": "zwei"}))
    await one.clerk.heard()
    await two.citizen.heard()
    for page in (waiting, idle):
        other = "clerk" if page is waiting else "citizen"
        for seat in (other, one.citizen.state["id"], two.clerk.state["id"], "guest", "", "*"):
            wrong = to(one.citizen, description=SDP) | {"to": seat}
            assert await page.fails("signal", wrong) == "not_allowed", seat
    for page, other_page in (
        (one.citizen, one.citizen),
        (one.citizen, two.clerk),
        (two.clerk, one.citizen),
        (one.clerk, two.clerk),
    ):
        assert await page.fails("signal", to(other_page, description=SDP)) == "not_allowed"
    await waiting.quiet()
    assert [s["description"]["sdp"] for s in one.clerk.signals] == ["eins"]
    assert [s["description"]["sdp"] for s in two.citizen.signals] == ["zwei"]
    assert not (one.citizen.signals + two.clerk.signals + waiting.signals + idle.signals)


async def test_the_refusal_does_not_say_why(town: Town) -> None:
    page = await town.citizen(await town.book(), enter=True)
    answer = failure(await page.ask("signal", {"to": "clerk", "to_epoch": 1, "connection": "1a"}))
    assert answer["status"] == 403 and set(answer) == {"ok", "error", "message", "status"}


async def test_after_a_handover_only_the_colleague(town: Town) -> None:
    berta = await town.clerk("berta")
    met = await visit(town)
    await met.clerk.do("hand_over", {"clerk": berta.boot["me"]["id"]})
    await berta.do("call")
    await met.citizen.do("answer")
    await berta.until(lambda s: s["visit"] and s["visit"]["state"] == "open")
    await met.citizen.do("signal", to(berta, description=SDP))
    await berta.heard()
    assert await met.clerk.fails("signal", to(met.citizen, description=SDP)) == "not_allowed"
    await met.clerk.quiet()
    assert not met.clerk.signals and not met.citizen.signals


async def test_the_other_side_is_away(town: Town) -> None:
    """Told so at once, to try again when she is back; nothing is kept for later."""
    met = await visit(town)
    seat = met.citizen.boot["seat"]
    await met.citizen.close()
    await met.clerk.until(lambda s: not s["visit"]["peers"][0]["online"])
    answer = failure(await met.clerk.ask("signal", to(met.citizen, description=SDP)))
    assert (answer["error"], answer["status"]) == ("peer_offline", 404)
    back = await town.connect("/citizen", seat)
    await back.until(lambda s: s["state"] == "in_visit")
    await back.quiet()
    assert not back.signals
    await met.clerk.do("signal", to(met.citizen, description=SDP))
    await back.heard()


async def test_the_newer_page_hears(town: Town) -> None:
    met = await visit(town)
    newer = await town.citizen(met.booking)
    await met.citizen.thrown_out()
    await met.clerk.do("signal", to(newer, description=SDP))
    await newer.heard()
    assert not met.citizen.signals


MALFORMED = [
    None,
    {},
    [],
    "signal",
    5,
    {"to": "clerk"},
    {"to_epoch": 1, "connection": "1a"},
    {"to": "clerk", "to_epoch": 1},
    *(
        {"to": "clerk", "to_epoch": 1, "connection": "1a"} | wrong
        for wrong in (
            {"to": 1},
            {"to_epoch": "1"},
            {"to_epoch": 1.5},
            {"to_epoch": None},
            {"to_epoch": True},
            {"connection": 1},
            {"connection": "1" * 17},
            {"description": "offer"},
            {"description": []},
            {"candidate": "candidate:1"},
            {"from": "clerk"},
            {"seat": "clerk"},
        )
    ),
]


async def test_malformed_signals(town: Town) -> None:
    met = await visit(town)
    for wrong in MALFORMED:
        assert await met.citizen.fails("signal", wrong) == "protocol", wrong
        answer = failure(await met.clerk.ask("signal", wrong))
        assert answer["error"] == "protocol" and answer["status"] == 400
    await met.citizen.do("signal", to(met.clerk))
    await met.clerk.heard(1)
    assert len(met.clerk.signals) == 1 and not met.citizen.signals


POISON = [
    float("nan"),
    float("inf"),
    float("-inf"),
    "\ud800",
    "\0",
    b"\x00\xff",
    2**70,
    {"_placeholder": True, "num": 0},
    {"a": {"b": [float("nan")]}},
]


async def test_a_signal_cannot_break_the_other_page(town: Town) -> None:
    """What one browser sends, the other one's JSON parser has to survive, or it is refused."""
    met = await visit(town)
    raw: list[str] = []
    received = met.clerk.client.eio.handlers["message"]

    async def spy(data: Any) -> Any:
        raw.append(data)
        return await received(data)

    met.clerk.client.eio.handlers["message"] = spy
    for poison in POISON:
        met.clerk.signals.clear()
        answer = await met.citizen.ask("signal", to(met.clerk, description={"sdp": poison}))
        assert answer["ok"] or failure(answer)["error"] in ("protocol", "invalid")
        await met.citizen.do("signal", to(met.clerk, description={"sdp": "fine"}))
        heard = await met.clerk.heard(2 if answer["ok"] else 1)
        assert heard[-1]["description"] == {"sdp": "fine"}, poison
    for packet in raw:  # words that JSON does not know end a browser's connection
        assert isinstance(packet, str)
        assert not any(word in packet for word in ("NaN", "Infinity"))


async def test_a_deep_signal(town: Town) -> None:
    met = await visit(town)
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"a": deep}
    answer = await met.citizen.ask("signal", to(met.clerk, description=deep))
    assert answer["ok"] or failure(answer)
    await met.citizen.do("signal", to(met.clerk, description={"sdp": "fine"}))
    await met.clerk.heard(1)


@pytest.mark.parametrize(("size", "passes"), [(60_000, True), (70_000, False), (1_000_000, False)])
async def test_sixty_four_kilobytes(town: Town, size: int, passes: bool) -> None:
    """A larger message ends the sender's connection and reaches nobody; she comes back."""
    met = await visit(town)
    assert protocol.MAX_MESSAGE == 64 * 1024
    big = to(met.clerk, description={"type": "offer", "sdp": "x" * size})
    if passes:
        await met.citizen.do("signal", big)
        [heard] = await met.clerk.heard()
        assert len(heard["description"]["sdp"]) == size
        return
    await met.citizen.client.emit("signal", big, namespace="/citizen")
    await met.citizen.thrown_out()
    await met.clerk.until(lambda s: not s["visit"]["peers"][0]["online"])
    assert not met.clerk.signals and not met.clerk.gone.is_set()
    back = await town.connect("/citizen", met.citizen.boot["seat"])
    await back.until(lambda s: s["state"] == "in_visit")
    await back.do("signal", to(met.clerk, description=SDP))
    await met.clerk.heard()


async def test_sixty_four_kilobytes_by_polling(town: Town) -> None:
    met = await visit(town)
    await met.citizen.close()
    page = Page(town.url, "/citizen")
    await page.connect({"seat": met.citizen.boot["seat"]}, transports=("polling",))
    await page.until(lambda s: s["state"] == "in_visit")
    big = to(met.clerk, description={"type": "offer", "sdp": "x" * 70_000})
    await page.client.emit("signal", big, namespace="/citizen")
    await met.clerk.quiet()
    assert not met.clerk.signals
    await page.drop()


async def test_too_fast(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page may send a call's worth at once; a flood is refused, the visit goes on."""
    assert signalling.BURST >= 100 and signalling.RATE >= 10
    monkeypatch.setattr(signalling, "RATE", 2.0)  # a busy machine shall not refill it meanwhile
    met = await visit(town)
    burst, begun = 3 * signalling.BURST, time.monotonic()
    signal = to(met.clerk, candidate={"candidate": "x"})
    answers = await asyncio.gather(*(met.citizen.ask("signal", signal) for _ in range(burst)))
    passed = [a for a in answers if a["ok"]]
    refused = [failure(a) for a in answers if not a["ok"]]
    assert {r["error"] for r in refused} == {"too_fast"} and {r["status"] for r in refused} == {429}
    refill = 2.0 * (time.monotonic() - begun) + 1
    assert signalling.BURST - 10 <= len(passed) <= signalling.BURST + refill
    assert len(await met.clerk.heard(len(passed))) == len(passed)
    # the other page has an allowance of its own, and hers comes back with time
    await met.clerk.do("signal", to(met.citizen))
    await asyncio.sleep(0.6)
    await met.citizen.do("signal", signal)


async def test_every_event_counts(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that are refused, so that nobody tries tokens or names at speed."""
    monkeypatch.setattr(signalling, "RATE", 2.0)
    page = await town.citizen(await town.book())
    answers = await asyncio.gather(*(page.ask("nonsense") for _ in range(2 * signalling.BURST)))
    assert {failure(a)["error"] for a in answers} == {"protocol", "too_fast"}


async def test_the_relay_touches_no_store(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signals are relayed from memory: a slow disk does not slow a call."""
    met = await visit(town)
    await met.clerk.quiet()
    store = town.app[BOARD].desk.store

    def broken() -> Any:
        raise AssertionError("the store was asked")

    with monkeypatch.context() as patch:
        patch.setattr(store, "read", broken)
        patch.setattr(store, "write", broken)
        await met.citizen.do("signal", to(met.clerk, description=SDP))
        await met.clerk.do("signal", to(met.citizen, description=SDP))
        await met.clerk.do("probe")
    await met.clerk.heard()
    await met.citizen.heard()
