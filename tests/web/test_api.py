"""The JSON API: what `openapi.json` promises is what is answered; wrong input changes nothing."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.served import BERLIN, FUZZ, Clock, Town, failure

PERSON = {"name": "Ada Lovelace", "email": "ada@example.org"}


async def call(
    town: Town, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    """Status and decoded JSON."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    headers = {key.replace("_", "-"): value for key, value in headers.items()}
    if data is not None:
        headers.setdefault("Content-Type", "application/json")
    async with town.http.request(method, path, data=data, headers=headers) as answer:
        assert answer.content_type == "application/json", await answer.text()
        return answer.status, json.loads(await answer.read())


# --- a small checker for the part of JSON Schema that the description uses

KINDS = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def check(value: Any, schema: dict[str, Any], whole: dict[str, Any], where: str = "$") -> None:
    """Assert that `value` is as `schema` says, with nothing it does not mention."""
    known = {
        "$ref",
        "title",
        "description",
        "type",
        "properties",
        "required",
        "items",
        "enum",
        "additionalProperties",
        "default",
        "anyOf",
        "format",
    }
    assert set(schema) <= known, f"{where}: this checker does not know {set(schema) - known}"
    if ref := schema.get("$ref"):
        target: Any = whole
        for part in ref.removeprefix("#/").split("/"):
            target = target[part]
        return check(value, target, whole, where)
    if "anyOf" in schema:
        for choice in schema["anyOf"]:
            try:
                return check(value, choice, whole, where)
            except AssertionError:
                continue
        raise AssertionError(f"{where}: {value!r} is none of {schema['anyOf']}")
    if "type" in schema:
        kind = KINDS[schema["type"]]
        assert isinstance(value, kind), f"{where}: {value!r} is no {schema['type']}"
        assert not (isinstance(value, bool) and schema["type"] != "boolean"), where
    if "enum" in schema:
        assert value in schema["enum"], where
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        missing = set(schema.get("required", ())) - set(value)
        assert not missing, f"{where}: {missing} missing"
        for key, item in value.items():
            if key in properties:
                check(item, properties[key], whole, f"{where}.{key}")
    if isinstance(value, list):
        for number, item in enumerate(value):
            check(item, schema["items"], whole, f"{where}[{number}]")
    return None


class Described:
    """Calls the API and holds every answer against the description."""

    def __init__(self, town: Town, description: dict[str, Any]) -> None:
        self.town, self.description = town, description
        self.seen: set[tuple[str, str, str]] = set()

    async def __call__(
        self, method: str, path: str, body: Any = None, query: str = "", **rest: str
    ) -> Any:
        values = {key: rest.pop(key) for key in list(rest) if "{" + key + "}" in path}
        operation = self.description["paths"][path][method.lower()]
        status, answer = await call(self.town, method, path.format(**values) + query, body, **rest)
        described = operation["responses"]
        assert str(status) in described, (method, path, status, answer)
        schema = described[str(status)]["content"]["application/json"]["schema"]
        check(answer, schema, self.description)
        assert ("$ref" in schema and schema["$ref"].endswith("Failure")) == (status >= 400)
        if status >= 400:
            assert failure(answer)["status"] == status
        self.seen.add((method.lower(), path, str(status)))
        return answer


