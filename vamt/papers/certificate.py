"""A certificate that the desk issues from the form: what is certified, by whom, when."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_date

from vamt.documents import PREVIEWS, Cleaned
from vamt.errors import N_
from vamt.i18n import Language, Languages
from vamt.papers.letterhead import OWN_SEAL, Letterhead
from vamt.papers.typeset import Press
from vamt.services.issuing import OFFICIAL, Certified


@dataclass(slots=True)
class Certificates:
    """Prints certificates, with the town's letterhead and, where it has one, its seal."""

    languages: Languages
    head: Letterhead
    press: Press
    _rehearsed: bool = False

    async def get_ready(self) -> None:
        """Make one that nobody gets, once: libraries and fonts are loaded with the first."""
        if self._rehearsed:
            return
        self._rehearsed = True
        blank = Certified(self.head.settings.town.name, "", (), "", 0.0)
        facts = self._facts(blank, self.languages.get(OFFICIAL))
        paper = await self.press.paper("certificate", facts, blank.at)
        await self.press.pictures("certificate", facts, blank.at)
        if self.head.seal:
            await self.head.seal.get_ready(paper)

    async def made(self, certified: Certified) -> Cleaned:
        """The paper, with pictures of it. Raises Unprintable, NoTimestamp."""
        facts = self._facts(certified, self.languages.get(OFFICIAL))
        paper, pictures = await asyncio.gather(
            self._paper(facts, certified.at),
            self.press.pictures("certificate", facts, certified.at),
        )
        return Cleaned("application/pdf", paper, len(pictures), pictures[:PREVIEWS])

    async def _paper(self, facts: dict[str, Any], at: float) -> bytes:
        return await self.head.sealed(await self.press.paper("certificate", facts, at))

    def _facts(self, certified: Certified, language: Language) -> dict[str, Any]:
        moment = datetime.fromtimestamp(certified.at, self.head.settings.zone)
        place = {
            "town": self.head.settings.town.name,
            "date": format_date(moment, "long", locale=language.code),
        }
        by = language.text(N_("Issued in a video conversation by %(clerk)s"))
        return {
            **self.head.facts(certified.title, moment, language),
            "paragraphs": [part for part in certified.text.split("\n") if part.strip()],
            "columns": [language.text(N_("Fact")), language.text(N_("As certified"))],
            "rows": [[label, value] for label, value in certified.rows],
            "place": language.text(N_("%(town)s, %(date)s"), place),
            "by": by % {"clerk": certified.clerk},
            "remarks": [language.text(OWN_SEAL)] if self.head.own_seal else [],
        }
