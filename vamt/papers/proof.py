"""Whether a PDF is unchanged and bears the town's seal: what the page "Check a paper" says.

Strangers' files are read by a child process of its own, ``python -m vamt.papers.proof``, that gets
the file on its standard input, answers with one JSON line and ends; see `vamt.confinement`.
"""

import asyncio
import io
import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from vamt.confinement import Spent, ask, confine
from vamt.errors import N_, UserError

SIZE = 10 * 1024 * 1024  # bytes of the file
MEMORY = 1024**3  # bytes of addresses
CPU = 10  # seconds
PATIENCE = 20.0  # seconds
AT_ONCE = 2
ANSWER_SIZE = 64 * 1024  # bytes
SIGNATURES = 20  # of one file; more are not looked at

Verdict = Literal["ours", "changed", "foreign", "unsealed", "unreadable"]


class Proof(msgspec.Struct, frozen=True):
    """What was found. `at`: when it was sealed, Unix seconds, as the seal itself says."""

    verdict: Verdict
    at: float | None = None
    stamped: bool = False  # a time stamp service says the same
    name: str = ""  # whose seal it is, as its certificate says


class Busy(UserError):
    """Others are having files checked; this one would take too long."""

    status = 503
    key = "busy"
    default_message = N_("Many papers are being checked at the moment. Please try again shortly.")


@dataclass(slots=True)
class Prover:
    """Checks files against `seals`, the SHA-256 fingerprints of the town's certificates."""

    seals: Collection[str]
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def prove(self, pdf: bytes) -> Proof:
        """Say whether this file is ours and unchanged. Never fails because of the file."""
        try:
            async with asyncio.timeout(PATIENCE):
                async with self._free:
                    return await self._ask(pdf)
        except TimeoutError:
            raise Busy() from None

    async def _ask(self, pdf: bytes) -> Proof:
        try:
            answer = await ask("vamt.papers.proof", *self.seals, data=pdf, most=ANSWER_SIZE)
            return msgspec.json.decode(answer, type=Proof)
        except (Spent, msgspec.DecodeError):  # it broke on the file
            return Proof("unreadable")


async def look(pdf: bytes, seals: Collection[str]) -> Proof:
    """What `Prover.prove` finds, in this process. Raises whatever the library does."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import async_validate_pdf_signature
    from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    found = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[:SIGNATURES]
    if not found:
        return Proof("unsealed")
    ours = [one for one in found if one.signer_cert.sha256.hex() in seals]
    if not ours:
        return Proof("foreign", name=found[-1].signer_cert.subject.human_friendly)
    seal = ours[-1]
    # the certificate is known already, so nobody else's word for it is asked for
    trust = ValidationContext(trust_roots=[seal.signer_cert], allow_fetching=False)
    status = await async_validate_pdf_signature(seal, trust)
    assert isinstance(status, PdfSignatureStatus)
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    stamp = status.timestamp_validity
    when = stamp.timestamp if stamp else status.signer_reported_dt
    return Proof(
        "ours" if whole and status.intact and status.valid else "changed",
        at=when.timestamp() if when else None,
        stamped=bool(stamp and stamp.valid and stamp.intact),
        name=str(seal.signer_cert.subject.native.get("organization_name", "")),
    )


def main() -> None:
    """The child: a file in, a `Proof` out."""
    confine(MEMORY, CPU)
    try:
        proof = asyncio.run(look(sys.stdin.buffer.read(SIZE + 1), sys.argv[1:]))
    except Exception:  # hostile or broken: any error of any library may come
        proof = Proof("unreadable")
    sys.stdout.buffer.write(msgspec.json.encode(proof))


if __name__ == "__main__":
    main()
