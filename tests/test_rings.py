"""The house has three rings and imports point inward only (docs/architecture.md).

* domain: the standard library and itself; no await, no clock, no chance of its own;
* services: the domain, msgspec, the standard library and each other;
* everything else is the outer ring and may know everybody.

The imports are read from the source (ast), so a lazy import inside a function and one under
``if TYPE_CHECKING`` count as well.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "vamt"

DOMAIN = (
    "vamt.errors",
    "vamt.states",
    "vamt.booking",
    "vamt.errands",
    "vamt.rooms",
    "vamt.mrz",
    "vamt.mrz_codes",
    "vamt.mrz_layouts",
    "vamt.mrz_votes",
    "vamt.names",
    "vamt.names_tables",
    "vamt.identity",
    "vamt.comparison",
    "vamt.signature",
    "vamt.documents",
    "vamt.notices",
    "vamt.forms",
    "vamt.coform",
    "vamt.stopwatch",
    "vamt.fees",
    "vamt.girocode",
    "vamt.bank_statement",
)
SERVICES = ("vamt.services", "vamt.capture.wire")
SERVICE_LIBRARIES = ("msgspec",)

# Calls that make a result depend on something that was not handed in.
CLOCKS_AND_DICE = (
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time",
    "random",
    "secrets",
    "uuid",
    "os.urandom",
)


def within(name: str, roots: tuple[str, ...]) -> bool:
    """Whether the dotted name is one of the roots or lies below one."""
    return any(name == root or name.startswith(root + ".") for root in roots)


def ring_of(module: str) -> str:
    if within(module, DOMAIN):
        return "domain"
    return "services" if within(module, SERVICES) else "outer"


def imported(tree: ast.AST, module: str, is_package: bool) -> Iterator[tuple[int, str, str]]:
    """Every import as (line, what is imported in full, the name it gets here)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                full = alias.name if alias.asname else bound
                yield node.lineno, alias.name, bound
                if full != alias.name:
                    yield node.lineno, full, bound
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")
                keep = len(parents) - node.level + (1 if is_package else 0)
                base = ".".join([*parents[:keep], *([base] if base else [])])
            for alias in node.names:
                # In "from vamt import rooms" the module meant is vamt.rooms.
                yield node.lineno, f"{base}.{alias.name}", alias.asname or alias.name


