"""`python -m vamt`."""

from vamt.cli import main

main()
