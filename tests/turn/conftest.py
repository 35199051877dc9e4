"""Towns with a real coturn on ports of their own, and certificates of a made-up authority."""

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from vamt.settings import Settings, parse
from vamt.turn.coturn import program

TOWN = """
[town]
name = "Kleinstadt"

[server]
host = "127.0.0.1"
port = {port}
{server}

[[opening]]
days = ["mon"]
from = 08:00:00
to = 12:00:00

[[service]]
id = "rat"
minutes = 10
name = {{ de = "Rat" }}

[turn]
{turn}
{rest}
"""
MakeTown = Callable[..., Settings]
# Sixty ports for each relay, below those the kernel gives away. Test processes that run at the
# same time begin far from each other: their process ids are neighbours.
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_bases = (21000 + (os.getpid() + 75 * _worker + n) % 190 * 60 for n in count())


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port nobody listens on, by UDP or TCP."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(("127.0.0.1", tcp.getsockname()[1]))
            except OSError:
                continue
            return int(tcp.getsockname()[1])


def own_address() -> str:
    """An address of this machine that is not loopback; nothing is sent."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("9.9.9.9", 9))
        except OSError:
            pytest.skip("this machine has no network but loopback")
        return str(probe.getsockname()[0])


@pytest.fixture
def coturn_installed() -> None:
    """vamt.sh installs it; a developer's machine may lack it, CI may not."""
    if program() is None:
        if os.environ.get("CI"):
            pytest.fail("coturn is not installed")
        pytest.skip("coturn is not installed")


@pytest.fixture
def make_town(tmp_path: Path) -> MakeTown:
    """Settings of a town whose relay has free ports; keywords become lines of [turn]."""

    def make(*, server: str = "", rest: str = "", **turn: object) -> Settings:
        base = next(_bases)
        lines = {
            "mode": "child",
            "host": "127.0.0.1",
            "listen": ["127.0.0.1"],
            "port": free_port(),
            "tls_port": free_port(),
            "relay_ports": [base, base + 59],
            "allow_private_peers": True,
            **turn,
        }
        written = "\n".join(f"{key} = {_toml(value)}" for key, value in lines.items())
        text = TOWN.format(port=free_port(), server=server, turn=written, rest=rest)
        (tmp_path / "vamt.toml").write_text(text, "utf-8")
        (tmp_path / "vamt.toml").chmod(0o600)
        return parse(text, tmp_path)

    return make


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else repr(value)


# --- certificates

EXTENSIONS = "subjectAltName = {names}\nbasicConstraints = CA:FALSE\n"
AUTHORITY = """
[ca]
default_ca = us
[us]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = supplied
"""
GOOD = ("20200101000000Z", "20491231000000Z")
OVER = ("20200101000000Z", "20200201000000Z")


@dataclass(frozen=True)
class Authority:
    """Makes certificates with the openssl command; `context` trusts them."""

    folder: Path

    @property
    def file(self) -> Path:
        """The authority's own certificate."""
        return self.folder / "ca.pem"

    @property
    def context(self) -> ssl.SSLContext:
        """Trusts this authority only."""
        return ssl.create_default_context(cafile=str(self.file))

    def issue(
        self,
        name: str,
        names: str = "DNS:localhost,IP:127.0.0.1",
        dates: tuple[str, str] = GOOD,
    ) -> tuple[Path, Path]:
        """A certificate with its chain, and its key."""
        key, request = self.folder / f"{name}.key", self.folder / f"{name}.csr"
        certificate, extensions = self.folder / f"{name}.pem", self.folder / f"{name}.ext"
        if not certificate.exists():
            extensions.write_text(EXTENSIONS.format(names=names))
            _openssl(
                self.folder,
                *("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"),
                *("-keyout", str(key), "-out", str(request)),
            )
            _openssl(
                self.folder,
                *("ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key"),
                *("-in", str(request), "-out", str(certificate), "-notext"),
                *("-startdate", dates[0], "-enddate", dates[1], "-extfile", str(extensions)),
            )
        return certificate, key


def _openssl(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority that no browser knows."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("authority")
    (folder / "ca.cnf").write_text(AUTHORITY)
    (folder / "index.txt").write_text("")
    _openssl(
        folder,
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3000", "-subj", "/CN=test"),
        *("-addext", "keyUsage=keyCertSign", "-keyout", "ca.key", "-out", "ca.pem"),
    )
    return Authority(folder)
