"""What both pages show of an identity check; the citizen less than the clerk."""

from collections.abc import Mapping
from dataclasses import dataclass

from vamt import identity, protocol, rooms, states
from vamt.booking import Appointment
from vamt.i18n import Language
from vamt.identity import Check
from vamt.rooms import Clerk
from vamt.services.checks import Sight

NOTHING = Sight("", "")


@dataclass(frozen=True, slots=True)
class CheckBoards:
    """Draws a check from what is stored and from what its capture sees."""

    sights: Mapping[str, Sight]  # of `Checks`, by check
    reading: bool

    def view(
        self,
        check: Check,
        person: Appointment,
        language: Language,
        seat: str,
        clerks: Mapping[str, Clerk],
    ) -> protocol.CheckView:
        """The check for one of the two seats."""
        sight = self.sights.get(check.id, NOTHING)
        lost = sight is NOTHING and check.state is states.Check.ALLOWED
        return protocol.CheckView(
            id=check.id,
            document=check.document.value,
            state=check.state,
            level=check.level,  # type: ignore[arg-type]
            sides=list(identity.SIDES[check.document]),  # type: ignore[arg-type]
            side=sight.side,
            taken=list(sight.taken),  # type: ignore[arg-type]
            capture=sight.capture,  # type: ignore[arg-type]
            before=sight.before,
            why="restart" if lost else sight.why,
            reads=self.reading and check.document is not identity.Document.OTHER,
            keep_hours=0,
            result=check.result.value if check.result else "",
            at=check.ended or check.asked,
            code=sight.code if seat == rooms.CITIZEN else "",
            desk=self._desk(check, language, clerks) if seat == rooms.CLERK else None,
        )

    def _desk(
        self, check: Check, language: Language, clerks: Mapping[str, Clerk]
    ) -> protocol.CheckDesk:
        clerk = clerks.get(check.clerk)
        return protocol.CheckDesk(
            items=[
                protocol.CheckItem(item, language.text(words), item in check.done)
                for item, words in identity.words_of(check.items)
            ],
            reason=check.reason,
            by=clerk.name if clerk else "",
        )
