"""A PDF form of the town's own, filled in and sealed."""

import asyncio
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from vamt.booking import Service
from vamt.errors import N_, UserError
from vamt.papers.letterhead import Letterhead
from vamt.papers.typeset import DoesNotFit, Press

SHOWN = 40  # characters of a text that is too long


class TooLong(UserError):
    """A text does not fit into its field. It is never cut: somebody decides what is left out."""

    status = 422
    key = "does_not_fit"
    default_message = N_(
        "“%(text)s” is too long for the field “%(field)s” of the PDF form. Please shorten it."
    )


@dataclass(frozen=True, slots=True)
class TownForms:
    """The PDF forms of one town, as they were when it was started."""

    head: Letterhead
    press: Press
    files: Mapping[str, bytes]  # by service

    @classmethod
    def of(cls, services: Mapping[str, Service], head: Letterhead, press: Press) -> "TownForms":
        """Those that the services name."""
        named = {id: one.pdf_form for id, one in services.items() if one.pdf_form}
        return cls(head, press, {id: Path(form.file).read_bytes() for id, form in named.items()})

    async def pdf(self, service: str, values: Mapping[str, str]) -> bytes:
        """The form of a service with these values in its fields, by their names in the PDF.

        Raises TooLong, Unprintable, NoTimestamp.
        """
        paper = await asyncio.to_thread(self._filled, self.files[service], values)
        return await self.head.sealed(paper)

    def _filled(self, pdf: bytes, values: Mapping[str, str]) -> bytes:
        from vamt.papers.acroform import Filling  # with pypdf: only where a town has a form

        filling = Filling(pdf)
        boxes = filling.write(values)
        facts = [{**asdict(box), "right_to_left": _right_to_left(box.text)} for box in boxes]
        try:
            drawn = self.press.boxes({"boxes": facts}) if boxes else b""
        except DoesNotFit as error:
            box = boxes[error.number]
            text = box.text if len(box.text) <= SHOWN else f"{box.text[: SHOWN - 1]}…"
            raise TooLong(params={"text": text, "field": box.field}) from None
        return filling.draw(drawn)


def _right_to_left(text: str) -> bool:
    """Whether its first letter with a direction runs to the left (Unicode annex 9, P2 and P3)."""
    strong = (unicodedata.bidirectional(c) for c in text)
    return next((kind in ("R", "AL") for kind in strong if kind in ("L", "R", "AL")), False)
