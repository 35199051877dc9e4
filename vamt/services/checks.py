"""Use cases of the identity check: asked by the clerk, allowed by the citizen, judged by the clerk.

What decides is stored (state, ticks, result). What was seen and read is in the capture child, and
here in `Sight`, in memory only; it ends with the check. So after a restart of the office a check
goes on where it was, and only the pictures have to be taken once more.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from vamt import errands, identity, mrz, rooms, states
from vamt.booking import Appointment, Service
from vamt.capture import wire
from vamt.capture.wire import Begin, News, Side
from vamt.errors import N_, Conflict, Invalid, NotFound
from vamt.identity import Check, Document, Result
from vamt.mrz import Zone
from vamt.rooms import Visit
from vamt.services import vault
from vamt.services.ports import Captures, Clock, Hub, Store, Tx
from vamt.services.steps import Steps, letter_about
from vamt.services.vault import Vault
from vamt.states import CheckEvent

Tell = Callable[[str, str, wire.Advised], Awaitable[None]]  # clerk, check, what the child says


class Over(Conflict):
    """The check is not open any more."""

    key = "check_over"
    default_message = N_("This check is over.")


# what is printed across a copy: the town, the errand, the day
Imprint = Callable[[Appointment], list[str]]


@dataclass(slots=True)
class Sight:
    """What is known of an open check's capture. In memory only, never stored, never logged."""

    appointment: str
    clerk: str
    capture: str = "none"  # none | waiting | starting | ready | watching | resting
    before: int = 0  # captures that go first while it is waiting
    why: str = ""  # key of wire.WHY, once the capture has ended or rests
    side: Side = "front"
    taken: list[Side] = field(default_factory=list)
    takes: int = 0  # pictures taken so far
    zone: Zone | None = None  # of the document
    doubtful: str = ""  # why the zone may not be believed
    typed: bool = False  # by the clerk
    code: str = ""  # the digits, while they are shown on her page
    sent: str = ""  # how the latest code has come to her: mail | screen


