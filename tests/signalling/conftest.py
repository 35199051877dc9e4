"""The same small town as in tests/web."""

from tests.web.conftest import clock, town

__all__ = ["clock", "town"]
