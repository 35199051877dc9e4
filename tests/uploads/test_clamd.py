"""The virus scanner's client, against a scanner of our own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from vamt.uploads.clamd import Clamd, NoScanner


@asynccontextmanager
async def scanner(path: Path, answer: bytes) -> AsyncIterator[list[bytes]]:
    """Says `answer`; the list holds what it was sent."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(10) == b"zINSTREAM\0"
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            heard.append(await reader.readexactly(size))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    async with server:
        yield heard


async def test_it_says_what_the_scanner_says(tmp_path: Path) -> None:
    path, data = tmp_path / "clamd", bytes(range(256)) * 1000
    async with scanner(path, b"stream: OK\0") as heard:
        assert await Clamd(f"unix:{path}")(data)
    assert b"".join(heard) == data and len(heard) == 4
    path.unlink(missing_ok=True)
    async with scanner(path, b"stream: Eicar-Test-Signature FOUND\0"):
        assert not await Clamd(f"unix:{path}")(data)


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0"])
async def test_without_a_clear_word_nothing_is_taken(tmp_path: Path, answer: bytes) -> None:
    path = tmp_path / "clamd"
    async with scanner(path, answer):
        with pytest.raises(NoScanner):
            await Clamd(f"unix:{path}")(b"x")


async def test_without_a_scanner_nothing_is_taken(tmp_path: Path) -> None:
    with pytest.raises(NoScanner):
        await Clamd(f"unix:{tmp_path / 'none'}")(b"x")
    with pytest.raises(NoScanner):
        await Clamd("tcp:127.0.0.1:9")(b"x")
