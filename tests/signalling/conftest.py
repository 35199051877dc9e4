"""The same small town as in tests/web."""

from tests.web.conftest import clock, quick, town

__all__ = ["clock", "quick", "town"]
