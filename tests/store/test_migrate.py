"""Migrations: they make exactly the tables of the schema, and keep what is in them."""

import asyncio
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from vamt.store import migrate as module
from vamt.store.engine import make_engine, sqlite_url
from vamt.store.migrate import alembic_config, migrate
from vamt.store.schema import metadata
from vamt.store.sql import SqlStore

SCRIPTS = ScriptDirectory.from_config(alembic_config())
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]


def in_words(file: Path) -> set[tuple[str, str, str]]:
    """Tables, their columns and indexes as SQLite itself describes them."""
    found = set()
    with closing(sqlite3.connect(file)) as connection:
        things = connection.execute("select type, name, sql from sqlite_master").fetchall()
        for kind, name, sql in things:
            if name == "alembic_version" or "alembic_version" in name:
                continue
            if kind == "index":
                found.add((kind, name, " ".join((sql or "").split()).replace('"', "")))
                continue
            for column in connection.execute(f"pragma table_xinfo('{name}')"):
                # number and default aside: an added column comes last
                found.add((kind, name, str((column[1], column[2], column[3], column[5]))))
            for key in connection.execute(f"pragma foreign_key_list('{name}')"):
                found.add(("foreign key", name, str(key[2:])))
    return found


async def with_connection(file: Path, work: Callable[[sa.Connection], Any]) -> Any:
    engine = make_engine(sqlite_url(file), writer=True)
    async with engine.begin() as connection:
        result = await connection.run_sync(work)
    await engine.dispose()
    return result


