"""Webhooks: notices as signed HTTPS requests to an address of the town's choice."""

import ssl
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp

from vamt import __version__, notices
from vamt.couriers import Refused
from vamt.notices import Delivery
from vamt.services.notices import Notices
from vamt.services.ports import Clock

PATIENCE = aiohttp.ClientTimeout(total=15, sock_connect=5)  # seconds, as Standard Webhooks say


@dataclass(frozen=True, slots=True)
class Webhook:
    """One receiver's address. `keys` sign: one, or two while the secret is being changed."""

    url: str
    keys: tuple[bytes, ...]
    person: bool
    notices: Notices
    clock: Clock
    patience: aiohttp.ClientTimeout = PATIENCE
    trust: ssl.SSLContext | bool = True  # whose certificates; True: the system's, read once

    async def __call__(self, delivery: Delivery) -> None:
        """Send it; raises Refused, or NotFound when what it is about is gone.

        Nothing of the answer counts but its status, and no redirect is followed: the message is for
        the address that the town has written down.
        """
        body = await self.notices.message(delivery, person=self.person)
        headers = {
            "content-type": "application/json",
            "user-agent": f"vamt/{__version__}",
            **notices.headers(self.keys, delivery.id, self.clock(), body),
        }
        try:
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(ssl=self.trust),
                    timeout=self.patience,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    trust_env=False,  # no proxy that the town has not written here
                ) as session,
                session.post(self.url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                self._judge(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Refused(self._why(error)) from None

    def _judge(self, answer: aiohttp.ClientResponse) -> None:
        status = answer.status
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            raise Refused(f"HTTP {status}: redirects are not followed")
        asked = answer.headers.get("Retry-After", "")
        raise Refused(
            f"HTTP {status}",
            for_good=status == HTTPStatus.GONE,
            wait=float(asked) if asked.isascii() and asked.isdigit() else 0.0,
        )

    def _why(self, error: Exception) -> str:
        """What went wrong, without the address, which may have a secret in it."""
        match error:
            case aiohttp.ClientConnectorCertificateError():
                return f"certificate not trusted: {error.certificate_error}"
            case aiohttp.ClientConnectorError():
                return f"no connection: {error.os_error.strerror or type(error).__name__}"
            case TimeoutError():
                return f"no answer within {self.patience.total:g} seconds"
        return f"no answer: {type(error).__name__}"
