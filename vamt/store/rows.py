"""Rows of the tables as the domain's values, and back."""

from collections.abc import Mapping
from typing import Any

from vamt import documents, states
from vamt.booking import Appointment
from vamt.coform import Form
from vamt.identity import Check, Code, Document, Result
from vamt.rooms import Clerk, DeskStatus, Guest, Visit
from vamt.signature import Signature


def appointment(row: Any) -> Appointment:
    return Appointment(
        **{**row._mapping, "state": states.Appointment(row.state), "also": tuple(row.also)}
    )


def visit(row: Any) -> Visit:
    return Visit(**{**row._mapping, "state": states.Visit(row.state)})


def clerk(row: Any) -> Clerk:
    return Clerk(row.id, row.user, row.name, row.role, bool(row.disabled))


def guest(row: Any) -> Guest:
    return Guest(**{**row._mapping, "state": states.Guest(row.state)})


def check(row: Any) -> Check:
    return Check(
        id=row.id,
        visit=row.visit,
        clerk=row.clerk,
        document=Document(row.document),
        level=row.level,
        state=states.Check(row.state),
        items=tuple(row.items),
        done=tuple(row.done),
        code=Code(row.code, row.code_until, row.code_tries, row.code_made),
        result=Result(row.result) if row.result else None,
        reason=row.reason,
        asked=row.asked,
        ended=row.ended,
        kept_until=row.kept_until,
    )


def check_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns for attributes of a `Check`."""
    columns: dict[str, Any] = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
    code = columns.pop("code", None)
    if isinstance(code, Code):
        columns |= {"code": code.salted, "code_until": code.until}
        columns |= {"code_tries": code.tries, "code_made": code.made}
    return columns


def signature(row: Any) -> Signature:
    values = {**row._mapping, "state": states.Signature(row.state), "typed": bool(row.typed)}
    return Signature(**values)


def document(row: Any) -> documents.Document:
    key = None if row.key is None else bytes(row.key)
    return documents.Document(**{**row._mapping, "state": states.Document(row.state), "key": key})


def desk(row: Any) -> DeskStatus:
    return DeskStatus(row.clerk, states.Desk(row.state), row.epoch)


def form(row: Any) -> Form:
    return Form(**{**row._mapping, "state": states.Form(row.state)})
