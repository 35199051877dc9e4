"""Measures a capture: see `bench.capture.__main__`."""
