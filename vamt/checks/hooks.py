"""The receivers of notices: do they answer, with a certificate we trust? Nothing is told them."""

import asyncio
import ssl

import aiohttp

from vamt.certificates import why_refused
from vamt.findings import Finding, saying
from vamt.interfaces import WebhookConf
from vamt.settings import Settings

PATIENCE = 10.0  # seconds
say = saying("webhook")


async def check(settings: Settings, trust: ssl.SSLContext) -> list[Finding]:
    """One finding for each receiver."""
    return list(await asyncio.gather(*(_reach(conf, trust) for conf in settings.webhook)))


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
