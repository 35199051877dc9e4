"""The rules of PDF/A-3a and PDF/UA-1 that a paper of ours can break, as a table.

ISO 19005-3:2012 ("A") and ISO 14289-1:2014 ("UA"), by clause, put as veraPDF's profiles put them.
veraPDF itself is a Java program that no package index of ours has. What it looks at and this does
not: how a file is laid out between its objects (6.1.2 to 6.1.9 in part), the inside of font
programs beyond their widths, and JPEG 2000. Each rule is broken on purpose in `pdfa_breaks.py`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

from asn1crypto import cms
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    StreamObject,
    TextStringObject,
)

from tests.papers.pdfa_file import PAINT, File, as_list, children, got, is_dict, is_true, marked
from tests.papers.truetype import widths_of

PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
PDFUA = "{http://www.aiim.org/pdfua/ns/id/}"
DC = "{http://purl.org/dc/elements/1.1/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
OPERATORS = frozenset(  # ISO 32000-1, annex A
    b"b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID INLINE "
    b"IMAGE j J K k l m M MP n q Q re RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr "
    b"Ts Tw Tz v w W W* y ' \"".split()
)
BLENDS = frozenset(
    "/Normal /Compatible /Multiply /Screen /Overlay /Darken /Lighten /ColorDodge /ColorBurn "
    "/HardLight /SoftLight /Difference /Exclusion /Hue /Saturation /Color /Luminosity".split()
)
STANDARD = frozenset(  # kinds of elements, ISO 32000-1, 14.8.4
    "/Document /Part /Art /Sect /Div /BlockQuote /Caption /TOC /TOCI /Index /NonStruct /Private /P "
    "/H /H1 /H2 /H3 /H4 /H5 /H6 /L /LI /Lbl /LBody /Table /TR /TH /TD /THead /TBody /TFoot /Span "
    "/Quote /Note /Reference /BibEntry /Code /Link /Annot /Ruby /RB /RT /RP /Warichu /WT /WP "
    "/Figure /Formula /Form".split()
)
FORBIDDEN_ACTIONS = frozenset(
    "/Launch /Sound /Movie /ResetForm /ImportData /Hide /SetOCGState /Rendition /Trans /GoTo3DView "
    "/JavaScript".split()
)
FORBIDDEN_NOTES = frozenset(("/3D", "/Sound", "/Screen", "/Movie", "/RichMedia"))
INVISIBLE, HIDDEN, PRINT, NO_VIEW, TOGGLE = 1, 2, 4, 32, 256  # flags of an annotation
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class Fault(NamedTuple):
    """What breaks a rule."""

    clause: str
    text: str


@dataclass(frozen=True)
class Rule:
    """One rule; `faults` yields what breaks it."""

    clause: str
    says: str
    faults: Callable[[File], Iterator[str]]


RULES: dict[str, Rule] = {}
Look = Callable[[File], Iterator[str]]


def rule(clause: str, says: str) -> Callable[[Look], Look]:
    """Put a rule into the table."""

    def put(look: Look) -> Look:
        assert clause not in RULES
        RULES[clause] = Rule(clause, says, look)
        return look

    return put


def faults(pdf: bytes) -> list[Fault]:
    """All that breaks a rule in this file; a rule that cannot even be looked at is broken."""
    file, found = File(pdf), []
    for one in RULES.values():
        try:
            found += [Fault(one.clause, text) for text in one.faults(file)]
        except Exception as error:
            found.append(Fault(one.clause, f"cannot be checked: {error!r}"))
    return found


# --- the file


@rule("A 6.1.2", "header: %PDF-1.n, then a comment of four bytes above 127; it stays PDF 1.7")
def _(file: File) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7](\r\n|\r|\n)%[\x80-\xff]{4}", file.data):
        yield repr(file.data[:16])
    if str(file.root.get("/Version", "/1.7")) > "/1.7":
        yield f"catalogue: {file.root['/Version']}"


@rule("A 6.1.3", "trailer: an ID, nothing encrypted, nothing after the end")
def _(file: File) -> Iterator[str]:
    trailer = file.reader.trailer
    if len(trailer.get("/ID", ())) != 2:
        yield "no ID"
    if "/Encrypt" in trailer:
        yield "encrypted"
    if not re.search(rb"%%EOF(\r\n|\r|\n)?\Z", file.data):
        yield "data after the end"


@rule("A 6.1.7", "streams: whole, in the file itself, without LZW and without ciphers")
def _(file: File) -> Iterator[str]:
    for one in file.streams:
        for key in {"/F", "/FFilter", "/FDecodeParms"} & set(one):
            yield f"{key}: outside of the file"
        for name in as_list(one.get("/Filter")):
            if name in ("/LZWDecode", "/Crypt"):
                yield str(name)


@rule("A 6.1.13", "limits of strings, names, numbers, pages")
def _(file: File) -> Iterator[str]:
    for one in file.dictionaries:
        for key, value in one.items():
            if len(key.encode()) > 128:
                yield f"name of {len(key)} bytes"
            if isinstance(value, TextStringObject) and len(value.original_bytes) > 32767:
                yield f"{key}: string too long"
            if isinstance(value, FloatObject) and abs(value) > 3.403e38:
                yield f"{key}: number too large"
    for page in file.pages:
        left, low, right, high = (float(edge) for edge in page["/MediaBox"])
        if not all(3 <= side <= 14400 for side in (right - left, high - low)):
            yield "size of a page"


# --- what is drawn


@rule("A 6.2.2", "content: known operators only; each page has its own resources")
def _(file: File) -> Iterator[str]:
    for page, drawn in zip(file.pages, file.drawn, strict=True):
        if "/Resources" not in page:
            yield "a page without resources"
        yield from {f"operator {d.operator!r}" for d in drawn if d.operator not in OPERATORS}


@rule("A 6.2.3", "one output intent for PDF/A, with a sound ICC profile of version 2 or 4")
def _(file: File) -> Iterator[str]:
    intents = [got(one) for one in got(file.root.get("/OutputIntents", []))]
    for_archive = [one for one in intents if one.get("/S") == "/GTS_PDFA1"]
    if len(for_archive) != 1 or not is_dict(for_archive[0].get("/DestOutputProfile")):
        yield "none, or without a profile"
        return
    profile = got(for_archive[0]["/DestOutputProfile"])
    icc = profile.get_data()
    if icc[36:40] != b"acsp" or icc[8] > 4 or icc[12:16] not in (b"mntr", b"prtr"):
        yield "no profile of a screen or printer"
    if {b"RGB ": 3, b"GRAY": 1, b"CMYK": 4}.get(icc[16:20]) != profile.get("/N"):
        yield "another number of colours than it says"


@rule("A 6.2.4", "device colours only where the output intent is of that kind")
def _(file: File) -> Iterator[str]:
    intents = [got(one) for one in got(file.root.get("/OutputIntents", []))]
    profiles = [got(one["/DestOutputProfile"]) for one in intents if "/DestOutputProfile" in one]
    colours = {one.get("/N") for one in profiles}
    for needed, operators, name in (
        (3, {b"rg", b"RG"}, "/DeviceRGB"),
        (4, {b"k", b"K"}, "/DeviceCMYK"),
    ):
        if needed in colours:
            continue
        if any(d.operator in operators for page in file.drawn for d in page):
            yield f"{name} as an operator"
        if any(name in [got(v) for v in one.values()] for one in file.dictionaries):
            yield f"{name} as a colour space"


@rule("A 6.2.5", "graphics states without transfer functions and halftones")
def _(file: File) -> Iterator[str]:
    for one in file.dictionaries:
        for state in map_items(one, "/ExtGState"):
            if "/TR" in state or "/HTP" in state or state.get("/TR2", "/Default") != "/Default":
                yield "a transfer function or halftone phase"


@rule("A 6.2.8", "pictures without alternates and without interpolation")
def _(file: File) -> Iterator[str]:
    for one in file.streams:
        if one.get("/Subtype") == "/Image":
            if {"/Alternates", "/OPI"} & set(one):
                yield "another picture in its place"
            if is_true(one.get("/Interpolate")):
                yield "interpolated"


@rule("A 6.2.9", "forms without PostScript and without references to other files")
def _(file: File) -> Iterator[str]:
    for one in file.streams:
        if one.get("/Subtype") == "/PS" or one.get("/Subtype2") == "/PS":
            yield "PostScript"
        if one.get("/Subtype") == "/Form" and {"/OPI", "/PS", "/Ref"} & set(one):
            yield "a reference or PostScript"


@rule("A 6.2.10", "transparency: known blending, in a space that is defined")
def _(file: File) -> Iterator[str]:
    for one in file.dictionaries:
        for state in map_items(one, "/ExtGState"):
            if wrong := [mode for mode in as_list(state.get("/BM")) if mode not in BLENDS]:
                yield f"blending {wrong[0]}"
    for page in file.pages:
        group = got(page.get("/Group", {}))
        if group.get("/S") == "/Transparency" and "/CS" not in group:
            if "/OutputIntents" not in file.root:
                yield "a group without a blending space"


# --- fonts


def _inner(font: Any) -> Any:
    """The font itself: of a composite one its descendant."""
    below = got(font.get("/DescendantFonts", []))
    return got(below[0]) if below else font


@rule("A 6.2.11.3", "composite fonts: system, map from codes to glyphs, a known encoding")
def _(file: File) -> Iterator[str]:
    for font in (one for one in file.fonts if one.get("/Subtype") == "/Type0"):
        inner, encoding = _inner(font), got(font.get("/Encoding"))
        if not {"/Registry", "/Ordering", "/Supplement"} <= set(got(inner["/CIDSystemInfo"])):
            yield f"{font['/BaseFont']}: CIDSystemInfo"
        glyphs = got(inner.get("/CIDToGIDMap"))
        if inner.get("/Subtype") == "/CIDFontType2" and not (
            glyphs == "/Identity" or isinstance(glyphs, StreamObject)
        ):
            yield f"{font['/BaseFont']}: CIDToGIDMap"
        if encoding not in ("/Identity-H", "/Identity-V") and not isinstance(
            encoding, StreamObject
        ):
            yield f"{font['/BaseFont']}: Encoding"


@rule("A 6.2.11.4", "every font is in the file, those of appearances too")
def _(file: File) -> Iterator[str]:
    for font in file.fonts:
        if font.get("/Subtype") == "/Type3":
            continue
        described = got(_inner(font).get("/FontDescriptor", {}))
        if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(described):
            yield f"{font.get('/BaseFont')} is not embedded"


@rule("A 6.2.11.5", "widths as in the font itself")
def _(file: File) -> Iterator[str]:
    for font in file.fonts:
        inner = _inner(font)
        described = got(inner.get("/FontDescriptor", {}))
        if inner.get("/Subtype") != "/CIDFontType2" or "/FontFile2" not in described:
            continue
        real, used = widths_of(got(described["/FontFile2"]).get_data()), _widths(inner)
        codes = {code for text in file.texts if text.font is font for code in text.codes}
        for code in codes:
            if code >= len(real) or abs(used.get(code, got(inner["/DW"])) - real[code]) > 1:
                yield f"{font['/BaseFont']}: glyph {code}"


def _widths(inner: Any) -> dict[int, float]:
    """The array /W (ISO 32000-1, 9.7.4.3)."""
    found: dict[int, float] = {}
    entries = [got(one) for one in got(inner.get("/W", []))]
    while entries:
        first, second = int(entries[0]), entries[1]
        if isinstance(second, ArrayObject):
            found |= {first + n: float(width) for n, width in enumerate(second)}
            entries = entries[2:]
        else:
            found |= {code: float(entries[2]) for code in range(first, int(second) + 1)}
            entries = entries[3:]
    return found


@rule("A 6.2.11.7", "every code that is set says which letter it is, or ActualText does")
def _(file: File) -> Iterator[str]:
    maps: dict[int, dict[int, str]] = {}
    for text in file.texts:
        if "/ToUnicode" not in text.font:
            yield f"{text.font.get('/BaseFont')}: no ToUnicode"
            continue
        map = maps.setdefault(id(text.font), _letters(got(text.font["/ToUnicode"]).get_data()))
        for code in text.codes:
            letters = map.get(code, "")
            if not letters or set(letters) & set("\0\ufeff\ufffe"):
                yield f"{text.font.get('/BaseFont')}: code {code}"
            if any("\ue000" <= one <= "\uf8ff" for one in letters) and not text.replaced:
                yield f"{text.font.get('/BaseFont')}: code {code} is of private use"


def _letters(cmap: bytes) -> dict[int, str]:
    """A ToUnicode CMap: code -> letters."""
    found = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.S):
        for code, letters in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(code, 16)] = bytes.fromhex(letters.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.S):
        for triple in re.findall(rb"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            low, high, start = (int(one, 16) for one in triple)
            found |= {code: chr(start + code - low) for code in range(low, high + 1)}
    return found


@rule("A 6.2.11.8", "no glyph that means: not defined")
def _(file: File) -> Iterator[str]:
    if any(0 in text.codes for text in file.texts if text.font.get("/Subtype") == "/Type0"):
        yield ".notdef is set"


# --- annotations, fields, actions


@rule("A 6.3.1", "no annotation that plays, moves or is a space")
def _(file: File) -> Iterator[str]:
    for one in file.annotations:
        if one.get("/Subtype") in FORBIDDEN_NOTES:
            yield str(one["/Subtype"])


@rule("A 6.3.2", "annotations are printed and not hidden")
def _(file: File) -> Iterator[str]:
    for one in file.annotations:
        flags = int(one.get("/F", 0))
        if not flags & PRINT or flags & (INVISIBLE | HIDDEN | NO_VIEW | TOGGLE):
            yield f"{one.get('/Subtype')}: flags {flags}"


@rule("A 6.3.3", "annotations with an area have one look")
def _(file: File) -> Iterator[str]:
    for one in file.annotations:
        left, low, right, high = (float(edge) for edge in one["/Rect"])
        if (left, low) == (right, high) or one.get("/Subtype") in ("/Popup", "/Link"):
            continue
        if set(got(one.get("/AP", {}))) != {"/N"}:
            yield f"{one.get('/Subtype')}: no look, or more than one"


@rule("A 6.4.1", "fields do nothing, and no reader draws them anew")
def _(file: File) -> Iterator[str]:
    for one in file.dictionaries:
        if (one.get("/Subtype") == "/Widget" or "/FT" in one) and {"/A", "/AA"} & set(one):
            yield "a field with an action"
    if is_true(got(file.root.get("/AcroForm", {})).get("/NeedAppearances")):
        yield "NeedAppearances"


@rule("A 6.4.2", "no XFA")
def _(file: File) -> Iterator[str]:
    if "/XFA" in got(file.root.get("/AcroForm", {})) or is_true(file.root.get("/NeedsRendering")):
        yield "XFA"


@rule("A 6.4.3", "a seal is over the whole file, by one signer whose certificate is in it")
def _(file: File) -> Iterator[str]:
    for one in (one for one in file.dictionaries if "/ByteRange" in one):
        start, before, after, rest = (int(n) for n in one["/ByteRange"])
        gap = file.data[before:after]
        if start != 0 or after + rest != len(file.data) or gap[:1] + gap[-1:] != b"<>":
            yield "not over the whole file"
        signed = cms.ContentInfo.load(bytes.fromhex(gap[1:-1].decode()))["content"]
        if len(signed["signer_infos"]) != 1 or len(signed["certificates"]) < 1:
            yield "not one signer with a certificate"


@rule("A 6.5", "no action that runs, plays, hides or sends; none by itself")
def _(file: File) -> Iterator[str]:
    for one in file.dictionaries:
        if one.get("/S") in FORBIDDEN_ACTIONS or "/JS" in one:
            yield str(one.get("/S", "/JS"))
    if "/AA" in file.root or any("/AA" in page for page in file.pages):
        yield "AA"
    if "/JavaScript" in got(file.root.get("/Names", {})):
        yield "a script of the document"


# --- metadata


@rule("A 6.6.2", "metadata as XMP: well formed, its header without old attributes")
def _(file: File) -> Iterator[str]:
    if not is_dict(file.root.get("/Metadata")):
        yield "none"
        return
    packet = got(file.root["/Metadata"]).get_data()
    header = re.search(rb"<\?xpacket begin=[^?]*\?>", packet)
    if header is None or re.search(rb"\s(bytes|encoding)=", header[0]):
        yield "header"
    if got(file.root["/Metadata"]).get("/Subtype") != "/XML":
        yield "Subtype"
    try:
        description = file.xmp.find(".//{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description")
    except ParseError as error:
        yield f"not well formed: {error}"
        return
    if description is None:
        yield "no description"


@rule("A 6.6.3", "the information dictionary says what the metadata say")
def _(file: File) -> Iterator[str]:
    info = got(file.reader.trailer.get("/Info", {}))
    for key, name in (
        ("/Title", f"{DC}title"),
        ("/Author", f"{DC}creator"),
        ("/Producer", "{http://ns.adobe.com/pdf/1.3/}Producer"),
        ("/Creator", f"{XMP}CreatorTool"),
        ("/CreationDate", f"{XMP}CreateDate"),
        ("/ModDate", f"{XMP}ModifyDate"),
    ):
        if key in info and _plain(str(info[key])) != _plain(file.said(name)):
            yield f"{key}: {info[key]!r} and {file.said(name)!r}"


def _plain(text: str) -> str:
    """A text, or an instant in the ways that both write it: only its digits, without the zone."""
    if re.match(r"(D:)?\d{4}-?\d\d-?\d\d", text):
        return re.sub(r"\D", "", text)[:14]
    return text


@rule("A 6.6.4", "the metadata say: PDF/A, part 3, level A")
def _(file: File) -> Iterator[str]:
    found = (file.said(f"{PDFA}part"), file.said(f"{PDFA}conformance"))
    if found != ("3", "A"):
        yield f"{found}"
    if b"xmlns:pdfaid=" not in got(file.root["/Metadata"]).get_data():
        yield "another prefix than pdfaid"


# --- structure


@rule("A 6.7.2", "it is a tagged file")
def _(file: File) -> Iterator[str]:
    if not is_true(got(file.root.get("/MarkInfo", {})).get("/Marked")):
        yield "not marked"
    if not file.elements:
        yield "no structure"


@rule("A 6.7.3", "every kind of element is a known one, or stands for one")
def _(file: File) -> Iterator[str]:
    yield from {f"{file.role(one)}" for one in file.elements if file.role(one) not in STANDARD}
    if remapped := STANDARD & set(file.roles):
        yield f"a known one stands for another: {sorted(remapped)[0]}"


@rule("A 6.7.4", "languages are tags")
def _(file: File) -> Iterator[str]:
    for one in (file.root, *file.elements):
        if "/Lang" in one and not LANGUAGE.fullmatch(str(one["/Lang"])):
            yield repr(one["/Lang"])


@rule("A 6.8", "embedded files: names, kind, date, and what they are to the paper")
def _(file: File) -> Iterator[str]:
    associated = [got(one) for holder in file.dictionaries for one in as_list(holder.get("/AF"))]
    for one in (one for one in file.dictionaries if "/EF" in one):
        if not {"/F", "/UF", "/AFRelationship"} <= set(one):
            yield "without a name or a relation"
        if not any(one is other for other in associated):
            yield "associated with nothing"
        for content in map_items(one, "/EF"):
            if "/Subtype" not in content or "/ModDate" not in got(content.get("/Params", {})):
                yield "without a kind or a date"


@rule("A 6.9", "layers have a name and show themselves always")
def _(file: File) -> Iterator[str]:
    layers = got(file.root.get("/OCProperties", {}))
    for one in (got(layers["/D"]), *map(got, layers.get("/Configs", []))) if layers else ():
        if not one.get("/Name") or "/AS" in one:
            yield "without a name, or shown by itself"


@rule("A 6.10", "no other ways to present it, no requirements")
def _(file: File) -> Iterator[str]:
    if "/AlternatePresentations" in got(file.root.get("/Names", {})):
        yield "AlternatePresentations"
    if any("/PresSteps" in page for page in file.pages) or "/Requirements" in file.root:
        yield "PresSteps or Requirements"


# --- for screen readers


@rule("UA 5", "the metadata say: PDF/UA, part 1")
def _(file: File) -> Iterator[str]:
    if file.said(f"{PDFUA}part") != "1":
        yield repr(file.said(f"{PDFUA}part"))


@rule("UA 7.1", "all that is drawn is an artifact or has its place in the structure")
def _(file: File) -> Iterator[str]:
    if is_true(got(file.root.get("/MarkInfo", {})).get("/Suspects")):
        yield "suspects"
    if not file.said(f"{DC}title"):
        yield "no title"
    if not is_true(got(file.root.get("/ViewerPreferences", {})).get("/DisplayDocTitle")):
        yield "its title is not shown"
    places = _places(file)
    for page, drawn in zip(file.pages, file.drawn, strict=True):
        for one in (one for one in drawn if one.operator in PAINT and not one.artifact):
            if one.operator == b"Do":
                continue  # what is inside is looked at
            if one.mcid is None or one.mcid not in places.get(int(page["/StructParents"]), ()):
                yield f"{one.operator!r} is not in the structure"


def _places(file: File) -> dict[int, set[int]]:
    """Page -> the marked contents that elements of the tree are about."""
    reached = {id(one) for one in file.elements}
    tree = got(got(file.root["/StructTreeRoot"])["/ParentTree"])
    pairs = [got(one) for one in got(tree.get("/Nums", []))]
    for kid in got(tree.get("/Kids", [])):
        pairs += [got(one) for one in got(got(kid).get("/Nums", []))]
    return {
        int(key): {
            n for n, one in enumerate(owners) if id(got(one)) in reached and n in marked(got(one))
        }
        for key, owners in zip(pairs[::2], pairs[1::2], strict=True)
        if isinstance(owners, ArrayObject)
    }


@rule("UA 7.2", "the language of the whole")
def _(file: File) -> Iterator[str]:
    if not file.root.get("/Lang"):
        yield "none"


@rule("UA 7.3", "pictures have words")
def _(file: File) -> Iterator[str]:
    for one in (one for one in file.elements if file.role(one) == "/Figure"):
        if not (one.get("/Alt") or one.get("/ActualText")):
            yield "a picture without words"


@rule("UA 7.4", "headings begin with the first level and leave none out")
def _(file: File) -> Iterator[str]:
    levels = [int(r[2:]) for one in file.elements if re.fullmatch(r"/H\d", r := file.role(one))]
    if levels[:1] != [1]:
        yield f"begins with {levels[:1]}"
    for above, below in pairwise(levels):
        if below > above + 1:
            yield f"{above}, then {below}"


@rule("UA 7.5", "tables: cells in rows, rows in tables, headers that say of what")
def _(file: File) -> Iterator[str]:
    for one in (one for one in file.elements if file.role(one) == "/Table"):
        inside = [below for kid in children(one) for below in (kid, *children(kid))]
        rows = [row for row in inside if file.role(row) == "/TR"]
        cells = [cell for row in rows for cell in children(row)]
        headers = [cell for cell in cells if file.role(cell) == "/TH"]
        if len({len(children(row)) for row in rows}) != 1:
            yield "rows of different lengths"
        if not headers:
            yield "no header"
        for cell in headers:
            if not any("/Scope" in got(a) for a in as_list(cell.get("/A"))):
                yield "a header of nothing"


@rule("UA 7.18.1", "annotations have words")
def _(file: File) -> Iterator[str]:
    for one in file.annotations:
        if one.get("/Subtype") != "/Popup" and not (one.get("/Contents") or one.get("/TU")):
            yield f"{one.get('/Subtype')} without words"


@rule("UA 7.18.3", "pages with annotations are walked through as they are read")
def _(file: File) -> Iterator[str]:
    if any(page.get("/Annots") and page.get("/Tabs") != "/S" for page in file.pages):
        yield "another order"


@rule("UA 7.18.4", "a field that can be seen has its place in the structure, and so has a link")
def _(file: File) -> Iterator[str]:
    referred = [
        (file.role(element), got(got(kid)["/Obj"]))
        for element in file.elements
        for kid in as_list(element.get("/K"))
        if is_dict(kid) and "/Obj" in got(kid)
    ]
    for page in file.pages:
        for one in (got(a) for a in got(page.get("/Annots", []))):
            wanted = {"/Widget": "/Form", "/Link": "/Link"}.get(str(one.get("/Subtype")), "/Annot")
            beside = _beside(one, page)
            if not beside and not any(r == wanted and o is one for r, o in referred):
                yield f"{one.get('/Subtype')} is in no {wanted}"


def _beside(note: DictionaryObject, page: DictionaryObject) -> bool:
    """Whether it lies outside of what is shown of its page."""
    left, low, right, high = (float(edge) for edge in page.get("/CropBox", page["/MediaBox"]))
    a, b, c, d = (float(edge) for edge in note["/Rect"])
    return max(a, c) < left or min(a, c) > right or max(b, d) < low or min(b, d) > high


def map_items(one: DictionaryObject, key: str) -> list[Any]:
    """What is in a map of names."""
    map = got(one.get(key))
    return [got(v) for v in map.values() if is_dict(v)] if isinstance(map, DictionaryObject) else []
