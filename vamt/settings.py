"""One frozen settings object, read once from `vamt.toml`; a wrong key fails with its name."""

import contextlib
import ipaddress
import os
import re
import secrets
import tempfile
from datetime import date, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from babel import localedata

from vamt import catalogue, fee_settings, interfaces
from vamt.booking import Calendar, Opening, Service
from vamt.catalogue import ServiceConf
from vamt.fee_settings import FeesConf
from vamt.fees import INACTIVE
from vamt.interfaces import CalendarConf, ExportConf, WebhookConf
from vamt.toml_file import SettingsError, at_line, convert, decode, read

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEY_LENGTH = 32  # bytes
RANGES = {  # smallest and largest value that makes sense
    "server.port": (0, 65535),
    "server.changes_per_minute": (0, 100_000),
    "booking.lead_minutes": (0, 366 * 1440),
    "booking.horizon_days": (1, 366),
    "booking.hold_minutes": (1, 1440),
    "booking.per_email": (0, 1_000_000),
    "booking.errands_at_once": (1, 10),
    "waiting_room.opens_minutes_before": (0, 1440),
    "mail.port": (1, 65535),
    "turn.port": (1, 65535),
    "turn.tls_port": (1, 65535),
    "turn.ttl_minutes": (5, 1440),
    "identity.keep_hours": (0, 24),
    "capture.at_once": (1, 64),
    "retention.appointment_days": (0, 3660),
    "retention.link_days": (0, 3660),
    "retention.papers_days": (0, 3660),
    "retention.history_days": (1, 3660),
}
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
CLAMD = re.compile(r"unix:/.+|tcp:([^:]+|\[[0-9a-fA-F:]+\]):\d{1,5}")
TURN_URL = re.compile(  # RFC 7064, RFC 7065
    r"(stun:|turns?:)([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(\?transport=(udp|tcp))?"
)


class _Conf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: frozen, and a misspelt key is an error."""


class Town(_Conf, frozen=True, kw_only=True):
    """Who runs the office."""

    name: str  # "Amselfingen"
    full_name: str = ""  # "Stadt Amselfingen"
    address: list[str] = []
    phone: str = ""
    email: str = ""
    website: str = ""
    imprint_url: str = ""  # the town's Impressum; public bodies must have one
    accessibility_url: str = ""  # its accessibility statement (BITV 2.0, section 7)
    logo: str = ""  # file, SVG or PNG, relative to vamt.toml
    pictures: str = ""  # folder with pictures and captions.toml, relative to vamt.toml
    accent: str = "#1a5fb4"  # colour of buttons and header, on white
    accent_dark: str = "#8ab8f0"  # the same on a dark page
    privacy_officer: str = ""
    time_zone: str = "Europe/Berlin"


class Server(_Conf, frozen=True, kw_only=True):
    """Where the process listens and under which address people reach it."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""  # "https://amt.example.de"; empty: http://host:port
    data: str = "data"  # folder for the database and the key, relative to vamt.toml
    trusted_proxies: list[str] = []  # whose X-Forwarded-For is believed
    changes_per_minute: int = 60  # bookings, holds, moves, log-ins from one address; 0: no limit


class BookingRules(_Conf, frozen=True, kw_only=True):
    """How near, how far ahead and how long."""

    lead_minutes: int = 60
    horizon_days: int = 28
    hold_minutes: int = 10
    per_email: int = 6  # open appointments for one address; 0: no limit
    errands_at_once: int = 3  # in one appointment, which is as long as all of them
    closures: list[date] = []
    holidays: str = ""  # "DE-BW": public holidays of the Land are closed


class WaitingRoom(_Conf, frozen=True, kw_only=True):
    """When it opens before the booked time."""

    opens_minutes_before: int = 30


class OpeningConf(_Conf, frozen=True, kw_only=True):
    """One line of the weekly opening hours."""

    days: list[str]
    start: time = msgspec.field(name="from")
    end: time = msgspec.field(name="to")
    desks: int = 1
    pool: str = "default"
    services: list[str] = []


class Mail(_Conf, frozen=True, kw_only=True):
    """The SMTP server; without a host, mails stay in the outbox (the demo shows them)."""

    host: str = ""
    port: int = 587
    user: str = ""
    password: str = ""
    tls: str = "starttls"  # starttls | tls | none
    sender: str = ""


class IceServer(_Conf, frozen=True, kw_only=True):
    """A STUN or TURN server, as in RTCIceServer."""

    urls: list[str]
    username: str = ""
    credential: str = ""


class Rtc(_Conf, frozen=True, kw_only=True):
    """How the browsers find each other, with passwords that never change; see also `Turn`."""

    ice_servers: list[IceServer] = []


