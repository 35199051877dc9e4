"""A signed PDF: told from others, and refused when anything in it acts."""

import asyncio
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from tests.uploads.files import pdf
from vamt.documents import Signed, Unfit, as_it_came
from vamt.papers.seal import Seal, make_own
from vamt.uploads.clean import Cleaner
from vamt.uploads.signed import signed

NOW = datetime(2026, 11, 25, tzinfo=UTC)
Seals = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def seals(tmp_path_factory: pytest.TempPathFactory) -> Seals:
    """A seal that another program has put on."""
    file: Path = tmp_path_factory.mktemp("seal") / "seal.p12"
    make_own(file, "Landratsamt", NOW)
    certificate = pkcs12.load_key_and_certificates(file.read_bytes(), None)[1]
    assert certificate is not None
    return Seal(file.read_bytes(), b"", certificate, own=True)._put_on


def script() -> DictionaryObject:
    return DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert(1)"),
        }
    )


def changed(data: bytes, change: Callable[[PdfWriter], Any]) -> bytes:
    """The file with something more, as an increment where it is signed."""
    writer = PdfWriter(io.BytesIO(data), incremental=b"/ByteRange" in data)
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def opening(writer: PdfWriter) -> None:
    writer.root_object[NameObject("/OpenAction")] = script()


def of_the_page(writer: PdfWriter) -> None:
    writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): script()})


def attached(writer: PdfWriter) -> None:
    writer.add_attachment("run.exe", b"MZ")


def starts_a_program(writer: PdfWriter) -> None:
    action = DictionaryObject({NameObject("/S"): NameObject("/Launch")})
    writer.root_object[NameObject("/OpenAction")] = action


ACTING = [opening, of_the_page, attached, starts_a_program]


def test_a_seal_is_seen_and_its_lack_too(seals: Seals) -> None:
    assert signed(seals(pdf(2))) is Signed.QUIET
    assert signed(pdf()) is Signed.NOT
    assert signed(b"%PDF-1.7 junk /ByteRange %%EOF") is Signed.NOT


def test_a_quiet_change_after_the_seal_is_for_the_reader_to_judge(seals: Seals) -> None:
    once = seals(pdf())
    assert signed(changed(once, lambda w: w.add_metadata({"/Title": "x"}))) is Signed.QUIET


@pytest.mark.parametrize("harm", ACTING)
def test_what_acts_is_seen(harm: Callable[[PdfWriter], Any], seals: Seals) -> None:
    before = seals(changed(pdf(), harm))
    assert signed(before) is Signed.ACTING
    assert signed(changed(seals(pdf()), harm)) is Signed.ACTING, "put in afterwards"


def test_what_was_signed_and_is_hidden_now_is_seen(seals: Seals) -> None:
    def hide(writer: PdfWriter) -> None:
        del writer.root_object[NameObject("/OpenAction")]

    hidden = changed(seals(changed(pdf(), opening)), hide)
    assert "/OpenAction" not in PdfReader(io.BytesIO(hidden)).trailer["/Root"]
    assert signed(hidden) is Signed.ACTING


def test_something_behind_the_end_is_no_signed_file(seals: Seals) -> None:
    assert signed(seals(pdf()) + b"PK\x03\x04 an archive") is Signed.NOT


def test_a_signature_over_half_a_file_is_none(seals: Seals) -> None:
    made = seals(pdf())
    assert signed(made.replace(b"/ByteRange [0 ", b"/ByteRange [9 ", 1)) is Signed.NOT


async def test_the_child_says_so_and_the_desk_keeps_it(seals: Seals) -> None:
    quiet = await asyncio.to_thread(seals, pdf())
    cleaned = await Cleaner()(quiet)
    assert cleaned.data != quiet and cleaned.previews, "made anew, for the citizen's own files"
    assert as_it_came(cleaned, quiet).data == quiet
    acting = await Cleaner()(await asyncio.to_thread(seals, changed(pdf(), opening)))
    with pytest.raises(Unfit) as refused:
        as_it_came(acting, b"")
    assert refused.value.why == "acting"
    plain = await Cleaner()(pdf())
    assert as_it_came(plain, b"never this") is plain
