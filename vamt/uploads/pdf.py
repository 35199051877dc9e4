"""A PDF copied so that only what can be seen is left (ISO 32000-2). Runs in the child only.

Three sieves, one after the other: of a page only what shows it is copied; out of that is taken
whatever acts, sends, embeds or refers to something outside; and what no page refers to any more
is dropped. Then every stream is packed anew: see `pdf_streams`.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NullObject,
    StreamObject,
)

from vamt.documents import Unfit
from vamt.uploads.pdf_streams import renew

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
        *("/Properties", "/OC", "/Outlines", "/Next"),
    )
)
OUTSIDE = ("/F", "/FFilter", "/FDecodeParms")  # a stream whose data is in another file
# Whole dictionaries that are nothing to be seen, by what they call themselves.
ACTS = frozenset(
    (
        *("/JavaScript", "/Launch", "/URI", "/GoTo", "/GoToR", "/GoToE", "/GoToDp", "/GoTo3DView"),
        *("/SubmitForm", "/ResetForm", "/ImportData", "/Named", "/Thread", "/Sound", "/Movie"),
        *("/Hide", "/SetOCGState", "/Rendition", "/Trans", "/RichMediaExecute"),
    )
)
NOTHING_TO_SEE = frozenset(
    ("/Action", "/Filespec", "/EmbeddedFile", "/ObjStm", "/XRef", "/Metadata", "/Catalog", "/Sig")
)
# Here the keys are names somebody chose, such as a glyph called /A, and mean nothing.
MAPS = frozenset(
    ("/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/CharProcs")
)
MEANT = (DictionaryObject, ArrayObject, NameObject)  # what such a name can stand for
SPACES = {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}  # by number of colours


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
    _take_out(writer)
    _drop_unused(writer)
    renew(writer)
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


def _take_out(writer: PdfWriter) -> None:
    """Take out of all objects what must not be there."""
    pages = list(writer.pages)
    maps = set()  # by identity: one that is referred to may be met before its name is
    for one in writer._objects:
        for inside in _within(one):
            if isinstance(inside, DictionaryObject):
                maps |= {id(found) for name in MAPS if _is_map(found := inside.get(name))}
    for one in writer._objects:
        for inside in _within(one):
            if isinstance(inside, ArrayObject):
                _without_profile(inside)
            elif id(inside) in maps:
                _keep_meant(inside)
            elif inside is not writer._root_object:
                _strip(inside)
    for page in pages:  # the way back to the tree of pages is needed again
        page[NameObject("/Parent")] = writer._pages


def _within(root: Any) -> Iterator[Any]:
    """The dictionaries and arrays written inside one object, itself included, but no other's."""
    open_ones = [root]
    while open_ones:
        one = open_ones.pop()
        if isinstance(one, DictionaryObject):
            yield one
            open_ones += [one.raw_get(name) for name in one]
        elif isinstance(one, ArrayObject):
            yield one
            open_ones += list(one)


def _is_map(found: Any) -> bool:
    """Whether the keys are names of somebody's choice. (A pattern's one shading is no map.)"""
    plain = isinstance(found, DictionaryObject) and not isinstance(found, StreamObject)
    return plain and "/ShadingType" not in found


def _keep_meant(one: DictionaryObject) -> None:
    """Keep in a map what a name can stand for."""
    for name in [n for n in one if not isinstance(one[n], MEANT)]:
        del one[name]


def _strip(one: DictionaryObject) -> None:
    """Take out of a dictionary what must not be there."""
    if _named(one, "/Type") in NOTHING_TO_SEE or _named(one, "/S") in ACTS:
        one.clear()
        if isinstance(one, StreamObject):
            one._data = b""
        return
    for name in [n for n in one if n in NEVER]:
        del one[name]
    if isinstance(one, StreamObject):
        for name in OUTSIDE:
            one.pop(NameObject(name), None)


def _named(one: DictionaryObject, key: str) -> str:
    name = one.get(key)
    return str(name) if isinstance(name, NameObject) else ""


def _without_profile(one: ArrayObject) -> None:
    """A colour space with an ICC profile becomes the plain one of as many colours."""
    if len(one) < 2 or one[0] != "/ICCBased":
        return
    profile = one[1].get_object()
    colours = profile.get("/N") if isinstance(profile, DictionaryObject) else None
    plain = SPACES.get(colours if isinstance(colours, int) else 3, "/DeviceRGB")
    one[:] = [NameObject(plain)]


def reached(starts: Sequence[Any], used: set[int]) -> Iterator[DictionaryObject]:
    """Every dictionary and stream that `starts` lead to; `used` gets the numbers on the way."""
    ahead = list(starts)
    while ahead:
        one = ahead.pop()
        if isinstance(one, IndirectObject):
            if one.idnum not in used:
                used.add(one.idnum)
                ahead.append(one.get_object())
        elif isinstance(one, DictionaryObject):
            yield one
            ahead += [one.raw_get(name) for name in one]
        elif isinstance(one, ArrayObject):
            ahead += list(one)


def _drop_unused(writer: PdfWriter) -> None:
    """Drop the objects that nothing leads to any more, and the note on who made the file."""
    writer.metadata = None
    used: set[int] = set()
    for _ in reached([writer._root_object, writer._root_object.indirect_reference], used):
        pass
    for index in range(len(writer._objects)):
        if index + 1 not in used:
            writer._objects[index] = None


def previews(data: bytes, most: int, side: int) -> Iterator[Any]:
    """The first pages as pictures (PIL), the longer side `side` px. Scripts are never run."""
    with pypdfium2.PdfDocument(data) as document:
        for number in range(min(most, len(document))):
            page = document[number]
            scale = side / max(*page.get_size(), 1)
            yield page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
            page.close()
