"""`vamt.toml`: what is right becomes the domain's objects; what is wrong fails with its key."""

import multiprocessing
import os
import stat
from datetime import date, time
from pathlib import Path

import pytest
import time_machine

from vamt import settings as conf
from vamt.settings import Settings, SettingsError, load, parse, secret_key

TOWN = """
languages = ["de", "en"]

[town]
name = "Amselfingen"
full_name = "Stadt Amselfingen"

[booking]
lead_minutes = 30
horizon_days = 10
closures = [2026-12-24]

[[opening]]
days = ["mon", "fri"]
from = 08:00:00
to = 12:00:00
desks = 2
services = ["anmeldung"]

[[opening]]
days = ["sun"]
from = 22:00:00
to = 00:00:00
pool = "nacht"

[[service]]
id = "anmeldung"
minutes = 20
name = { de = "Anmeldung", en = "Registration" }
papers = [{ de = "Ausweis", en = "ID card" }]

[[service.fields]]
key = "kind"
kind = "choice"
required = true
label = { de = "Art", en = "Kind" }
choices = [{ value = "new", label = { de = "neu", en = "new" } }]
"""
HERE = Path("/town")


def town(**changes: str) -> Settings:
    """The town with whole lines replaced: `lead_minutes="5"`."""
    return parse(changed(**changes), HERE)


def changed(**changes: str) -> str:
    text = TOWN
    for key, value in changes.items():
        lines = [line for line in text.splitlines() if line.partition("=")[0].strip() == key]
        assert len(lines) == 1, (key, lines)
        text = text.replace(lines[0], f"{key} = {value}")
    return text


def wrong(text: str) -> str:
    with pytest.raises(SettingsError) as error:
        parse(text, HERE)
    return str(error.value)


def test_hours_closures_and_rules_become_the_domains_calendar() -> None:
    calendar = town().calendar()
    assert (calendar.lead, calendar.horizon_days) == (1800, 10)
    assert calendar.zone.key == "Europe/Berlin"
    assert calendar.closures == {date(2026, 12, 24)}
    morning, night = calendar.openings
    assert morning.weekdays == {0, 4} and morning.desks == 2
    assert (morning.start, morning.end) == (time(8), time(12))
    assert (morning.pool, morning.services) == ("default", {"anmeldung"})
    assert night.weekdays == {6} and night.pool == "nacht" and night.end == time()
    assert night.desks == 1 and night.services == frozenset()


def test_services_keep_the_order_of_the_file_and_their_fields() -> None:
    text = TOWN + '\n[[service]]\nid = "a"\nminutes = 5\nname = { de = "A" }\n'
    services = parse(text, HERE).services()
    assert list(services) == ["anmeldung", "a"]
    wanted = services["anmeldung"]
    assert wanted.minutes == 20 and wanted.papers == ({"de": "Ausweis", "en": "ID card"},)
    assert wanted.fields[0].choices == (("new", {"de": "neu", "en": "new"}),)
    assert wanted.fields[0].required and wanted.fields[0].kind == "choice"


def test_public_holidays_of_the_land_are_closed() -> None:
    with time_machine.travel("2026-06-15T12:00:00Z", tick=False):
        closures = town(horizon_days='10\nholidays = "DE-BW"').calendar().closures
    assert date(2026, 12, 24) in closures  # its own
    assert {date(2026, 12, 25), date(2026, 6, 4), date(2027, 1, 6)} <= closures  # Corpus Christi
    assert date(2026, 6, 15) not in closures


def test_a_land_nobody_knows_is_named() -> None:
    settings = town(horizon_days='10\nholidays = "DE-XX"')
    with pytest.raises(SettingsError, match=r"booking\.holidays.*DE-XX"):
        settings.calendar()


def test_the_address_is_public_url_or_where_the_process_listens() -> None:
    assert town().public_url == "http://localhost:8080" and not town().secure
    public = parse(TOWN + '\n[server]\npublic_url = "https://amt.example.de/"\n', HERE)
    assert public.public_url == "https://amt.example.de" and public.secure


def test_paths_are_relative_to_the_file() -> None:
    assert town().data_folder == HERE / "data"
    assert parse(TOWN + '\n[server]\ndata = "/srv/vamt"\n', HERE).data_folder == Path("/srv/vamt")


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(AttributeError):
        town().languages = []  # type: ignore[misc]


