"""coturn's configuration, made from the settings; where it listens and what browsers are told.

What is in it and why is in docs/install.md ("Calls") and docs/threat-model.md. The facts about
coturn were measured with 4.6.1 (Debian 12).
"""

import contextlib
import ipaddress
import os
import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from vamt.seats import derive
from vamt.settings import Settings

PROGRAM = "turnserver"
USER_QUOTA = 60  # relays of one leg: 3 addresses x 2 networks x IPv4 and 6, restarts beside them
LIFETIME = 300  # seconds a relay lives without a sign of its browser (a closed laptop)
SPEED = 1_500_000  # bytes a second of one relay, far above any call: no free tunnel for films

DENIED = (  # never reached through the relay: this machine, private and special networks
    "0.0.0.0-0.255.255.255",
    "10.0.0.0-10.255.255.255",
    "100.64.0.0-100.127.255.255",  # carrier-grade NAT, RFC 6598
    "127.0.0.0-127.255.255.255",
    "169.254.0.0-169.254.255.255",  # link-local; cloud machines tell secrets at .169.254
    "172.16.0.0-172.31.255.255",
    "192.0.0.0-192.0.0.255",
    "192.0.2.0-192.0.2.255",
    "192.88.99.0-192.88.99.255",
    "192.168.0.0-192.168.255.255",
    "198.18.0.0-198.19.255.255",
    "198.51.100.0-198.51.100.255",
    "203.0.113.0-203.0.113.255",
    "240.0.0.0-255.255.255.255",
    # coturn takes "::" for "any address", so that a range from there would have IPv4 in it
    "::1-::ffff:ffff:ffff",  # loopback, IPv4-compatible and IPv4-mapped
    "64:ff9b::-64:ff9b::ffff:ffff",  # NAT64: would reach any IPv4 address again
    "64:ff9b:1::-64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
    "100::-100::ffff:ffff:ffff:ffff",
    "2001::-2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",  # Teredo and other special uses
    "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",  # 6to4
    "fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",  # ULA
    "fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",  # link-local
    "fec0::-feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
)
PROBES = (  # never sent to: the kernel only says which of our addresses it would use
    (socket.AF_INET, "9.9.9.9"),
    (socket.AF_INET6, "2620:fe::fe"),
)


def program() -> str | None:
    """Where coturn is installed."""
    return shutil.which(PROGRAM) or shutil.which(PROGRAM, path="/usr/sbin:/usr/local/bin")


def own_addresses() -> list[str]:
    """The addresses with which this machine reaches the internet; IPv6 only if it is public."""
    found = []
    for family, elsewhere in PROBES:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))
            address = ipaddress.ip_address(probe.getsockname()[0])
            if address.version == 4 or address.is_global:
                found.append(str(address))
    return found


def bracketed(host: str) -> str:
    """An IPv6 address as it stands in an address of a server."""
    return f"[{host}]" if ":" in host else host


@dataclass(frozen=True, slots=True)
class Relay:
    """The TURN server of a town, its own or somebody else's."""

    secret: str
    urls: tuple[str, ...]  # what browsers are told: stun, turn by UDP and TCP, turns

    @classmethod
    def of(cls, settings: Settings, secret: bytes) -> Self | None:
        """What the settings say, None when there is none; `secret` is the installation's key."""
        turn = settings.turn
        if turn.mode == "off":
            return None
        if turn.mode == "external":
            return cls(turn.secret, tuple(turn.urls))
        host = bracketed(turn.host or urlsplit(settings.public_url).hostname or "")
        urls = [
            f"stun:{host}:{turn.port}",
            f"turn:{host}:{turn.port}?transport=udp",
            f"turn:{host}:{turn.port}?transport=tcp",
        ]
        if turn.certificate:
            urls.append(f"turns:{host}:{turn.tls_port}?transport=tcp")
        return cls(derive(secret, "turn").hex(), tuple(turn.urls or urls))


