"""The pages' modules have three rings and import inward only (docs/architecture.md).

* main modules wire events to views and may import everything but each other;
* a line begins ahead of its main module, which alone imports it;
* views draw: other views, and of the inner ring what has nothing to do with the wire;
* inner modules import each other only.

An import of a type alone (`@import` and `import(...)` in comments) is no dependency of the page.
"""

import re
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent / "vamt" / "static" / "js"

MAIN = ("booking", "citizen", "desk", "guest")
LINES = ("line",)
WIRE = (
    *("protocol", "chat", "call", "leg", "connection", "gathering", "card_peer", "ink_peer"),
    *("coform", "precheck_path", "precheck_speed"),
)
LIBRARIES = {  # whatever is not ours: who may use it
    "vendor/socket.io.esm.min": ("main", "line"),
    "vendor/signature_pad.min": ("views",),
}

COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
IMPORT = re.compile(
    r"""^\s*(?:import|export)\s(?:[^;"']*?\sfrom\s)?\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']""",
    re.MULTILINE,
)


def ring_of(module: str) -> str:
    if module in MAIN:
        return "main"
    if module in LINES:
        return "line"
    return "views" if module.startswith("views/") or module == "slideshow" else "inner"


def imported(source: str, module: str) -> list[str]:
    """The modules a source imports at run time, each as its path below `js/` without ".js"."""
    found = []
    for match in IMPORT.finditer(COMMENT.sub("", source)):
        parts = module.split("/")[:-1]
        for part in (match[1] or match[2]).removesuffix(".js").split("/"):
            if part == ".." and parts:
                parts.pop()
            elif part not in (".", ".."):
                parts.append(part)
        found.append("/".join(parts))
    return found


def allowed(module: str, target: str) -> bool:
    """Whether this module may import that one."""
    ring, its = ring_of(module), ring_of(target)
    if target in LIBRARIES:
        return ring in LIBRARIES[target]
    if its == "main":
        return False
    if ring == "main":
        return True
    if ring == "line":
        return its == "inner"
    return its == "inner" and (ring == "inner" or target not in WIRE) or ring == its == "views"


def sources() -> dict[str, str]:
    """Every module with its text."""
    return {
        path.relative_to(SCRIPTS).with_suffix("").as_posix(): path.read_text("utf-8")
        for path in sorted(SCRIPTS.rglob("*.js"))
    }


def cycle(graph: dict[str, list[str]]) -> list[str]:
    """The modules of one circle of imports, [] if there is none."""
    done: set[str] = set()

    def walk(module: str, way: list[str]) -> list[str]:
        if module in way:
            return way[way.index(module) :]
        if module not in done:
            for target in graph.get(module, ()):
                if found := walk(target, [*way, module]):
                    return found
            done.add(module)
        return []

    return next(filter(None, (walk(module, []) for module in graph)), [])


def test_the_pages_modules_import_inward() -> None:
    wrong = [
        f"{module} ({ring_of(module)}) must not import {target}"
        for module, source in sources().items()
        for target in imported(source, module)
        if not allowed(module, target)
    ]
    assert not wrong, "\n".join(wrong)


def test_whatever_is_imported_is_there_and_nothing_goes_in_a_circle() -> None:
    graph = {module: imported(source, module) for module, source in sources().items()}
    named = {target for targets in graph.values() for target in targets}
    assert named <= graph.keys() | LIBRARIES.keys(), named - graph.keys()
    assert cycle(graph) == []


def test_the_rings_are_where_the_check_looks_for_them() -> None:
    """A renamed module would otherwise slip out of its ring unseen."""
    assert {*MAIN, *LINES, *WIRE} <= sources().keys()
    assert len([module for module in sources() if ring_of(module) == "views"]) > 20


@pytest.mark.parametrize(
    ("module", "source", "good"),
    [
        ("leg", 'import { a } from "./pulse.js";', True),
        ("leg", 'import { a } from "./views/parts.js";', False),
        ("leg", 'import "./desk.js";', False),
        ("leg", 'const a = await import("./views/parts.js");', False),
        ("leg", 'import { io } from "../vendor/socket.io.esm.min.js";', False),
        ("leg", '/** @import { A } from "./views/parts.js" */', True),
        ("leg", '/** @type {import("./views/parts.js").A} */', True),
        ("views/stage", 'import {\n    a,\n    b,\n} from "../drawing.js";', True),
        ("views/stage", 'import { a } from "./chat.js";', True),
        ("views/stage", 'import { a } from "../chat.js";', False),
        ("views/stage", 'export { a } from "../call.js";', False),
        ("views/stage", 'import { a } from "../citizen.js";', False),
        ("citizen", 'import { a } from "./call.js";\nimport { b } from "./views/card.js";', True),
        ("citizen", 'import { a } from "./desk.js";', False),
        ("citizen", 'import { a } from "./line.js";', True),
        ("chat", 'import { a } from "./line.js";', False),
        ("line", 'import { a } from "./views/card.js";', False),
    ],
)
def test_the_check_knows_good_from_bad(module: str, source: str, good: bool) -> None:
    assert all(allowed(module, target) for target in imported(source, module)) is good


def test_a_circle_is_found() -> None:
    assert cycle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c"]
    assert cycle({"a": ["b", "c"], "b": ["c"], "c": []}) == []
