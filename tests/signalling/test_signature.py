"""A signature over the wire: asked for, watched as it appears, over; and who has no part in it."""

from typing import Any

import aiohttp
import structlog

from tests.signalling.test_guests import together
from tests.web.served import Town, Visit, visit
from vamt.capture import wire
from vamt.signature import Document, short

ID = "a-fresh-id-of-the-page"
TITLE, TEXT = "Erklärung", "Ich ziehe um."
TELLING = [0.271828, 0.3, 10, 0.5]
"""A point no time or count in a log looks like: "0.3" is in "30.3 ms" too."""
LINE = [[n / 100, 0.3, n * 10, 0.5] for n in range(30)]


def piece(stroke: int = 0, first: int = 0, points: Any = LINE[:3]) -> dict[str, Any]:
    return {"stroke": stroke, "first": first, "points": points}


async def asked(town: Town, met: Visit | None = None) -> Visit:
    met = met or await visit(town)
    await met.clerk.do("sign_ask", {"id": ID, "title": TITLE, "text": TEXT})
    await met.citizen.until(lambda s: s["visit"]["signature"])
    return met


async def test_from_the_request_to_the_picture(town: Town) -> None:
    met = await asked(town)
    wanted = met.citizen.state["visit"]["signature"]
    assert (wanted["state"], wanted["title"], wanted["text"]) == ("asked", TITLE, TEXT)
    assert wanted["hash"] == short(Document(TITLE, TEXT).sha256)
    assert TITLE in wanted["consent"] and "elektronische Unterschrift" in wanted["consent"]
    seen = await met.clerk.until(lambda s: s["visit"]["signature"])
    assert seen["visit"]["signature"]["hash"] == wanted["hash"]

    await met.citizen.do("sign_agree", {"id": ID})
    await met.clerk.until(lambda s: s["visit"]["signature"]["state"] == "signing")
    await met.citizen.do("ink", piece(points=LINE[:20]))
    await met.citizen.do("ink", piece(first=20, points=LINE[20:]))
    ink = await met.clerk.watched(2)
    assert ink[0] == {"signature": ID, **piece(points=LINE[:20])}
    assert ink[1]["first"] == 20
    assert not met.citizen.ink

    await met.citizen.do("sign_done", {"id": ID, "strokes": [LINE]})
    for page in (met.citizen, met.clerk):
        done = (await page.until(lambda s: s["visit"]["signature"]["state"] == "signed"))["visit"]
        assert (done["signature"]["seen"], done["signature"]["text"]) == ("all", "")

    address = f"{town.url}/amt/unterschrift/{ID}.svg"
    cookies = {"vamt": met.clerk.session}
    async with aiohttp.ClientSession(cookies=cookies) as desk, desk.get(address) as answer:
        picture = await answer.text()
        assert answer.status == 200 and answer.content_type == "image/svg+xml"
        assert answer.headers["Cache-Control"] == "no-store"
        assert picture.startswith("<svg") and "<path" in picture
    async with aiohttp.ClientSession() as stranger, stranger.get(address) as answer:
        assert answer.status == 403


async def test_her_page_is_connected_with_the_child_and_its_ink_is_shown(town: Town) -> None:
    met = await asked(town)
    assert not met.citizen.state["visit"]["signature"]["ready"]
    offer = {"id": ID, "sdp": "offer"}
    assert await met.citizen.fails("capture_offer", offer) == "conflict"  # she has not begun
    await met.citizen.do("sign_agree", {"id": ID})
    await town.captures.say(ID, wire.Ready())
    await met.citizen.until(lambda s: s["visit"]["signature"]["ready"])
    answer = await met.citizen.do("capture_offer", offer)
    assert answer["sdp"] == "answer to offer"
    await town.captures.say(ID, wire.Inked(0, 0, [(0.1, 0.2, 0.0, 0.5)]))
    assert await met.clerk.watched() == [
        {"signature": ID, "stroke": 0, "first": 0, "points": [[0.1, 0.2, 0.0, 0.5]]}
    ]
    await met.clerk.do("end")
    await met.citizen.until(lambda s: s["state"] == "finished")
    assert town.captures.running == {}


