"""The description for machines: sound in itself, and true of webhooks, calendar and `case.json`."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from tests.signalling.test_signature import ID, LINE, asked
from tests.web.served import Town
from tests.web.test_api import call, check
from tests.web.test_feed_pages import get, hire, link, wish
from vamt.app import OUTWARD, STORE
from vamt.notices import KINDS, Kind


def all_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a JSON value."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from all_in(inner)


async def described(town: Town) -> dict[str, Any]:
    _, description = await call(town, "GET", "/api/v1/openapi.json")
    assert isinstance(description, dict)
    return description


async def test_it_is_sound(town: Town) -> None:
    description = await described(town)
    schemas = description["components"]["schemas"]
    used = {one["$ref"] for one in all_in(description) if "$ref" in one}
    used.add("#/components/schemas/CaseFacts")  # a file, no answer
    assert used == {f"#/components/schemas/{name}" for name in schemas}
    operations = [
        (path, one)
        for where in ("paths", "webhooks")
        for path, methods in description[where].items()
        for one in methods.values()
    ]
    names = [one["operationId"] for _, one in operations]
    assert len(set(names)) == len(names)
    for path, one in operations:
        given = {p["name"] for p in one.get("parameters", ()) if p["in"] == "path"}
        assert given == set(re.findall(r"\{(\w+)\}", path)) and one["summary"]
        assert all(answer["description"] for answer in one["responses"].values())
        for wanted in one.get("security", ()):
            assert set(wanted) <= set(description["components"]["securitySchemes"])


async def test_every_kind_of_notice_is_described_and_told_so(town: Town) -> None:
    met = await asked(town)
    await met.citizen.do("sign_agree", {"id": ID})
    await met.citizen.do("sign_done", {"id": ID, "strokes": [LINE]})
    await met.clerk.do("end")
    await met.citizen.until(lambda s: s["state"] == "finished")
    description = await described(town)
    assert set(description["webhooks"]) == set(Kind)
    facts = town.app[OUTWARD].notices.facts
    told = set()
    for row in town.rows("select machine, event, subject, at from history"):
        if kind := KINDS.get((row["machine"], row["event"])):
            async with town.app[STORE].read() as tx:
                message = await facts.message(tx, kind, row["subject"], row["at"], person=True)
            post = description["webhooks"][kind]["post"]
            schema = post["requestBody"]["content"]["application/json"]["schema"]
            value = json.loads(msgspec.json.encode(message))
            check(value, schema, description)
            assert value["data"]["person"]["name"]
            told.add(kind)
    assert told == {Kind.BOOKED, Kind.SIGNED, Kind.ENDED}


async def test_the_calendar_answers_as_described(town: Town) -> None:
    description = await described(town)
    promised = description["paths"]["/kalender/{token}.ics"]["get"]["responses"]
    session = await hire(town, "anna")
    await wish(town, session, "new")
    path = await link(town, session)
    _, first, _ = await get(town, path)
    seen = set()
    for address, known in ((path, ""), (path, first["ETag"]), ("/kalender/x.ics", "")):
        status, headers, body = await get(town, address, **{"If-None-Match": known})
        answer = promised[str(status)]
        assert all(name in headers for name in answer.get("headers", ()))
        kind = headers.get("Content-Type", "").partition(";")[0]
        assert kind in answer["content"] if body else "content" not in answer
        seen.add(str(status))
    assert seen == set(promised)