def test_nothing_of_a_default_is_shared_between_two_towns() -> None:
    assert town().town.address is not None
    assert town().visit_languages == town().visit_languages
    assert town().visit_languages is not town().visit_languages


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[town", "Expected .* at the end"),
        (changed(full_name='"x"\nnmae = "y"'), r"nmae.*\$\.town"),
        (changed(lead_minutes='"soon"'), r"lead_minutes"),
        (changed(closures='["Christmas"]'), r"closures"),
        (TOWN.replace("[town]", "[twon]"), r"town|twon"),
        (TOWN + "\n[mail]\nport = 'x'\n", r"\$\.mail\.port"),
        ("", "town"),
    ],
)
def test_a_syntax_error_an_unknown_key_or_a_wrong_type_is_named(text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        parse(text, HERE)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (changed(full_name='"x"\ntime_zone = "Europe/Amselfingen"'), r"town\.time_zone"),
        (changed(full_name='"x"\ntime_zone = "../../etc/passwd"'), r"town\.time_zone"),
        (changed(full_name='"x"\naccent = "blue"'), r"town\.accent"),
        (changed(full_name='"x"\naccent_dark = "#12345"'), r"town\.accent_dark"),
        (TOWN.replace('["mon", "fri"]', '["mon", "montag"]'), r"opening no\. 1: days: 'montag'"),
        (changed(desks="0"), r"opening no\. 1: desks"),
        (TOWN.replace("to = 12:00:00", "to = 07:00:00"), r"opening no\. 1: 'to'"),
        (TOWN.replace("to = 12:00:00", "to = 08:00:00"), r"opening no\. 1: 'to'"),
        (TOWN.replace("to = 12:00:00", "to = 12:03:00"), r"opening no\. 1: times"),
        (TOWN.replace("from = 08:00:00", "from = 08:00:30"), r"opening no\. 1: times"),
        (TOWN.replace("to = 12:00:00", "to = 12:00:00.5"), r"opening no\. 1: times"),
        (changed(services='["pass"]'), r"opening no\. 1: services: 'pass'"),
        (changed(id='"An meldung"'), r"service 'An meldung'"),
        (changed(id='""'), r"service ''"),
        (changed(minutes="7"), r"service 'anmeldung': minutes"),
        (changed(minutes="0"), r"service 'anmeldung': minutes"),
        (changed(minutes="-5"), r"service 'anmeldung': minutes"),
        (changed(minutes="20\nevery = 3"), r"service 'anmeldung': minutes and every"),
        (changed(minutes="20\nevery = -5"), r"service 'anmeldung': minutes and every"),
        (changed(kind='"colour"'), r"service 'anmeldung': field 'kind': kind 'colour'"),
        (TOWN + '\n[[service]]\nid = "anmeldung"\nminutes = 5\nname = {}\n', r"service\.id"),
        (TOWN + '\n[mail]\ntls = "ssl"\n', r"mail\.tls"),
        (changed(horizon_days="0"), r"booking\.horizon_days"),
        (changed(lead_minutes="-1"), r"booking\.lead_minutes"),
        (changed(horizon_days="10\nhold_minutes = 0"), r"booking\.hold_minutes"),
        (changed(horizon_days="10\nper_email = -1"), r"booking\.per_email"),
        (TOWN + "\n[retention]\nappointment_days = -1\n", r"retention\.appointment_days"),
        (TOWN + "\n[retention]\nlink_days = -1\n", r"retention\.link_days"),
        (TOWN + "\n[waiting_room]\nopens_minutes_before = -1\n", r"waiting_room\.opens_minutes"),
        (TOWN + "\n[server]\nport = 70000\n", r"server\.port"),
        (changed(languages="[]"), r"languages"),
        (changed(languages='["de", "klingon"]'), r"languages.*klingon"),
        ("visit_languages = []\n" + TOWN, r"visit_languages"),
        ("visit_languages = ['xx-nobody']\n" + TOWN, r"visit_languages.*xx-nobody"),
        (TOWN + '\n[mail]\nhost = "localhost"\n', r"mail\.sender"),
    ],
)
def test_what_the_types_cannot_refuse_is_refused_with_its_key(text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        parse(text, HERE)


def test_a_town_without_a_service_is_refused() -> None:
    head = TOWN.partition("[[service]]")[0].replace('services = ["anmeldung"]', "")
    assert "service" in wrong("service = []\n" + head)


def test_a_file_is_read_and_its_folder_is_where_paths_begin(tmp_path: Path) -> None:
    file = tmp_path / "vamt.toml"
    file.write_text(TOWN, "utf-8")
    assert load(file).data_folder == tmp_path / "data"


def test_a_missing_broken_or_foreign_file_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "nothing.toml"
    with pytest.raises(SettingsError, match=r"nothing\.toml: No such file"):
        load(missing)
    broken = tmp_path / "broken.toml"
    broken.write_text(changed(desks="0"), "utf-8")
    with pytest.raises(SettingsError, match=r"broken\.toml: opening no\. 1"):
        load(broken)
    latin = tmp_path / "latin.toml"
    latin.write_bytes(TOWN.replace("Stadt", "Städtchen").encode("latin-1"))
    with pytest.raises(SettingsError, match=r"latin\.toml.*UTF-8"):
        load(latin)


def test_the_demo_town_is_a_right_one() -> None:
    file = Path(conf.__file__).parent / "demo" / "vamt.toml"
    demo = load(file)
    assert demo.services() and demo.calendar().openings


# --- the key of the installation


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    key = secret_key(folder)
    assert len(key) == 32 and secret_key(folder) == key
    assert stat.S_IMODE(os.stat(folder / "secret.key").st_mode) == 0o600
    assert [file.name for file in folder.iterdir()] == ["secret.key"]
    assert secret_key(tmp_path / "other") != key


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_damaged_key_is_refused_instead_of_signing_with_it(
    tmp_path: Path, content: bytes
) -> None:
    """A process that died while writing must not leave an office whose links all can forge."""
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(SettingsError, match=r"secret\.key"):
        secret_key(tmp_path)


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        keys = pool.map(secret_key, [tmp_path / str(n // 8) for n in range(80)], chunksize=1)
    for n in range(10):
        assert len(set(keys[n * 8 : n * 8 + 8])) == 1
    assert len(set(keys)) == 10


def test_every_key_of_the_demo_file_is_documented_by_its_section() -> None:
    """A key that nothing reads would be refused, so the demo shows only real ones."""
    demo = Path(conf.__file__).parent / "demo"
    text = (demo / "vamt.toml").read_text("utf-8").replace("[town]", "[town]\nnonsense = 1", 1)
    with pytest.raises(SettingsError, match="nonsense"):
        parse(text, demo)
