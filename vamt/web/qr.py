"""A link as a QR code."""

import io

import segno
from aiohttp import web


def qr_code(link: str) -> web.Response:
    """The code as a picture, black on white in any theme: cameras want it so."""
    out = io.BytesIO()
    code = segno.make(link, error="m")
    code.save(out, kind="svg", scale=8, border=2, dark="#000", light="#fff", xmldecl=False)
    return web.Response(
        body=out.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "no-store"}
    )
