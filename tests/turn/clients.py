"""A TURN client for tests: aioice's, with what it hides."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aioice import stun
from aioice.turn import TurnClientUdpProtocol, TurnTransport, create_turn_endpoint

from vamt.settings import Settings
from vamt.turn.coturn import Coturn
from vamt.turn.credentials import credential
from vamt.turn.supervisor import Supervisor

SECRET = "geheim"
PATIENCE = 20.0  # seconds; the machine may be busy, or pause


@asynccontextmanager
async def running(town: Settings, secret: str = SECRET) -> AsyncIterator[Supervisor]:
    """A supervised coturn for the length of a `with`."""
    relay = Supervisor(Coturn(town, secret), time.time)
    life = asyncio.ensure_future(relay.run())
    try:
        await asyncio.wait_for(relay.ready(), PATIENCE)
        yield relay
    finally:
        life.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await life


class Ear(asyncio.DatagramProtocol):
    """Keeps what comes out of a relay."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes | Exception] = asyncio.Queue()
        self.gone = asyncio.Event()

    def datagram_received(self, data: bytes | str, addr: Any) -> None:
        assert isinstance(data, bytes)
        self.heard.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        self.heard.put_nowait(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()


@dataclass
class Allocation:
    """One relay of one client."""

    transport: TurnTransport
    ear: Ear

    @property
    def address(self) -> tuple[str, int]:
        """The relay's."""
        found: tuple[str, int] = self.transport.get_extra_info("sockname")
        return found

    @property
    def client(self) -> TurnClientUdpProtocol:
        """The protocol behind the transport; aioice has no other way to it."""
        found = vars(self.transport)["_TurnTransport__inner_protocol"]
        assert isinstance(found, TurnClientUdpProtocol)
        return found

    async def send(self, data: bytes, to: tuple[str, int]) -> None:
        """Send through the relay."""
        self.transport.sendto(data, to)

    async def hear(self) -> bytes | Exception:
        """The next datagram, or why one could not be sent."""
        return await asyncio.wait_for(self.ear.heard.get(), PATIENCE)

    async def may_reach(self, peer: str) -> int:
        """0 if the server lets us reach this peer, else its error. No packet goes there."""
        number = self.client.channel_number
        self.client.channel_number += 1
        try:
            await self.client.channel_bind(number, (peer, 9))
        except stun.TransactionFailed as error:
            return error.response.error_code or -1
        return 0

    async def close(self) -> None:
        """Give it back."""
        self.transport.close()
        await asyncio.wait_for(self.ear.gone.wait(), PATIENCE)


@dataclass
class Clients:
    """Browsers at one TURN server; all relays are given back at the end."""

    town: Settings
    open: list[Allocation] = field(default_factory=list)

    async def allocate(
        self,
        leg: str = "leg",
        secret: str = SECRET,
        life: float = 600,
        at: tuple[str, int] | None = None,
        **options: Any,
    ) -> Allocation:
        """A new relay; raises TransactionFailed."""
        turn = self.town.turn
        user, password = credential(secret, leg, int(time.time() + life))
        async with asyncio.timeout(PATIENCE):
            transport, ear = await create_turn_endpoint(
                Ear, at or (turn.listen[0], turn.port), user, password, **options
            )
        self.open.append(Allocation(transport, ear))
        return self.open[-1]

    async def refused(self, **options: Any) -> int:
        """The server's error."""
        with pytest.raises(stun.TransactionFailed) as refusal:
            await self.allocate(**options)
        return refusal.value.response.error_code or -1

    async def close(self) -> None:
        """Give everything back."""
        await asyncio.gather(*(one.close() for one in self.open))
        self.open.clear()


@asynccontextmanager
async def clients(town: Settings) -> AsyncIterator[Clients]:
    """Clients for the length of a `with`."""
    some = Clients(town)
    try:
        yield some
    finally:
        await some.close()
