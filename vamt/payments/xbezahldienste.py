"""XBezahldienste v1, the German standard between online services and payment providers.

A transaction is created by POST, the citizen pays on the provider's page, and what has become of it
is asked by GET: the way back to us carries no result, and nothing it says would be believed.
https://docs.fitko.de/xbezahldienste; docs/payments.md says what is from there and what is our
reading.
"""

import asyncio
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import structlog

from vamt.services.ports import Begun, Clock, NoPayment, Payment, TakenId, Wanted

log = structlog.get_logger()

PATIENCE = 15.0  # seconds for an answer
ANSWER = 256 * 1024  # bytes; more is no answer
MARGIN = 30.0  # seconds before its end a token is renewed
OPEN, PAID, OVER = "open", "paid", "over"
STATES = {"INITIAL": OPEN, "PAYED": PAID, "FAILED": OVER, "CANCELED": OVER}
EXISTS = "PAYMENT_EXISTS"  # a functional code of problem+json: our request id is known
FOREIGN = re.compile(r"[^\w\s,.\u00C0-\u017F-]", re.ASCII)  # what a description may not have


@dataclass(slots=True)
class XBezahldienste:
    """One end point of a provider. Raises NoPayment for whatever goes wrong there."""

    base: str  # address of the interface, without a slash at the end
    token_url: str
    client_id: str
    client_secret: str
    originator: str
    end_point: str
    clock: Clock
    _token: str = ""
    _until: float = 0.0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def begin(self, wanted: Wanted) -> Begun:
        """Create the transaction; the same request again finds the one there is.

        Raises TakenId where the provider has the request but does not give it out by our id: its
        own id for it is in the answer that was lost.
        """
        amount = f"{wanted.cents // 100}.{wanted.cents % 100:02}"
        title = " ".join(FOREIGN.sub(" ", wanted.title).split())[:250]
        body = {
            "requestId": wanted.id,
            "requestTimestamp": datetime.fromtimestamp(self.clock(), UTC).isoformat(
                timespec="milliseconds"
            ),
            "currency": "EUR",
            "grosAmount": _Number(amount),
            "purpose": wanted.reference[:27],
            "description": title,
            "redirectUrl": wanted.back,
            "items": [
                {
                    "id": "1",
                    "reference": wanted.reference[:36],
                    "description": title,
                    "taxRate": 0,
                    "quantity": 1,
                    "totalNetAmount": _Number(amount),
                    "totalTaxAmount": 0,
                    "singleNetAmount": _Number(amount),
                    "singleTaxAmount": 0,
                }
            ],
        }
        status, found = await self._ask("POST", "", body)
        if 400 <= status < 500 and EXISTS in json.dumps(found, default=str):
            status, found = await self._ask("GET", f"/{quote(wanted.id, safe='')}")
            if status == 404:
                raise TakenId()
        information = _information(status, found)
        id, address = information.get("transactionId"), information.get("transactionRedirectUrl")
        if not isinstance(id, str) or not 0 < len(id) <= 80 or not _is_page(address):
            raise NoPayment()
        if _cents(found) not in (None, wanted.cents):
            log.warning("provider has another amount", reference=wanted.reference)
            raise NoPayment()
        return Begun(id, str(address))

    async def look(self, id: str) -> Payment:
        """What has become of a transaction; the amount is None where the answer has none."""
        status, found = await self._ask("GET", f"/{quote(id, safe='')}")
        information = _information(status, found)
        if information.get("transactionId") != id:
            raise NoPayment()
        state = STATES.get(str(information.get("status")))
        if state is None:
            raise NoPayment()
        address = information.get("transactionRedirectUrl")
        return Payment(state, _cents(found), str(address) if _is_page(address) else "")

    async def _ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        where = f"/paymenttransaction/{quote(self.originator)}/{quote(self.end_point)}{path}"
        data = None if body is None else json.dumps(body, default=str).encode()
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE)) as session,
                session.request(
                    method,
                    self.base + where,
                    data=data,
                    headers={
                        "Authorization": f"Bearer {await self._bearer(session)}",
                        "Content-Type": "application/json",
                        "Accept": "application/json, application/problem+json",
                    },
                    allow_redirects=False,
                ) as answer,
            ):
                return answer.status, await _json(answer)
        except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError) as error:
            log.warning("provider does not answer", why=type(error).__name__)
            raise NoPayment() from None

    async def _bearer(self, session: aiohttp.ClientSession) -> str:
        """The token of OAuth's client credentials (RFC 6749, 4.4), as long as it is good."""
        async with self._turn:
            if self.clock() < self._until - MARGIN:
                return self._token
            async with session.post(
                self.token_url,
                data={"grant_type": "client_credentials"},
                headers={
                    "Authorization": aiohttp.encode_basic_auth(self.client_id, self.client_secret)
                },
                allow_redirects=False,
            ) as answer:
                found = await _json(answer)
            token, lasts = found.get("access_token"), found.get("expires_in", 60)
            if not isinstance(token, str) or not isinstance(lasts, int | float):
                raise ValueError("no token")
            self._token, self._until = token, self.clock() + min(float(lasts), 3600.0)
            return token


class _Number(float):
    """An amount that JSON writes with its two decimals, not as a float happens to look."""

    def __new__(cls, text: str) -> "_Number":
        made = super().__new__(cls, text)
        return made

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


async def _json(answer: aiohttp.ClientResponse) -> Any:
    """The object of an answer; raises ValueError for anything else or too much."""
    text = await answer.content.read(ANSWER)
    if not answer.content.at_eof():
        raise ValueError("too long")
    found = json.loads(text, parse_float=Decimal)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _information(status: int, found: Any) -> dict[str, Any]:
    information = found.get("paymentInformation")
    if status not in (200, 201) or not isinstance(information, dict):
        log.warning("provider refuses", status=status)
        raise NoPayment()
    return information


def _cents(found: Any) -> int | None:
    """The amount of the request as the provider has it; None when it says none. -1: no amount."""
    request = found.get("paymentRequest")
    amount = request.get("grosAmount") if isinstance(request, dict) else None
    if amount is None:
        return None
    try:
        cents = Decimal(str(amount)) * 100
    except InvalidOperation:
        return -1
    whole = cents.is_finite() and cents == cents.to_integral_value()
    return int(cents) if whole and request.get("currency", "EUR") == "EUR" else -1


def _is_page(address: Any) -> bool:
    """Whether she can be sent there."""
    if not isinstance(address, str) or len(address) > 2000:
        return False
    url = urlsplit(address)
    local = url.hostname in ("localhost", "127.0.0.1")
    return bool(url.hostname) and (url.scheme == "https" or (local and url.scheme == "http"))
