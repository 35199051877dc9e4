"""coturn as a child: ready soon, back after a kill, gone with us, clear words when it cannot be."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from tests.turn.clients import PATIENCE, SECRET, clients, running
from tests.turn.conftest import Authority, MakeTown
from vamt.settings import Settings
from vamt.turn import coturn, supervisor
from vamt.turn.coturn import Coturn
from vamt.turn.supervisor import Health, Supervisor

real = pytest.mark.usefixtures("coturn_installed")


async def until(true: Callable[[], object], patience: float = PATIENCE) -> None:
    async with asyncio.timeout(patience):
        while not true():  # noqa: ASYNC110 (facts of another process)
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def answers(town: Settings) -> bool:
    """Whether anybody listens on the relay's TCP port."""
    with socket.socket() as probe:
        return probe.connect_ex((town.turn.listen[0], town.turn.port)) == 0


def pid_of(relay: Supervisor) -> int:
    assert relay.process
    return relay.process.pid


# --- with the real one


@real
async def test_it_comes_up_and_goes_with_its_task(make_town: MakeTown) -> None:
    town = make_town()
    async with running(town) as relay:
        assert relay.status.health is Health.RUNNING and relay.exists()
        assert relay.status.text % relay.status.params == "The relay is running."
        pid = pid_of(relay)
        assert answers(town)
    assert relay.status.health is Health.STOPPED and not relay.exists()
    assert not alive(pid) and not answers(town)


@real
async def test_after_sigkill_it_is_back_in_a_moment(make_town: MakeTown) -> None:
    assert supervisor.PAUSES[0] <= 0.1
    town = make_town()
    async with running(town) as relay, clients(town) as some:
        first = pid_of(relay)
        with structlog.testing.capture_logs() as logged:
            os.kill(first, signal.SIGKILL)
            await until(lambda: relay.status.restarts == 1)
        assert relay.exists()  # browsers are told of it all the time
        assert [one["why"] for one in logged if one["event"] == "coturn ended"] == ["SIGKILL"]
        await asyncio.wait_for(relay.ready(), PATIENCE)  # 0.35 s where the machine is free
        assert pid_of(relay) != first and relay.status.health is Health.RUNNING
        await some.allocate()


@real
async def test_a_second_death_waits_longer(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "PAUSES", (0.0, 0.8))
    async with running(make_town()) as relay:
        for restarts in (1, 2):
            os.kill(pid_of(relay), signal.SIGKILL)
            begun = time.monotonic()
            await until(lambda n=restarts: relay.status.restarts == n)  # type: ignore[misc]
            await asyncio.wait_for(relay.ready(), PATIENCE)
        assert time.monotonic() - begun >= 0.8


CHILD = """
import asyncio, sys, time
from pathlib import Path
from vamt.settings import parse
from vamt.turn.coturn import Coturn
from vamt.turn.supervisor import Supervisor

async def main():
    file = Path(sys.argv[1])
    relay = Supervisor(Coturn(parse(file.read_text(), file.parent), "geheim"), time.time)
    life = asyncio.ensure_future(relay.run())
    await relay.ready()
    print("pid", relay.process.pid, flush=True)
    await life

{run}
"""
LOOPS = {
    "asyncio": "asyncio.run(main())",
    "uvloop": "import uvloop; asyncio.Runner(loop_factory=uvloop.new_event_loop).run(main())",
}


@real
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
@pytest.mark.parametrize("loop", LOOPS)
async def test_when_we_are_killed_it_does_not_stay_behind(make_town: MakeTown, loop: str) -> None:
    """A coturn left over would share its ports with the next one, unseen."""
    town = make_town()
    code = CHILD.format(run=LOOPS[loop])
    us = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, str(town.path("vamt.toml"))),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert us.stdout
        words: list[bytes] = []
        while words[:1] != [b"pid"]:  # log lines come first
            words = (await us.stdout.readline()).split()
        pid = int(words[1])
        assert alive(pid) and answers(town)
        us.kill()
        await until(lambda: not alive(pid))
        await until(lambda: not answers(town))
    finally:
        with contextlib.suppress(ProcessLookupError):
            us.kill()
        await us.wait()


@real
async def test_it_keeps_no_word_about_users(make_town: MakeTown) -> None:
    town = make_town()
    async with running(town) as relay, clients(town) as some:
        await some.allocate(leg="somebody")
        assert await some.refused(leg="somebody-else", secret="wrong") == 401
        await asyncio.sleep(0.2)
        assert not [line for line in relay._last_words if "somebody" in line]
    folder = Coturn(town, SECRET).folder
    for file in folder.iterdir():
        assert b"somebody" not in file.read_bytes(), file


