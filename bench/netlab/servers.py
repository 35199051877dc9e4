"""The servers of the lab as child processes in their hosts: our office, coturn, the plain page."""

import base64
import contextlib
import datetime
import hashlib
import hmac
import json
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.netlab import hosts
from bench.netlab.hosts import OFFICE, PLAIN, TURN, TURN_NAME, LabError
from bench.netlab.lines import Lines

ROOT = Path(__file__).resolve().parents[2]
SECRET = "netlab"
PASSWORD = "netlab-password"
CLERK = {"user": "keller", "password": PASSWORD, "name": "Anja Keller"}
LIFE = 86400  # s
DAY = 1440  # minutes
PATIENCE = 60.0  # s; the machine may be busy
TURN_CONF = f"""
listening-ip={TURN}
relay-ip={TURN}
listening-port=3478
tls-listening-port=443
cert={{folder}}/turn.pem
pkey={{folder}}/turn.key
min-port=50000
max-port=59999
realm=netlab.example
use-auth-secret
static-auth-secret={SECRET}
userdb={{folder}}/turn.sqlite
pidfile={{folder}}/turn.pid
log-file={{folder}}/turn.log
simple-log
fingerprint
no-multicast-peers
no-cli
no-tlsv1
no-tlsv1_1
stale-nonce
"""


STUN_URL = f"stun:{TURN}:3478"


def turn_urls(name: str = TURN) -> list[str]:
    """TURN in three ways. Firefox takes TLS only from a server with a name, in silence; Chromium
    looks names up for 13 s where no DNS answers, so it must get the address.
    """
    return [
        f"turn:{TURN}:3478?transport=udp",
        f"turn:{TURN}:3478?transport=tcp",
        f"turns:{name}:443?transport=tcp",
    ]


def ice_servers() -> list[dict[str, Any]]:
    """STUN and TURN for the plain page, with a password that lives as long as any lab."""
    user = f"{int(time.time()) + LIFE}:netlab"
    digest = hmac.digest(SECRET.encode(), user.encode(), hashlib.sha1)
    password = base64.b64encode(digest).decode()
    return [
        {"urls": [STUN_URL]},
        {"urls": turn_urls(), "username": user, "credential": password},
    ]


def toml(value: Any, top: bool = True) -> str:
    """As TOML; the standard library can only read it."""
    if isinstance(value, dict) and top:
        plain = [f"{k} = {toml(v, False)}" for k, v in value.items() if not isinstance(v, dict)]
        tables = [
            "\n".join([f"[{name}]", *(f"{k} = {toml(v, False)}" for k, v in table.items())])
            for name, table in value.items()
            if isinstance(table, dict)
        ]
        return "\n".join([*plain, *tables]) + "\n"
    if isinstance(value, dict):
        pairs = (f"{json.dumps(k)} = {toml(v, False)}" for k, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(v, False) for v in value) + "]"
    if isinstance(value, datetime.time | datetime.date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)


def wait_for(host: str, address: str, port: int, process: subprocess.Popen[str]) -> None:
    """Until a server in this host takes connections."""
    end = time.monotonic() + PATIENCE

    def taken() -> bool:
        with contextlib.suppress(OSError), socket.create_connection((address, port), 1):
            return True
        return False

    while not hosts.at(host, taken):
        if process.poll() is not None or time.monotonic() > end:
            raise LabError(f"the server at {address}:{port} does not start")
        time.sleep(0.02)


def certify(folder: Path) -> None:
    """A certificate authority of the lab's own, and TURN's certificate from it."""
    new = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    hosts.run(
        *(*new, "-subj", "/CN=Network lab"),
        *("-keyout", f"{folder}/authority.key", "-out", f"{folder}/authority.pem"),
    )
    hosts.run(
        *(*new, "-subj", f"/CN={TURN_NAME}"),
        *("-addext", f"subjectAltName=DNS:{TURN_NAME},IP:{TURN}"),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
        *("-CA", f"{folder}/authority.pem", "-CAkey", f"{folder}/authority.key"),
        *("-keyout", f"{folder}/turn.key", "-out", f"{folder}/turn.pem"),
    )


class Turn:
    """coturn, listening on 3478 (UDP and TCP) and 443 (TLS)."""

    def __init__(self, folder: Path) -> None:
        certify(folder)
        conf = folder / "turn.conf"
        conf.write_text(TURN_CONF.format(folder=folder))
        with (folder / "turn.out").open("w") as log:
            self.process = hosts.spawn(
                "turn", ["turnserver", "-c", str(conf)], stdout=log, stderr=log
            )
        wait_for("turn", TURN, 443, self.process)

    def close(self) -> None:
        """End it."""
        hosts.end(self.process)


