"""For the supervisor: how long visits take, by service and step. Never by clerk."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from vamt import stopwatch
from vamt.booking import Service, in_language
from vamt.errors import N_, NotAllowed
from vamt.i18n import Language
from vamt.rooms import Clerk
from vamt.services.ports import Clock, Store
from vamt.stopwatch import Figures
from vamt.web.render import Pages, see_other

PATH = "/amt/zeiten"
ROLES = ("supervisor", "admin")
PERIODS = (7, 30, 90)  # days
ENOUGH = 5  # visits; of fewer a median says more about one of them than about the service
SEVERAL = N_("Several errands in one appointment")

Who = Callable[[web.Request], Awaitable[Clerk | None]]


@dataclass(frozen=True, slots=True)
class TimePages:
    """GET /amt/zeiten."""

    pages: Pages
    store: Store
    who: Who
    services: Mapping[str, Service]
    clock: Clock

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [web.get(PATH, self.page)]

    async def page(self, request: web.Request) -> web.Response:
        """The one page; others are sent to the log-in or away."""
        me = await self.who(request)
        if me is None:
            return see_other(f"/amt/anmelden?next={PATH}")
        if me.role not in ROLES:
            raise NotAllowed(f"{me.user} ({me.role}) asked for {PATH}")
        language = self.pages.language(request)
        asked = request.query.get("tage", "")
        days = next((period for period in PERIODS if str(period) == asked), 30)
        now = self.clock()
        async with self.store.read() as tx:
            cases = await tx.finished_cases(now - days * 86400)
        took: dict[str, list[dict[str, float]]] = {}
        for case in cases:
            service = case.services[0] if len(case.services) == 1 else ""
            lasted = stopwatch.seconds(stopwatch.spans(case.happenings), now)
            took.setdefault(service, []).append(lasted)
        tables = [self._table(service, visits, language) for service, visits in took.items()]
        return self.pages.page(
            request,
            "times.html",
            language=language,
            days=days,
            periods=PERIODS,
            enough=ENOUGH,
            services=sorted(tables, key=lambda table: -table["visits"]),
        )

    def _table(self, id: str, visits: list[dict[str, float]], language: Language) -> dict[str, Any]:
        """One service: its name, how many visits, and what the steps took."""
        known = self.services.get(id)
        name = in_language(known.name, language.code) if known else id
        found = stopwatch.figures(visits)
        return {
            "name": name or language.text(SEVERAL),
            "visits": len(visits),
            "steps": [
                {"name": language.text(words), **_shown(found[step])}
                for step, words in stopwatch.NAMES.items()
                if step in found and len(visits) >= ENOUGH
            ],
        }


def _shown(figures: Figures) -> dict[str, Any]:
    return {
        "visits": figures.visits,
        "median": minutes(figures.median),
        "most": minutes(figures.most),
    }


def minutes(seconds: float) -> str:
    """Minutes and seconds: "4:05"."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"
