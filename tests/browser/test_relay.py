"""A call in two real browsers that may use nothing but the town's own relay."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.browser import people
from tests.browser.conftest import Chromium
from tests.browser.people import DESKTOP, PHONE, Office, Person, free_port, grows, sign_in, until
from tests.browser.test_visit import call, enter
from tests.turn.conftest import coturn_installed
from vamt import demo

assert coturn_installed  # a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(150),
    pytest.mark.usefixtures("coturn_installed"),
]
RELAY_ONLY = """
const Direct = RTCPeerConnection;
window.RTCPeerConnection = class extends Direct {
    constructor(config) { super({ ...config, iceTransportPolicy: "relay" }); }
};
"""
WAY = """async () => {
    const found = [];
    for (const pc of window.__calls) {
        if (pc.connectionState !== "connected") continue;
        const reports = [...(await pc.getStats()).values()];
        const transport = reports.find((one) => one.type === "transport");
        const pair = reports.find((one) => one.id === transport?.selectedCandidatePairId);
        const mine = reports.find((one) => one.id === pair?.localCandidateId);
        found.push([mine?.candidateType, mine?.relayProtocol]);
    }
    return found;
}"""


@dataclass
class RelayOffice(Office):
    """The demo's town as `vamt serve` runs a real one, with coturn as its child."""

    turn_port: int = field(default_factory=free_port)

    def start(self) -> None:
        """Start; returns when it serves and its relay answers."""
        folder = self.data.parent
        file = folder / "vamt.toml"
        first = 23000 + os.getpid() % 90 * 100
        own = (
            f'host = "127.0.0.1"\nport = {self.port}\n'
            f'public_url = "{self.url}"\ndata = "{self.data}"\n'
        )
        turn = (
            f'[turn]\nmode = "child"\nhost = "127.0.0.1"\nlisten = ["127.0.0.1"]\n'
            f"port = {self.turn_port}\nrelay_ports = [{first}, {first + 99}]\n"
            "allow_private_peers = true\n"
        )
        text = demo.TOWN.read_text("utf-8").replace("[server]\n", f"[server]\n{own}")
        for line in ('logo = "logo.svg"\n', 'pictures = "pictures"\n'):
            text = text.replace(line, "")
        services = demo.TOWN.parent / "services"
        text = text.replace('services = "services"', f'services = "{services}"')
        file.write_text(f"{text}\n{turn}", "utf-8")
        self._vamt("clerk", "add", "--config", str(file), "keller", said="ein langes Wort\n")
        self.facts = {"clerks": [{"user": "keller", "password": "ein langes Wort"}]}
        with (folder / "office.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vamt", "serve", "--config", str(file)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout and self.process.stdout.readline(), self.log()

    def _vamt(self, *arguments: str, said: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "vamt", *arguments], input=said, text=True, capture_output=True
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture
def office(tmp_path: Path) -> Iterator[RelayOffice]:
    """A town with a relay of its own."""
    town = RelayOffice(tmp_path / "data")
    town.start()
    yield town
    town.kill()
    assert "Traceback" not in town.log(), town.log()


@asynccontextmanager
async def person(chromium: Chromium, **options: Any) -> AsyncIterator[Person]:
    """Somebody whose browser makes no direct connection."""
    one = await Person.arrive(await chromium(), **options)
    await one.context.add_init_script(people.SPY)
    await one.context.add_init_script(RELAY_ONLY)
    try:
        yield one
    finally:
        await one.context.close()


async def relays(office: RelayOffice) -> bool:
    """Whether the log tells of the running relay."""
    await asyncio.sleep(0)
    return '"state": "running"' in office.log()


async def ways(who: Person) -> list[list[str]]:
    """Kind of candidate and transport of each live connection."""
    return [list(one) for one in await who.page.evaluate(WAY)]


async def test_two_browsers_meet_at_the_relay(office: RelayOffice, chromium: Chromium) -> None:
    await until(lambda: relays(office), "the relay", 20)
    async with person(chromium, **PHONE) as citizen, person(chromium, **DESKTOP) as clerk:
        link = office.book()
        await sign_in(clerk, office)
        await citizen.page.goto(link)
        await enter(citizen)  # her test of camera and sound checks the connection, too
        await citizen.button("Noch einmal prüfen").wait_for()
        steps = await citizen.page.locator('[data-part="precheck-steps"]').inner_text()
        assert "Ihr Netz: Lässt Videogespräche durch" in steps, steps
        await clerk.page.locator('[data-part="person-check"]').get_by_text("Verbindung").wait_for()
        await call(clerk, citizen)
        for one in (citizen, clerk):
            assert [way[0] for way in await ways(one)] == ["relay"]
            await grows(one, "framesDecoded", "totalAudioEnergy")


async def test_a_call_survives_the_death_of_the_relay(
    office: RelayOffice, chromium: Chromium
) -> None:
    """coturn is back in a moment, and both sides find each other there again."""
    await until(lambda: relays(office), "the relay", 20)
    async with person(chromium, **PHONE) as citizen, person(chromium, **DESKTOP) as clerk:
        link = office.book()
        await sign_in(clerk, office)
        await citizen.page.goto(link)
        await enter(citizen)
        await call(clerk, citizen)
        pid = int((office.data / "turn" / "turnserver.pid").read_text())
        os.kill(pid, 9)
        begun = time.monotonic()

        async def moves() -> bool:
            before = await citizen.stats()
            await asyncio.sleep(0.5)
            after = await citizen.stats()
            return after["framesDecoded"] > before["framesDecoded"] > 0

        await asyncio.sleep(3)  # what is on the way has arrived
        await until(moves, "the picture to come back", 60)
        print(f"picture back {time.monotonic() - begun:.1f} s after the relay's death")
        for one in (citizen, clerk):
            assert ["relay"] == [way[0] for way in await ways(one)][-1:]
