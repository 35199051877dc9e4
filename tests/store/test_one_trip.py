"""The cursor that makes one trip: it tells what sqlite3's own would, and leaves nothing open."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from vamt.store import one_trip
from vamt.store.one_trip import Connection


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Connection]:
    opened = await one_trip.connect(str(tmp_path / "a b.sqlite"), 5.0)
    await opened.cursor().execute("create table t (id integer primary key, name text unique)")
    yield opened
    await opened.close()


async def test_rows_and_their_names_are_there_when_it_is_executed(connection: Connection) -> None:
    many = await connection.cursor().executemany(
        "insert into t (name) values (?)", [["a"], ["b"], ["c"]]
    )
    assert (many.rowcount, many.description, await many.fetchall()) == (3, None, [])
    found = await connection.cursor().execute("select id, name from t where id > ?", (1,))
    assert [column[0] for column in found.description] == ["id", "name"]
    assert await found.fetchall() == [(2, "b"), (3, "c")]


async def test_what_a_change_returns_counts_as_changed(connection: Connection) -> None:
    added = await connection.cursor().execute("insert into t (name) values ('a'), ('b')")
    assert (added.rowcount, added.lastrowid) == (2, 2)
    changed = await connection.cursor().execute("update t set name = name || '!' returning name")
    assert (await changed.fetchall(), changed.rowcount) == ([("a!",), ("b!",)], 2)


async def test_an_error_arrives_and_leaves_no_statement_open(connection: Connection) -> None:
    await connection.cursor().execute("insert into t (name) values ('a')")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        await connection.cursor().execute("insert into t (name) values ('a') returning id")
    await connection.commit()
    await connection.cursor().execute("drop table t")  # an open statement would lock it
