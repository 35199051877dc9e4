"""Bank statements: what banks write, and what nobody should be able to make of it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vamt import bank_statement
from vamt.bank_statement import Entry, OtherAccount, Unreadable, read
from vamt.errors import Invalid

IBAN = "DE93999999990000000001"
TEXT = "AMT-00000012-18"


def entry(
    amount: str = "30.70",
    text: str = TEXT,
    *,
    side: str = "CRDT",
    status: str = "<Sts><Cd>BOOK</Cd></Sts>",
    mark: str = "",
    more: str = "",
    currency: str = "EUR",
) -> str:
    return f"""<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}{status}
      <BookgDt><Dt>2026-11-24</Dt></BookgDt><AcctSvcrRef>{mark}</AcctSvcrRef>
      <NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
      <RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def camt(*entries: str, iban: str = IBAN, version: str = "08", head: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>{head}
    <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>
    <GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>
    <Bal><Amt Ccy="EUR">999.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>{"".join(entries)}
    </Stmt></BkToCstmrStmt></Document>""".encode()


def seen(found: list[Entry]) -> list[tuple[str, int]]:
    return [(one.booked, one.cents) for one in found]


@pytest.mark.parametrize("version", ["02", "06", "08"])
def test_a_credit(version: str) -> None:
    (one,) = read(camt(entry(), version=version), IBAN)
    assert (one.booked, one.cents) == ("2026-11-24", 3070)
    assert TEXT in one.text


def test_what_is_no_credit_in_euros() -> None:
    data = camt(
        entry(side="DBIT"),
        entry(status="<Sts>PDNG</Sts>"),
        entry(status="<Sts><Cd>INFO</Cd></Sts>"),
        entry(currency="CHF"),
        entry(more="<RvslInd>true</RvslInd>"),
        entry(side="DBIT", more="<RvslInd>false</RvslInd>"),
        entry("1.00", status="<Sts>BOOK</Sts>"),  # as version 02 has it
    )
    assert seen(read(data, IBAN)) == [("2026-11-24", 100)]


def test_a_batch_is_its_parts() -> None:
    parts = "".join(
        f'<TxDtls><Amt Ccy="EUR">{amount}</Amt><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>'
        for amount, text in (("9.00", "one"), ("30.70", "two"))
    )
    whole = entry("39.70").replace("<NtryDtls><TxDtls>", f"<NtryDtls>{parts}<TxDtls>")
    whole = whole[: whole.index("<TxDtls><Refs>")] + "</NtryDtls></Ntry>"
    found = read(camt(whole), IBAN)
    assert [(one.cents, one.text) for one in found] == [(900, "one"), (3070, "two")]


RETURNED = "<RtrInf><Rsn><Cd>FOCR</Cd></Rsn></RtrInf></TxDtls>"
FAMILY = (
    "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn>"
    "</BkTxCd>"
)


@pytest.mark.parametrize("version", ["02", "08"])
@pytest.mark.parametrize(
    "taken_back",
    [
        entry(side="DBIT", more="<RvslInd>true</RvslInd>"),
        entry(side="DBIT", more=FAMILY),
        entry(side="DBIT").replace("</TxDtls>", RETURNED),
    ],
    ids=["reversal", "family", "return"],
)
def test_a_credit_that_is_taken_back(taken_back: str, version: str) -> None:
    found = read(camt(entry(), taken_back, entry(side="DBIT"), version=version), IBAN)
    assert [(one.cents, one.back) for one in found] == [(3070, False), (3070, True)]
    assert found[0].id != found[1].id and TEXT in found[1].text


def test_of_a_batch_some_may_be_taken_back() -> None:
    parts = "".join(
        f'<TxDtls><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>'
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf>{more}</TxDtls>"
        for amount, text, more in (
            ("9.00", "one", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"),
            ("30.70", "a salary", ""),
        )
    )
    whole = entry("39.70", side="DBIT")
    whole = f"{whole[: whole.index('<TxDtls>')]}{parts}</NtryDtls></Ntry>"
    found = read(camt(whole, entry()), IBAN)
    assert [(one.cents, one.back) for one in found] == [(900, True), (3070, False)]


def test_a_batch_without_amounts_is_one_credit_with_all_texts() -> None:
    details = "<TxDtls><RmtInf><Ustrd>one</Ustrd></RmtInf></TxDtls>"
    (one,) = read(camt(entry(text="two").replace("<TxDtls>", f"{details}<TxDtls>", 1)), IBAN)
    assert one.cents == 3070 and "one" in one.text and "two" in one.text


def test_the_same_statement_has_the_same_ids_and_two_equal_payments_two() -> None:
    once, twice = read(camt(entry()), IBAN), read(camt(entry(), entry()), IBAN)
    assert once[0].id == twice[0].id != twice[1].id
    marked = read(camt(entry(mark="B1"), entry(mark="B2")), IBAN)
    assert len({one.id for one in (*twice, *marked)}) == 4


def test_the_statement_of_another_account() -> None:
    with pytest.raises(OtherAccount):
        read(camt(entry(), iban="DE02120300000000202051"), IBAN)


BOMB = """<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>"""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   ",
        b"\x00\x01\x02",
        b"<",
        b"<a/>",
        b"<Document><Other/></Document>",
        b"not a statement",
        camt(entry())[:-5],
        camt(entry(text="&b;"), head=BOMB),
        camt(entry(), head='<!DOCTYPE x SYSTEM "file:///etc/passwd">'),
        camt(entry(text="&xxe;")),
        b"<Document>" + b"<a>" * 100 + b"</a>" * 100 + b"</Document>",
        b"x" * (bank_statement.SIZE + 1),
        b"Verwendungszweck;Nichts\nx;y\n",
    ],
    ids=range(14),
)
def test_what_is_no_statement(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(data, IBAN)


def test_ten_megabytes_take_their_seconds_and_no_more() -> None:
    data = camt(*[entry(text="x" * 500)] * 8000)
    began = time.process_time()
    assert len(read(data, IBAN)) == 8000
    assert time.process_time() - began < 5


SPARKASSE = (
    '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";"Betrag";'
    '"Waehrung";"Info"\n'
    f'"{IBAN}";"24.11.26";"24.11.26";"GUTSCHR.";"{TEXT}";"30,70";"EUR";"Umsatz gebucht"\n'
    f'"{IBAN}";"24.11.26";"24.11.26";"GUTSCHR.";"{TEXT}";"30,70";"EUR";"Umsatz vorgemerkt"\n'
    f'"{IBAN}";"24.11.26";"24.11.26";"LASTSCHR.";"Strom";"-1.230,70";"EUR";"Umsatz gebucht"\n'
).encode("cp1252")
OTHERS = f"""Kontoauszug;;;
Stadtkasse;;;

Buchungsdatum;Name;Verwendungszweck;Betrag;Soll/Haben;Währung
2026-11-24;Grüße;"{TEXT[:6]}
{TEXT[6:]}";1.030,70 €;H;EUR
2026-11-24;X;y;5,00;S;EUR
2026-11-24;X;y;5,00;H;CHF
2026-11-24;X;y;kein Betrag;H;EUR
""".encode("utf-8-sig")
ENGLISH = b"Date,Purpose,Amount\n24/11/2026,AMT-00000012-18,30.70\n24/11/2026,x,-30.70\n"


@pytest.mark.parametrize(
    ("data", "cents"),
    [(SPARKASSE, 3070), (OTHERS, 103070), (ENGLISH, 3070)],
    ids=["sparkasse", "others", "english"],
)
def test_a_csv_file(data: bytes, cents: int) -> None:
    (one,) = read(data, IBAN)
    assert (one.booked, one.cents) == ("2026-11-24", cents)
    assert "".join(one.text.split()) == TEXT


def test_a_csv_file_of_another_account() -> None:
    with pytest.raises(OtherAccount):
        read(SPARKASSE, "DE02120300000000202051")


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda t: t.encode()))
def test_rubbish_is_refused_kindly(data: bytes) -> None:
    for framed in (data, b"<Document>" + data, b"Verwendungszweck;Betrag\n" + data):
        try:
            found = read(framed, IBAN)
        except Invalid:
            continue
        assert all(one.cents > 0 for one in found)
