"""Use cases of a signature: the clerk asks, the citizen signs or refuses, the record is kept.

The strokes that the clerk sees while they are drawn are in memory only. What counts is what the
citizen hands in; it is compared with what was seen, and sealed with the visit's key.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from vamt import rooms, signature, states
from vamt.capture import wire
from vamt.capture.wire import Begin, News
from vamt.errors import N_, Conflict, Invalid, NotAllowed, NotFound
from vamt.identity import Result
from vamt.rooms import Visit
from vamt.services.ports import Captures, Clock, Hub, Store, Tx
from vamt.services.steps import Steps
from vamt.services.vault import Vault
from vamt.signature import Consent, Ink, Piece, Record, Seen, Signature, Signed
from vamt.states import SignatureEvent

Word = Callable[[str, str, Mapping[str, object]], str]  # language code, msgid, params -> text
Show = Callable[[str, str, Piece], Awaitable[None]]  # clerk, signature, what is being drawn


class Over(Conflict):
    """The request is not open any more."""

    key = "signature_over"
    default_message = N_("This signature is not wanted any more.")


@dataclass(slots=True)
class Live:
    """What goes on with an open request. In memory only, never stored, never logged."""

    id: str
    clerk: str  # who watches
    ready: bool = False  # the capture child waits for her page's second connection
    ink: Ink = field(default_factory=Ink)


@dataclass(frozen=True, slots=True)
class Signatures:
    """The signatures asked for in one town's visits."""

    store: Store
    clock: Clock
    hub: Hub
    steps: Steps
    vault: Vault
    captures: Captures
    ice: Callable[[str], list[dict[str, Any]]]  # the child's way to the relay, by signature
    word: Word
    show: Show
    live: dict[str, Live] = field(default_factory=dict)  # by appointment

    # --- the clerk

    async def ask(self, clerk: str, id: str, title: str, text: str) -> None:
        """Ask the citizen at this desk to sign; the same `id` twice asks once.

        Raises Invalid for what cannot be signed, Conflict outside an open visit or while she is
        asked for another signature.
        """
        document = signature.check_document(title, text)
        rooms.check_page_id(id)
        async with self.store.write() as tx:
            visit = await self._visit_at(tx, clerk)
            if known := await tx.signature(id):
                if known.visit != visit.id:
                    raise Conflict()
                return
            if any(one.open for one in await tx.signatures_of(visit.id)):
                raise Conflict(N_("A signature is being asked for already."), key="signature_open")
            wanted = Signature(
                id,
                visit.id,
                clerk,
                states.SIGNATURE.initial,
                document.title,
                document.text,
                document.sha256,
                asked=self.clock(),
            )
            await tx.add_signature(wanted)
            await self.steps.begun(
                tx, states.SIGNATURE, id, "ask", by=clerk, appointment=visit.appointment
            )
        self._begin(visit.appointment, id, clerk)
        self.hub.changed([visit.appointment], queue=False)

    async def withdraw(self, clerk: str, id: str) -> None:
        """Take the request back; twice is once. Raises Over when it is signed or refused."""
        async with self.store.write() as tx:
            visit = await self._visit_at(tx, clerk)
            wanted = await self._of(tx, visit, id)
            if wanted.state is states.Signature.WITHDRAWN:
                return
            await self._step(tx, wanted, SignatureEvent.WITHDRAW, clerk)
        self._forget(visit.appointment, id)
        self.hub.changed([visit.appointment], queue=False)

    async def picture(self, clerk: str, id: str, name: str) -> str:
        """The signature as SVG, for the same clerks as `for_desk`; `name` is spoken."""
        return signature.svg((await self.for_desk(clerk, id)).record, name)

    async def for_desk(self, clerk: str, id: str) -> Signed:
        """What was signed, for who has asked for it or has the visit now; raises NotFound."""
        async with self.store.read() as tx:
            wanted, visit = await self._signed(tx, id)
            if clerk not in (wanted.clerk, visit.clerk):
                raise NotAllowed(f"{clerk!r} looks at signature {id!r} of another desk")
            return await self._open(tx, wanted, visit)

    # --- the citizen

    async def agree(self, appointment: str, id: str) -> None:
        """She begins; twice is once."""
        async with self.store.write() as tx:
            wanted = await self._mine(tx, appointment, id)
            if wanted.state is states.Signature.SIGNING:
                return
            await self._step(tx, wanted, SignatureEvent.AGREE, rooms.CITIZEN)
        self.hub.changed([appointment], queue=False)

    async def done(
        self,
        appointment: str,
        id: str,
        drawn: Sequence[Sequence[Sequence[float]]],
        typed: str,
        language: str,
    ) -> None:
        """She hands in what she has drawn or typed; twice is once.

        `language` is the one of her page: in it the sentence is kept that she has agreed to.
        Raises Invalid for too little or too much.
        """
        strokes = () if typed else signature.check_strokes(drawn)
        typed = signature.check_typed(typed) if typed else ""
        async with self.store.write() as tx:
            wanted = await self._mine(tx, appointment, id)
            if wanted.state is states.Signature.SIGNED:
                return
            live = self.live.get(appointment)
            seen = live.ink.against(strokes) if live and live.id == id else Seen.NOTHING
            record = Record(
                signature.Document(wanted.title, wanted.text),
                wanted.sha256,
                self._consent(wanted, language),
                self.clock(),
                strokes,
                typed,
                seen,
            )
            sealed = await self.vault.seal(tx, wanted.visit, msgspec.json.encode(record), about=id)
            facts = {"record": sealed, "typed": bool(typed), "seen": str(seen)}
            await self._step(tx, wanted, SignatureEvent.SIGN, rooms.CITIZEN, **facts)
        self._forget(appointment, id)
        self.hub.changed([appointment], queue=False)

    async def for_citizen(self, appointment: str, id: str) -> Signed:
        """What she has signed; raises NotFound."""
        async with self.store.read() as tx:
            wanted, visit = await self._signed(tx, id)
            if visit.appointment != appointment:
                raise NotFound()
            return await self._open(tx, wanted, visit)

    async def refuse(self, appointment: str, id: str) -> None:
        """She does not sign; twice is once."""
        async with self.store.write() as tx:
            wanted = await self._mine(tx, appointment, id)
            if wanted.state is states.Signature.REFUSED:
                return
            await self._step(tx, wanted, SignatureEvent.REFUSE, rooms.CITIZEN)
        self._forget(appointment, id)
        self.hub.changed([appointment], queue=False)

    # --- while it is drawn

    async def ink(self, appointment: str, piece: Piece) -> None:
        """A piece of what she draws, for the clerk to see; raises Invalid, or Over."""
        live = self.live.get(appointment)
        if live is None:
            raise Over()
        live.ink.add(*piece)
        await self.show(live.clerk, live.id, piece)

    async def offer(self, appointment: str, id: str, sdp: str) -> str:
        """The answer to her page's offer of a data channel; raises Conflict before she begins."""
        async with self.store.read() as tx:
            wanted = await self._mine(tx, appointment, id)
        if wanted.state is not states.Signature.SIGNING:
            raise Conflict()
        return await self.captures.offer(id, sdp)

    def owns(self, appointment: str, id: str) -> bool:
        """Whether this id is that of the open request."""
        live = self.live.get(appointment)
        return live is not None and live.id == id

    def follow(self, open_ones: Mapping[str, tuple[str, str]], known: Collection[str]) -> None:
        """Appointment -> id and clerk of the requests that are open.

        Of those `known` when they were read, all others are forgotten (their visit may have ended).
        After a restart of the office there is no child any more; the office's own line is enough.
        """
        for appointment, live in list(self.live.items()):
            if live.id in known and open_ones.get(appointment, ("", ""))[0] != live.id:
                self._forget(appointment, live.id)
        for appointment, (id, clerk) in open_ones.items():
            self.live.setdefault(appointment, Live(id, clerk)).clerk = clerk

    def _begin(self, appointment: str, id: str, clerk: str) -> None:
        live = self.live[appointment] = Live(id, clerk)

        async def hear(_: str, news: News) -> None:
            if self.live.get(appointment) is live:
                await self._hear(appointment, live, news)

        self.captures.begin(id, Begin("sign", ice=self.ice(id)), hear)

    async def _hear(self, appointment: str, live: Live, news: News) -> None:
        match news:
            case wire.Inked(stroke, first, points):
                try:
                    await self.ink(appointment, Piece(stroke, first, points))
                except Invalid:
                    self.captures.end(live.id)
                return
            case wire.Ready():
                live.ready = True
            case wire.Ended():
                live.ready = False
        self.hub.changed([appointment], queue=False)

    def _forget(self, appointment: str, id: str) -> None:
        if self.owns(appointment, id):
            del self.live[appointment]
        self.captures.end(id)

    # --- both

    async def _visit_at(self, tx: Tx, clerk: str) -> Visit:
        visit = await tx.visit_at(clerk)
        if visit is None or visit.state is not states.Visit.OPEN:
            raise Conflict(N_("There is no visit at the moment."), key="no_visit")
        return visit

    async def _signed(self, tx: Tx, id: str) -> tuple[Signature, Visit]:
        wanted = await tx.signature(id)
        visit = await tx.visit(wanted.visit) if wanted else None
        if wanted is None or visit is None or wanted.record is None:
            raise NotFound()
        return wanted, visit

    async def _open(self, tx: Tx, wanted: Signature, visit: Visit) -> Signed:
        person = await tx.appointment(visit.appointment)
        clerk = await tx.clerk(wanted.clerk)
        if person is None or clerk is None or wanted.record is None:
            raise NotFound()
        record = await self.vault.unseal(tx, visit.id, wanted.record, about=wanted.id)
        signed = msgspec.json.decode(record, type=Record)
        checked = any(
            one.result is Result.GENUINE and (one.ended or signed.at) < signed.at
            for one in await tx.checks_of(visit.id)
        )
        return Signed(signed, person.name, clerk.name, checked)

    async def _of(self, tx: Tx, visit: Visit | None, id: str) -> Signature:
        wanted = await tx.signature(id)
        if wanted is None or visit is None or wanted.visit != visit.id:
            raise NotFound()
        return wanted

    async def _mine(self, tx: Tx, appointment: str, id: str) -> Signature:
        return await self._of(tx, await tx.visit_of(appointment), id)

    async def _step(
        self, tx: Tx, wanted: Signature, event: SignatureEvent, by: str, **changes: object
    ) -> None:
        if not states.SIGNATURE.allows(wanted.state, event):
            raise Over()
        await self.steps.signature(tx, wanted, event, by=by, **changes)

    def _consent(self, wanted: Signature, language: str) -> Consent:
        text = self.word(language, signature.CONSENT, {"title": wanted.title})
        return Consent(text, signature.CONSENT_VERSION, language)
