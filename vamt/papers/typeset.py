"""Papers by typst: one PDF that is PDF/A-3a (for the archive) and PDF/UA-1 (for screen readers).

The templates are code of ours or of the town; what a person has typed reaches them as data
(``sys.inputs``), never as markup. Nothing is fetched: fonts and templates lie beside each other.
"""

import asyncio
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from vamt.errors import N_, UserError

TEMPLATES = Path(__file__).with_name("templates")
FONTS = Path(__file__).parents[1] / "static" / "vendor" / "print"
STANDARDS: list[Literal["a-3a", "ua-1"]] = ["a-3a", "ua-1"]  # ISO 19005-3 level A, ISO 14289-1
DENSITY = 85.5  # pixels an inch of a picture: A4 is 1000 px high
ARCHIVABLE: list[Literal["a-2b"]] = ["a-2b"]  # of what is laid into others' pages, without tags
TOO_LONG = re.compile(r"too long: ([0-9]+)")
UNKNOWN_LETTERS = re.compile(r"the text `?\"(.*?)\"`? could not be displayed")


class Unprintable(UserError):
    """A letter that no font of ours has: an archivable PDF must not hold it."""

    status = 422
    key = "unprintable"
    default_message = N_(
        "These characters cannot be printed: %(letters)s. Please write them otherwise."
    )


class DoesNotFit(Exception):
    """A text is too long for its field, even in the smallest letters."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number  # which text, from 0


@dataclass(frozen=True, slots=True)
class Press:
    """Sets papers. `templates`: where they are; a town may have a folder of its own."""

    templates: Path = TEMPLATES

    async def paper(self, template: str, facts: Mapping[str, Any], at: float) -> bytes:
        """The PDF of `template` (a name without ending) with these JSON-able facts, made `at`.

        The same facts at the same time give the same bytes. Raises Unprintable.
        """
        return await asyncio.to_thread(self._set, template, facts, int(at))

    async def pictures(
        self, template: str, facts: Mapping[str, Any], at: float
    ) -> tuple[bytes, ...]:
        """The pages of the same paper as JPEGs, to be looked at."""
        return await asyncio.to_thread(self._show, template, facts, int(at))

    def boxes(self, facts: Mapping[str, Any]) -> bytes:
        """The PDF of `boxes.typ`: texts for the fields of a form, a page for each. Takes its time.

        Raises Unprintable, and DoesNotFit with the number of the text.
        """
        import typst

        form = {"format": "pdf", "pdf_standards": [*ARCHIVABLE], "pdf_tags": False}
        try:
            return self._compile("boxes", facts, None, **form)[0]
        except typst.TypstError as error:
            found = TOO_LONG.search(str(error))
            if not found:
                raise
            raise DoesNotFit(int(found[1])) from None

    def _set(self, template: str, facts: Mapping[str, Any], at: int) -> bytes:
        return self._compile(template, facts, at, format="pdf", pdf_standards=[*STANDARDS])[0]

    def _show(self, template: str, facts: Mapping[str, Any], at: int) -> tuple[bytes, ...]:
        return tuple(map(_jpeg, self._compile(template, facts, at, format="png", ppi=DENSITY)))

    def _compile(
        self, template: str, facts: Mapping[str, Any], at: int | None, **form: Any
    ) -> list[bytes]:
        import typst  # 80 MB on disk: only when a paper is made, or may be soon

        try:
            made = typst.compile(
                str(self.templates / f"{template}.typ"),
                root=str(self.templates),
                font_paths=[str(FONTS)],
                ignore_system_fonts=True,
                sys_inputs={"facts": msgspec.json.encode(facts).decode()},
                timestamp=at,
                **form,
            )
        except typst.TypstError as error:
            unknown = UNKNOWN_LETTERS.findall(str(error))
            if not unknown:
                raise
            raise Unprintable(params={"letters": " ".join(dict.fromkeys(unknown))}) from None
        return made if isinstance(made, list) else [made]


def _jpeg(png: bytes) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        picture.convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()
