"""A clerk's calendar: what stands in it, and which link is good."""

from dataclasses import replace

import pytest

from tests.conftest import DAY, Town
from vamt.errors import Conflict, NotFound
from vamt.services.feeds import BACK, Feeds

CLERK, COLLEAGUE = "clerk-keller", "clerk-demir"


@pytest.fixture
async def feeds(town: Town) -> Feeds:
    await town.clerk("keller")
    await town.clerk("demir")
    return Feeds(town.store, town.clock, town.ids, offered=True, horizon=29 * DAY)


async def shown(feeds: Feeds, clerk: str = CLERK) -> list[str]:
    serial = await feeds.serial(clerk)
    assert serial
    return [one.id for one in await feeds.entries(clerk, serial)]


async def test_booked_appointments_stand_in_it_until_a_day_after(town: Town, feeds: Feeds) -> None:
    await feeds.make(CLERK)
    await town.held()
    first, second = await town.booked(), await town.booked("anmeldung")
    assert set(await shown(feeds)) == {first.id, second.id}
    await town.bookings.cancel(first.id)
    assert await shown(feeds) == [second.id]
    town.clock.now = second.start + BACK
    assert await shown(feeds) == [second.id]
    town.clock.go(1)
    assert await shown(feeds) == []


async def test_who_was_handed_over_stands_in_the_colleagues_calendar_only(
    town: Town, feeds: Feeds
) -> None:
    await feeds.make(CLERK)
    await feeds.make(COLLEAGUE)
    mine = await town.visited(CLERK)
    assert await shown(feeds) == await shown(feeds, COLLEAGUE) == [mine.id]
    await town.office.hand_over(CLERK, COLLEAGUE, "")
    assert await shown(feeds) == [] and await shown(feeds, COLLEAGUE) == [mine.id]


async def test_a_new_link_ends_the_old_one_and_off_ends_all(town: Town, feeds: Feeds) -> None:
    assert await feeds.serial(CLERK) is None
    await feeds.make(CLERK)
    old = await feeds.serial(CLERK)
    await feeds.make(CLERK)
    assert old and await feeds.serial(CLERK) != old
    with pytest.raises(NotFound):
        await feeds.entries(CLERK, old)
    newest = await feeds.serial(CLERK)
    assert newest and await feeds.entries(CLERK, newest) == []
    for clerk, serial in ((COLLEAGUE, newest), (CLERK, ""), ("nobody", newest)):
        with pytest.raises(NotFound):
            await feeds.entries(clerk, serial)
    await feeds.end(CLERK)
    await feeds.end(CLERK)
    with pytest.raises(NotFound):
        await feeds.entries(CLERK, newest)


async def test_a_locked_account_and_a_town_that_wants_none_end_the_link(
    town: Town, feeds: Feeds
) -> None:
    await feeds.make(CLERK)
    serial = await feeds.serial(CLERK)
    assert serial
    none = replace(feeds, offered=False)
    with pytest.raises(NotFound):
        await none.entries(CLERK, serial)
    with pytest.raises(Conflict):
        await none.make(COLLEAGUE)
    async with town.store.write() as tx:
        await tx.change_clerk(CLERK, disabled=True)
    with pytest.raises(NotFound):
        await feeds.entries(CLERK, serial)
