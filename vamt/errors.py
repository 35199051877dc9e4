"""Errors by audience; the transport turns each into the one error shape.

    VamtError
    ├── UserError        safe to show; `message` is a gettext msgid with %(name)s places
    │   ├── NotFound     404, a link or thing that does not exist (or is not yours to see)
    │   ├── Conflict     409, somebody else was faster, or the state has moved on
    │   └── Invalid      422, a field the person can mend; `field` names it
    ├── ProtocolError    400, a broken client; the text is for its developer
    └── NotAllowed       403, the reason is logged, never sent

Everything else is a fault: "internal error" for the person, a log entry for the admin.
"""

from collections.abc import Mapping
from typing import Any


def N_(message: str) -> str:
    """Mark `message` for the gettext catalogues without translating it here."""
    return message


class VamtError(Exception):
    """Base: a stable `key` for programs, an HTTP-like `status`, a translatable `message`."""

    status = 500
    key = "internal"
    default_message = N_("Something went wrong on our side. Please try again.")

    def __init__(
        self,
        message: str = "",
        *,
        key: str = "",
        status: int = 0,
        params: Mapping[str, object] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message or self.default_message)
        self.message = message or self.default_message
        self.key = key or type(self).key
        self.status = status or type(self).status
        self.params = dict(params or {})
        self.extra = dict(extra or {})


class UserError(VamtError):
    """Something the person can understand and act on."""

    status = 400
    key = "refused"
    default_message = N_("That is not possible at the moment.")


class NotFound(UserError):
    """The thing does not exist, or is not this person's to see."""

    status = 404
    key = "not_found"
    default_message = N_("We could not find that.")


class Conflict(UserError):
    """Someone else was faster, or the state has moved on since the page was shown."""

    status = 409
    key = "conflict"
    default_message = N_("That has changed in the meantime. Please look again.")


class Invalid(UserError):
    """A value the person can mend; `field` is the form field it belongs to."""

    status = 422
    key = "invalid"
    default_message = N_("Please check this entry.")

    def __init__(self, message: str = "", *, field: str = "", **rest: Any) -> None:
        super().__init__(message, **rest)
        self.field = field
        if field:
            self.extra.setdefault("field", field)


class ProtocolError(VamtError):
    """A client that does not speak the protocol."""

    status = 400
    key = "protocol"
    default_message = N_("The page sent something we do not understand. Please reload it.")


class NotAllowed(VamtError):
    """Refused; the reason given to the constructor goes to the log only."""

    status = 403
    key = "not_allowed"
    default_message = N_("You are not allowed to do that.")

    def __init__(self, reason: str = "", **rest: Any) -> None:
        super().__init__("", **rest)
        self.reason = reason
