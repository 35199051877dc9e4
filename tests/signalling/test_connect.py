"""Who may connect: a page with a valid seat, the newest of its person, as long as it is hers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import jwt
import pytest
import socketio

from tests.web.served import PATIENCE, Clock, Page, Town, failure, visit
from vamt import app as office
from vamt.seats import SEAT_HOURS, Seat, Seats, derive
from vamt.services.clerks import SESSION_HOURS
from vamt.settings import secret_key


def secret(town: Town) -> bytes:
    """The town's key, to sign what the town itself never would."""
    return secret_key(town.settings.data_folder)


# --- being let in


async def test_a_citizen_is_let_in_and_told(town: Town) -> None:
    """The first state comes unasked, and is what the page was loaded with."""
    booking = await town.book("ausweis", name="Ada")
    page = await town.citizen(booking)
    state = await page.until(lambda s: s["state"] == "confirmed")
    # `now` and `epoch` are those of the moment; before this page nobody had one
    moving = {"now", "epoch"}
    assert {k: v for k, v in state.items() if k not in moving} == {
        k: v for k, v in page.boot["state"].items() if k not in moving
    }
    assert (state["seat"], state["epoch"]) == ("citizen", page.boot["epoch"])
    assert await page.ask("probe") == {"ok": True, "now": town.clock()}


async def test_a_clerk_is_let_in_and_told(town: Town) -> None:
    page = await town.clerk()
    state = await page.until(lambda s: s["me"]["online"])
    assert (state["seat"], state["me"]["state"]) == ("clerk", "free")
    assert state["epoch"] == page.boot["epoch"]
    assert await page.ask("probe") == {"ok": True, "now": town.clock()}


async def test_long_polling_works_too(town: Town) -> None:
    """Where a proxy swallows websockets."""
    booking = await town.book()
    boot = await town.boot(booking.path)
    page = Page(town.url, "/citizen")
    await page.connect({"seat": boot["seat"]}, transports=("polling",))
    try:
        await page.until(lambda s: s["state"] == "confirmed")
        await page.do("enter")
        await page.until(lambda s: s["queue"] and s["queue"]["position"] == 1)
    finally:
        await page.drop()  # saying goodbye would wait for the open poll


# --- being refused


async def test_nobody_else_is_let_in(town: Town, clock: Clock) -> None:
    """Every wrong ticket is refused in the one error shape, in the reader's language."""
    booking = await town.book()
    citizen = (await town.boot(booking.path))["seat"]
    session = await town.sign_in()
    clerk = (await town.boot("/amt", {"vamt": session}))["seat"]
    claims = jwt.decode(citizen, options={"verify_signature": False}, algorithms=["HS256"])
    key = derive(secret(town), "seat")
    signed, now = Seats(secret(town)).issue, int(clock() * 1000)
    before = town.dump()

    def tampered(**changes: Any) -> str:
        return jwt.encode({**claims, **changes}, b"x" * 32, algorithm="HS256")

    def resigned(**changes: Any) -> str:
        kept = {k: v for k, v in {**claims, **changes}.items() if v is not None}
        return jwt.encode(kept, key, algorithm="HS256")

    wrong: list[tuple[str, Any, str]] = [
        # the role is in the ticket
        ("/citizen", {"seat": clerk}, "seat"),
        ("/desk", {"seat": citizen}, "seat"),
        ("/citizen", {"seat": resigned(aud="clerk")}, "seat"),
        # forged
        ("/citizen", {"seat": tampered()}, "seat"),
        ("/citizen", {"seat": jwt.encode(claims, None, algorithm="none")}, "seat"),
        ("/citizen", {"seat": jwt.encode(claims, key * 2, algorithm="HS512")}, "seat"),
        ("/citizen", {"seat": citizen[:-2]}, "seat"),
        ("/citizen", {"seat": citizen + "x"}, "seat"),
        ("/citizen", {"seat": booking.token}, "seat"),
        ("/citizen", {"seat": booking.id}, "seat"),
        ("/citizen", {"seat": ""}, "seat"),
        ("/citizen", {"seat": "."}, "seat"),
        ("/citizen", {"seat": ".."}, "seat"),
        ("/citizen", {"seat": "\0\ud800😀"}, "seat"),
        ("/citizen", {"seat": "x" * 20_000}, "seat"),
        # signed by us, but incomplete
        ("/citizen", {"seat": resigned(exp=None)}, "seat"),
        ("/citizen", {"seat": resigned(sub=None)}, "seat"),
        ("/citizen", {"seat": resigned(epoch="soon")}, "seat"),
        ("/citizen", {"seat": resigned(epoch=None)}, "seat"),
        ("/citizen", {"seat": resigned(exp=int(clock()) - 1)}, "seat"),
        # for people who do not exist
        ("/citizen", {"seat": signed(Seat("citizen", "nobody", now, "de"))}, "not_allowed"),
        ("/desk", {"seat": signed(Seat("clerk", "nobody", now, "de", "no-session"))}, "signed_out"),
        # another clerk's session does not open this clerk's desk
        ("/desk", {"seat": resigned(aud="clerk", sub="nobody", sid=claims["sid"])}, "signed_out"),
        # not the protocol
        ("/citizen", None, "protocol"),
        ("/citizen", {}, "protocol"),
        ("/citizen", {"seat": citizen, "protocol": 1}, "protocol"),
        ("/citizen", {"seat": citizen, "protocol": "2"}, "protocol"),
        ("/citizen", {"seat": citizen, "more": 1}, "protocol"),
        ("/citizen", {"seat": 5}, "protocol"),
        ("/citizen", {"seat": None}, "protocol"),
        ("/citizen", {"seat": [citizen]}, "protocol"),
        ("/citizen", [citizen], "protocol"),
        ("/citizen", citizen, "protocol"),
        ("/desk", {"token": clerk}, "protocol"),
    ]
    for namespace, auth, error in wrong:
        answers = {}
        for language in ("de", "en"):
            refusal = await town.refused(namespace, auth, Accept_Language=language)
            assert failure(refusal)["error"] == error, (namespace, str(auth)[:80], refusal)
            answers[language] = refusal["message"]
        assert answers["de"] != answers["en"], answers
    assert town.dump() == before
    assert (await town.connect("/citizen", citizen)).client.connected  # the right one still works


