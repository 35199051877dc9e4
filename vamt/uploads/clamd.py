"""The town's virus scanner, asked about each file: clamd's INSTREAM command (clamd(8))."""

import asyncio
import re
from dataclasses import dataclass

from vamt.errors import N_, UserError

ADDRESS = re.compile(r"unix:(?P<path>/.+)|tcp:(?P<host>[^:]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")
PATIENCE = 20.0  # seconds
PIECE = 64 * 1024


class NoScanner(UserError):
    """The scanner does not answer; without it no file is taken."""

    status = 503
    key = "no_scanner"
    default_message = N_("We cannot check files at the moment. Please try again later.")


@dataclass(frozen=True, slots=True)
class Clamd:
    """A scanner at "unix:/run/clamav/clamd.ctl" or "tcp:host:port"."""

    address: str

    async def __call__(self, data: bytes) -> bool:
        """Whether nothing was found; raises NoScanner when it does not say so or the contrary."""
        try:
            async with asyncio.timeout(PATIENCE):
                said = await self._ask(data)
        except (OSError, TimeoutError):
            raise NoScanner() from None
        if said.endswith("FOUND"):
            return False
        if said != "stream: OK":
            raise NoScanner()
        return True

    async def _ask(self, data: bytes) -> str:
        where = ADDRESS.fullmatch(self.address)
        assert where  # the settings are checked
        if where["path"]:
            reader, writer = await asyncio.open_unix_connection(where["path"])
        else:
            reader, writer = await asyncio.open_connection(where["host"].strip("[]"), where["port"])
        try:
            writer.write(b"zINSTREAM\0")
            for start in range(0, len(data), PIECE):
                piece = data[start : start + PIECE]
                writer.write(len(piece).to_bytes(4, "big") + piece)
                await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
            return (await reader.read(1024)).rstrip(b"\0\n").decode(errors="replace")
        finally:
            writer.close()
