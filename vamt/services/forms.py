"""Use cases of the form that citizen and clerk fill in together.

What stands in a form is held in memory while its visit is open, so that a keystroke waits for
nothing; `save` writes what has changed, sealed with the visit's key, several times a second. A page
is told how far it has been saved and keeps what is not, so a crash of the office loses nothing: the
page sends again what the office has forgotten.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

import msgspec

from vamt import errands, forms, rooms, states
from vamt.booking import Appointment, DataField, Service
from vamt.coform import CONFLICT, Content, Edit, Entry, Form
from vamt.errors import N_, Conflict, Invalid
from vamt.mrz import Zone
from vamt.services.office import citizen_seat, clerk_seat
from vamt.services.ports import Clock, FormPages, Hub, Store, Tx
from vamt.services.steps import Steps
from vamt.services.vault import Vault
from vamt.states import FormEvent

ABOUT = "form"  # of the sealed content


class Over(Conflict):
    """The form is not open."""

    key = "form_over"
    default_message = N_("The form is closed at the moment.")


class Place(NamedTuple):
    """Where a seat fills in: the visit that is open there."""

    visit: str
    appointment: str
    clerk: str

    def others(self, seat: str) -> list[str]:
        """The seats that see what this one writes."""
        both = (citizen_seat(self.appointment), clerk_seat(self.clerk))
        return [one for one in both if one != seat]


@dataclass(slots=True)
class Live:
    """A form of an open visit, as it is now."""

    visit: str
    fields: Sequence[DataField]
    state: states.Form
    content: Content
    stored: Content  # what is on disk
    focus: dict[str, str] = field(default_factory=dict)  # seat -> field; never stored


class Joined(NamedTuple):
    """What a page gets that joins."""

    person: Appointment
    fields: Sequence[DataField]
    content: Content
    seen: int  # the latest edit of this page that is in the content
    saved: int  # the latest that is on disk
    focus: str  # where the other side is


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of one town's visits."""

    store: Store
    clock: Clock
    hub: Hub
    steps: Steps
    vault: Vault
    services: Mapping[str, Service]
    pages: FormPages
    wake: Callable[[], None]  # there is something to save
    live: dict[str, Live] = field(default_factory=dict)  # by visit
    places: dict[str, Place] = field(default_factory=dict)  # by seat
    read: dict[str, dict[str, str]] = field(default_factory=dict)  # by visit: see `follow`

    # --- both sides

    async def join(self, seat: str, page: str) -> Joined:
        """The form as it stands, for one page of a seat; begun if the errand asks for one.

        Raises Conflict outside an open visit, Over when there is no form.
        """
        place = self._place(seat)
        async with self.store.read() as tx:
            person = await tx.appointment(place.appointment)
        if person is None:
            raise Conflict()
        live = self.live.get(place.visit) or await self._load(place, seat)
        author = _author(seat, page)
        # nothing is awaited from here to the page, so what is written later is also sent later
        return Joined(
            person,
            live.fields,
            live.content,
            live.content.seen.get(author, 0),
            live.stored.seen.get(author, 0),
            next((live.focus.get(other, "") for other in place.others(seat)), ""),
        )

    async def edit(
        self, seat: str, page: str, number: int, key: str, value: str, base: int
    ) -> tuple[Entry, ...]:
        """Write into a field; returns what stands there now. The same edit twice counts once.

        Raises Over when the form is not open, coform.Gap when an earlier edit is missing.
        """
        place, live = self._open(seat)
        if key not in {one.key for one in live.fields}:
            raise Invalid(field=key)
        before = live.content
        live.content = before.written(Edit(_author(seat, page), number, key, value, base))
        entries = live.content.cells.get(key, ())
        if live.content is not before:
            self.wake()
            for other in place.others(seat):
                await self.pages.edited(other, key, entries)
        return entries

    async def focus(self, seat: str, key: str) -> None:
        """Somebody is in a field now; '' in none."""
        place, live = self._open(seat)
        live.focus[seat] = key
        for other in place.others(seat):
            await self.pages.focused(other, key)

    # --- the clerk

    async def start(self, clerk: str) -> None:
        """Begin the form though the errand does not ask for one, or go on with it."""
        place = self._place(clerk_seat(clerk))
        async with self.store.write() as tx:
            form = await tx.form(place.visit)
            if form is None:
                await self._begin(tx, place, clerk)
            elif form.state is not states.Form.OPEN:
                await self.steps.form(tx, form, FormEvent.REOPEN, by=clerk)
        if live := self.live.get(place.visit):
            live.state = states.Form.OPEN
        self.hub.changed([place.appointment], queue=False)

    async def point(self, clerk: str, key: str) -> None:
        """Show the citizen where to look."""
        seat = clerk_seat(clerk)
        place, _ = self._open(seat)
        for other in place.others(seat):
            await self.pages.pointed(other, key)

    async def finish(self, clerk: str) -> dict[str, str]:
        """Finish the form; returns what is wrong (key -> code), and then it stays open."""
        seat = clerk_seat(clerk)
        place, live = self._open(seat)
        async with self.store.read() as tx:
            person = await tx.appointment(place.appointment)
        faults = self.faults(live, person.data if person else {})
        for one in (seat, *place.others(seat)):
            await self.pages.faults(one, faults)
        if not faults:
            await self._end(place, live, FormEvent.FINISH, states.Form.FINISHED, clerk)
        return faults

    async def close(self, clerk: str) -> None:
        """Put the form away as it is."""
        place, live = self._open(clerk_seat(clerk))
        await self._end(place, live, FormEvent.CLOSE, states.Form.CLOSED, clerk)

    def faults(self, live: Live, given: Mapping[str, str]) -> dict[str, str]:
        """What keeps a form from being finished: key -> code of forms.WORDS, or coform.CONFLICT.

        What she has given before the visit counts where nobody has written, as in `answered`. A
        field on which others depend has to be written: nobody has seen those others yet.
        """
        written = live.content.values
        decides = {one.when.field for one in live.fields if one.when}
        counts = {key: given[key] for key in given.keys() - written.keys() - decides}
        faults = forms.check(live.fields, {**counts, **written})
        asked = {one.key for one in forms.asked(live.fields, written)}
        return faults | {key: CONFLICT for key in live.content.conflicts if key in asked}

    # --- what others need

    async def values(self, tx: Tx, visit: str) -> dict[str, str]:
        """What stands in the form of a visit, as it is kept; {} without one."""
        owner = await tx.visit(visit)
        written = await self._written(tx, visit)
        if written is None or owner is None:
            return {}
        return forms.kept(await self._fields(tx, owner.appointment), written)

    async def answered(self, tx: Tx, visit: str, person: Appointment) -> Appointment:
        """The person, with what the form says in place of what she gave before the visit.

        What nobody has written into the form counts as she gave it; what was emptied is empty.
        """
        written = await self._written(tx, visit) or {}
        values = {**person.data, **written}
        said = forms.kept(await self._fields(tx, person.id), values)
        return replace(person, data=values | {key: said[key] for key in written if key in said})

    async def _written(self, tx: Tx, visit: str) -> Mapping[str, str] | None:
        """What has been written into the form of a visit; None without one."""
        form = await tx.form(visit)
        if form is None:
            return None
        live = self.live.get(visit)
        return (live.content if live else await self._unsealed(tx, form)).values

    # --- the office's own

    def follow(self, places: Mapping[str, Place], zones: Mapping[str, Zone], today: date) -> None:
        """What has become of the visits: called with every push.

        `zones` are the believed ones of the checks that go on, by appointment. What they say is
        remembered until the visit is over, to be offered; in memory only.
        """
        self.places.clear()
        self.places.update(places)
        visits = {place.visit for place in places.values()}
        for place in places.values():
            zone = zones.get(place.appointment)
            if zone and (birth := zone.birth(today)):
                self.read[place.visit] = {"birth_date": birth.isoformat()}
        for gone in self.read.keys() - visits:
            del self.read[gone]
        for gone in self.live.keys() - visits:
            if self.live[gone].content is self.live[gone].stored:
                del self.live[gone]

    async def save(self) -> None:
        """Write what has changed, and tell the pages how far."""
        dirty = [live for live in self.live.values() if live.content is not live.stored]
        if not dirty:
            return
        written = []
        async with self.store.write() as tx:
            for live in dirty:
                content = live.content
                if await tx.form(live.visit):  # it may have been forgotten with the person
                    data = msgspec.json.encode(content)
                    await tx.fill_form(
                        live.visit, await self.vault.seal(tx, live.visit, data, ABOUT)
                    )
                written.append((live, content))
        for live, content in written:
            before, live.stored = live.stored, content
            for author, number in content.seen.items():
                if number > before.seen.get(author, 0):
                    seat, _, page = author.rpartition("/")
                    await self.pages.saved(seat, page, number)

    # --- parts

    def _place(self, seat: str) -> Place:
        place = self.places.get(seat)
        if place is None:
            raise Conflict(N_("There is no visit at the moment."), key="no_visit")
        return place

    def _open(self, seat: str) -> tuple[Place, Live]:
        place = self._place(seat)
        live = self.live.get(place.visit)
        if live is None or live.state is not states.Form.OPEN:
            raise Over()
        return place, live

    async def _load(self, place: Place, seat: str) -> Live:
        async with self.store.write() as tx:
            form = await tx.form(place.visit)
            fields = await self._fields(tx, place.appointment)
            if form is None:
                if not await self._asks(tx, place.appointment):
                    raise Over()
                by = place.clerk if seat == clerk_seat(place.clerk) else rooms.CITIZEN
                form = await self._begin(tx, place, by)
            content = await self._unsealed(tx, form)
        # the other side may have been quicker
        made = Live(place.visit, fields, form.state, content, content)
        return self.live.setdefault(place.visit, made)

    async def _begin(self, tx: Tx, place: Place, by: str) -> Form:
        if not await self._fields(tx, place.appointment):
            raise Over()
        form = Form(place.visit, states.FORM.initial, self.clock())
        await tx.add_form(form)
        await self.steps.begun(
            tx, states.FORM, form.visit, "open", by=by, appointment=place.appointment
        )
        return form

    async def _end(
        self, place: Place, live: Live, event: FormEvent, target: states.Form, clerk: str
    ) -> None:
        live.state = target  # at once: what comes meanwhile is refused, not lost
        try:
            async with self.store.write() as tx:
                form = await tx.form(place.visit)
                if form is None:
                    raise Over()
                await self.steps.form(tx, form, event, by=clerk)
        except BaseException:
            live.state = states.Form.OPEN
            raise
        await self.save()
        self.hub.changed([place.appointment], queue=False)

    async def _unsealed(self, tx: Tx, form: Form) -> Content:
        if form.content is None:
            return Content()
        data = await self.vault.unseal(tx, form.visit, form.content, ABOUT)
        return msgspec.json.decode(data, type=Content)

    async def _fields(self, tx: Tx, appointment: str) -> Sequence[DataField]:
        errand = await self._errand(tx, appointment)
        return errand.fields if errand else ()

    async def _asks(self, tx: Tx, appointment: str) -> bool:
        errand = await self._errand(tx, appointment)
        return errand is not None and "form" in errand.steps

    async def _errand(self, tx: Tx, appointment: str) -> Service | None:
        mine = await tx.appointment(appointment)
        return errands.errand_of(mine, self.services) if mine else None


def _author(seat: str, page: str) -> str:
    return f"{seat}/{page}"
