"""A child that waits for data: it serves once, and nobody is left."""

from vamt.confinement import BEHIND, Spare, ask
from vamt.uploads.clean import EARLY, ME


async def test_one_that_waits_serves_once() -> None:
    spare = Spare(ME, ("6", EARLY))
    assert spare.take() is None
    await spare.get_ready()
    waits = spare.take()
    assert waits and waits.returncode is None and spare.take() is None
    said = await ask(ME, "6", data=b"%PDF-1.7 broken", most=1000, child=waits)
    assert b"unreadable" in said and waits.returncode == 0


async def test_it_is_started_once_and_ends_when_nobody_needs_it() -> None:
    spare = Spare(ME, ("6", EARLY))
    await spare.get_ready()
    waits = spare.child
    await spare.get_ready()
    assert waits and spare.child is waits
    await spare.rest()
    assert waits.returncode is not None and spare.child is None
    await spare.rest()


async def test_one_that_has_died_is_not_handed_out() -> None:
    spare = Spare(ME, ("6", EARLY))
    await spare.get_ready()
    assert (died := spare.child)
    died.kill()
    await died.wait()
    assert spare.take() is None
    await spare.get_ready()
    assert spare.child is not died
    await spare.rest()


async def test_what_nobody_waits_for_lets_others_go_first() -> None:
    async def niceness(behind: bool) -> int:
        spare = Spare("tests.nice_child", ())
        await spare.get_ready()
        waits = spare.take()
        said = await ask("tests.nice_child", data=b"", most=10, child=waits, behind=behind)
        return int(said)

    assert await niceness(behind=True) == BEHIND > await niceness(behind=False)
