"""A link or a transfer as a QR code."""

import io

import segno
from aiohttp import web


def qr_code(content: str) -> web.Response:
    """The code as a picture, black on white in any theme: cameras want it so."""
    out = io.BytesIO()
    made = _made(content)
    made.save(out, kind="svg", scale=8, border=2, dark="#000", light="#fff", xmldecl=False)
    return web.Response(
        body=out.getvalue(), content_type="image/svg+xml", headers={"Cache-Control": "no-store"}
    )


def qr_picture(content: str) -> bytes:
    """The code as PNG, with the whole quiet zone."""
    out = io.BytesIO()
    _made(content).save(out, kind="png", scale=10, border=4)
    return out.getvalue()


def _made(content: str) -> segno.QRCode:
    """Error correction M, as EPC069-12 wants it, and UTF-8 without saying so (no ECI)."""
    return segno.make(content, error="m", boost_error=False, encoding="utf-8", micro=False)
