"""A stand-in for a provider with XBezahldienste v1, which delays, repeats, refuses and lies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

PATH = "/paymenttransaction/amt/kasse"


class Provider:
    """What it does next is up to the test."""

    def __init__(self) -> None:
        self.transactions: dict[str, dict[str, Any]] = {}  # by request id
        self.tokens = 0
        self.asked: list[str] = []
        self.own_ids = False  # it calls its transactions otherwise than by our request id
        self.url = ""
        self.behave()

    def behave(self) -> None:
        """Do from now on what it should."""
        self.delay = 0.0
        self.lost = False  # the next transaction is created, and its answer never arrives
        self.changes: dict[str, Any] = {}  # of the payment information
        self.amount: Any = None  # told instead of the one that was asked for
        self.currency = "EUR"  # as well
        self.raw: web.Response | None = None  # the whole answer
        self.problem = ""  # the functional code with which it refuses everything

    def pay(self, status: str = "PAYED") -> None:
        """The citizen has done something with the newest transaction."""
        newest = list(self.transactions.values())[-1]["paymentInformation"]
        newest["status"] = status
        newest.pop("transactionRedirectUrl", None)

    async def token(self, request: web.Request) -> web.Response:
        self.tokens += 1
        form = await request.post()
        if form["grant_type"] != "client_credentials" or "Authorization" not in request.headers:
            raise web.HTTPUnauthorized()
        return web.json_response({"access_token": f"token{self.tokens}", "expires_in": 300})

    async def create(self, request: web.Request) -> web.StreamResponse:
        self.asked.append("POST")
        sent = await request.json()
        id = sent["requestId"]
        if self.problem:
            return self._problem(400, self.problem)
        if id in self.transactions:
            return self._problem(409, "PAYMENT_EXISTS")
        name = f"T{len(self.transactions)}" if self.own_ids else id
        self.transactions[id] = {
            "paymentRequest": sent,
            "paymentInformation": {
                "transactionId": name,
                "transactionUrl": f"{self.url}{PATH}/{name}",
                "transactionRedirectUrl": f"{self.url}/pay/{name}",
                "status": "INITIAL",
            },
        }
        if self.lost:
            self.lost = False
            return web.Response(status=502, text="<html>gateway</html>")
        return await self._answer(id, 201)

    async def look(self, request: web.Request) -> web.StreamResponse:
        self.asked.append("GET")
        if self.problem:
            return self._problem(403, self.problem)
        name = request.match_info["id"]
        for id, one in self.transactions.items():
            if one["paymentInformation"]["transactionId"] == name:
                return await self._answer(id, 200)
        return self._problem(404, "UNSPECIFIED")

    async def _answer(self, id: str, status: int) -> web.Response:
        await asyncio.sleep(self.delay)
        if self.raw:  # an answer serves once
            return web.Response(
                body=self.raw.body, status=self.raw.status, headers=self.raw.headers
            )
        found = {key: dict(part) for key, part in self.transactions[id].items()}
        found["paymentInformation"] |= self.changes
        found["paymentRequest"]["currency"] = self.currency
        if self.amount is not None:
            found["paymentRequest"]["grosAmount"] = self.amount
        return web.json_response(found, status=status)

    def _problem(self, status: int, kind: str) -> web.Response:
        return web.json_response(
            {
                "type": "https://bezahldienst.example/problem",
                "status": status,
                "title": "Refused",
                "functionalCode": kind,
                "functionalText": "Fachliche Beschreibung",
            },
            status=status,
            content_type="application/problem+json",
        )


@asynccontextmanager
async def serving() -> AsyncIterator[Provider]:
    """A provider on a port of its own."""
    provider = Provider()
    app = web.Application()
    app.add_routes(
        [
            web.post("/token", provider.token),
            web.post(PATH, provider.create),
            web.get(PATH + "/{id}", provider.look),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "localhost", 0)
    await site.start()
    port = runner.addresses[0][1]
    provider.url = f"http://localhost:{port}"
    yield provider
    await runner.cleanup()