class Turn(_Conf, frozen=True, kw_only=True):
    """The relay for calls that find no direct path, with passwords of a few minutes."""

    mode: str = "off"  # off | child (vamt runs coturn) | external (somebody else does)
    host: str = ""  # name the browsers are told; empty: that of server.public_url
    listen: list[str] = []  # addresses of this machine; empty: those of its default route
    external_ip: str = ""  # behind a 1:1 NAT: "203.0.113.5" or "203.0.113.5/10.0.0.5"
    port: int = 3478  # UDP and TCP
    tls_port: int = 5349
    certificate: str = ""  # file with the whole chain, PEM; empty: no TLS
    key: str = ""  # its key
    relay_ports: list[int] = msgspec.field(  # first and last
        default_factory=lambda: [49152, 65535]
    )
    allow_private_peers: bool = False  # only in a laboratory or a closed network
    urls: list[str] = []  # what the browsers are told instead; needed for "external"
    secret: str = ""  # of the external server (static-auth-secret)
    ttl_minutes: int = 10  # how long a password lets somebody begin


class SealConf(_Conf, frozen=True, kw_only=True):
    """The town's seal on its papers."""

    certificate: str = ""  # PKCS#12 file (.p12, .pfx) with the key; empty: papers are not sealed
    password: str = ""
    timestamp_url: str = ""  # of a time stamp service (RFC 3161); empty: no time stamp
    former: list[str] = []  # SHA-256 of certificates used before: their papers are known still


class Retention(_Conf, frozen=True, kw_only=True):
    """How long personal data is kept."""

    appointment_days: int = 30  # after the appointment's day, then anonymised
    link_days: int = 1  # how long the link answers after the appointment's day
    papers_days: int = 7  # how long her papers are given out, by link and code, after its day
    history_days: int = 365  # who did what when (without content), and visits


class Identity(_Conf, frozen=True, kw_only=True):
    """The look at an identity document in the visit. What each errand asks is its `identity`."""

    reading: str = "transient"  # the machine-readable zone, in memory only; "off": the clerk types
    keep_hours: int = 0  # how long a masked copy may be kept, at most 24; 0: never


class Capture(_Conf, frozen=True, kw_only=True):
    """The processes that look at a document or take a signature, one for each."""

    at_once: int = 2  # looking at a document at the same time; others wait


class UploadsConf(_Conf, frozen=True, kw_only=True):
    """Files that citizens and clerks give each other."""

    clamd: str = ""  # the virus scanner: "unix:/run/clamav/clamd.ctl", "tcp:host:port"; empty: none


class Settings(_Conf, frozen=True, kw_only=True):
    """The whole of `vamt.toml`."""

    town: Town
    server: Server = Server()
    booking: BookingRules = BookingRules()
    waiting_room: WaitingRoom = WaitingRoom()
    opening: list[OpeningConf]
    service: list[ServiceConf]
    service_files: str = msgspec.field(name="services", default="")  # folder of the town's own
    mail: Mail = Mail()
    rtc: Rtc = Rtc()
    turn: Turn = Turn()
    retention: Retention = Retention()
    seal: SealConf = SealConf()
    identity: Identity = Identity()
    capture: Capture = Capture()
    uploads: UploadsConf = UploadsConf()
    fees: FeesConf = FeesConf()
    webhook: list[WebhookConf] = []
    export: ExportConf = ExportConf()
    calendar_feed: CalendarConf = msgspec.field(name="calendar", default=CalendarConf())
    languages: list[str] = msgspec.field(default_factory=lambda: ["de", "en"])  # of the pages
    visit_languages: list[str] = msgspec.field(  # she would like to speak
        default_factory=lambda: ["de", "en", "fr", "tr", "uk", "ar"]
    )
    demo: bool = False
    folder: str = "."  # where vamt.toml lies; set on reading

    @property
    def public_url(self) -> str:
        """The address people type, without a slash at the end."""
        # browsers give camera and microphone to http://localhost, a secure context
        local = self.server.host in ("127.0.0.1", "::1")
        own = f"http://{'localhost' if local else self.server.host}:{self.server.port}"
        return (self.server.public_url or own).rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether people reach us by https (then cookies are `__Host-` and Secure)."""
        return self.public_url.startswith("https://")

    @property
    def seals_papers(self) -> bool:
        """Whether there are papers with the town's seal, now or from before."""
        return bool(self.demo or self.seal.certificate or self.seal.former)

    @property
    def zone(self) -> ZoneInfo:
        """The town's time zone."""
        return ZoneInfo(self.town.time_zone)

    def path(self, name: str) -> Path:
        """A file or folder named in the settings, relative to `vamt.toml`."""
        return Path(self.folder, name)

    @property
    def data_folder(self) -> Path:
        """Where the database and the key live."""
        return self.path(self.server.data)

    def services(self) -> dict[str, Service]:
        """The services as the domain knows them, in the order of the file."""
        return {conf.id: catalogue.offered(conf) for conf in self.service}

    def calendar(self) -> Calendar:
        """Opening hours, closures and horizon as the domain knows them."""
        closures = set(self.booking.closures)
        if self.booking.holidays:
            closures |= _public_holidays(self.booking.holidays)
        return Calendar(
            zone=self.zone,
            openings=tuple(
                Opening(
                    weekdays=frozenset(WEEKDAYS.index(day) for day in conf.days),
                    start=conf.start,
                    end=conf.end,
                    desks=conf.desks,
                    pool=conf.pool,
                    services=frozenset(conf.services),
                )
                for conf in self.opening
            ),
            closures=frozenset(closures),
            lead=self.booking.lead_minutes * 60,
            horizon_days=self.booking.horizon_days,
        )


