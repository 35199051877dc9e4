"""Socket.IO: who has a page open, the states pushed to it, the requests it makes, the signals
that browsers exchange to find each other. Authenticates, validates, calls one service, replies.

Media never comes here. A signal is relayed only inside one circle (the seats of a live visit, or
two that are made ready for one), from memory: the circles are read from the store before each
state is sent, so the relay itself waits for nothing.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import engineio.async_drivers.aiohttp as driver
import msgspec
import socketio
import structlog
from aiohttp.web import WebSocketResponse

from vamt import messages, protocol, rooms
from vamt.allowance import Allowance
from vamt.boards import Boards, Scene
from vamt.boards_guest import GuestBoards
from vamt.errors import N_, Invalid, NotAllowed, ProtocolError, UserError, VamtError
from vamt.i18n import Languages
from vamt.presence import PresenceBook
from vamt.seats import Seat, Seats
from vamt.services.checks import Checks
from vamt.services.clerks import Clerks
from vamt.services.forms import Forms
from vamt.services.guests import Guests
from vamt.services.office import Office, citizen_seat, clerk_seat
from vamt.services.ports import Clock, Store, Tx
from vamt.services.signatures import Signatures

log = structlog.get_logger()

# what a clerk's page sends too often, and too fleeting, to ask for her session each time; once she
# has signed out it is told so at once
UNASKED = ("connect", "disconnect", "draft", "form_edit", "form_focus", "signal", "probe")
BURST = 150  # events a page may send at once (a call set-up takes about 40) ...
RATE = 30.0  # ... and per second after that
GATHER = 0.15  # seconds in which changes of the queue are gathered into one push to everybody


class _PlainWebSocket(driver.WebSocket):
    """Without permessage-deflate: 33 kB instead of 135 kB a connection, and less CPU."""

    async def __call__(self, environ: dict[str, Any]) -> WebSocketResponse:
        self._sock = WebSocketResponse(
            max_msg_size=self.server.max_http_buffer_size, compress=False
        )
        await self._sock.prepare(environ["aiohttp.request"])
        self.environ = environ
        with contextlib.suppress(ConnectionError):
            await self.handler(self)
        return self._sock


class PeerOffline(UserError):
    """The other side's page is not connected; the sender tries again when it is."""

    status = 404
    key = "peer_offline"
    default_message = N_("The other side is not connected at the moment.")


@dataclass(slots=True)
class Page:
    """One connected page: its seat, the seat's key and its allowance of events."""

    seat: Seat
    key: str
    allowance: Allowance = field(default_factory=lambda: Allowance(BURST, RATE))


Handler = Callable[[Page, Any], Awaitable[dict[str, Any] | None]]


def error_shape(error: VamtError, languages: Languages, language: str) -> dict[str, Any]:
    """The one error shape, worded for the reader; see `vamt.errors`."""
    return {
        "ok": False,
        "error": error.key,
        "message": languages.get(language).text(error.message, error.params),
        "status": error.status,
        **error.extra,
    }


@dataclass(slots=True)
class Desk:
    """What the namespaces need to serve requests."""

    office: Office
    guests: Guests
    checks: Checks
    signatures: Signatures
    forms: Forms
    clerks: Clerks
    boards: Boards
    guest_boards: GuestBoards
    seats: Seats
    store: Store
    presence: PresenceBook
    languages: Languages
    clock: Clock
    guest_link: Callable[[str], str]  # the address that lets this guest in
    more: Mapping[str, Mapping[str, Handler]]  # namespace -> events whose handlers live elsewhere