OTHER_ROOMS = ["/", "/admin", "/citizen/", "/desk?x", "/*"]


async def test_there_are_no_other_rooms(town: Town) -> None:
    for namespace in OTHER_ROOMS:
        booking = await town.book()
        seat = (await town.boot(booking.path))["seat"]
        page = Page(town.url, namespace)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await page.connect({"seat": seat})
        await page.close()


async def test_a_seat_lasts_a_day(town: Town, clock: Clock) -> None:
    booking = await town.book()
    seat = (await town.boot(booking.path))["seat"]
    clock.forward(SEAT_HOURS * 3600 - 2)
    await (await town.connect("/citizen", seat)).close()
    clock.forward(3)
    refusal = await town.refused("/citizen", {"seat": seat})
    assert failure(refusal)["status"] == 401
    assert "laden Sie" in refusal["message"]


OTHER_SITES = [
    "https://evil.example",
    "null",
    "http://127.0.0.1:1",
    "http://127.0.0.1.evil.example",
]


async def test_pages_of_other_sites_cannot_connect(town: Town) -> None:
    for origin in OTHER_SITES:
        for transport in ("websocket", "polling"):
            url = f"/socket.io/?EIO=4&transport={transport}"
            if transport == "websocket":
                with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                    await town.http.ws_connect(url, headers={"Origin": origin})
                assert refused.value.status == 400
            else:
                async with town.http.get(url, headers={"Origin": origin}) as answer:
                    assert answer.status == 400
        async with town.http.get(
            "/socket.io/?EIO=4&transport=polling", headers={"Origin": town.url}
        ) as answer:
            assert answer.status == 200


WRONG_HANDSHAKES = [
    "",
    "?",
    "?EIO=3&transport=polling",
    "?EIO=4&transport=carrier-pigeon",
    "?EIO=4&sid=x",
    "?EIO=4&transport=websocket",
    "?EIO=4&transport=polling&sid=x",
    "?EIO=4&transport=polling&j=x",
    "?EIO=%00&transport=%FF",
    "?EIO=4&transport=polling&sid=%00",
]


async def test_wrong_handshakes(town: Town) -> None:
    for query in WRONG_HANDSHAKES:
        for method in ("GET", "POST"):
            async with town.http.request(method, f"/socket.io/{query}") as answer:
                assert 400 <= answer.status < 500
                assert "Traceback" not in await answer.text()


# --- one page at a time


async def test_the_newer_page_wins(town: Town) -> None:
    """The older one is told once and let go; it does not get back in, the newer one stays."""
    booking = await town.book()
    old = await town.citizen(booking, enter=True)
    new = await town.citizen(booking)
    assert await old.thrown_out() == "newer_page"
    assert old.replaced == [{"reason": "newer_page"}]
    refusal = await town.refused("/citizen", {"seat": old.boot["seat"]})
    assert (failure(refusal)["error"], refusal["status"]) == ("replaced", 409)
    state = await new.until(lambda s: s["state"] == "checked_in")
    assert state["epoch"] == new.boot["epoch"]
    assert (await new.ask("probe"))["ok"] and not new.replaced
    assert state["queue"]["position"] == 1  # the place went along


