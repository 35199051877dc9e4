"""One sitting with a page that is only pretended: what is heeded, what ends it, and when."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from av import VideoFrame

from tests.capture.senses import CLOSER, GOOD_BACK, GOOD_FRONT, frame, jpeg, studio_for
from vamt.capture import sitting as module
from vamt.capture import wire
from vamt.capture.peer import Trouble
from vamt.capture.sitting import MOST_OFFERS, Sitting

FRONT, BACK, NEAR = (
    VideoFrame.from_ndarray(frame(shade), format="bgr24")
    for shade in (GOOD_FRONT, GOOD_BACK, CLOSER)
)


@dataclass(eq=False)
class FakePeer:
    """A page that says what the test wants it to say."""

    sitter: Any
    ice: list[dict[str, Any]]
    video: bool
    clock: Callable[[], float]
    latest: VideoFrame | None = None
    said: list[dict[str, Any]] = field(default_factory=list)
    closed: bool = False
    connected: bool = False

    async def answer(self, sdp: str) -> str:
        if sdp.startswith("bad"):
            raise Trouble("sound")
        return f"answer to {sdp}"

    def say(self, **message: Any) -> bool:
        self.said.append(message)
        return True

    async def part(self, **last_word: Any) -> None:
        self.say(**last_word)
        await self.close()

    async def close(self) -> None:
        self.closed = True

    def show(self, shown: VideoFrame) -> None:
        self.latest = shown
        self.sitter.on_frame()


class Room:
    """A sitting under way, and everything said in it."""

    def __init__(self, begin: wire.Begin) -> None:
        self.words: asyncio.Queue[wire.FromOffice | None] = asyncio.Queue()
        self.told: list[wire.FromChild] = []
        self.news = asyncio.Event()
        self.peers: list[FakePeer] = []
        studio = studio_for() if begin.purpose == "check" else None
        self.sitting = Sitting(begin, self.tell, studio, self.make_peer)
        self.task = asyncio.ensure_future(self.sitting.run(self.words.get))

    def tell(self, news: wire.FromChild) -> None:
        self.told.append(news)
        self.news.set()

    def make_peer(self, **facts: Any) -> FakePeer:
        self.peers.append(FakePeer(**facts))
        return self.peers[-1]

    def say(self, word: wire.FromOffice | None) -> None:
        self.words.put_nowait(word)

    async def until(self, kind: type[wire.Up]) -> Any:
        while True:
            for news in self.told:
                if isinstance(news, kind):
                    return news
            self.news.clear()
            await self.news.wait()

    async def connect(self) -> FakePeer:
        self.say(wire.Offer(1, "hello"))
        await self.until(wire.Answer)
        return self.peers[-1]

    async def show(self, shown: VideoFrame, kind: type[wire.Up]) -> Any:
        """Show this until there is news of this kind."""
        while not any(isinstance(news, kind) for news in self.told):
            self.peers[-1].show(shown)
            self.news.clear()
            await self.news.wait()
        return await self.until(kind)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACE", 0.0)
    monkeypatch.setattr(module, "SHARE", 1.0)


@pytest.fixture
async def rooms() -> AsyncIterator[Callable[..., Room]]:
    made: list[Room] = []

    def make(purpose: Any = "check") -> Room:
        made.append(Room(wire.Begin(purpose)))
        return made[-1]

    yield make
    for room in made:
        room.say(None)
        await room.task


Rooms = Callable[..., Room]


async def test_the_page_and_the_office_hear_the_same_advice(rooms: Rooms) -> None:
    room = rooms()
    peer = await room.connect()
    advised = await room.show(NEAR, wire.Advised)
    assert room.told[1] == wire.Watching(320, 240)
    assert peer.said[0] == {
        "kind": "advice",
        "side": "front",
        "advice": "closer",
        "outline": advised.outline,
    }


async def test_the_clerk_takes_and_turns_while_nothing_is_good(rooms: Rooms) -> None:
    room = rooms()
    await room.connect()
    room.say(wire.Turn("back"))
    room.say(wire.Take())
    assert await room.show(NEAR, wire.Taken) == wire.Taken("back", "clerk")
    room.say(wire.Show(7, "back"))
    assert (await room.until(wire.Picture)).ref == 7
    room.say(wire.Copy(8, "front", [], []))
    assert await room.until(wire.Refused) == wire.Refused(8, "nothing")


async def test_a_still_is_asked_for_and_put_together(rooms: Rooms) -> None:
    room = rooms()
    peer = await room.connect()
    while {"kind": "still"} not in peer.said:
        peer.show(FRONT)
        room.news.clear()
        await room.news.wait()
    data = jpeg(GOOD_FRONT)
    room.sitting.on_message({"kind": "still", "bytes": len(data)})
    half = len(data) // 2
    room.sitting.on_message(data[:half])
    room.sitting.on_message(data[half:])
    assert await room.until(wire.Taken) == wire.Taken("front", "guidance")


async def test_a_page_that_was_loaded_anew_is_taken_instead(rooms: Rooms) -> None:
    room = rooms()
    first = await room.connect()
    room.say(wire.Offer(2, "again"))
    while len(room.told) < 2:
        room.news.clear()
        await room.news.wait()
    assert first.closed and room.told[-1] == wire.Answer(2, "answer to again")


async def test_a_bad_offer_is_refused_and_a_right_one_still_taken(rooms: Rooms) -> None:
    room = rooms()
    room.say(wire.Offer(5, "bad"))
    assert await room.until(wire.Refused) == wire.Refused(5, "sound")
    await room.connect()


async def test_an_endless_row_of_offers_ends_it(rooms: Rooms) -> None:
    room = rooms()
    for ref in range(MOST_OFFERS + 1):
        room.say(wire.Offer(ref, "hello"))
    assert await room.task == "too_many"
    assert room.told[-1] == wire.Refused(MOST_OFFERS, "too_many")
    assert room.peers[-1].said == [{"kind": "error", "why": "too_many"}]


async def test_a_signature_arrives_stroke_by_stroke(rooms: Rooms) -> None:
    room = rooms("sign")
    await room.connect()
    ink = {"kind": "ink", "stroke": 0, "first": 0}
    room.sitting.on_message({**ink, "points": [[0.1, 0.2, 0, 0.5]]})
    assert await room.until(wire.Inked) == wire.Inked(0, 0, [(0.1, 0.2, 0, 0.5)])
    for points in ([[float("nan"), 0, 0, 0]], [[0, 0, 1e12, 0]], "none", [[0, 0, 0, 0]] * 201):
        with pytest.raises(Trouble):
            room.sitting.on_message({**ink, "points": points})
    with pytest.raises(Trouble):
        room.sitting.on_message({"kind": "still", "bytes": 10})


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ({"kind": "still", "bytes": 2_000_000_000}, "too_large"),
        ({"kind": "still", "bytes": -1}, "too_large"),
        ({"kind": "still", "bytes": "many"}, "malformed"),
        ({"kind": "still", "bytes": True}, "malformed"),
        ({"kind": "still"}, "malformed"),
        ({"kind": "ink", "stroke": 0, "first": 0, "points": []}, "malformed"),
        ({"kind": "surprise"}, "malformed"),
        (b"a piece of nothing", "malformed"),
    ],
)
async def test_a_message_that_is_none_of_ours(rooms: Rooms, message: Any, why: str) -> None:
    room = rooms()
    await room.connect()
    with pytest.raises(Trouble) as trouble:
        room.sitting.on_message(message)
    assert trouble.value.why == why


async def test_trouble_ends_it_with_a_word_to_the_page(rooms: Rooms) -> None:
    room = rooms()
    peer = await room.connect()
    room.sitting.on_trouble("malformed")
    assert await room.task == "malformed"
    assert peer.said == [{"kind": "error", "why": "malformed"}] and peer.closed


async def test_nobody_comes(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEFORE", 0.0)
    assert await rooms().task == "timeout"


async def test_a_minute_without_progress_ends_it(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = rooms()
    await room.connect()
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    await room.show(NEAR, wire.Advised)
    assert await room.task == "timeout"


async def test_a_page_whose_picture_never_arrives_is_told_so(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECT", 0.01)
    room = rooms()
    await room.connect()
    assert await room.task == "path"


async def test_packets_of_which_no_picture_comes(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECT", 0.01)
    room = rooms()
    peer = await room.connect()
    peer.connected = True
    assert await room.task == "stream"
    assert peer.said == [{"kind": "error", "why": "stream"}]


async def test_what_was_taken_before_that_is_not_lost(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = rooms()
    peer = await room.connect()
    room.say(wire.Take())
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    await room.show(NEAR, wire.Taken)
    assert await room.until(wire.Rested) == wire.Rested("timeout")
    assert peer.closed
    room.say(wire.Show(3, "front"))
    await room.until(wire.Picture)
    room.say(wire.Offer(4, "late"))
    assert await room.until(wire.Refused) == wire.Refused(4, "ended")


async def test_eyes_that_fail_end_it(rooms: Rooms) -> None:
    room = rooms()
    peer = await room.connect()
    room.sitting.studio.senses = None  # type: ignore[union-attr,assignment]
    peer.show(FRONT)
    assert await room.task == "crashed"
