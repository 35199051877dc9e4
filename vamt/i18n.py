"""Languages: gettext catalogues that serve templates, messages and JavaScript alike.

msgids are English; `locale/<code>/LC_MESSAGES/messages.po` translates them. The .po files are
read as they are (no compiled copies to forget); `scripts/i18n.py` collects new msgids.
"""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency

from vamt.errors import N_

FOLDER = Path(__file__).parent / "locale"
JS_SOURCES = "vamt/static/js/"


@dataclass(frozen=True)
class Language:
    """One language of the pages: texts, dates, and the catalogue for JavaScript."""

    code: str
    catalogue: Catalog
    translations: NullTranslations = field(repr=False)

    @property
    def name(self) -> str:
        """Its own name, e.g. "Deutsch"."""
        name = Locale(self.code).get_language_name(self.code) or self.code
        return name[0].upper() + name[1:]

    @property
    def dir(self) -> str:
        """ "ltr" or "rtl"."""
        return direction(self.code)

    def text(self, message: str, params: Mapping[str, object] | None = None) -> str:
        """Translate `message` and fill in %(name)s places."""
        translated = self.translations.gettext(message)
        return translated % params if params else translated

    def day(self, instant: float, zone: ZoneInfo) -> str:
        """ "Montag, 23. November 2026"."""
        return format_date(datetime.fromtimestamp(instant, zone), "full", locale=self.code)

    def weekday(self, day: date) -> str:
        """ "Montag, 23. November": in a list of near days the year is only noise."""
        month_day = format_skeleton("MMMMd", day, locale=self.code)
        return f"{format_date(day, 'EEEE', locale=self.code)}, {month_day}"

    def time(self, instant: float, zone: ZoneInfo) -> str:
        """ "10:15" (with the zone's name in the doubled hour of autumn)."""
        return _time(instant, zone, self.code)

    def date(self, iso: str) -> str:
        """ "03.02.1990" from "1990-02-03"; raises ValueError."""
        return format_date(date.fromisoformat(iso), "medium", locale=self.code)

    def money(self, cents: int) -> str:
        """ "9,00 €"."""
        return format_currency(Decimal(cents) / 100, "EUR", locale=self.code)

    def when(self, instant: float, zone: ZoneInfo) -> str:
        """Day and time in one phrase."""
        day, time = self.day(instant, zone), self.time(instant, zone)
        return self.text(N_("%(day)s at %(time)s"), {"day": day, "time": time})

    @cached_property
    def json(self) -> str:
        """The texts that JavaScript uses: {"lang", "messages": {msgid: text | [texts]}}."""
        messages: dict[str, Any] = {}
        for message in self.catalogue:
            if not message.id or not any(f.startswith(JS_SOURCES) for f, _ in message.locations):
                continue
            if isinstance(message.id, tuple | list):
                if all(message.string or ("",)):
                    messages[message.id[0]] = list(message.string or ())
            elif message.string:
                messages[str(message.id)] = message.string
        return json.dumps({"lang": self.code, "messages": messages}, ensure_ascii=False)


@lru_cache(4096)  # each desk is told the times of the whole day at every change
def _time(instant: float, zone: ZoneInfo, code: str) -> str:
    local = datetime.fromtimestamp(instant, zone)
    text = format_time(local, "HH:mm", locale=code)
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        text += f" {local.tzname()}"  # 02:30 CEST and 02:30 CET are an hour apart
    return text


def load_language(code: str, folder: Path = FOLDER) -> Language:
    """Read one catalogue; a language without a file speaks the msgids (English)."""
    file = folder / code / "LC_MESSAGES" / "messages.po"
    if not file.exists():
        return Language(code, Catalog(locale=code), NullTranslations())
    with file.open("rb") as handle:
        catalogue = read_po(handle, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Language(code, catalogue, GNUTranslations(compiled))


def language_name(code: str, reader: str) -> str:
    """The name of language `code` for somebody who reads `reader`, e.g. ("tr", "de") Türkisch."""
    return Locale(code).get_language_name(reader) or code


def direction(code: str) -> str:
    """In which direction a language is written: "ltr" or "rtl"."""
    return Locale(code).text_direction


class Languages:
    """The languages of the pages; the first one is the default."""

    def __init__(self, codes: list[str]) -> None:
        self._all = {code: load_language(code) for code in codes}
        self.default = codes[0]

    def __iter__(self) -> Iterator[Language]:
        return iter(self._all.values())

    def __contains__(self, code: object) -> bool:
        return code in self._all

    def get(self, code: str) -> Language:
        """The language `code`, or the default."""
        return self._all.get(code) or self._all[self.default]

    def reads(self, page: Language, own: str) -> tuple[str, ...]:
        """In which languages somebody reads what the town wrote.

        Her own first where the pages do not speak it: many services do.
        """
        return (page.code,) if not own or own in self._all else (own, page.code)

    def choose(self, *wishes: str) -> str:
        """The first wish we speak; a wish may be an Accept-Language header."""
        for wish in wishes:
            for part in (wish or "").split(",")[:20]:
                code = part.split(";")[0].strip().lower().split("-")[0]
                if code in self._all:
                    return code
        return self.default
