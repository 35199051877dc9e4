"""The events of a form in `/citizen` and `/desk`. See `signalling.py`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog

from vamt import form_messages as messages
from vamt.boards_form import FormBoards, cell
from vamt.coform import Entry
from vamt.services.forms import Forms
from vamt.signalling import Handler, Page, Switchboard

log = structlog.get_logger()

PAUSE = 0.25  # seconds between two times of saving


def citizen_events(forms: Forms, boards: FormBoards) -> dict[str, Handler]:
    """What her page may ask for."""
    return _both(forms, boards)


def desk_events(forms: Forms, boards: FormBoards) -> dict[str, Handler]:
    """What the clerk may ask for."""

    async def finish(page: Page, m: messages.Message) -> dict[str, Any]:
        return {"faults": await forms.finish(page.seat.subject)}

    return {
        **_both(forms, boards),
        "form_start": lambda p, m: forms.start(p.seat.subject),
        "form_point": lambda p, m: forms.point(p.seat.subject, m.field),
        "form_finish": finish,
        "form_close": lambda p, m: forms.close(p.seat.subject),
    }


def _both(forms: Forms, boards: FormBoards) -> dict[str, Handler]:
    async def join(page: Page, m: messages.FormJoin) -> dict[str, Any]:
        joined = await forms.join(page.key, m.page)
        form = boards.snapshot(joined, page.seat.role, page.seat.language)
        return {"form": msgspec.to_builtins(form)}

    async def edit(page: Page, m: messages.FormEdit) -> dict[str, Any]:
        entries = await forms.edit(page.key, m.page, m.number, m.field, m.value, m.base)
        return {"cell": msgspec.to_builtins(cell(entries))}

    return {
        "form_join": join,
        "form_edit": edit,
        "form_focus": lambda p, m: forms.focus(p.key, m.field),
    }


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells the pages of a form what happens in it. Implements `services.ports.FormPages`."""

    board: Switchboard

    async def edited(self, seat: str, field: str, entries: Sequence[Entry]) -> None:
        """The other side has written into a field."""
        await self.board.tell(seat, "form_edited", messages.FormEdited(field, cell(entries)))

    async def focused(self, seat: str, field: str) -> None:
        """The other side is in this field now."""
        await self.board.tell(seat, "form_focused", messages.FormFocused(field))

    async def pointed(self, seat: str, field: str) -> None:
        """The clerk points at a field."""
        await self.board.tell(seat, "form_pointed", messages.FormPointed(field))

    async def saved(self, seat: str, page: str, number: int) -> None:
        """All edits of this page up to this one are on disk."""
        await self.board.tell(seat, "form_saved", messages.FormSaved(page, number))

    async def faults(self, seat: str, faults: Mapping[str, str]) -> None:
        """What is wrong."""
        await self.board.tell(seat, "form_faults", messages.FormFaults(dict(faults)))


class Saver:
    """Saves forms soon after they have changed, however often that is."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """Something has changed."""
        self._changed.set()

    def of(self, forms: Forms) -> Callable[[], Awaitable[None]]:
        """The task that saves `forms`."""

        async def run() -> None:
            while True:
                await self._changed.wait()
                self._changed.clear()
                try:
                    await forms.save()
                except Exception:
                    log.exception("form not saved")
                    self._changed.set()
                await asyncio.sleep(PAUSE)

        return run
