"""Texts: none missing in any language, dates and times as people read them."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from scripts import i18n as collector
from tests.conftest import BERLIN, at
from vamt.errors import UserError
from vamt.i18n import FOLDER, Languages, language_name, load_language

LANGUAGES = Languages(["de", "en"])
DE, EN = LANGUAGES.get("de"), LANGUAGES.get("en")


# --- the catalogues


@pytest.fixture(scope="module")
def sources() -> Catalog:
    """All texts of the sources."""
    return collector.collect()


@pytest.mark.parametrize("code", collector.LANGUAGES)
def test_no_text_of_the_sources_is_missing_in_a_catalogue(code: str, sources: Catalog) -> None:
    assert not collector.problems(code, sources)


def test_the_collector_looks_into_python_templates_and_javascript(sources: Catalog) -> None:
    places = {file for message in sources for file, _ in message.locations}
    assert "vamt/errors.py" in places
    assert any(file.startswith("vamt/templates/") for file in places)
    assert any(file.startswith("vamt/static/js/") for file in places)
    assert not any("vendor" in file or "node_modules" in file for file in places)


def test_every_message_an_error_class_has_is_collected(sources: Catalog) -> None:
    def kinds(cls: type) -> set[type]:
        return {cls}.union(*(kinds(sub) for sub in cls.__subclasses__()))

    mine = {cls.default_message for cls in kinds(UserError) if cls.__module__.startswith("vamt")}
    assert len(mine) > 5
    assert not {message for message in mine if message not in sources}


@pytest.fixture
def catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A German catalogue of this test's own."""
    monkeypatch.setattr(collector, "LOCALE", tmp_path)
    (tmp_path / "de" / "LC_MESSAGES").mkdir(parents=True)
    return tmp_path / "de" / "LC_MESSAGES" / "messages.po"


PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"

#: vamt/static/js/a.js
msgid "Hello %(name)s"
msgstr "Hallo %(name)s"

