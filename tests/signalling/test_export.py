"""A whole visit, and what lies in the export folder after it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.signalling.test_signature import ID, LINE, asked
from tests.web.served import Clock, QuickHasher, Town, free_port, town_settings
from tests.web.test_api import call, check
from vamt.app import OUTWARD, SEAL
from vamt.interfaces import ExportConf
from vamt.papers.proof import look


@pytest.fixture
async def exporting(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    """The town, with an export folder."""
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)
    (tmp_path / "ausgabe").mkdir(0o700)
    settings = town_settings(tmp_path, free_port())
    settings = msgspec.structs.replace(settings, export=ExportConf(folder="ausgabe"))
    async with Town(tmp_path, clock, settings=settings) as served:
        yield served


async def test_the_case_is_there_with_its_sealed_paper(exporting: Town, tmp_path: Path) -> None:
    met = await asked(exporting)
    await met.citizen.do("sign_agree", {"id": ID})
    await met.citizen.do("sign_done", {"id": ID, "strokes": [LINE]})
    await met.clerk.do("end")
    await met.citizen.until(lambda s: s["state"] == "finished")
    for _ in range(200):
        waiting = (await exporting.app[OUTWARD].notices.waiting())["export"]
        if waiting == 0 and any((tmp_path / "ausgabe").iterdir()):  # none waits before, either
            break
        await asyncio.sleep(0.1)
    (case,) = (tmp_path / "ausgabe").iterdir()
    facts = json.loads((case / "case.json").read_bytes())
    _, description = await call(exporting, "GET", "/api/v1/openapi.json")
    check(facts, {"$ref": "#/components/schemas/CaseFacts"}, description)
    assert facts["appointment"]["id"] == met.booking.id
    assert facts["town"] == "Stadt Kleinstadt" and facts["person"]["name"]
    assert [one["name"] for one in facts["files"]] == ["signed-1.pdf"]
    seal = exporting.app[SEAL]
    assert seal is not None
    pdf = (case / "signed-1.pdf").read_bytes()
    assert (await look(pdf, [seal.fingerprint])).verdict == "ours"
