"""A page that fills in a form, as `static/js/coform.js` does, for tests and measurements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from vamt.coform import Content, Edit, Entry

Cell = tuple[Entry, ...]


class FakeFormPages:
    """Remembers what the pages were told; see `services.ports.FormPages`."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1

    async def edited(self, seat: str, field: str, entries: Sequence[Entry]) -> None:
        self.told.append(("edited", seat, field, tuple(entries)))

    async def focused(self, seat: str, field: str) -> None:
        self.told.append(("focused", seat, field))

    async def pointed(self, seat: str, field: str) -> None:
        self.told.append(("pointed", seat, field))

    async def saved(self, seat: str, page: str, number: int) -> None:
        self.told.append(("saved", seat, page, number))

    async def faults(self, seat: str, faults: Mapping[str, str]) -> None:
        self.told.append(("faults", seat, dict(faults)))


@dataclass
class FormPage:
    """What is typed in one page, until the office has it on disk. Whoever uses it moves `outgoing`.

    The rules are those of coform.js: read its comments.
    """

    author: str
    pending: list[Edit] = field(default_factory=list)
    stage: dict[int, str] = field(default_factory=dict)  # number -> sent | applied
    cells: dict[str, Cell] = field(default_factory=dict)
    bases: dict[str, int] = field(default_factory=dict)
    joined: bool = False
    last: int = 0  # number of the latest edit

    def value(self, key: str) -> str:
        if typed := self._typed(key):
            return typed.value
        entries = self.cells.get(key, ())
        mine = next((one for one in entries if one.author == self.author), None)
        return mine.value if mine else entries[-1].value if entries else ""

    def type(self, key: str, value: str) -> None:
        self._write(key, value, self.bases.get(key, 0))

    def choose(self, key: str, value: str) -> None:
        self.bases[key] = newest(self.cells.get(key, ()))
        self._write(key, value, self.bases[key])

    def outgoing(self) -> list[Edit]:
        """What has to be sent now; it counts as sent."""
        if not self.joined:
            return []
        found = [edit for edit in self.pending if edit.number not in self.stage]
        self.stage |= {edit.number: "sent" for edit in found}
        return found

    def applied(self, number: int, key: str, entries: Cell) -> None:
        """The office's answer to an edit."""
        if number in self.stage:
            self.stage[number] = "applied"
        self.receive(key, entries)
        self._accept(key)

    def receive(self, key: str, entries: Cell) -> None:
        if newest(entries) > newest(self.cells.get(key, ())):
            self.cells[key] = entries
            self._accept(key)

    def saved(self, number: int) -> None:
        self.pending = [edit for edit in self.pending if edit.number > number]
        for key in self.cells:
            self._accept(key)

    def cut(self) -> None:
        self.joined = False

    def join(self, content: Content, saved: int) -> None:
        """The form as it stands, after each connecting."""
        seen = content.seen.get(self.author, 0)
        self.joined, self.cells = True, dict(content.cells)
        self.bases = {key: min(base, content.version) for key, base in self.bases.items()}
        lacking = {edit.field: edit for edit in self.pending if edit.number > seen}
        applied = [edit for edit in self.pending if saved < edit.number <= seen]
        self.stage = {edit.number: "applied" for edit in applied}
        waiting = [
            replace(edit, number=seen + n, base=min(edit.base, content.version))
            for n, edit in enumerate(lacking.values(), start=1)
        ]
        self.pending, self.last = applied + waiting, seen + len(waiting)
        for key in self.cells:
            self._accept(key)

    def _write(self, key: str, value: str, base: int) -> None:
        for at, edit in enumerate(self.pending):
            if edit.field == key and edit.number not in self.stage:
                self.pending[at] = replace(edit, value=value, base=base)
                return
        self.last += 1
        self.pending.append(Edit(self.author, self.last, key, value, base))

    def _typed(self, key: str) -> Edit | None:
        open_edits = (
            edit
            for edit in reversed(self.pending)
            if edit.field == key and self.stage.get(edit.number) != "applied"
        )
        return next(open_edits, None)

    def _accept(self, key: str) -> None:
        entries = self.cells.get(key, ())
        if len(entries) == 1 and not self._typed(key):
            self.bases[key] = newest(entries)


def newest(entries: Sequence[Entry]) -> int:
    return entries[-1].version if entries else 0
