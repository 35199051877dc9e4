"""The seal, looked at by pyHanko's own validator; and what the office's check says of it."""

import io
import os
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import timestamps
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from tests.papers.facts import STATEMENT
from tests.web.served import town_settings
from vamt.papers.proof import Proof, Prover, look
from vamt.papers.seal import OWN, NoTimestamp, Seal, make_own
from vamt.papers.typeset import Press
from vamt.settings import SealConf, Settings, SettingsError

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A demo town: it makes its own seal."""
    return town_settings(tmp_path, 8080)


@pytest.fixture
def seal(settings: Settings) -> Seal:
    made = Seal.of(settings)
    assert made is not None
    return made


@pytest.fixture(scope="module")
def paper() -> bytes:
    return Press()._set("statement", STATEMENT, 1_795_564_800)


@pytest.fixture
async def stamper() -> AsyncIterator[str]:
    """A time stamp service (RFC 3161) on this machine."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Zeitstempel")])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    der = serialization.Encoding.DER
    secret = key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    dummy = timestamps.DummyTimeStamper(
        asn1_x509.Certificate.load(certificate.public_bytes(der)),
        keys.PrivateKeyInfo.load(secret),
    )

    async def stamp(request: web.Request) -> web.Response:
        answer = dummy.request_tsa_response(tsp.TimeStampReq.load(await request.read()))
        return web.Response(body=answer.dump(), content_type="application/timestamp-reply")

    app = web.Application()
    app.router.add_post("/", stamp)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def status_of(pdf: bytes, seal: Seal) -> PdfSignatureStatus:
    (found,) = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
    trust = ValidationContext(trust_roots=[found.signer_cert], allow_fetching=False)
    status = await async_validate_pdf_signature(found, trust)
    assert found.signer_cert.sha256.hex() == seal.fingerprint
    assert isinstance(status, PdfSignatureStatus)
    return status


async def test_a_sealed_paper_is_whole_and_stays_archivable(seal: Seal, paper: bytes) -> None:
    pdf = await seal.put_on(paper)
    status = await status_of(pdf, seal)
    assert status.bottom_line and status.coverage.name == "ENTIRE_FILE"
    assert pdf.startswith(paper), "what was set is changed by nothing"
    root = PdfFileReader(io.BytesIO(pdf)).root
    field = root["/AcroForm"]["/Fields"][0].get_object()
    assert field["/FT"] == "/Sig" and max(field["/Rect"]) < 0, "on the page it would need a tag"
    assert field["/F"] & 0b100111 == 4, "hidden or not printed: not for the archive"
    assert "/Version" not in root and list(root["/Extensions"]) == ["/ESIC"], "no PDF 1.7 any more"


async def test_the_office_knows_its_own_paper(seal: Seal, paper: bytes) -> None:
    pdf = await seal.put_on(paper)
    proof = await Prover([seal.fingerprint]).prove(pdf)
    assert (proof.verdict, proof.name, proof.stamped) == ("ours", "Stadt Kleinstadt", False)
    assert proof.at is not None and abs(proof.at - datetime.now(UTC).timestamp()) < 3600


async def test_one_changed_byte_is_noticed_wherever_it_is(seal: Seal, paper: bytes) -> None:
    pdf = await seal.put_on(paper)
    for place in range(1000, len(paper), len(paper) // 12):
        forged = pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]
        try:
            verdict = (await look(forged, [seal.fingerprint])).verdict
        except Exception:  # so broken that it cannot be read: the child says "unreadable"
            continue
        assert verdict == "changed", place


async def test_what_is_added_afterwards_is_noticed(seal: Seal, paper: bytes) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(await seal.put_on(paper)))
    writer.root["/PageLayout"] = writer.root["/Lang"]
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    assert (await look(out.getvalue(), [seal.fingerprint])).verdict == "changed"


async def test_another_towns_seal_and_none_are_told_apart(
    seal: Seal, paper: bytes, tmp_path: Path
) -> None:
    pdf = await seal.put_on(paper)
    assert (await look(pdf, ["00" * 32])).verdict == "foreign"
    assert (await look(paper, [seal.fingerprint])).verdict == "unsealed"


@pytest.mark.parametrize(
    "junk", [b"", b"hello", b"%PDF-1.7\n%%EOF", b"%PDF-1.7\n" + b"[" * 100_000]
)
async def test_junk_is_answered_in_words(junk: bytes) -> None:
    assert await Prover(["00"]).prove(junk) == Proof("unreadable")


async def test_a_time_stamp_service_confirms_when(seal: Seal, paper: bytes, stamper: str) -> None:
    with_time = Seal(seal.data, seal.password, seal.certificate, seal.own, stamper)
    pdf = await with_time.put_on(paper)
    status = await status_of(pdf, seal)
    assert status.timestamp_validity is not None and status.timestamp_validity.intact
    assert (await look(pdf, [seal.fingerprint])).stamped


async def test_without_its_time_stamp_nothing_is_sealed(seal: Seal, paper: bytes) -> None:
    nobody = Seal(seal.data, seal.password, seal.certificate, seal.own, "http://127.0.0.1:9/")
    with pytest.raises(NoTimestamp):
        await nobody.put_on(paper)


def test_the_demos_own_seal_is_made_once_and_for_its_owner_only(settings: Settings) -> None:
    first, second = Seal.of(settings), Seal.of(settings)
    assert first is not None and second is not None and first.own
    assert first.fingerprint == second.fingerprint
    mode = os.stat(settings.data_folder / OWN).st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_town_without_a_certificate_seals_nothing(tmp_path: Path) -> None:
    town = msgspec.structs.replace(town_settings(tmp_path, 8080), demo=False)
    assert Seal.of(town) is None and not town.seals_papers


def test_a_wrong_password_or_file_names_the_key(tmp_path: Path) -> None:
    make_own(tmp_path / "plain.p12", "Stadt", NOW)
    key, certificate, _ = pkcs12.load_key_and_certificates(
        (tmp_path / "plain.p12").read_bytes(), None
    )
    assert key is not None
    locked = pkcs12.serialize_key_and_certificates(
        None, key, certificate, None, serialization.BestAvailableEncryption(b"right")
    )
    (tmp_path / "locked.p12").write_bytes(locked)

    def town(**values: str) -> Settings:
        return msgspec.structs.replace(
            town_settings(tmp_path, 8080), seal=SealConf(**values), folder=str(tmp_path)
        )

    assert Seal.of(town(certificate="locked.p12", password="right"))
    for wrong in (
        {"certificate": "locked.p12", "password": "wrong"},
        {"certificate": "missing.p12"},
    ):
        with pytest.raises(SettingsError, match="seal.certificate"):
            Seal.of(town(**wrong))
