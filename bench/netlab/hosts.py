"""Hosts with their own addresses, made of Linux network namespaces, gone when the lab is.

    citizen wlan0 ~~~ natw --+                +-- server  (the office, and the plain page)
            wwan0 ~~~ natm --+-- router ------+
    clerk   lan0  ~~~ natk --+                +-- turn    (coturn)

`~~~` are TUN pairs carried by `impair.py`, `--` are plain cables (veth). Everything is named
`vl-...`; addresses are of 198.18.0.0/15 (RFC 2544, for benchmarks), and nothing is connected to
an interface of this machine.
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

T = TypeVar("T")

PREFIX = "vl-"
SLICES = Path("/proc/sys/kernel/sched_rr_timeslice_ms")
SLICE = 4  # ms, the length of a turn among the lab's own threads
LOCK = Path(tempfile.gettempdir()) / "vl-netlab.lock"
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1
CLONE_NEWNET = 0x40000000
HOSTS = ("citizen", "clerk", "natw", "natm", "natk", "router", "server", "turn")
CABLES = {  # host: number of its network behind the router
    "natw": 1,
    "natm": 2,
    "natk": 3,
    "server": 4,
    "turn": 5,
}
SYSCTL = (
    "net.ipv4.ip_forward=1",
    "net.ipv4.conf.all.rp_filter=0",
    "net.ipv4.conf.default.rp_filter=0",
    "net.ipv6.conf.all.disable_ipv6=1",
)
OFFICE = "198.19.4.2"
PLAIN = "198.19.4.3"
TURN = "198.19.5.2"
TURN_NAME = "turn.netlab.example"  # for Firefox, see servers.turn_urls
NAMES = Path("/etc/netns")  # what `ip netns exec` lays over /etc


@dataclass(frozen=True)
class Access:
    """One way into the network: a device at a person's, and the NAT it leads to."""

    host: str
    device: str
    nat: str
    number: int
    metric: int

    @property
    def address(self) -> str:
        """The person's address on it."""
        return f"198.18.{self.number}.2"

    @property
    def gateway(self) -> str:
        """The NAT's inner address."""
        return f"198.18.{self.number}.1"


WLAN = Access("citizen", "wlan0", "natw", 1, 100)
WWAN = Access("citizen", "wwan0", "natm", 2, 200)
LAN = Access("clerk", "lan0", "natk", 3, 100)
ACCESSES = {"wlan": WLAN, "wwan": WWAN, "lan": LAN}

# A port-restricted cone: Linux keeps the port, and what nobody asked for is dropped before it
# can take a port away. Symmetric: every destination gets a port of its own.
NAT_RULES = """
table ip vl {{
    chain out {{
        type nat hook postrouting priority 100;
        oifname "up0" masquerade{how}
    }}
    chain own {{
        type filter hook input priority 0;
        iifname "up0" ct state new drop
    }}
    chain through {{
        type filter hook forward priority 0;
        iifname "up0" ct state new drop
    }}
}}
"""
NATS = {
    "none": "",
    "cone": NAT_RULES.format(how=""),
    "symmetric": NAT_RULES.format(how=" fully-random"),
}


class LabError(Exception):
    """The lab cannot run; the text says why and what to do."""


def run(*command: str, text: str = "", cwd: Path | None = None) -> str:
    """Run a command to its end; raises LabError with what it said."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd=cwd)
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip()
        raise LabError(f"{' '.join(command)}: {said or done.returncode}")
    return done.stdout


def ip(*lines: str) -> None:
    """Many `ip` commands in one process."""
    run("ip", "-batch", "-", text="".join(line + "\n" for line in lines))


def in_host(host: str) -> list[str]:
    """What to put before a command so that it runs in a host."""
    return ["ip", "netns", "exec", PREFIX + host]


def as_child() -> None:
    """For a child, before exec: it ends with the lab, even one that is killed hard."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let this thread, and all that it starts, go before other work on the machine.

    A first picture is some hundred threads handing over to each other; beside two busy processes
    it takes twice as long, however nice those are. Threads of equal real-time priority take turns
    as usual, and the kernel keeps a twentieth of the time for all others. Where it is refused, the
    lab works all the same.
    """
    length = SLICES.read_text() if SLICES.exists() else ""
    with contextlib.suppress(OSError):
        SLICES.write_text(str(SLICE))
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
            SLICES.write_text(length)


def enter(host: str) -> None:
    """Move this thread into a host for good; sockets and devices it opens belong there."""
    with open(f"/run/netns/{PREFIX}{host}") as place:
        if LIBC.setns(place.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {PREFIX}{host}")


def at(host: str, act: Callable[[], T]) -> T:
    """Do something from within a host, e.g. ask its server; in a thread of its own."""
    result: list[T] = []
    fault: list[BaseException] = []

    def work() -> None:
        try:
            enter(host)
            result.append(act())
        except BaseException as error:
            fault.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if fault:
        raise fault[0]
    return result[0]


def spawn(host: str, command: Sequence[str], **options: Any) -> subprocess.Popen[str]:
    """Start a process in a host; it ends with the lab."""
    return subprocess.Popen(
        [*in_host(host), *command],
        text=True,
        start_new_session=True,
        preexec_fn=as_child,
        **options,
    )


def end(process: subprocess.Popen[Any], patience: float = 3.0) -> None:
    """End a process the lab started, softly first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()


