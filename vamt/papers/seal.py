"""The town's seal on a PDF: a PAdES signature, ETSI EN 319 142-1, level B-B (time stamped: B-T).

With a certificate of the town's own making it proves that a paper is unchanged and whose seal it
bears, not more; a qualified seal (eIDAS article 38) needs a certificate from a trust service.
"""

import asyncio
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from vamt.errors import N_, UserError
from vamt.settings import Settings, SettingsError

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

FIELD = "Siegel"
YEARS = 10  # for which a seal of our own making is good
OWN = "seal.p12"  # its file in the data folder


class NoTimestamp(UserError):
    """The time stamp service was asked for a stamp and gave none; nothing is sealed without it."""

    status = 503
    key = "no_timestamp"
    default_message = N_("The time stamp service does not answer. Please try again in a moment.")


def fingerprint(certificate: x509.Certificate) -> str:
    """The certificate's SHA-256, in hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def make_own(file: Path, town: str, now: datetime) -> None:
    """Make a seal signed by nobody but itself, readable by its owner only."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, town[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, "Siegel (selbst erstellt)"),
        ]
    )
    usage = x509.KeyUsage(True, True, *[False] * 7)  # digitalSignature, nonRepudiation
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    data = pkcs12.serialize_key_and_certificates(
        b"seal", key, certificate, None, serialization.NoEncryption()
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(data)


@dataclass(frozen=True, slots=True)
class Seal:
    """A key with its certificate (PKCS#12), and who stamps the time, if anybody."""

    data: bytes
    password: bytes
    certificate: x509.Certificate
    own: bool  # made here, known to nobody else
    timestamp_url: str = ""

    @classmethod
    def of(cls, settings: Settings) -> "Seal | None":
        """The town's seal; in the demo one of its own making. None: papers are not sealed.

        Raises SettingsError where the file or its password is no good.
        """
        conf = settings.seal
        if not conf.certificate and not settings.demo:
            return None
        file = settings.path(conf.certificate) if conf.certificate else settings.data_folder / OWN
        if not conf.certificate and not file.exists():
            make_own(file, settings.town.full_name or settings.town.name, datetime.now(UTC))
        try:
            data = file.read_bytes()
            password = conf.password.encode()
            key, certificate, _ = pkcs12.load_key_and_certificates(data, password or None)
        except (OSError, ValueError) as error:
            raise SettingsError(f"seal.certificate: {file} cannot be used ({error})") from None
        if key is None or certificate is None:
            raise SettingsError(f"seal.certificate: {file} holds no key with a certificate")
        own = certificate.issuer == certificate.subject
        return cls(data, password, certificate, own, conf.timestamp_url)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hexadecimal: by this our papers are known again."""
        return fingerprint(self.certificate)

    @property
    def name(self) -> str:
        """Whose seal it is, as the certificate says."""
        parts = self.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        parts = parts or self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(parts[0].value) if parts else ""

    async def get_ready(self, pdf: bytes) -> None:
        """Seal a paper that nobody gets: the first takes twice as long. No stamp is asked for."""
        await asyncio.to_thread(self._put_on, pdf, stamped=False)

    async def put_on(self, pdf: bytes) -> bytes:
        """The PDF with the seal. Raises NoTimestamp."""
        return await asyncio.to_thread(self._put_on, pdf)

    def _put_on(self, pdf: bytes, *, stamped: bool = True) -> bytes:
        from pyhanko.sign import fields, signers, timestamps

        from vamt.papers.increment import Increment

        signer = self._signer()
        # Seen by nobody: on the page it would need a tag (ISO 14289-1, 7.18.4). It is beside the
        # page, not hidden: no annotation may be (ISO 19005-3, 6.3.2).
        unseen = fields.InvisSigSettings(
            set_hidden_flag=False, set_print_flag=True, box_out_of_bounds=True
        )
        field = fields.SigFieldSpec(
            FIELD, readable_field_name=self.name or FIELD, invis_sig_settings=unseen
        )
        facts = signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            name=self.name or None,
        )
        url = self.timestamp_url if stamped else ""
        stamper = timestamps.HTTPTimeStamper(url) if url else None
        sealed = signers.PdfSigner(facts, signer, timestamper=stamper, new_field_spec=field)
        try:
            out = sealed.sign_pdf(Increment(io.BytesIO(pdf)))
        except timestamps.TimestampRequestError as error:
            raise NoTimestamp() from error
        return bytes(out.getvalue())

    def _signer(self) -> "SimpleSigner":
        from pyhanko.sign.signers import SimpleSigner

        signer = SimpleSigner.load_pkcs12_data(self.data, [], passphrase=self.password or None)
        if signer is None:
            raise SettingsError("seal.certificate: the file cannot be used for sealing")
        return signer
