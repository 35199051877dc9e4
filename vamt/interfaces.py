"""Settings of what other programs of the town are given: webhooks, export folder, calendar."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from vamt import notices
from vamt.notices import Kind, Receiver
from vamt.toml_file import SettingsError

NAME = re.compile(r"[a-z0-9-]{1,60}")
EXPORT = "export"  # the export folder, as a receiver of notices
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class _Conf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: frozen, and a misspelt key is an error."""


class WebhookConf(_Conf, frozen=True, kw_only=True):
    """One program that is told what has happened; docs/interfaces.md is for those who write it."""

    name: str  # for the administration and the log: a-z, 0-9, "-"
    url: str  # https; http to this machine only, unless plain_http
    secrets: list[str]  # "whsec_…", "env:NAME" or "file:NAME"; two while it is being changed
    events: list[str] = []  # of what it is told; empty: of everything
    include: str = "ids"  # ids | case (with name, address, telephone and answers)
    plain_http: bool = False  # only in a network of your own

    def receiver(self) -> Receiver:
        """As the domain knows it."""
        return Receiver(self.name, tuple(map(Kind, self.events)), self.include == "case")


class ExportConf(_Conf, frozen=True, kw_only=True):
    """The folder into which finished cases are written, for specialised procedures."""

    folder: str = ""  # relative to vamt.toml; empty: nothing is written
    services: list[str] = []  # of which errands; empty: of all
    group: bool = False  # whether the folder's group may read the cases and take them away

    def receiver(self) -> Receiver:
        """As the domain knows it."""
        return Receiver(EXPORT, (Kind.ENDED,), person=True)


class CalendarConf(_Conf, frozen=True, kw_only=True):
    """The calendar of the office that a clerk may subscribe to, by a secret link."""

    feeds: bool = True  # whether a clerk may make herself a link
    names: bool = False  # whether citizens' names stand in it


def faults(webhooks: Sequence[WebhookConf]) -> Iterator[str]:
    """What is wrong with the webhooks, naming the key."""
    names = [conf.name for conf in webhooks]
    if len(set(names)) < len(names):
        yield "webhook.name: each name once"
    for conf in webhooks:
        where = f"webhook {conf.name!r}"
        if not NAME.fullmatch(conf.name) or conf.name == EXPORT:
            yield f"{where}: name may have a-z, 0-9 and - only, and not be {EXPORT!r}"
        if wrong := _wrong_url(conf):
            yield f"{where}: url: {wrong}"
        if unknown := set(conf.events) - set(Kind):
            yield f"{where}: events: {min(unknown)!r} is none of {', '.join(Kind)}"
        if conf.include not in ("ids", "case"):
            yield f"{where}: include: write ids or case"
        if not 1 <= len(conf.secrets) <= 2:
            yield f"{where}: secrets: write one, or two while it is being changed"


def _wrong_url(conf: WebhookConf) -> str:
    try:
        parts = urlsplit(conf.url)
        host = parts.hostname
        _ = parts.port  # raises, too
    except ValueError:
        return "is no address"
    if not host or parts.scheme not in ("https", "http"):
        return 'write it whole, as "https://fach.example.de/vamt"'
    if parts.username or parts.password or parts.fragment:
        return "user name, password and # have no place in it"
    if parts.scheme == "http" and host not in LOOPBACK and not conf.plain_http:
        return "must begin with https:// (or say plain_http = true)"
    return ""


def keys(conf: WebhookConf, folder: Path) -> tuple[bytes, ...]:
    """The keys that sign; files are relative to `folder`. Raises SettingsError without a key."""
    return tuple(_key(conf, secret, folder) for secret in conf.secrets)


def _key(conf: WebhookConf, secret: str, folder: Path) -> bytes:
    where = f"webhook {conf.name!r}: secrets"
    kind, _, name = secret.partition(":")
    if kind == "env" and name not in os.environ:
        raise SettingsError(f"{where}: the variable {name} is not set")
    if kind == "env":
        secret = os.environ[name]
    elif kind == "file":
        try:
            secret = Path(folder, name).read_text("ascii")
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"{where}: the file {name} cannot be read") from None
    try:
        return notices.key(secret.strip())
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from None
