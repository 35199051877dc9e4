"""What every message on the wire is made of; `vamt.protocol` lists the events."""

from typing import Annotated

import msgspec

# made by the sender, so that asking twice does it once
ClientId = Annotated[str, msgspec.Meta(min_length=16, max_length=32)]


class Message(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=False):
    """Base of what a client may send; unknown fields are refused."""


class Empty(Message):
    """An event without content."""
