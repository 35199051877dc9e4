"""TOML files that people write: read them, and say in which line something is wrong.

`tomllib` gives no lines for values, so `lines` finds them: it feeds it one statement after the
other, which is right for strings and arrays over several lines, too.
"""

import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
TYPES = (datetime, date, time)  # what TOML has beside JSON's
WRONG_AT = re.compile(r" - at `(?:key in )?\$([^`]*)`$")
UNKNOWN = re.compile(r"unknown field `([^`]+)`")


class SettingsError(Exception):
    """The settings cannot be used; the text names the key and what to do."""


def read(file: Path) -> str:
    """The text of `file`; raises SettingsError naming it."""
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file}: is not UTF-8") from None


def decode(text: str) -> dict[str, Any]:
    """The tables of `text`; raises SettingsError with line and column of a slip."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(str(error)) from None


def convert(found: dict[str, Any], kind: type[T], text: str) -> T:
    """The tables, read from `text`, as a Struct; raises SettingsError with the line."""
    try:
        return msgspec.convert(found, kind, builtin_types=TYPES, str_keys=True)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{at_line(text, path_of(str(error)))}{error}") from None


def path_of(message: str) -> str:
    """Where msgspec found something wrong, e.g. "fields[1].label"; "" for the whole file."""
    at = WRONG_AT.search(message)
    path = at[1].removeprefix(".").partition("[...]")[0] if at else ""
    unknown = UNKNOWN.search(message)
    return f"{path}.{unknown[1]}".removeprefix(".") if unknown else path


def at_line(text: str, path: str) -> str:
    """ "line 12: ", the nearest line of `text` that sets `path`; "" when there is none."""
    known = lines(text)
    while path:
        if path in known:
            return f"line {known[path]}: "
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return ""


def lines(text: str) -> dict[str, int]:
    """The line of every key and table, by paths like "fields[1].label.de"."""
    found: dict[str, int] = {}
    arrays: dict[str, int] = {}  # path of an array of tables -> its newest index
    table, statement, begun = "", "", 1
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        statement, begun = statement + line, begun if statement else number
        try:
            said = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue  # it goes on in the next line
        statement = ""
        if line.lstrip().startswith("[") and begun == number:
            table = _table(said, arrays)
            found.setdefault(table, number)
        else:
            for path in _paths(said, table):
                found.setdefault(path, begun)
    return found


def _table(header: dict[str, Any], arrays: dict[str, int]) -> str:
    """The path that the lines after `[a.b]` or `[[a.b]]` continue."""
    path = ""
    while header:
        (key, inner), *_ = header.items()
        path = f"{path}.{key}".removeprefix(".")
        if isinstance(inner, list):
            arrays[path] = arrays.get(path, -1) + 1
            header = inner[0]
        else:
            header = inner
        if path in arrays:
            path = f"{path}[{arrays[path]}]"
    return path


def _paths(value: Any, above: str) -> Iterator[str]:
    """Every path inside a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            path = f"{above}.{key}".removeprefix(".")
            yield path
            yield from _paths(inner, path)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield f"{above}[{number}]"
            yield from _paths(inner, f"{above}[{number}]")
