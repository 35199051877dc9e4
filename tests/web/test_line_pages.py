"""The bytes that measure a line: behind the link, bounded, paced, never kept."""

from tests.web.served import Clock, Town
from vamt.app import BODY_LIMIT
from vamt.web.line_pages import BURST, DOWN, RATE


async def test_bytes_come_down_and_no_proxy_keeps_or_shrinks_them(town: Town) -> None:
    booking = await town.book()
    async with town.http.get(f"{booking.path}/leitung") as answer:
        body = await answer.read()
        assert answer.status == 200 and len(body) == DOWN
        assert answer.headers["Cache-Control"] == "no-store, no-transform"
        assert "Content-Encoding" not in answer.headers
    assert len(set(body)) == 256, "compressible"


async def test_bytes_go_up_and_leave_no_trace(town: Town) -> None:
    booking = await town.book()
    before = town.dump()
    async with town.http.post(f"{booking.path}/leitung", data=b"x" * BODY_LIMIT) as answer:
        assert answer.status == 204 and await answer.read() == b""
    async with town.http.post(f"{booking.path}/leitung", data=b"x" * (BODY_LIMIT + 1)) as answer:
        assert answer.status == 413
    assert town.dump() == before


async def test_only_a_link_that_answers_opens_it(town: Town, clock: Clock) -> None:
    booking = await town.book()
    async with town.http.get("/termin/forged/leitung") as answer:
        assert answer.status == 404
    async with town.http.post(
        f"{booking.path}/leitung", data=b"x", headers={"Sec-Fetch-Site": "cross-site"}
    ) as answer:
        assert answer.status == 403
    clock.forward(60 * 86400)
    async with town.http.get(f"{booking.path}/leitung") as answer:
        assert answer.status == 410


async def test_each_link_has_an_allowance_of_its_own_that_comes_back(
    town: Town, clock: Clock
) -> None:
    first, second = await town.book(), await town.book()
    statuses = []
    for _ in range(BURST + 2):
        async with town.http.post(f"{first.path}/leitung", data=b"x") as answer:
            statuses.append(answer.status)
    assert statuses == [204] * BURST + [429] * 2
    async with town.http.post(f"{second.path}/leitung", data=b"x") as answer:
        assert answer.status == 204
    clock.forward(1 / RATE)
    async with town.http.get(f"{first.path}/leitung") as answer:
        assert answer.status == 200
