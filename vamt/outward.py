"""Puts together what other programs of the town are given: notices, and who carries them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Any

from vamt import interfaces
from vamt.couriers import Courier
from vamt.export import CaseFolder, Print
from vamt.services.cases import Cases
from vamt.services.documents import Documents
from vamt.services.facts import Facts
from vamt.services.forms import Forms
from vamt.services.notices import Notices
from vamt.services.ports import Clock, NewId, Store
from vamt.services.signatures import Signatures
from vamt.settings import Settings
from vamt.webhooks import Webhook


@dataclass(frozen=True, slots=True)
class Outward:
    """The couriers of one town, each with its receiver."""

    notices: Notices
    couriers: tuple[Courier, ...]

    @classmethod
    def of(
        cls,
        settings: Settings,
        store: Store,
        clock: Clock,
        new_id: NewId,
        *,
        signatures: Signatures,
        documents: Documents,
        forms: Forms,
        printer: Print,
    ) -> "Outward":
        """As the settings say; raises SettingsError."""
        export, facts = settings.export, Facts(settings.zone)
        receivers = [conf.receiver() for conf in settings.webhook]
        notices = Notices(
            store=store,
            clock=clock,
            new_id=new_id,
            chance=SystemRandom().random,
            facts=facts,
            receivers=[*receivers, *([export.receiver()] if export.folder else [])],
        )
        couriers = []
        for conf in settings.webhook:
            keys = interfaces.keys(conf, Path(settings.folder))
            hook = Webhook(conf.url, keys, conf.receiver().person, notices, clock)
            couriers.append(Courier(conf.name, notices, hook, clock))
        if export.folder:
            town = settings.town.full_name or settings.town.name
            cases = Cases(
                *(store, clock, facts, signatures, documents, forms),
                town=town,
                services=export.services,
            )
            where, lock = settings.path(export.folder), settings.data_folder / "export.lock"
            folder = CaseFolder(where, lock, cases, printer, export.group)
            couriers.append(Courier(interfaces.EXPORT, notices, folder, clock))
        return cls(notices, tuple(couriers))

    def wake(self) -> None:
        """Something has happened."""
        for courier in self.couriers:
            courier.wake()

    @property
    def runs(self) -> list[Callable[[], Awaitable[Any]]]:
        """What runs as long as the office does."""
        return [courier.run for courier in self.couriers]

    async def tick(self, *, hourly: bool) -> None:
        """What the clock does: notices that nobody is to be told go, and old deliveries."""
        await self.notices.address()
        if hourly:
            await self.notices.forget()
