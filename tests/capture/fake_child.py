"""A child program that only talks: for tests of the office's side. Behaves as `document` says."""

import json
import sys
import time


def tell(kind: str, **rest: object) -> None:
    sys.stdout.write(json.dumps({"kind": kind, **rest}) + "\n")
    sys.stdout.flush()


begin = json.loads(sys.stdin.readline())
manner = begin["document"]
if manner == "dies":
    sys.exit(3)
if manner == "rubbish":
    sys.stdout.write("{ this is no news }\n")
    sys.stdout.flush()
    time.sleep(30)
if manner == "endless":
    sys.stdout.write("x" * 3_000_000)
    sys.stdout.flush()
    time.sleep(30)
if manner == "unknown":
    tell("ready", surprise=1)
    time.sleep(30)
tell("ready")
for line in sys.stdin:
    word = json.loads(line)
    kind = word["kind"]
    if kind == "offer" and manner == "refuses":
        tell("refused", ref=word["ref"], why="sound")
    elif kind == "offer" and manner != "mute":
        tell("answer", ref=word["ref"], sdp="answer to " + word["sdp"])
        tell("watching", width=1280, height=720)
        tell("advised", side="front", advice="closer", outline=None, seconds=0.1)
    elif kind == "take":
        tell("taken", side="front", by="clerk")
        tell("zone", lines=["A", "B", "C"], doubtful="")
        tell("rested", why="done")
    elif kind in ("show", "copy"):
        tell("picture", ref=word["ref"], jpeg="/9j/")
if manner == "stubborn":
    time.sleep(30)
tell("ended", why="ended")
