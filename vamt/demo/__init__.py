"""The fictional town of Amselfingen: `vamt demo`."""

import asyncio
import base64
import hashlib
import hmac
from pathlib import Path

import msgspec
from aiohttp import web

from vamt import app as office
from vamt import settings as conf
from vamt.errors import Conflict
from vamt.settings import Settings

TOWN = Path(__file__).parent / "vamt.toml"
CLERKS = (
    ("keller", "Anja Keller", "admin"),  # sees /verwaltung, too
    ("demir", "Emre Demir", "supervisor"),  # sees /amt/zeiten, as the admin does
    ("sommer", "Lina Sommer", "clerk"),
)


def settings(data: Path, host: str, port: int) -> Settings:
    """The demo town's settings, with its database in `data`."""
    town = conf.load(TOWN)
    server = msgspec.structs.replace(town.server, host=host, port=port, data=str(data.resolve()))
    return msgspec.structs.replace(town, server=server, demo=True)


def passwords(secret: bytes) -> list[dict[str, str]]:
    """The demo's log-ins; derived from the installation's key, so a restart keeps them."""
    found = []
    for user, name, role in CLERKS:
        digest = hmac.digest(secret, f"demo password of {user}".encode(), hashlib.sha256)
        password = base64.b32encode(digest)[:12].decode().lower()
        found.append({"user": user, "password": password, "name": name, "role": role})
    return found


async def hire(app: web.Application, clerks: list[dict[str, str]]) -> None:
    """Make the three accounts, unless they are there."""

    async def one(clerk: dict[str, str]) -> None:
        async with app[office.STORE].read() as tx:
            if await tx.clerk_login(clerk["user"]):
                return
        try:
            await app[office.CLERKS].add(
                clerk["user"], clerk["name"], clerk["password"], clerk["role"]
            )
        except Conflict:
            pass  # another process was faster

    await asyncio.gather(*(one(clerk) for clerk in clerks))
