"""Small PDF forms for the tests: one page, its fields below each other."""

import io
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

HEIGHT = 24  # points, of a field


def pdf(value: Any) -> Any:
    """A value as pypdf has it: names begin with a slash."""
    if isinstance(value, dict):
        return DictionaryObject({NameObject(f"/{k}"): pdf(one) for k, one in value.items()})
    if isinstance(value, (list, tuple)):
        return ArrayObject(pdf(one) for one in value)
    if isinstance(value, bool):
        return BooleanObject(value)
    if isinstance(value, str):
        return NameObject(value) if value.startswith("/") else TextStringObject(value)
    if isinstance(value, int):
        return NumberObject(value)
    return FloatObject(value) if isinstance(value, float) else value


def look() -> Any:
    """An empty appearance."""
    made = StreamObject()
    made.update(pdf({"Type": "/XObject", "Subtype": "/Form", "BBox": [0, 0, 10, 10]}))
    made.set_data(b"")
    return made


def ticked(*states: str) -> dict[str, Any]:
    """The appearances of a box with these states."""
    return {"N": {state: look() for state in ("Off", *states)}}


def form(*fields: dict[str, Any], width: int = 200, root: Any = None, **acro: Any) -> bytes:
    """A form with these fields, each a dictionary of PDF; a field may have `Kids`."""
    writer = PdfWriter()
    page = writer.add_blank_page(300, 800)
    notes = ArrayObject()
    added = ArrayObject()
    for field in fields:
        kids = [
            writer._add_object(_widget(pdf(kid), len(notes) + n, width))
            for n, kid in enumerate(field.get("Kids", ()))
        ]
        node = pdf({key: value for key, value in field.items() if key != "Kids"})
        if kids:
            node[NameObject("/Kids")] = ArrayObject(kids)
            notes.extend(kids)
            added.append(writer._add_object(node))
        else:
            added.append(writer._add_object(_widget(node, len(notes), width)))
            notes.append(added[-1])
    page[NameObject("/Annots")] = notes
    writer.root_object[NameObject("/AcroForm")] = pdf({"Fields": added, **acro})
    writer.root_object.update(pdf(root or {}))
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _widget(node: Any, number: int, width: int) -> Any:
    bottom = 760 - 30 * number
    node[NameObject("/Subtype")] = NameObject("/Widget")
    node.setdefault(NameObject("/Rect"), pdf([20, bottom, 20 + width, bottom + HEIGHT]))
    return node


def values(data: bytes) -> dict[str, Any]:
    """What another program reads from the fields."""
    found = PdfReader(io.BytesIO(data)).get_fields() or {}
    return {name: one.get("/V") for name, one in found.items()}
