"""What belongs to the town: colours, logo, pictures, privacy notice; and the health checks."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from vamt.services.ports import Store
from vamt.settings import Settings
from vamt.web.render import Pages

PICTURE_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".avif": "image/avif",
}


class Pictures:
    """The town's pictures: the files of a folder, with captions from `captions.toml`."""

    def __init__(self, folder: Path | None) -> None:
        self.files: dict[str, Path] = {}
        self._words: dict[str, dict[str, str]] = {}
        if folder is None or not folder.is_dir():
            return
        for file in sorted(folder.iterdir()):
            if file.suffix.lower() in PICTURE_TYPES:
                self.files[file.name] = file
        captions = folder / "captions.toml"
        if captions.exists():
            listed = tomllib.loads(captions.read_text("utf-8")).get("picture", [])
            self._words = {one["file"]: one for one in listed}

    def listed(self, language: str) -> list[dict[str, str]]:
        """[{url, caption, alt}] in the reader's language."""
        found = []
        for name in self.files:
            words = self._words.get(name, {})
            caption = words.get(language) or words.get("de", "")
            alt = words.get(f"alt_{language}") or words.get("alt_de", "") or caption
            found.append({"url": f"/bilder/{name}", "caption": caption, "alt": alt})
        return found


def town_css(settings: Settings) -> str:
    """The town's colours as custom properties, for light and dark pages."""
    town = settings.town

    def properties(accent: str) -> str:
        return f"--town-accent: {accent}; --town-on-accent: {readable_on(accent)};"

    light, dark = properties(town.accent), properties(town.accent_dark)
    return (
        f":root {{ {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f':root[data-kern-theme="light"] {{ {light} }}\n'
        f':root[data-kern-theme="dark"] {{ {dark} }}\n'
    )


def readable_on(colour: str) -> str:
    """Black or white, whichever contrasts more with `colour` (WCAG 2.2 relative luminance)."""

    def linear(part: int) -> float:
        value = part / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#ffffff" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "#000000"


@dataclass(frozen=True, slots=True)
class TownPages:
    """Small public routes."""

    settings: Settings
    pages: Pages
    pictures: Pictures
    store: Store

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [
            web.get("/town.css", self.colours),
            web.get("/logo", self.logo),
            web.get("/favicon.ico", self.favicon),
            web.get("/bilder/{name}", self.picture),
            web.get("/datenschutz", self.privacy),
            web.get("/robots.txt", self.robots),
            web.get("/healthz", self.healthy),
            web.get("/readyz", self.ready),
            web.get("/metrics", self.metrics),
        ]

    async def colours(self, request: web.Request) -> web.Response:
        """GET /town.css."""
        return web.Response(
            text=town_css(self.settings),
            content_type="text/css",
            headers={"Cache-Control": "max-age=300"},
        )

    async def logo(self, request: web.Request) -> web.Response:
        """GET /logo."""
        if not self.settings.town.logo:
            raise web.HTTPNotFound
        return self._file(self.settings.path(self.settings.town.logo))

    async def favicon(self, request: web.Request) -> web.Response:
        """GET /favicon.ico: browsers ask for it unasked."""
        return web.Response(status=204)

    async def picture(self, request: web.Request) -> web.Response:
        """GET /bilder/{name}."""
        file = self.pictures.files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        return self._file(file)

    def _file(self, file: Path) -> web.Response:
        kind = PICTURE_TYPES.get(file.suffix.lower())
        if kind is None or not file.is_file():
            raise web.HTTPNotFound
        headers = {"Cache-Control": "max-age=3600"}
        if kind == "image/svg+xml":  # a picture, never a document with scripts
            headers["Content-Security-Policy"] = (
                "default-src 'none'; style-src 'unsafe-inline'; sandbox"
            )
        return web.Response(body=file.read_bytes(), content_type=kind, headers=headers)

    async def privacy(self, request: web.Request) -> web.Response:
        """GET /datenschutz."""
        retention: dict[str, Any] = {
            "appointments_days": self.settings.retention.appointment_days,
            "link_days": self.settings.retention.link_days,
        }
        return self.pages.page(request, "privacy.html", retention=retention)

    async def robots(self, request: web.Request) -> web.Response:
        """Search engines: the start page only, never a link."""
        hidden = "".join(
            f"Disallow: {path}\n" for path in ("/termin/", "/gast/", "/amt", "/kalender")
        )
        return web.Response(text=f"User-agent: *\n{hidden}")

    async def healthy(self, request: web.Request) -> web.Response:
        """The process answers."""
        return web.json_response({"ok": True})

    async def ready(self, request: web.Request) -> web.Response:
        """The store answers, too."""
        async with self.store.read() as tx:
            await tx.live_visits()
        return web.json_response({"ok": True})

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus text format."""
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
