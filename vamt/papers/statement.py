"""A declaration that was signed in a visit, as a paper: the text, the signature, what it means."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_datetime

from vamt import signature
from vamt.errors import N_
from vamt.i18n import Language, Languages
from vamt.papers.letterhead import OWN_SEAL, Letterhead
from vamt.papers.typeset import Press
from vamt.signature import Seen, Signed


@dataclass(frozen=True, slots=True)
class Statements:
    """Prints what was signed, with the town's letterhead and, where it has one, its seal."""

    languages: Languages
    head: Letterhead
    press: Press

    async def pdf(self, signed: Signed) -> bytes:
        """The paper, in the language she has signed in. Raises Unprintable, NoTimestamp."""
        language = self.languages.get(signed.record.consent.language)
        paper = await self.press.paper("statement", self._facts(signed, language), signed.record.at)
        return await self.head.sealed(paper)

    def _facts(self, signed: Signed, language: Language) -> dict[str, Any]:
        record, say = signed.record, language.text
        moment = datetime.fromtimestamp(record.at, self.head.settings.zone)
        when = format_datetime(moment, "long", locale=language.code)
        typed = say(N_("Typed name, confirmed as the signature."))
        return {
            **self.head.facts(record.document.title, moment, language),
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
                *([say(_CHECKED)] if signed.checked else []),
                *([say(_SEEN)] if record.seen is Seen.ALL and not record.typed else []),
                say(_CHECKSUM, {"hash": signature.short(record.sha256)}),
                *([say(OWN_SEAL)] if self.head.own_seal else []),
            ],
        }


_CHECKED = N_("An identity document was shown in the conversation and checked by eye.")
_SEEN = N_("The strokes were seen at the office while they were drawn.")
_CHECKSUM = N_("Checksum of the text (SHA-256, first 16 digits): %(hash)s")
