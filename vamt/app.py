"""The composition root: the one place that knows everybody and puts them together."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from random import SystemRandom
from typing import Any

import structlog
from aiohttp import web
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from babel.dates import format_date
from email_validator import validate_email

from vamt import document_events, fee_events, form_events, signature_events
from vamt.ahead import Ahead
from vamt.boards import Boards
from vamt.boards_check import CheckBoards, imprint
from vamt.boards_fees import FeeBoards
from vamt.boards_form import FormBoards
from vamt.boards_guest import GuestBoards
from vamt.boards_signature import SignatureBoards
from vamt.booking import Service, in_language, local_day
from vamt.captures import ChildCaptures
from vamt.check_events import advise, citizen_events, desk_events
from vamt.ciphers import AesGcm, master_key
from vamt.fees import Charge
from vamt.guest_space import GuestSpace
from vamt.i18n import Languages
from vamt.mail import Postman
from vamt.outward import Outward
from vamt.papers.certificate import Certificates
from vamt.papers.letterhead import Letterhead
from vamt.papers.proof import Prover
from vamt.papers.seal import Seal
from vamt.papers.statement import Statements
from vamt.papers.town_form import TownForms
from vamt.papers.typeset import Press
from vamt.payments.xbezahldienste import XBezahldienste
from vamt.presence import PresenceBook
from vamt.seats import Links, Seats
from vamt.services.bookings import Bookings
from vamt.services.checks import Checks
from vamt.services.clerks import Clerks
from vamt.services.documents import Documents
from vamt.services.feeds import Feeds
from vamt.services.fees import Fees
from vamt.services.forms import Forms
from vamt.services.guests import Guests
from vamt.services.issuing import OFFICIAL, Issuing
from vamt.services.office import Office
from vamt.services.payments import OnlinePayments
from vamt.services.ports import Captures, Clock, NewId
from vamt.services.retention import Retention
from vamt.services.signatures import Signatures
from vamt.services.vault import Vault
from vamt.settings import Settings, secret_key
from vamt.signalling import Desk, Switchboard, attach, make_server
from vamt.store.engine import sqlite_url
from vamt.store.migrate import migrate
from vamt.store.sql import SqlStore
from vamt.turn.coturn import Coturn, Relay
from vamt.turn.credentials import IceServers, renewal
from vamt.turn.selftest import SelfTest
from vamt.turn.supervisor import Supervisor
from vamt.uploads.clamd import Clamd
from vamt.uploads.clean import Cleaner
from vamt.web.admin_pages import AdminPages, Machine
from vamt.web.after_pages import AfterPages
from vamt.web.api import Api
from vamt.web.assets import Assets
from vamt.web.booking_pages import BookingPages, SlotLists
from vamt.web.certificate_pages import CertificatePages
from vamt.web.check_pages import CheckPages
from vamt.web.citizen_pages import CitizenPages
from vamt.web.desk_pages import DeskPages
from vamt.web.document_pages import DocumentPages
from vamt.web.door import Door
from vamt.web.fee_admin_pages import FeeAdminPages
from vamt.web.fee_pages import FeePages
from vamt.web.feed_pages import FeedPages
from vamt.web.guard import Guard
from vamt.web.guest_pages import GuestPages
from vamt.web.line_pages import LinePages
from vamt.web.mailbox import Mailbox
from vamt.web.paper_pages import PaperPages
from vamt.web.render import Pages
from vamt.web.time_pages import TimePages
from vamt.web.town_pages import Pictures, TownPages

log = structlog.get_logger()

BODY_LIMIT = 256 * 1024  # bytes of a request; forms take a few kB
BOARD = web.AppKey("board", Switchboard)
STORE = web.AppKey("store", SqlStore)
OFFICE = web.AppKey("office", Office)
GUESTS = web.AppKey("guests", Guests)
BOOKINGS = web.AppKey("bookings", Bookings)
CLERKS = web.AppKey("clerks", Clerks)
LINKS = web.AppKey("links", Links)
RETENTION = web.AppKey("retention", Retention)
POSTMAN = web.AppKey("postman", Postman)
SEAL: web.AppKey[Seal | None] = web.AppKey("seal", Seal | None)  # type: ignore[arg-type]
CHECKS = web.AppKey("checks", Checks)
VAULT = web.AppKey("vault", Vault)
OUTWARD = web.AppKey("outward", Outward)
FORMS = web.AppKey("forms", Forms)


class Argon2:
    """argon2id with the library's defaults (RFC 9106, low-memory profile)."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()

    def hash(self, password: str) -> str:
        """Hash a new password."""
        return self._hasher.hash(password)

    def verify(self, hash: str, password: str) -> bool:
        """Whether the password is right."""
        try:
            return self._hasher.verify(hash, password)
        except (Argon2Error, InvalidHashError):
            return False


