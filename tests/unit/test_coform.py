"""One form, two writers: what stands in a field, and that nothing anybody wrote gets lost."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

import pytest

from tests.form_page import FormPage
from vamt.coform import Content, Edit, Entry, Gap

MOTHER, CLERK, COLLEAGUE = "citizen:1/p", "clerk:1/q", "clerk:2/r"


class Writing:
    """Edits, numbered by author as their pages do."""

    def __init__(self) -> None:
        self.content = Content()

    def write(self, author: str, value: str, base: int, key: str = "street") -> list[str]:
        """What stands in the field then."""
        number = self.content.seen.get(author, 0) + 1
        self.content = self.content.written(Edit(author, number, key, value, base))
        return [entry.value for entry in self.content.cells[key]]


def test_the_last_writer_counts_when_the_other_value_was_seen() -> None:
    form = Writing()
    assert form.write(MOTHER, "Markt", 0) == ["Markt"]
    assert form.write(CLERK, "Marktplatz", 1) == ["Marktplatz"]
    assert form.write(MOTHER, "Marktplatz 1", 2) == ["Marktplatz 1"]
    assert form.content.cells["street"] == (Entry("Marktplatz 1", 3, MOTHER),)
    assert form.content.values == {"street": "Marktplatz 1"} and form.content.conflicts == []


def test_what_was_not_seen_is_kept_beside_it_until_somebody_chooses() -> None:
    form = Writing()
    form.write(MOTHER, "Markt 1", 0)
    assert form.write(CLERK, "Markt 2", 0) == ["Markt 1", "Markt 2"]
    assert form.content.conflicts == ["street"]
    assert form.write(MOTHER, "Markt 1a", 0) == ["Markt 2", "Markt 1a"], "typing changes one's own"
    assert form.content.value("street") == "Markt 1a", "the last writer's"
    assert form.write(CLERK, "Markt 1a", 3) == ["Markt 1a"]
    assert form.content.conflicts == []


def test_a_choice_does_not_swallow_what_came_meanwhile() -> None:
    form = Writing()
    form.write(MOTHER, "a", 0)
    form.write(CLERK, "b", 0)
    form.write(MOTHER, "ab", 0)
    assert form.write(CLERK, "b", 2) == ["ab", "b"], "she had seen version 2, not 3"


def test_the_same_value_twice_is_no_conflict() -> None:
    form = Writing()
    form.write(MOTHER, "a", 0)
    assert form.write(CLERK, "a", 0) == ["a"]


def test_ones_own_words_are_never_in_conflict_with_each_other() -> None:
    form = Writing()
    for value in ("a", "ab", "abc"):
        assert form.write(MOTHER, value, 0) == [value]


def test_three_writers_keep_three_values() -> None:
    form = Writing()
    form.write(MOTHER, "a", 0)
    form.write(CLERK, "b", 0)
    assert form.write(COLLEAGUE, "c", 0) == ["a", "b", "c"]
    assert form.write(MOTHER, "b", 3) == ["b"]


def test_fields_do_not_touch_each_other() -> None:
    form = Writing()
    form.write(MOTHER, "a", 0)
    assert form.write(CLERK, "b", 0, "town") == ["b"]


def test_an_edit_that_comes_twice_counts_once_and_none_may_be_missing() -> None:
    first = Edit(MOTHER, 1, "street", "a", 0)
    content = Content().written(first)
    assert content.written(first) is content
    with pytest.raises(Gap) as gap:
        content.written(Edit(MOTHER, 3, "street", "c", 0))
    assert gap.value.extra == {"seen": 1}


# --- two pages, bad lines, an office that crashes


@dataclass
class Wire:
    """One page's line: in order while it is up; what is on its way when it breaks is lost."""

    page: FormPage
    up: bool = False
    connection: int = 0
    arrives: dict[str, float] = field(default_factory=dict)  # way -> when the last one does


@dataclass(frozen=True)
class Written:
    """What somebody typed, and what stood in the field before her eyes then."""

    author: str
    key: str
    value: str
    before: frozenset[str]


