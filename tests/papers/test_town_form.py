"""The town's own PDF form: what is written into it, and how she gets it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.papers.pdf_forms import values
from tests.signalling.test_documents import fetch
from tests.web.conftest import clock, quick
from tests.web.served import TOWN, Clock, Town, free_port, town_settings, visit
from vamt import app as office
from vamt import demo
from vamt.booking import Appointment, Option, PdfForm
from vamt.errors import Invalid
from vamt.papers.proof import look
from vamt.services.issuing import Case, joined, written
from vamt.states import Appointment as State

assert clock and quick  # fixtures

SERVICE = demo.conf.load(demo.TOWN).services()["anmeldung"]
GIVEN = {
    "birth_date": "1990-05-01",
    "new_address": "Am Markt 1",
    "moved_in": "2026-11-01",
    "former_address": "Ankara",
    "with_family": "no",
    "moving_in": "Ela",
}
PERSON = Appointment(
    *("id", "anmeldung", 0, 600, State.IN_VISIT, 0),
    name="Ada Öz",
    email="",
    language="tr",
    data={**GIVEN, "dwelling": "main"},
)
CASE = Case("V1", PERSON, SERVICE, "Anna")
TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{a}, {b} {c}", "1, 2 3"),
        ("{a}, {x} {c}", "1, 3"),
        ("{x}, {b} {x}", "2"),
        ("geb. {x}", ""),
        ("geb. {a}!", "geb. 1!"),
        ("fest", "fest"),
    ],
)
def test_what_stands_between_goes_with_an_empty_one(pattern: str, said: str) -> None:
    assert joined(pattern, {"a": "1", "b": "2", "c": "3"}) == said


def test_what_is_written() -> None:
    form = PdfForm(
        *("f.pdf", "F"),
        {
            "a": "{name}, {birth_date}",
            "b": "{date} {case} {clerk}",
            "c": Option("with_family", {"yes": "ja"}),
            "d": "{moving_in}",
        },
    )
    said = written(CASE, form, TODAY)
    assert said == {"a": "Ada Öz, 01.05.1990", "b": "25.11.2026 V1 Anna", "c": "", "d": ""}
    family = replace(PERSON, data={**PERSON.data, "with_family": "yes"})
    said = written(CASE._replace(person=family), form, TODAY)
    assert (said["c"], said["d"]) == ("ja", "Ela"), "asked only now"


def test_not_while_something_is_missing() -> None:
    assert SERVICE.pdf_form is not None
    for key in ("birth_date", "new_address"):
        case = CASE._replace(person=replace(PERSON, data={**PERSON.data, key: ""}))
        with pytest.raises(Invalid) as failed:
            written(case, SERVICE.pdf_form, TODAY)
        assert failed.value.field == key
        assert written(case, PdfForm("f", "F", {"a": "{name}"}), TODAY) == {"a": "Ada Öz"}


@pytest.fixture
async def town(tmp_path: Path, clock: Clock, quick: None) -> AsyncIterator[Town]:
    """A town with the demo's form."""
    table = demo.TOWN.read_text("utf-8").partition('[[service]]\nid = "anmeldung"')[2]
    table = table.partition("[[service]]")[0]
    services = demo.TOWN.parent / "services"
    text = f'services = "{services}"\n{TOWN}\n[[service]]\nid = "anmeldung"{table}'
    town = Town(tmp_path, clock, settings=town_settings(tmp_path, free_port(), text))
    await town.start()
    yield town
    await town.stop()


@pytest.mark.timeout(180)  # a town, two pages, typesetting and sealing on a busy machine
async def test_filled_in_in_a_visit(town: Town) -> None:
    """What she gave before counts though the form was opened; sealed, and with its pictures."""
    booking = await town.book("anmeldung", name="Şükran Öz")
    before = await town.citizen(booking)
    await before.do("give", {"values": GIVEN})
    await before.close()
    met = await visit(town, booking=booking)
    shown = await met.clerk.until(lambda s: s["pdf_forms"])
    assert shown["pdf_forms"] == [["anmeldung", "Anmeldung bei der Meldebehörde"]]
    page = {"page": "a-page-of-the-citizen"}
    await met.citizen.do("form_join", page)
    told = {"number": 1, "field": "dwelling", "value": "main", "base": 0}
    await met.citizen.do("form_edit", {**page, **told})
    headers = {"Accept": "application/json", "Cookie": f"vamt={met.clerk.session}"}
    async with town.http.post("/amt/formular/anmeldung", headers=headers) as answer:
        made = await answer.json()
    state = await met.citizen.until(lambda s: s["outcome"])
    (paper,) = state["outcome"]
    assert (paper["id"], paper["title"]) == (made["id"], "Anmeldung bei der Meldebehörde")
    status, data, _ = await fetch(town, f"{met.booking.path}{paper['path']}")
    assert status == 200
    found = values(data)
    assert found["person.name"] == "Şükran Öz"
    assert found["person.geburtsdatum"] == "01051990"
    assert found["wohnung.art"] == "/haupt"
    assert found["weitere.ja"] == "/Off" and found["weitere.namen"] == ""
    assert (found["amt.bearbeitung"], found["datum"]) == ("Anna", "23.11.2026")
    seal = town.app[office.SEAL]
    assert seal is not None
    assert (await look(data, {seal.fingerprint})).verdict == "ours"
    status, picture, _ = await fetch(town, f"{met.booking.path}{paper['path']}/1.jpg")
    assert status == 200 and picture.startswith(b"\xff\xd8")
    async with town.http.post("/amt/formular/rat", headers=headers) as answer:
        assert (await answer.json())["error"] == "not_found"
    async with town.http.post("/amt/formular/anmeldung") as answer:
        assert (await answer.json())["error"] == "signed_out"
