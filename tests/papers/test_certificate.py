"""The certificate that the desk issues: as a paper, and as what it says."""

import io
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest

from tests.signalling.test_documents import fetch
from tests.web.conftest import clock, quick
from tests.web.served import TOWN, Clock, Town, free_port, town_settings, visit
from vamt import app as office
from vamt import booking, catalogue
from vamt.booking import Appointment
from vamt.errors import Invalid
from vamt.papers.proof import Prover
from vamt.services.issuing import certified
from vamt.states import Appointment as State

assert clock and quick  # fixtures

SERVICE = catalogue.offered(
    catalogue.ServiceConf(
        id="m",
        **{
            name: getattr(catalogue.load(catalogue.shipped()["meldebescheinigung"]), name)
            for name in catalogue.ServiceFile.__struct_fields__
        },
    )
)
DAY = date(1990, 5, 1)
VALUES = {"birth_date": "1990-05-01", "address": "Am Markt 1, 12345 Kleinstadt", "purpose": "bank"}
PERSON = Appointment(
    *("id", "m", 0, 600, State.IN_VISIT, 0), name="Łucja Müller-Ångström", email="", language="tr"
)


def german(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def test_what_it_says() -> None:
    assert SERVICE.certificate is not None
    made = certified(SERVICE, SERVICE.certificate, PERSON, VALUES, german)
    assert made.title == "Meldebescheinigung"
    assert made.rows == (
        ("Name", "Łucja Müller-Ångström"),
        ("Geburtsdatum", "1.5.1990"),
        ("Anschrift", "Am Markt 1, 12345 Kleinstadt"),
    )


@pytest.mark.parametrize("key", ["birth_date", "address"])
def test_not_while_something_is_missing(key: str) -> None:
    assert SERVICE.certificate is not None
    with pytest.raises(Invalid) as failed:
        certified(SERVICE, SERVICE.certificate, PERSON, {**VALUES, key: " "}, german)
    assert failed.value.field == key


def test_choices_and_dates_in_its_text() -> None:
    certificate = booking.Certificate("T", "{name}, {birth_date}: {purpose}. {address}", ())
    made = certified(SERVICE, certificate, PERSON, {**VALUES, "address": ""}, german)
    assert made.text == "Łucja Müller-Ångström, 1.5.1990: Bank oder Versicherung. …"
    assert made.rows == (("Name", "Łucja Müller-Ångström"),)


@pytest.fixture
async def town(tmp_path: Path, clock: Clock, quick: None) -> AsyncIterator[Town]:
    """A town that issues certificates."""
    text = f'{TOWN}\n[[service]]\nid = "meldebescheinigung"\n'
    town = Town(tmp_path, clock, settings=town_settings(tmp_path, free_port(), text))
    await town.start()
    yield town
    await town.stop()


async def issue(town: Town, service: str, session: str) -> dict[str, Any]:
    """What the desk's page asks for by its button."""
    headers = {"Accept": "application/json", "Cookie": f"vamt={session}"}
    async with town.http.post(f"/amt/bescheinigung/{service}", headers=headers) as answer:
        found: dict[str, Any] = await answer.json()
        return found


async def test_issued_in_a_visit(town: Town) -> None:
    """Sealed, unchanged on its way to her, and with the pictures that both look at."""
    booking_ = await town.book("meldebescheinigung", name="Ada Öz")
    before = await town.citizen(booking_)
    await before.do("give", {"values": VALUES})
    await before.close()
    met = await visit(town, booking=booking_)
    shown = await met.clerk.until(lambda s: s["certificates"])
    assert shown["certificates"] == [["meldebescheinigung", "Meldebescheinigung"]]
    answer = await issue(town, "meldebescheinigung", met.clerk.session)
    state = await met.citizen.until(lambda s: s["outcome"])
    (paper,) = state["outcome"]
    assert (paper["id"], paper["title"]) == (answer["id"], "Meldebescheinigung")
    status, data, _ = await fetch(town, f"{met.booking.path}{paper['path']}")
    assert status == 200
    seal = town.app[office.SEAL]
    assert seal is not None
    proof = await Prover({seal.fingerprint}).prove(data)
    assert proof.verdict == "ours"
    text = pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()
    for words in ("Ada Öz", "1. Mai 1990", "Am Markt 1", "Anna", "23. November 2026"):
        assert words in text, words
    page = f"{met.booking.path}{paper['path']}/1.jpg"
    status, picture, _ = await fetch(town, page)
    assert status == 200 and picture.startswith(b"\xff\xd8")
    assert (await issue(town, "rat", met.clerk.session))["error"] == "not_found"
    assert (await issue(town, "meldebescheinigung", ""))["error"] == "signed_out"
    await met.clerk.do("end")
    answer = await issue(town, "meldebescheinigung", met.clerk.session)
    assert answer["error"] == "no_visit"
