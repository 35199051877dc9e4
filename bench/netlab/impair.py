"""Access lines in user space: `python -m bench.netlab.impair CONTROL_SOCKET`.

Some kernels have no netem. Each line is a pair of TUN devices, one at the person's and one at
the NAT; this process reads packets from one and writes them to the other, later, in another
number, or not at all. TUN and not veth: no offloaded checksums and no ARP. The devices must not
be called tun*, or Chromium ignores them.

One thread, one heap of packets by their time of arrival. Standard library only.
"""

import errno
import fcntl
import heapq
import json
import os
import random
import select
import signal
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass, field

from bench.netlab.hosts import ACCESSES, enter
from bench.netlab.lines import Line, burst_start

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
MTU = 2048
TCP, UDP = 6, 17
HTTPS = 443
OFFICE_NETWORK = bytes((198, 19, 4))


def passes(packet: bytes, upward: bool, what: str) -> bool:
    """Whether a firewall that leaves `what` open (see lines.OPEN) lets this IPv4 packet through."""
    if what == "all":
        return True
    if what == "none" or packet[0] >> 4 != 4:
        return False
    protocol = packet[9]
    if what == "no-udp":
        return protocol != UDP
    header = (packet[0] & 15) * 4
    if protocol != TCP or len(packet) < header + 4:
        return False
    source, target = struct.unpack_from("!HH", packet, header)
    if (target if upward else source) != HTTPS:
        return False
    far = packet[16:19] if upward else packet[12:15]
    return what == "tcp443" or far == OFFICE_NETWORK


@dataclass
class Way:
    """One direction of a line: what is set, and what has to be remembered for it."""

    upward: bool
    target: int  # file descriptor
    line: Line = field(default_factory=Line)
    to_lose: int = 0  # of the present burst
    free_at: float = 0.0  # when the link has sent all that waits
    last: float = 0.0  # arrival of the packet before: the order is kept
    carried: int = 0
    lost: int = 0

    def arrival(self, packet: bytes, now: float, dice: random.Random) -> float | None:
        """When this packet comes out at the other end; None: never."""
        line = self.line
        if not passes(packet, self.upward, line.open):
            return None
        self.carried += 1
        begun = max(now, self.free_at)
        if line.rate:
            if begun - now > line.queue / 1000:
                self.lost += 1
                return None
            begun += len(packet) * 8 / (line.rate * 1000)
            self.free_at = begun
        if line.loss:
            if not self.to_lose and dice.random() < burst_start(line.loss, line.burst):
                self.to_lose = line.burst
            if self.to_lose:
                self.to_lose -= 1
                self.lost += 1
                return None
        delay = line.delay + (line.jitter * dice.random() if line.jitter else 0.0)
        self.last = max(begun + delay / 1000, self.last)
        return self.last


def open_tun(host: str, device: str) -> int:
    """A new TUN device inside a host; returns its descriptor, which works from anywhere."""
    found: list[int] = []

    def work() -> None:
        enter(host)
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
        found.append(tun)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if not found:
        raise SystemExit(f"cannot make {device} in {host}")
    return found[0]


class Emulator:
    """Carries packets until it is told to stop."""

    def __init__(self, control: str) -> None:
        self.ways: dict[int, Way] = {}  # by the descriptor the packets come from
        self.named: dict[str, tuple[Way, Way]] = {}
        for name, access in ACCESSES.items():
            outer = open_tun(access.host, access.device)
            inner = open_tun(access.nat, f"in{access.number}")
            up, down = Way(True, inner), Way(False, outer)
            self.ways[outer], self.ways[inner] = up, down
            self.named[name] = (up, down)
        self.dice = random.Random()
        self.heap: list[tuple[float, int, int, bytes]] = []
        self.count = 0
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(control)
        self.listener.listen(4)
        self.clients: dict[int, socket.socket] = {}

    def run(self) -> None:
        """Until SIGTERM."""
        poll = select.epoll()
        poll.register(self.listener, select.EPOLLIN)
        for tun in self.ways:
            poll.register(tun, select.EPOLLIN)
        while True:
            wait = max(0.0, self.heap[0][0] - time.monotonic()) if self.heap else -1
            # epoll counts in whole ms; the last one is waited for by select, which is exact
            if 0 < wait < 0.002:
                select.select([poll.fileno()], [], [], wait)
                wait = 0
            for number, _ in poll.poll(wait if wait <= 0 else wait - 0.001):
                if number in self.ways:
                    self.take(number)
                elif number == self.listener.fileno():
                    client, _ = self.listener.accept()
                    self.clients[client.fileno()] = client
                    poll.register(client, select.EPOLLIN)
                elif not self.answer(self.clients[number]):
                    poll.unregister(number)
                    self.clients.pop(number).close()
            self.release()

    def take(self, number: int) -> None:
        """Read all that waits at one end."""
        way = self.ways[number]
        for _ in range(64):
            try:
                packet = os.read(number, MTU)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EIO, errno.EBADFD):
                    raise
                return
            now = time.monotonic()
            due = way.arrival(packet, now, self.dice)
            if due is None:
                continue
            if due <= now and not self.heap:
                self.give(way.target, packet)
            else:
                self.count += 1
                heapq.heappush(self.heap, (due, self.count, way.target, packet))

    def release(self) -> None:
        """Hand out what has arrived by now."""
        now = time.monotonic()
        while self.heap and self.heap[0][0] <= now:
            _, _, target, packet = heapq.heappop(self.heap)
            self.give(target, packet)

    @staticmethod
    def give(target: int, packet: bytes) -> None:
        """Into the other device; a packet for a link that is down is gone."""
        try:
            os.write(target, packet)
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EAGAIN, errno.ENOBUFS, errno.EINVAL):
                raise

    def answer(self, client: socket.socket) -> bool:
        """One request over the control socket; false when the client has gone."""
        text = client.recv(65536)
        if not text:
            return False
        try:
            reply = self.obey(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        client.send(json.dumps(reply).encode())
        return True

    def obey(self, request: dict[str, dict[str, dict[str, float]]]) -> dict[str, object]:
        """`{"set": {name: line}}` or `{"counts": true}`."""
        for name, fields in request.get("set", {}).items():
            for way in self.named[name]:
                way.line = Line(**fields)  # type: ignore[arg-type]
                way.to_lose, way.free_at, way.last = 0, 0.0, 0.0
        return {
            "counts": {
                name: {"up": [up.carried, up.lost], "down": [down.carried, down.lost]}
                for name, (up, down) in self.named.items()
            }
        }


def main() -> None:
    """Carry packets until told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Emulator(sys.argv[1]).run()


if __name__ == "__main__":
    main()
