"""A demo office as a real process, and real browsers.

What is dear to make and the same for all is made once in a session: the folder of a demo town,
and for each set of flags one Chromium. Whoever arrives has a context of her own in it, which
shares nothing with the others: storage, cache, connections and the processes of its pages.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, async_playwright

from tests.browser import people
from tests.browser.people import Office, Person

HERE = Path(__file__).parent
# Pictures in a second of the fake camera: enough to see that they move, and light enough for
# several people on two cores.
LIGHT = "--use-fake-device-for-media-stream=fps=8"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here share one event loop: that of the browsers."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a demo town that has been started once, and ended."""
    first = Office(tmp_path_factory.mktemp("town") / "data")
    first.start()
    first.kill()
    return first.data


@pytest.fixture
def office(tmp_path: Path, town: Path) -> Iterator[Office]:
    """A demo town on a folder and a port of its own."""
    mine = Office(Path(shutil.copytree(town, tmp_path / "data")))
    mine.start()
    yield mine
    mine.kill()
    assert "Traceback" not in mine.log(), mine.log()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    """Playwright's driver."""
    async with async_playwright() as driver:
        yield driver


class Chromium(Protocol):
    """Starts a browser, or gives the one with these flags that runs."""

    async def __call__(self, *, camera: bool = True, extra: tuple[str, ...] = ()) -> Browser:
        """The arguments are those of `people.browser`."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(playwright: Playwright) -> AsyncIterator[Chromium]:
    """The browsers of this session."""
    running: dict[tuple[Any, ...], Browser] = {}
    async with AsyncExitStack() as stack:

        async def one(*, camera: bool = True, extra: tuple[str, ...] = ()) -> Browser:
            flags = (camera, *extra)
            if flags not in running:
                running[flags] = await stack.enter_async_context(
                    people.browser(playwright, camera=camera, extra=(LIGHT, *extra))
                )
            return running[flags]

        yield one


class Arrive(Protocol):
    """Opens a browser window of her own for somebody."""

    async def __call__(
        self, *, camera: bool = True, extra: tuple[str, ...] = (), **options: Any
    ) -> Person:
        """`camera` False denies camera and microphone; `extra` are flags of the browser, `options`
        of its context."""


@pytest_asyncio.fixture(loop_scope="session")
async def arrive(chromium: Chromium, office: Office) -> AsyncIterator[Arrive]:
    """Afterwards: nobody asked a foreign host, and no page had a fault."""
    everybody: list[Person] = []

    async def one(*, camera: bool = True, extra: tuple[str, ...] = (), **options: Any) -> Person:
        person = await Person.arrive(await chromium(camera=camera, extra=extra), **options)
        everybody.append(person)
        await person.context.add_init_script(people.SPY)
        return person

    yield one
    for person in everybody:
        await person.context.close()
    for person in everybody:
        assert person.hosts <= {f"localhost:{office.port}"}, person.hosts
        assert not person.faults, person.faults
