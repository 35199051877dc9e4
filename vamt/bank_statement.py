"""Bank statements as files: what has arrived on the account. camt.053 (ISO 20022) and CSV.

A statement is somebody else's file. Its XML may have no DOCTYPE, so no entities (expat, and the
first sign of one ends it); it may not be too large, too deep or too long. Who has paid is not
read: the reference in the text is enough to know what for.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from xml.parsers import expat

from vamt.errors import N_, Invalid

SIZE = 10 * 1024**2  # bytes of a file
DEPTH, ENTRIES = 40, 50_000  # more is no bank's statement
TEXT = 5_000  # characters of one text

CAMT = "BkToCstmrStmt"  # below Document
TAKEN_BACK = ("RRTN", "RPCR")  # ISO 20022: reversal due to a return, to a cancellation request
DATES = ("%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d", "%d/%m/%Y")
COLUMNS = {  # as the exports of German banks name them, the likeliest first
    "text": ("verwendungszweck", "remittance information", "purpose", "buchungstext"),
    "booked": ("buchungstag", "buchungsdatum", "buchung", "datum", "booking date", "date"),
    "amount": (
        "betrag",
        "betrag (eur)",
        "betrag (€)",
        "umsatz",
        "umsatz in eur",
        "haben",
        "amount",
    ),
    "side": ("soll/haben", "s/h", "soll-/haben-kennzeichen"),
    "currency": ("währung", "waehrung", "currency"),
    "account": ("iban auftragskonto", "auftragskonto"),
    "info": ("info",),  # whether it is booked or only expected
}


class Unreadable(Invalid):
    """No statement, or one that cannot be trusted."""

    key = "statement_unreadable"
    default_message = N_("This is no bank statement that we can read (camt.053 or CSV).")


class OtherAccount(Invalid):
    """The statement of another account."""

    key = "statement_other_account"
    default_message = N_("This statement is of another account than the one in the settings.")


@dataclass(frozen=True, slots=True)
class Entry:
    """A credit in euros, or one that the bank has taken back."""

    id: str  # the same in every statement that has it
    booked: str  # date, ISO; '' when the file does not say
    cents: int
    text: str
    back: bool = False  # the money has left the account again


def read(data: bytes, iban: str) -> list[Entry]:
    """The credits of a statement of the account `iban` in their order, and those taken back.

    Only camt.053 says that a debit is a credit taken back; other debits are left out.

    Raises Unreadable, or OtherAccount for a camt.053 file of another account.
    """
    if not data.strip() or len(data) > SIZE:
        raise Unreadable()
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    found = _camt(data, iban) if start == b"<" else _csv(data, iban)
    return list(_named(found))


@dataclass(slots=True)
class _Found:
    """A transfer while its element is read."""

    cents: int | None = None
    credit: bool | None = None
    returned: bool = False  # it undoes an earlier one
    texts: list[str] = field(default_factory=list)
    mark: str = ""  # the bank's own for it
    booked: str = ""


def _named(found: Iterable[_Found]) -> Iterator[Entry]:
    """Give each its id: equal ones (she has paid twice on one day) are counted."""
    seen: Counter[str] = Counter()
    for one in found:
        text = " ".join(one.texts)[:TEXT]
        facts = "\n".join((one.booked, str(one.cents), "".join(text.split()), one.mark))
        facts += "\nback" if one.returned else ""
        seen[facts] += 1
        id = hashlib.sha256(f"{facts}\n{seen[facts]}".encode()).hexdigest()
        yield Entry(id, one.booked, one.cents or 0, text, one.returned)


# --- camt.053


def _camt(data: bytes, iban: str) -> list[_Found]:
    reader = _Camt(iban)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Unreadable() from error
    if not reader.is_statement:
        raise Unreadable()
    return reader.found


def _refuse(*_: object) -> None:
    raise Unreadable()


class _Camt:
    """Hears the elements of a camt.053 file, of any version, by their local names."""

    def __init__(self, iban: str) -> None:
        self.iban = iban
        self.is_statement = False
        self.found: list[_Found] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = 0
        self._currency = ""
        self._entry: _Found | None = None
        self._parts: list[_Found] = []
        self._booked = True  # not only expected

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(" ")[2]
        self._path.append(name)
        self._text, self._length = [], 0
        if len(self._path) > DEPTH:
            raise Unreadable()
        if len(self._path) == 2 and name == CAMT:
            self.is_statement = True
        if name == "Amt":
            self._currency = attributes.get("Ccy", "")
        elif name == "Ntry":
            self._entry, self._parts, self._booked = _Found(), [], True
        elif name == "TxDtls" and self._entry:
            self._parts.append(_Found())

    def characters(self, text: str) -> None:
        self._length += len(text)
        if self._length <= TEXT:
            self._text.append(text)

    def end(self, _: str) -> None:
        path, text = self._path, "".join(self._text).strip()
        self._text = []
        if path[-4:] == ["Stmt", "Acct", "Id", "IBAN"] and text.replace(" ", "") != self.iban:
            raise OtherAccount()
        if self._entry is not None:
            inside = self._parts[-1] if "TxDtls" in path else self._entry
            self._take(inside, path[path.index("Ntry") :], text)
        if path[-1] == "Ntry" and self._entry is not None:
            self._close(self._entry)
        path.pop()

    def _take(self, into: _Found, path: list[str], text: str) -> None:
        parent, name = (path[-2] if len(path) > 1 else ""), path[-1]
        part = "TxDtls" in path
        if name == "Amt" and (parent in ("Ntry", "TxDtls") or (part and parent == "TxAmt")):
            into.cents = _cents(text) if self._currency == "EUR" else None
        elif name == "CdtDbtInd" and parent in ("Ntry", "TxDtls"):
            into.credit = text == "CRDT"
        elif name == "RvslInd" and text in ("true", "1"):
            into.returned = True
        elif "RtrInf" in path or (name == "SubFmlyCd" and text in TAKEN_BACK):
            into.returned = True
        elif (name == "Sts" and parent == "Ntry" and text) or path[-2:] == ["Sts", "Cd"]:
            self._booked = text == "BOOK"
        elif parent == "BookgDt" and name in ("Dt", "DtTm"):
            into.booked = text[:10]
        elif name == "AcctSvcrRef" and parent in ("Ntry", "Refs"):
            into.mark = text
        elif name in ("Ustrd", "AddtlNtryInf", "AddtlTxInf", "EndToEndId") or (
            name == "Ref" and parent == "CdtrRefInf"
        ):
            into.texts.append(text)

    def _close(self, entry: _Found) -> None:
        """Keep what an entry pays or takes back: its parts, where it is a batch with amounts."""
        self._entry = None
        parts = [part for part in self._parts if part.cents is not None]
        if len(parts) < 2 or len(parts) < len(self._parts):
            whole = [text for part in self._parts for text in part.texts]
            mark = entry.mark or next((p.mark for p in self._parts if p.mark), "")
            texts = [*entry.texts, *whole]
            returned = any(part.returned for part in self._parts)
            parts = [_Found(entry.cents, entry.credit, returned, texts, mark)]
        for part in parts:
            part.booked = entry.booked
            part.returned = part.returned or entry.returned
            credit = entry.credit if part.credit is None else part.credit and entry.credit
            # a credit that says it undoes something undoes a debit, and is no payment
            if part.cents and self._booked and bool(credit) is not part.returned:
                self.found.append(part)
        if len(self.found) > ENTRIES:
            raise Unreadable()


# --- CSV


def _csv(data: bytes, iban: str) -> list[_Found]:
    text = _decoded(data)
    for delimiter in (";", ",", "\t"):
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except csv.Error:
            continue
        for number, row in enumerate(rows[:30]):  # banks write something above the columns
            columns = _columns(row)
            if columns:
                return list(_credits(rows[number + 1 :], columns, iban))
    raise Unreadable()


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _columns(row: list[str]) -> dict[str, int] | None:
    """Where the columns are that we need; None when this is not the row that names them."""
    names = [" ".join(cell.strip().lower().split()) for cell in row]
    found = {}
    for key, known in COLUMNS.items():
        at = next((names.index(one) for one in known if one in names), None)
        if at is not None:
            found[key] = at
    return found if {"text", "amount"} <= found.keys() else None


def _credits(rows: list[list[str]], columns: dict[str, int], iban: str) -> Iterator[_Found]:
    if len(rows) > ENTRIES:
        raise Unreadable()
    for row in rows:
        cells = {key: row[at].strip() if at < len(row) else "" for key, at in columns.items()}
        account = cells.get("account", "").replace(" ", "")
        if account[:2] == iban[:2] and account != iban:
            raise OtherAccount()
        cents = _cents(cells["amount"])
        foreign = cells.get("currency", "").upper() not in ("", "EUR", "€")
        debit = cells.get("side", "").upper() in ("S", "SOLL", "D")
        expected = "vorgemerkt" in cells.get("info", "").lower()
        if cents and cents > 0 and not (foreign or debit or expected):
            yield _Found(cents, True, texts=[cells["text"]], booked=_day(cells.get("booked", "")))


def _day(text: str) -> str:
    for form in DATES:
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    return ""


def _cents(text: str) -> int | None:
    """ "1.234,56 €", "1234.56", "-12,00", "12,00-" as cents; None for no amount."""
    text = re.sub(r"\s|EUR|€", "", text.replace("\u2212", "-"))
    sign = -1 if text.startswith("-") or text.endswith("-") else 1
    text = text.strip("+-")
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d{1,2})?|\d{1,12}(,\d{1,2})?", text):
        text = text.replace(".", "").replace(",", ".")
    elif not re.fullmatch(r"\d{1,12}(\.\d{1,5})?", text):
        return None
    whole, _, part = text.partition(".")
    if part[2:].strip("0"):
        return None  # a fraction of a cent
    return sign * (int(whole) * 100 + int((part + "00")[:2]))