def _public_holidays(region: str) -> set[date]:
    """Public holidays of the coming years, e.g. "DE-BW"; raises SettingsError."""
    import holidays  # slow to import (0.2 s), and only needed where configured

    country, _, land = region.partition("-")
    year = date.today().year
    try:
        found = holidays.country_holidays(
            country, subdiv=land or None, years=range(year, year + 3), language="de"
        )
    except NotImplementedError as error:
        raise SettingsError(f"booking.holidays: {region!r} is not known ({error})") from None
    return set(found)


def _check(settings: Settings) -> None:
    """Refuse what the types cannot; raises SettingsError naming the key."""
    for key, (least, most) in RANGES.items():
        section, _, name = key.partition(".")
        if not least <= getattr(getattr(settings, section), name) <= most:
            raise SettingsError(f"{key}: write a number from {least} to {most}")
    for key in ("languages", "visit_languages"):
        if not getattr(settings, key):
            raise SettingsError(f"{key}: at least one language")
        for code in getattr(settings, key):
            if not localedata.exists(code):
                raise SettingsError(f"{key}: {code!r} is not known")
    try:
        ZoneInfo(settings.town.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(f"town.time_zone: {settings.town.time_zone!r} is not known") from None
    for key in ("accent", "accent_dark"):
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", getattr(settings.town, key)):
            raise SettingsError(f'town.{key}: write a colour as "#1a5fb4"')
    ids = [conf.id for conf in settings.service]
    for number, hours in enumerate(settings.opening, start=1):
        where = f"opening no. {number}"
        if wrong := [day for day in hours.days if day not in WEEKDAYS]:
            raise SettingsError(f"{where}: days: {wrong[0]!r} is none of {', '.join(WEEKDAYS)}")
        if hours.desks < 1:
            raise SettingsError(f"{where}: desks must be 1 or more")
        if hours.end != time() and hours.end <= hours.start:
            raise SettingsError(f"{where}: 'to' must be later than 'from' (00:00 = midnight)")
        if any(t.minute % 5 or t.second or t.microsecond for t in (hours.start, hours.end)):
            raise SettingsError(f"{where}: times must be multiples of 5 minutes")
        if unknown := set(hours.services) - set(ids):
            raise SettingsError(f"{where}: services: {min(unknown)!r} is not defined")
    if settings.identity.reading not in ("transient", "off"):
        raise SettingsError("identity.reading: write transient or off")
    if settings.uploads.clamd and not CLAMD.fullmatch(settings.uploads.clamd):
        raise SettingsError('uploads.clamd: write "unix:/path" or "tcp:host:port"')
    if settings.mail.tls not in ("starttls", "tls", "none"):
        raise SettingsError("mail.tls: write starttls, tls or none")
    if settings.mail.host and not (settings.mail.sender or settings.town.email):
        raise SettingsError("mail.sender: whose address shall the mails come from?")
    _check_turn(settings.turn)
    for fault in interfaces.faults(settings.webhook):
        raise SettingsError(fault)
    for fault in fee_settings.faults(settings.fees):
        raise SettingsError(fault)
    if settings.fees.account is None:
        for conf in settings.service:
            if conf.fee.policy not in ("", INACTIVE):
                raise SettingsError(
                    f"service {conf.id!r}: fee.policy: write fees.name and fees.iban first"
                )
    if unknown := set(settings.export.services) - set(ids):
        raise SettingsError(f"export.services: {min(unknown)!r} is not defined")
    given = [url for server in settings.rtc.ice_servers for url in server.urls]
    if wrong := [url for url in given if not TURN_URL.fullmatch(url)]:
        raise SettingsError(f"rtc.ice_servers: {wrong[0]!r} is no stun:, turn: or turns: address")


def _check_services(services: list[ServiceConf], text: str) -> None:
    """What a service says makes sense; raises SettingsError with the line of `text`."""
    ids = {conf.id for conf in services}
    if len(ids) < len(services) or not ids:
        raise SettingsError("service.id: at least one service, each id once")
    for number, conf in enumerate(services):
        if not catalogue.ID.fullmatch(conf.id):
            raise SettingsError(f"service {conf.id!r}: id may have a-z, 0-9 and - only")
        for fault in catalogue.faults(conf):
            where = at_line(text, f"service[{number}].{fault.path}")
            raise SettingsError(f"{where}service {conf.id!r}: {fault.text}")


def _check_turn(turn: Turn) -> None:
    """The relay's keys fit each other; raises SettingsError naming the key."""
    if turn.mode not in ("off", "child", "external"):
        raise SettingsError("turn.mode: write off, child or external")
    if turn.mode == "external" and not turn.secret:
        raise SettingsError("turn.secret: the static-auth-secret of the TURN server is missing")
    if turn.mode == "external" and not any(url.startswith("turn") for url in turn.urls):
        raise SettingsError('turn.urls: write at least one, as "turn:turn.example.de:3478"')
    if turn.mode == "child" and turn.secret:
        raise SettingsError("turn.secret: only for an external server; vamt makes its own")
    if wrong := [url for url in turn.urls if not TURN_URL.fullmatch(url)]:
        raise SettingsError(f"turn.urls: {wrong[0]!r} is no stun:, turn: or turns: address")
    if bool(turn.certificate) != bool(turn.key):
        raise SettingsError("turn.key: certificate and key belong together")
    if turn.certificate and turn.port == turn.tls_port:
        raise SettingsError("turn.tls_port: must be another port than turn.port")
    ports = turn.relay_ports
    if len(ports) != 2 or not 1024 <= ports[0] < ports[1] <= 65535:
        raise SettingsError("turn.relay_ports: write the first and the last, as [49152, 65535]")
    for key, found in (("listen", turn.listen), ("external_ip", turn.external_ip.split("/"))):
        for one in found:
            if one and not _is_address(one):
                raise SettingsError(f"turn.{key}: {one!r} is no IP address")
    if turn.host and not HOST.fullmatch(turn.host) and not _is_address(turn.host):
        raise SettingsError("turn.host: write a name or an IP address only")


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def parse(text: str, folder: Path, **changes: Any) -> Settings:
    """Read settings from TOML text; `changes` replace whole top-level values.

    Raises SettingsError with the line and the key's path for a syntax error, an unknown key, a
    wrong type.
    """
    found = decode(text)
    if {"demo", "folder"} & found.keys():
        raise SettingsError("demo, folder: cannot be set here")
    if "service" in found:
        found["service"] = catalogue.expanded(found["service"], _own_services(found, folder))
    settings = convert(found, Settings, text)
    settings = msgspec.structs.replace(settings, folder=str(folder), **changes)
    _check_services(settings.service, text)
    _check(settings)
    return settings


def _own_services(found: dict[str, Any], folder: Path) -> Path | None:
    """The folder of the town's own services, if it names one; raises SettingsError."""
    name = found.get("services")
    if not name or not isinstance(name, str):
        return None
    own = Path(folder, name)
    if not own.is_dir():
        raise SettingsError(f"services: {own} is no folder")
    return own


def load(file: Path) -> Settings:
    """Read `vamt.toml`; raises SettingsError."""
    text = read(file)
    try:
        settings = parse(text, file.resolve().parent)
        for conf in settings.webhook:
            interfaces.keys(conf, file.resolve().parent)
    except SettingsError as error:
        raise SettingsError(f"{file}: {error}") from None
    return settings


def secret_key(folder: Path) -> bytes:
    """The installation's key (32 bytes), made on first use, readable by its owner only.

    Links, seat tokens and demo passwords are signed with keys derived from it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "secret.key"
    if not file.exists():
        # written aside and linked into place: nobody ever sees, or is left with, half a key
        with tempfile.NamedTemporaryFile(dir=folder, prefix="secret.") as draft:  # mode 0600
            draft.write(secrets.token_bytes(KEY_LENGTH))
            draft.flush()
            os.fsync(draft.fileno())
            with contextlib.suppress(FileExistsError):  # another process was faster
                os.link(draft.name, file)
    key = file.read_bytes()
    if len(key) != KEY_LENGTH:
        raise SettingsError(f"{file}: is damaged; restore it, or remove it (links then end)")
    return key
