"""A migrated, empty database, made once in a run: migrating takes a sixth of a second."""

import asyncio
import functools
import tempfile
import threading
from pathlib import Path

from vamt.store.engine import sqlite_url
from vamt.store.migrate import migrate


@functools.cache
def empty() -> bytes:
    """Its file. In a thread of its own, since the one who asks may have a loop."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.sqlite"
        worker = threading.Thread(target=lambda: asyncio.run(migrate(sqlite_url(file))))
        worker.start()
        worker.join()
        return file.read_bytes()
