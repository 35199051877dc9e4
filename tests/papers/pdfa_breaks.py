"""For each rule of `pdfa_rules` ways to break it: a sealed paper in, a paper that breaks it out."""

import io
from collections.abc import Callable
from typing import Any

import pypdf
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from tests.papers.pdfa_file import got

Break = Callable[[bytes], bytes]
Harm = Callable[[pypdf.PdfWriter], None]


def pdf(value: Any) -> Any:
    """A plain value as a PDF's: "/X" is a name, "(x" a text."""
    if isinstance(value, bool):
        return BooleanObject(value)
    if isinstance(value, int):
        return NumberObject(value)
    if isinstance(value, float):
        return FloatObject(value)
    if isinstance(value, str):
        return NameObject(value) if value.startswith("/") else TextStringObject(value[1:])
    if isinstance(value, list):
        return ArrayObject([pdf(one) for one in value])
    if isinstance(value, dict) and not isinstance(value, DictionaryObject):
        return DictionaryObject({NameObject(key): pdf(one) for key, one in value.items()})
    return value


def harmed(harm: Harm) -> Break:
    """A break that changes objects."""

    def broken(paper: bytes) -> bytes:
        writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(paper)))
        harm(writer)
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()

    return broken


untouched = harmed(lambda w: None)


def root(**entries: Any) -> Break:
    """Entries of the catalogue."""
    return harmed(lambda w: _update(w.root_object, entries))


def page(**entries: Any) -> Break:
    """Entries of the first page."""
    return harmed(lambda w: _update(w.pages[0], entries))


def content(more: bytes) -> Break:
    """Something more that is drawn, as an artifact."""

    def harm(writer: pypdf.PdfWriter) -> None:
        first = writer.pages[0]
        stream = DecodedStreamObject()
        stream.set_data(b"\n".join((got(first["/Contents"]).get_data(), more)))
        first[NameObject("/Contents")] = writer._add_object(stream)

    return harmed(harm)


def resource(kind: str, **entries: Any) -> Break:
    """Something more among the resources of the first page."""

    def harm(writer: pypdf.PdfWriter) -> None:
        resources = got(writer.pages[0]["/Resources"])
        map = DictionaryObject(got(resources.get(kind, {})))
        for name, one in entries.items():
            map[NameObject("/" + name)] = writer._add_object(_made(one))
        resources[NameObject(kind)] = map

    return harmed(harm)


def _made(entries: dict[str, Any]) -> Any:
    stream = DecodedStreamObject()
    stream.set_data(b"")
    stream.update(pdf(entries))
    return stream if "/Subtype" in entries and entries["/Subtype"] != "/Type1" else pdf(entries)


def font(**entries: Any) -> Break:
    """Entries of the descendants of the first page's fonts; None takes one away."""
    return _fonts(lambda f: got(got(f["/DescendantFonts"])[0]), entries)


def outer_font(**entries: Any) -> Break:
    """Entries of the first page's fonts themselves."""
    return _fonts(lambda f: f, entries)


def _fonts(of: Callable[[Any], Any], entries: dict[str, Any]) -> Break:
    def harm(writer: pypdf.PdfWriter) -> None:
        for one in got(got(writer.pages[0]["/Resources"])["/Font"]).values():
            _update(of(got(one)), entries)

    return harmed(harm)


def note(**entries: Any) -> Break:
    """Entries of the seal's annotation, which is the field as well."""
    return harmed(lambda w: _update(got(got(w.pages[0]["/Annots"])[0]), entries))


def element(kind: str, most: int = 100, **entries: Any) -> Break:
    """Entries of the first `most` elements of a kind."""

    def harm(writer: pypdf.PdfWriter) -> None:
        found = [one for one in writer._objects if _kind(one) == kind]
        assert found
        for one in found[:most]:
            _update(one, entries)

    return harmed(harm)


def _kind(one: Any) -> str:
    return str(one.get("/S", "")) if isinstance(one, DictionaryObject) else ""


def metadata(old: bytes, new: bytes) -> Break:
    """Other words in the metadata."""

    def harm(writer: pypdf.PdfWriter) -> None:
        stream = DecodedStreamObject()
        packet = got(writer.root_object["/Metadata"]).get_data()
        assert old in packet
        stream.set_data(packet.replace(old, new))
        stream.update(pdf({"/Type": "/Metadata", "/Subtype": "/XML"}))
        writer.root_object[NameObject("/Metadata")] = writer._add_object(stream)

    return harmed(harm)


def embedded(**entries: Any) -> Break:
    """A file within it, with these entries beside its content."""

    def harm(writer: pypdf.PdfWriter) -> None:
        stream = DecodedStreamObject()
        stream.set_data(b"<x/>")
        file = pdf({"/Type": "/Filespec", **{"/" + key: one for key, one in entries.items()}})
        file[NameObject("/EF")] = DictionaryObject({NameObject("/F"): writer._add_object(stream)})
        writer.root_object[NameObject("/Attached")] = writer._add_object(file)

    return harmed(harm)


def _update(one: Any, entries: dict[str, Any]) -> None:
    for name, value in entries.items():
        if value is None:
            one.pop(NameObject("/" + name), None)
        else:
            one[NameObject("/" + name)] = pdf(value)


