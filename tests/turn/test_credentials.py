"""What a browser is told: a password for each leg that ends by itself and changes seldom."""

import base64
import hashlib
import hmac
from typing import Any

from tests.turn.conftest import MakeTown
from vamt.turn.coturn import Relay
from vamt.turn.credentials import IceServers, credential, renewal

SECRET = b"k" * 32
NOW = 1_800_000_000.0


class Clock:
    """Stands still until told."""

    now = NOW

    def __call__(self) -> float:
        return self.now


def only_relay(servers: list[dict[str, Any]]) -> dict[str, Any]:
    (found,) = [one for one in servers if "username" in one]
    return found


def test_the_password_is_the_hmac_that_coturn_computes() -> None:
    user, password = credential("north", "leg", 1_700_000_000)
    assert user == "1700000000:leg"
    expected = hmac.new(b"north", b"1700000000:leg", hashlib.sha1).digest()
    assert base64.b64decode(password) == expected


def test_browsers_are_told_stun_and_turn_by_udp_tcp_and_tls(make_town: MakeTown) -> None:
    town = make_town(host="turn.example.de", port=3478, certificate="c.pem", key="k.pem")
    ice = IceServers.of(town, SECRET, Clock())
    stun, turn = ice("visit", "citizen", 1)
    assert stun == {"urls": ["stun:turn.example.de:3478"]}
    assert turn["urls"] == [
        "turn:turn.example.de:3478?transport=udp",
        "turn:turn.example.de:3478?transport=tcp",
        f"turns:turn.example.de:{town.turn.tls_port}?transport=tcp",
    ]


def test_without_a_certificate_there_is_no_tls(make_town: MakeTown) -> None:
    ice = IceServers.of(make_town(), SECRET, Clock())
    assert not [url for url in ice.urls if url.startswith("turns:")]


def test_the_host_is_that_of_the_public_address(make_town: MakeTown) -> None:
    town = make_town(server='public_url = "https://amt.example.de/"', host="")
    relay = Relay.of(town, SECRET)
    assert relay and relay.urls[0].startswith("stun:amt.example.de:")
    relay = Relay.of(make_town(host="2001:db8::1"), SECRET)
    assert relay and relay.urls[0].startswith("stun:[2001:db8::1]:")


def test_an_external_server_and_other_addresses_are_told_as_written(make_town: MakeTown) -> None:
    urls = ["stun:stun.example.de", "turn:turn.example.de", "turns:turn.example.de:443"]
    town = make_town(mode="external", urls=urls, secret="theirs")
    ice = IceServers.of(town, SECRET, Clock())
    assert ice.secret == "theirs" and ice.urls == tuple(urls[1:])
    assert ice.stun == tuple(urls[:1]) and ice.fixed == ()
    ours = IceServers.of(make_town(urls=urls), SECRET, Clock())
    assert ours.urls == tuple(urls[1:]) and ours.secret not in ("", "theirs")


def test_without_a_relay_only_the_fixed_servers_are_told(make_town: MakeTown) -> None:
    rest = """
[[rtc.ice_servers]]
urls = ["stun:a.example"]
[[rtc.ice_servers]]
urls = ["turn:b.example"]
username = "amt"
credential = "word"
"""
    told = IceServers.of(make_town(mode="off", rest=rest), SECRET, Clock())("visit", "clerk", 1)
    assert told == [
        {"urls": ["stun:a.example"]},
        {"urls": ["turn:b.example"], "username": "amt", "credential": "word"},
    ]
    assert IceServers.of(make_town(mode="off"), SECRET, Clock())("visit", "clerk", 1) == []


def test_a_relay_that_is_not_there_is_not_told(make_town: MakeTown) -> None:
    here = True
    ice = IceServers.of(make_town(), SECRET, Clock(), lambda: here)
    assert only_relay(ice("visit", "clerk", 1))
    assert ice("visit", "clerk", 1, relay=False) == [{"urls": list(ice.stun)}]
    here = False
    assert ice("visit", "clerk", 1) == []


def test_every_leg_has_a_name_of_its_own_that_tells_nothing(make_town: MakeTown) -> None:
    ice = IceServers.of(make_town(), SECRET, Clock())
    legs = [(v, s, e) for v in ("v1", "v2") for s in ("citizen", "clerk") for e in (7, 8)]
    names = {only_relay(ice(*leg))["username"] for leg in legs}
    assert len(names) == len(legs)
    assert not [n for n in names if "v1" in n or "v2" in n or "citizen" in n or "clerk" in n]
    again = IceServers.of(make_town(), SECRET, Clock())
    assert again.leg("v1", "clerk", 7) == ice.leg("v1", "clerk", 7)
    other = IceServers.of(make_town(), b"x" * 32, Clock())
    assert other.leg("v1", "clerk", 7) != ice.leg("v1", "clerk", 7)
    assert other.secret != ice.secret


def test_a_password_is_always_good_for_half_its_time_and_rarely_changes(
    make_town: MakeTown,
) -> None:
    clock = Clock()
    ice = IceServers.of(make_town(ttl_minutes=10), SECRET, clock)
    seen = []
    for second in range(0, 3600, 7):
        clock.now = NOW + second
        user = only_relay(ice("visit", "clerk", 1))["username"]
        left = int(user.partition(":")[0]) - clock.now
        assert 300 <= left <= 600, (second, left)
        seen.append((renewal(clock.now, ice.ttl), user))
    assert len(set(seen)) == len({user for _, user in seen}) == 12
