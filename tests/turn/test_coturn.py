"""coturn's configuration, as text and as coturn understands it: passwords, quotas, the fence."""

import asyncio
import contextlib
import ipaddress
import ssl
import stat
import time
import warnings

import pytest
from aioice import stun
from aioice.turn import TurnClientUdpProtocol

from tests.turn.clients import SECRET, clients, running
from tests.turn.conftest import Authority, MakeTown, own_address
from vamt.settings import Settings
from vamt.turn import coturn
from vamt.turn.coturn import DENIED, LIFETIME, USER_QUOTA, Coturn
from vamt.turn.supervisor import obstacle

real = pytest.mark.usefixtures("coturn_installed")


def lines(town: Settings) -> list[str]:
    return Coturn(town, SECRET).config().splitlines()


# --- the text


def test_the_file_is_for_its_owner_only_and_inside_the_data_folder(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coturn, "program", lambda: "/usr/bin/turnserver")
    town = make_town()
    ours = Coturn(town, SECRET)
    assert ours.command() == ["/usr/bin/turnserver", "-c", str(ours.config_file)]
    assert ours.command()  # once more, over the old one
    assert ours.config_file.is_relative_to(town.data_folder)
    assert stat.S_IMODE(ours.config_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(ours.folder.stat().st_mode) == 0o700
    for key in ("userdb", "pidfile"):
        (line,) = [one for one in lines(town) if one.startswith(f"{key}=")]
        assert line.startswith(f"{key}={ours.folder}/")


def test_a_missing_program_is_told(make_town: MakeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(coturn, "PROGRAM", "turnserver-that-is-not-there")
    assert coturn.program() is None
    with pytest.raises(FileNotFoundError):
        Coturn(make_town(), SECRET).command()


def test_private_peers_are_denied_unless_the_town_says_otherwise(make_town: MakeTown) -> None:
    public = make_town(allow_private_peers=False, listen=["203.0.113.5"])
    assert [f"denied-peer-ip={one}" for one in DENIED] == [
        line for line in lines(public) if line.startswith("denied-peer-ip")
    ]
    for line in ("no-multicast-peers", "no-tcp-relay", "no-cli"):
        assert line in lines(public) and line in lines(make_town())
    assert "allowed-peer-ip=203.0.113.5" in lines(public)
    assert "allow-loopback-peers" not in lines(public)
    assert not [line for line in lines(make_town()) if line.startswith("denied-peer-ip")]
    inside = make_town(listen=["10.0.0.5"])
    assert "allow-loopback-peers" not in lines(inside)
    assert "allow-loopback-peers" in lines(make_town())
    # a town that fences is not opened by listening on loopback
    odd = make_town(allow_private_peers=False)
    assert not [line for line in lines(odd) if "allow" in line and "allocate" not in line]


@pytest.mark.parametrize(
    "network",
    [
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "240.0.0.0/4"),
        *("::1/128", "::ffff:0:0/96", "64:ff9b::/96", "2002::/16", "2001:db8::/32"),
        *("fc00::/7", "fe80::/10", "2001::/32", "100::/64"),
    ],
)
def test_a_special_network_is_denied_as_a_whole(network: str) -> None:
    net = ipaddress.ip_network(network)
    ranges = [tuple(map(ipaddress.ip_address, one.split("-"))) for one in DENIED]
    assert [
        1
        for low, high in ranges
        if low.version == net.version and low <= net[0] and net[-1] <= high  # type: ignore
    ]


def test_no_public_network_is_denied() -> None:
    for one in ("9.9.9.9", "91.12.0.1", "192.0.78.9", "172.32.0.1", "100.128.0.1", "2a01:4f8::1"):
        address = ipaddress.ip_address(one)
        for text in DENIED:
            low, high = map(ipaddress.ip_address, text.split("-"))
            assert low.version != address.version or not low <= address <= high  # type: ignore


def test_behind_a_nat_the_public_address_is_told_and_the_own_one_allowed(
    make_town: MakeTown,
) -> None:
    both = make_town(
        listen=["10.0.0.5"], external_ip="203.0.113.5/10.0.0.5", allow_private_peers=False
    )
    assert "external-ip=203.0.113.5/10.0.0.5" in lines(both)
    assert "allowed-peer-ip=10.0.0.5" in lines(both)
    one = make_town(listen=["10.0.0.5", "2001:db8::5"], external_ip="203.0.113.5")
    assert "external-ip=203.0.113.5/10.0.0.5" in lines(one)


def test_tls_only_with_a_certificate_and_not_the_old_kinds(make_town: MakeTown) -> None:
    assert "no-tls" in lines(make_town())
    town = make_town(certificate="tls/chain.pem", key="tls/key.pem", tls_port=443)
    assert {"tls-listening-port=443", "no-tlsv1", "no-tlsv1_1", "no-dtls"} <= set(lines(town))
    assert f"cert={town.path('tls/chain.pem')}" in lines(town)
    assert f"pkey={town.path('tls/key.pem')}" in lines(town)


def test_without_listen_it_takes_the_addresses_that_lead_out(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coturn, "own_addresses", lambda: ["203.0.113.9"])
    town = make_town(listen=[])
    assert {"listening-ip=203.0.113.9", "relay-ip=203.0.113.9"} <= set(lines(town))
    monkeypatch.setattr(coturn, "own_addresses", list)
    assert not [line for line in lines(town) if line.startswith(("listening-ip", "relay-ip"))]
    assert {address for _, address, _ in Coturn(town, SECRET).sockets()} == {"0.0.0.0"}


def test_own_addresses_are_never_loopback() -> None:
    assert not [one for one in coturn.own_addresses() if ipaddress.ip_address(one).is_loopback]


# --- passwords


@real
async def test_a_password_of_ours_is_taken_a_wrong_or_expired_one_is_not(
    make_town: MakeTown,
) -> None:
    town = make_town()
    async with running(town), clients(town) as some:
        first, second = await some.allocate(leg="a"), await some.allocate(leg="b")
        low, high = town.turn.relay_ports
        assert first.address[0] == "127.0.0.1" and low <= first.address[1] <= high
        await first.send(b"hello", second.address)
        await second.send(b"hello back", first.address)  # which also lets the first one in
        await first.send(b"hello again", second.address)
        assert await second.hear() in (b"hello", b"hello again")
        assert await first.hear() == b"hello back"
        assert await some.refused(secret="wrong") == 401
        assert await some.refused(life=-5) == 401


@real
async def test_a_relay_outlives_the_password_it_was_given_for(make_town: MakeTown) -> None:
    """A call longer than ttl_minutes goes on: the password is for beginning."""
    town = make_town()
    async with running(town), clients(town) as some:
        for _ in range(10):  # the machine may pause for longer than this password is good
            with contextlib.suppress(stun.TransactionFailed):
                mine = await some.allocate(life=2)
                break
        await asyncio.sleep(3.2)
        assert await some.refused(life=-5) == 401
        request = stun.Message(stun.Method.REFRESH, stun.Class.REQUEST)
        request.attributes["LIFETIME"] = 600
        answer, _ = await mine.client.request_with_retry(request)
        assert answer.attributes["LIFETIME"] == LIFETIME  # and no longer without another sign
        await mine.send(b"still here", mine.address)
        assert await mine.hear() == b"still here"


# --- quotas


@real
async def test_one_name_for_all_runs_into_the_quota_one_for_each_leg_does_not(
    make_town: MakeTown,
) -> None:
    """Closed tabs keep their relays for minutes; with a shared name they use up everybody's."""
    town = make_town(relay_ports=[22000, 22399])
    async with running(town), clients(town) as some:
        for _ in range(USER_QUOTA):
            await some.allocate(leg="citizen")  # as if the seat were the name
        assert await some.refused(leg="citizen") == 486
        for number in range(20):  # twenty calls with the three relays a browser asks for
            for _ in range(3):
                await some.allocate(leg=f"leg-{number}")
        await some.open.pop(0).close()
        for _ in range(50):  # what is given back can be had again, in a moment
            await asyncio.sleep(0.1)
            with contextlib.suppress(stun.TransactionFailed):
                assert await some.allocate(leg="citizen")
                break
        else:
            pytest.fail("nothing was given back")


@real
async def test_when_all_ports_are_taken_the_server_says_so(make_town: MakeTown) -> None:
    town = make_town(relay_ports=[22400, 22409])
    async with running(town), clients(town) as some:
        for number in range(10):
            await some.allocate(leg=str(number))
        assert await some.refused(leg="one-more") in (486, 508)


@real
async def test_a_relay_is_no_pipe_for_films(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coturn, "SPEED", 50_000)
    town = make_town()
    async with running(town), clients(town) as some:
        mine = await some.allocate()
        begun, sent, fair = time.monotonic(), 0, 0.0
        while sent < 1.5 * fair or sent < 300_000:
            for _ in range(5):
                await mine.client.send_data(bytes(1000), mine.address)
                sent += 1000
            await asyncio.sleep(0.02)
            fair = 50_000 * (time.monotonic() - begun + 2)  # it counts by the second
        await asyncio.sleep(0.3)
        heard = mine.ear.heard.qsize() * 1000
        assert 0 < heard <= fair


# --- the fence

INSIDE = ("10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1")
HERE = ("127.0.0.1", "127.9.9.9", "0.0.0.0", "224.0.0.251", "255.255.255.255")


@real
async def test_private_peers_cannot_be_reached_public_ones_can(make_town: MakeTown) -> None:
    address = own_address()
    town = make_town(listen=[address], allow_private_peers=False)
    async with running(town), clients(town) as some:
        mine = await some.allocate()
        for peer in (*INSIDE, *HERE):
            assert await mine.may_reach(peer) == 403, peer
        assert await mine.may_reach("9.9.9.9") == 0
        await mine.send(b"two relays meet", mine.address)
        assert await mine.hear() == b"two relays meet"


@real
async def test_behind_a_nat_two_relays_meet_without_leaving_the_machine(
    make_town: MakeTown,
) -> None:
    address = own_address()
    town = make_town(
        listen=[address], external_ip=f"203.0.113.77/{address}", allow_private_peers=False
    )
    async with running(town), clients(town) as some:
        mine = await some.allocate()
        assert mine.address[0] == "203.0.113.77"
        await mine.send(b"hello", mine.address)
        assert await mine.hear() == b"hello"
        assert await mine.may_reach("10.1.2.3") == 403


class V6(TurnClientUdpProtocol):
    """Asks for a relay with an IPv6 address (RFC 8656, section 7.1)."""

    async def connect(self) -> tuple[str, int]:
        """The relay's address."""
        request = stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST)
        request.attributes |= {
            "REQUESTED-TRANSPORT": 0x11000000,
            "REQUESTED-ADDRESS-FAMILY": 0x02000000,
        }
        answer, _ = await self.request_with_retry(request)
        found: tuple[str, int] = answer.attributes["XOR-RELAYED-ADDRESS"]
        return found


