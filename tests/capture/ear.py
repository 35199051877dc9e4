"""Somebody who hears the news of captures."""

import asyncio

from vamt.capture import wire


class Ear:
    """Hears the news of all captures, and can be waited on."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, wire.News]] = []
        self._more = asyncio.Event()

    async def __call__(self, id: str, news: wire.News) -> None:
        self.heard.append((id, news))
        self._more.set()

    def of(self, id: str) -> list[wire.News]:
        return [news for one, news in self.heard if one == id]

    async def until(self, id: str, kind: type[wire.Up]) -> wire.News:
        while True:
            for news in self.of(id):
                if isinstance(news, kind):
                    return news
            self._more.clear()
            await self._more.wait()
