"""The charges as a table for the Kasse: CSV as German spreadsheet programs open it."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from vamt.boards_fees import WAYS
from vamt.booking import Service, in_language
from vamt.errors import N_
from vamt.fees import Charge
from vamt.i18n import Language

BOM = "\ufeff"  # without it they take UTF-8 for Windows-1252
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # at the beginning of a cell (OWASP, CSV injection)

COLUMNS = (
    N_("Reference (Kassenzeichen)"),
    N_("Asked on"),
    N_("Errand"),
    N_("Delivered"),
    N_("Name"),
    N_("Amount"),
    N_("State"),
    N_("Settled on"),
    N_("Known from"),
    N_("Reason"),
    N_("Received"),
    N_("Refunded"),
)
STATES = {
    "asked": N_("open"),
    "promised": N_("promised"),
    "paid": N_("paid"),
    "waived": N_("waived"),
    "cancelled": N_("taken back"),
}
MEANS = {"clerk": N_("clerk"), "bank": N_("bank statement"), "provider": N_("payment provider")}


def table(
    rows: Iterable[tuple[Charge, str]],
    services: Mapping[str, Service],
    language: Language,
    zone: ZoneInfo,
) -> bytes:
    """Charges with the citizens' names ('' once forgotten), one a line."""
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, delimiter=";")
    writer.writerow([language.text(one) for one in COLUMNS])
    for one, name in rows:
        errand = services.get(one.service)
        cells = [
            one.reference,
            _day(one.asked, zone),
            in_language(errand.name, language.code) if errand else one.service,
            language.text(WAYS[one.channel]) if one.channel in WAYS else "",
            name,
            _amount(one.cents),
            language.text(STATES[one.state]),
            _day(one.ended, zone) if one.ended else "",
            language.text(MEANS[one.means]) if one.means else "",
            one.reason,
            _amount(one.received),
            _amount(one.refunded),
        ]
        writer.writerow([plain(cell) for cell in cells])
    return out.getvalue().encode()


def plain(cell: str) -> str:
    """The cell as text: what a spreadsheet program would take for a formula gets an apostrophe."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell


def _day(instant: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(instant, zone).strftime("%d.%m.%Y")


def _amount(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02}"
