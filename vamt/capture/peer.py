"""One WebRTC connection with the citizen's page: a picture and a data channel come in.

Never sound, never a second picture, never anything out but words on the data channel. No server of
anybody else's is asked for a path: host addresses, and the town's own relay where there is one.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiortc import (
    MediaStreamError,
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.rtcconfiguration import RTCBundlePolicy
from av import VideoFrame

from vamt.allowance import Allowance, TooFast
from vamt.capture import wire

MOST_CANDIDATES = 40  # of an offer; a browser has four to ten
MOST_PIXELS = 1920 * 1440  # of a frame; we ask for 1280x720
GATHER = 1.5  # seconds; a relay that does not answer holds up nothing longer
FLUSH = 0.3  # seconds for the last words before the line is cut
START_KBPS, MOST_KBPS = 2000, 2500  # Chromium begins at 300 kbit/s without a word about it
TEXT_MOST = 16 * 1024  # bytes of one text message
TEXTS = (150, 60.0)  # text messages at once, and a second
BYTES = (4_000_000, 1_500_000.0)  # bytes at once, and a second
UNREACHABLE = re.compile(r"^a=candidate:.* [0-9a-f-]+\.local .*\r?\n", re.M | re.I)


class Trouble(Exception):
    """The page has sent what it may not; the argument is a key of `wire.WHY`."""

    @property
    def why(self) -> str:
        """Which key."""
        return str(self.args[0])


class Sitter(Protocol):
    """Who owns the peer and hears of everything."""

    def on_frame(self) -> None: ...
    def on_message(self, message: dict[str, Any] | bytes) -> None: ...
    def on_trouble(self, why: str) -> None: ...
    def on_lost(self) -> None: ...


def check_offer(sdp: str, *, video: bool) -> str:
    """The offer as we take it: one picture (if `video`) and a data channel; raises Trouble.

    Addresses that only the browser itself can resolve (mDNS) are left out: looking them up takes
    seconds, and it finds us without.
    """
    kinds = re.findall(r"^m=(\w+) ", sdp, re.M)
    if "audio" in kinds:
        raise Trouble("sound")
    wanted = ["application", "video"] if video else ["application"]
    if sorted(kinds) != wanted or sdp.count("a=candidate:") > MOST_CANDIDATES:
        raise Trouble("offer")
    return UNREACHABLE.sub("", sdp)


def tune(answer: str) -> str:
    """Our answer with a word to Chromium: begin with the full picture at once."""
    for number in re.findall(r"^a=rtpmap:(\d+) (?:VP8|H264)/", answer, re.M):
        rate = f"x-google-start-bitrate={START_KBPS};x-google-max-bitrate={MOST_KBPS}"
        given = re.search(rf"^a=fmtp:{number} .*?(?=\r?$)", answer, re.M)
        if given:
            answer = answer.replace(given[0], f"{given[0]};{rate}")
        else:
            line = re.search(rf"^a=rtpmap:{number} .*\n", answer, re.M)
            assert line is not None
            answer = answer.replace(line[0], f"{line[0]}a=fmtp:{number} {rate}\r\n")
    return answer


def _codecs(sdp: str) -> list[RTCRtpCodecCapability]:
    """VP8 alone where the page has it: one decoder, and no switching between two."""
    ours = RTCRtpReceiver.getCapabilities("video")
    assert ours is not None
    name = "video/vp8" if re.search(r"^a=rtpmap:\d+ VP8/90000", sdp, re.M) else "video/h264"
    return [codec for codec in ours.codecs if codec.mimeType.lower() in (name, "video/rtx")]


@dataclass(slots=True, eq=False)
class Peer:
    """A connection, from one offer to its end. Frames come and go; `latest` is the newest."""

    sitter: Sitter
    ice: list[dict[str, Any]]
    video: bool
    clock: Callable[[], float]
    latest: VideoFrame | None = None
    _connection: RTCPeerConnection | None = None
    _channel: RTCDataChannel | None = None
    _drain: asyncio.Task[None] | None = None
    _texts: Allowance = field(default_factory=lambda: Allowance(*TEXTS))
    _bytes: Allowance = field(default_factory=lambda: Allowance(*BYTES))

    @property
    def connected(self) -> bool:
        """Whether a way to the page was found."""
        return self._connection is not None and self._connection.connectionState == "connected"

    async def answer(self, sdp: str) -> str:
        """Take the offer; raises Trouble."""
        offer = check_offer(sdp, video=self.video)
        for servers in [self.ice, []] if self.ice else [[]]:
            try:
                async with asyncio.timeout(GATHER if servers else None):
                    return tune(await self._negotiate(offer, servers))
            except TimeoutError:
                await self.close()  # the relay is silent
            except Exception:  # aiortc has no one error for a description that makes no sense
                await self.close()
                raise Trouble("offer") from None
        raise Trouble("offer")

    async def _negotiate(self, offer: str, servers: list[dict[str, Any]]) -> str:
        given = [RTCIceServer(**server) for server in servers]
        connection = RTCPeerConnection(
            RTCConfiguration(iceServers=given, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._connection = connection
        connection.on("track", self._on_track)
        connection.on("datachannel", self._on_channel)
        connection.on("connectionstatechange", self._on_state)
        if self.video:
            receiver = connection.addTransceiver("video", direction="recvonly")
            receiver.setCodecPreferences(_codecs(offer))
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        return str(connection.localDescription.sdp)

    async def close(self) -> None:
        """Cut the line; harmless twice."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(Exception):  # whatever state a half-made one is in
                await connection.close()
        if self._drain is not None:
            self._drain.cancel()
            await asyncio.wait({self._drain})
            self._drain = None
        self.latest = None

    async def part(self, **last_word: Any) -> None:
        """Say the last word and cut the line."""
        if self.say(**last_word):
            await asyncio.sleep(FLUSH)
        await self.close()

    def say(self, **message: Any) -> bool:
        """A message to the page; False while there is no channel."""
        if self._channel is None or self._channel.readyState != "open":
            return False
        self._channel.send(json.dumps(message))
        return True

    def _on_state(self) -> None:
        if self._connection is None:
            return
        if self._connection.connectionState in ("failed", "closed"):
            self.sitter.on_lost()

    # --- picture

    def _on_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "video" and self._drain is None:
            self._drain = asyncio.create_task(self._watch(track))

    async def _watch(self, track: MediaStreamTrack) -> None:
        """Take every frame off the track, needed or not: one that waits there is kept for ever."""
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return  # it has ended; the state of the connection says the rest
            assert isinstance(frame, VideoFrame)
            if frame.width * frame.height > MOST_PIXELS:
                self.sitter.on_trouble("too_large")
                return
            self.latest = frame
            self.sitter.on_frame()

    # --- data channel

    def _on_channel(self, channel: RTCDataChannel) -> None:
        if channel.label != wire.CHANNEL or self._channel is not None:
            self.sitter.on_trouble("malformed")
            return
        self._channel = channel
        channel.on("message", self._on_message)

    def _on_message(self, message: str | bytes) -> None:
        try:
            self.sitter.on_message(self._read(message))
        except Trouble as trouble:
            self.sitter.on_trouble(trouble.why)

    def _read(self, message: str | bytes) -> dict[str, Any] | bytes:
        now, size = self.clock(), len(message)
        try:
            self._texts.spend(now)
            self._bytes.spend(now, max(1, size))
        except TooFast:
            raise Trouble("too_many") from None
        if isinstance(message, bytes):
            if size > wire.STILL_PART:
                raise Trouble("malformed")
            return message
        try:
            read = json.loads(message) if size <= TEXT_MOST else None
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, dict) or not isinstance(read.get("kind"), str):
            raise Trouble("malformed")
        return read