async def at_revision(file: Path, revision: str) -> None:
    """A database as an older version of us left it."""

    def work(connection: sa.Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    await with_connection(file, work)


def revision_of(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("select version_num from alembic_version").fetchone()[0])


def differences(connection: sa.Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_the_migrated_database_is_the_schema(tmp_path: Path) -> None:
    file = tmp_path / "migrated.sqlite"
    await migrate(sqlite_url(file))
    assert await with_connection(file, differences) == []
    made = tmp_path / "made.sqlite"
    await with_connection(made, metadata.create_all)
    assert in_words(file) == in_words(made)


async def test_the_comparison_would_see_a_difference(tmp_path: Path) -> None:
    file = tmp_path / "migrated.sqlite"
    await migrate(sqlite_url(file))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("alter table appointments add column shoe_size integer")
        connection.execute("drop index one_visit_per_appointment")
        connection.execute("create unique index one_visit_per_appointment on visits (appointment)")
    found = await with_connection(file, differences)
    assert "shoe_size" in str(found)
    made = tmp_path / "made.sqlite"
    await with_connection(made, metadata.create_all)
    changed = {thing[1] for thing in in_words(file) ^ in_words(made)}
    assert changed == {"appointments", "one_visit_per_appointment"}


def test_the_history_of_migrations_is_one_line() -> None:
    assert len(SCRIPTS.get_heads()) == 1 and len(SCRIPTS.get_bases()) == 1
    assert all(not script.is_branch_point for script in SCRIPTS.walk_revisions())
    assert REVISIONS[0] == "0001" and REVISIONS[-1] == SCRIPTS.get_current_head()


async def test_migrating_a_current_database_touches_nothing(tmp_path: Path) -> None:
    file = tmp_path / "vamt.sqlite"
    await migrate(sqlite_url(file))
    before = file.read_bytes()
    await migrate(sqlite_url(file))
    assert file.read_bytes() == before


async def test_several_processes_may_start_on_an_empty_database_together(tmp_path: Path) -> None:
    file = tmp_path / "vamt.sqlite"
    await asyncio.gather(*(migrate(sqlite_url(file)) for _ in range(4)))
    assert revision_of(file) == SCRIPTS.get_current_head()


FIRST_ROWS = {
    # as version 0001 wrote them; later columns get their values from later migrations
    "clerks": {"id": "c1", "user": "keller", "name": "Anja", "role": "clerk"}
    | {"password_hash": "h", "disabled": 0},
    "appointments": {"id": "a1", "service": "parken", "start": 900, "end": 1800}
    | {"state": "confirmed", "created": 1, "name": "Jörg", "email": "j@example.org"}
    | {"phone": "", "language": "de", "data": '{"address": "Straße 1"}', "hold_until": None}
    | {"arrived": 2.5, "for_clerk": "", "from_clerk": "", "note": "", "epoch": 7}
    | {"camera": "ok", "microphone": "ok"},
    "places": {"pool": "default", "lane": 0, "tick": 3, "appointment": "a1"},
    "outbox": {"number": 1, "kind": "confirmation", "appointment": "a1", "language": "de"}
    | {"recipient": "j@example.org", "facts": '{"n": 1}', "created": 1.0, "due": 1.0, "tries": 0}
    | {"sent": None, "error": ""},
}


def fill(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for table, row in FIRST_ROWS.items():
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" * len(row))
            connection.execute(f"insert into {table} ({names}) values ({marks})", [*row.values()])


def kept(file: Path) -> dict[str, dict[str, Any]]:
    """The same columns of the same rows."""
    found = {}
    with closing(sqlite3.connect(file)) as connection:
        for table, row in FIRST_ROWS.items():
            names = ", ".join(f'"{name}"' for name in row)
            (values,) = connection.execute(f"select {names} from {table}").fetchall()
            found[table] = dict(zip(row, values, strict=True))
    return found


@pytest.mark.parametrize("revision", REVISIONS)
async def test_every_older_database_becomes_the_newest_one(tmp_path: Path, revision: str) -> None:
    file = tmp_path / "old.sqlite"
    await at_revision(file, revision)
    await migrate(sqlite_url(file))
    assert revision_of(file) == SCRIPTS.get_current_head()
    assert await with_connection(file, differences) == []


async def test_an_existing_database_keeps_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "old.sqlite"
    await at_revision(file, "0001")
    fill(file)
    await migrate(sqlite_url(file))
    assert kept(file) == FIRST_ROWS
    store = SqlStore(sqlite_url(file))
    async with store.read() as tx:
        mine = await tx.appointment("a1")
    await store.close()
    assert mine is not None and (mine.name, mine.data) == ("Jörg", {"address": "Straße 1"})


NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{head}"


def upgrade():
    with op.batch_alter_table("clerks") as clerks:
        clerks.add_column(sa.Column("room", sa.String(20), nullable=False, server_default="?"))
    op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))
    {trouble}
"""


@pytest.fixture
def with_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Pretend that the next version brings a migration."""

    def pretend(trouble: str) -> None:
        folder = tmp_path / "migrations"
        shutil.copytree(Path(module.__file__).parent / "migrations", folder, dirs_exist_ok=True)
        text = NEXT.format(head=SCRIPTS.get_current_head(), trouble=trouble)
        (folder / "versions" / "9000_next.py").write_text(text, "utf-8")

        def config() -> Config:
            changed = alembic_config()
            changed.set_main_option("script_location", str(folder))
            return changed

        monkeypatch.setattr(module, "alembic_config", config)

    return pretend


async def test_the_next_migration_changes_tables_and_keeps_rows(
    tmp_path: Path, with_migration: Callable[[str], None]
) -> None:
    file = tmp_path / "vamt.sqlite"
    await migrate(sqlite_url(file))
    fill(file)
    with_migration("")
    await migrate(sqlite_url(file))
    assert revision_of(file) == "9000" and kept(file) == FIRST_ROWS
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("select room from clerks").fetchall() == [("?",)]
        assert connection.execute("pragma foreign_key_check").fetchall() == []


async def test_a_migration_that_fails_leaves_the_database_as_it_was(
    tmp_path: Path, with_migration: Callable[[str], None]
) -> None:
    file = tmp_path / "vamt.sqlite"
    await migrate(sqlite_url(file))
    fill(file)
    before, head = in_words(file), revision_of(file)
    with_migration("raise ZeroDivisionError")
    with pytest.raises(ZeroDivisionError):
        await migrate(sqlite_url(file))
    assert (in_words(file), revision_of(file), kept(file)) == (before, head, FIRST_ROWS)


def test_every_migration_is_numbered_and_says_what_it_does() -> None:
    for script in SCRIPTS.walk_revisions():
        assert re.fullmatch(r"\d{4}", script.revision)
        assert Path(script.path).name.startswith(f"{script.revision}_")
        assert script.doc and script.doc.endswith(".")
