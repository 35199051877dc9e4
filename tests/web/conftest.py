"""A small town on a folder and a port of its own; see `tests/web/served.py`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.served import Clock, QuickHasher, Town, share_parts


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make towns quick to open."""
    share_parts(monkeypatch)


@pytest.fixture
def clock() -> Clock:
    """Monday, 23 November 2026, half past eight; the office opens at nine."""
    return Clock()


@pytest.fixture
async def town(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    """The town, open."""
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)
    async with Town(tmp_path, clock) as served:
        yield served
