"""The network lab: real browsers on hosts with their own addresses, and bad networks between.

`python -m bench.netlab --help` tells how to run it, docs/netlab.md what it builds.
"""
