"""What both pages show of an identity check; the citizen less than the clerk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from vamt import check_messages, comparison, errands, identity, rooms, states
from vamt.booking import Appointment, Service, in_language
from vamt.errors import N_
from vamt.i18n import Language
from vamt.identity import Check
from vamt.mrz import Zone
from vamt.rooms import Clerk
from vamt.services.checks import Sight
from vamt.services.ports import Clock
from vamt.settings import Settings

LABELS = {
    "name": N_("Name"),
    "birth_date": N_("Date of birth"),
    "address": N_("Address"),
    "expiry": N_("Valid until"),
    "digits": N_("Check digits"),
}
NOTHING = Sight("", "")


@dataclass(frozen=True, slots=True)
class CheckBoards:
    """Draws a check from what is stored and from what its capture sees."""

    sights: Mapping[str, Sight]  # of `Checks`, by check
    reading: bool
    keeps: Callable[[Appointment], tuple[str, ...]]  # of `Checks`
    keep_hours: int
    clock: Clock
    services: Mapping[str, Service]
    today: Callable[[], date]

    def view(
        self,
        check: Check,
        person: Appointment,
        language: Language,
        seat: str,
        clerks: Mapping[str, Clerk],
    ) -> check_messages.CheckView:
        """The check for one of the two seats."""
        sight = self.sights.get(check.id, NOTHING)
        hers = seat == rooms.CITIZEN
        lost = sight is NOTHING and check.state is states.Check.ALLOWED
        return check_messages.CheckView(
            id=check.id,
            document=check.document.value,
            state=check.state,
            level=check.level,  # type: ignore[arg-type]
            sides=list(identity.SIDES[check.document]),  # type: ignore[arg-type]
            side=sight.side,
            taken=list(sight.taken),
            capture=sight.capture,  # type: ignore[arg-type]
            before=sight.before,
            why="restart" if lost else sight.why,
            reads=self.reading and check.document is not identity.Document.OTHER,
            keep_hours=self.keep_hours if self.keeps(person) else 0,
            result=check.result.value if check.result else "",
            at=check.ended or check.asked,
            code=sight.code if hers and check.code.holds(self.clock()) else "",
            desk=None if hers else self._desk(check, sight, person, language, clerks),
        )

    def believed(self) -> dict[str, Zone]:
        """The zones that may be believed of the checks that go on, by appointment."""
        return {
            sight.appointment: sight.zone
            for sight in self.sights.values()
            if sight.zone and not sight.doubtful
        }

    def _desk(
        self,
        check: Check,
        sight: Sight,
        person: Appointment,
        language: Language,
        clerks: Mapping[str, Clerk],
    ) -> check_messages.CheckDesk:
        clerk = clerks.get(check.clerk)
        return check_messages.CheckDesk(
            takes=sight.takes,
            zone=_zone(sight),
            fields=self._fields(sight, person, language) if check.open else [],
            items=[
                check_messages.CheckItem(item, language.text(words), item in check.done)
                for item, words in identity.words_of(check.items)
            ],
            code=self._code(check, sight),
            code_until=check.code.until,
            code_tries=check.code.tries_left,
            keeps=list(self.keeps(person)) if check.open else [],
            kept_until=check.kept_until,
            reason=check.reason,
            by=clerk.name if clerk else "",
        )

    def _fields(
        self, sight: Sight, person: Appointment, language: Language
    ) -> list[check_messages.ReadField]:
        """What was read beside what was entered, worded."""
        errand = errands.errand_of(person, self.services)
        asked = errand.fields if errand else ()
        found = comparison.rows(
            sight.zone, sight.doubtful, person.name, asked, person.data, self.today()
        )
        return [
            check_messages.ReadField(
                row.key,
                language.text(LABELS[row.key]),
                _shown(row.key, row.read, language),
                _shown(row.key, row.entered, language),
                row.verdict,  # type: ignore[arg-type]
            )
            for row in found
        ]

    def _code(self, check: Check, sight: Sight) -> Literal["", "mail", "screen", "ended"]:
        if check.code.made == 0 or "code" in check.done:
            return ""
        if not check.code.holds(self.clock()):
            return "ended"
        # after a restart the digits are on no screen any more, but a mail has come
        return "screen" if sight.sent == "screen" else "mail"


def _zone(sight: Sight) -> Literal["", "read", "typed", "doubtful"]:
    if sight.typed:
        return "typed"
    return "doubtful" if sight.doubtful else "read" if sight.zone else ""


def _shown(key: str, text: str, language: Language) -> str:
    if key not in ("birth_date", "expiry"):
        return text
    try:
        return language.date(text)
    except ValueError:
        return text  # of a date the zone has only parts


def imprint(
    settings: Settings,
    services: Mapping[str, Service],
    clock: Clock,
    person: Appointment,
) -> list[str]:
    """What is printed across a copy: the town, the errand, the day; in German, for the file."""
    errand = errands.errand_of(person, services)
    day = datetime.fromtimestamp(clock(), settings.zone).strftime("%d.%m.%Y")
    name = in_language(errand.name, "de") if errand else person.service
    return [settings.town.full_name or settings.town.name, name, day]
