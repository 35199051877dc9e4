"""`vamt check`: is this installation fit for citizens? Each finding says what to mend.

Looks from this machine, with what a citizen's browser would use. Changes nothing, sends no mail.
"""

import asyncio
import ssl
import time
from pathlib import Path

from vamt.checks import data, mail, outward, relay, services, town, web
from vamt.findings import Finding
from vamt.settings import SettingsError, load


async def examine(config: Path, context: ssl.SSLContext | None = None) -> list[Finding]:
    """Check everything; `context` says which authorities are trusted (else the system's)."""
    try:
        settings = load(config)
    except SettingsError as error:  # nothing else makes sense then
        return [Finding("settings", "fail", "%(why)s", {"why": error})]
    trust = context or ssl.create_default_context()
    runs = await web.runs(settings)
    checks = [
        asyncio.to_thread(town.check, settings, config),
        asyncio.to_thread(services.check, settings),
        asyncio.to_thread(data.check, settings),
        mail.check(settings, trust),
        web.check(settings, trust, runs, time.time),
        relay.check(settings, trust, runs, time.time),
        outward.check(settings, trust),
    ]
    return [one for found in await asyncio.gather(*checks) for one in found]
