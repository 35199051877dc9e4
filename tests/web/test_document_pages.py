"""Files that do not come as they should: too many at a time, too slowly, or in a form that never
ends. What is taken and who gets it is in tests/signalling/test_documents.py."""

import asyncio
import gzip
from pathlib import Path

import pytest

from tests.uploads import files
from tests.uploads.test_clamd import scanner
from tests.web.served import TOWN, Booking, Clock, QuickHasher, Town, free_port, town_settings
from vamt.uploads.line import EACH

HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
END = b"\r\n--x--\r\n"


class Slow:
    """A page that sends a file piece by piece."""

    def __init__(self, town: Town, booking: Booking, length: int) -> None:
        self.town, self.booking, self.length = town, booking, length

    async def __aenter__(self) -> "Slow":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.town.port)
        self.writer.write(
            f"POST {self.booking.path}/dokumente HTTP/1.1\r\nHost: localhost:{self.town.port}\r\n"
            "Accept: application/json\r\nConnection: close\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n"
            f"Content-Length: {self.length}\r\n\r\n".encode()
            + HEAD
        )
        await self.writer.drain()
        return self

    async def __aexit__(self, *error: object) -> None:
        self.writer.close()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> bytes:
        async with asyncio.timeout(20):
            return await self.reader.readuntil(b"}")


async def post(town: Town, booking: Booking, body: bytes, **headers: str) -> tuple[int, str]:
    sent = {
        "Accept": "application/json",
        "Content-Type": "multipart/form-data; boundary=x",
        **headers,
    }
    path = f"{booking.path}/dokumente"
    async with town.http.post(path, data=body, headers=sent) as answer:
        return answer.status, str((await answer.json()).get("error", ""))


async def test_one_link_sends_few_files_at_a_time_and_others_still_can(town: Town) -> None:
    mine, other = await town.book(), await town.book()
    picture = files.picture("PNG")
    whole = HEAD + picture + END
    async with Slow(town, mine, len(whole)) as one, Slow(town, mine, len(whole)) as two:
        for slow in (one, two):
            await slow.send(picture[:10])
        assert EACH == 2
        async with asyncio.timeout(20):  # until both are in the line
            while (await post(town, mine, b"--x--\r\n"))[1] != "busy":
                pass
        assert (await post(town, other, whole))[0] == 200
        for slow in (one, two):
            await slow.send(picture[10:] + END)
            assert b'"ok": true' in await slow.answer()
    assert (await post(town, mine, whole))[0] == 200


async def test_a_file_that_stops_coming_is_not_waited_for(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vamt.web.body.STALLED", 0.05)
    mine = await town.book()
    async with Slow(town, mine, 5000) as slow:
        await slow.send(b"half a pic")
        answer = await slow.answer()
    assert b"408" in answer.split(b"\r\n")[0] and b"not_arrived" in answer
    assert not town.rows("select 1 from documents")


async def test_a_form_of_many_parts_ends_somewhere(town: Town) -> None:
    mine = await town.book()
    part = b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\nabc\r\n'
    assert await post(town, mine, part * 5000 + HEAD + files.picture("PNG") + END) == (
        422,
        "no_file",
    )


async def test_a_packed_form_is_no_bomb(town: Town) -> None:
    mine = await town.book()
    bomb = gzip.compress(HEAD + bytes(60_000_000) + END)
    status, error = await post(town, mine, bomb, **{"Content-Encoding": "gzip"})
    assert (status, error) in ((422, "file_size"), (422, "no_file"))
    assert not town.rows("select 1 from documents")


async def test_the_towns_scanner_is_asked_and_nothing_is_taken_without_its_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vamt.app.Argon2", QuickHasher)
    socket = tmp_path / "clamd"
    text = f'{TOWN}\n[uploads]\nclamd = "unix:{socket}"\n'
    settings = town_settings(tmp_path, free_port(), text)
    whole = HEAD + files.picture("PNG") + END
    async with Town(tmp_path, Clock(), settings=settings) as town:
        mine = await town.book()
        assert await post(town, mine, whole) == (503, "no_scanner")
        async with scanner(socket, b"stream: Win.Test.EICAR_HDB-1 FOUND\0") as heard:
            assert await post(town, mine, whole) == (422, "file_virus")
        assert b"".join(heard) == files.picture("PNG"), "the file as it came"
        assert not town.rows("select 1 from documents")
        socket.unlink(missing_ok=True)
        async with scanner(socket, b"stream: OK\0"):
            assert (await post(town, mine, whole))[0] == 200
