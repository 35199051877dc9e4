"""What a line does to packets, as a value, and how the lab tells the process that does it.

`impair.py` carries the packets; this module is what the rest of the lab knows of it.
"""

import json
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.netlab import hosts
from bench.netlab.hosts import ACCESSES, LabError

OPEN = ("all", "no-udp", "tcp443", "office", "none")


@dataclass(frozen=True, slots=True)
class Line:
    """One direction of an access line."""

    delay: float = 0.0  # ms
    jitter: float = 0.0  # ms, evenly spread on top of the delay; the order is kept
    loss: float = 0.0  # share of packets, 0..1
    burst: int = 1  # how many packets are lost in a row
    rate: float = 0.0  # kbit/s; 0: no limit
    queue: float = 250.0  # ms a packet may wait for its turn before it is dropped
    open: str = "all"  # one of OPEN: what gets through at all

    def __post_init__(self) -> None:
        if not 0 <= self.loss < 1 or self.burst < 1 or self.open not in OPEN:
            raise ValueError(f"no such line: {self}")

    @property
    def words(self) -> str:
        """For a table, as both directions together: "RTT 60 ms, 1 Mbit/s, 10 % loss"."""
        found = [f"RTT {self.delay * 2:.0f} ms"] if self.delay else []
        if self.rate:
            slow = self.rate < 1000
            found.append(f"{self.rate:g} kbit/s" if slow else f"{self.rate / 1000:g} Mbit/s")
        if self.loss:
            bursts = f" in bursts of {self.burst}" if self.burst > 1 else ""
            found.append(f"{self.loss * 100:g} % loss{bursts}")
        return ", ".join(found) or "no delay"


def burst_start(loss: float, burst: int) -> float:
    """The chance of a packet after a good one to begin a burst, so that `loss` of all are lost."""
    return loss / (loss + burst * (1 - loss)) if loss else 0.0


class Lines:
    """The access lines of a lab: a process of its own, changed while it runs."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lines.sock"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.netlab.impair", str(self._path)],
            start_new_session=True,
            preexec_fn=hosts.as_child,
        )
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        deadline = time.monotonic() + 10
        while True:
            try:
                self._socket.connect(str(self._path))
                break
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise LabError(
                        "the line emulator does not start (is /dev/net/tun there?)"
                    ) from None
                time.sleep(0.02)
        self._socket.settimeout(10)
        for access in ACCESSES.values():
            hosts.plug(access)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self._socket.send(json.dumps(request).encode())
        answer: dict[str, Any] = json.loads(self._socket.recv(65536))
        if "error" in answer:
            raise LabError(f"the line emulator: {answer['error']}")
        return answer

    def set(self, line: Line, *names: str) -> None:
        """From now on these lines (all, when none is named) are so, both ways."""
        self._ask({"set": {name: asdict(line) for name in names or ACCESSES}})

    def counts(self) -> dict[str, Any]:
        """Packets carried and lost so far, of each line and way."""
        counts: dict[str, Any] = self._ask({"counts": True})["counts"]
        return counts

    def close(self) -> None:
        """End the process; the devices go with it."""
        self._socket.close()
        hosts.end(self._process)
