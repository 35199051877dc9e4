"""The places of the cleaning: a slow file keeps none of the quick ones waiting."""

import asyncio

import msgspec
import pytest

from tests.uploads.hostile_pdfs import one_page, stream
from vamt.confinement import Spent, ask
from vamt.documents import Unfit
from vamt.uploads.clean import AT_ONCE, QUICK, SLOW, Answer, Cleaner
from vamt.uploads.line import Busy

GOOD = msgspec.msgpack.encode(Answer("", "image/jpeg", b"made", 1))


class Children:
    """Stand for the processes: a file that begins with "slow" takes all the time it is given."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, int]] = []
        self.first: list[bytes] = []  # before others
        self.until = asyncio.Event()  # slow ones in their own place end
        self.there = asyncio.Condition()

    async def __call__(
        self,
        module: str,
        seconds: str,
        *,
        data: bytes,
        most: int,
        child: object = None,
        behind: bool = False,
    ) -> bytes:
        self.asked.append((data, int(seconds)))
        if not behind:
            self.first.append(data)
        async with self.there:
            self.there.notify_all()
        if data.startswith(b"slow"):
            if int(seconds) == SLOW:
                await self.until.wait()
            if data != b"slow but honest" or int(seconds) == QUICK:
                raise Spent
        return GOOD

    async def begun(self, data: bytes, seconds: int) -> None:
        async with asyncio.timeout(20), self.there:
            await self.there.wait_for(lambda: (data, seconds) in self.asked)


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> Children:
    made = Children()
    monkeypatch.setattr("vamt.uploads.clean.ask", made)
    return made


async def test_a_slow_file_begins_again_in_a_place_of_its_own(children: Children) -> None:
    children.until.set()
    assert (await Cleaner()(b"slow but honest")).data == b"made"
    assert [seconds for _, seconds in children.asked] == [QUICK, SLOW]
    with pytest.raises(Unfit) as refused:
        await Cleaner()(b"slow")
    assert refused.value.why == "slow"


async def test_slow_files_keep_none_of_the_others_waiting(children: Children) -> None:
    cleaner = Cleaner()
    slow = [asyncio.create_task(cleaner(b"slow %d" % n)) for n in range(5)]
    await children.begun(b"slow 4", QUICK)
    async with asyncio.timeout(20):
        made = await asyncio.gather(*(cleaner(b"photo") for _ in range(10)))
    assert len(made) == 10
    assert [data for data, seconds in children.asked if seconds == SLOW] == [b"slow 0"]
    children.until.set()
    ends = await asyncio.gather(*slow, return_exceptions=True)
    assert all(isinstance(end, Unfit) for end in ends)


async def test_who_waits_for_long_is_told_that_there_are_many(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vamt.uploads.clean.PATIENCE", 0.01)
    cleaner = Cleaner(_quick=asyncio.Semaphore(0))
    with pytest.raises(Busy):
        await cleaner(b"photo")
    assert not children.asked and AT_ONCE > 0


async def test_a_scanner_that_takes_long_holds_no_place(children: Children) -> None:
    open_ones = asyncio.Event()

    async def scan(data: bytes) -> bool:
        if data == b"odd":
            await open_ones.wait()
        return True

    cleaner = Cleaner(scan)
    odd = [asyncio.create_task(cleaner(b"odd")) for _ in range(AT_ONCE + 1)]
    await asyncio.sleep(0)
    assert (await cleaner(b"photo")).data == b"made"
    open_ones.set()
    await asyncio.gather(*odd)


async def test_a_real_child_that_works_too_long_is_ended() -> None:
    forms = {
        n: stream(
            b"/X Do " * 10,
            b"/Type /XObject /Subtype /Form /BBox [0 0 200 200] /Resources << /XObject << /X %d 0 R"
            b" >> >>" % (n + 1),
        )
        for n in range(10, 20)
    }
    forms[20] = stream(b"0 0 9 9 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 200 200]")
    pdf = one_page(resources=b"/XObject << /X 10 0 R >>", more={**forms, 4: stream(b"/X Do")})
    with pytest.raises(Spent):
        await ask("vamt.uploads.clean", "1", data=pdf, most=1000)


async def test_what_a_visit_waits_for_goes_first_unless_it_is_slow(children: Children) -> None:
    cleaner = Cleaner()
    children.until.set()
    await cleaner(b"days before")
    assert not children.first
    await cleaner(b"slow but honest", awaited=True)
    assert children.first == [b"slow but honest"], "and then behind, in the place of slow ones"
    assert children.asked[-1] == (b"slow but honest", SLOW)