def new_id() -> str:
    """128 random bits, 22 characters."""
    return secrets.token_urlsafe(16)


def normal_email(address: str) -> str:
    """The normalised address; raises ValueError when it is none. Asks no server."""
    return validate_email(address, check_deliverability=False).normalized


def make_app(
    settings: Settings,
    *,
    clock: Clock = time.time,
    ids: NewId = new_id,
    captures: Captures | None = None,
    demo_clerks: list[dict[str, str]] | None = None,
) -> web.Application:
    """The whole office as an aiohttp application. The database is migrated on start-up."""
    secret = secret_key(settings.data_folder)
    url = sqlite_url(settings.data_folder / "vamt.sqlite")
    store = SqlStore(url)
    languages = Languages(settings.languages)
    services = settings.services()
    presence = PresenceBook(clock)
    links, seats = Links(secret), Seats(secret)

    sio = make_server([settings.public_url] if settings.server.public_url else None)
    board = Switchboard(sio)
    bookings = Bookings(
        store=store,
        clock=clock,
        new_id=ids,
        hub=board,
        calendar=settings.calendar(),
        services=services,
        languages=tuple(settings.visit_languages),
        check_email=normal_email,
        hold_seconds=settings.booking.hold_minutes * 60,
        per_email=settings.booking.per_email,
        errands_at_once=settings.booking.errands_at_once,
    )
    office = Office(
        store=store,
        clock=clock,
        new_id=ids,
        hub=board,
        presence=presence,
        services=services,
        opens_before=settings.waiting_room.opens_minutes_before * 60,
    )
    clerks = Clerks(store=store, clock=clock, new_id=ids, hub=board, hasher=Argon2())
    retention = Retention(
        store,
        clock,
        ids,
        board,
        keep_days=settings.retention.appointment_days,
        history_days=settings.retention.history_days,
        charge_years=settings.fees.keep_years,
        services=services,
    )
    captures = captures or ChildCaptures(settings.capture.at_once)
    relay = _child(settings, secret, clock)
    ice = IceServers.of(settings, secret, clock, relay.exists if relay else lambda: True)
    self_test = SelfTest(ice, clock, relay.ready if relay else _at_once)

    def capture_ice(id: str) -> list[dict[str, Any]]:
        """The town's own relay for a capture child, or nothing."""
        return [one for one in ice(id, "capture", 0) if "username" in one][:1]

    vault = Vault(store, AesGcm(), master_key(secret), clock)
    checks = Checks(
        store=store,
        clock=clock,
        hub=board,
        steps=office.steps,
        captures=captures,
        services=services,
        chance=SystemRandom(),
        reading=settings.identity.reading == "transient",
        ice=capture_ice,
        tell=partial(advise, board),
        vault=vault,
        keep_hours=settings.identity.keep_hours,
        imprint=partial(imprint, settings, services, clock),
    )
    check_boards = CheckBoards(
        checks.sights,
        checks.reading,
        checks.keeps,
        checks.keep_hours,
        clock,
        services,
        today=lambda: local_day(int(clock()), settings.zone),
    )
    signatures = Signatures(
        store,
        clock,
        board,
        office.steps,
        vault,
        captures,
        ice=capture_ice,
        word=lambda code, text, params: languages.get(code).text(text, params),
        show=partial(signature_events.show, board),
    )
    scanner = Clamd(settings.uploads.clamd) if settings.uploads.clamd else None
    rules, account = settings.fees.rules, settings.fees.account
    fees = Fees(store, clock, ids, board, office.steps, services, rules, account)
    online = _provider(settings, fees, languages, services, clock)
    documents = Documents(
        *(store, clock, ids, board, office.steps, vault),
        clean=(cleaner := Cleaner(scanner)),
        may_hand=fees.check_hand_over,
    )
    sign_boards = SignatureBoards(signatures.live, services, languages, clock, settings.zone)
    saver = form_events.Saver()
    forms = Forms(
        store,
        clock,
        board,
        office.steps,
        vault,
        services,
        form_events.Teller(board),
        saver.wake,
    )
    form_boards = FormBoards(services, languages, forms.read)
    seal = Seal.of(settings)
    head, press = Letterhead(settings, seal), Press()
    issuing = Issuing(
        *(store, clock, services, forms, documents),
        print=(certificates := Certificates(languages, head, press)).made,
        fill_in=TownForms.of(services, head, press).pdf,
        day=partial(format_date, format="long", locale=OFFICIAL),
        zone=settings.zone,
    )
    boards = Boards(
        *(settings, services, languages, clock, presence),
        checks=check_boards,
        signatures=sign_boards,
        fees=FeeBoards(services, rules, account, online is not None),
        forms=form_boards,
        ice=ice,
        code=links.code_words,
    )
    guests, guest_boards = Guests(store, clock, board, office), GuestBoards(boards)
    attach(
        sio,
        board,
        Desk(
            office=office,
            guests=guests,
            checks=checks,
            signatures=signatures,
            forms=forms,
            clerks=clerks,
            boards=boards,
            guest_boards=guest_boards,
            seats=seats,
            store=store,
            presence=presence,
            languages=languages,
            clock=clock,
            guest_link=lambda guest: f"{settings.public_url}/gast/{links.guest_token(guest)}",
            more={
                "/citizen": citizen_events(checks, signatures)
                | signature_events.citizen_events(signatures)
                | document_events.citizen_events(documents)
                | form_events.citizen_events(forms, form_boards)
                | fee_events.citizen_events(fees),
                "/desk": desk_events(checks)
                | document_events.desk_events(documents)
                | form_events.desk_events(forms, form_boards)
                | fee_events.desk_events(fees)
                | signature_events.desk_events(signatures, sign_boards, forms, store),
            },
        ),
    )
    sio.register_namespace(GuestSpace(board))

    pages = Pages(settings, languages, assets := Assets())
    lists = SlotLists(settings, bookings)
    folder = settings.path(settings.town.pictures) if settings.town.pictures else None
    pictures = Pictures(folder)
    door = Door(settings, links, clock)
    citizen = CitizenPages(
        settings=settings,
        pages=pages,
        bookings=bookings,
        office=office,
        boards=boards,
        store=store,
        links=links,
        seats=seats,
        lists=lists,
        pictures=pictures,
        door=door,
    )
    postman = Postman(settings, store, pages, languages, bookings, links, citizen.entry, clock)
    desk = DeskPages(
        settings=settings,
        pages=pages,
        clerks=clerks,
        boards=boards,
        signatures=signatures,
        store=store,
        seats=seats,
        clock=clock,
        signed_out=board.sign_out,
        demo_clerks=demo_clerks or [],
    )

    guard = Guard(pages, settings, clock)
    app = web.Application(client_max_size=BODY_LIMIT, middlewares=guard.middlewares())
    app.add_routes(BookingPages(settings, pages, bookings, links, lists).routes())
    app.add_routes(citizen.routes())
    app.add_routes(LinePages(settings, bookings, links).routes())
    app.add_routes(desk.routes())
    app.add_routes(CheckPages(checks, desk.me).routes())
    app.add_routes(GuestPages(settings, pages, guests, guest_boards, store, links, seats).routes())
    app.add_routes(Api(settings, pages, bookings, links).routes())
    app.add_routes(TownPages(settings, pages, pictures, store).routes())
    app[SEAL] = seal
    printer = Statements(languages, head, press)
    outward = Outward.of(
        *(settings, store, clock, ids),
        signatures=signatures,
        documents=documents,
        forms=forms,
        printer=printer.pdf,
    )

    early = Ahead(presence, [cleaner.spare.get_ready, certificates.get_ready], cleaner.spare.rest)

    def wake() -> None:
        postman.wake()
        outward.wake()
        early.wake()

    board.on_change = wake
    papers = PaperPages(
        settings=settings,
        pages=pages,
        prover=Prover({*settings.seal.former, *([seal.fingerprint] if seal else [])}),
        printer=printer,
        signatures=signatures,
        bookings=bookings,
        links=links,
        door=door,
        me=desk.me,
    )
    app.add_routes(papers.routes())
    hands = DocumentPages(settings, pages, documents, bookings, links, citizen, door, desk.me)
    app.add_routes(hands.routes())
    app.add_routes(CertificatePages(pages, issuing, desk.me).routes())
    app.add_routes(FeePages(settings, pages, fees, online, bookings, links, door).routes())
    app.add_routes(FeeAdminPages(settings, pages, fees, desk.me).routes())
    after = AfterPages(pages, boards, bookings, documents, store, links, door, desk.me)
    app.add_routes(after.routes())
    conf, ahead = settings.calendar_feed, (settings.booking.horizon_days + 1) * 86400
    feeds = Feeds(store, clock, ids, conf.feeds, ahead)
    app.add_routes(FeedPages(settings, pages, feeds, bookings, links, desk.me).routes())
    machine = Machine(relay, self_test, ice, clock)
    admin = AdminPages(settings, pages, store, outward, desk.me, machine)
    app.add_routes(admin.routes())
    app.add_routes(TimePages(pages, store, desk.me, services, clock).routes())
    app.router.add_get("/static/{version}/{name:.+}", assets.handle)
    if settings.demo:
        app.add_routes(Mailbox(settings, pages, store, postman).routes())
    sio.attach(app)
    app.on_shutdown.append(board.hang_up)
    app.on_shutdown.append(lambda _: forms.save())
    if isinstance(captures, ChildCaptures):
        app.on_cleanup.append(captures.close)

    app[BOARD], app[STORE], app[OFFICE], app[BOOKINGS] = board, store, office, bookings
    app[GUESTS], app[CHECKS], app[VAULT], app[OUTWARD] = guests, checks, vault, outward
    app[FORMS] = forms
    app[CLERKS], app[LINKS], app[RETENTION], app[POSTMAN] = clerks, links, retention, postman
    app.cleanup_ctx.append(_database(url, store, board))
    renew = _renewer(store, board, ice)
    ticker = _ticker(bookings, retention, vault, outward, presence, renew)
    runs = [board.run, postman.run, ticker, self_test.run, saver.of(forms), *outward.runs]
    runs += [pages.get_ready, early.run]
    runs += [relay.run] if relay else []
    runs += [_follower(online)] if online else []
    app.cleanup_ctx.append(_tasks(*runs))
    return app


