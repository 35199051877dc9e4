"""Reading a request's body. Whatever is broken in it is the sender's fault: 400, never 500."""

import asyncio
from collections.abc import AsyncIterator, Callable

from aiohttp import BodyPartReader, web

from vamt.errors import N_, ProtocolError, UserError

PARTS = 30  # of a form with files
STALLED = 30.0  # seconds without a byte of a file
LONGEST = 600.0  # seconds for one file: 12 MB at 160 kbit/s


class NotArrived(UserError):
    """The file has stopped coming, or comes too slowly."""

    status = 408
    key = "not_arrived"
    default_message = N_("The file did not arrive completely. Please try again.")


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


async def read_files(
    request: web.Request,
    most: int,
    *,
    too_large: UserError,
    no_form: type[UserError],
    count: Callable[[int], None] = lambda size: None,
) -> AsyncIterator[tuple[str, bytes]]:
    """Name and content of each `file` of a form, only one of them in memory at a time.

    `count` is told of all bytes as they come, and may raise a UserError. Raises `too_large` for a
    file of more than `most` bytes, NotArrived, and `no_form` for what is broken or no form.
    """
    try:
        parts = await request.multipart()
    except Exception as broken:  # see read_form
        raise no_form() from broken
    for _ in range(PARTS):
        try:
            async with asyncio.timeout(LONGEST):
                part = await parts.next()
                if part is None:
                    return
                if not isinstance(part, BodyPartReader) or part.name != "file":
                    continue
                name, sent = part.filename or "", bytearray()
                while chunk := await asyncio.wait_for(part.read_chunk(64 * 1024), STALLED):
                    count(len(chunk))
                    sent += chunk
                    if len(sent) > most:
                        raise too_large
        except UserError:
            raise
        except TimeoutError:
            raise NotArrived() from None
        except Exception as broken:
            raise no_form() from broken
        if sent or name:
            yield name, bytes(sent)