async def test_the_description_is_the_truth(town: Town, clock: Clock) -> None:
    """Every path, method and status of openapi.json, provoked and checked against its schema."""
    status, description = await call(town, "GET", "/api/v1/openapi.json")
    assert status == 200 and description["openapi"].startswith("3.1")
    assert description["servers"] == [{"url": town.url}]
    api = Described(town, description)

    services = await api("GET", "/api/v1/services")
    assert [s["id"] for s in services] == ["ausweis", "rat", "einzeln"]
    slots_path = "/api/v1/services/{id}/slots"
    slots = await api("GET", slots_path, id="einzeln", query="?from=2026-11-23&to=2026-11-25")
    assert slots[0] == {"start": "2026-11-23T09:00:00+01:00", "free": 1}
    await api("GET", slots_path, id="nichts")
    await api("GET", slots_path, id="rat", query="?from=morgen")

    book = "/api/v1/appointments"
    wish = {"service": "einzeln", "start": slots[0]["start"], **PERSON}
    booked = await api("POST", book, wish)
    taken = await api("POST", book, wish)
    check(
        taken["next"],
        {"type": "array", "items": {"$ref": "#/components/schemas/SlotItem"}},
        description,
    )
    assert [s["start"] for s in taken["next"]][:3] == [s["start"] for s in slots[1:]]
    await api("POST", book, b"{")
    await api("POST", book, {**wish, "service": "nichts"})
    await api("POST", book, {**wish, "name": "x" * 300_000})
    await api("POST", book, {**wish, "email": "nobody"})

    one = "/api/v1/appointments/{id}"
    bearer = {"Authorization": f"Bearer {booked['link'].rpartition('/')[2]}"}
    for method in ("GET", "DELETE"):
        await api(method, one, id=booked["id"])  # no token
        await api(method, one, id="another", **bearer)
    mine = await api("GET", one, id=booked["id"], **bearer)
    assert mine == {
        "id": booked["id"],
        "service": "einzeln",
        "start": booked["start"],
        "end": booked["end"],
        "state": "confirmed",
        "phone": "",
        "language": "de",
        "also": [],
        **PERSON,
    }
    cancelled = await api("DELETE", one, id=booked["id"], **bearer)
    assert cancelled["state"] == "cancelled"
    assert (await api("DELETE", one, id=booked["id"], **bearer))["state"] == "cancelled"
    other = await town.book("rat")
    await (await town.citizen(other)).do("enter")
    clerk = await town.clerk()
    await clerk.do("call")
    await api("DELETE", one, id=other.id, **other.bearer)  # too late: she is being called

    clock.forward(3 * 86400)
    for method in ("GET", "DELETE"):
        await api(method, one, id=other.id, **other.bearer)  # the link has expired

    promised = {
        (method, path, status)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        for status in operation["responses"]
        if path.startswith("/api/")
    }
    assert api.seen == promised


async def test_every_route_of_the_api_is_described(town: Town) -> None:
    _, description = await call(town, "GET", "/api/v1/openapi.json")
    routes = {
        (route.method.lower(), route.resource.canonical)
        for route in town.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/api/")
    }
    described = {
        (method, path)
        for path, methods in description["paths"].items()
        for method in methods
        if path.startswith("/api/")
    }
    hidden = {("get", "/api/v1/openapi.json")}
    assert {r for r in routes if r[0] != "head"} == described | hidden


# --- slots


async def test_slots_only_while_the_office_is_open(town: Town, clock: Clock) -> None:
    """Monday 23 to Sunday 29 November: five days from nine to twelve, two desks."""
    _, slots = await call(
        town, "GET", "/api/v1/services/ausweis/slots?from=2026-11-23&to=2026-11-29"
    )
    starts = [datetime.fromisoformat(slot["start"]) for slot in slots]
    assert len(starts) == 5 * 6
    assert {start.weekday() for start in starts} == {0, 1, 2, 3, 4}
    assert {start.strftime("%H:%M %z") for start in starts} == {
        f"{hour}:{minute} +0100" for hour in ("09", "10", "11") for minute in ("00", "30")
    }
    assert {slot["free"] for slot in slots} == {2}
    clock.set(datetime(2026, 11, 23, 10, 30, 1, tzinfo=BERLIN))
    _, slots = await call(
        town, "GET", "/api/v1/services/ausweis/slots?from=2026-11-23&to=2026-11-23"
    )
    assert [slot["start"][11:16] for slot in slots] == ["11:00", "11:30"]


QUERIES = [
    ("", 200),
    ("?from=2026-11-23", 200),
    ("?to=2026-11-23", 200),
    ("?from=2026-11-25&to=2026-11-23", 200),  # nothing lies between
    ("?from=2000-01-01&to=2200-12-31", 200),  # at most 31 days are looked at
    ("?from=1999-12-31", 422),
    ("?from=2201-01-01", 422),
    ("?from=9999-12-31", 422),
    ("?from=0001-01-01", 422),
    ("?from=0000-00-00", 422),
    ("?from=-1", 422),
    ("?from=99999999999", 422),
    ("?from=", 422),
    ("?from=2026-11-23T09:00", 422),
    ("?from=%00", 422),
    ("?from=%F0%9F%98%80", 422),
    ("?to=23.11.2026", 422),
    ("?from=2026-11-23&to=" + "9" * 5000, 422),
]


