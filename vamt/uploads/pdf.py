"""A PDF copied so that only what can be seen is left (ISO 32000-2). Runs in the child only."""

import io
from collections.abc import Iterator
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NullObject, StreamObject

from vamt.documents import Unfit

# What of a page is seen. All else stays behind: actions (AA), thumbnails, metadata, structure ...
PAGE = frozenset(
    ("/Type", "/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Group")
)
# Filled form fields, stamps and notes are annotations: their look stays, as a plain stamp.
NOTE = frozenset(("/Rect", "/F", "/AS"))
HIDDEN = 0b100010  # flags 2 and 6 of an annotation: hidden, no view
# Taken out wherever they are: what runs, opens, sends, embeds or refers to something outside.
NEVER = frozenset(
    (
        *("/A", "/AA", "/OpenAction", "/JS", "/JavaScript", "/Launch", "/URI", "/GoToR", "/GoToE"),
        *("/SubmitForm", "/ImportData", "/AcroForm", "/XFA", "/Names", "/EmbeddedFiles"),
        *("/EmbeddedFile", "/EF", "/AF", "/Filespec", "/FS", "/RichMedia", "/RichMediaContent"),
        *("/3DD", "/Movie", "/Sound", "/Rendition", "/Metadata", "/PieceInfo", "/Collection"),
        *("/OPI", "/Ref", "/Alternates", "/StructParent", "/StructParents", "/Perms", "/Parent"),
    )
)
OUTSIDE = ("/F", "/FFilter", "/FDecodeParms")  # a stream whose data is in another file


def rewritten(data: bytes, most_pages: int) -> tuple[bytes, int]:
    """The copy and its number of pages; raises Unfit, or whatever the library does."""
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):  # without a password to open it: readable
        raise Unfit("locked")
    if len(reader.pages) > most_pages:
        raise Unfit("pages")
    if not reader.pages:
        raise Unfit("unreadable")
    writer = PdfWriter()
    for page in reader.pages:
        looks = _looks(page)
        for name in [name for name in page if name not in PAGE]:
            del page[name]
        if looks:
            page[NameObject("/Annots")] = looks
        writer.add_page(page)
    for one in writer._objects:
        _strip(one)
    for page in writer.pages:  # the way back to the tree of pages is needed again
        page[NameObject("/Parent")] = writer._pages
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue(), len(reader.pages)


def _looks(page: Any) -> ArrayObject:
    """The page's annotations that are to be seen, as stamps that can do nothing."""
    kept = ArrayObject()
    found = page.get("/Annots", ArrayObject()).get_object()
    for entry in found if isinstance(found, list) else ():
        note = entry.get_object()
        if not isinstance(note, DictionaryObject):
            continue
        look = note.get("/AP", NullObject()).get_object()
        normal = look.get("/N") if isinstance(look, DictionaryObject) else None
        flags = note.get("/F", 0)
        if normal is None or (isinstance(flags, int) and flags & HIDDEN):
            continue
        stamp = DictionaryObject({NameObject(k): note.raw_get(k) for k in NOTE if k in note})
        stamp[NameObject("/Type")] = NameObject("/Annot")
        stamp[NameObject("/Subtype")] = NameObject("/Stamp")
        raw = look.raw_get("/N")
        stamp[NameObject("/AP")] = DictionaryObject({NameObject("/N"): raw})
        kept.append(stamp)
    return kept


def _strip(root: Any) -> None:
    """Take out of one object, and all that is written inside it, what must not be there."""
    open_ones = [root]
    while open_ones:
        one = open_ones.pop()
        if isinstance(one, DictionaryObject):
            for name in [n for n in one if n in NEVER]:
                del one[name]
            if isinstance(one, StreamObject):
                for name in OUTSIDE:
                    one.pop(NameObject(name), None)
            open_ones += [one.raw_get(name) for name in one]
        elif isinstance(one, ArrayObject):
            open_ones += list(one)


def previews(data: bytes, most: int, side: int) -> Iterator[Any]:
    """The first pages as pictures (PIL), the longer side `side` px. Scripts are never run."""
    with pypdfium2.PdfDocument(data) as document:
        for number in range(min(most, len(document))):
            page = document[number]
            scale = side / max(*page.get_size(), 1)
            yield page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
            page.close()
