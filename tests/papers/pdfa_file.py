"""A PDF as the rules look at it: what is in it, what its pages draw, what its structure says."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from xml.etree import ElementTree as Xml

import pypdf
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    ContentStream,
    DictionaryObject,
    IndirectObject,
    StreamObject,
)

SHOW = frozenset((b"Tj", b"TJ", b"'", b'"'))  # operators that set text
PAINT = SHOW | {b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"sh", b"Do", b"EI"}


class Drawn(NamedTuple):
    """One operator of a content stream, and where it stands."""

    operator: bytes
    operands: Any
    resources: DictionaryObject
    font: str  # its name in the resources
    mcid: int | None  # of the marked content around it
    artifact: bool
    replaced: bool  # ActualText says what it is


class Text(NamedTuple):
    """Codes that are set with a font."""

    font: DictionaryObject
    codes: tuple[int, ...]
    replaced: bool


@dataclass(frozen=True)
class File:
    """One PDF."""

    data: bytes

    @cached_property
    def reader(self) -> pypdf.PdfReader:
        return pypdf.PdfReader(io.BytesIO(self.data), strict=False)

    @cached_property
    def root(self) -> DictionaryObject:
        return got(self.reader.trailer["/Root"])

    @cached_property
    def pages(self) -> list[DictionaryObject]:
        return list(self.reader.pages)

    @cached_property
    def dictionaries(self) -> list[DictionaryObject]:
        """Every dictionary and stream that the trailer leads to."""
        found, seen, ahead = [], set(), [self.reader.trailer]
        while ahead:
            one = ahead.pop()
            if isinstance(one, IndirectObject):
                if one.idnum in seen:
                    continue
                seen.add(one.idnum)
                one = one.get_object()
            if isinstance(one, DictionaryObject):
                found.append(one)
                ahead += [one.raw_get(key) for key in one]
            elif isinstance(one, ArrayObject):
                ahead += list(one)
        return found

    @cached_property
    def streams(self) -> list[StreamObject]:
        return [one for one in self.dictionaries if isinstance(one, StreamObject)]

    @cached_property
    def annotations(self) -> list[DictionaryObject]:
        return [got(one) for page in self.pages for one in got(page.get("/Annots", []))]

    @cached_property
    def fonts(self) -> list[DictionaryObject]:
        """Those of pages, of appearances and of whatever else has resources."""
        named = [got(one["/Font"]) for one in self.dictionaries if is_dict(one.get("/Font"))]
        return list({id(font): font for map in named for font in map_values(map)}.values())

    @cached_property
    def drawn(self) -> list[list[Drawn]]:
        """What each page draws, forms within it included."""
        return [
            list(self._operators(page["/Contents"], got(page.get("/Resources", {}))))
            for page in self.pages
        ]

    def _operators(
        self, content: Any, resources: DictionaryObject, depth: int = 0
    ) -> Iterator[Drawn]:
        font, fonts, marks = "", list[str](), list[tuple[int | None, bool, bool]]()
        for operands, operator in ContentStream(got(content), self.reader).operations:
            if operator == b"Tf":
                font = str(operands[0])
            elif operator == b"q":
                fonts.append(font)
            elif operator == b"Q" and fonts:
                font = fonts.pop()
            elif operator in (b"BDC", b"BMC"):
                marks.append(_mark(operands, resources))
            elif operator == b"EMC" and marks:
                marks.pop()
            mcid = next((one for one, _, _ in reversed(marks) if one is not None), None)
            artifact, replaced = (any(mark[n] for mark in marks) for n in (1, 2))
            yield Drawn(operator, operands, resources, font, mcid, artifact, replaced)
            if operator == b"Do" and depth < 5:
                form = got(got(resources.get("/XObject", {})).get(operands[0], {}))
                if form.get("/Subtype") == "/Form":
                    own = got(form.get("/Resources", resources))
                    for inner in self._operators(form, own, depth + 1):
                        marked = inner.mcid if inner.mcid is not None else mcid
                        yield inner._replace(mcid=marked, artifact=artifact or inner.artifact)

    @cached_property
    def texts(self) -> list[Text]:
        """Everything that is set, as codes of two bytes (all composite fonts here use Identity)."""
        found = []
        for one in (drawn for page in self.drawn for drawn in page if drawn.operator in SHOW):
            font = got(got(one.resources.get("/Font", {})).get(one.font, {}))
            said = one.operands[-1] if one.operands else ""
            raw = b"".join(_bytes(part) for part in (said if isinstance(said, list) else [said]))
            wide = font.get("/Subtype") == "/Type0"
            codes = [raw[n : n + 2] for n in range(0, len(raw), 2)] if wide else list(raw)
            numbers = tuple(int.from_bytes(c, "big") if isinstance(c, bytes) else c for c in codes)
            found.append(Text(font, numbers, one.replaced))
        return found

    @cached_property
    def elements(self) -> list[DictionaryObject]:
        """The elements of the structure, in the order in which they are read."""
        return list(_below(self.root.get("/StructTreeRoot", {})))

    @cached_property
    def roles(self) -> dict[str, str]:
        """The role map."""
        tree = got(self.root.get("/StructTreeRoot", {}))
        return {str(key): str(value) for key, value in got(tree.get("/RoleMap", {})).items()}

    def role(self, element: DictionaryObject) -> str:
        """What an element is in the end: "/H1"."""
        kind, steps = str(element.get("/S", "")), 0
        while kind in self.roles and steps < 20:
            kind, steps = self.roles[kind], steps + 1
        return kind

    @cached_property
    def xmp(self) -> Xml.Element:
        return Xml.fromstring(got(self.root["/Metadata"]).get_data().decode("utf-8-sig"))

    def said(self, name: str) -> str:
        """A property of the metadata ({namespace}name), written as an attribute or an element."""
        for one in self.xmp.iter():
            if name in one.attrib:
                return one.attrib[name]
            if one.tag == name:
                return "".join(one.itertext()).strip()
        return ""


def got(value: Any) -> Any:
    """What a value is or leads to."""
    return value.get_object() if hasattr(value, "get_object") else value


def is_true(value: Any) -> bool:
    """Whether a PDF's boolean is true (the library's object for false counts as true)."""
    return bool(got(value) == BooleanObject(True))


def is_dict(value: Any) -> bool:
    return isinstance(got(value), DictionaryObject)


def map_values(map: Any) -> list[DictionaryObject]:
    return [got(one) for one in map.values() if is_dict(one)]


def as_list(value: Any) -> list[Any]:
    """One thing or several, as a list."""
    value = got(value)
    return [] if value is None else list(value) if isinstance(value, ArrayObject) else [value]


def children(element: DictionaryObject) -> list[DictionaryObject]:
    """The elements right below one."""
    return [got(one) for one in as_list(element.get("/K")) if "/S" in _dict(got(one))]


def marked(element: DictionaryObject) -> list[int]:
    """The marked contents an element is about, by their numbers on its page."""
    kids = [got(one) for one in as_list(element.get("/K"))]
    plain = [int(one) for one in kids if isinstance(one, int)]
    return plain + [int(_dict(one)["/MCID"]) for one in kids if "/MCID" in _dict(one)]


def _below(tree: Any) -> Iterator[DictionaryObject]:
    for one in children(got(tree)):
        yield one
        yield from _below(one)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, DictionaryObject) else {}


def _mark(operands: Any, resources: DictionaryObject) -> tuple[int | None, bool, bool]:
    facts = got(operands[1]) if len(operands) > 1 else {}
    if isinstance(facts, str):  # a name: it is in the resources
        facts = got(got(resources.get("/Properties", {})).get(facts, {}))
    mcid = facts.get("/MCID") if isinstance(facts, dict) else None
    return mcid, operands[0] == "/Artifact", "/ActualText" in facts


def _bytes(part: Any) -> bytes:
    if isinstance(part, bytes):
        return part
    return bytes(part.original_bytes) if hasattr(part, "original_bytes") else b""
