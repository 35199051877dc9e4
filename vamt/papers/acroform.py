"""The fields of a PDF form (AcroForm, ISO 32000-2, 12.7): read, and filled in for good.

A value is stored in its field and drawn as the field's appearance, set by typst with the fonts of
our papers: the form's own font seldom has the letters of a Turkish or Arabic name, and viewers
that draw values themselves cut what is too long. Every field is then locked, so that all viewers
show what is drawn here, and what was sealed is what is seen.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

Kind = Literal["text", "list", "box", "radio", "signature", "other"]
FILLED = ("text", "list", "box", "radio")
INHERITED = ("/FT", "/Ff", "/V", "/DA", "/Q", "/MaxLen", "/Opt")  # by a field from those above it
READ_ONLY, MULTILINE, PASSWORD = 1 << 0, 1 << 12, 1 << 13  # field flags
RADIO, PUSH, COMBO, EDIT, FILE, COMB = 1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 20, 1 << 24
HIDDEN, PRINT, LOCKED, LOCKED_CONTENTS = 1 << 1, 1 << 2, 1 << 7, 1 << 9  # flags of an annotation
ALIGNED = ("left", "center", "right")  # by /Q
FONT_SIZE = re.compile(r"([0-9]*\.?[0-9]+)\s+Tf\b")
PAINTS = {1: "g", 3: "rg", 4: "k"}  # by number of colours; in capitals for strokes


class NotAForm(Exception):
    """The PDF cannot be used as a form; the text says why."""


@dataclass(slots=True)
class Field:
    """A field of a form, with all places where it is shown."""

    name: str  # in full: "person.name"
    says: Mapping[str, Any]  # what is inherited or its own, of INHERITED
    node: DictionaryObject
    widgets: list[DictionaryObject]

    @property
    def flags(self) -> int:
        """Its flags, ISO 32000-2, tables 227 to 233."""
        return int(self.says.get("/Ff", 0))

    @property
    def kind(self) -> Kind:
        """What can be put into it."""
        kind, flags = self.says.get("/FT"), self.flags
        if kind == "/Tx" and not flags & (PASSWORD | FILE):
            return "text"
        if kind == "/Ch":
            return "list"
        if kind == "/Btn" and not flags & PUSH:
            return "radio" if flags & RADIO else "box"
        return "signature" if kind == "/Sig" else "other"

    @property
    def free(self) -> bool:
        """Whether any text can be written into it."""
        typed = bool(self.flags & COMBO and self.flags & EDIT)
        return self.kind == "text" or (self.kind == "list" and typed)

    @property
    def options(self) -> dict[str, str]:
        """Of a list, value -> how it is shown; of a box or radio group, the states of a tick."""
        if self.kind == "list":
            found = [one.get_object() for one in self.says.get("/Opt", ())]
            return {
                str(one[0] if isinstance(one, list) else one): str(
                    one[-1] if isinstance(one, list) else one
                )
                for one in found
            }
        states = dict.fromkeys(state for one in self.widgets for state in _states(one))
        return {state: state for state in states}

    @property
    def most(self) -> int:
        """How many characters it takes; 0: any number."""
        return int(self.says.get("/MaxLen", 0))

    @property
    def cells(self) -> int:
        """How many cells it has, each for one character; 0: it is written freely."""
        return self.most if self.kind == "text" and self.flags & COMB else 0

    @property
    def help(self) -> str:
        """What a reader is told about it, "" if nothing."""
        return str(self.node.get("/TU", ""))


@dataclass(frozen=True, slots=True)
class Box:
    """A text to be drawn into a field, as `templates/boxes.typ` takes it. Lengths in points."""

    field: str
    text: str
    width: float
    height: float
    size: float  # of the letters, at most; 0: what fits
    multiline: bool
    align: str  # one of ALIGNED
    cells: int  # one for each character; 0: none


def opened(pdf: bytes) -> PdfReader:
    """The PDF, if it is a form that can be filled in; raises NotAForm."""
    try:
        reader = PdfReader(io.BytesIO(pdf))
        if reader.is_encrypted:
            raise NotAForm("is protected; save it without a password and without restrictions")
        root = reader.root_object
        form = root.get("/AcroForm", DictionaryObject()).get_object()
        known = fields_of(root)
        len(reader.pages)
    except NotAForm:
        raise
    except Exception as error:  # a broken file: any error of the library may come
        raise NotAForm(f"cannot be read as a PDF ({error})") from None
    if "/XFA" in form and (not known or "/NeedsRendering" in root):
        raise NotAForm(
            "is a form of the kind XFA only, which no browser shows; "
            "save it as a PDF form with fields (AcroForm)"
        )
    if not known:
        raise NotAForm("has no fields to fill in (AcroForm)")
    if any(one.kind == "signature" and "/V" in one.says for one in known.values()):
        raise NotAForm("is signed already; filling it in would break the signature")
    return reader


def fields_of(root: Mapping[str, Any]) -> dict[str, Field]:
    """The fields of a PDF with this catalogue (/Root), by their full names."""
    form = root.get("/AcroForm", DictionaryObject()).get_object()
    found: dict[str, Field] = {}
    says = {key: form[key] for key in ("/DA", "/Q") if key in form}
    for one in _fields(form.get("/Fields", ()), "", says):
        if one.name in found:  # two of one name are one field
            found[one.name].widgets += one.widgets
        else:
            found[one.name] = one
    return found


def _fields(nodes: Iterable[Any], above: str, says: Mapping[str, Any]) -> Iterator[Field]:
    for node in (one.get_object() for one in nodes):
        name = ".".join(part for part in (above, str(node.get("/T", ""))) if part)
        own = {**says, **{key: node[key] for key in INHERITED if key in node}}
        kids = [kid.get_object() for kid in node.get("/Kids", ())]
        if below := [kid for kid in kids if "/T" in kid]:
            yield from _fields(below, name, own)
        elif name:
            yield Field(name, own, node, kids or [node])


def _states(widget: DictionaryObject) -> list[str]:
    """The states of a tick that a widget can show."""
    looks = widget.get("/AP", DictionaryObject()).get_object()
    normal = looks.get("/N", DictionaryObject()).get_object()
    if isinstance(normal, StreamObject):
        return []
    return [name[1:] for name in normal if name != "/Off"]


class Filling:
    """A form that is being filled in: first the values, then the looks of what they say."""

    def __init__(self, pdf: bytes) -> None:
        self._writer = PdfWriter(clone_from=opened(pdf))
        self._root: Any = self._writer.root_object
        self._fields = fields_of(self._root)
        self._drawn: list[tuple[Box, DictionaryObject]] = []

    def write(self, values: Mapping[str, str]) -> list[Box]:
        """Put these into their fields, by full name; returns what is to be drawn.

        A value of a box or radio group is the state to tick, "" for none. What the form itself
        says in a field without a look is drawn, too.
        """
        for field in self._fields.values():
            value = values.get(field.name)
            if field.kind in ("box", "radio") and value is not None:
                _tick(field, value)
            elif field.kind in ("text", "list"):
                self._put(field, value)
        return [box for box, _ in self._drawn]

    def _put(self, field: Field, value: str | None) -> None:
        if value is None:  # the form's own; where it has no look, no viewer would show it
            own = field.says.get("/V", "")
            text = str(own) if isinstance(own, str) else ""
            widgets = [one for one in field.widgets if text and "/AP" not in one]
        else:
            text, widgets = _celled(field, value), field.widgets
            field.node[NameObject("/V")] = TextStringObject(text)
            for stale in ("/RV", "/I"):
                field.node.pop(NameObject(stale), None)
        shown = field.options.get(text, text) if field.kind == "list" else text
        self._drawn += [(_box(field, one, shown), one) for one in widgets]

    def draw(self, boxes: bytes) -> bytes:
        """The finished form; `boxes` is a PDF with one page for each Box of `write`."""
        pages = PdfReader(io.BytesIO(boxes)).pages if self._drawn else []
        for page, (box, widget) in zip(pages, self._drawn, strict=True):
            look = self._look(page, box, widget)
            widget[NameObject("/AP")] = DictionaryObject({NameObject("/N"): look})
            widget.pop(NameObject("/AS"), None)
        for field in self._fields.values():
            _lock(field)
        self._quieten()
        out = io.BytesIO()
        self._writer.write(out)
        return out.getvalue()

    def _look(self, page: Any, box: Box, widget: DictionaryObject) -> Any:
        """A page as the look of a widget, on the widget's own ground and within its border."""
        look = StreamObject()
        drawn = page["/Contents"].get_object().get_data()  # typst writes one stream
        look.set_data(_ground(box, widget).encode() + b"q\n" + drawn + b"\nQ\n")
        look[NameObject("/Type")] = NameObject("/XObject")
        look[NameObject("/Subtype")] = NameObject("/Form")
        look[NameObject("/BBox")] = _numbers(0, 0, box.width, box.height)
        look[NameObject("/Matrix")] = _numbers(*TURNED[_turn(widget)])
        look[NameObject("/Resources")] = page["/Resources"].clone(self._writer)
        return self._writer._add_object(look.flate_encode())

    def _quieten(self) -> None:
        """Take out all that would change the form by itself when it is opened."""
        form = self._root["/AcroForm"].get_object()
        for name in ("/XFA", "/NeedAppearances", "/CO"):
            form.pop(NameObject(name), None)
        for name in ("/OpenAction", "/AA", "/Perms", "/NeedsRendering"):
            self._root.pop(NameObject(name), None)
        names = self._root.get("/Names", DictionaryObject()).get_object()
        names.pop(NameObject("/JavaScript"), None)
        for page in self._writer.pages:
            page.pop(NameObject("/AA"), None)


