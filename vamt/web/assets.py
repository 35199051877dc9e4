"""Static files, read once into memory, with a version in the address so that they never expire.

Relative imports of ES modules keep the version: /static/<version>/js/citizen.js imports
./call.js of the same version. A page of an older version gets the new files, too.
"""

import gzip
import hashlib
import mimetypes
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from markupsafe import Markup

ROOT = Path(__file__).parents[1] / "static"
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
IMPORT = re.compile(r'^(?:import|export)[^;]*?from "(\.[^"]+)"', re.MULTILINE)
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
        self._imports: dict[str, list[str]] = {}  # of each module
        digest = hashlib.sha256()
        for file in sorted(root.rglob("*")):
            if not file.is_file() or file.suffix == ".ts":
                continue
            name, body = file.relative_to(root).as_posix(), file.read_bytes()
            digest.update(name.encode() + b"\0" + body)
            if file.suffix == ".js":
                folder = posixpath.dirname(name)
                paths = IMPORT.findall(body.decode())
                self._imports[name] = [posixpath.normpath(f"{folder}/{path}") for path in paths]
            kind = TYPES.get(file.suffix) or mimetypes.guess_type(name)[0]
            packed = gzip.compress(body, 6) if file.suffix in COMPRESSED else None
            self._files[name] = Asset(body, packed, kind or "application/octet-stream")
        self.version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """The address of a file for templates; raises KeyError when it does not exist."""
        if name not in self._files:
            raise KeyError(f"no static file {name!r}; have the vendored files been fetched?")
        return f"/static/{self.version}/{name}"

    def modules(self, name: str) -> list[str]:
        """The module `name` and all that it imports, each once, the nearest first."""
        found, new = [name], [name]
        while new:
            new = list(dict.fromkeys(other for one in new for other in self._imports[one]))
            new = [other for other in new if other not in found]
            found += new
        return found

    def links(self, rel: str, *names: str) -> Markup:
        """`<link>`s of this kind to modules, with all that they import, and to other files.

        "modulepreload": without it the browser learns of each from the one that imports it, and
        asks for them generation by generation. "prefetch": the next page will need them.
        """
        files = dict.fromkeys(
            one
            for name in names
            for one in (self.modules(name) if name.endswith(".js") else [name])
        )
        link = Markup('<link rel="{}" href="{}">\n')
        return Markup("").join(link.format(rel, self.url(one)) for one in files)

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
