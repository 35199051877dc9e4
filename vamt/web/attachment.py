"""A file for a person to save."""

from urllib.parse import quote

from aiohttp import web


def attachment(data: bytes, media: str, name: str) -> web.Response:
    """Never shown by the browser under our address: it is saved, and may run nothing."""
    return web.Response(
        body=data,
        content_type=media,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
