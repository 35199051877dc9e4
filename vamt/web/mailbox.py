"""The demo's mailbox: every mail the town would have sent. Never served outside the demo."""

import re
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from vamt.mail import Postman
from vamt.settings import Settings
from vamt.store.sql import SqlStore
from vamt.web.render import Pages

SHOWN = 50
ADDRESS = re.compile(r"(https?://[^\s<>\"]+)")


def parts(text: str) -> list[dict[str, str]]:
    """Split a text into {text} and {url} pieces, so that the page can link them."""
    pieces = ADDRESS.split(text)
    return [{"url" if i % 2 else "text": piece} for i, piece in enumerate(pieces) if piece]


@dataclass(frozen=True, slots=True)
class Mailbox:
    """GET /postfach."""

    settings: Settings
    pages: Pages
    store: SqlStore
    postman: Postman

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [web.get("/postfach", self.page)]

    async def page(self, request: web.Request) -> web.Response:
        """The mails, newest first."""
        language = self.pages.language(request)
        mails: list[dict[str, Any]] = []
        async with self.store.read() as tx:
            rows = await tx.letters(SHOWN)
        for row in rows:
            worded = await self.postman.word(row)
            link = f"/termin/{self.postman.links.token(row.appointment)}"
            attachments = [{"name": "termin.ics", "url": f"{link}/kalender.ics"}]
            mails.append(
                {
                    "to": row.recipient,
                    "subject": worded.subject,
                    "sent_words": language.when(row.created, self.settings.zone),
                    "parts": parts(worded.text),
                    "text": worded.text,
                    "attachments": attachments if worded.calendar else [],
                }
            )
        return self.pages.page(request, "mailbox.html", mails=mails)
