"""The WebRTC end of the child, against a page played by aiortc."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from tests.capture.page import Film, Page, Rubbish, page
from vamt.capture.peer import TEXTS, Peer, Trouble, check_offer, tune


class Sitter:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any] | bytes] = []
        self.frames = 0
        self.trouble: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.lost = asyncio.Event()
        self.framed = asyncio.Event()
        self.worded = asyncio.Event()

    def on_frame(self) -> None:
        self.frames += 1
        self.framed.set()

    def on_message(self, message: dict[str, Any] | bytes) -> None:
        self.messages.append(message)
        self.worded.set()

    def on_trouble(self, why: str) -> None:
        if not self.trouble.done():
            self.trouble.set_result(why)

    def on_lost(self) -> None:
        self.lost.set()


@pytest.fixture
async def sitter() -> Sitter:
    return Sitter()


@pytest.fixture
async def peer(sitter: Sitter) -> AsyncIterator[Peer]:
    peer = Peer(sitter, [], True, asyncio.get_running_loop().time)
    yield peer
    await peer.close()


async def connect(page: Page, peer: Peer) -> None:
    await page.accept(await peer.answer(await page.offer()))
    await page.open.wait()


async def test_frames_and_words_come_in_and_words_go_out(sitter: Sitter, peer: Peer) -> None:
    async with page(Film()) as other:
        await connect(other, peer)
        await sitter.framed.wait()
        assert peer.latest is not None and (peer.latest.width, peer.latest.height) == (320, 240)
        other.channel.send('{"kind": "hello"}')
        await sitter.worded.wait()
        assert sitter.messages == [{"kind": "hello"}]
        assert peer.say(kind="advice", advice="closer")
        assert await other.until("advice") == {"kind": "advice", "advice": "closer"}


async def test_the_answer_is_quick_asks_nobody_and_begins_with_a_full_picture(peer: Peer) -> None:
    async with page(Film()) as other:
        offer = await other.offer()
        loop = asyncio.get_running_loop()
        begun = loop.time()
        answer = await peer.answer(offer)
        assert loop.time() - begun < 1.0  # with a silent public server it would be 5 s
        assert "a=recvonly" in answer and "typ srflx" not in answer
        assert re.findall(r"^a=rtpmap:\d+ (\S+)/", answer, re.M)[0] == "VP8"
        assert "H264" not in answer
        assert "x-google-start-bitrate=2000" in answer


async def test_without_a_picture_there_is_only_the_channel(sitter: Sitter) -> None:
    peer = Peer(sitter, [], False, asyncio.get_running_loop().time)
    async with page(None) as other:
        await connect(other, peer)
        assert peer.say(kind="hello")
        await other.until("hello")
    await peer.close()


@pytest.mark.parametrize(
    ("sdp", "why"),
    [
        ("", "offer"),
        ("v=0\r\nm=audio 9 X 0\r\nm=video 9 X 0\r\n", "sound"),
        ("v=0\r\nm=video 9 X 0\r\nm=video 9 X 0\r\nm=application 9 X 0\r\n", "offer"),
        ("v=0\r\nm=application 9 X 0\r\n", "offer"),
        ("v=0\r\nm=video 9 X 0\r\nm=application 9 X 0\r\n" + "a=candidate:1\r\n" * 99, "offer"),
        ("v=0\r\nm=video what\r\nm=application is this\r\n", "offer"),
    ],
)
async def test_what_is_no_offer_is_refused(peer: Peer, sdp: str, why: str) -> None:
    with pytest.raises(Trouble) as refused:
        await peer.answer(sdp)
    assert refused.value.why == why


def test_addresses_only_the_browser_knows_are_not_looked_up() -> None:
    head = "v=0\r\nm=video 9 X 0\r\nm=application 9 X 0\r\n"
    hidden = "a=candidate:1 1 udp 1 0a1b-22.local 9 typ host\r\n"
    plain = "a=candidate:2 1 udp 1 192.0.2.1 9 typ host\r\n"
    assert check_offer(head + hidden + plain, video=True) == head + plain


def test_a_format_that_has_parameters_keeps_them() -> None:
    answer = tune("a=rtpmap:98 H264/90000\r\na=fmtp:98 profile-level-id=42e01f\r\n")
    assert "a=fmtp:98 profile-level-id=42e01f;x-google-start-bitrate=2000" in answer


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ("this is no JSON", "malformed"),
        ("[1, 2]", "malformed"),
        ('{"no": "kind"}', "malformed"),
        ('{"kind": ' + "[" * 4000, "malformed"),
        (b"x" * (16 * 1024 + 1), "malformed"),
        ('{"kind": "' + "x" * 17_000 + '"}', "malformed"),
    ],
)
async def test_a_message_that_is_none_of_ours(
    sitter: Sitter, peer: Peer, sent: str | bytes, why: str
) -> None:
    async with page(Film()) as other:
        await connect(other, peer)
        other.channel.send(sent)
        assert await sitter.trouble == why


async def test_more_messages_than_anybody_needs(sitter: Sitter, peer: Peer) -> None:
    peer.clock = lambda: 0.0  # they all come at once, however slow this machine is
    async with page(Film()) as other:
        await connect(other, peer)
        for _ in range(1000):
            other.channel.send('{"kind": "hello"}')
        assert await sitter.trouble == "too_many"
        assert len(sitter.messages) == TEXTS[0]


async def test_a_second_channel_or_another_label_is_trouble(sitter: Sitter, peer: Peer) -> None:
    async with page(Film(), channel="else") as other:
        await connect(other, peer)
        assert await sitter.trouble == "malformed"


async def test_frames_no_camera_was_asked_for(sitter: Sitter, peer: Peer) -> None:
    async with page(Film(2048, 1536)) as other:
        await connect(other, peer)
        assert await sitter.trouble == "too_large"


async def test_a_picture_may_change_its_size_on_the_way(sitter: Sitter, peer: Peer) -> None:
    film = Film()
    async with page(film) as other:
        await connect(other, peer)
        for width, height in ((320, 240), (640, 480), (240, 320)):
            film.picture = np.full((height, width, 3), 90, np.uint8)
            while peer.latest is None or (peer.latest.width, peer.latest.height) != (width, height):
                sitter.framed.clear()
                await sitter.framed.wait()
        assert peer.connected and not sitter.trouble.done()


async def test_a_page_may_come_back_with_another_codec(sitter: Sitter) -> None:
    """As when it is loaded anew in another browser; within one offer there is one codec only."""
    for name in ("VP8", "H264", "VP8"):
        peer = Peer(sitter, [], True, asyncio.get_running_loop().time)
        async with page(Film()) as other:
            other.prefer(name)
            await connect(other, peer)
            sitter.framed.clear()
            await sitter.framed.wait()
            assert peer.latest is not None and peer.latest.width == 320
        await peer.close()
    assert not sitter.trouble.done()


async def test_rubbish_instead_of_a_picture_breaks_nothing(sitter: Sitter, peer: Peer) -> None:
    film = Rubbish()
    async with page(film) as other:
        await connect(other, peer)
        while film.sent < 60:
            await asyncio.sleep(0.05)  # a page that talks without a pause is sent away
            other.channel.send('{"kind": "hello"}')
            sitter.worded.clear()
            await sitter.worded.wait()
        assert peer.connected and sitter.frames == 0 and not sitter.trouble.done()


async def test_a_page_that_goes_is_noticed(sitter: Sitter, peer: Peer) -> None:
    async with page(Film()) as other:
        await connect(other, peer)
        await sitter.framed.wait()
    await sitter.lost.wait()
