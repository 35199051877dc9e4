"""The real child, looking with senses that need no card: ``python -m tests.capture.child``."""

from tests.capture.senses import studio_for
from vamt.capture.__main__ import main

if __name__ == "__main__":
    main(studio_for)