@dataclass(slots=True)
class Switchboard:
    """Pushes states and relays signals. Implements `services.ports.Hub`."""

    sio: socketio.AsyncServer
    pages: dict[str, Page] = field(default_factory=dict)  # socket id -> page
    circles: dict[str, set[str]] = field(default_factory=dict)  # seat key -> whom it may signal
    readers: dict[str, set[str]] = field(default_factory=dict)  # who sees what it types
    on_change: Callable[[], None] = lambda: None  # e.g. the postman looks into the outbox
    desk: Desk = field(init=False)
    _urgent: set[str] = field(default_factory=set)  # appointments whose two sides wait
    _queue: bool = False  # everybody's place may have changed
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def changed(self, appointments: Collection[str] = (), *, queue: bool = True) -> None:
        """Take note; `run` sends it: at once to those concerned, gathered to all others."""
        self._urgent |= set(appointments)
        self._queue = self._queue or queue
        self._news.set()

    async def run(self) -> None:
        """Send what has changed, one push after the other, so that states arrive in order."""
        queue_due: float | None = None
        loop = asyncio.get_running_loop()
        while True:
            wait = None if queue_due is None else max(0.0, queue_due - loop.time())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), wait)
            self._news.clear()
            urgent, self._urgent = self._urgent, set()
            if self._queue:
                self._queue = False
                queue_due = queue_due or loop.time() + (GATHER if urgent else 0.0)
            everybody = queue_due is not None and loop.time() >= queue_due
            try:
                await self._push(urgent, everybody)
            except Exception:
                log.exception("push failed")
                await asyncio.sleep(0.1)
            if everybody:
                queue_due = None
            self.on_change()  # the pages first: nobody looks at a letter as it goes

    async def _push(self, urgent: set[str], everybody: bool) -> None:
        if not urgent and not everybody:
            return
        desk = self.desk
        signed_out: list[str] = []
        # before the store is read, which knows nothing newer: a clerk who signs in during a push
        # would else be taken for one whose session has ended
        desks = {key: desk.presence.socket(key) for key in desk.presence.seats("clerk:")}
        looking = set(desk.checks.sights)
        signing = {live.id for live in desk.signatures.live.values()}
        async with desk.store.read() as tx:
            scene = await desk.boards.scene(tx)
            self._arrange(scene)
            desk.checks.end(looking - {check.id for check in scene.checks if check.open})
            desk.signatures.follow(desk.boards.signing(scene), signing)
            citizens = set(urgent)
            if everybody:
                citizens |= {person.id for person in scene.queue}
            for appointment in citizens:
                socket = desk.presence.socket(citizen_seat(appointment))
                page = self.pages.get(socket or "")  # before any pause: it may leave in one
                mine = await tx.appointment(appointment) if page else None
                if socket is not None and page is not None and mine is not None:
                    state = await desk.boards.citizen(tx, scene, mine, page.seat.language)
                    # at once: she may be called, and a desk's state takes twice as long to read
                    await self._send(socket, "/citizen", state)
            involved = {v.clerk for v in scene.visits if v.appointment in urgent}
            for key, socket in desks.items():
                clerk = key.removeprefix("clerk:")
                page = self.pages.get(socket or "")
                if socket is None or page is None or not (everybody or clerk in involved):
                    continue
                if not await desk.clerks.valid(tx, page.seat.session):
                    signed_out.append(socket)
                else:
                    board = await desk.boards.desk(tx, scene, clerk, page.seat.language)
                    await self._send(socket, "/desk", board)
            await self._to_guests(tx, scene, urgent)
        for socket in signed_out:
            await self.replace(socket, "signed_out")

    async def _send(self, socket: str, namespace: str, state: msgspec.Struct) -> None:
        data = msgspec.to_builtins(state)
        await self.sio.emit("state", data, to=socket, namespace=namespace)

    async def _to_guests(self, tx: Tx, scene: Scene, appointments: set[str]) -> None:
        """The states of the guests of these appointments' visits, ended ones too."""
        for key in self.desk.presence.seats("guest:") if appointments else ():
            socket = self.desk.presence.socket(key)
            guest = await tx.guest(key.removeprefix("guest:"))
            visit = await tx.visit(guest.visit) if guest else None
            if socket and guest and visit and visit.appointment in appointments:
                state = await self.desk.guest_boards.guest(tx, scene, guest, visit)
                await self._send(socket, "/guest", state)

    async def load(self) -> None:
        """Learn the live visits before anybody connects (after a restart)."""
        async with self.desk.store.read() as tx:
            self._arrange(await self.desk.boards.scene(tx))

    def _arrange(self, scene: Scene) -> None:
        self.circles = self.desk.boards.circles(scene)
        self.readers = self.desk.boards.readers(scene)
        checks = self.desk.boards.checks
        places = self.desk.boards.filling(scene)
        self.desk.forms.follow(places, checks.believed(), checks.today())

    async def relay(self, page: Page, message: protocol.Signal) -> None:
        """Pass a signal on inside the sender's circle; raises UserErrors."""
        if message.to not in self.circles.get(page.key, ()):
            raise NotAllowed(f"{page.key} signals to {message.to!r} outside its circle")
        socket = self.desk.presence.socket(message.to)
        other = self.pages.get(socket or "")
        if socket is None or other is None:
            raise PeerOffline()
        relayed = protocol.Relayed(
            from_=page.key,
            epoch=page.seat.epoch,
            to_epoch=message.to_epoch,
            connection=message.connection,
            description=message.description,
            candidate=message.candidate,
        )
        await self.sio.emit(
            "signal",
            msgspec.to_builtins(relayed),
            to=socket,
            namespace=f"/{_space(other.seat.role)}",
        )

    async def draft(self, page: Page, message: protocol.Draft) -> None:
        """Show what is being typed to those who read the chat; raises UserErrors.

        Whoever has no page open gets the whole text with the next letter.
        """
        if page.key not in self.readers:
            raise UserError(N_("There is no visit at the moment."), key="no_visit", status=409)
        drafted = protocol.Drafted(page.key, page.seat.epoch, message.id, message.text)
        for key in self.readers[page.key]:
            await self.tell(key, "draft", drafted)

    async def tell(self, seat: str, event: str, message: msgspec.Struct) -> None:
        """Send something of the moment to a seat's page, if it has one."""
        socket = self.desk.presence.socket(seat)
        page = self.pages.get(socket or "")
        if page:
            namespace = f"/{_space(page.seat.role)}"
            await self.sio.emit(event, msgspec.to_builtins(message), to=socket, namespace=namespace)

    async def replace(self, socket: str, reason: str) -> None:
        """Tell a page that it is no longer the one, and let it go."""
        page = self.pages.get(socket)
        if page is None:
            return
        namespace = f"/{_space(page.seat.role)}"
        await self.sio.emit("replaced", {"reason": reason}, to=socket, namespace=namespace)
        await self.sio.disconnect(socket, namespace=namespace)

    async def hang_up(self, _app: object = None) -> None:
        """The process ends: close every line at once; the pages come back by themselves."""
        for line in list(self.sio.eio.sockets.values()):
            await line.queue.put(None)  # engine.io's own sign for a writer to close and go
        await self.sio.shutdown()

    async def sign_out(self, clerk: str, session: str) -> None:
        """The clerk has signed out: her page is told, unless it belongs to another session."""
        socket = self.desk.presence.socket(clerk_seat(clerk))
        page = self.pages.get(socket or "")
        if socket and page and page.seat.session == session:
            await self.replace(socket, "signed_out")


