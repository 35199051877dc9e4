"""What a document's zone says beside what the citizen has entered, for the clerk's eyes.

Nothing here decides: a row says how alike two texts are, and which of them are there at all. A zone
that may not be believed is shown without a verdict, or without one on its check digits where only
its number is in doubt. The document's number is in no row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from vamt.booking import DataField
from vamt.mrz import Zone
from vamt.names import compare_date, compare_name

# Said of a zone that was read twice the same, holds, and in which everything but look-alikes of its
# number and optional data is clear: with that doubt its names and dates are as sure as without.
NUMBER_ONLY = "look_alike"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing compared. `verdict`: a Likeness, "good" or "bad", or "look" (it is hers to say)."""

    key: str  # name, birth_date, address, expiry, digits
    read: str  # dates as ISO 8601; "" when it is not in the zone
    entered: str
    verdict: str


def rows(
    zone: Zone | None,
    doubt: str,
    name: str,
    fields: Sequence[DataField],
    data: Mapping[str, str],
    today: date,
) -> list[Row]:
    """Name, date of birth and address as entered, beside the zone where it was read.

    `doubt` is why the zone may not be believed (`mrz_votes.Votes.doubtful`), "" when it may.
    """
    found = [_name(zone, name)]
    birth = _date(data.get("birth_date", ""))
    if zone or birth:
        found.append(_birth(zone, birth, today))
    for field in fields:
        if field.kind == "address" and data.get(field.key):
            found.append(Row("address", "", " ".join(data[field.key].split()), "look"))
    if zone:
        last = zone.expiry(today)
        over = zone.expired(today)
        found.append(Row("expiry", last.isoformat() if last else "", "", "bad" if over else "good"))
        if doubt not in ("", NUMBER_ONLY):
            return [Row(row.key, row.read, row.entered, "look") for row in found]
        digits = "look" if doubt else "bad" if zone.problems else "good"
        found.append(Row("digits", "", "", digits))
    return found


def _name(zone: Zone | None, name: str) -> Row:
    if zone is None:
        return Row("name", "", name, "look")
    surname, given = zone.names
    compared = compare_name(name, surname, given, zone.names_cut)
    return Row("name", compared.read, name, compared.likeness.value)


def _birth(zone: Zone | None, entered: date | None, today: date) -> Row:
    text = entered.isoformat() if entered else ""
    if zone is None:
        return Row("birth_date", "", text, "look")
    compared = compare_date("birth_date", entered, zone.birth(today), zone.value("birth"))
    return Row("birth_date", compared.read, text, compared.likeness.value)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