class World:
    """Time, two pages and an office; everything that happens comes from one chance."""

    def __init__(self, seed: int, *, crashes: bool) -> None:
        self.chance = Random(seed)
        self.now = 0.0
        self.ahead: list[tuple[float, int, Callable[[], None]]] = []
        self.order = count()
        self.wires = [Wire(FormPage(MOTHER)), Wire(FormPage(CLERK))]
        self.content = self.stored = Content()
        self.log: list[Written] = []
        self.typing = True
        for wire in self.wires:
            self.connect(wire)
            self.later(self.chance.uniform(0, 0.2), lambda w=wire: self.type(w))
            self.later(self.chance.uniform(1, 6), lambda w=wire: self.cut(w))
        self.later(0.25, self.save)
        if crashes:
            self.later(self.chance.uniform(2, 9), self.crash)

    def later(self, wait: float, act: Callable[[], None]) -> None:
        heapq.heappush(self.ahead, (self.now + wait, next(self.order), act))

    def run(self, until: float) -> None:
        while self.ahead and self.ahead[0][0] <= until:
            self.now, _, act = heapq.heappop(self.ahead)
            act()

    def travel(self, wire: Wire, way: str, act: Callable[[], None]) -> None:
        """Something goes over the line, after what went before it."""
        connection = wire.connection
        at = max(self.now + self.chance.uniform(0.05, 0.35), wire.arrives.get(way, 0.0))
        wire.arrives[way] = at

        def arrive() -> None:
            if wire.up and wire.connection == connection:
                act()

        self.later(at - self.now, arrive)

    # --- the pages

    def type(self, wire: Wire) -> None:
        """Ten keys a second, in one of three fields; sometimes a choice between two values."""
        if not self.typing:
            return
        page, key = wire.page, self.chance.choice("abc")
        shown = page.cells.get(key, ())
        before = frozenset(one.value for one in shown)
        if len(shown) > 1 and self.chance.random() < 0.3:
            page.choose(key, self.chance.choice(shown).value)
            self.log.append(Written(page.author, key, page.value(key), before))
        else:
            value = f"{page.author[:3]}{len(self.log)}"
            page.type(key, value)
            # all is before her eyes, but it only counts as seen where the page says so
            self.log.append(Written(page.author, key, value, before))
        self.flush(wire)
        thinks = self.chance.random() < 0.03
        pause = self.chance.uniform(1, 2) if thinks else self.chance.uniform(0.05, 0.15)
        self.later(pause, lambda: self.type(wire))

    def flush(self, wire: Wire) -> None:
        for edit in wire.page.outgoing() if wire.up else []:
            self.travel(wire, "to", lambda e=edit: self.edit(wire, e))

    def cut(self, wire: Wire) -> None:
        if not self.typing:
            return
        self.lose(wire)
        self.later(self.chance.uniform(0.3, 3), lambda: self.connect(wire))
        self.later(self.chance.uniform(3, 8), lambda: self.cut(wire))

    def lose(self, wire: Wire) -> None:
        wire.up = False
        wire.page.cut()

    def connect(self, wire: Wire) -> None:
        if wire.up:
            return
        wire.up, wire.connection, wire.arrives = True, wire.connection + 1, {}
        self.travel(wire, "to", lambda: self.join(wire))

    # --- the office

    def join(self, wire: Wire) -> None:
        content = self.content
        saved = self.stored.seen.get(wire.page.author, 0)

        def joined() -> None:
            wire.page.join(content, saved)
            self.flush(wire)

        self.travel(wire, "from", joined)

    def edit(self, wire: Wire, edit: Edit) -> None:
        before = self.content
        self.content = before.written(edit)
        entries = self.content.cells[edit.field]
        page = wire.page
        self.travel(wire, "from", lambda: page.applied(edit.number, edit.field, entries))
        if self.content is not before:
            for other in self.wires:
                if other is not wire and other.up:
                    theirs = other.page
                    self.travel(other, "from", lambda p=theirs: p.receive(edit.field, entries))

    def save(self) -> None:
        self.stored = self.content
        for wire in self.wires:
            if wire.up:
                number, page = self.stored.seen.get(wire.page.author, 0), wire.page
                self.travel(wire, "from", lambda p=page, n=number: p.saved(n))
        self.later(0.25, self.save)

    def crash(self) -> None:
        """Whatever was not on disk is gone, and all lines are."""
        self.content = self.stored
        for wire in self.wires:
            self.lose(wire)
            self.later(self.chance.uniform(0.3, 1), lambda w=wire: self.connect(w))


def lost(world: World) -> list[Written]:
    """The last words of each writer that are not there, though nobody who saw them wrote after."""
    last = {(one.author, one.key): one for one in world.log}
    return [
        one
        for one in last.values()
        if one.value not in {entry.value for entry in world.content.cells[one.key]}
        and not any(
            other.author != one.author and other.key == one.key and one.value in other.before
            for other in world.log
        )
    ]


@pytest.mark.parametrize("crashes", [False, True], ids=["cuts", "cuts and crashes"])
@pytest.mark.parametrize("seed", range(60))
def test_both_end_with_the_same_and_nothing_is_lost(seed: int, crashes: bool) -> None:
    world = World(seed, crashes=crashes)
    world.run(12)
    world.typing = False
    world.run(30)
    mother, clerk = (wire.page for wire in world.wires)
    assert len(world.log) > 100 and all(wire.up for wire in world.wires)
    assert mother.cells == clerk.cells == dict(world.content.cells)
    assert not mother.pending and not clerk.pending
    assert not lost(world)


def lost_in_twenty() -> list[object]:
    """What is lost in twenty runs without crashes."""
    found: list[object] = []
    for seed in range(20):
        world = World(seed, crashes=False)
        world.run(12)
        world.typing = False
        world.run(30)
        found += lost(world)
    return found


def test_the_simulation_notices_a_page_that_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was on its way when the line broke is sent again; without that, words would be lost."""

    def forgetful(page: FormPage, content: Content, saved: int) -> None:
        page.pending = []
        whole(page, content, saved)

    whole: Any = FormPage.join
    monkeypatch.setattr(FormPage, "join", forgetful)
    assert lost_in_twenty()


def test_the_simulation_notices_an_office_that_lets_the_last_one_win(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the base whoever comes last would overwrite what she has never seen."""
    careful = Content.written

    def careless(content: Content, edit: Edit) -> Content:
        return careful(content, Edit(edit.author, edit.number, edit.field, edit.value, 2**53))

    monkeypatch.setattr(Content, "written", careless)
    assert lost_in_twenty()