def _space(role: str) -> str:
    return "desk" if role == rooms.CLERK else role


def _check_plain(data: Any) -> None:
    """Refuse what Python's JSON reads but no browser (NaN), bytes, and half a character."""
    try:
        json.dumps(data, allow_nan=False, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Invalid(N_("This contains characters that cannot be stored.")) from None
    except (ValueError, TypeError, RecursionError):
        raise ProtocolError() from None


class Space(socketio.AsyncNamespace):
    """A namespace. Everything that arrives passes `trigger_event`: the one place for
    authentication, validation, rate limit and errors. Handlers stay bare."""

    role = ""
    events: Mapping[str, type[messages.Message]] = {}

    def __init__(self, namespace: str, board: Switchboard) -> None:
        super().__init__(namespace)
        self.board = board
        self.handlers: dict[str, Handler] = {}

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Dispatch; the return value is the acknowledgement."""
        # a page may name its own events so, too; the library's come before and after its time
        if not self.server.manager.is_connected(args[0], self.namespace):
            if event == "connect":
                return await self._connect(*args)
            if event == "disconnect":
                return await self._disconnect(args[0])
        sid, *data = args
        page = self.board.pages.get(sid)
        if page is None:
            return None
        try:
            page.allowance.spend(asyncio.get_running_loop().time())
            kind = self.events.get(event)
            if kind is None or len(data) > 1:
                raise ProtocolError()
            sent = data[0] if data else {}
            _check_plain(sent)
            try:
                message = msgspec.convert(sent, kind)
            except msgspec.ValidationError as error:
                log.info("malformed event", event_name=event, seat=page.key, why=str(error))
                raise ProtocolError() from None
            answer = await self.handlers[event](page, message)
            return {"ok": True, **(answer or {})}
        except VamtError as error:
            if isinstance(error, NotAllowed):
                log.warning("not allowed", seat=page.key, why=error.reason)
            return error_shape(error, self.board.desk.languages, page.seat.language)
        except Exception:
            log.exception("event failed", event_name=event, seat=page.key)
            return error_shape(VamtError(), self.board.desk.languages, page.seat.language)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        desk = self.board.desk
        request = environ["aiohttp.request"]
        language = desk.languages.choose(
            request.cookies.get("lang", ""), request.headers.get("Accept-Language", "")
        )
        try:
            try:
                hello = msgspec.convert(auth, protocol.Auth)
            except msgspec.ValidationError:
                raise ProtocolError() from None
            if hello.protocol != protocol.PROTOCOL_VERSION:
                raise ProtocolError()
            seat = desk.seats.read(hello.seat, self.role, desk.clock())
            key = await self._take(seat)
        except VamtError as error:
            shape = error_shape(error, desk.languages, language)
            # (text, data): the page finds the shape in the error's `data`
            raise socketio.exceptions.ConnectionRefusedError(shape["message"], shape) from None
        page = Page(seat, key)
        self.board.pages[sid] = page
        before = desk.presence.come(key, sid)
        if before and before != sid:
            await self.board.replace(before, "newer_page")
        self._announce(seat)

    async def _disconnect(self, sid: str) -> None:
        page = self.board.pages.pop(sid, None)
        if page and self.board.desk.presence.go(page.key, sid):
            self._announce(page.seat)

    async def _take(self, seat: Seat) -> str:
        """Sit down if this is the newest page; return the seat's key."""
        raise NotImplementedError

    def _announce(self, seat: Seat) -> None:
        raise NotImplementedError

    async def _probe(self, page: Page, message: protocol.Probe) -> dict[str, Any]:
        return {"now": self.board.desk.clock()}


class Superseded(UserError):
    """A newer page of the same person is open; this one shall not come back by itself."""

    status = 409
    key = "replaced"
    default_message = N_("This page was opened again elsewhere.")


class CitizenSpace(Space):
    """`/citizen`: the page behind the booking link."""

    role = rooms.CITIZEN
    events = protocol.CITIZEN_EVENTS

    def __init__(self, board: Switchboard) -> None:
        super().__init__("/citizen", board)
        office = board.desk.office
        self.handlers = {
            "enter": lambda p, m: office.enter(p.seat.subject),
            "leave": lambda p, m: office.leave(p.seat.subject),
            "answer": lambda p, m: office.answer(p.seat.subject),
            "park": lambda p, m: office.step_aside(p.seat.subject),
            "return": lambda p, m: office.come_back(p.seat.subject),
            "give": lambda p, m: office.give(p.seat.subject, m.values),
            "devices": lambda p, m: office.devices(p.seat.subject, m.camera, m.microphone),
            "checked": lambda p, m: office.checked(p.seat.subject, msgspec.to_builtins(m)),
            "say": self._say,
            "draft": board.draft,
            "signal": board.relay,
            "probe": self._probe,
            **board.desk.more["/citizen"],
        }

    async def _take(self, seat: Seat) -> str:
        async with self.board.desk.store.write() as tx:
            if await tx.appointment(seat.subject) is None:
                raise NotAllowed(f"no appointment {seat.subject!r}")
            if not await tx.raise_epoch(seat.subject, seat.epoch):
                raise Superseded()
        return citizen_seat(seat.subject)

    def _announce(self, seat: Seat) -> None:
        self.board.changed([seat.subject])

    async def _say(self, page: Page, m: protocol.Say) -> None:
        id = page.seat.subject
        name = (await self._name(id)) or rooms.CITIZEN
        await self.board.desk.office.say(
            id, rooms.CITIZEN, name, m.id, m.text, protocol.CHAT_LENGTH
        )

    async def _name(self, id: str) -> str:
        async with self.board.desk.store.read() as tx:
            mine = await tx.appointment(id)
        return mine.name if mine else ""


class DeskSpace(Space):
    """`/desk`: a clerk's tab."""

    role = rooms.CLERK
    events = protocol.DESK_EVENTS

    def __init__(self, board: Switchboard) -> None:
        super().__init__("/desk", board)
        office, guests = board.desk.office, board.desk.guests
        self.handlers = {
            "pause": lambda p, m: office.pause(p.seat.subject, m.away),
            "call": self._call,
            "ring": lambda p, m: office.ring(p.seat.subject),
            "park": lambda p, m: office.park(p.seat.subject, m.appointment),
            "missed": lambda p, m: office.missed(p.seat.subject, m.appointment),
            "hand_over": lambda p, m: office.hand_over(p.seat.subject, m.clerk, m.note),
            "end": lambda p, m: office.end(p.seat.subject),
            "invite": self._invite,
            "remove": lambda p, m: guests.remove(p.seat.subject, m.guest),
            "share_chat": lambda p, m: guests.share_chat(p.seat.subject, m.on),
            "say": self._say,
            "draft": board.draft,
            "signal": board.relay,
            "probe": self._probe,
            **board.desk.more["/desk"],
        }

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """A clerk's page answers only while her session lasts."""
        if event not in UNASKED and args:
            page = self.board.pages.get(args[0])
            if page and not await self.board.desk.clerks.who(page.seat.session):
                await self.board.replace(args[0], "signed_out")
                return None
        return await super().trigger_event(event, *args)

    async def _take(self, seat: Seat) -> str:
        clerk = await self.board.desk.clerks.who(seat.session)
        if clerk is None or clerk.id != seat.subject:
            raise UserError(N_("Please sign in again."), key="signed_out", status=401)
        async with self.board.desk.store.write() as tx:
            if not await tx.raise_desk_epoch(seat.subject, seat.epoch):
                raise Superseded()
        return clerk_seat(seat.subject)

    def _announce(self, seat: Seat) -> None:
        circle = self.board.circles.get(clerk_seat(seat.subject), set())
        citizens = [key.removeprefix("citizen:") for key in circle if key.startswith("citizen:")]
        self.board.changed(citizens)

    async def _call(self, page: Page, m: protocol.Call) -> dict[str, Any]:
        called = await self.board.desk.office.call(page.seat.subject, m.appointment)
        return {"appointment": called.id}

    async def _invite(self, page: Page, m: protocol.Invite) -> dict[str, Any]:
        desk, seat = self.board.desk, page.seat
        guest = await desk.guests.invite(seat.subject, m.id, m.role, m.name, seat.language)
        return {"link": desk.guest_link(guest.id)}

    async def _say(self, page: Page, m: protocol.Say) -> None:
        desk, clerk = self.board.desk, page.seat.subject
        async with desk.store.read() as tx:
            visit = await tx.visit_at(clerk)
            me = await tx.clerk(clerk)
        if visit is None or me is None:
            raise UserError(N_("There is no visit at the moment."), key="no_visit", status=409)
        await desk.office.say(
            visit.appointment, rooms.CLERK, me.name, m.id, m.text, protocol.CHAT_LENGTH
        )


def make_server(origins: list[str] | None) -> socketio.AsyncServer:
    """The Socket.IO server; `origins` None means the page's own host only."""
    sio = socketio.AsyncServer(
        async_mode="aiohttp",
        async_handlers=False,  # a page's events are handled in the order they were sent
        namespaces=list(protocol.SERVER_EVENTS),  # and no others, not even "/"
        cors_allowed_origins=origins,
        max_http_buffer_size=protocol.MAX_MESSAGE,
        ping_interval=8,
        ping_timeout=8,
        http_compression=False,
        logger=False,
        engineio_logger=False,
    )
    sio.eio._async = {**sio.eio._async, "websocket": _PlainWebSocket}
    return sio


def attach(sio: socketio.AsyncServer, board: Switchboard, desk: Desk) -> None:
    """Give the switchboard its office and register both namespaces."""
    board.desk = desk
    sio.register_namespace(CitizenSpace(board))
    sio.register_namespace(DeskSpace(board))
