"""The services: their texts are there in every language, and the fees are the town's."""

from collections.abc import Iterator

from vamt import catalogue
from vamt.findings import Finding, saying
from vamt.settings import Settings

say = saying("services")


def check(town: Settings) -> list[Finding]:
    """All findings; one that says ok when there are no others."""
    found = [*_shipped(), *_untranslated(town), *_without_fee(town)]
    facts = {"services": len(town.service)}
    return found or [say("ok", "%(services)s services with all texts and fees.", **facts)]


def _shipped() -> Iterator[Finding]:
    for what in catalogue.incomplete():
        yield say("fail", "A file of the program is damaged; install it anew. %(what)s", what=what)


def _untranslated(town: Settings) -> Iterator[Finding]:
    for conf in town.service:
        if missing := catalogue.untranslated(conf, town.languages):
            text = "Service %(id)s is not complete in the languages of your pages: %(what)s."
            what = "; ".join(fault.text for fault in missing[:3])
            more = f" (+{len(missing) - 3})" if len(missing) > 3 else ""
            yield say("warn", text, id=conf.id, what=what + more)


def _without_fee(town: Settings) -> Iterator[Finding]:
    for service in town.services().values():
        if unknown := [channel for channel, cents in service.fees.items() if cents is None]:
            text = (
                "Service %(id)s: nobody is told what it costs. Write %(keys)s below it, in cents; "
                "0 if it is free."
            )
            keys = ", ".join(f"fee.{channel}" for channel in unknown)
            yield say("warn", text, id=service.id, keys=keys)
