"""Reading a request's body. Whatever is broken in it is the sender's fault: 400, never 500."""

from aiohttp import web

from vamt.errors import ProtocolError


async def read_form(request: web.Request) -> dict[str, str]:
    """The text fields of a form; of several with one name the first. Raises ProtocolError.

    aiohttp lets a wrong multipart body, an unknown charset or a broken compression surface as
    ValueError, LookupError, RuntimeError, AssertionError, PayloadError ...
    """
    try:
        sent = await request.post()
        found = {key: value for key in sent if isinstance(value := sent[key], str)}
        "".join([*found, *found.values()]).encode()  # lone surrogates: charset=unicode_escape
    except web.HTTPException:
        raise
    except Exception as broken:
        raise ProtocolError() from broken
    return found


async def read_body(request: web.Request) -> bytes:
    """The bytes as they are meant, decompressed; raises ProtocolError."""
    try:
        return await request.read()
    except web.HTTPException:
        raise
    except Exception as broken:
        raise ProtocolError() from broken
