"""The OpenAPI 3.1 description of all that other programs use: API, calendar, webhooks, `case.json`.

Schemas come from the very types that decode and encode, so they cannot say anything else.
"""

from typing import Any

import msgspec

from vamt import __version__
from vamt.notices import WORDS, Kind
from vamt.services.facts import CaseFacts, Message
from vamt.web.api_types import (
    AppointmentItem,
    Booked,
    Failure,
    NewAppointment,
    ServiceItem,
    SlotItem,
)

TYPES = (
    *(NewAppointment, ServiceItem, SlotItem, Booked, AppointmentItem, Failure),
    *(Message, CaseFacts),
)
WRONG = {  # what a status means, in the one error shape
    "400": "The body is not what it says",
    "401": "No or a wrong token",
    "404": "Not there",
    "409": "No longer possible; of a taken slot with the next free ones in `next`",
    "410": "The link has expired",
    "413": "Too much",
    "422": "A field is wrong, named in `field`",
}
SIGNED = (
    ("webhook-id", "The same with every try"),
    ("webhook-timestamp", "When it was sent, Unix seconds"),
    ("webhook-signature", "Standard Webhooks, version 1: `v1,` and base64, for each secret"),
)
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
BEARER: list[dict[str, list[str]]] = [{"link": []}]
DAY = {"type": "string", "format": "date"}
ERRANDS = {"type": "array", "items": {"type": "string"}}


def openapi(url: str) -> dict[str, Any]:
    """The description for an installation at `url`."""
    schemas = msgspec.json.schema_components(TYPES, ref_template="#/components/schemas/{name}")[1]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "vamt",
            "summary": "A town's video office: booking, and what other programs are told",
            "version": __version__,
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": url}],
        "paths": {**_booking(), **_calendar()},
        "webhooks": {kind: {"post": _webhook(kind)} for kind in Kind},
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "link": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of the booking link: what stands after /termin/",
                }
            },
        },
    }


def _booking() -> dict[str, Any]:
    query = [
        _query("from", DAY, "First day; without it today"),
        _query("to", DAY, "Last day; without it six days later; at most 31 days are looked at"),
        _query("also", ERRANDS, "Further errands for the same appointment"),
    ]
    ask = {"required": True, **_json("NewAppointment")}
    return {
        "/api/v1/services": {
            "get": {
                "operationId": "listServices",
                "summary": "Errands that can be booked",
                "responses": _answers("200", "Services", "ServiceItem", many=True),
            }
        },
        "/api/v1/services/{id}/slots": {
            "get": {
                "operationId": "listSlots",
                "summary": "Free slots by day",
                "parameters": [ID, *query],
                "responses": _answers("200", "Slots", "SlotItem", "404", "422", many=True),
            }
        },
        "/api/v1/appointments": {
            "post": {
                "operationId": "book",
                "summary": "Book",
                "requestBody": ask,
                "responses": _answers(
                    *("201", "Booked", "Booked", "400", "404", "409", "413", "422")
                ),
            }
        },
        "/api/v1/appointments/{id}": {
            "get": {
                "operationId": "showAppointment",
                "summary": "One's own appointment",
                "security": BEARER,
                "parameters": [ID],
                "responses": _answers("200", "Appointment", "AppointmentItem", "401", "404", "410"),
            },
            "delete": {
                "operationId": "cancelAppointment",
                "summary": "Cancel",
                "security": BEARER,
                "parameters": [ID],
                "responses": _answers(
                    *("200", "Cancelled", "AppointmentItem", "401", "404", "409", "410")
                ),
            },
        },
    }


def _calendar() -> dict[str, Any]:
    token = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
    known = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}
    etag = {"ETag": {"schema": {"type": "string"}}}
    text = {"text/calendar": {"schema": {"type": "string"}}}
    page = {"text/html": {"schema": {"type": "string"}}}
    return {
        "/kalender/{token}.ics": {
            "get": {
                "operationId": "calendar",
                "summary": "A clerk's calendar (RFC 5545), by her secret link",
                "parameters": [token, known],
                "responses": {
                    "200": {"description": "Calendar", "headers": etag, "content": text},
                    "304": {"description": "As you know it", "headers": etag},
                    "404": {"description": "No such link (any more)", "content": page},
                },
            }
        }
    }


def _webhook(kind: Kind) -> dict[str, Any]:
    return {
        "operationId": kind.replace(".", "_"),
        "summary": f"When this has happened: {WORDS[kind]}",
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": words,
                "schema": {"type": "string"},
            }
            for name, words in SIGNED
        ],
        "requestBody": {"required": True, **_json("Message")},
        "responses": {
            "2XX": {"description": "Taken. The body is not read"},
            "410": {"description": "Never send this one again"},
            "default": {"description": "Tried again for three days; redirects are not followed"},
        },
    }


def _query(name: str, schema: dict[str, Any], words: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": words, "schema": schema}


def _json(name: str, *, many: bool = False) -> dict[str, Any]:
    ref: dict[str, Any] = {"$ref": f"#/components/schemas/{name}"}
    schema = {"type": "array", "items": ref} if many else ref
    return {"content": {"application/json": {"schema": schema}}}


def _answers(status: str, words: str, name: str, *wrong: str, many: bool = False) -> dict[str, Any]:
    found = {status: {"description": words, **_json(name, many=many)}}
    return found | {one: {"description": WRONG[one], **_json("Failure")} for one in wrong}
