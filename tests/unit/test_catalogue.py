"""The services as files: the shipped ones are complete; a town changes and adds; slips are told."""

import re
import shutil
from pathlib import Path

import msgspec
import pytest

from vamt import booking, catalogue, settings
from vamt.booking import Service, When
from vamt.catalogue import LANGUAGES, Fault, faults, incomplete, load, offered, shipped
from vamt.settings import SettingsError

HEAD = """
services = "services"
[town]
name = "Amselfingen"
[[opening]]
days = ["mon"]
from = 08:00:00
to = 12:00:00
"""
OWN = """minutes = 20
name = { de = "Büchereiausweis", en = "Library card" }

[[fields]]
key = "reader"
label = { de = "Für wen?" }
"""


YES = OWN + "kind = 'yes_no'\n"
WHEN = "[[fields]]\nkey = 'more'\nlabel = {}\nwhen = "
SIGN = '[[declarations]]\ntitle = { de = "Ordnung" }\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A town's folder with a service of its own."""
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "buecherei.toml").write_text(OWN, "utf-8")
    return tmp_path


def town(folder: Path, text: str) -> dict[str, Service]:
    return settings.parse(HEAD + text, folder).services()


def wrong(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as error:
        town(folder, text)
    return str(error.value)


# --- what is shipped

PROMISED = {
    "meldebescheinigung",
    "meldebescheinigung-erweitert",
    "abmeldung-ausland",
    "anmeldung",
    "bewohnerparkausweis",
    "gewerbeanmeldung",
    "fuehrungszeugnis",
    "uebermittlungssperre",
    "beratung",
}


def test_the_promised_services_are_shipped_and_right() -> None:
    assert shipped().keys() == PROMISED
    for id, file in shipped().items():
        assert not list(faults(load(file))), id


def test_no_shipped_text_is_missing_in_any_language() -> None:
    assert LANGUAGES == ("de", "en", "fr", "tr", "uk", "ar")
    assert incomplete() == []


@pytest.mark.parametrize("code, letters", [("uk", "Ѐ-ӿ"), ("ar", "؀-ۿ")])
def test_ukrainian_and_arabic_texts_are_in_their_scripts(code: str, letters: str) -> None:
    for id, file in shipped().items():
        for path, words in catalogue._texts(load(file)):
            assert re.search(f"[{letters}]", words[code]) or path == "fields[0].hint", (id, path)


def test_the_same_key_means_the_same_in_every_shipped_service() -> None:
    """Several errands in one appointment ask for a key once."""
    known: dict[str, msgspec.Struct] = {}
    for file in shipped().values():
        for field in load(file).fields:
            assert known.setdefault(field.key, field) == field


def test_what_the_law_says_of_fees_is_in_the_files() -> None:
    fees = {id: load(file).fee for id, file in shipped().items()}
    assert fees["meldebescheinigung"].electronic == 0  # BMG § 18 Abs. 3
    assert fees["meldebescheinigung-erweitert"].electronic == 0
    assert fees["fuehrungszeugnis"].posted == 1300  # JVKostG KV 1130
    assert len(fees["fuehrungszeugnis"].waivers) == 2
    assert fees["anmeldung"].posted == fees["abmeldung-ausland"].posted == 0  # BMG § 24 Abs. 2
    # set by the Land or the town: nothing is shipped that could be wrong there
    assert fees["meldebescheinigung"].paper is None
    assert fees["bewohnerparkausweis"].electronic is None
    assert fees["gewerbeanmeldung"].electronic is None


def test_only_what_the_law_wants_signed_has_the_step() -> None:
    """BMG § 23 Abs. 1 wants the registration signed; the others need no signature."""
    signed = {id for id, file in shipped().items() if "signature" in load(file).steps}
    assert signed == {"anmeldung"}


def test_a_missing_translation_of_a_shipped_file_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = shipped()["beratung"].read_text("utf-8").replace("fr = ", "it = ")
    line = text[: text.index("[name]")].count("\n") + 1
    (tmp_path / "beratung.toml").write_text(text, "utf-8")
    monkeypatch.setattr(catalogue, "SHIPPED", tmp_path)
    assert incomplete()[0] == f"beratung.toml: line {line}: name: has no text in 'fr'"
    assert len(incomplete()) == 3  # name, description, the label of the field


# --- what a town makes of it


def test_an_id_is_enough_for_a_shipped_service(folder: Path) -> None:
    offer = town(folder, '[[service]]\nid = "beratung"\n[[service]]\nid = "fuehrungszeugnis"\n')
    assert list(offer) == ["beratung", "fuehrungszeugnis"]
    talk, conduct = offer.values()
    assert (talk.minutes, talk.identity, talk.steps) == (15, "none", ())
    assert conduct.name["ar"] and conduct.fees == {"posted": 1300} and conduct.law
    assert conduct.steps == ("identity", "form", "documents", "fee")


def test_what_the_town_says_replaces_what_is_shipped(folder: Path) -> None:
    offer = town(
        folder,
        """[[service]]