async def test_an_older_page_that_comes_late(town: Town) -> None:
    """Loaded first, connected second: the page she looks at now is the newer one."""
    booking = await town.book()
    older = await town.boot(booking.path)
    newer = await town.citizen(booking)
    assert failure(await town.refused("/citizen", {"seat": older["seat"]}))["error"] == "replaced"
    assert (await newer.ask("probe"))["ok"] and not newer.replaced


async def test_the_same_page_may_always_come_back(town: Town) -> None:
    """A changed network: the new socket replaces the dead one, nobody else is asked."""
    booking = await town.book()
    page = await town.citizen(booking, enter=True)
    again = await town.connect("/citizen", page.boot["seat"])
    await page.thrown_out()
    state = await again.until(lambda s: s["state"] == "checked_in")
    assert state["epoch"] == page.boot["epoch"]
    await again.close()
    third = await town.connect("/citizen", page.boot["seat"])
    assert (await third.until(lambda s: s["state"] == "checked_in"))["queue"]["position"] == 1


async def test_ten_pages_at_once(town: Town) -> None:
    """Whatever the order in which they connect: the newest is the one that stays."""
    booking = await town.book()
    boots = [await town.boot(booking.path) for _ in range(10)]

    async def one(boot: dict[str, Any]) -> Page | None:
        try:
            return await town.connect("/citizen", boot["seat"])
        except socketio.exceptions.ConnectionError:
            return None

    pages = await asyncio.gather(*(one(boot) for boot in reversed(boots)))
    connected = [page for page in pages if page]
    async with asyncio.timeout(PATIENCE):
        while sum(not page.gone.is_set() for page in connected) > 1:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    alive = [page for page in connected if not page.gone.is_set()]
    assert (await alive[0].ask("probe"))["ok"]
    state = await alive[0].until(lambda s: s["state"] == "confirmed")
    assert state["epoch"] == boots[-1]["epoch"]


async def test_the_newer_desk_wins(town: Town) -> None:
    """And the visit moves to it."""
    met = await visit(town)
    new = await town.clerk(session=met.clerk.session)
    assert await met.clerk.thrown_out() == "newer_page"
    state = await new.until(lambda s: s["visit"] and s["visit"]["state"] == "open")
    assert state["appointment"]["id"] == met.booking.id
    refusal = await town.refused("/desk", {"seat": met.clerk.boot["seat"]})
    assert failure(refusal)["error"] == "replaced"
    # the citizen's page learns that it has to connect to another page now
    state = await met.citizen.until(lambda s: s["visit"]["peers"][1]["epoch"] == new.boot["epoch"])
    assert state["visit"]["peers"][1]["online"]


# --- sessions


async def test_signing_out_closes_the_desk(town: Town) -> None:
    page = await town.clerk()
    headers = {"Cookie": f"vamt={page.session}"}
    async with town.http.post("/amt/abmelden", headers=headers) as answer:
        assert answer.status == 200
    assert await page.thrown_out() == "signed_out"
    refusal = await town.refused("/desk", {"seat": page.boot["seat"]})
    assert (failure(refusal)["error"], refusal["status"]) == ("signed_out", 401)


async def test_signing_out_in_a_visit_keeps_the_visit(town: Town) -> None:
    met = await visit(town)
    headers = {"Cookie": f"vamt={met.clerk.session}"}
    async with town.http.post("/amt/abmelden", headers=headers):
        pass
    assert await met.clerk.thrown_out() == "signed_out"
    state = await met.citizen.until(lambda s: not s["visit"]["peers"][1]["online"])
    assert state["state"] == "in_visit"
    back = await town.clerk()
    await back.until(lambda s: s["visit"] and s["visit"]["state"] == "open")
    await back.do("end")
    await met.citizen.until(lambda s: s["state"] == "finished")


async def test_signing_out_elsewhere_leaves_this_desk(town: Town) -> None:
    """Two browsers, two sessions: the page that is open belongs to the other one."""
    old = await town.clerk()
    new = await town.clerk()
    await old.thrown_out()
    headers = {"Cookie": f"vamt={old.session}"}
    async with town.http.post("/amt/abmelden", headers=headers):
        pass
    await new.quiet()
    assert not new.gone.is_set() and (await new.ask("probe"))["ok"]


