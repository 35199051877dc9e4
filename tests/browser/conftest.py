"""A demo office as a real process, and real browsers."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.async_api import Playwright, async_playwright

from tests.browser import people
from tests.browser.people import Office, Person


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A demo town on a folder and a port of its own."""
    town = Office(tmp_path / "data")
    town.start()
    yield town
    town.kill()
    assert "Traceback" not in town.log(), town.log()


@pytest.fixture
async def playwright() -> AsyncIterator[Playwright]:
    """Playwright's driver."""
    async with async_playwright() as driver:
        yield driver


class Arrive(Protocol):
    """Opens a browser of her own for somebody."""

    async def __call__(
        self, *, camera: bool = True, extra: tuple[str, ...] = (), **options: Any
    ) -> Person:
        """`camera` False denies camera and microphone; `extra` are flags of the browser, `options`
        of its context."""


@pytest.fixture
async def arrive(playwright: Playwright, office: Office) -> AsyncIterator[Arrive]:
    """Afterwards: nobody asked a foreign host, and no page had a fault."""
    everybody: list[Person] = []
    async with AsyncExitStack() as stack:

        async def one(
            *, camera: bool = True, extra: tuple[str, ...] = (), **options: Any
        ) -> Person:
            launched = await stack.enter_async_context(
                people.browser(playwright, camera=camera, extra=extra)
            )
            person = await Person.arrive(launched, **options)
            await person.context.add_init_script(people.SPY)
            everybody.append(person)
            return person

        yield one
    for person in everybody:
        assert person.hosts <= {f"localhost:{office.port}"}, person.hosts
        assert not person.faults, person.faults
