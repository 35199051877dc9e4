"""What other programs are given: do the receivers answer? Can cases be written? Nothing is told."""

import asyncio
import os
import ssl
from pathlib import Path

import aiohttp

from vamt.certificates import why_refused
from vamt.findings import Finding, saying
from vamt.interfaces import WebhookConf
from vamt.settings import Settings

PATIENCE = 10.0  # seconds
say, of_folder = saying("webhook"), saying("export")


async def check(settings: Settings, trust: ssl.SSLContext) -> list[Finding]:
    """One finding for each receiver, and one for the export folder where there is one."""
    found = list(await asyncio.gather(*(_reach(conf, trust) for conf in settings.webhook)))
    if settings.export.folder:
        where = settings.path(settings.export.folder)
        found.append(await asyncio.to_thread(_folder, where, settings.export.group))
    return found


def _folder(folder: Path, group: bool) -> Finding:
    if not folder.is_dir():
        text = "The export folder %(at)s is missing. Make it: install -d -m 700 -o vamt %(at)s"
        return of_folder("fail", text, at=folder)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return of_folder("fail", "%(at)s cannot be written. Run: chown vamt %(at)s", at=folder)
    if folder.stat().st_mode & (0o007 if group else 0o077):
        text = "Others can look into the export folder %(at)s. Run: chmod %(mode)s %(at)s"
        return of_folder("fail", text, at=folder, mode="2770" if group else "700")
    text = (
        "Finished cases are written to %(at)s, not encrypted. See to it that they are taken away."
    )
    return of_folder("ok", text, at=folder)


async def _reach(conf: WebhookConf, trust: ssl.SSLContext) -> Finding:
    """By HEAD, whose answer does not matter: some status is an answer."""
    try:
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=trust),
                timeout=aiohttp.ClientTimeout(total=PATIENCE),
            ) as http,
            http.head(conf.url, allow_redirects=False) as answer,
        ):
            if 300 <= answer.status < 400:
                text = "%(name)s redirects, which we do not follow. Write the address it leads to."
                return say("fail", text, name=conf.name)
    except aiohttp.ClientConnectorCertificateError as error:
        text, facts = why_refused(_ssl_error(error))
        place = {"host": error.host, "port": error.port}
        return say("fail", f"%(name)s: {text}", name=conf.name, **place, **facts)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        text = "%(name)s does not answer (%(why)s). Is its url right, and does it run?"
        return say("fail", text, name=conf.name, why=type(error).__name__)
    if conf.url.startswith("http://"):
        text = "%(name)s answers, but by http: what it is told can be read on the way."
        return say("warn", text, name=conf.name)
    return say("ok", "%(name)s answers.", name=conf.name)


def _ssl_error(error: aiohttp.ClientConnectorCertificateError) -> ssl.SSLError:
    found = error.certificate_error
    return found if isinstance(found, ssl.SSLError) else ssl.SSLError(str(found))