@dataclass(frozen=True, slots=True)
class Checks:
    """The identity checks of one town's visits."""

    store: Store
    clock: Clock
    hub: Hub
    steps: Steps
    captures: Captures
    services: Mapping[str, Service]
    chance: Random
    reading: bool  # the machine-readable zone is read
    ice: Callable[[str], list[dict[str, Any]]]  # the child's way to the relay, by the check's id
    tell: Tell
    vault: Vault
    keep_hours: int  # how long a masked copy may be kept; 0: never
    imprint: Imprint
    sights: dict[str, Sight] = field(default_factory=dict)  # by check

    # --- the clerk

    async def ask(self, clerk: str, id: str, document: Document) -> None:
        """Ask the citizen at this desk to show her document; the same `id` twice asks once.

        Raises Conflict outside an open visit, while another check goes on, or where the service
        asks for none.
        """
        rooms.check_page_id(id)
        async with self.store.write() as tx:
            visit, person = await self._visit_at(tx, clerk)
            earlier = await tx.checks_of(visit.id)
            if any(check.id == id for check in earlier):
                return
            if any(check.open for check in earlier):
                raise Conflict(N_("A check is going on already."), key="check_open")
            level = self._level(person)
            check = Check(
                id=id,
                visit=visit.id,
                clerk=clerk,
                document=document,
                level=level,
                state=states.CHECK.initial,
                items=identity.checklist(document, level, self.chance),
                asked=self.clock(),
            )
            await tx.add_check(check)
            await self.steps.begun(tx, states.CHECK, id, "ask", by=clerk, appointment=person.id)
        self._begin(check, person.id)
        self.hub.changed([person.id], queue=False)

    async def take(self, clerk: str) -> None:
        """Take the best picture there is, now."""
        check, _ = await self._open_at(clerk)
        self.captures.take(check.id)

    async def turn(self, clerk: str, side: Side) -> None:
        """Look for this side from now on."""
        check, appointment = await self._open_at(clerk)
        if side not in identity.SIDES[check.document]:
            raise Invalid(field="side")
        self._sight(check, appointment).side = side
        self.captures.turn(check.id, side)
        self.hub.changed([appointment], queue=False)

    async def again(self, clerk: str) -> None:
        """Look once more: what was taken is forgotten, and the citizen's page connects anew."""
        check, appointment = await self._open_at(clerk)
        self._begin(check, appointment)
        self.hub.changed([appointment], queue=False)

    async def tick(self, clerk: str, item: str, value: bool) -> None:
        """Tick an item of the checklist, or take the tick back."""
        async with self.store.write() as tx:
            check, appointment = await self._open(tx, clerk)
            ticked = check.tick(item, value)
            if not await tx.change_check(check.id, check.state, done=ticked.done):
                raise Conflict()
        self.hub.changed([appointment], queue=False)

    async def typed(self, clerk: str, lines: Sequence[str]) -> None:
        """Compare with the zone as the clerk has typed it; raises Invalid when it is none."""
        zone = mrz.parse(lines)
        if zone is None:
            raise Invalid(
                N_("These are not the lines of a machine-readable zone: 3 of 30 or 2 of 44."),
                field="lines",
            )
        check, appointment = await self._open_at(clerk)
        sight = self._sight(check, appointment)
        sight.zone, sight.doubtful, sight.typed = zone, "", True
        self.hub.changed([appointment], queue=False)

    async def code(self, clerk: str, id: str, way: str) -> None:
        """Make a one-time code, and "mail" it or show it on her "screen"; the last one ends.

        The same `id` twice makes one code, and sends one letter; after the right answer none.
        """
        rooms.check_page_id(id)
        async with self.store.write() as tx:
            visit, person = await self._visit_at(tx, clerk)
            check = await self._latest(tx, visit)
            if check.state is not states.Check.ALLOWED or "code" not in check.items:
                raise Over()
            if check.code.answers(id) or "code" in check.done:
                return
            code, digits = identity.new_code(check.id, id, check.code, self.clock(), self.chance)
            if not await tx.change_check(check.id, check.state, code=code):
                raise Conflict()
            await tx.forget_letters(person.id, "code")
            if way == "mail":
                await tx.post(letter_about(person, "code", code=digits), self.clock())
        sight = self._sight(check, person.id)
        sight.sent, sight.code = way, digits if way == "screen" else ""
        self.hub.changed([person.id], queue=False)

    async def said(self, clerk: str, digits: str) -> bool:
        """Whether these are the digits she reads out; raises Conflict when it is too late."""
        async with self.store.write() as tx:
            check, appointment = await self._open(tx, clerk)
            if "code" in check.done:
                return True
            code, right = identity.try_code(check.id, check.code, digits, self.clock())
            done = (*check.done, "code") if right else check.done
            if not await tx.change_check(check.id, check.state, code=code, done=done):
                raise Conflict()
            if right:
                await tx.forget_letters(appointment, "code")
        if right:
            self._sight(check, appointment).code = ""
        self.hub.changed([appointment], queue=False)
        return right

    async def judge(self, clerk: str, result: Result, reason: str, keep: bool = False) -> None:
        """Note what the clerk has come to; the same twice is once.

        With `keep` a masked copy goes into the vault, for hours. Raises identity.Unfinished for
        "genuine" before the whole checklist is ticked, Invalid for another result without a
        reason, and for a copy where none may be kept or nothing was taken.
        """
        async with self.store.read() as tx:
            visit, person = await self._visit_at(tx, clerk)
            check = await self._latest(tx, visit)
        if check.state is states.Check.JUDGED and check.result is result:
            return
        reason = identity.judge(check, result, reason)
        copies = await self._copies(check, person) if keep else {}
        changes: dict[str, Any] = {"result": result, "reason": reason}
        if copies:
            changes["kept_until"] = self.clock() + self.keep_hours * 3600
        async with self.store.write() as tx:
            await self._step(tx, check, CheckEvent.JUDGE, person.id, clerk, **changes)
            for side, picture in copies.items():
                name = f"{check.id} {side}"
                until = changes["kept_until"]
                await self.vault.put(tx, visit.id, name, picture, vault.IDENTITY, until)
        self._forget(check.id)
        self.hub.changed([person.id], queue=False)

    async def abort(self, clerk: str) -> None:
        """End it without a result; twice is once."""
        async with self.store.write() as tx:
            visit, person = await self._visit_at(tx, clerk)
            check = await self._latest(tx, visit)
            if check.state is states.Check.ABORTED:
                return
            await self._step(tx, check, CheckEvent.ABORT, person.id, clerk)
        self._forget(check.id)
        self.hub.changed([person.id], queue=False)

    async def picture(self, clerk: str, id: str, side: Side) -> bytes:
        """The unmasked picture of a side as JPEG, while this clerk's check is open."""
        check, _ = await self._open_at(clerk)
        if check.id != id:
            raise NotFound()
        return await self.captures.show(id, side)

    async def kept(self, clerk: str, id: str, side: str) -> bytes:
        """The masked copy, for the clerk who has made it; raises NotFound when it is destroyed."""
        async with self.store.read() as tx:
            check = await tx.check(id)
            if check is None or check.clerk != clerk:
                raise NotFound()
            return await self.vault.get(tx, check.visit, f"{id} {side}", vault.IDENTITY)

    async def destroy(self, clerk: str, id: str) -> None:
        """Destroy the copy before its hour: the key, so that no backup can be read; twice is once.

        Only the clerk who has made it may; raises NotFound for others. The history has a line.
        A visit's copies have one key, so those of its earlier checks go with it.
        """
        async with self.store.write() as tx:
            check = await tx.check(id)
            visit = await tx.visit(check.visit) if check else None
            if check is None or visit is None or check.clerk != clerk:
                raise NotFound()
            await self.vault.forget(tx, check.visit, vault.IDENTITY, by=clerk)
            for one in await tx.checks_of(check.visit):
                if one.kept_until is not None:
                    await tx.change_check(one.id, one.state, kept_until=None)
        await self.store.settle()
        self.hub.changed([visit.appointment], queue=False)

    async def _copies(self, check: Check, person: Appointment) -> dict[Side, bytes]:
        """Masked and overprinted, by the child that holds the pictures."""
        fields = self.keeps(person)
        taken = self._sight(check, person.id).taken
        if not fields:
            raise Invalid(N_("No copy may be kept for this errand."), field="keep")
        if not set(taken) >= set(identity.SIDES[check.document]):
            raise Invalid(N_("Please take the picture of each side first."), field="keep")
        lines = self.imprint(person)
        return {side: await self.captures.copy(check.id, side, fields, lines) for side in taken}

    def keeps(self, person: Appointment) -> tuple[str, ...]:
        """What a copy would leave readable; empty where none may be kept."""
        errand = errands.errand_of(person, self.services)
        return errand.keep if errand and self.keep_hours else ()

    # --- the citizen

    async def allow(self, appointment: str) -> None:
        """She lets the town's server look on; twice is once, and connects a lost capture anew."""
        async with self.store.write() as tx:
            check = await self._mine(tx, appointment)
            if check.state is not states.Check.ALLOWED:
                await self._step(tx, check, CheckEvent.ALLOW, appointment, rooms.CITIZEN)
        if self._sight(check, appointment).capture == "none":
            self._begin(check, appointment)
        self.hub.changed([appointment], queue=False)

    async def refuse(self, appointment: str) -> None:
        """She does not, or no longer; twice is once. The visit goes on."""
        async with self.store.write() as tx:
            check = await self._mine(tx, appointment)
            if check.state is states.Check.REFUSED:
                return
            await self._step(tx, check, CheckEvent.REFUSE, appointment, rooms.CITIZEN)
        self._forget(check.id)
        self.hub.changed([appointment], queue=False)

    async def offer(self, appointment: str, id: str, sdp: str) -> str:
        """The answer to her page's offer of a video; raises Conflict before she has allowed it."""
        async with self.store.read() as tx:
            check = await self._mine(tx, appointment)
        if check.id != id or check.state is not states.Check.ALLOWED:
            raise Conflict()
        return await self.captures.offer(id, sdp)

    # --- the capture

    async def _hear(self, sight: Sight, id: str, news: News) -> None:
        if self.sights.get(id) is not sight:
            return  # of a capture that another has taken the place of
        match news:
            case wire.Advised():
                await self.tell(sight.clerk, id, news)
                return
            case wire.Waiting(before):
                sight.capture, sight.before = "waiting", before
            case wire.Ready():
                sight.capture, sight.before = "ready", 0
            case wire.Watching():
                sight.capture = "watching"
            case wire.Taken(side):
                sight.taken = [one for one in sight.taken if one != side] + [side]
                sight.takes += 1
            case wire.ZoneRead(lines, doubtful):
                if not sight.typed:
                    sight.zone, sight.doubtful = mrz.parse(lines), doubtful
            case wire.Rested(why):
                sight.capture, sight.why = "resting", why
            case wire.Ended(why):
                sight.capture, sight.why, sight.taken, sight.zone = "none", why, [], None
        self.hub.changed([sight.appointment], queue=False)

    def end(self, ids: Collection[str]) -> None:
        """Forget what was seen of these checks, which are over (their visit may have ended)."""
        for id in ids:
            self._forget(id)

    def _begin(self, check: Check, appointment: str) -> None:
        known = self._sight(check, appointment)
        fresh = Sight(appointment, check.clerk, "starting", code=known.code, sent=known.sent)
        sight = self.sights[check.id] = fresh

        async def hear(id: str, news: News) -> None:
            await self._hear(sight, id, news)

        reading = self.reading and check.document is not Document.OTHER
        wanted = Begin("check", check.document, reading, self.ice(check.id))
        self.captures.begin(check.id, wanted, hear)

    def _forget(self, id: str) -> None:
        self.sights.pop(id, None)
        self.captures.end(id)

    def _sight(self, check: Check, appointment: str) -> Sight:
        return self.sights.setdefault(check.id, Sight(appointment, check.clerk))

    # --- both

    def _level(self, person: Appointment) -> str:
        service = errands.errand_of(person, self.services)  # the highest level of all errands
        if service is None or service.identity == "none":
            raise Conflict(N_("This errand needs no identity document."), key="no_check")
        return service.identity

    async def _visit_at(self, tx: Tx, clerk: str) -> tuple[Visit, Appointment]:
        visit = await tx.visit_at(clerk)
        if visit is None or visit.state is not states.Visit.OPEN:
            raise Conflict(N_("There is no visit at the moment."), key="no_visit")
        person = await tx.appointment(visit.appointment)
        if person is None:
            raise NotFound()
        return visit, person

    async def _latest(self, tx: Tx, visit: Visit) -> Check:
        checks = await tx.checks_of(visit.id)
        if not checks:
            raise Over()
        return checks[-1]

    async def _open(self, tx: Tx, clerk: str) -> tuple[Check, str]:
        visit, person = await self._visit_at(tx, clerk)
        check = await self._latest(tx, visit)
        if not check.open:
            raise Over()
        return check, person.id

    async def _open_at(self, clerk: str) -> tuple[Check, str]:
        async with self.store.read() as tx:
            return await self._open(tx, clerk)

    async def _mine(self, tx: Tx, appointment: str) -> Check:
        visit = await tx.visit_of(appointment)
        if visit is None:
            raise Over()
        return await self._latest(tx, visit)

    async def _step(
        self, tx: Tx, check: Check, event: CheckEvent, appointment: str, by: str, **changes: Any
    ) -> None:
        if not states.CHECK.allows(check.state, event):
            raise Over()
        await self.steps.check(tx, check, event, appointment, by=by, **changes)
