"""The citizen's page as aiortc plays it: offers a picture and a data channel to the child."""

import asyncio
import fractions
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
    VideoStreamTrack,
)
from av import Packet, VideoFrame


class Film(VideoStreamTrack):
    """Frames of a size, grey and getting lighter."""

    def __init__(self, width: int = 320, height: int = 240) -> None:
        super().__init__()
        self.picture = np.full((height, width, 3), 128, np.uint8)
        self.sent = 0

    async def recv(self) -> VideoFrame:
        await asyncio.sleep(1 / 30)
        frame = VideoFrame.from_ndarray(self.picture, format="bgr24")
        frame.pts, frame.time_base = self.sent * 3000, fractions.Fraction(1, 90000)
        self.sent += 1
        return frame


class Rubbish(VideoStreamTrack):
    """Packets that say they are VP8 and are not."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0

    async def recv(self) -> Packet:  # type: ignore[override]
        await asyncio.sleep(1 / 60)
        packet = Packet(os.urandom(2000))
        self.sent += 1
        packet.pts, packet.time_base = self.sent * 1500, fractions.Fraction(1, 90000)
        return packet


class Page:
    """One page; `heard` are the messages of the data channel."""

    def __init__(self, film: VideoStreamTrack | None, *, channel: str = "capture") -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        if film is not None:
            self.connection.addTrack(film)
        self.channel = self.connection.createDataChannel(channel)
        self.heard: list[dict[str, Any]] = []
        self.news = asyncio.Event()
        self.open = asyncio.Event()
        self.channel.on("message", self._hear)
        self.channel.on("open", self.open.set)

    def _hear(self, text: str) -> None:
        self.heard.append(json.loads(text))
        self.news.set()

    def prefer(self, codec: str) -> None:
        """Offer the picture in this codec only."""
        known = RTCRtpSender.getCapabilities("video")
        assert known is not None
        chosen = [one for one in known.codecs if one.mimeType == f"video/{codec}"]
        self.connection.getTransceivers()[0].setCodecPreferences(chosen)

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return str(self.connection.localDescription.sdp)

    async def accept(self, sdp: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def until(self, kind: str) -> dict[str, Any]:
        while True:
            for message in self.heard:
                if message["kind"] == kind:
                    return message
            self.news.clear()
            await self.news.wait()


@asynccontextmanager
async def page(film: VideoStreamTrack | None, **more: Any) -> AsyncIterator[Page]:
    opened = Page(film, **more)
    try:
        yield opened
    finally:
        await opened.connection.close()