@real
async def test_a_renewed_certificate_is_used_without_a_restart(
    make_town: MakeTown, authority: Authority, tmp_path: Path
) -> None:
    """What certbot does every two months must not end the calls that are going on."""
    certificate, key = tmp_path / "chain.pem", tmp_path / "key.pem"

    def put(name: str, age: int) -> None:
        for source, target in zip(authority.issue(name), (certificate, key), strict=True):
            target.write_bytes(source.read_bytes())
            os.utime(target, (age, age))

    async def shown() -> object:
        _, writer = await asyncio.open_connection(
            "localhost", town.turn.tls_port, ssl=authority.context
        )
        found: object = writer.get_extra_info("peercert")["subject"]
        writer.close()
        await writer.wait_closed()
        return found

    put("first", 1_700_000_000)
    town = make_town(certificate=str(certificate), key=str(key))
    async with running(town) as relay, clients(town) as some:
        relay.look = 0.05
        os.kill(pid_of(relay), signal.SIGKILL)  # so that it looks more often from now on
        await until(lambda: relay.status.restarts == 1)
        await asyncio.wait_for(relay.ready(), PATIENCE)
        call = await some.allocate()
        assert await shown() == ((("commonName", "first"),),)
        pid = pid_of(relay)
        put("second", 1_700_000_500)
        async with asyncio.timeout(PATIENCE):
            while await shown() != ((("commonName", "second"),),):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert pid_of(relay) == pid
        await call.send(b"still here", call.address)
        assert await call.hear() == b"still here"


# --- when it cannot be


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Supervisor], object]:
    """Run a supervisor until it has said what is wrong."""
    monkeypatch.setattr(supervisor, "PAUSES", (0.02,))

    async def start(relay: Supervisor) -> supervisor.Status:
        life = asyncio.ensure_future(relay.run())
        await until(lambda: relay.status.health is not Health.STARTING)
        if relay.status.health is Health.DEAD:
            await until(lambda: relay.status.restarts > 1)  # it goes on trying
        await asyncio.sleep(0.1)
        status = relay.status
        assert not life.done()
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
        return status

    return start


def said(status: supervisor.Status) -> str:
    return status.text % status.params


async def test_a_missing_coturn_is_told_and_waited_for(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch, starts: Callable[..., object]
) -> None:
    monkeypatch.setattr(coturn, "program", lambda: None)
    relay = Supervisor(Coturn(make_town(), SECRET), time.time)
    status = await starts(relay)  # type: ignore[misc]
    assert status.health is Health.ABSENT and "apt install coturn" in said(status)
    assert not relay.exists()


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
async def test_a_taken_port_is_told_instead_of_shared(
    make_town: MakeTown, starts: Callable[..., object], kind: int, coturn_installed: None
) -> None:
    town = make_town()
    with socket.socket(type=kind) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as coturn does
        other.bind(("127.0.0.1", town.turn.port))
        if kind == socket.SOCK_STREAM:
            other.listen()
        relay = Supervisor(Coturn(town, SECRET), time.time)
        status = await starts(relay)  # type: ignore[misc]
    assert status.health is Health.BLOCKED and not relay.exists()
    assert f"Another program has port {town.turn.port} on 127.0.0.1." in said(status)


async def test_an_address_of_another_machine_is_told(
    make_town: MakeTown, starts: Callable[..., object], coturn_installed: None
) -> None:
    relay = Supervisor(Coturn(make_town(listen=["203.0.113.200"]), SECRET), time.time)
    status = await starts(relay)  # type: ignore[misc]
    assert said(status).startswith("203.0.113.200 is no address of this machine.")


async def test_a_port_we_may_not_use_is_told(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = make_town()

    def refuse(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(supervisor.socket.socket, "bind", refuse, raising=False)
    found = supervisor.obstacle(Coturn(town, SECRET))
    assert found and "CAP_NET_BIND_SERVICE" in found[0]


def script(tmp_path: Path, text: str) -> str:
    file = tmp_path / "turnserver"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


async def test_one_that_dies_at_once_is_told_with_its_last_words(
    make_town: MakeTown,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    starts: Callable[..., object],
) -> None:
    program = script(
        tmp_path, "echo 'ERROR: cannot bind'; echo 'ERROR: user <x>'; echo hello; exit 7"
    )
    monkeypatch.setattr(coturn, "program", lambda: program)
    relay = Supervisor(Coturn(make_town(), SECRET), time.time)
    with structlog.testing.capture_logs() as logged:
        status = await starts(relay)  # type: ignore[misc]
    assert status.health is Health.DEAD and "exit status 7" in said(status)
    assert status.restarts > 1
    assert ["ERROR: cannot bind"] in [one["said"] for one in logged if "said" in one]


async def test_one_that_never_answers_is_ended(
    make_town: MakeTown,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    starts: Callable[..., object],
) -> None:
    monkeypatch.setattr(supervisor, "START_PATIENCE", 1.0)
    monkeypatch.setattr(supervisor, "STOP_PATIENCE", 0.3)
    pids = tmp_path / "pids"
    program = script(tmp_path, f"trap '' TERM; echo $$ >> {pids}; while :; do sleep 0.1; done")
    monkeypatch.setattr(coturn, "program", lambda: program)
    relay = Supervisor(Coturn(make_town(), SECRET), time.time)
    status = await starts(relay)  # type: ignore[misc]
    assert status.health is Health.DEAD and "no answer" in said(status)
    for pid in pids.read_text().split():
        assert not alive(int(pid))


async def test_a_folder_that_cannot_be_made_is_told(
    make_town: MakeTown, starts: Callable[..., object], coturn_installed: None
) -> None:
    town = make_town()
    town.data_folder.write_text("a file where the folder should be")
    status = await starts(Supervisor(Coturn(town, SECRET), time.time))  # type: ignore[misc]
    assert status.health is Health.BLOCKED
    assert said(status).startswith("The relay cannot be started: ")


def test_how_it_ended_in_words() -> None:
    assert supervisor._ended(-9) == "SIGKILL"
    assert supervisor._ended(3) == "exit status 3"
    assert supervisor._ended(-200) == "exit status -200"
