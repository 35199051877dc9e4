"""The certificate that the desk issues: as a paper, and as what it says."""

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest

from tests.papers.pdfa_rules import faults
from tests.signalling.test_documents import fetch
from tests.web.conftest import clock, quick
from tests.web.served import TOWN, Clock, Town, free_port, town_settings, visit
from vamt import app as office
from vamt import booking, catalogue
from vamt.booking import Appointment
from vamt.errors import Invalid
from vamt.i18n import Languages
from vamt.papers.certificate import Certificates
from vamt.papers.letterhead import Letterhead
from vamt.papers.proof import Prover
from vamt.papers.seal import Seal
from vamt.papers.typeset import Press
from vamt.services.issuing import certified
from vamt.states import Appointment as State

assert clock and quick  # fixtures


def shipped(id: str) -> booking.Service:
    """A service as it comes with the program."""
    file = catalogue.load(catalogue.shipped()[id])
    entries = {name: getattr(file, name) for name in catalogue.ServiceFile.__struct_fields__}
    return catalogue.offered(catalogue.ServiceConf(id=id, **entries))


SERVICE = shipped("meldebescheinigung")
DAY = date(1990, 5, 1)
TODAY = date(2026, 11, 25)
VALUES = {"birth_date": "1990-05-01", "address": "Am Markt 1, 12345 Kleinstadt", "purpose": "bank"}
PERSON = Appointment(
    *("id", "m", 0, 600, State.IN_VISIT, 0), name="Łucja Müller-Ångström", email="", language="tr"
)


def german(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def test_what_it_says() -> None:
    assert SERVICE.certificate is not None
    made = certified(SERVICE, SERVICE.certificate, PERSON, VALUES, german, TODAY)
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
        certified(SERVICE, SERVICE.certificate, PERSON, {**VALUES, key: " "}, german, TODAY)
    assert failed.value.field == key


def test_choices_and_dates_in_its_text() -> None:
    certificate = booking.Certificate("T", "{name}, {birth_date}: {purpose}. {address} {date}", ())
    made = certified(SERVICE, certificate, PERSON, {**VALUES, "address": ""}, german, TODAY)
    assert made.text == "Łucja Müller-Ångström, 1.5.1990: Bank oder Versicherung. … 25.11.2026"
    assert made.rows == (("Name", "Łucja Müller-Ångström"),)


LONG = "Łucja-Katarzyna Müller-Ångström de la Fuente y Gómez von Żółkiewski, " * 7
SAID = {  # what a field of this kind says
    "date": "2026-11-20",
    "address": "Straße des Friedens 123 b, Hinterhaus, 3. OG links, 12345 Kleinstadt an der Wöhra",
    "text": LONG[:500].strip(),
    "number": "12",
}
NEVER = {  # issued by somebody else, or by nobody
    "fuehrungszeugnis",  # by the Bundesamt für Justiz, BZRG § 30
    "beratung",
}


def answered(service: booking.Service) -> dict[str, str]:
    """The whole form of a service, as long as it may be; of choices the last."""
    return {
        field.key: field.choices[-1][0] if field.choices else SAID[field.kind]
        for field in service.fields
    }


@pytest.fixture
def head(tmp_path: Path) -> Letterhead:
    """The sheet of a town with a seal of its own."""
    settings = town_settings(tmp_path, 8080)
    return Letterhead(settings, Seal.of(settings))


async def test_one_is_rehearsed_once_and_no_stamp_is_asked_for(
    head: Letterhead, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert head.seal
    nobody = replace(head.seal, timestamp_url="http://127.0.0.1:9/nobody-is-there")
    certificates = Certificates(Languages(["de"]), replace(head, seal=nobody), Press())
    sealed: list[bool] = []
    put_on = Seal._put_on

    def noted(self: Seal, pdf: bytes, *, stamped: bool = True) -> bytes:
        sealed.append(stamped)
        return put_on(self, pdf, stamped=stamped)

    monkeypatch.setattr(Seal, "_put_on", noted)
    await certificates.get_ready()
    await certificates.get_ready()
    assert sealed == [False]


@pytest.mark.parametrize("id", sorted(set(catalogue.shipped()) - NEVER))
async def test_what_each_shipped_service_hands_over_is_for_the_archive(
    id: str, head: Letterhead
) -> None:
    service = shipped(id)
    assert service.certificate is not None and "form" in service.steps
    made = certified(service, service.certificate, PERSON, answered(service), german, TODAY)
    assert len(made.rows) == 1 + len(service.certificate.fields)
    made = replace(made, clerk="Anna Amt", at=1_795_564_800.0)
    paper = (await Certificates(Languages(["de"]), head, Press()).made(made)).data
    assert faults(paper) == []
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(paper)).pages)
    assert made.title in text and "Anna Amt" in text


@pytest.mark.parametrize("id", sorted(NEVER))
def test_what_others_issue_is_not_issued_here(id: str) -> None:
    assert shipped(id).certificate is None


def test_the_confirmation_of_registration_says_no_more_than_it_may() -> None:
    # BMG § 24 Abs. 2: names, degree, birth, day, address, kind of home, and no more
    may = {"birth_date", "address", "new_address", "dwelling", "moved_in", "leaving"}
    for id in ("anmeldung", "abmeldung-ausland"):
        certificate = shipped(id).certificate
        assert certificate is not None and set(certificate.fields) <= may


def test_a_block_of_data_names_those_it_is_against() -> None:
    service = shipped("uebermittlungssperre")
    values = {"birth_date": "1990-05-01", "address": "Am Markt 1", "which": "Parteien"}
    assert service.certificate is not None
    some = certified(
        service, service.certificate, PERSON, {**values, "objection": "some"}, german, TODAY
    )
    assert some.rows[-2:] == (
        ("Keine Übermittlung an", "nur einzelne"),
        ("Und zwar an", "Parteien"),
    )
    every = certified(
        service, service.certificate, PERSON, {**values, "objection": "all"}, german, TODAY
    )
    assert every.rows[-1][0] == "Keine Übermittlung an", "what is not asked any more is not said"


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
