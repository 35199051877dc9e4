"""A declaration that was signed in a visit, as a paper: the text, the signature, what it means."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_datetime

from vamt import signature
from vamt.errors import N_
from vamt.i18n import Language, Languages, direction
from vamt.papers.seal import Seal
from vamt.papers.typeset import Press
from vamt.settings import Settings
from vamt.signature import Seen, Signed


@dataclass(frozen=True, slots=True)
class Statements:
    """Prints what was signed, with the town's letterhead and, where it has one, its seal."""

    settings: Settings
    languages: Languages
    press: Press
    seal: Seal | None

    @property
    def own_seal(self) -> bool:
        """Whether the seal is of the office's own making."""
        return self.seal is not None and self.seal.own

    async def pdf(self, signed: Signed) -> bytes:
        """The paper, in the language she has signed in. Raises Unprintable, NoTimestamp."""
        language = self.languages.get(signed.record.consent.language)
        paper = await self.press.paper("statement", self._facts(signed, language), signed.record.at)
        return await self.seal.put_on(paper) if self.seal else paper

    def _facts(self, signed: Signed, language: Language) -> dict[str, Any]:
        record, say = signed.record, language.text
        moment = datetime.fromtimestamp(record.at, self.settings.zone)
        when = format_datetime(moment, "long", locale=language.code)
        typed = say(N_("Typed name, confirmed as the signature."))
        return {
            "title": record.document.title,
            "town": self._town(language),
            "date": {"year": moment.year, "month": moment.month, "day": moment.day},
            "language": language.code,
            "right_to_left": direction(language.code) == "rtl",
            "foot": self._foot(language),
            "paragraphs": [part for part in record.document.text.split("\n") if part.strip()],
            "signature": signature.svg(record, ""),
            "signature_alt": say(N_("Signature of %(name)s"), {"name": signed.citizen}),
            "name": signed.citizen,
            "signed": say(
                N_("Signed on %(when)s in a video conversation with %(clerk)s"),
                {"when": when, "clerk": signed.clerk},
            ),
            "remarks": [
                record.consent.text,
                *([typed] if record.typed else []),
                *([say(_SEEN)] if record.seen is Seen.ALL and not record.typed else []),
                say(_CHECKSUM, {"hash": signature.short(record.sha256)}),
                *([say(_OWN_SEAL)] if self.own_seal else []),
            ],
        }

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


_SEEN = N_("The strokes were seen at the office while they were drawn.")
_CHECKSUM = N_("Checksum of the text (SHA-256, first 16 digits): %(hash)s")
_OWN_SEAL = N_("The seal was made by this office itself. No trust service stands behind it.")