def build() -> None:
    """All namespaces, cables, addresses and routes between the hosts, but no access lines."""
    ip(*(f"netns add {PREFIX}{host}" for host in HOSTS))
    for host in HOSTS:
        run(*in_host(host), "sysctl", "-qw", *SYSCTL)
        _batch(host, "link set lo up")
    ip(
        *(
            f"link add up0 netns {PREFIX}{host} type veth peer name c{number} netns {PREFIX}router"
            for host, number in CABLES.items()
        )
    )
    for host, number in CABLES.items():
        _batch("router", f"addr add 198.19.{number}.1/24 dev c{number}", f"link set c{number} up")
        _batch(
            host,
            f"addr add 198.19.{number}.2/24 dev up0",
            "link set up0 up",
            f"route add default via 198.19.{number}.1",
        )
    _batch("server", f"addr add {PLAIN}/24 dev up0")
    for access in ACCESSES.values():
        nat = CABLES[access.nat]
        _batch("router", f"route add 198.18.{access.number}.0/24 via 198.19.{nat}.2")
    for host in {access.host for access in ACCESSES.values()}:
        folder = NAMES / f"{PREFIX}{host}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hosts").write_text(f"127.0.0.1 localhost\n{TURN} {TURN_NAME}\n")


def _batch(host: str, *lines: str) -> None:
    run("ip", "-n", PREFIX + host, "-batch", "-", text="".join(line + "\n" for line in lines))


def plug(access: Access) -> None:
    """Give both ends of an access line their addresses; the TUN devices are there already."""
    _batch(
        access.nat,
        f"addr add {access.gateway}/24 dev in{access.number}",
        f"link set in{access.number} up",
    )
    link_up(access)


def link_up(access: Access) -> None:
    """The person's device gets the network: link, address, default route."""
    _batch(
        access.host,
        f"link set {access.device} up",
        f"addr replace {access.address}/24 dev {access.device}",
        f"route replace default via {access.gateway} dev {access.device} metric {access.metric}",
    )


def link_down(access: Access) -> None:
    """The person's device loses the network, as the system does it: address gone, link down."""
    _batch(access.host, f"addr flush dev {access.device}", f"link set {access.device} down")


def set_nat(kind: str) -> None:
    """How all three NATs behave from now on: none, cone or symmetric."""
    for host in ("natw", "natm", "natk"):
        run(*in_host(host), "nft", "-f", "-", text=f"table ip vl\ndelete table ip vl\n{NATS[kind]}")


def cut_sockets(address: str) -> None:
    """Every TCP connection of the server's at this address dies this moment, both ends told."""
    run(*in_host("server"), "ss", "-KHtn", "state", "established", "src", address)


def processes() -> list[int]:
    """Who runs in the lab's namespaces."""
    found: list[int] = []
    for name in _namespaces():
        told = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True)
        found += [int(pid) for pid in told.stdout.split()]
    return found


def _namespaces() -> list[str]:
    folder = Path("/run/netns")
    return sorted(p.name for p in folder.glob(PREFIX + "*")) if folder.is_dir() else []


def clean() -> list[str]:
    """Remove the namespaces of a lab that has gone, and what still runs in them; returns them."""
    for pid in processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    found = _namespaces()
    for name in found:
        subprocess.run(["ip", "netns", "delete", name], check=False)
    for folder in NAMES.glob(PREFIX + "*"):
        shutil.rmtree(folder)
    return found


@contextlib.contextmanager
def lock(patience: float = 0.0) -> Iterator[IO[str]]:
    """Only one lab at a time on one machine; LabError when another one does not end in time."""
    end = time.monotonic() + patience
    told = False
    with LOCK.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise LabError("another network lab is running on this machine") from None
            if not told:
                print("Another network lab is running; waiting for it to end.", file=sys.stderr)
            told = True
            time.sleep(1)
        yield file


@contextlib.contextmanager
def hosts(patience: float = 0.0) -> Iterator[None]:
    """All hosts, for as long as the block lasts; leftovers of a lab killed hard go first."""
    with lock(patience):
        clean()
        try:
            build()
            yield
        finally:
            clean()