@pytest.mark.parametrize("how", ["over", "locked"])
async def test_a_desk_without_a_session_does_nothing(town: Town, clock: Clock, how: str) -> None:
    """The session ran out, or the account was locked from a shell: the next event ends it."""
    booking = await town.book()
    citizen = await town.citizen(booking, enter=True)
    page = await town.clerk()
    if how == "over":
        clock.forward(SESSION_HOURS * 3600 + 1)
    else:
        await town.app[office.CLERKS].disable("anna")
    before = town.appointment(booking.id)
    with pytest.raises((TimeoutError, socketio.exceptions.SocketIOError)):
        async with asyncio.timeout(1):
            assert await page.ask("call", {"appointment": booking.id}) is None
            raise TimeoutError
    assert await page.thrown_out() == "signed_out"
    assert town.appointment(booking.id) == before
    assert not citizen.gone.is_set()
    failure(await town.refused("/desk", {"seat": page.boot["seat"]}))


async def test_a_locked_clerk_is_shown_nothing_more(town: Town) -> None:
    """What changes after her account was locked does not reach her open page."""
    page = await town.clerk()
    await page.until(lambda s: s["me"]["online"])
    await town.app[office.CLERKS].disable("anna")
    await town.book(name="Zacharias Geheim")
    await page.quiet()
    assert "Geheim" not in json.dumps(page.states)


# --- below the events


@asynccontextmanager
async def wire(town: Town) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A bare Engine.IO websocket."""
    async with town.http.ws_connect("/socket.io/?EIO=4&transport=websocket") as socket:
        assert (await socket.receive_str(timeout=PATIENCE)).startswith("0")
        yield socket


GARBAGE: list[str | bytes] = [
    "",
    "x",
    "9",
    "4",
    "4x",
    "40",
    "41",
    "42",
    '42["enter"]',  # before connecting
    '42/citizen,["enter"]',
    '42/citizen,["say",{"id":"1","text":"x"}]',
    '42/citizen,0["connect",{"aiohttp.request":1}]',
    '42/citizen,["disconnect"]',
    "42/citizen,[]",
    "42/citizen,{}",
    "42/citizen,5",
    "42/citizen,null",
    "42/citizen,[5]",
    "42/citizen,[[1]]",
    '42/citizen,[{"a":1}]',
    "42/citizen,not json",
    "42/citizen," + "[" * 20_000,
    "4" + "[" * 20_000,
    "42/citizen," + "9" * 5_000,
    '42/citizen,999999999999999999["enter"]',
    "42/citizen," + "1" * 200 + '["enter"]',
    "43/citizen,7[]",
    "44/citizen,{}",
    '451-/citizen,["say",{"_placeholder":true,"num":0}]',
    "45999999999-/citizen,[]",
    "46/citizen,1[]",
    "49",
    "5",
    "6",
    "2probe",
    "3probe",
    b"\x00\xff",
    "40/citizen,not json",
    '40/citizen,{"seat":',
    "40/" + "x" * 10_000 + ",",
    '42/citizen,["\ufffe",NaN]',
    "b!!!!",
]


async def test_garbage_on_the_wire(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """A stranger's broken packets harm nobody: not the server, not the page beside them."""
    page = await town.citizen(await town.book(), enter=True)
    before = town.dump()
    for packet in GARBAGE:
        async with wire(town) as socket:
            if isinstance(packet, bytes):
                await socket.send_bytes(packet)
            else:
                await socket.send_str(packet)
    assert (await page.ask("probe"))["ok"]
    async with town.http.get("/healthz") as answer:
        assert answer.status == 200
    assert town.dump() == before


async def test_garbage_from_a_seated_page(town: Town) -> None:
    """The same on a connected socket: at worst it loses its connection, and its place is kept."""
    booking = await town.book()
    first = await town.citizen(booking, enter=True)
    seat = first.boot["seat"]
    await first.close()
    before = town.dump()
    for packet in GARBAGE:
        async with wire(town) as socket:
            await socket.send_str("40/citizen," + json.dumps({"seat": seat}))
            async with asyncio.timeout(PATIENCE):
                while not (await socket.receive_str()).startswith("40/citizen"):
                    pass
            if isinstance(packet, bytes):
                await socket.send_bytes(packet)
            else:
                await socket.send_str(packet)
    assert town.dump() == before
    again = await town.connect("/citizen", seat)
    assert (await again.until(lambda s: s["state"] == "checked_in"))["queue"]["position"] == 1


NO_EVENTS = ["connect", "disconnect", "state", "replaced", "trigger_event"]


async def test_names_that_are_not_events(town: Town) -> None:
    """A page that emits the server's own names is told that it does not speak the protocol."""
    for event in NO_EVENTS:
        page = await town.citizen(await town.book(), enter=True)
        for data in (None, {}, {"aiohttp.request": {}}, "transport close"):
            assert await page.fails(event, data) == "protocol"
        await page.do("leave")  # and goes on as before
        clerk = await town.clerk()
        assert await clerk.fails(event, {}) == "protocol"
        await clerk.do("pause", {"away": True})
