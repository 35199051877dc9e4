"""What she came for: a whole Meldebescheinigung, on phone and desktop, to the sealed paper."""

import io
import os
from pathlib import Path

import pypdf
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from tests.browser.conftest import Arrive
from tests.browser.errand import ADDRESS, NAME, Errand, Hands
from tests.browser.people import DESKTOP, PHONE, Office
from tests.browser.test_identity import film

assert film  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
MOST_ACTIONS = 7  # of the citizen, in one step


async def test_a_whole_errand(office: Office, arrive: Arrive, film: Path, tmp_path: Path) -> None:
    camera = (f"--use-file-for-fake-video-capture={film}",)
    citizen = await arrive(extra=camera, accept_downloads=True, **PHONE)
    clerk = await arrive(**DESKTOP)
    errand = Errand(Hands(citizen, "phone"), Hands(clerk, "desktop"), office)
    try:
        paper = await errand.run(tmp_path)
    finally:
        if shots := os.environ.get("VAMT_SHOTS"):
            await citizen.page.screenshot(path=f"{shots}/citizen.png")
            await clerk.page.screenshot(path=f"{shots}/clerk.png")

    (seal,) = PdfFileReader(io.BytesIO(paper)).embedded_regular_signatures
    trust = ValidationContext(trust_roots=[seal.signer_cert], allow_fetching=False)
    status = await async_validate_pdf_signature(seal, trust)
    assert status.intact and status.valid and status.coverage.name == "ENTIRE_FILE"
    reader = pypdf.PdfReader(io.BytesIO(paper))
    text = " ".join(reader.pages[0].extract_text().split())
    for words in ("Meldebescheinigung", NAME, "3. Februar 1990", ADDRESS):
        assert words in text, words
    metadata = str(reader.metadata and reader.xmp_metadata and reader.xmp_metadata.pdfaid_part)
    assert metadata == "3"
    for name, tally in errand.citizen.steps.items():
        assert tally.actions <= MOST_ACTIONS, (name, tally)
