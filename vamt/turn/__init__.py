"""The relay (TURN) for calls that find no direct path: what browsers are told (`credentials`),
coturn's configuration (`coturn`), the child process (`supervisor`), the test of it (`selftest`).
"""