TURNED = {0: (1, 0, 0, 1, 0, 0), 90: (0, 1, -1, 0, 0, 0), 180: (-1, 0, 0, -1, 0, 0)}
TURNED[270] = (0, -1, 1, 0, 0, 0)


def _tick(field: Field, state: str) -> None:
    """Tick the boxes with this state and no others."""
    field.node[NameObject("/V")] = NameObject(f"/{state or 'Off'}")
    for widget in field.widgets:
        on = state if state in _states(widget) else "Off"
        widget[NameObject("/AS")] = NameObject(f"/{on}")


def _box(field: Field, widget: DictionaryObject, text: str) -> Box:
    rect: Any = widget["/Rect"]
    left, bottom, right, top = (float(n) for n in rect)
    width, height = abs(right - left), abs(top - bottom)
    if _turn(widget) in (90, 270):
        width, height = height, width
    size = FONT_SIZE.search(str(widget.get("/DA", field.says.get("/DA", ""))))
    return Box(
        field.name,
        text,
        width,
        height,
        float(size[1]) if size else 0.0,
        bool(field.flags & MULTILINE) and field.kind == "text",
        ALIGNED[int(widget.get("/Q", field.says.get("/Q", 0))) % 3],
        field.cells,
    )


def _celled(field: Field, text: str) -> str:
    """The text, without dots and blanks where only that fits: "01.02.1990" in eight cells."""
    if not field.cells or len(text) <= field.cells:
        return text
    return "".join(c for c in text if c.isalnum())