async def test_she_refuses_and_the_visit_goes_on(town: Town) -> None:
    met = await asked(town)
    await met.citizen.do("sign_refuse", {"id": ID})
    seen = await met.clerk.until(lambda s: s["visit"]["signature"]["state"] == "refused")
    assert seen["visit"]["state"] == "open"
    assert await met.citizen.fails("sign_done", {"id": ID, "strokes": [LINE]}) == "signature_over"
    assert await met.citizen.fails("ink", piece()) == "signature_over"


async def test_the_clerk_takes_it_back(town: Town) -> None:
    met = await asked(town)
    await met.clerk.do("sign_withdraw", {"id": ID})
    await met.citizen.until(lambda s: s["visit"]["signature"]["state"] == "withdrawn")
    assert await met.citizen.fails("sign_agree", {"id": ID}) == "signature_over"


async def test_a_page_loaded_again_in_the_middle_finds_the_request(town: Town) -> None:
    met = await asked(town)
    await met.citizen.do("sign_agree", {"id": ID})
    await met.citizen.drop()
    again = await town.citizen(met.booking)
    seen = await again.until(lambda s: s["visit"])
    assert seen["visit"]["signature"]["state"] == "signing"
    await again.do("ink", piece())
    assert len(await met.clerk.watched()) == 1


async def test_too_little_is_said_in_her_language(town: Town) -> None:
    met = await asked(town)
    await met.citizen.do("sign_agree", {"id": ID})
    answer = await met.citizen.ask("sign_done", {"id": ID, "strokes": [LINE[:2]]})
    assert (answer["error"], answer["status"]) == ("too_short", 422)
    assert "sehr kurz" in answer["message"]


async def test_what_is_no_ink_is_refused_and_reaches_nobody(town: Town) -> None:
    met = await asked(town)
    for wrong in (
        {},
        piece(stroke=-2),
        piece(stroke=101),
        piece(first=-1),
        piece(points=[[0.5, 0.5, 1]]),
        piece(points=[[0.5, 2, 1, 1]]),
        piece(points=[["0.5", 0.5, 1, 1]]),
        piece(points=LINE * 7),
        {**piece(), "signature": ID},
    ):
        assert await met.citizen.fails("ink", wrong) == "protocol"
    assert await met.citizen.fails("ink", piece(points=[[0, 0, 9, 1], [0, 0, 8, 1]])) == "invalid"
    await met.clerk.quiet()
    assert not met.clerk.ink


async def test_nobody_else_sees_it_or_takes_part(town: Town) -> None:
    met, guest = await together(town)
    other = await visit(town, "berta")
    await asked(town, met)
    await met.citizen.do("ink", piece())
    await met.clerk.watched()
    await guest.quiet()
    assert TEXT not in repr([guest.states, other.clerk.states, other.citizen.states])
    assert not (guest.ink + other.clerk.ink + other.citizen.ink)
    assert await other.citizen.fails("ink", piece()) == "signature_over"
    assert await other.citizen.fails("sign_agree", {"id": ID}) == "not_found"
    assert await other.clerk.fails("sign_withdraw", {"id": ID}) == "not_found"
    assert (
        await met.citizen.fails("sign_ask", {"id": ID, "title": TITLE, "text": TEXT}) == "protocol"
    )
    assert await guest.fails("ink", piece()) == "protocol"


async def test_texts_are_prepared_for_her_errand(town: Town) -> None:
    met = await visit(town)
    answer = await met.clerk.do("sign_texts")
    assert answer["texts"] == []  # this town has prepared none


async def test_nothing_of_it_is_logged(town: Town) -> None:
    with structlog.testing.capture_logs() as logs:
        met = await asked(town)
        await met.citizen.do("sign_agree", {"id": ID})
        await met.citizen.do("ink", piece(points=[TELLING]))
        await met.citizen.fails("ink", piece(stroke=500, points=[TELLING]))
        await met.citizen.do("sign_done", {"id": ID, "strokes": [], "typed": "Geheim Geheimnis"})
    written = repr(logs)
    assert "malformed event" in written
    assert not [said for said in ("Geheim", TEXT, str(TELLING[0])) if said in written]