class Office:
    """`vamt serve` as a real process that can be killed and started again."""

    url = f"http://{OFFICE}:443"
    facts: dict[str, Any] = {"clerks": [CLERK]}

    def __init__(self, folder: Path, product: Path = ROOT) -> None:
        self.product = product
        self.turn = TURN
        self.log = folder / "office.log"
        self.config = folder / "vamt.toml"
        self.process: subprocess.Popen[str] | None = None
        self.hire()
        self.start()

    def renew(self, turn: str = "") -> None:
        """Forget everything and start afresh, if wished with another name of the TURN server."""
        self.kill()
        self.turn = turn or self.turn
        shutil.rmtree(self.config.parent / "data", ignore_errors=True)
        self.hire()
        self.start()

    def hire(self) -> None:
        """Write the settings and make the clerk's account."""
        self.config.write_text(self.settings())
        hosts.run(
            *(sys.executable, "-m", "vamt", "clerk", "add", "--config", str(self.config)),
            *("--name", CLERK["name"], CLERK["user"]),
            text=PASSWORD + "\n",
            cwd=self.product,
        )

    def settings(self) -> str:
        """The demo's town, at the lab's address and with the lab's TURN server."""
        folder = self.product / "vamt" / "demo"
        town = tomllib.loads((folder / "vamt.toml").read_text())
        town["town"] |= {key: str(folder / town["town"][key]) for key in ("logo", "pictures")}
        if "services" in town:
            town["services"] = str(folder / town["services"])
        town["server"] = town.get("server", {}) | {
            "host": OFFICE,
            "port": 443,
            "public_url": Office.url,
            "data": "data",
        }
        # every run books the next free slot: the hundredth must be able to come now, too
        town["waiting_room"] = town.get("waiting_room", {}) | {"opens_minutes_before": DAY}
        town["turn"] = {
            "mode": "external",
            "secret": SECRET,
            "urls": [STUN_URL, *turn_urls(self.turn)],
        }
        return toml(town)

    def start(self) -> None:
        """Start, or start again on the same data; returns when it takes connections."""
        with self.log.open("a") as log:
            self.process = hosts.spawn(
                "server",
                [sys.executable, "-m", "vamt", "serve", "--config", str(self.config)],
                stdout=log,
                stderr=log,
                cwd=self.product,
            )
        try:
            wait_for("server", OFFICE, 443, self.process)
        except LabError as error:
            raise LabError(f"{error}:\n{self.log.read_text()[-2000:]}") from None

    def kill(self) -> None:
        """As a power cut would."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        """End it."""
        if self.process:
            hosts.end(self.process)

    def book(self, service: str = "beratung") -> str:
        """Book the next slot through the API; returns the link."""

        def booked() -> str:
            with urllib.request.urlopen(f"{self.url}/api/v1/services/{service}/slots") as answer:
                slot = json.load(answer)[0]
            wish = {
                "service": service,
                "start": slot["start"],
                "name": "Ayşe Yılmaz",
                "email": "a@example.org",
                "phone": "+49 7171 5550",
                "language": "de",
            }
            request = urllib.request.Request(
                f"{self.url}/api/v1/appointments",
                json.dumps(wish).encode(),
                {"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request) as answer:
                return self.url + urlsplit(json.load(answer)["link"]).path

        return hosts.at("server", booked)


class Plain:
    """The plain page's own server."""

    url = f"http://{PLAIN}:443"

    def __init__(self, folder: Path) -> None:
        self.config = folder / "plain.json"
        self.config.write_text(json.dumps({"iceServers": ice_servers()}))
        self.process: subprocess.Popen[str]
        self.start()

    def start(self) -> None:
        """Start, or start again."""
        self.process = hosts.spawn(
            "server",
            [sys.executable, "-m", "bench.netlab.plain", PLAIN, "443", str(self.config)],
            cwd=ROOT,
        )
        wait_for("server", PLAIN, 443, self.process)

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End it."""
        hosts.end(self.process)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[tuple[Lines, Plain]]:
    """Lines, TURN and the plain page, for as long as the block lasts."""
    with (
        contextlib.closing(Lines(folder)) as lines,
        contextlib.closing(Turn(folder)),
        contextlib.closing(Plain(folder)) as plain,
    ):
        yield lines, plain