def _encrypted(writer: pypdf.PdfWriter) -> None:
    writer.encrypt("", "owner")


def _outside(writer: pypdf.PdfWriter) -> None:
    stream = next(one for one in writer._objects if isinstance(one, StreamObject))
    stream[NameObject("/F")] = TextStringObject("elsewhere.bin")


def _widget_on_the_page(writer: pypdf.PdfWriter) -> None:
    seal = got(got(writer.pages[0]["/Annots"])[0])
    seal[NameObject("/Rect")] = pdf([100, 100, 200, 150])


BREAKS: dict[str, list[Break]] = {
    "A 6.1.2": [
        lambda p: b"\n" + p,
        lambda p: p.replace(b"%PDF-1.7", b"%PDF-2.0", 1),
        root(Version="/2.0"),
    ],
    "A 6.1.3": [lambda p: p + b"more", harmed(_encrypted)],
    "A 6.1.7": [
        harmed(_outside),
        resource("/XObject", x={"/Subtype": "/Form", "/Filter": "/LZWDecode"}),
    ],
    "A 6.1.13": [root(**{"x" * 130: True}), page(MediaBox=[0, 0, 2, 2])],
    "A 6.2.2": [content(b"/Artifact BMC 1 unheard EMC"), page(Resources=None)],
    "A 6.2.3": [root(OutputIntents=None), root(OutputIntents=[{"/S": "/GTS_PDFA1"}])],
    "A 6.2.4": [content(b"/Artifact BMC 0 0 0 1 k EMC")],
    "A 6.2.5": [resource("/ExtGState", g={"/TR": "/Identity"})],
    "A 6.2.8": [resource("/XObject", x={"/Subtype": "/Image", "/Interpolate": True})],
    "A 6.2.9": [
        resource("/XObject", x={"/Subtype": "/PS"}),
        resource("/XObject", x={"/Subtype": "/Form", "/Ref": {}}),
    ],
    "A 6.2.10": [resource("/ExtGState", g={"/BM": "/Strange"})],
    "A 6.2.11.3": [font(CIDToGIDMap=None), font(CIDSystemInfo={}), outer_font(Encoding="/Own-H")],
    "A 6.2.11.4": [
        font(FontDescriptor={"/FontName": "/X"}),
        resource("/Font", f={"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}),
    ],
    "A 6.2.11.5": [font(W=[1, [10, 10, 10]])],
    "A 6.2.11.7": [outer_font(ToUnicode=None)],
    "A 6.2.11.8": [content(b"/Artifact BMC BT /f0 9 Tf <0000> Tj ET EMC")],
    "A 6.3.1": [note(Subtype="/Sound")],
    "A 6.3.2": [note(F=134), note(F=None), note(F=36)],
    "A 6.3.3": [harmed(_widget_on_the_page)],
    "A 6.4.1": [note(AA={}), root(AcroForm={"/NeedAppearances": True})],
    "A 6.4.2": [root(AcroForm={"/XFA": []}), root(NeedsRendering=True)],
    "A 6.4.3": [lambda p: p + b"\n%%EOF\n"],
    "A 6.5": [
        root(OpenAction={"/S": "/JavaScript", "/JS": "(app.alert(1)"}),
        root(AA={}),
        root(Names={"/JavaScript": {}}),
    ],
    "A 6.6.2": [
        root(Metadata=None),
        metadata(b"<?xpacket begin=", b'<?xpacket bytes="9" begin='),
        metadata(b"</x:xmpmeta>", b""),
    ],
    "A 6.6.3": [harmed(lambda w: w.add_metadata({"/Title": "Another"}))],
    "A 6.6.4": [metadata(b'pdfaid:part="3"', b'pdfaid:part="1"'), metadata(b"pdfaid", b"a")],
    "A 6.7.2": [root(MarkInfo={"/Marked": False}), root(StructTreeRoot={})],
    "A 6.7.3": [element("/H1", S="/Banner")],
    "A 6.7.4": [root(Lang="(a language")],
    "A 6.8": [
        embedded(F="(a.xml", UF="(a.xml"),
        embedded(F="(a.xml", UF="(a.xml", AFRelationship="/Data"),
    ],
    "A 6.9": [root(OCProperties={"/D": {"/AS": []}})],
    "A 6.10": [root(Requirements=[]), page(PresSteps={})],
    "UA 5": [metadata(b'pdfuaid:part="1"', b"")],
    "UA 7.1": [
        content(b"BT /f0 9 Tf <0001> Tj ET"),
        root(ViewerPreferences={}),
        root(MarkInfo={"/Marked": True, "/Suspects": True}),
        element("/H1", K=[]),
    ],
    "UA 7.2": [root(Lang=None)],
    "UA 7.3": [element("/Figure", Alt=None)],
    "UA 7.4": [element("/H1", S="/H2")],
    "UA 7.5": [element("/TH", S="/TD"), element("/TH", A=None), element("/TR", most=1, K=[])],
    "UA 7.18.1": [note(TU=None)],
    "UA 7.18.3": [page(Tabs=None), page(Tabs="/R")],
    "UA 7.18.4": [harmed(_widget_on_the_page)],
}
