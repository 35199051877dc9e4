"""Static files, read once into memory, with a version in the address so that they never expire.

Relative imports of ES modules keep the version: /static/<version>/js/citizen.js imports
./call.js of the same version. A page of an older version gets the new files, too.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

ROOT = Path(__file__).parents[1] / "static"
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
COMPRESSED = {".js", ".css", ".svg"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file ready to send."""

    body: bytes
    packed: bytes | None  # gzip, where it pays
    content_type: str


class Assets:
    """All files below `root` (2 MB); changes on disk are seen after a restart."""

    def __init__(self, root: Path = ROOT) -> None:
        self._files: dict[str, Asset] = {}
        digest = hashlib.sha256()
        for file in sorted(root.rglob("*")):
            if not file.is_file() or file.suffix == ".ts":
                continue
            name, body = file.relative_to(root).as_posix(), file.read_bytes()
            digest.update(name.encode() + b"\0" + body)
            kind = TYPES.get(file.suffix) or mimetypes.guess_type(name)[0]
            packed = gzip.compress(body, 6) if file.suffix in COMPRESSED else None
            self._files[name] = Asset(body, packed, kind or "application/octet-stream")
        self.version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """The address of a file for templates; raises KeyError when it does not exist."""
        if name not in self._files:
            raise KeyError(f"no static file {name!r}; have the vendored files been fetched?")
        return f"/static/{self.version}/{name}"

    async def handle(self, request: web.Request) -> web.Response:
        """GET /static/{version}/{name}."""
        asset = self._files.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Vary": "Accept-Encoding",
        }
        if request.match_info["version"] != self.version:
            headers["Cache-Control"] = "no-cache"
        body = asset.body
        if asset.packed and "gzip" in request.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = asset.packed, "gzip"
        return web.Response(body=body, content_type=asset.content_type, headers=headers)
