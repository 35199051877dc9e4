"""Anybody checks a paper: without JavaScript, in words, and nothing of it stays."""

import io
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.papers.facts import CERTIFICATE, STATEMENT
from tests.web.pages import Html
from tests.web.served import Town
from vamt.app import SEAL
from vamt.papers.proof import SIZE
from vamt.papers.seal import Seal, make_own
from vamt.papers.typeset import Press

AT = 1_795_564_800.0


def form(data: bytes, name: str = "file") -> aiohttp.FormData:
    made = aiohttp.FormData()
    made.add_field(name, io.BytesIO(data), filename="brief.pdf", content_type="application/pdf")
    return made


async def check(town: Town, data: bytes, **headers: str) -> tuple[int, str]:
    async with town.http.post("/pruefen", data=form(data), headers=headers) as answer:
        return answer.status, Html(await answer.text()).words


async def test_a_paper_of_ours_a_changed_one_and_none(town: Town) -> None:
    seal = town.app[SEAL]
    assert seal is not None
    plain = await Press().paper("statement", STATEMENT, AT)
    pdf = await seal.put_on(plain)
    before = town.dump()
    status, said = await check(town, pdf)
    assert status == 200 and "Dieses Papier ist echt" in said and "Stadt Kleinstadt" in said
    assert "von diesem Amt selbst erstellt" in said
    forged = pdf[:3000] + bytes([pdf[3000] ^ 1]) + pdf[3001:]
    assert "Dieses Papier wurde verändert" in (await check(town, forged))[1]
    assert "trägt kein Siegel" in (await check(town, plain))[1]
    _, english = await check(town, pdf, **{"Accept-Language": "en"})
    assert "This paper is genuine" in english
    assert town.dump() == before


async def test_another_towns_paper_is_told_by_its_name(town: Town, tmp_path: Path) -> None:
    other = tmp_path / "other.p12"
    make_own(other, "Stadt Nebenan", datetime(2026, 11, 25, tzinfo=UTC))
    certificate = pkcs12.load_key_and_certificates(other.read_bytes(), None)[1]
    assert certificate is not None
    theirs = Seal(other.read_bytes(), b"", certificate, own=True)
    pdf = await theirs.put_on(await Press().paper("certificate", CERTIFICATE, AT))
    _, said = await check(town, pdf)
    assert "ist nicht von uns" in said and "Stadt Nebenan" in said


@pytest.mark.parametrize("junk", [b"MZ\x90", b"<html><script>alert(1)</script>", b"%PDF-1.7"])
async def test_what_is_no_pdf_is_said_so(town: Town, junk: bytes) -> None:
    status, said = await check(town, junk)
    assert status == 200 and "Wir konnten diese Datei nicht lesen" in said


async def test_nothing_too_much_and_no_form_get_words(town: Town) -> None:
    assert (await check(town, b""))[0] == 422
    status, said = await check(town, b"x" * (SIZE + 1))
    assert status == 413 and "10 MB" in said
    async with town.http.post("/pruefen", data=form(b"x", "other")) as answer:
        assert answer.status == 422
    async with town.http.post("/pruefen", data=b"no form") as answer:
        assert answer.status == 422
        assert "Bitte wählen Sie zuerst eine PDF-Datei" in Html(await answer.text()).words


async def test_the_page_is_linked_where_there_are_sealed_papers(town: Town) -> None:
    async with town.http.get("/") as answer:
        assert 'href="/pruefen"' in await answer.text()
    async with town.http.get("/pruefen") as answer:
        assert answer.status == 200