def _turn(widget: DictionaryObject) -> int:
    """How far it is turned against the page, in degrees."""
    return int(widget.get("/MK", DictionaryObject()).get_object().get("/R", 0)) % 360 // 90 * 90


def _ground(box: Box, widget: DictionaryObject) -> str:
    """The background and border that the widget asks for, in a page's language."""
    asked = widget.get("/MK", DictionaryObject()).get_object()
    style = widget.get("/BS", DictionaryObject()).get_object()
    border = float(style.get("/W", 1))
    fill, line = (list(asked.get(key, ())) for key in ("/BG", "/BC"))
    said = ""
    if len(fill) in PAINTS:
        said += f"q {_spaced(fill)} {PAINTS[len(fill)]} {_spaced(_frame(box, 0))} re f Q\n"
    if len(line) in PAINTS and border:
        paint = PAINTS[len(line)].upper()
        said += f"q {_spaced(line)} {paint} {border:.2f} w {_spaced(_frame(box, border))} re S Q\n"
    return said


def _frame(box: Box, border: float) -> tuple[float, ...]:
    return (border / 2, border / 2, box.width - border, box.height - border)


def _spaced(numbers: Iterable[Any]) -> str:
    return " ".join(f"{float(n):.4f}" for n in numbers)


def _numbers(*given: float) -> ArrayObject:
    return ArrayObject(FloatObject(n) for n in given)


def _lock(field: Field) -> None:
    """Nobody changes it any more. One for a signature stays: the paper may need one yet."""
    if field.kind == "signature":
        return
    field.node[NameObject("/Ff")] = NumberObject(field.flags | READ_ONLY)
    field.node.pop(NameObject("/AA"), None)
    for widget in field.widgets:
        for action in ("/A", "/AA"):
            widget.pop(NameObject(action), None)
        # with both locks Firefox draws the look instead of an input of its own
        flags = int(widget.get("/F", 0)) | PRINT | LOCKED | LOCKED_CONTENTS
        if field.kind == "other":  # "Print", "Reset": of no use on a finished paper
            flags |= HIDDEN
        widget[NameObject("/F")] = NumberObject(flags)
