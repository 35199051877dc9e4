"""Write the parts of the documentation that are made from the code, between their markers.

    python -m scripts.docs            write them
    python -m scripts.docs --check    fail when one is out of date

A marker is `<!-- name -->` and ends with `<!-- /name -->`; what stands between is replaced.
"""

import argparse
import ast
import inspect
import io
import json
import re
import sys
import textwrap
import tokenize
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeGuard

import click
import msgspec
from msgspec import inspect as kinds

from vamt import app, cli, notices, protocol, settings, signalling, states
from vamt.errors import VamtError

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "vamt"
TOWN = PACKAGE / "town.toml"
NOT_FOR_TOWNS = {"demo", "folder"}  # set by the program, not in vamt.toml

Part = Callable[[], str]


def table(head: str, rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; `head` is the first line with its bars."""
    lines = [head, re.sub(r"[^|]+", "---", head)]
    lines += ["| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def first_paragraph(text: str | None) -> str:
    """The first paragraph of a docstring in one line."""
    return " ".join((text or "").strip().split("\n\n")[0].split())


# --- what stands in the sources ----------------------------------------------------------------


def remarks(source: str) -> dict[int, str]:
    """The comment at the end of each line."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}


def field_remarks(kind: type) -> dict[str, str]:
    """The comment beside each field of a class."""
    source = textwrap.dedent(inspect.getsource(kind))
    said = remarks(source)
    (found,) = ast.parse(source).body
    assert isinstance(found, ast.ClassDef)
    return {
        node.target.id: said.get(node.end_lineno or 0, "")
        for node in found.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def inherited_remarks(kind: type) -> dict[str, str]:
    """The comments beside the fields of a message, those of what it extends included."""
    own = [one for one in reversed(kind.__mro__) if one.__module__ in message_modules()]
    return {name: said for one in own for name, said in field_remarks(one).items()}


def event_remarks() -> dict[str, dict[str, str]]:
    """The comment beside each event: table of vamt/protocol.py -> event -> words."""
    source = inspect.getsource(protocol)
    said = remarks(source)
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict):
            keys = [key for key in node.value.keys if isinstance(key, ast.Constant)]
            assert isinstance(node.target, ast.Name)
            found[node.target.id] = {str(k.value): said.get(k.lineno, "") for k in keys}
    return found


# --- docs/protocol.md ---------------------------------------------------------------------------


def limits() -> str:
    """What both sides keep to."""
    rows = [
        ("protocol version", str(protocol.PROTOCOL_VERSION), "`protocol` of the handshake"),
        ("one event", f"{protocol.MAX_MESSAGE} bytes", "a longer one closes the socket"),
        ("one chat message", f"{protocol.CHAT_LENGTH} characters", "error `invalid`"),
        (
            "events of one page",
            f"{signalling.BURST} at once, then {signalling.RATE:g} per second",
            "error `too_fast`",
        ),
    ]
    return table("| limit | value | beyond it |", rows)


def events() -> str:
    """All namespaces: every event with its direction."""
    said = event_remarks()
    parts = []
    for space, name, sent in (
        ("/citizen", "CITIZEN_EVENTS", protocol.CITIZEN_EVENTS),
        ("/desk", "DESK_EVENTS", protocol.DESK_EVENTS),
        ("/guest", "GUEST_EVENTS", protocol.GUEST_EVENTS),
    ):
        rows = []
        for event, kind in sent.items():
            words = said[name].get(event) or first_paragraph(kind.__doc__)
            content = link(kind) if kind.__struct_fields__ else "–"
            rows.append((f"`{event}`", "page → server", content, words))
        for event, answer in protocol.SERVER_EVENTS[space].items():
            words = first_paragraph(answer.__doc__)
            rows.append((f"`{event}`", "server → page", link(answer), words))
        head = "| event | direction | content | meaning |"
        parts.append(f"### Namespace `{space}`\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def link(kind: type) -> str:
    """A reference to the type's table."""
    return f"[{kind.__name__}](#{kind.__name__.lower()})"


def message_modules() -> list[str]:
    """The modules whose messages the protocol uses, itself included."""
    found = [kind.__module__ for kind in vars(protocol).values() if is_message(kind)]
    return list(dict.fromkeys(found))


def is_message(kind: object) -> TypeGuard[type[msgspec.Struct]]:
    """Whether this is a type of the wire."""
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def messages() -> list[type[msgspec.Struct]]:
    """Every type of the wire, module after module."""
    return [
        kind
        for name in message_modules()
        for kind in vars(sys.modules[name]).values()
        if is_message(kind) and kind.__module__ == name
    ]


def types() -> str:
    """Every type of the wire with its fields."""
    parts = []
    for kind in messages():
        info = kinds.type_info(kind)
        assert isinstance(info, kinds.StructType)
        if not info.fields:
            continue
        said = inherited_remarks(kind)
        rows = [(f"`{f.encode_name}`", type_words(f), meaning(said[f.name])) for f in info.fields]
        words = " ".join((kind.__doc__ or "").split())
        parts.append(
            f"### {kind.__name__}\n\n{words}\n\n{table('| field | type | meaning |', rows)}"
        )
    return "\n\n".join(parts)


def type_words(field: kinds.Field) -> str:
    """The field's type as JSON knows it, and its default."""
    words = words_of(field.type)
    if field.required:
        return words
    return f"{words}; default {shown(default_of(field))}"


def words_of(kind: kinds.Type) -> str:
    """A type in words."""
    match kind:
        case kinds.UnionType(types=several):
            return " or ".join(words_of(one) for one in several)
        case kinds.TupleType(item_types=items):
            return f"[{', '.join(words_of(one) for one in items)}]"
        case kinds.ListType(item_type=item):
            return f"list of {words_of(item)}"
        case kinds.DictType(value_type=kinds.AnyType()):
            return "object"
        case kinds.DictType(value_type=value):
            return f"object of {words_of(value)}"
        case kinds.LiteralType(values=values):
            return ", ".join(f'`"{value}"`' for value in values)
        case kinds.StructType(cls=cls):
            return link(cls)
    simple = {
        kinds.StrType: "string",
        kinds.IntType: "integer",
        kinds.FloatType: "number",
        kinds.BoolType: "boolean",
        kinds.NoneType: "null",
        kinds.AnyType: "anything",
    }
    return simple[type(kind)]


def default_of(field: kinds.Field) -> Any:
    """What stands for a field that is left out."""
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def shown(value: Any) -> str:
    """A value as JSON and TOML write it."""
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def meaning(words: str) -> str:
    """A comment; a reference to a state machine becomes the list of its states."""

    def listed(found: re.Match[str]) -> str:
        return ", ".join(f"`{state}`" for state in getattr(states, found[1]))

    return re.sub(r"vamt\.states\.(\w+)", listed, words)


def errors() -> str:
    """Every key of the one error shape, from the classes and the places that name another."""
    assert app  # imported, so that every error class is known
    found: dict[str, tuple[int, str]] = {}
    known: list[type[VamtError]] = [VamtError, *subclasses(VamtError)]
    classes = {kind.__name__: kind for kind in known}
    for kind in classes.values():
        if "key" in vars(kind):
            found.setdefault(kind.key, (kind.status, kind.default_message))
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            named = {
                k.arg: k.value.value for k in node.keywords if isinstance(k.value, ast.Constant)
            }
            raised = classes.get(node.func.id)
            if raised and "key" in named:
                status = int(str(named.get("status", raised.status)))
                message = said_in(node) or raised.default_message
                found.setdefault(str(named["key"]), (status, message))
    rows = [
        (f"`{key}`", str(status), message)
        for key, (status, message) in sorted(found.items(), key=lambda one: (one[1][0], one[0]))
    ]
    return table("| error | status | message (English) |", rows)


def subclasses(kind: type[VamtError]) -> Iterator[type[VamtError]]:
    """All below `kind`."""
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def said_in(call: ast.Call) -> str:
    """The message an error is raised with: Error(N_("..."))."""
    match call.args:
        case [ast.Call(args=[ast.Constant(value=str(words))]), *_]:
            return words
    return ""


# --- docs/architecture.md -----------------------------------------------------------------------


def diagram(machine: states.Machine[Any, Any]) -> str:
    """The machine as a Mermaid diagram."""
    return f"```mermaid\n{machine.diagram()}\n```"


def steps(machine: states.Machine[Any, Any]) -> str:
    """The machine as a table, with its effects."""
    rows = [
        (f"`{state}`", f"`{event}`", f"`{step.target}`", "; ".join(step.effects) or "–")
        for (state, event), step in machine.table.items()
    ]
    return table("| state | event | next | effects |", rows)


# --- docs/install.md ----------------------------------------------------------------------------


def setting_keys(
    kind: type[msgspec.Struct] = settings.Settings, above: str = ""
) -> Iterator[tuple[str, kinds.Field]]:
    """Every key of vamt.toml by its path, e.g. "service.fields.key"."""
    info = kinds.type_info(kind)
    assert isinstance(info, kinds.StructType)
    for field in info.fields:
        path = f"{above}{field.encode_name}"
        inner = field.type.item_type if isinstance(field.type, kinds.ListType) else field.type
        if isinstance(inner, kinds.StructType):
            yield from setting_keys(inner.cls, f"{path}.")
        elif path not in NOT_FOR_TOWNS:
            yield path, field


def explained(text: str) -> dict[str, str]:
    """The comment above each key of the template, switched on or off: path -> words."""
    found: dict[str, str] = {}
    section, words = "", ""
    for line in text.splitlines():
        if line.startswith("# "):
            words = f"{words} {line[2:]}".strip()
            continue
        if header := re.fullmatch(r"#?\[+([\w.]+)\]+", line):
            section = f"{header[1]}."
        elif key := re.match(r"#?(\w+) = ", line):
            if words:
                found.setdefault(f"{section}{key[1]}", words)
        words = ""
    return found


def setting_table() -> str:
    """Every key of vamt.toml with its default and the words of the template."""
    said = explained(TOWN.read_text("utf-8"))
    keys = sorted(setting_keys(), key=lambda one: "." in one[0])  # what stands in no section first
    rows = [
        (f"`{path}`", "required" if field.required else shown(default_of(field)), said[path])
        for path, field in keys
    ]
    return table("| key | default | meaning |", rows)


def commands(
    command: click.Command = cli.main, name: str = "vamt"
) -> Iterator[tuple[str, click.Command]]:
    """Every command by the words one types."""
    if isinstance(command, click.Group):
        for word, inner in command.commands.items():
            yield from commands(inner, f"{name} {word}")
    else:
        yield name, command


def command_table() -> str:
    """The command line."""
    rows = []
    for name, command in commands():
        arguments = [
            p.name.upper() for p in command.params if isinstance(p, click.Argument) and p.name
        ]
        options = [
            f"`{p.opts[0]}`{': ' + p.help if p.help else ''}"
            for p in command.params
            if isinstance(p, click.Option)
        ]
        typed = " ".join([name, *arguments])
        rows.append((f"`{typed}`", first_paragraph(command.help), "<br>".join(options) or "–"))
    return table("| command | does | options |", rows)


# --- docs/interfaces.md -------------------------------------------------------------------------


def notice_table() -> str:
    """Every kind of notice, what it means, and which part of the case it brings."""
    rows = []
    for kind in notices.Kind:
        part = kind.partition(".")[0]
        visit = ", `data.visit`"
        brings = {"appointment": "", "visit": visit, "form": visit}
        brings |= {alone: f", `data.{alone}`" for alone in ("document", "charge")}
        more = brings.get(part, f", `data.visit`, `data.{part}`")
        rows.append((f"`{kind}`", notices.WORDS[kind], f"`data.appointment`{more}"))
    return table("| type | when | brings |", rows)


# --- writing ------------------------------------------------------------------------------------

PARTS: dict[str, dict[str, Part]] = {
    "docs/protocol.md": {
        "protocol:limits": limits,
        "protocol:events": events,
        "protocol:types": types,
        "protocol:errors": errors,
    },
    "docs/architecture.md": {
        **{f"diagram:{m.name}": partial(diagram, m) for m in states.MACHINES},
        **{f"steps:{m.name}": partial(steps, m) for m in states.MACHINES},
    },
    "docs/interfaces.md": {"notices": notice_table},
    "docs/install.md": {"settings": setting_table, "commands": command_table},
}


def filled(text: str, parts: dict[str, Part]) -> str:
    """The page with its generated parts written anew; raises ValueError for a missing marker."""
    for name, make in parts.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"no {begin} … {end}")
        text = f"{before}{begin}\n\n{make()}\n\n{end}{after}"
    return text


def stale() -> dict[Path, str]:
    """The pages that are out of date, and what they should be."""
    found = {}
    for name, parts in PARTS.items():
        file = ROOT / name
        text = file.read_text("utf-8")
        if (fresh := filled(text, parts)) != text:
            found[file] = fresh
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    wish = parser.parse_args(arguments)
    found = stale()
    for file, text in found.items():
        print(f"{'out of date' if wish.check else 'written'}: {file.relative_to(ROOT)}")
        if not wish.check:
            file.write_text(text, "utf-8")
    return 1 if wish.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