def _provider(
    settings: Settings,
    fees: Fees,
    languages: Languages,
    services: Mapping[str, Service],
    clock: Clock,
) -> OnlinePayments | None:
    """The payment provider, if the town has one."""
    conf = settings.fees.provider
    if not conf.url or not settings.fees.rules.active:
        return None
    provider = XBezahldienste(
        conf.url.rstrip("/"),
        conf.token_url,
        conf.client_id,
        conf.client_secret,
        conf.originator,
        conf.end_point,
        clock,
    )

    def title(charge: Charge) -> str:
        errand = services.get(charge.service)
        return in_language(errand.name, languages.default) if errand else charge.service

    def differs(charge: Charge) -> None:
        log.warning("the payment provider has another amount", reference=charge.reference)

    return OnlinePayments(fees, provider, title, differs)


def _follower(online: OnlinePayments) -> Callable[[], Awaitable[Any]]:
    async def run() -> None:
        """Ask about payments of people who have not come back."""
        while True:
            try:
                await online.follow()
            except Exception:
                log.exception("payments not followed")
            await asyncio.sleep(60)

    return run


def _child(settings: Settings, secret: bytes, clock: Clock) -> Supervisor | None:
    """The town's own coturn, if it is to have one."""
    relay = Relay.of(settings, secret) if settings.turn.mode == "child" else None
    return Supervisor(Coturn(settings, relay.secret), clock) if relay else None


