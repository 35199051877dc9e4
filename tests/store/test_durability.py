"""The process may be killed at any moment: what it acknowledged is in the database.

(That it survives losing power, too, rests on synchronous=FULL, see test_sql.py; no test here
can pull the plug.)
"""

import asyncio
import random
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import at

ROUNDS = 4
MOST = 60  # bookings before the kill
PATIENCE = 40  # seconds until it has made them
WORKER = """
import asyncio, os, sys
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

from vamt.booking import Calendar, Opening, Service
from vamt.services.bookings import Bookings, Person
from vamt.store.engine import sqlite_url
from vamt.store.sql import SqlStore

file, round_, now = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])


class Nobody:
    def changed(self, appointments=(), *, queue=True):
        pass


async def main():
    opening = Opening(frozenset(range(7)), time(8), time(20), desks=40)
    numbers = iter(range(10**9))
    bookings = Bookings(
        store=SqlStore(sqlite_url(file)),
        clock=lambda: now,
        new_id=lambda: f"r{round_}n{next(numbers)}",
        hub=Nobody(),
        calendar=Calendar(ZoneInfo("Europe/Berlin"), (opening,)),
        services={"parken": Service("parken", {"de": "P"}, minutes=15)},
        languages=("de",),
        check_email=str,
    )
    first = int(now) + 3600 + int(round_) * 86400  # each process has a day of its own
    os.write(1, b"ready\\n")

    async def one(worker):
        for number in range(10**6):
            start = first + (number // 8) % 40 * 900
            who = Person(f"Eva {worker}", f"{worker}.{number}@example.org")
            booked = await bookings.book("parken", start, who)
            os.write(1, f"{booked.id}\\n".encode())

    await asyncio.gather(*(one(worker) for worker in range(3)))


asyncio.run(main())
"""


async def killed(file: Path, round_: int, after: int) -> list[str]:
    """The ids a process acknowledged before it was killed, some time after so many of them."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", WORKER, str(file), str(round_), str(at("2026-06-15 07:00"))),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None and process.stderr is not None
    ready = await process.stdout.readline()
    if ready != b"ready\n":
        raise AssertionError((await process.stderr.read()).decode())
    async with asyncio.timeout(PATIENCE):
        told = b"".join([await process.stdout.readline() for _ in range(after)])
    assert process.returncode is None, (await process.stderr.read()).decode()
    process.send_signal(signal.SIGKILL)
    told += await process.stdout.read()
    await process.wait()
    await process.stderr.read()
    assert process.returncode == -signal.SIGKILL
    return [line.decode() for line in told.split(b"\n")[:-1]]


@pytest.mark.timeout(180)  # four processes start one after the other
async def test_every_acknowledged_booking_outlives_the_kill_of_its_process(database: Path) -> None:
    dice = random.Random()  # really random: another moment in every run
    acknowledged: list[str] = []
    for round_ in range(ROUNDS):
        acknowledged += await killed(database, round_, dice.randint(1, MOST))
        with closing(sqlite3.connect(database)) as connection:
            assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert len(set(acknowledged)) == len(acknowledged)

    with closing(sqlite3.connect(database)) as connection:
        state = dict(connection.execute("select id, state from appointments"))
        places = dict(connection.execute("select appointment, count(*) from places group by 1"))
        letters = dict(connection.execute("select appointment, count(*) from outbox group by 1"))
    assert [id for id in acknowledged if state.get(id) != "confirmed"] == []
    # and what was not acknowledged any more is there as a whole or not at all
    assert set(state.values()) == {"confirmed"}
    assert places == dict.fromkeys(state, 3) and letters == dict.fromkeys(state, 1)
    assert len(state) <= len(acknowledged) + 3 * ROUNDS
