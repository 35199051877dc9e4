"""Collect the texts of the project into the gettext catalogues, and check that none is missing.

python scripts/i18n.py            collect: update every vamt/locale/*/LC_MESSAGES/messages.po
python scripts/i18n.py --check    fail when a text is missing or a translation is incomplete
python scripts/i18n.py --merge F  take translations into German from a JSON file {msgid: text}
"""

import argparse
import io
import json
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "vamt" / "locale"
LANGUAGES = ("de", "en")
METHODS = [
    ("vamt/static/vendor/**", "ignore"),
    ("vamt/**.py", "python"),
    ("vamt/templates/**.html", "jinja2"),
    ("vamt/templates/**.txt", "jinja2"),
    ("vamt/templates/**.svg", "jinja2"),
    ("vamt/static/js/**.js", "javascript"),
]
OPTIONS = {
    "vamt/templates/**": {"trimmed": "true"},
    "vamt/static/js/**.js": {"parse_template_string": "true"},
}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None, "t": None, "tn": (1, 2)}
PLACE = re.compile(r"%\(\w+\)[sd]")


def collect() -> Catalog:
    """All msgids of the sources, with the files they stand in."""
    catalogue = Catalog(project="vamt", charset="utf-8", fuzzy=False)
    found = extract_from_dir(
        str(ROOT),
        method_map=METHODS,
        options_map=OPTIONS,
        keywords=KEYWORDS,
        directory_filter=lambda path: not re.search(r"/(\.|node_modules|tests|docs|bench)", path),
    )
    for file, _line, message, _comments, _context in found:
        catalogue.add(message, locations=[(file, 0)])
    return catalogue


def po_file(code: str) -> Path:
    """Where the catalogue of a language lies."""
    return LOCALE / code / "LC_MESSAGES" / "messages.po"


def read(code: str) -> Catalog:
    """The catalogue as it is, or an empty one."""
    if not po_file(code).exists():
        return Catalog(locale=code, project="vamt", fuzzy=False)
    with po_file(code).open("rb") as handle:
        return read_po(handle, locale=code)


def updated(code: str, template: Catalog) -> Catalog:
    """The catalogue with the sources' texts; translations kept, vanished texts dropped."""
    old, new = read(code), Catalog(locale=code, project="vamt", fuzzy=False)
    for message in template:
        if not message.id:
            continue
        before = old.get(message.id)
        string = before.string if before else None
        locations = sorted({(file, 0) for file, _ in message.locations})
        new.add(message.id, string, locations=locations)
    return new


def text_of(catalogue: Catalog) -> str:
    """The .po text without dates."""
    out = io.BytesIO()
    write_po(out, catalogue, width=100, sort_output=True, include_lineno=False)
    lines = out.getvalue().decode().splitlines(keepends=True)
    dates = ('"POT-Creation-Date', '"PO-Revision-Date', '"Last-Translator', '"Language-Team')
    return "".join(line for line in lines if not line.startswith(dates))


def problems(code: str, template: Catalog) -> list[str]:
    """What is wrong with a catalogue, one line each."""
    found = []
    old = read(code)
    for message in template:
        if not message.id:
            continue
        translated = old.get(message.id)
        name = message.id if isinstance(message.id, str) else message.id[0]
        if translated is None:
            found.append(f"{code}: not collected: {name!r}")
        elif code != "en":  # the msgids are English
            found += [f"{code}: {why}: {name!r}" for why in _faults(translated)]
    return found


def _faults(message: Message) -> list[str]:
    strings = message.string if isinstance(message.string, tuple | list) else [message.string]
    ids = message.id if isinstance(message.id, tuple | list) else [message.id]
    strings = [text for text in strings if text]
    if len(strings) < len(ids):
        return ["not translated"]
    known = set(PLACE.findall(" ".join(ids)))
    if any(set(PLACE.findall(s)) - known for s in strings):
        return ["places differ"]
    if len(ids) == 1 and set(PLACE.findall(strings[0])) != known:
        return ["places differ"]
    return []


def merge(file: Path, catalogue: Catalog) -> None:
    """Take translations from a JSON file; unknown msgids are named."""
    for msgid, string in json.loads(file.read_text("utf-8")).items():
        message = catalogue.get(msgid)
        if message is None:
            print(f"unused: {msgid!r}")
            continue
        message.string = tuple(string) if isinstance(string, list) else string


def main() -> int:
    """Run; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--merge", type=Path, action="append", default=[])
    wish = parser.parse_args()
    template = collect()
    if wish.check:
        found = [line for code in LANGUAGES for line in problems(code, template)]
        print("\n".join(found) or f"{len(template)} texts, complete in {', '.join(LANGUAGES)}")
        return 1 if found else 0
    for code in LANGUAGES:
        catalogue = updated(code, template)
        if code == "de":
            for file in wish.merge:
                merge(file, catalogue)
        po_file(code).parent.mkdir(parents=True, exist_ok=True)
        po_file(code).write_text(text_of(catalogue), "utf-8")
    missing = [line for code in LANGUAGES for line in problems(code, template)]
    print("\n".join(missing) or f"{len(template)} texts, complete")
    return 0


if __name__ == "__main__":
    sys.exit(main())
