"""GiroCode: a transfer as text for a QR code (EPC069-12, version 002), and account numbers."""

import re
from dataclasses import dataclass

from vamt.errors import N_, Invalid

NAME_LENGTH, TEXT_LENGTH, BYTES = 70, 140, 331  # EPC069-12, 2.3 and 2.4: 331 bytes in all
MOST = 99_999_999_999  # cents: EUR 999999999.99
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
GERMAN = 22  # characters of a German account number


@dataclass(frozen=True, slots=True)
class Account:
    """Where the money goes."""

    name: str  # exactly as the bank has it
    iban: str
    bic: str = ""


def check_iban(text: str) -> str:
    """The account number without spaces; raises Invalid unless its check digits are right.

    ISO 13616-1: the first four characters to the end, letters as numbers, remainder 1 by 97.
    """
    iban = "".join(text.split()).upper()
    right = IBAN.fullmatch(iban) and (not iban.startswith("DE") or len(iban) == GERMAN)
    if not right or int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 != 1:
        raise Invalid(N_("This is no account number (IBAN)."), field="iban")
    return iban


def check_bic(text: str) -> str:
    """The bank's code, '' for none; raises Invalid."""
    bic = "".join(text.split()).upper()
    if bic and not BIC.fullmatch(bic):
        raise Invalid(N_("This is no bank code (BIC)."), field="bic")
    return bic


def grouped(iban: str) -> str:
    """In groups of four, as people read it."""
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def payload(account: Account, cents: int, text: str) -> str:
    """The content of the code, to be drawn in UTF-8 with error correction M, version 13 at most.

    The name has to be exactly that of the account: since October 2025 banks compare it
    (Verification of Payee). Raises Invalid where the standard has no room for it.
    """
    name, text = " ".join(account.name.split()), " ".join(text.split())
    if not 0 < len(name) <= NAME_LENGTH:
        raise Invalid(N_("The name of the account has 70 characters at most."), field="name")
    if len(text) > TEXT_LENGTH:
        raise Invalid(field="text")
    if not 0 < cents <= MOST:
        raise Invalid(field="cents")
    lines = [
        "BCD",
        "002",
        "1",  # UTF-8
        "SCT",
        check_bic(account.bic),  # may be missing in version 002
        name,
        check_iban(account.iban),
        f"EUR{cents // 100}.{cents % 100:02}",
        "",  # purpose
        "",  # a structured reference; there is either this or the text
        text,
    ]
    code = "\n".join(lines)
    if len(code.encode()) > BYTES:
        raise Invalid(N_("The name of the account is too long for the code."), field="name")
    return code
