"""Captures without a child process: what was asked of them is noted, and a test says the news."""

from collections.abc import Collection
from dataclasses import dataclass, field

from vamt.capture.wire import Begin, Ended, News, Ready, Side, Taken, Watching
from vamt.errors import Conflict
from vamt.services.ports import Hear


@dataclass
class FakeCaptures:
    """Implements `ports.Captures`. `pictures` is what a child would hold in its memory."""

    running: dict[str, tuple[Begin, Hear]] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    pictures: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def begin(self, id: str, wanted: Begin, hear: Hear) -> None:
        self.end(id)
        self.asked.append(("begin", id))
        self.running[id] = (wanted, hear)

    async def offer(self, id: str, sdp: str) -> str:
        self._there(id)
        return f"answer to {sdp}"

    def take(self, id: str) -> None:
        self.asked.append(("take", id))

    def turn(self, id: str, side: Side) -> None:
        self.asked.append(("turn", id, side))

    def end(self, id: str) -> None:
        if self.running.pop(id, None):
            self.asked.append(("end", id))
            self.pictures = {k: v for k, v in self.pictures.items() if k[0] != id}

    async def show(self, id: str, side: Side) -> bytes:
        self._there(id)
        return self.pictures[id, side]

    async def copy(self, id: str, side: Side, keep: Collection[str], lines: list[str]) -> bytes:
        self._there(id)
        self.asked.append(("copy", id, side, *sorted(keep), *lines))
        return b"masked " + self.pictures[id, side]

    # --- what a test says

    async def say(self, id: str, *news: News) -> None:
        """These news come from the child of this check."""
        _, hear = self.running[id]
        for one in news:
            await hear(id, one)

    async def watch(self, id: str) -> None:
        """The child is ready and sees a first frame."""
        await self.say(id, Ready(), Watching(1280, 720))

    async def see(self, id: str, side: Side, picture: bytes) -> None:
        """It has taken the picture of a side."""
        self.pictures[id, side] = picture
        await self.say(id, Taken(side, "guidance"))

    async def die(self, id: str, why: str = "crashed") -> None:
        """The child ends by itself."""
        _, hear = self.running.pop(id)
        self.pictures.clear()
        await hear(id, Ended(why))

    def _there(self, id: str) -> None:
        if id not in self.running:
            raise Conflict(key="no_capture")