@dataclass(frozen=True, slots=True)
class Coturn:
    """One coturn as a child of ours: its folder, its configuration, its command."""

    settings: Settings
    secret: str

    @property
    def folder(self) -> Path:
        """What belongs to it, inside the data folder."""
        return self.settings.data_folder / "turn"

    @property
    def config_file(self) -> Path:
        """Its configuration; the secret is in it."""
        return self.folder / "turnserver.conf"

    def addresses(self) -> list[str]:
        """Where it listens and relays; empty where the machine has no way out (a laboratory)."""
        return list(self.settings.turn.listen) or own_addresses()

    def sockets(self) -> list[tuple[int, str, int]]:
        """(kind of socket, address, port) of everything it listens on."""
        turn = self.settings.turn
        kinds = [(socket.SOCK_DGRAM, turn.port), (socket.SOCK_STREAM, turn.port)]
        if turn.certificate:
            kinds.append((socket.SOCK_STREAM, turn.tls_port))
        addresses = self.addresses() or ["0.0.0.0"]
        return [(kind, address, port) for kind, port in kinds for address in addresses]

    def certificate_files(self) -> list[Path]:
        """Certificate and key, if there are any."""
        turn = self.settings.turn
        return [self.settings.path(name) for name in (turn.certificate, turn.key) if name]

    def config(self) -> str:
        """The text of turnserver.conf."""
        turn = self.settings.turn
        first, last = turn.relay_ports
        addresses = self.addresses()
        lines = [
            *(f"{key}={one}" for key in ("listening-ip", "relay-ip") for one in addresses),
            *self._external(addresses),
            f"listening-port={turn.port}",
            f"min-port={first}",
            f"max-port={last}",
            f"realm={turn.host or urlsplit(self.settings.public_url).hostname}",
            "use-auth-secret",
            f"static-auth-secret={self.secret}",
            "fingerprint",
            f"stale-nonce={2 * LIFETIME}",
            f"max-allocate-lifetime={LIFETIME}",
            f"user-quota={USER_QUOTA}",
            f"total-quota={last - first + 1}",
            f"max-bps={SPEED}",
            *self._tls(),
            *self._fence(addresses),
            "no-cli",
            "no-rfc5780",  # the three make its answers smaller than the questions ...
            "no-stun-backward-compatibility",
            "response-origin-only-with-rfc5780",  # ... so that nobody can use it to flood others
            "no-software-attribute",
            f"userdb={self.folder / 'turndb'}",
            f"pidfile={self.folder / 'turnserver.pid'}",
            "log-file=stdout",  # the supervisor reads it and keeps no word about users
            "simple-log",
        ]
        return "\n".join(lines) + "\n"

    def _external(self, addresses: list[str]) -> list[str]:
        public, _, own = self.settings.turn.external_ip.partition("/")
        if not public:
            return []
        inside = [own] if own else [a for a in addresses if ":" not in a]
        return [f"external-ip={public}/{one}" for one in inside] or [f"external-ip={public}"]

    def _tls(self) -> list[str]:
        if not self.settings.turn.certificate:
            return ["no-tls", "no-dtls"]
        certificate, key = self.certificate_files()
        return [
            f"tls-listening-port={self.settings.turn.tls_port}",
            f"cert={certificate.resolve()}",
            f"pkey={key.resolve()}",
            "no-dtls",  # browsers do not use it
            "no-tlsv1",
            "no-tlsv1_1",
        ]

    def _fence(self, addresses: list[str]) -> list[str]:
        """Whom the relay may reach."""
        fence = ["no-tcp-relay", "no-multicast-peers"]
        own = {*addresses, self.settings.turn.external_ip.partition("/")[2]} - {""}
        if not self.settings.turn.allow_private_peers:
            # two people who both need the relay meet at its own address, which may be private
            allowed = [f"allowed-peer-ip={one}" for one in sorted(own) if not _is_loopback(one)]
            return [*fence, *(f"denied-peer-ip={one}" for one in DENIED), *allowed]
        if any(_is_loopback(one) for one in own):
            # coturn 4.6 insists on the password, even though there is no command line interface
            fence += ["allow-loopback-peers", f"cli-password={secrets.token_hex()}"]
        return fence

    def command(self) -> list[str]:
        """Write the configuration; the command that runs in the foreground.

        Raises FileNotFoundError when coturn is not installed.
        """
        found = program()
        if found is None:
            raise FileNotFoundError(PROGRAM)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.config_file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(self.config())
        draft.replace(self.config_file)
        return [found, "-c", str(self.config_file)]


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback
