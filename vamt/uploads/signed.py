"""A PDF that bears a signature or a seal, which every change would break. Runs in the child only.

The desk may hand such a file over as it came, if nothing in it acts: nothing runs, sends, opens
something else or carries another file along.
"""

import io
import re
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.generic import DictionaryObject, NameObject, StreamObject

from vamt.documents import Signed
from vamt.uploads.pdf import reached

ACTING = frozenset(  # entries that make a file act, wherever they are
    (
        *("/JS", "/JavaScript", "/AA", "/XFA", "/EF", "/EmbeddedFiles", "/AF", "/RichMediaContent"),
        *("/3DD", "/Movie", "/Sound", "/Rendition", "/Collection"),
    )
)
ACTIONS = frozenset(  # ISO 32000-2, 12.6.4; what is left leads to a page, or to an address she sees
    (
        *("/JavaScript", "/Launch", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/ResetForm"),
        *("/Rendition", "/Movie", "/Sound", "/Hide", "/SetOCGState", "/Thread", "/GoTo3DView"),
        *("/RichMediaExecute", "/Trans"),
    )
)
OUTSIDE = frozenset(("/F", "/FFilter", "/Ref", "/OPI"))  # a stream that is in another file
END = re.compile(rb"%%EOF\s*\Z")


def signed(data: bytes) -> Signed:
    """Whether the file bears a signature, and then whether anything in it acts."""
    if b"/ByteRange" not in data or not END.search(data):
        return Signed.NOT
    try:
        ends = set(_ends(data))
    except Exception:  # hostile or broken: any error of the library may come
        return Signed.NOT
    if not ends:
        return Signed.NOT
    # a reader can go back to what was signed: that must be quiet as well
    states = {len(data), *ends}
    return Signed.ACTING if any(_acts(data[:end]) for end in states) else Signed.QUIET


def _ends(data: bytes) -> Iterator[int]:
    """Where what each signature is over ends."""
    for one in reached([_opened(data).trailer], set()):
        if "/ByteRange" not in one:
            continue
        numbers = [int(n) for n in one["/ByteRange"]]  # type: ignore[attr-defined]
        if len(numbers) != 4 or numbers[0] != 0 or min(numbers) < 0:
            continue
        _, before, after, rest = numbers
        gap = data[before:after]  # the signature itself, in hexadecimal
        whole = END.search(data[: after + rest]) is not None
        if whole and re.fullmatch(rb"<[0-9A-Fa-f]+>", gap):
            yield after + rest


def _acts(data: bytes) -> bool:
    """Whether anything in the file acts; what cannot be read might."""
    try:
        return any(
            ACTING & set(one)
            or _named(one, "/S") in ACTIONS
            or (isinstance(one, StreamObject) and OUTSIDE & set(one))
            for one in reached([_opened(data).trailer], set())
        )
    except Exception:
        return True


def _opened(data: bytes) -> PdfReader:
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        reader.decrypt("")
    return reader


def _named(one: DictionaryObject, key: str) -> str:
    name = one.get(key)
    return str(name) if isinstance(name, NameObject) else ""
