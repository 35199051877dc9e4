"""What every paper of the town begins and ends with: letterhead, date, how it is checked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vamt.errors import N_
from vamt.i18n import Language, direction
from vamt.papers.seal import Seal
from vamt.settings import Settings

OWN_SEAL = N_("The seal was made by this office itself. No trust service stands behind it.")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The town's sheet, as `templates/letter.typ` takes it."""

    settings: Settings
    seal: Seal | None

    @property
    def own_seal(self) -> bool:
        """Whether the seal is of the office's own making."""
        return self.seal is not None and self.seal.own

    def facts(self, title: str, moment: datetime, language: Language) -> dict[str, Any]:
        """The facts of a paper that `letter.typ` needs; JSON-able."""
        return {
            "title": title,
            "town": self._town(language),
            "date": {"year": moment.year, "month": moment.month, "day": moment.day},
            "language": language.code,
            "right_to_left": direction(language.code) == "rtl",
            "foot": self._foot(language),
        }

    async def sealed(self, paper: bytes) -> bytes:
        """The paper with the seal, where the town has one. Raises NoTimestamp."""
        return await self.seal.put_on(paper) if self.seal else paper

    def _town(self, language: Language) -> dict[str, Any]:
        town = self.settings.town
        file = self.settings.path(town.logo) if town.logo else None
        drawn = file is not None and file.suffix.lower() == ".svg" and file.is_file()
        return {
            "full_name": town.full_name or town.name,
            "address": [*town.address, *([town.phone] if town.phone else [])],
            "logo": file.read_text("utf-8") if file is not None and drawn else "",
            "logo_alt": language.text(N_("Coat of arms of %(town)s"), {"town": town.name}),
        }

    def _foot(self, language: Language) -> str:
        if self.seal is None:
            return language.text(N_("This paper bears no seal."))
        address = f"{self.settings.public_url}/pruefen"
        return language.text(N_("Sealed. To be checked at %(address)s"), {"address": address})
