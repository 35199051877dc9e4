"""Forms: which fields are asked, what is wrong with a value, and how it is kept. Pure rules.

A form is the fields of a service. `static/js/form_rules.js` has the same rules for the page, and
`tests/form_rules.json` the cases that both have to pass. What is wrong is named by a code; the
words for it are in `vamt.form_words`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from vamt.booking import DataField, clean_text, in_language, is_storable
from vamt.errors import N_, Invalid

KINDS = (
    "text",
    "address",
    "date",
    "choice",
    "yes_no",
    "number",
    "email",
    "phone",
    "postcode",
    "iban",
)
CHOSEN = ("choice", "yes_no")  # one of some values, not typed
ASKED = ("before", "talk")  # before the visit, or only in it
VALUE_LENGTH = 500
TOO_LONG = "too_long"
UNSTORABLE = "unstorable"

WORDS = {  # what is wrong with a value
    "missing": N_("Please fill this in."),
    "date": N_("Please enter a date."),
    "choice": N_("Please choose one of the options."),
    "number": N_("Please enter a number."),
    "email": N_("Please enter an e-mail address, for example name@example.org."),
    "phone": N_("Please enter a telephone number with area code."),
    "postcode": N_("Please enter the five digits of the postcode."),
    "iban": N_("This is no IBAN. Please compare it with your bank card."),
    TOO_LONG: N_("This is too long (%(limit)s characters at most)."),
    UNSTORABLE: N_("This contains characters that cannot be stored."),
}

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_NUMERIC = ("number", "phone", "postcode", "iban", "date")
_NO_MAIL = r' @<>()\[\],;:\\"'
_EMAIL = re.compile(rf"[^{_NO_MAIL}]{{1,64}}@[^.{_NO_MAIL}]+(\.[^.{_NO_MAIL}]+)+")
_PATTERNS = {
    "number": re.compile(r"[+-]?[0-9]{1,12}([.,][0-9]{1,4})?"),
    "phone": re.compile(r"(?=(?:[^0-9]*[0-9]){5})[0-9 +\-/().]{5,32}"),
    "postcode": re.compile(r"(?!00)[0-9]{5}"),  # the lowest in use is 01067
}
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")  # ISO 13616-1
_IBAN_DE = 22  # characters


def plain(kind: str, text: str) -> str:
    """A typed value as it is kept: no needless blanks, digits that every program reads.

    An IBAN is written in groups of four, as on paper.
    """
    text = " ".join(text.split())
    if kind in _NUMERIC:
        text = text.translate(_DIGITS)
    if kind == "iban":
        solid = text.replace(" ", "").upper()
        text = " ".join(solid[at : at + 4] for at in range(0, len(solid), 4))
    return text


def fault_of(field: DataField, value: str) -> str:
    """What is wrong with a value that has been given, as a code of `WORDS`; '' when nothing is."""
    text = plain(field.kind, value)
    if len(text) > VALUE_LENGTH:
        return TOO_LONG
    if any(ord(c) < 32 for c in text) or not is_storable(text):
        return UNSTORABLE
    if not text:
        return ""
    if field.kind in CHOSEN:
        return "" if text in {value for value, _ in field.choices} else "choice"
    if field.kind == "date":
        return "" if _is_date(text) else "date"
    if field.kind == "iban":
        return "" if _is_iban(text.replace(" ", "")) else "iban"
    if field.kind == "email":
        return "" if len(text) <= 254 and _is_email(text) else "email"
    pattern = _PATTERNS.get(field.kind)
    return "" if pattern is None or pattern.fullmatch(text) else field.kind


def said(field: DataField, value: str, code: str, day: Callable[[str], str]) -> str:
    """A value of this field as people read it in the language `code`; a choice it has not is "".

    `day` makes of "1990-05-01" what is written there.
    """
    if field.kind == "date" and value:
        return day(value)
    if field.choices:
        return next((in_language(w, code) for one, w in field.choices if one == value), "")
    return value


def asked(fields: Sequence[DataField], values: Mapping[str, str]) -> list[DataField]:
    """The fields that are asked, seeing what the earlier ones say.

    A condition holds when the field it names is asked itself and has one of the values.
    """
    found: dict[str, DataField] = {}
    for field in fields:
        if field.when is None or (
            field.when.field in found
            and plain("choice", values.get(field.when.field, "")) in field.when.values
        ):
            found[field.key] = field
    return list(found.values())


def check(fields: Sequence[DataField], values: Mapping[str, str]) -> dict[str, str]:
    """All that is wrong: key -> code of `WORDS`. What is not asked is not looked at."""
    faults = {}
    for field in asked(fields, values):
        value = values.get(field.key, "")
        fault = fault_of(field, value) or (
            "missing" if field.required and not value.strip() else ""
        )
        if fault:
            faults[field.key] = fault
    return faults


def kept(fields: Sequence[DataField], values: Mapping[str, str]) -> dict[str, str]:
    """The values of the asked fields as they are kept; '' where none was given."""
    return {
        field.key: plain(field.kind, values.get(field.key, "")) for field in asked(fields, values)
    }


def before(fields: Sequence[DataField]) -> list[DataField]:
    """Those that the citizen is asked before her visit."""
    return [field for field in fields if field.ask == "before"]


def given(fields: Sequence[DataField], values: Mapping[str, str]) -> dict[str, str]:
    """What she gives before her visit, cleaned; empty values are kept as ''.

    Missing required fields are allowed here (she may complete them later, see `is_complete`).
    Raises Invalid for an unknown key and for the first wrong value.
    """
    known = {field.key: field for field in before(fields)}
    if unknown := set(values) - set(known):
        raise Invalid(N_("Unknown entry."), field=min(unknown)[:40])
    for key, value in values.items():
        clean_text(value, VALUE_LENGTH, key)
        if fault := fault_of(known[key], value):
            raise Invalid(WORDS[fault], field=key)
    return {key: plain(known[key].kind, value) for key, value in values.items()}


def is_complete(fields: Sequence[DataField], values: Mapping[str, str]) -> bool:
    """Say whether every required field that is asked before the visit has a value."""
    return all(values.get(f.key) for f in asked(before(fields), values) if f.required)


def _is_date(text: str) -> bool:
    try:
        # exactly as <input type="date"> sends and shows it; Python reads "2026-W23-1", too
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_email(text: str) -> bool:
    # whether there is such a mailbox only a mail can tell; this finds slips
    return bool(_EMAIL.fullmatch(text)) and ".." not in text and not text.startswith(".")


def _is_iban(text: str) -> bool:
    if not _IBAN.fullmatch(text) or (text.startswith("DE") and len(text) != _IBAN_DE):
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(c, 36)) for c in turned)) % 97 == 1  # ISO 7064, MOD 97-10
