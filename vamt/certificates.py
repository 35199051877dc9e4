"""Certificates as a browser judges them: until when they are good, and in words why not."""

import asyncio
import ssl
from pathlib import Path

from vamt.errors import N_
from vamt.findings import Finding

SOON = 14  # days; renewed ones never come this near to their end
DAY = 86400.0
PATIENCE = 10.0  # seconds

EXPIRED = N_("The certificate of %(host)s has expired. Renew it.")
NOT_YET = N_("The certificate of %(host)s is not valid yet. Is the clock right?")
WRONG_NAME = N_("The certificate is not for the name %(host)s. Get one that is.")
UNTRUSTED = N_(
    "Browsers do not trust the certificate of %(host)s (%(why)s). Use one from a known authority, "
    "with the whole chain in the file."
)
NO_TLS = N_("Port %(port)s of %(host)s does not speak TLS as browsers do (%(why)s).")
WORDS = {10: EXPIRED, 9: NOT_YET, 62: WRONG_NAME, 64: WRONG_NAME}  # by OpenSSL's X509_V_ERR_*


def why_refused(error: ssl.SSLError) -> tuple[str, dict[str, str]]:
    """Why TLS failed: a text, and what its places need besides host and port."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return NO_TLS, {"why": (error.reason or str(error)).lower().replace("_", " ")}
    text = WORDS.get(error.verify_code, UNTRUSTED)
    return text, {"why": error.verify_message} if text == UNTRUSTED else {}


def judged(part: str, days: float, name: str) -> Finding:
    """What to say of a certificate that is good for so many days."""
    params = {"name": name, "days": int(days)}
    if days < SOON:
        text = "The certificate of %(name)s ends in %(days)s days. Is its renewal set up?"
        return Finding(part, "warn", text, params)
    return Finding(part, "ok", "The certificate of %(name)s is good for %(days)s days.", params)


async def days_left(host: str, port: int, context: ssl.SSLContext, now: float) -> float:
    """Days until the certificate of this server ends; raises OSError when it is no good."""
    async with asyncio.timeout(PATIENCE):
        _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    try:
        ends = writer.get_extra_info("peercert")["notAfter"]
    finally:
        writer.transport.abort()
    return (ssl.cert_time_to_seconds(ends) - now) / DAY


def days_in_file(certificate: Path, key: Path, host: str, now: float) -> float:
    """Days until a certificate ends; raises SSLError when it is no good for `host` or this key.

    The standard library reads no certificates, but it shows the one of a peer it has verified. So
    a handshake is done in memory; whether the chain is trusted is not looked at here.
    """
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(certificate)
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(to_client, to_server, server_hostname=host),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
    shown = sides[0].getpeercert()
    assert shown is not None
    return (ssl.cert_time_to_seconds(str(shown["notAfter"])) - now) / DAY
