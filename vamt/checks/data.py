"""The data folder: room, rights, the key, the database."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.script import ScriptDirectory

from vamt.findings import Finding, Level, saying
from vamt.settings import KEY_LENGTH, Settings
from vamt.store.migrate import alembic_config

LITTLE_SPACE, NO_SPACE = 1 << 30, 100 << 20  # bytes: warn, fail
say = saying("data")


def check(settings: Settings) -> list[Finding]:
    """All findings."""
    folder = place = settings.data_folder
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK | os.X_OK):
        return [say("fail", "%(at)s cannot be written. Run: chown vamt %(at)s", at=place)]
    found = [_space(shutil.disk_usage(place).free)]
    if not folder.exists():
        return [*found, say("ok", "%(at)s will be made at the first start.", at=folder)]
    about = folder.stat()
    if os.geteuid() == 0 and about.st_uid != 0:
        text = "You are root, and the service is not. Run this as the service's user."
        found.append(say("warn", text))
    if about.st_mode & 0o077:
        found.append(say("warn", "Others can look into %(at)s. Run: chmod 700 %(at)s", at=folder))
    return [*found, _key(folder / "secret.key"), *_database(folder / "vamt.sqlite")]


def _space(free: int) -> Finding:
    level: Level = "fail" if free < NO_SPACE else "warn" if free < LITTLE_SPACE else "ok"
    text = "%(gb).1f GB free for the database."
    if level != "ok":
        text += " Make room: with a full disk nothing can be booked."
    return say(level, text, gb=free / 1e9)


def _key(file: Path) -> Finding:
    if not file.exists():
        return say("ok", "The key %(file)s will be made at the first start.", file=file)
    if file.stat().st_mode & 0o077:
        return say("fail", "Others can read %(file)s. Run: chmod 600 %(file)s", file=file)
    try:
        length = len(file.read_bytes())
    except OSError as error:
        return say("fail", "%(file)s: %(why)s", file=file, why=error.strerror)
    if length != KEY_LENGTH:
        return say("fail", "%(file)s is damaged. Restore it from the backup.", file=file)
    return say("ok", "The key is there and private.")


def _database(file: Path) -> list[Finding]:
    if not file.exists():
        return [say("ok", "The database will be made at the first start.")]
    try:
        damage, version, clerks = _look(file)
    except sqlite3.Error as error:
        text = (
            "The database %(file)s cannot be used: %(why)s. Restore it from the backup, or mend "
            "its rights."
        )
        return [say("fail", text, file=file, why=error)]
    if damage != "ok":
        text = "The database is damaged (%(why)s). Restore it from the backup."
        return [say("fail", text, why=damage)]
    scripts = ScriptDirectory.from_config(alembic_config())
    if version not in {one.revision for one in scripts.walk_revisions()}:
        text = (
            "The database was made by a newer version of vamt. Update the program, or restore the "
            "backup that belongs to this version."
        )
        return [say("fail", text)]
    found = []
    if version != scripts.get_current_head():
        text = "The database is of an older version; the next start brings it up to date."
        found.append(say("warn", text))
    if clerks == 0:
        found.append(say("warn", "Nobody can sign in. Run: vamt clerk add NAME"))
    return found or [say("ok", "The database is sound, writable and up to date.")]


def _look(file: Path) -> tuple[str, str, int]:
    """(damage or "ok", version, accounts that are not locked); raises sqlite3.Error."""
    with closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=5)) as database:
        database.isolation_level = None

        def first(query: str) -> str | int:
            row = database.execute(query).fetchone()
            value: str | int = row[0] if row else ""
            return value

        damage = first("pragma quick_check(1)")
        database.execute("begin immediate")  # says whether it can be written
        database.execute("rollback")
        version = first("select version_num from alembic_version")
        return (
            str(damage),
            str(version),
            int(first("select count(*) from clerks where not disabled")),
        )
