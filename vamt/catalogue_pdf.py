"""How a service names a PDF form of the town's own, and what can be wrong with that.

`snippet` is the beginning of such a table for a given PDF: `vamt fields`.
"""

import difflib
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from vamt.booking import Option, PdfForm
from vamt.signature import keys_in

if TYPE_CHECKING:
    from vamt.papers.acroform import Field

FACTS = ("name", "date", "clerk", "case")  # what can be written beside the fields of the form
SEAL = "Siegel"  # as vamt.papers.seal calls its field
Choices = Mapping[str, Collection[str] | None]  # key of a field -> its values; None: it is typed


class OptionConf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is written, or ticked, by what she has chosen."""

    field: str
    options: dict[str, str]


class PdfFormConf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A PDF form (AcroForm) of the town's own that the desk fills in from the form."""

    file: str  # in the folder of the town's services
    title: str
    fields: dict[str, str | OptionConf]  # name in the PDF -> "{key}, {key}", or by a choice


def known(conf: PdfFormConf) -> PdfForm:
    """The form as the domain knows it."""
    fields = {
        name: said if isinstance(said, str) else Option(said.field, said.options)
        for name, said in conf.fields.items()
    }
    return PdfForm(conf.file, conf.title, fields)


def faults(conf: PdfFormConf, choices: Choices) -> Iterator[tuple[str, str]]:
    """What is wrong: where in the service, and in words. The file is named in full."""
    from vamt.papers.acroform import NotAForm, fields_of, opened  # pypdf: only where it is needed

    if not conf.title.strip():
        yield "pdf_form.title", "pdf_form.title: must not be empty"
    file = Path(conf.file)
    try:
        fields = fields_of(opened(file.read_bytes()).root_object)
    except OSError as error:
        yield "pdf_form.file", f"pdf_form.file: {file}: {error.strerror}"
        return
    except NotAForm as error:
        yield "pdf_form.file", f"pdf_form.file: {file}: {error}"
        return
    if SEAL in fields and fields[SEAL].kind != "signature":
        yield "pdf_form.file", f"pdf_form.file: {file}: the name {SEAL!r} is kept for our seal"
    for name, said in conf.fields.items():
        path = f"pdf_form.fields.{name}"
        for text in _wrong(name, said, fields, choices):
            yield path, f"pdf_form.fields: {text}"


def _wrong(
    name: str, said: str | OptionConf, fields: Mapping[str, "Field"], choices: Choices
) -> Iterator[str]:
    from vamt.papers.acroform import FILLED

    field = fields.get(name)
    if field is None:
        near = difflib.get_close_matches(name, fields, 1, 0.5)
        hint = f"; is it {near[0]!r}?" if near else ""
        yield f"the PDF has no field {name!r}{hint}"
        return
    if field.kind not in FILLED:
        yield f"{name!r} is a field for a signature, a password, a file or a button"
        return
    if isinstance(said, str):
        keys = keys_in(said)
        if unknown := sorted(keys - {*FACTS, *choices}):
            others = ", ".join(FACTS)
            yield f"{name!r}: {{{unknown[0]}}} is no field of the service, and none of {others}"
        if not field.free and keys:
            yield f"{name!r} can only be chosen: write {{ field = ..., options = {{ ... }} }}"
            return
        texts: Collection[str] = [said]
    else:
        values = choices.get(said.field)
        if values is None:
            yield f"{name!r}: {said.field!r} is no choice or yes_no of the service"
        elif wrong := [value for value in said.options if value not in values]:
            yield f"{name!r}: {wrong[0]!r} is none of {', '.join(values)}"
        texts = said.options.values()
    if not field.free and (wrong := [text for text in texts if text not in field.options]):
        there = ", ".join(map(repr, field.options)) or "nothing that could be ticked"
        yield f"{name!r}: {wrong[0]!r} is not in the PDF, which has {there}"


def snippet(file: Path) -> str:
    """The table for this PDF, to be filled in. Raises NotAForm, OSError."""
    from vamt.papers.acroform import FILLED, fields_of, opened

    lines = ["[pdf_form]", f"file = {_quoted(file.name)}", f"title = {_quoted(file.stem)}", ""]
    lines.append("[pdf_form.fields]")
    for field in fields_of(opened(file.read_bytes()).root_object).values():
        if field.kind not in FILLED:
            continue
        lines.append(f"# {_about(field)}")
        if field.free:
            lines.append(f'#{_quoted(field.name)} = "{{key}}"')
        else:
            options = ", ".join(f"VALUE = {_quoted(one)}" for one in field.options)
            lines.append(f"#{_quoted(field.name)} = {{ field = KEY, options = {{ {options} }} }}")
    return "\n".join(lines)


def _about(field: "Field") -> str:
    words = {"text": "text", "list": "list", "box": "check box", "radio": "radio group"}
    most = f", {field.most} characters" if field.most else ""
    said = " ".join(field.help.split())
    return f"{words[field.kind]}{most}" + (f": {said}" if said else "")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a TOML string, too