id = "meldebescheinigung"
minutes = 15
pool = "meldeamt"
fee = { paper = 750 }
description = { de = "Unsere Worte" }
delivery = ["electronic", "paper"]
fields = []
certificate = { fields = [] }
""",
    )
    mine = offer["meldebescheinigung"]
    assert (mine.minutes, mine.pool, mine.fields) == (15, "meldeamt", ())
    assert mine.fees == {"electronic": 0, "paper": 750}  # the other fees and the waivers stay
    assert mine.waivers and mine.description["de"] == "Unsere Worte" and mine.description["tr"]


def test_a_way_without_a_fee_is_offered_with_an_unknown_one(folder: Path) -> None:
    offer = town(folder, '[[service]]\nid = "meldebescheinigung"\n')
    assert offer["meldebescheinigung"].fees == {"electronic": 0, "paper": None, "posted": None}


def test_a_file_of_the_town_is_a_service_and_comes_before_a_shipped_one(folder: Path) -> None:
    shutil.copy(folder / "services" / "buecherei.toml", folder / "services" / "beratung.toml")
    offer = town(folder, '[[service]]\nid = "buecherei"\n[[service]]\nid = "beratung"\n')
    assert offer["buecherei"].name["en"] == offer["beratung"].name["en"] == "Library card"
    assert offer["buecherei"].minutes == 20


def test_an_entry_with_a_name_is_a_whole_service_as_ever(folder: Path) -> None:
    """A vamt.toml written before there was a catalogue says what it always said."""
    text = '[[service]]\nid = "meldebescheinigung"\nminutes = 10\nname = { de = "Schein" }\n'
    mine = town(folder, text)["meldebescheinigung"]
    assert mine == Service("meldebescheinigung", {"de": "Schein"}, 10)


def test_the_example_of_the_documentation_is_a_right_one(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "install.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(# services/.*?)```", text, re.S)
    file = tmp_path / "buechereiausweis.toml"
    file.write_text(example, "utf-8")
    service = load(file)
    assert service.minutes == 10 and not list(faults(service))
    assert catalogue.untranslated(service, ["de", "en"]) == []


def test_a_question_can_depend_on_an_earlier_one(folder: Path) -> None:
    text = YES + WHEN + "{ field = 'reader', is = 'yes' }\nask = 'talk'\n"
    (folder / "services" / "buecherei.toml").write_text(text, "utf-8")
    reader, more = town(folder, "[[service]]\nid = 'buecherei'\n")["buecherei"].fields
    assert [value for value, _ in reader.choices] == ["yes", "no"]
    assert (more.when, more.ask) == (When("reader", ("yes",)), "talk")


# --- what is wrong


@pytest.mark.parametrize(
    "text, told",
    [
        ("minutes = 20\nname = {}\n", r"line 2: name: write it"),
        (OWN.replace("minutes = 20", "minutes = 7"), r"line 1: minutes and every"),
        (OWN.replace("minutes = 20", "\nminutes = 'x'"), r"line 2: Expected `int`"),
        (OWN + "kind = 'colour'\n", r"line 7: field 'reader': kind 'colour'"),
        (OWN + "kind = 'choice'\n", r"line 4: field 'reader': a choice needs choices"),
        (OWN + "choices = [{ value = 'a', label = {} }]\n", r"line 4: field 'reader': a choice"),
        (OWN + "ask = 'later'\n", r"line 7: field 'reader': ask is before or talk"),
        (OWN + WHEN + "{ field = 'other', is = 'a' }\n", r"line 10: .*'other' is no earlier"),
        (OWN + WHEN + "{ field = 'more', is = 'a' }\n", r"line 10: .*'more' is no earlier"),
        (OWN + WHEN + "{ field = 'reader', is = 'a' }\n", r"line 10: .*must be a choice"),
        (YES + WHEN + "{ field = 'reader', is = 'maybe' }\n", r"line 11: .*none of yes, no"),
        (YES + WHEN + "{ field = 'reader', is = ['yes', 'ja'] }\n", r"'ja' is none of yes, no"),
        (YES + WHEN + "{ field = 'reader', is = [] }\n", r"'' is none of yes, no"),
        (YES + "ask = 'talk'\n" + WHEN + "{ field = 'reader', is = 'no' }\n", r"only in the talk"),
        (OWN + "sort = 'text'\n", r"line 7: .*unknown field `sort`"),
        (OWN + "[[fields]]\nkey = 'reader'\nlabel = {}\n", r"line 8: field 'reader': is there"),
        (OWN.replace("minutes", "mintes", 1), r"line 1: .*unknown field `mintes`"),
        ("steps = ['dance']\n" + OWN, r"line 1: steps: 'dance' is none of identity, form"),
        ("steps = ['form', 'form']\n" + OWN, r"line 1: steps: each one once"),
        ("delivery = ['fax']\n" + OWN, r"line 1: delivery: 'fax' is none of electronic"),
        ("identity = 'sure'\n" + OWN, r"line 1: identity: write one of none, look"),
        ("retention_days = -1\n" + OWN, r"line 1: retention_days: write a number"),
        ("languages = ['de', 'klingon']\n" + OWN, r"line 1: languages: 'klingon'"),
        (OWN + "[fee]\npaper = -1\n", r"line 8: fee\.paper: write cents"),
        (OWN + "[fee]\npaper = 9.5\n", r"line 8: Expected `int \| null`"),
        (
            OWN + SIGN + 'text = { de = "Ich, {nmae}" }\n',
            r"line 9: declarations: \{nmae\} is neither",
        ),
        (OWN + SIGN + "text = {}\n", r"line 7: declarations: title and text"),
        (OWN + SIGN + f'text = {{ de = "{"x" * 10_001}" }}\n', r"line 9: declarations: 10000"),
        ("minutes = = 2", r"line 1, column 11"),
        ("id = 'other'\n" + OWN, r"line 1: .*unknown field `id`"),
    ],
)
def test_a_slip_in_a_file_is_told_with_file_and_line(folder: Path, text: str, told: str) -> None:
    (folder / "services" / "buecherei.toml").write_text(text, "utf-8")
    message = wrong(folder, '[[service]]\nid = "buecherei"\n')
    file, _, rest = message.partition("buecherei.toml: ")
    assert file == f"{folder / 'services'}/", message
    assert re.search(told, rest), message


@pytest.mark.parametrize(
    "text, told",
    [
        ('id = "steuer"', "service 'steuer': has neither a name here nor a file steuer.toml"),
        ('id = "beratung"\nminutes = 7', "line 11: service 'beratung': minutes and every"),
        ('id = "beratung"\nminutes = "x"', "line 11: Expected `int`"),
        ('id = "../geheim"', "line 9: Object missing required field `name`"),
        ("id = 5", "line 10: Expected `str`"),
        ("minutes = 5", "line 9: Object missing required field"),
    ],
)
def test_a_slip_in_an_entry_is_told(folder: Path, text: str, told: str) -> None:
    assert wrong(folder, f"[[service]]\n{text}\n").startswith(told)


@pytest.mark.parametrize("value", ['"beratung"', '["beratung"]', "[[]]"])
def test_services_that_are_no_tables_are_refused(folder: Path, value: str) -> None:
    assert "Expected" in wrong(folder, "").replace("missing", "Expected")
    text = f"service = {value}\n" + HEAD
    with pytest.raises(SettingsError, match="Expected"):
        settings.parse(text, folder)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert wrong(tmp_path, '[[service]]\nid = "beratung"\n').startswith("services: ")


def test_a_service_as_the_domain_knows_it() -> None:
    conf = catalogue.ServiceConf(
        id="x",
        name={"de": "X"},
        minutes=5,
        steps=["handover", "identity"],
        delivery=["paper"],
        fee=catalogue.FeeConf(electronic=1, paper=2),
    )
    assert offered(conf).steps == ("identity", "handover")  # the order of the talk
    assert offered(conf).fees == {"paper": 2}
    assert list(faults(conf)) == []
    assert catalogue.untranslated(conf, ["de", "en"]) == [
        Fault("name", "name: has no text in 'en'")
    ]
    assert set(booking.STEPS) >= set(offered(conf).steps)