def dotted(node: ast.expr) -> str | None:
    """``a.b.c`` of an expression made of names and dots, else None."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else None
    return None


def allowed(ring: str, target: str) -> bool:
    """Whether a module of this ring may import the target."""
    top = target.partition(".")[0]
    if ring == "outer" or top in sys.stdlib_module_names:
        return True
    if ring == "domain":
        return within(target, DOMAIN)
    return target == "vamt" or within(target, (*DOMAIN, *SERVICES, *SERVICE_LIBRARIES))


def violations(source: str, module: str, is_package: bool = False) -> list[str]:
    """What in this source breaks the rules of the ring its module belongs to."""
    ring = ring_of(module)
    if ring == "outer":
        return []
    tree = ast.parse(source)
    found: set[tuple[int, str]] = set()
    names: dict[str, str] = {}
    for line, target, bound in imported(tree, module, is_package):
        # "import vamt.rooms" is judged by vamt.rooms, not by the bare "vamt" that it binds.
        if target != "vamt" and not allowed(ring, target):
            found.add((line, f"the {ring} ring must not import {target}"))
        if bound not in names or len(target) < len(names[bound]):
            names[bound] = target
    if ring == "domain":
        for node in ast.walk(tree):
            if isinstance(node, ast.AsyncFunctionDef):
                found.add((node.lineno, f"the domain never waits: async def {node.name}"))
            elif isinstance(node, ast.Call) and (path := dotted(node.func)):
                first, _, rest = path.partition(".")
                full = ".".join(filter(None, (names.get(first, ""), rest)))
                if first in names and within(full, CLOCKS_AND_DICE):
                    found.add((node.lineno, f"the domain is handed time and chance: {full}()"))
    return [f"{module}:{line}: {text}" for line, text in sorted(found)]


def modules() -> list[tuple[str, Path]]:
    """Every module of the package by its dotted name."""
    result = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        result.append((".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return result


def test_imports_point_inward() -> None:
    found: list[str] = []
    for name, path in modules():
        source = path.read_text(encoding="utf-8")
        found += violations(source, name, is_package=path.name == "__init__.py")
    assert not found, "\n".join(found)


def test_the_domain_is_where_the_check_looks_for_it() -> None:
    """A renamed module would otherwise slip out of its ring unseen."""
    names = {name for name, _path in modules()}
    assert not [name for name in (*DOMAIN, *SERVICES) if name not in names]


BAD_DOMAIN = [
    ("import aiohttp", "import aiohttp"),
    ("from sqlalchemy import select", "import sqlalchemy.select"),
    ("import msgspec", "import msgspec"),
    ("from vamt.services import booking", "import vamt.services.booking"),
    ("from .services import booking", "import vamt.services.booking"),
    ("from . import settings", "import vamt.settings"),
    ("from vamt import signalling", "import vamt.signalling"),
    ("import vamt.store.sql", "import vamt.store.sql"),
    ("def f():\n    import socketio", "import socketio"),
    ("async def f():\n    pass", "async def f"),
    ("class A:\n    async def f(self):\n        pass", "async def f"),
    ("import datetime\ndatetime.datetime.now()", "datetime.datetime.now()"),
    ("import datetime as dt\ndt.datetime.now(dt.UTC)", "datetime.datetime.now()"),
    ("from datetime import datetime\ndatetime.now()", "datetime.datetime.now()"),
    ("from datetime import date as d\nd.today()", "datetime.date.today()"),
    ("import time\ntime.time()", "time.time()"),
    ("from time import monotonic as m\nm()", "time.monotonic()"),
    ("import random\nrandom.random()", "random.random()"),
    ("from secrets import token_hex\ntoken_hex()", "secrets.token_hex()"),
    ("import uuid\nuuid.uuid4()", "uuid.uuid4()"),
]
BAD_SERVICE = [
    ("import sqlalchemy", "import sqlalchemy"),
    ("from aiohttp import web", "import aiohttp.web"),
    ("import socketio", "import socketio"),
    ("from vamt.store import Store", "import vamt.store.Store"),
    ("from ..signalling import x", "import vamt.signalling.x"),
    ("import vamt.http", "import vamt.http"),
]


@pytest.mark.parametrize(("source", "expected"), BAD_DOMAIN)
def test_the_check_finds_a_bad_domain_module(source: str, expected: str) -> None:
    found = violations(source, "vamt.rooms")
    assert len(found) == 1 and expected in found[0], found


@pytest.mark.parametrize(("source", "expected"), BAD_SERVICE)
def test_the_check_finds_a_bad_service_module(source: str, expected: str) -> None:
    found = violations(source, "vamt.services.visits")
    assert len(found) == 1 and expected in found[0], found


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "vamt.rooms",
            "from __future__ import annotations\nimport datetime\nfrom .errors import Bad\n"
            "import vamt.states\nfrom vamt import rooms\n"
            "def f(now: datetime.datetime) -> float:\n    return now.timestamp()",
        ),
        (
            "vamt.services.visits",
            "import msgspec\nimport secrets\nfrom vamt import rooms\nfrom . import ports\n"
            "from .ports import Store\nfrom ..errors import Bad\nimport vamt.booking\n"
            "async def f():\n    secrets.token_hex()",
        ),
        ("vamt.app", "import aiohttp, socketio, sqlalchemy\nfrom vamt import rooms, services"),
    ],
)
def test_the_check_leaves_good_modules_alone(module: str, source: str) -> None:
    assert violations(source, module) == []
