"""The settings: what the types allow and a town should not do."""

from pathlib import Path
from urllib.parse import urlsplit

from vamt.findings import Finding, saying
from vamt.notices import PREFIX
from vamt.settings import Settings, SettingsError

LOCAL = ("localhost", "127.0.0.1", "::1")
say = saying("settings")


def check(town: Settings, file: Path) -> list[Finding]:
    """All findings; one that says ok when there are no others."""
    try:
        hours = len(town.calendar().openings)
    except SettingsError as error:
        return [say("fail", "%(why)s", why=error)]
    found = _addresses(town)
    if _has_secrets(town) and file.stat().st_mode & 0o077:
        text = "%(file)s holds a password and others can read it. Run: chmod 600 %(file)s"
        found.append(say("fail", text, file=file))
    facts = {"services": len(town.service), "hours": hours}
    return found or [
        say("ok", "Complete: %(services)s services, %(hours)s opening hours.", **facts)
    ]


def _addresses(town: Settings) -> list[Finding]:
    if not town.secure:
        return [
            say(
                "warn" if urlsplit(town.public_url).hostname in LOCAL else "fail",
                "server.public_url is %(url)s. Browsers give no camera without https; set up the "
                "web server in front and write its address here.",
                url=town.public_url,
            )
        ]
    if town.server.host in LOCAL and not town.server.trusted_proxies:
        return [
            say(
                "warn",
                "server.trusted_proxies is empty, so all visitors seem to have the address of the "
                'web server in front. Write ["127.0.0.1", "::1"].',
            )
        ]
    return []


def _has_secrets(town: Settings) -> bool:
    relays = any(server.credential for server in town.rtc.ice_servers)
    hooks = any(one.startswith(PREFIX) for conf in town.webhook for one in conf.secrets)
    return bool(town.mail.password or town.turn.secret or relays or hooks)