#: vamt/static/js/a.js
msgid "one minute"
msgid_plural "%(n)s minutes"
msgstr[0] "eine Minute"
msgstr[1] "%(n)s Minuten"
"""


PLURALS = """
#: vamt/static/js/a.js
msgid "one minute"
msgid_plural "minutes"
msgstr[0] "eine Minute"
msgstr[1] "Minuten"
"""


def template(*ids: str | tuple[str, str]) -> Catalog:
    catalogue = Catalog()
    for id in ids:
        catalogue.add(id, locations=[("vamt/a.py", None)])
    return catalogue


PLURAL = ("one minute", "%(n)s minutes")


def test_the_check_is_content_with_complete_translations(catalogues: Path) -> None:
    catalogues.write_text(PO, "utf-8")
    assert collector.problems("de", template("Hello %(name)s", PLURAL)) == []


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"Hallo %(name)s"', '""', "not translated"),
        ('"Hallo %(name)s"', '"Hallo"', "places differ"),
        ('"Hallo %(name)s"', '"Hallo %(nmae)s"', "places differ"),
        ('msgstr[1] "%(n)s Minuten"', 'msgstr[1] ""', "not translated"),
        ('msgstr[1] "%(n)s Minuten"', 'msgstr[1] "%(m)s Minuten"', "places differ"),
        ('"Hello %(name)s"', '"Hi %(name)s"', "not collected"),
    ],
)
def test_the_check_finds_what_is_wrong(catalogues: Path, old: str, new: str, why: str) -> None:
    assert old in PO
    catalogues.write_text(PO.replace(old, new), "utf-8")
    found = collector.problems("de", template("Hello %(name)s", PLURAL))
    assert len(found) == 1 and why in found[0]


def test_collecting_keeps_translations_and_drops_vanished_texts(catalogues: Path) -> None:
    catalogues.write_text(PO, "utf-8")
    updated = collector.updated("de", template("Hello %(name)s", "New"))
    assert updated.get("Hello %(name)s").string == "Hallo %(name)s"
    assert not updated.get("New").string and updated.get(PLURAL) is None
    assert "POT-Creation-Date" not in collector.text_of(updated)


# --- texts


def test_a_text_is_translated_and_its_places_are_filled() -> None:
    assert EN.text("%(day)s at %(time)s", {"day": "Monday", "time": "9"}) == "Monday at 9"
    german = DE.text("Please enter your name.")
    assert german and german != "Please enter your name."
    assert DE.text("No such text 100 %") == "No such text 100 %"


def test_a_language_without_a_catalogue_speaks_english() -> None:
    french = load_language("fr")
    assert french.text("Please enter your name.") == "Please enter your name."
    assert json.loads(french.json) == {"lang": "fr", "messages": {}}


def test_javascript_gets_only_its_own_texts(tmp_path: Path) -> None:
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    more = '\n#: vamt/errors.py\nmsgid "Only in Python"\nmsgstr "Nur in Python"\n'
    untold = '\n#: vamt/static/js/a.js\nmsgid "Untranslated"\nmsgstr ""\n'
    half = PLURALS.replace("Minuten", "").replace("minute", "hour")
    (folder / "messages.po").write_text(PO + more + untold + half, "utf-8")
    told = json.loads(load_language("de", tmp_path).json)
    assert told == {
        "lang": "de",
        "messages": {
            "Hello %(name)s": "Hallo %(name)s",
            "one minute": ["eine Minute", "%(n)s Minuten"],
        },
    }


@pytest.mark.parametrize("code", ["de", "en"])
def test_the_catalogue_for_javascript_is_json_and_filled(code: str) -> None:
    told = json.loads(LANGUAGES.get(code).json)
    assert told["lang"] == code
    if code != "en":
        assert len(told["messages"]) > 50


def test_languages_have_their_own_names_and_directions() -> None:
    assert (DE.name, EN.name, load_language("fr").name) == ("Deutsch", "English", "Français")
    assert DE.dir == "ltr" and load_language("ar").dir == "rtl"
    assert language_name("tr", "de") == "Türkisch" and language_name("tr", "en") == "Turkish"


def test_the_folder_holds_a_catalogue_of_every_language() -> None:
    for code in collector.LANGUAGES:
        assert (FOLDER / code / "LC_MESSAGES" / "messages.po").exists()


# --- dates and times


def test_a_day_and_a_time_read_as_usual() -> None:
    instant = at("2026-11-23 09:05")
    assert DE.day(instant, BERLIN) == "Montag, 23. November 2026"
    assert EN.day(instant, BERLIN) == "Monday, November 23, 2026"
    assert DE.weekday(date(2026, 11, 23)) == "Montag, 23. November"
    assert EN.weekday(date(2026, 11, 23)) == "Monday, November 23"
    assert DE.time(instant, BERLIN) == EN.time(instant, BERLIN) == "09:05"


def test_a_date_somebody_typed_reads_as_usual() -> None:
    assert (DE.date("1990-02-03"), EN.date("1990-02-03")) == ("03.02.1990", "Feb 3, 1990")
    with pytest.raises(ValueError):
        DE.date("yesterday")


@pytest.mark.parametrize("language", [DE, EN], ids=["de", "en"])
def test_when_says_day_and_time(language) -> None:
    words = language.when(at("2026-11-23 09:05"), BERLIN)
    assert language.day(at("2026-11-23 09:05"), BERLIN) in words and "09:05" in words


def test_in_the_doubled_hour_of_autumn_the_time_says_which_one() -> None:
    first = int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())
    times = [DE.time(first + hours * 3600, BERLIN) for hours in (-1, 0, 1, 2)]
    assert times == ["01:30", "02:30 CEST", "02:30 CET", "03:30"]


def test_on_the_day_the_clock_springs_forward_no_time_needs_an_explanation() -> None:
    one = at("2026-03-29 01:30")
    assert [DE.time(one + n * 1800, BERLIN) for n in range(4)] == [
        "01:30",
        "03:00",
        "03:30",
        "04:00",
    ]


# --- whose language


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        (("en",), "en"),
        (("", "en"), "en"),
        (("fr", "en"), "en"),
        (("de-DE,de;q=0.9,en;q=0.8",), "de"),
        (("EN-gb",), "en"),
        (("fr-FR, en;q=0.5, de;q=0.1",), "en"),
        (("tr", "ar,fr"), "de"),
        ((), "de"),
        (("x" * 10_000,), "de"),
        (("," * 10_000 + "en",), "de"),
        (("\0;😀",), "de"),
    ],
)
def test_the_first_wish_we_speak_counts_else_the_towns_first_language(
    wishes: tuple[str, ...], code: str
) -> None:
    assert LANGUAGES.choose(*wishes) == code


def test_an_unknown_language_is_answered_in_the_default_one() -> None:
    assert LANGUAGES.get("xx") is DE
    assert "de" in LANGUAGES and "xx" not in LANGUAGES
    assert [language.code for language in LANGUAGES] == ["de", "en"]