async def test_dates_in_the_query(town: Town) -> None:
    for query, status in QUERIES:
        found, answer = await call(town, "GET", f"/api/v1/services/rat/slots{query}")
        assert found == status, query
        if status == 422:
            assert failure(answer)["field"] in ("from", "to"), query


# --- booking


async def test_booking_is_stored_and_mailed(town: Town) -> None:
    start = (await town.free("ausweis"))[1]
    wish = {
        "service": "ausweis",
        "start": start,
        "name": "  Zoë   Ünal 👩🏽‍💻 ",
        "email": "ZOE@Example.ORG",
        "phone": "07171 / 555-12",
        "language": "tr",
    }
    status, booked = await call(town, "POST", "/api/v1/appointments", wish)
    assert status == 201
    stored = town.appointment(booked["id"])
    assert stored["name"] == "Zoë Ünal 👩🏽‍💻"
    assert stored["email"] == "ZOE@example.org"
    assert (stored["phone"], stored["language"]) == ("07171 / 555-12", "tr")
    assert stored["state"] == "confirmed"
    assert stored["start"] == datetime.fromisoformat(start).timestamp()
    assert booked["start"] == start
    assert booked["end"] == "2026-11-23T10:00:00+01:00"
    assert booked["link"].startswith(f"{town.url}/termin/")
    assert [letter["kind"] for letter in town.rows("select * from outbox")] == ["confirmation"]


async def test_the_same_instant_in_another_zone(town: Town) -> None:
    """08:00 in London is 09:00 in Berlin."""
    for start in ("2026-11-23T08:00:00Z", "2026-11-23T08:00:00+00:00", "2026-11-23T03:00:00-05:00"):
        wish = {"service": "rat", "start": start, **PERSON}
        status, booked = await call(town, "POST", "/api/v1/appointments", wish)
        if start.endswith("05:00"):  # the third of two places
            assert status == 409
        else:
            assert (status, booked["start"]) == (201, "2026-11-23T09:00:00+01:00")


GOOD: dict[str, Any] = {"service": "rat", "start": "2026-11-23T09:00:00+01:00", **PERSON}