async def _at_once() -> None:
    """Somebody else's server is there already, as far as we know."""


def _database(
    url: str, store: SqlStore, board: Switchboard
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(app: web.Application) -> AsyncIterator[None]:
        await migrate(url)
        await board.load()
        yield
        await store.close()

    return context


def _renewer(store: SqlStore, board: Switchboard, ice: IceServers) -> Callable[[], Awaitable[None]]:
    """New passwords for the relay, well before the old ones end: to visits and who waits."""
    told = renewal(ice.clock(), ice.ttl)

    async def renew() -> None:
        nonlocal told
        due = renewal(ice.clock(), ice.ttl)
        if due != told and ice.urls:
            async with store.read() as tx:
                visits = await tx.live_visits()
            board.changed([visit.appointment for visit in visits])
        told = due

    return renew


def _ticker(
    bookings: Bookings,
    retention: Retention,
    vault: Vault,
    outward: Outward,
    presence: PresenceBook,
    renew: Callable[[], Awaitable[None]],
) -> Callable[[], Awaitable[Any]]:
    async def run() -> None:
        """What has to happen without anybody asking."""
        minute = 0
        while True:
            try:
                await renew()
                await bookings.lapse()
                await vault.forget_due()
                await outward.tick(hourly=minute % 60 == 0)
                if minute % 10 == 0:
                    await retention.close_day()
                if minute % 60 == 0:
                    await retention.forget()
                    await retention.tidy()
                    presence.forget(86400)
            except Exception:
                log.exception("ticker stumbled")
            await asyncio.sleep(60)
            minute += 1

    return run


def _tasks(
    *runs: Callable[[], Awaitable[Any]],
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(app: web.Application) -> AsyncIterator[None]:
        tasks = [asyncio.ensure_future(run()) for run in runs]
        yield
        while waiting := [task for task in tasks if not task.done()]:
            # more than once: wait_for swallows a cancellation that comes together with its
            # event, https://github.com/python/cpython/issues/86296 (mended in Python 3.12)
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting, timeout=0.1)
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                task.result()

    return context
