"""`python -m bench.netlab.plain ADDRESS PORT CONFIG`: two roles, one room, words passed on."""

import json
import sys
from pathlib import Path

from aiohttp import WSMsgType, web

FOLDER = Path(__file__).parent
OTHER = {"clerk": "citizen", "citizen": "clerk"}
ROOM = web.AppKey("room", dict[str, web.WebSocketResponse])


async def page(_: web.Request) -> web.FileResponse:
    """The one page; its role is in the query."""
    return web.FileResponse(FOLDER / "page.html")


async def script(_: web.Request) -> web.FileResponse:
    """What makes it work."""
    return web.FileResponse(FOLDER / "page.js")


async def line(request: web.Request) -> web.WebSocketResponse:
    """A page's line: the newest of its role counts, and what it says goes to the other role."""
    room = request.app[ROOM]
    role = request.query["role"]
    socket = web.WebSocketResponse(heartbeat=25)  # as Socket.IO's default
    await socket.prepare(request)
    room[role] = socket
    await socket.send_json({"hello": role})
    async for message in socket:
        other = room.get(OTHER[role])
        if message.type == WSMsgType.TEXT and other is not None and not other.closed:
            await other.send_str(message.data)
    return socket


def main() -> None:
    """Serve until told to stop."""
    address, port, config = sys.argv[1:]
    settings = json.loads(Path(config).read_text())

    async def configuration(_: web.Request) -> web.Response:
        return web.json_response(settings)

    app = web.Application()
    app[ROOM] = {}
    app.add_routes(
        [
            web.get("/", page),
            web.get("/page.js", script),
            web.get("/config.json", configuration),
            web.get("/line", line),
        ]
    )
    web.run_app(app, host=address, port=int(port), print=None, access_log=None)


if __name__ == "__main__":
    main()
