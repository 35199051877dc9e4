"""What a line does to packets, without any device."""

import random
import struct

import pytest

from bench.netlab.impair import Way, passes
from bench.netlab.lines import OPEN, Line, burst_start

OFFICE, TURN, HERE = (198, 19, 4, 2), (198, 19, 5, 2), (198, 18, 1, 2)
TCP, UDP, ICMP = 6, 17, 1
HTTPS, STUN, OWN = 443, 3478, 50000


def packet(protocol: int, far: tuple[int, ...], port: int, *, upward: bool = True) -> bytes:
    """An IPv4 packet between the citizen and a port of somebody far away."""
    ends = (HERE, far) if upward else (far, HERE)
    ports = (OWN, port) if upward else (port, OWN)
    head = struct.pack("!BBHHHBBH4B4B", 0x45, 0, 28, 0, 0, 64, protocol, 0, *ends[0], *ends[1])
    return head + struct.pack("!HH", *ports) + bytes(4)


@pytest.mark.parametrize("upward", [True, False])
@pytest.mark.parametrize(
    ("protocol", "far", "port", "through"),
    [
        (TCP, OFFICE, HTTPS, {"all", "no-udp", "tcp443", "office"}),
        (TCP, TURN, HTTPS, {"all", "no-udp", "tcp443"}),
        (TCP, TURN, STUN, {"all", "no-udp"}),
        (UDP, TURN, STUN, {"all"}),
        (UDP, TURN, HTTPS, {"all"}),
        (ICMP, OFFICE, HTTPS, {"all", "no-udp"}),
    ],
)
def test_firewalls(
    protocol: int, far: tuple[int, ...], port: int, through: set[str], upward: bool
) -> None:
    sent = packet(protocol, far, port, upward=upward)
    assert {what for what in OPEN if passes(sent, upward, what)} == through


def test_ipv6_and_scraps_do_not_pass_a_firewall() -> None:
    assert not passes(bytes([0x60]) + bytes(60), True, "tcp443")
    assert not passes(packet(TCP, OFFICE, HTTPS)[:21], True, "tcp443")


def way(**line: float) -> Way:
    return Way(True, 0, Line(**line))  # type: ignore[arg-type]


PACKET = packet(UDP, TURN, STUN) + bytes(1222)  # 1250 bytes: 10 ms at 1 Mbit/s


def test_delay() -> None:
    assert way(delay=30).arrival(PACKET, 5.0, random.Random(1)) == pytest.approx(5.03)


def test_jitter_keeps_the_order() -> None:
    line, dice = way(delay=30, jitter=50), random.Random(1)
    found = [line.arrival(PACKET, 5 + n / 1000, dice) for n in range(200)]
    assert found == sorted(found, key=float)  # type: ignore[arg-type]
    assert found[-1] and 5.03 < found[-1] < 5.3


def test_rate_and_queue() -> None:
    line, dice = way(rate=1000, queue=50), random.Random(1)
    found = [line.arrival(PACKET, 5.0, dice) for _ in range(10)]
    assert found[:2] == pytest.approx([5.01, 5.02])
    assert found[6:] == [None] * 4  # more than 50 ms would have to wait
    assert line.lost == 4
    assert line.arrival(PACKET, 6.0, dice) == pytest.approx(6.01)


@pytest.mark.parametrize(("loss", "burst"), [(0.1, 1), (0.3, 1), (0.2, 4)])
def test_loss(loss: float, burst: int) -> None:
    line, dice = way(loss=loss, burst=burst), random.Random(1)
    lost = [line.arrival(PACKET, 5.0, dice) is None for _ in range(20000)]
    assert sum(lost) / len(lost) == pytest.approx(loss, abs=0.015)
    beginnings = sum(now and not before for before, now in zip(lost, lost[1:], strict=False))
    assert sum(lost) / beginnings >= burst


def test_burst_start() -> None:
    assert burst_start(0, 4) == 0
    assert burst_start(0.3, 1) == pytest.approx(0.3)


@pytest.mark.parametrize("wrong", [{"loss": 1.0}, {"burst": 0}, {"open": "some"}])
def test_no_such_line(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="no such line"):
        Line(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (Line(), "no delay"),
        (Line(delay=100, rate=1000, loss=0.2, burst=4), None),
        (Line(delay=30), "RTT 60 ms"),
        (Line(rate=300), "300 kbit/s"),
    ],
)
def test_words(line: Line, words: str | None) -> None:
    assert line.words == (words or "RTT 200 ms, 1 Mbit/s, 20 % loss in bursts of 4")
