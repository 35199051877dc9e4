"""The documentation is part of the product: what it says of the code is true and complete."""

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from scripts import docs
from tests.papers import pdf_forms
from vamt import notices, settings

ROOT = docs.ROOT
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
COMMANDS = ["./vamt.sh demo", "./vamt.sh test"]
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
NOT_SHELL = r"(?!\./|\$ |apt|pip |git |cd |sudo|python|vamt )"


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return FENCE.sub("", text_of(page))


def names(pages: list[Path]) -> list[str]:
    return [page.relative_to(ROOT).as_posix() for page in pages]


# --- what is made from the code


def test_the_generated_parts_are_fresh() -> None:
    stale = names(list(docs.stale()))
    assert not stale, "run: python -m scripts.docs"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One page with one generated part, out of date."""
    file = tmp_path / "page.md"
    file.write_text("before\n<!-- a -->\nold\n<!-- /a -->\nafter\n", "utf-8")
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    monkeypatch.setattr(docs, "PARTS", {"page.md": {"a": lambda: "new"}})
    return file


def test_a_stale_page_is_told_and_left_alone(page: Path) -> None:
    before = text_of(page)
    assert docs.main(["--check"]) == 1
    assert text_of(page) == before


def test_a_stale_page_is_written_once(page: Path) -> None:
    assert docs.main([]) == 0
    assert text_of(page) == "before\n<!-- a -->\n\nnew\n\n<!-- /a -->\nafter\n"
    assert docs.main(["--check"]) == 0


@pytest.mark.parametrize("text", ["", "<!-- a -->", "<!-- /a -->", "<!-- /a -->\n<!-- a -->"])
def test_a_lost_marker_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="<!-- a -->"):
        docs.filled(text, {"a": lambda: "new"})


def test_the_protocol_names_every_event_and_field() -> None:
    text = text_of(ROOT / "docs" / "protocol.md")
    for events in (docs.protocol.CITIZEN_EVENTS, docs.protocol.DESK_EVENTS):
        for event, kind in events.items():
            assert f"| `{event}` | page → server |" in text
            for field in kind.__struct_fields__:
                assert f"| `{field}` |" in text, (event, field)


# --- settings


def test_every_setting_is_explained() -> None:
    explained = docs.explained(text_of(docs.TOWN))
    keys = [path for path, _ in docs.setting_keys()]
    assert sorted(explained) == sorted(keys)
    install = text_of(ROOT / "docs" / "install.md")
    assert not [key for key in keys if f"| `{key}` |" not in install]


def test_the_template_of_a_town_can_be_used() -> None:
    town = settings.load(docs.TOWN)
    assert town.secure
    assert town.services() and town.calendar().openings and town.calendar().closures


def test_the_template_can_be_used_with_everything_switched_on(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    names = ({"FT": "/Tx", "T": "Name"}, {"FT": "/Tx", "T": "Datum"})
    (tmp_path / "services" / "antrag.pdf").write_bytes(pdf_forms.form(*names))
    text, count = re.subn(r"^#(?=[\w\[])", "", text_of(docs.TOWN), flags=re.M)
    assert count > 5
    town = settings.parse(text, tmp_path)
    assert town.rtc.ice_servers[0].username and town.town.logo


# --- the command line


def test_every_command_is_named() -> None:
    everything = "\n".join(text_of(page) for page in PAGES)
    found = [name for name, _ in docs.commands()]
    assert {"vamt demo", "vamt clerk add"} <= set(found)
    assert not [name for name in found if f"`{name}" not in everything]


# --- README


def test_the_readme_has_exactly_two_commands() -> None:
    readme = ROOT / "README.md"
    assert [block.strip() for block in FENCE.findall(text_of(readme))] == COMMANDS
    assert not re.search(r"^( {4}|\t)\S", prose(readme), re.M), "an indented code block"
    for words in re.findall(r"`([^`]+)`", prose(readme)):
        assert re.match(NOT_SHELL, words), words


def test_the_readme_calls_the_buttons_by_their_names() -> None:
    with (ROOT / "vamt/locale/de/LC_MESSAGES/messages.po").open("rb") as file:
        shown = {message.string for message in read_po(file)}
    walk = prose(ROOT / "README.md").partition("### What to click")[2].partition("\n## ")[0]
    buttons = [words for words in re.findall(r"\*\*([^*]+)\*\*", walk) if not words.endswith(".")]
    assert len(buttons) >= 6
    assert not [words for words in buttons if words not in shown]


def test_the_readme_leads_to_every_page() -> None:
    linked = set(LINK.findall(text_of(ROOT / "README.md")))
    assert not set(names(PAGES)) - linked - {"README.md"}


# --- links


def anchors(page: Path) -> set[str]:
    """The names of a page's headings as GitHub and GitLab make them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page_name", names(PAGES))
def test_links_lead_somewhere(page_name: str) -> None:
    here = ROOT / page_name
    for target in LINK.findall(prose(here)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (here.parent / path).resolve() if path else here
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), target


# --- examples


def test_the_receivers_example_knows_what_is_genuine() -> None:
    text = text_of(ROOT / "docs/interfaces.md")
    (code,) = (code for code in FENCE.findall(text) if "def is_genuine" in code)
    known: dict[str, Any] = {}
    exec(code, known)
    secret, other = ("whsec_" + base64.b64encode(bytes([n] * 32)).decode() for n in (1, 2))
    keys = [notices.key(other), notices.key(secret)]
    headers = notices.headers(keys, "msg_1", 1000.0, b'{"a": 1}')

    def genuine(body: bytes = b'{"a": 1}', now: float = 1010.0, **changes: str) -> bool:
        return bool(known["is_genuine"](headers | changes, body, secret, lambda: now))

    assert genuine() and genuine(now=1299.0)
    assert not genuine(b'{"a": 2}') and not genuine(now=1301.0) and not genuine(now=699.0)
    assert not genuine(**{"webhook-id": "msg_2"}) and not genuine(**{"webhook-timestamp": "1001"})
    assert not genuine(**{"webhook-signature": "v1,AAAA v1,"})
