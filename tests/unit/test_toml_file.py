"""What is wrong in a TOML file is told with its line."""

from pathlib import Path

import msgspec
import pytest

from vamt.toml_file import SettingsError, at_line, convert, decode, lines, path_of, read

TEXT = '''
minutes = 10
"plain" = true

[name]
de = "Rat"

[[papers]]
de = "Ausweis"
[[papers]]  # the second
de = """
[no table]
de = "no key"
"""

[[fields]]
key = "a"
label = { de = "A", en = "A" }
[[fields.choices]]
value = "x"
[[fields.choices]]
value = "y"

[[fields]]
key = "b"
[[fields.choices]]
label.de = "Z"
list = [
  ["[x]"],
]
'''


@pytest.mark.parametrize(
    "path, line",
    [
        ("minutes", 2),
        ("plain", 3),
        ("name", 5),
        ("name.de", 6),
        ("papers[0]", 8),
        ("papers[1]", 10),
        ("papers[1].de", 11),
        ("fields[0].label.en", 18),
        ("fields[0].choices[1].value", 22),
        ("fields[1].key", 25),
        ("fields[1].choices[0].label.de", 27),
        ("fields[1].choices[0].list[0][0]", 28),
    ],
)
def test_every_key_has_its_line(path: str, line: int) -> None:
    assert lines(TEXT)[path] == line
    assert at_line(TEXT, path) == f"line {line}: "


def test_nothing_in_a_string_counts_as_a_key() -> None:
    known = lines(TEXT)
    assert "no table" not in known and max(known.values()) == 28


@pytest.mark.parametrize("path, line", [("name.en", 5), ("fields[1].label.tr", 24), ("fee", 0)])
def test_what_is_missing_is_told_by_the_table_it_is_missing_in(path: str, line: int) -> None:
    assert at_line(TEXT, path) == (f"line {line}: " if line else "")


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    label: dict[str, str]
    size: int = 0


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    fields: list[Inner]
    name: str = ""


@pytest.mark.parametrize(
    "text, path, line",
    [
        ("\nname = 5\nfields = []", "name", 2),
        ('\n[[fields]]\nlabel = {}\nsize = "x"', "fields[0].size", 4),
        ("\n[[fields]]\nlabel = {}\nsise = 1", "fields[0].sise", 4),
        ("\n[[fields]]\nsize = 1", "fields[0]", 2),
        ("\n[[fields]]\n[fields.label]\nde = 5", "fields[0].label", 3),
    ],
)
def test_what_msgspec_finds_wrong_is_found_in_the_text(text: str, path: str, line: int) -> None:
    with pytest.raises(SettingsError, match=rf"^line {line}: ") as error:
        convert(decode(text), Whole, text)
    assert path_of(str(error.value)) == path


def test_a_slip_is_told_with_the_line_that_tomllib_names() -> None:
    with pytest.raises(SettingsError, match=r"line 2, column"):
        decode("a = 1\nb = = 2\n")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nothing\.toml: No such file"):
        read(tmp_path / "nothing.toml")
    latin = tmp_path / "latin.toml"
    latin.write_bytes("ä".encode("latin-1"))
    with pytest.raises(SettingsError, match=r"latin\.toml: is not UTF-8"):
        read(latin)
