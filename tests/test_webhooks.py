"""Webhooks against a real receiver on loopback: signed, patient, and never led astray."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import aiohttp
import pytest
from aiohttp import web

from tests.conftest import BERLIN, Town
from tests.turn.conftest import Authority, authority
from vamt import notices as rules
from vamt.couriers import LONGEST_REST, Courier
from vamt.notices import Receiver
from vamt.services.facts import Facts
from vamt.services.notices import Notices
from vamt.webhooks import Webhook

assert authority  # a fixture

PATIENCE = 20.0  # seconds; the machine may be busy
SECRET = "whsec_" + base64.b64encode(b"a secret of 32 bytes for tests!!").decode()


@dataclass
class Program:
    """A receiver: does what it is told, then answers 204. It keeps all requests."""

    url: str = ""
    answers: list[web.Response] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    free: asyncio.Event = field(default_factory=asyncio.Event)  # not set: it hangs
    elsewhere: int = 0  # requests to another address
    runner: web.AppRunner | None = None
    tls_url: str = ""

    async def also_by_tls(self, context: ssl.SSLContext) -> None:
        """Listen on another port, too."""
        assert self.runner
        await web.TCPSite(self.runner, "127.0.0.1", 0, ssl_context=context).start()
        self.tls_url = f"https://localhost:{self.runner.addresses[-1][1]}/vamt?token=hidden"

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        await self.free.wait()
        return self.answers.pop(0) if self.answers else web.Response(status=204)

    async def other(self, request: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.Response()

    def verified(self) -> list[dict[str, object]]:
        """The bodies, once each is found genuine by somebody who knows the secret only."""
        found = []
        for headers, body in self.requests:
            key = base64.b64decode(SECRET.removeprefix("whsec_"))
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            assert f"v1,{expected}" in headers["webhook-signature"].split()
            found.append(json.loads(body))
        return found


@pytest.fixture
async def program() -> AsyncIterator[Program]:
    here = Program()
    here.free.set()
    app = web.Application()
    app.router.add_post("/vamt", here.handle)
    app.router.add_route("*", "/other", here.other)
    here.runner = runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.addresses
    here.url = f"http://127.0.0.1:{runner.addresses[0][1]}/vamt?token=hidden"
    yield here
    here.free.set()
    await runner.cleanup()


@pytest.fixture
def notices(town: Town) -> Notices:
    return Notices(
        town.store, town.clock, town.ids, lambda: 0.0, Facts(BERLIN), (Receiver("fach"),)
    )


@pytest.fixture
def courier(town: Town, notices: Notices, program: Program) -> Courier:
    hook = Webhook(program.url, (rules.key(SECRET),), False, notices, town.clock)
    return Courier("fach", notices, hook, town.clock)


async def deliver(courier: Courier) -> int:
    await courier.notices.address()
    return await courier.deliver()


async def test_what_happens_arrives_signed_and_once(
    town: Town, courier: Courier, program: Program
) -> None:
    mine = await town.booked()
    await town.bookings.cancel(mine.id)
    assert await deliver(courier) == 2
    assert [one["type"] for one in program.verified()] == [
        "appointment.booked",
        "appointment.cancelled",
    ]
    headers, body = program.requests[0]
    assert headers["Content-Type"] == "application/json" and mine.name not in body.decode()
    assert headers["webhook-timestamp"] == str(int(town.clock()))
    assert await deliver(courier) == 0 and len(program.requests) == 2


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (web.Response(status=500, text="secret innards"), "HTTP 500"),
        (web.Response(status=400), "HTTP 400"),
        (web.Response(status=429, headers={"Retry-After": "soon"}), "HTTP 429"),
        (web.Response(status=307, headers={"Location": "/other"}), "redirects are not followed"),
        (web.Response(status=302, headers={"Location": "/other"}), "redirects are not followed"),
    ],
)
async def test_a_refusal_is_tried_again_with_the_same_id(
    town: Town, courier: Courier, program: Program, answer: web.Response, why: str
) -> None:
    program.answers = [answer]
    await town.booked()
    assert await deliver(courier) == 0
    (row,) = town.rows("deliveries")["deliveries"]
    assert why in row["error"] and "secret" not in row["error"] and row["tries"] == 1
    town.clock.go(rules.RETRIES[0])
    assert await deliver(courier) == 1
    first, second = (headers["webhook-id"] for headers, _ in program.requests)
    assert first == second and program.elsewhere == 0
    assert len(program.verified()) == 2


async def test_a_receiver_may_say_when_to_come_again(
    town: Town, courier: Courier, program: Program
) -> None:
    program.answers = [web.Response(status=503, headers={"Retry-After": "900"})]
    await town.booked()
    await deliver(courier)
    town.clock.go(899)
    assert await deliver(courier) == 0
    town.clock.go(1)
    assert await deliver(courier) == 1


async def test_gone_is_for_good(town: Town, courier: Courier, program: Program) -> None:
    program.answers = [web.Response(status=410)]
    await town.booked()
    await deliver(courier)
    assert [one.error for one in await courier.notices.given_up()] == ["HTTP 410"]


async def test_one_that_hangs_is_left_in_time(
    town: Town, courier: Courier, program: Program
) -> None:
    program.free.clear()
    hook = courier.hand_over
    assert isinstance(hook, Webhook)
    courier.hand_over = replace(hook, patience=aiohttp.ClientTimeout(total=0.2))
    await town.booked()
    async with asyncio.timeout(PATIENCE):
        assert await deliver(courier) == 0
    (row,) = town.rows("deliveries")["deliveries"]
    assert row["error"] == "no answer within 0.2 seconds"


async def test_one_that_is_not_there_loses_nothing_and_its_address_is_not_told(
    town: Town, courier: Courier, program: Program
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        hook = courier.hand_over
        assert isinstance(hook, Webhook)
        courier.hand_over = replace(hook, url=f"http://127.0.0.1:{port}/?token=hidden")
        await town.booked()
        assert await deliver(courier) == 0
    (row,) = town.rows("deliveries")["deliveries"]
    assert "no connection" in row["error"] and "hidden" not in row["error"]
    courier.hand_over = hook
    town.clock.go(rules.RETRIES[0])
    assert await deliver(courier) == 1


async def test_one_that_answers_no_http_is_refused(town: Town, courier: Courier) -> None:
    async def rude(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n" + b"x" * 100_000)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(rude, "127.0.0.1", 0)
    hook = courier.hand_over
    assert isinstance(hook, Webhook)
    port = server.sockets[0].getsockname()[1]
    courier.hand_over = replace(hook, url=f"http://127.0.0.1:{port}/")
    await town.booked()
    assert await deliver(courier) == 0
    server.close()
    await server.wait_closed()
    (row,) = town.rows("deliveries")["deliveries"]
    assert row["error"].startswith("no answer: ")


async def test_an_endless_answer_is_not_read(
    town: Town, courier: Courier, program: Program
) -> None:
    program.answers = [web.Response(status=200, body=b"x" * 50_000_000)]
    await town.booked()
    async with asyncio.timeout(PATIENCE):
        assert await deliver(courier) == 1


async def test_a_receiver_that_is_down_gets_few_requests(
    town: Town, courier: Courier, program: Program
) -> None:
    for _ in range(10):
        await town.booked()
    program.answers = [web.Response(status=500) for _ in range(4)]
    begun = town.clock()
    for attempt in range(1, 5):
        assert await deliver(courier) == 0 and len(program.requests) == attempt
        assert await deliver(courier) == 0 and len(program.requests) == attempt, "it rests"
        town.clock.go(2.0**attempt)
    assert await deliver(courier) > 0
    assert town.clock() - begun < LONGEST_REST


async def test_a_bad_notice_does_not_hold_up_the_others(
    town: Town, courier: Courier, program: Program
) -> None:
    for _ in range(3):
        await town.booked()
    program.answers = [web.Response(status=422)]
    assert await deliver(courier) == 0
    town.clock.go(2)
    assert await deliver(courier) == 2


async def test_the_courier_goes_when_woken_and_outlives_a_stumble(
    town: Town, courier: Courier, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    stumbles = iter([RuntimeError("the disk is full")])
    address = Notices.address

    async def stumbling(self: Notices) -> None:
        for error in stumbles:
            raise error
        await address(self)

    monkeypatch.setattr(Notices, "address", stumbling)
    await town.booked()
    running = asyncio.ensure_future(courier.run())
    async with asyncio.timeout(PATIENCE):
        while not program.requests:
            courier.wake()
            await asyncio.sleep(0.01)
    while not running.done():  # Python 3.11 may swallow a cancellation
        running.cancel()
        await asyncio.wait([running], timeout=0.1)
    assert running.cancelled()


async def test_only_a_receiver_with_a_certificate_we_trust_is_told(
    town: Town,
    courier: Courier,
    program: Program,
    authority: Authority,
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("localhost"))
    await program.also_by_tls(context)
    hook = courier.hand_over
    assert isinstance(hook, Webhook)
    courier.hand_over = replace(hook, url=program.tls_url)
    await town.booked()
    assert await deliver(courier) == 0 and not program.requests
    (row,) = town.rows("deliveries")["deliveries"]
    assert row["error"].startswith("certificate not trusted") and "hidden" not in row["error"]
    courier.hand_over = replace(courier.hand_over, trust=authority.context)
    town.clock.go(rules.RETRIES[0])
    assert await deliver(courier) == 1 and len(program.verified()) == 1
