"""Filling in one form together: whose value stands in a field, and when two people disagree.

The office puts all edits into one order; what a field holds depends on that order alone, so all
pages that have got the same edits show the same. `static/js/coform.js` is the page's side.

An edit is the whole value of one field, with its `base`: the version the writer had before her
eyes. What others wrote later than that she has not seen, so it may not be overwritten: both values
are kept, and the field is in conflict until somebody who has seen both writes or chooses. What she
had seen, she replaces: the last writer counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vamt import states
from vamt.errors import N_, Conflict

CONFLICT = "conflict"  # a field with two values is wrong in this way


class Gap(Conflict):
    """An edit is missing before this one; the page asks for the form and sends again."""

    key = "form_gap"
    default_message = N_("Your entries are being sent once more.")


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a visit as it is stored; its content is sealed."""

    visit: str
    state: states.Form
    begun: float
    ended: float | None = None
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What one author has written into a field. `version` counts the edits of the whole form."""

    value: str
    version: int
    author: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A new value of a field. `number` counts the author's edits from 1."""

    author: str
    number: int
    field: str
    value: str
    base: int


@dataclass(frozen=True, slots=True)
class Content:
    """What stands in a form. A value; `written` makes the next one."""

    version: int = 0
    cells: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)  # the newest last
    seen: Mapping[str, int] = field(default_factory=dict)  # author -> the latest edit applied

    def written(self, edit: Edit) -> "Content":
        """The content after the edit; the same when it came before. Raises Gap."""
        before = self.seen.get(edit.author, 0)
        if edit.number <= before:
            return self
        if edit.number > before + 1:
            raise Gap(extra={"seen": before})
        version = self.version + 1
        unseen = tuple(
            entry
            for entry in self.cells.get(edit.field, ())
            if entry.author != edit.author
            and entry.version > edit.base
            and entry.value != edit.value
        )
        mine = Entry(edit.value, version, edit.author)
        return replace(
            self,
            version=version,
            cells={**self.cells, edit.field: (*unseen, mine)},
            seen={**self.seen, edit.author: edit.number},
        )

    def value(self, key: str) -> str:
        """What was written last into a field; '' when nothing was."""
        entries = self.cells.get(key)
        return entries[-1].value if entries else ""

    @property
    def values(self) -> dict[str, str]:
        """What was written last into each field."""
        return {key: self.value(key) for key in self.cells}

    @property
    def conflicts(self) -> list[str]:
        """The fields in which two values stand."""
        return [key for key, entries in self.cells.items() if len(entries) > 1]
