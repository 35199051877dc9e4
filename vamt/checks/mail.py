"""The mail server: connect, TLS, log in. Nothing is sent."""

import socket
import ssl
from typing import Any

import aiosmtplib

from vamt.certificates import why_refused
from vamt.findings import Finding, saying
from vamt.settings import Settings
from vamt.turn.selftest import UNKNOWN_HOST

PATIENCE = 10.0  # seconds
say = saying("mail")


async def check(settings: Settings, trust: ssl.SSLContext) -> list[Finding]:
    """All findings."""
    conf = settings.mail
    if not conf.host:
        return [say("warn", "mail.host is empty, so no mail is sent. Enter a mail server.")]
    facts = {"host": conf.host, "port": conf.port}
    smtp = aiosmtplib.SMTP(
        hostname=conf.host,
        port=conf.port,
        use_tls=conf.tls == "tls",
        start_tls=conf.tls == "starttls",
        tls_context=trust if conf.tls != "none" else None,
        timeout=PATIENCE,
    )
    try:
        await smtp.connect()
        if conf.user:
            await smtp.login(conf.user, conf.password)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        text, more = _why(error)
        return [say("fail", text, **facts, **more)]
    finally:
        smtp.close()
    found = [say("ok", "The mail server %(host)s lets us in.", **facts)]
    if conf.tls == "none" and conf.user:
        text = "mail.tls is none, so the password travels unencrypted. Write starttls."
        found.append(say("warn", text))
    return found


def _why(error: Exception) -> tuple[str, dict[str, Any]]:
    """Why it does not let us in."""
    cause: BaseException = error
    while cause.__cause__ is not None:  # aiosmtplib wraps what happened
        cause = cause.__cause__
    match error, cause:
        case aiosmtplib.SMTPAuthenticationError(), _:
            return "%(host)s refuses our log-in. Correct mail.user and mail.password.", {}
        case aiosmtplib.SMTPException(), _ if "not supported" in str(error):
            text = "%(host)s cannot do what mail.tls or mail.user ask for (%(why)s)."
            return text, {"why": error}
        case _, ssl.SSLError():
            return why_refused(cause)
        case _, socket.gaierror():
            return UNKNOWN_HOST, {}
        case _, ConnectionRefusedError():
            text = "%(host)s refuses port %(port)s. Is mail.port right (587, 465 or 25)?"
            return text, {}
        case aiosmtplib.SMTPTimeoutError() | TimeoutError(), _:
            text = "%(host)s does not answer on port %(port)s. Correct mail.port, or the firewall."
            return text, {}
    return "The mail server %(host)s does not let us in: %(why)s", {"why": error}