@real
async def test_private_peers_cannot_be_reached_by_ipv6_either(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "REQUESTED-ADDRESS-FAMILY"
    monkeypatch.setitem(
        stun.ATTRIBUTES_BY_NAME,
        name,
        (0x0017, name, stun.pack_unsigned, stun.unpack_unsigned),
    )
    monkeypatch.setattr("aioice.turn.TurnClientUdpProtocol", V6)
    town = make_town(listen=[own_address(), "::1"], allow_private_peers=False)
    if obstacle(Coturn(town, SECRET)):
        pytest.skip("no IPv6 here")
    async with running(town), clients(town) as some:
        mine = await some.allocate()
        assert mine.address[0] == "::1"
        for peer in ("::1", "::", "fc00::1", "fd00::2", "fe80::1", "::ffff:10.1.2.3"):
            assert await mine.may_reach(peer) == 403, peer
        for peer in ("64:ff9b::a01:203", "2002:a01:203::1", "2001:db8::1", "ff02::1"):
            assert await mine.may_reach(peer) == 403, peer
        assert await mine.may_reach("2620:fe::fe") == 0


# --- what it tells


@real
async def test_tls_is_spoken_with_the_towns_certificate(
    make_town: MakeTown, authority: Authority
) -> None:
    certificate, key = authority.issue("good")
    town = make_town(certificate=str(certificate), key=str(key))
    async with running(town), clients(town) as some:
        server = ("localhost", town.turn.tls_port)
        mine = await some.allocate(at=server, ssl=authority.context, transport="tcp")
        await mine.send(b"by tls", mine.address)
        assert await mine.hear() == b"by tls"
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            old = authority.context
            old.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                old.minimum_version = old.maximum_version = version
            with pytest.raises((OSError, TimeoutError)):  # coturn does not even answer
                await asyncio.wait_for(asyncio.open_connection(*server, ssl=old), 1)
