"""Engines: how a database file is opened, and what a transaction on it begins with."""

import contextlib
import sqlite3
import time
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from vamt.store import one_trip


def sqlite_url(file: Path) -> str:
    """The address of an embedded database file."""
    return f"sqlite+aiosqlite:///{file}"


PRAGMAS = (
    "journal_mode=wal",
    "synchronous=full",
    "foreign_keys=on",
    "secure_delete=on",  # what is forgotten is overwritten; only some builds do so by default
)
ATTEMPTS = 10


def _tune(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see make_engine
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        _insist(cursor, f"pragma {pragma}")
    cursor.close()


def _insist(cursor: Any, statement: str) -> None:
    """Execute it, a few times if the database is locked.

    Of two processes that give a new file its write-ahead log at the same moment SQLite refuses
    one at once, whatever its timeout says: both read already, so waiting could last for ever.
    """
    for _ in range(ATTEMPTS):
        with contextlib.suppress(sqlite3.OperationalError):
            cursor.execute(statement)
            return
        time.sleep(0.02)  # at the start of a process, before anybody is served
    cursor.execute(statement)


def _give_up(connection: Any, _record: Any, _error: Any) -> None:
    """Roll back a connection whose task was cancelled in the middle of a statement.

    Closing alone would leave the lock (and so stop all writers) until the statement's cursor is
    garbage: sqlite3_close_v2 waits for it.
    """
    if connection is not None:
        with contextlib.suppress(Exception):
            connection.rollback()


def make_engine(url: str, *, writer: bool, patience: float = 5.0) -> AsyncEngine:
    """An engine whose transactions lock at once (writer) or only read.

    `patience` is how many seconds it waits for a lock of another process before it fails.
    """
    if not url.startswith("sqlite"):
        return create_async_engine(url, pool_size=5, hide_parameters=True)
    engine = create_async_engine(
        url,
        pool_size=1 if writer else 3,
        max_overflow=0,
        hide_parameters=True,  # an error in the log must not name people
        async_creator=partial(one_trip.connect, sa.make_url(url).database or "", patience),
    )
    sa.event.listen(engine.sync_engine, "connect", _tune)
    sa.event.listen(engine.sync_engine, "invalidate", _give_up)
    begin = "begin immediate" if writer else "begin"
    sa.event.listen(engine.sync_engine, "begin", lambda c: c.exec_driver_sql(begin))
    return engine
