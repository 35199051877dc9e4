"""[turn] of vamt.toml: what does not fit together is named."""

import pytest

from tests.turn.conftest import MakeTown
from vamt.settings import SettingsError


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mode": "on"}, "turn.mode: write off, child or external"),
        ({"mode": "external", "urls": ["turn:a.example"]}, "turn.secret"),
        ({"mode": "external", "secret": "s"}, "turn.urls: write at least one"),
        ({"mode": "external", "secret": "s", "urls": ["stun:a"]}, "turn.urls: write at least"),
        ({"secret": "s"}, "turn.secret: only for an external server"),
        ({"urls": ["http://a.example"]}, "turn.urls: 'http://a.example' is no stun:"),
        ({"urls": ["turn:a.example:1?transport=sctp"]}, "turn.urls"),
        ({"certificate": "c.pem"}, "turn.key"),
        ({"key": "k.pem"}, "turn.key"),
        ({"certificate": "c", "key": "k", "port": 3478, "tls_port": 3478}, "turn.tls_port"),
        ({"relay_ports": [50000]}, "turn.relay_ports"),
        ({"relay_ports": [50000, 50000]}, "turn.relay_ports"),
        ({"relay_ports": [80, 50000]}, "turn.relay_ports"),
        ({"relay_ports": [50000, 70000]}, "turn.relay_ports"),
        ({"listen": ["eth0"]}, "turn.listen: 'eth0' is no IP address"),
        ({"external_ip": "turn.example.de"}, "turn.external_ip: 'turn.example.de'"),
        ({"external_ip": "203.0.113.5/eth0"}, "turn.external_ip: 'eth0'"),
        ({"host": "https://turn.example.de"}, "turn.host"),
        ({"port": 0}, "turn.port: write a number"),
        ({"ttl_minutes": 1}, "turn.ttl_minutes: write a number from 5"),
        ({"prot": 3478}, "prot"),
        ({"rest": '[[rtc.ice_servers]]\nurls = ["stun.example.de"]'}, "rtc.ice_servers: 'stun.ex"),
    ],
)
def test_what_does_not_fit_is_named(
    make_town: MakeTown, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(SettingsError) as error:
        make_town(**changes)
    assert words in str(error.value)


def test_what_fits_is_taken(make_town: MakeTown) -> None:
    make_town(mode="off")
    make_town(listen=["203.0.113.5", "2001:db8::5"], external_ip="203.0.113.5/10.0.0.5")
    make_town(host="2001:db8::5", urls=["turns:[2001:db8::5]:443?transport=tcp", "stun:a"])