WRONG: list[tuple[Any, int, str]] = [
    # what is sent instead of a field (None: left out), status, field named
    ({"name": ""}, 422, "name"),
    ({"name": "   "}, 422, "name"),
    ({"name": "12345"}, 422, "name"),
    ({"name": "👩🏽‍💻"}, 422, "name"),
    ({"name": "A" * 121}, 422, "name"),
    ({"name": "A" * 200_000}, 422, "name"),
    ({"name": "A\0B"}, 422, "name"),
    ({"name": "A\x07B"}, 422, "name"),
    ({"name": None}, 422, ""),
    ({"name": 5}, 422, "name"),
    ({"name": ["Ada"]}, 422, "name"),
    ({"name": {"a": "b"}}, 422, "name"),
    ({"email": ""}, 422, "email"),
    ({"email": "ada"}, 422, "email"),
    ({"email": "ada@"}, 422, "email"),
    ({"email": "ada@localhost"}, 422, "email"),
    ({"email": "ada@example..org"}, 422, "email"),
    ({"email": "ada@example.org\nBcc: all@example.org"}, 422, "email"),
    ({"email": "ada@example.org, bob@example.org"}, 422, "email"),
    ({"email": "<script>@example.org"}, 422, "email"),
    ({"email": "a" * 300 + "@example.org"}, 422, "email"),
    ({"email": "ada@example.org\0"}, 422, "email"),
    ({"email": True}, 422, "email"),
    ({"phone": "none"}, 422, "phone"),
    ({"phone": "1" * 33}, 422, "phone"),
    ({"phone": "+49\0171"}, 422, "phone"),
    ({"phone": 123456}, 422, "phone"),
    ({"language": "xx"}, 422, "language"),
    ({"language": "de-DE"}, 422, "language"),
    ({"language": ""}, 422, "language"),
    ({"language": 1}, 422, "language"),
    ({"service": "nichts"}, 404, ""),
    ({"service": ""}, 404, ""),
    ({"service": "rat\0"}, 404, ""),
    ({"service": "x" * 10_000}, 404, ""),
    ({"service": 1}, 422, "service"),
    ({"start": ""}, 409, ""),
    ({"start": "2026-11-23"}, 409, ""),
    ({"start": "2026-11-23T09:00:00"}, 409, ""),
    ({"start": "2026-11-23T09:00:01+01:00"}, 409, ""),
    ({"start": "2026-11-23T09:05:00+01:00"}, 409, ""),  # not a start of this errand
    ({"start": "2026-11-23T08:00:00+01:00"}, 409, ""),  # past
    ({"start": "1970-01-01T00:00:00+00:00"}, 409, ""),
    ({"start": "0001-01-01T00:00:00+23:59"}, 409, ""),
    ({"start": "9999-12-31T23:59:59-23:59"}, 409, ""),
    ({"start": "2027-11-22T09:00:00+01:00"}, 409, ""),
    ({"start": 1795420800}, 422, "start"),
    ({"start": 1e400}, 400, ""),
    ({"unknown": "field"}, 422, ""),
    ({"id": "mine"}, 422, ""),
    ({"state": "finished"}, 422, ""),
]


async def test_wrong_wishes(town: Town) -> None:
    """Each is refused with the field named, in the reader's language; nothing is stored."""
    before = town.dump()
    for change, wanted, field in WRONG:
        wish = {**GOOD, **change}
        wish = {key: value for key, value in wish.items() if value is not None}
        messages = set()
        for language in ("de", "en"):
            status, answer = await call(
                town, "POST", "/api/v1/appointments", wish, Accept_Language=language
            )
            assert status == wanted, (str(change)[:80], status, answer)
            messages.add(failure(answer)["message"])
            assert answer.get("field", "") == field, (str(change)[:80], answer)
        assert len(messages) == 2, messages
    assert town.dump() == before


BODIES = [
    (b"", 400),
    (b"{", 400),
    (b"\xff\xfe", 400),
    (b"\x00", 400),
    (b"null", 422),
    (b"[]", 422),
    (b'"text"', 422),
    (b"{}", 422),
    (b'{"name": "\\ud800"}', 400),  # half a character
    (b'{"name": "Ada", "name": 5}', 422),
    (b'{"name": NaN}', 400),
    (b"[" * 100_000, 422),
    (b'{"name":' * 20_000, 422),
    (b"service=rat&start=x", 400),
    (b"{}" * 200_000, 413),
    (b" " * 1_000_000, 413),
]


async def test_bodies_that_are_no_wish(town: Town) -> None:
    before = town.dump()
    for body, status in BODIES:
        found, answer = await call(town, "POST", "/api/v1/appointments", body)
        assert found == status, body[:40]
        assert failure(answer)["status"] == status, body[:40]
    assert town.dump() == before


async def test_a_body_is_json_whatever_it_calls_itself(town: Town) -> None:
    """Programs forget the Content-Type; pages of other sites are told by their Origin."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "strange", ""):
        status, _ = await call(
            town,
            "POST",
            "/api/v1/appointments",
            {**GOOD, "start": (await town.free())[0]},
            Content_Type=kind,
        )
        assert status == 201


async def test_a_broken_compression(town: Town) -> None:
    for packing in ("gzip", "deflate"):
        status, answer = await call(
            town,
            "POST",
            "/api/v1/appointments",
            b"not compressed",
            Content_Encoding=packing,
            Connection="close",
        )
        assert status == 400
        failure(answer)


async def test_six_next_times_come_with_a_taken_one(town: Town) -> None:
    for number in range(2):
        wish = {**GOOD, "email": f"ada{number}@example.org"}
        assert (await call(town, "POST", "/api/v1/appointments", wish))[0] == 201
    status, answer = await call(town, "POST", "/api/v1/appointments", GOOD)
    assert (status, failure(answer)["error"]) == (409, "slot_taken")
    assert [slot["start"][11:16] for slot in answer["next"]] == [
        "09:10",
        "09:20",
        "09:30",
        "09:40",
        "09:50",
        "10:00",
    ]


# --- one's own appointment


async def test_only_the_link_opens_an_appointment(town: Town) -> None:
    mine, other = await town.book(), await town.book("ausweis")
    path = f"/api/v1/appointments/{mine.id}"
    before = town.dump()
    for method in ("GET", "DELETE"):
        for authorization, wanted in (
            ("", 401),
            ("Bearer", 401),
            ("Bearer ", 401),
            ("Bearer x", 401),
            (f"Basic {mine.token}", 401),
            (mine.token, 401),
            (f"Bearer {mine.token}x", 401),
            (f"Bearer {mine.token[:-2]}", 401),
            (f"Bearer {other.token}", 404),
            ("Bearer 😀", 401),
            ("Bearer " + "x" * 5000, 401),
        ):
            headers = {"Authorization": authorization} if authorization else {}
            status, answer = await call(town, method, path, **headers)
            assert (status, failure(answer)["status"]) == (wanted, wanted), authorization
    assert town.dump() == before
    status, _ = await call(town, "GET", path, Authorization=f"bearer {mine.token}")
    assert status == 200


async def test_cancelling_frees_the_place(town: Town) -> None:
    mine = await town.book("einzeln")
    assert mine.start not in await town.free("einzeln")
    status, _ = await call(town, "DELETE", f"/api/v1/appointments/{mine.id}", **mine.bearer)
    assert status == 200
    assert mine.start in await town.free("einzeln")
    assert [letter["kind"] for letter in town.rows("select kind from outbox")] == [
        "confirmation",
        "cancelled",
    ]


async def test_an_expired_link_opens_nothing(town: Town, clock: Clock) -> None:
    """The API forgets when the page does: a day after the appointment's day."""
    mine = await town.book()
    clock.set(datetime(2026, 11, 24, 23, 59, tzinfo=BERLIN))
    status, _ = await call(town, "GET", f"/api/v1/appointments/{mine.id}", **mine.bearer)
    assert status == 200
    clock.set(datetime(2026, 11, 25, 0, 0, tzinfo=BERLIN))
    for method in ("GET", "DELETE"):
        status, answer = await call(town, method, f"/api/v1/appointments/{mine.id}", **mine.bearer)
        assert (status, failure(answer)["error"]) == (410, "expired")


# --- languages


async def test_errors_speak_the_readers_language(town: Town) -> None:
    for header, words in (
        ("de", "Zeit"),
        ("en-GB,en;q=0.9", "time"),
        ("fr", "Zeit"),  # the town's first language where it has no other
        ("\t;;;,=", "Zeit"),
    ):
        _, answer = await call(
            town, "POST", "/api/v1/appointments", {**GOOD, "start": "x"}, Accept_Language=header
        )
        assert words in failure(answer)["message"]
    _, services = await call(town, "GET", "/api/v1/services", Accept_Language="en")
    assert services[0]["name"] == "ID card"


async def test_a_service_tells_what_it_costs_asks_and_goes_with(town: Town) -> None:
    _, services = await call(town, "GET", "/api/v1/services", Accept_Language="uk,de;q=0.5")
    assert services[1] == {
        "id": "rat",
        "name": "Порада",  # as far as the town speaks her language
        "description": "",
        "minutes": 10,
        "papers": ["Alter Ausweis"],
        "fees": {"electronic": 0, "paper": 900},
        "cost": "elektronisch kostenlos, auf Papier 9,00\xa0€",
        "waivers": ["Für Kinder kostenlos."],
        "steps": ["identity", "fee", "handover"],
        "identity": "none",
        "law": ["GO § 1"],
        "languages": ["de", "en", "tr"],
        "also": ["ausweis"],  # "einzeln" is done at other desks
    }


async def test_several_errands_in_one_appointment(town: Town) -> None:
    slots = "/api/v1/services/rat/slots?from=2026-11-23&to=2026-11-23&also=ausweis"
    status, found = await call(town, "GET", slots)
    assert status == 200 and found[-1]["start"] == "2026-11-23T11:20:00+01:00"  # 40 minutes fit
    status, booked = await call(town, "POST", "/api/v1/appointments", {**GOOD, "also": ["ausweis"]})
    assert (status, booked["end"]) == (201, "2026-11-23T09:40:00+01:00")
    token = booked["link"].rpartition("/")[2]
    _, mine = await call(
        town, "GET", f"/api/v1/appointments/{booked['id']}", Authorization=f"Bearer {token}"
    )
    assert (mine["service"], mine["also"]) == ("rat", ["ausweis"])
    for also, expected in ((["rat"], 422), (["einzeln"], 422), (["nichts"], 404), ("ausweis", 422)):
        wish = {**GOOD, "also": also}
        status, answer = await call(town, "POST", "/api/v1/appointments", wish)
        assert status == expected == failure(answer)["status"], also
    for also in ("rat", "einzeln"):
        status, answer = await call(town, "GET", f"/api/v1/services/rat/slots?also={also}")
        assert (status, failure(answer)["field"]) == (422, "also")


# --- fuzzing

TEXT = st.text(max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(["service", "start", "name", "email", "phone", "language", "extra"])
WISHES = st.one_of(
    JSON,
    st.dictionaries(FIELDS, JSON),
    st.fixed_dictionaries(
        {key: st.just(value) | JSON for key, value in GOOD.items()},
        optional={"phone": JSON | TEXT, "language": JSON | TEXT},
    ),
    st.fixed_dictionaries(
        {
            **{key: st.just(value) for key, value in GOOD.items()},
            "name": TEXT,
            "email": TEXT | st.emails(),
        }
    ),
)


@pytest.fixture
async def fuzzed(town: Town) -> AsyncIterator[Town]:
    """A town that is asked strange things; afterwards it still books."""
    yield town
    assert (await town.book("ausweis")).id


@settings(FUZZ, max_examples=250)
@given(wish=WISHES)
async def test_strange_wishes(fuzzed: Town, wish: Any) -> None:
    """Whatever is wished: booked, or refused in the one shape; never half of both."""
    before = fuzzed.rows("select count(*) n from appointments")
    status, answer = await call(fuzzed, "POST", "/api/v1/appointments", wish)
    if status == 201:
        headers = {"Authorization": f"Bearer {answer['link'].rpartition('/')[2]}"}
        assert (await call(fuzzed, "DELETE", f"/api/v1/appointments/{answer['id']}", **headers))[
            0
        ] == 200
    else:
        assert 400 <= status < 500, answer
        failure(answer)
        assert fuzzed.rows("select count(*) n from appointments") == before


@settings(FUZZ, max_examples=120)
@given(body=st.binary(max_size=400))
async def test_strange_bytes(fuzzed: Town, body: bytes) -> None:
    status, answer = await call(fuzzed, "POST", "/api/v1/appointments", body or b" ")
    assert status in (400, 422)
    failure(answer)


SEGMENT = st.text(
    st.characters(blacklist_characters="/?#%{}", blacklist_categories=["Cs"]),
    min_size=1,
    max_size=30,
).filter(lambda text: text not in (".", ".."))


@settings(FUZZ, max_examples=150)
@given(id=SEGMENT, first=TEXT, last=TEXT)
async def test_strange_queries(fuzzed: Town, id: str, first: str, last: str) -> None:
    from urllib.parse import quote, urlencode

    query = urlencode({"from": first, "to": last}, errors="replace")
    for name, right in (("rat", (200, 422)), (quote(id), (404, 422))):
        status, answer = await call(fuzzed, "GET", f"/api/v1/services/{name}/slots?{query}")
        assert status in right, answer
    status, answer = await call(
        fuzzed, "GET", f"/api/v1/appointments/{quote(id)}", Authorization="Bearer x"
    )
    assert status == 401
