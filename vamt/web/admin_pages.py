"""Administration: how the installation is, for the role "admin".

The one thing that can be done here is to send again what a receiver of notices has not taken.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from vamt import __version__
from vamt.errors import N_, NotAllowed
from vamt.i18n import Language
from vamt.outward import Outward
from vamt.rooms import Clerk
from vamt.services.ports import Clock
from vamt.settings import Settings
from vamt.store.sql import SqlStore
from vamt.turn.credentials import IceServers
from vamt.turn.selftest import SelfTest
from vamt.turn.supervisor import Health, Supervisor
from vamt.web.body import read_form
from vamt.web.render import Pages, see_other

SHOWN = (  # of vamt.toml
    *("server", "booking", "waiting_room", "mail", "turn", "rtc", "export", "calendar_feed"),
    "retention",
)
SECRET = frozenset(("password", "secret", "credential", "client_secret"))
ADDRESS = re.compile(r"[^\s<>\"']+@[^\s<>\"']+")
NO_RELAY = N_(
    "There is no relay, so calls between different networks fail. See [turn] in vamt.toml."
)
SOMEBODY_ELSES = N_("The relay is looked after elsewhere; here it is only tested.")

Who = Callable[[web.Request], Awaitable[Clerk | None]]


@dataclass(frozen=True, slots=True)
class Machine:
    """What the page shows of the running process."""

    relay: Supervisor | None
    self_test: SelfTest
    ice: IceServers
    clock: Clock
    started: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "started", self.clock())


@dataclass(frozen=True, slots=True)
class AdminPages:
    """GET /verwaltung."""

    settings: Settings
    pages: Pages
    store: SqlStore
    outward: Outward
    who: Who
    machine: Machine

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.get("/verwaltung", self.page),
            web.post("/verwaltung/erneut", self.again),
        ]

    async def _is_admin(self, request: web.Request) -> bool:
        """Whether somebody is signed in who may be here; raises NotAllowed for other roles."""
        me = await self.who(request)
        if me is not None and me.role != "admin":
            raise NotAllowed(f"{me.user} ({me.role}) asked for {request.path}")
        return me is not None

    async def again(self, request: web.Request) -> web.Response:
        """Send a notice once more that was given up."""
        if not await self._is_admin(request):
            return see_other("/amt/anmelden?next=/verwaltung")
        await self.outward.notices.again((await read_form(request)).get("id", ""))
        self.outward.wake()
        return see_other("/verwaltung#notices")

    async def page(self, request: web.Request) -> web.Response:
        """The one page; others are sent to the log-in or away."""
        if not await self._is_admin(request):
            return see_other("/amt/anmelden?next=/verwaltung")
        language = self.pages.language(request)
        async with self.store.read() as tx:
            visits = await tx.live_visits()
            clerks = {clerk.id: clerk.name for clerk in await tx.clerks()}
            mails = await tx.troubles()
        zone, now = self.settings.zone, self.machine.clock()
        return self.pages.page(
            request,
            "admin.html",
            language=language,
            version=__version__,
            now=language.when(now, zone),
            started=language.when(self.machine.started, zone),
            takes_fees=self.settings.fees.rules.active,
            uptime=duration(now - self.machine.started),
            relay=self._relay(language),
            visits=[
                {"clerk": clerks.get(visit.clerk, ""), "lasts": duration(now - visit.rung)}
                for visit in visits
            ],
            mails={
                "set_up": bool(self.settings.mail.host),
                "waiting": mails.waiting,
                "given_up": mails.given_up,
                "error": ADDRESS.sub("…@…", mails.error),
            },
            receivers=await self.outward.notices.waiting(),
            given_up=[
                {
                    "id": one.id,
                    "receiver": one.receiver,
                    "kind": one.kind,
                    "at": language.when(one.at, zone),
                    "error": one.error,
                }
                for one in await self.outward.notices.given_up()
            ],
            settings=summary(self.settings),
        )

    def _relay(self, language: Language) -> dict[str, Any]:
        """How the relay is, in words: `kind` is that of the alert."""
        machine = self.machine
        kind, text, params, since, restarts = "info", NO_RELAY, {}, None, 0
        if machine.relay:
            status = machine.relay.status
            text, params, restarts = status.text, status.params, status.restarts
            since = language.when(status.since, self.settings.zone)
            kind = {Health.RUNNING: "success", Health.STARTING: "info"}.get(status.health, "danger")
        elif machine.ice.urls:
            text = SOMEBODY_ELSES
        elif not machine.ice.fixed:
            kind = "warning"
        tests = machine.self_test
        return {
            "kind": kind,
            "text": language.text(text, params),
            "since": since,
            "restarts": restarts,
            "tested": language.when(tests.at, self.settings.zone) if tests.at else "",
            "tests": [
                {
                    "about": one.about,
                    "good": one.level == "ok",
                    "text": language.text(one.text, dict(one.params)),
                }
                for one in tests.found
            ],
        }


def duration(seconds: float) -> str:
    """Days, hours and minutes: "3 d 04:05"."""
    minutes = int(seconds) // 60
    days, rest = divmod(minutes, 1440)
    clock = f"{rest // 60:02}:{rest % 60:02}"
    return f"{days} d {clock}" if days else clock


def summary(settings: Settings) -> list[tuple[str, str]]:
    """The technical settings by key; of a secret only whether it is set."""
    found = []
    for section in SHOWN:
        for key, value in msgspec.to_builtins(getattr(settings, section)).items():
            found.append((f"{section}.{key}", _shown(key, value)))
    return found


def _shown(key: str, value: Any) -> str:
    if key in SECRET:
        return "•••" if value else "–"
    if isinstance(value, dict):
        return ", ".join(f"{inner}: {_shown(inner, one)}" for inner, one in value.items())
    if isinstance(value, list):
        return "; ".join(_shown(key, one) for one in value) or "–"
    if isinstance(value, bool):
        return str(value).lower()  # as in the file
    return "–" if value == "" else str(value)
