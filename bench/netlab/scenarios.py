"""What is measured: one table of scenarios, and the goals of each.

A scenario is a network, what happens in it, and bars for the figures that come out. The bars
are those of the project's issue on calls that hold; a figure without one is printed all the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bench.netlab.lines import Line
from bench.netlab.media import LARGE, SMALL, Camera


@dataclass(frozen=True)
class Metric:
    """One figure of a group of scenarios."""

    key: str
    words: str
    unit: str  # "ms", "s", "%" or ""
    digits: int = 1
    more_is_better: bool = False


@dataclass(frozen=True)
class Scenario:
    """One network and one event."""

    name: str
    words: str
    event: str = ""  # what `measure.py` does in it; empty: as its group
    line: Line = Line()  # of the citizen, on WLAN and mobile
    desk: Line = Line()  # of the clerk
    firefox: str = ""  # who has Firefox instead of Chromium: citizen, clerk or nobody
    nat: str = "none"
    hold: float = 0.0  # s she lets it ring before she accepts; figures then begin with that
    cut: bool = False  # every socket dies in the moment of the event
    seconds: float = 0.0  # how long something is away
    goals: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Scenarios that are measured in the same way and share a table."""

    name: str
    title: str
    metrics: Sequence[Metric]
    scenarios: Sequence[Scenario]
    note: str = ""
    camera: Camera = SMALL
    story: str = ""  # what the words tell that every run of it brings, for each side
    kinds: Sequence[str] = ("ours", "plain")


def wall(line: Line) -> Line:
    """The same firewall at the desk; delay and rate are on the citizen's line alone."""
    return Line(open=line.open)


LAN = Line()
RTT60 = Line(delay=30)
RTT200 = Line(delay=100, rate=1000)
TLS60 = Line(delay=30, open="tcp443")
TLS200 = Line(delay=100, rate=1000, open="tcp443")
NO_UDP = Line(delay=30, open="no-udp")
SHUT = Line(delay=30, open="office")


NETS = (  # name, words, line, goal for the first picture in ms
    ("lan", "LAN", LAN, 200.0),
    ("rtt60", "RTT 60 ms", RTT60, 250.0),
    ("rtt200", "RTT 200 ms, 1 Mbit/s", RTT200, 400.0),
)
WAYS = (  # name, words, NAT, firewall
    ("direct", "direct", "none", "all"),
    ("cone", "cone NATs", "cone", "all"),
    ("symmetric", "symmetric NATs", "symmetric", "all"),
    ("tls", "only TCP 443 open at both", "cone", "tcp443"),
)


def _first() -> Iterator[Scenario]:
    for net, words, line, goal in NETS:
        for way, how, nat, what in WAYS:
            walled = replace(line, open=what)
            yield Scenario(
                f"first-{net}-{way}",
                f"{words}, {how}",
                line=walled,
                desk=wall(walled),
                nat=nat,
                goals={"both": goal, "early": 0},
            )
    yield Scenario(
        "first-rtt60-held",
        "RTT 60 ms, direct; she lets it ring for 3 s, then from **Annehmen**",
        line=RTT60,
        hold=3.0,
        goals={"both": 250.0, "early": 0},
    )


FIRST = Group(
    "first",
    "First picture",
    (
        Metric("both", "both see each other", "ms", 0),
        Metric("citizen", "citizen sees the clerk", "ms", 0),
        Metric("clerk", "clerk sees the citizen", "ms", 0),
        Metric("early", "packets that left too early", "", 0),
        Metric("ringing", "packets of the clerk's picture while it rings", "", 0),
    ),
    tuple(_first()),
    "From **Nächste Person aufrufen** to the first picture shown; a robot accepts at once.",
)

SIZE = Group(
    "size",
    "Full size",
    (
        Metric("full", "full size after the first picture, worse side", "s", 1),
        Metric("coarse", "quantiser in the first 3 s (127 is a blur), worse side", "", 0),
        Metric("height", "lines of the picture after 12 s, worse side", "", 0, True),
    ),
    (
        Scenario("size-rtt60", "RTT 60 ms", line=RTT60, goals={"full": 1.5}),
        Scenario("size-rtt200", "RTT 200 ms, 1 Mbit/s", line=RTT200, goals={"full": 1.5}),
    ),
    "With cameras of 1280x720 at 20 pictures a second. Full is the largest size of the first 12 s.",
    LARGE,
    "Resolution over time",
)

SWITCHES: tuple[tuple[str, str, str, float], ...] = (
    ("bbm", "WLAN gone, mobile 0.5 s later", "bbm", 2.4),
    ("mbb", "mobile already up, then WLAN gone", "mbb", 1.5),
    ("silent", "WLAN silently dead, the system moves after 3 s", "silent", 4.0),
    ("glitch", "4 s hole, same network", "glitch", 4.3),
)
SWITCH = Group(
    "switch",
    "Network switch",
    (
        Metric("silence", "silence, worse side", "s"),
        Metric("silence_citizen", "silence at the citizen's", "s"),
        Metric("silence_clerk", "silence at the clerk's", "s"),
        Metric("picture", "picture stands still, worse side", "s"),
        Metric("socket", "citizen's socket back", "s"),
    ),
    [
        Scenario(f"switch-{name}", words, event, RTT60, nat="cone", goals={"silence": goal})
        for name, words, event, goal in SWITCHES
    ]
    + [
        Scenario(
            f"switch-{name}-cut",
            f"{words}; all sockets die",
            event,
            RTT60,
            nat="cone",
            cut=True,
            goals={"silence": goal},
        )
        for name, words, event, goal in SWITCHES[:3]
    ],
    "At RTT 60 ms, cone NATs. The rig's own floor for a lost WLAN is 2.0 to 2.3 s: Chromium on "
    "Linux tells its WebRTC of new interfaces that late.",
)


def _loss(name: str, loss: float, burst: int, goals: Mapping[str, float]) -> Scenario:
    line = Line(delay=100, rate=1000, loss=loss, burst=burst)
    return Scenario(f"loss-{name}", line.words, line=line, goals=goals)


LOSS = Group(
    "loss",
    "Loss",
    (
        Metric("concealed", "concealed sound, mean of both ways", "%", 2),
        Metric("stoi", "intelligibility (STOI), mean of both ways", "", 3, True),
        Metric("freeze", "longest freeze, worse side", "s"),
        Metric("frozen", "frozen by the browser's count, both sides", "s"),
        Metric("fps", "pictures a second, mean of both", "", 1, True),
        Metric("buffer", "sound waits in the buffer, worse side", "s", 2),
    ),
    (
        _loss("none", 0.0, 1, {"stoi": 0.98}),
        _loss("10", 0.1, 1, {"concealed": 0.4, "stoi": 0.98}),
        _loss("20", 0.2, 1, {"concealed": 1.3, "stoi": 0.95, "freeze": 1.0}),
        _loss("30", 0.3, 1, {"concealed": 3.5, "stoi": 0.93}),
        _loss("burst", 0.2, 4, {"concealed": 6.8}),
        Scenario(
            "loss-tls",
            "RTT 200 ms, 1 Mbit/s, 5 % loss, only TCP 443 open at the citizen's",
            line=Line(delay=100, rate=1000, loss=0.05, open="tcp443"),
            nat="cone",
            goals={"buffer": 0.7},
        ),
    ),
)

PATHS = Group(
    "paths",
    "Firewalls",
    (
        Metric("connected", "connected", "%", 0, True),
        Metric("both", "both see each other", "ms", 0),
    ),
    tuple(
        Scenario(f"paths-{name}", words, nat=nat, line=line, desk=desk, goals={"connected": 100.0})
        for name, words, nat, line, desk in (
            ("443-citizen", "only TCP 443 open at the citizen's", "cone", TLS60, LAN),
            ("443-both", "only TCP 443 open at both", "cone", TLS60, wall(TLS60)),
            (
                "443-symmetric",
                "only TCP 443 open at both, symmetric NATs",
                "symmetric",
                TLS60,
                wall(TLS60),
            ),
            (
                "443-slow",
                "only TCP 443 open at both, RTT 200 ms, 1 Mbit/s",
                "cone",
                TLS200,
                wall(TLS200),
            ),
            ("no-udp", "no UDP at both", "cone", NO_UDP, wall(NO_UDP)),
        )
    ),
)

NOTHING_OPEN = Group(
    "nothing",
    "Nothing open",
    (
        Metric("citizen", "the citizen reads why", "s"),
        Metric("clerk", "the clerk reads why", "s"),
        Metric("phone", "telephone number at the desk", "s"),
    ),
    (
        Scenario(
            "nothing-open",
            "only the office's own page gets through at both",
            line=SHUT,
            desk=wall(SHUT),
            nat="cone",
            goals={"citizen": 10, "clerk": 10, "phone": 10},
        ),
    ),
    "The plain page says nothing at all in such a case, so it is not asked.",
    kinds=("ours",),
)

OUTAGE = Group(
    "outage",
    "Signalling away",
    (
        Metric("silence", "sound lost, worse side", "s"),
        Metric("freeze", "longest time without a new picture, worse side", "s"),
        Metric("socket", "socket back after the server, worse side", "s", 2),
    ),
    tuple(
        Scenario(
            f"outage-{seconds}",
            f"server killed, back after {seconds} s",
            line=RTT60,
            nat="cone",
            seconds=seconds,
            goals={"silence": 0, "freeze": 0.5, "socket": 0.6},
        )
        for seconds in (15, 60)
    ),
)

RELOAD = Group(
    "reload",
    "Reload by the citizen",
    (
        Metric("picture", "picture again at the citizen's", "s", 2),
        Metric("silence", "sound missed at the clerk's", "s", 2),
    ),
    (
        Scenario("reload-rtt60", "RTT 60 ms", line=RTT60, nat="cone", goals={"picture": 1.0}),
        Scenario("reload-rtt200", "RTT 200 ms, 1 Mbit/s", line=RTT200, nat="cone"),
    ),
)

FIREFOX = Group(
    "firefox",
    "Firefox with Chromium",
    (
        Metric("both", "both see each other", "ms", 0),
        Metric("pictures", "pictures shown a second, worse side", "", 0, True),
        Metric("sound", "time with real sound, worse side", "%", 0, True),
        Metric("early", "packets that left too early", "", 0),
    ),
    tuple(
        Scenario(
            f"firefox-{seat}-{way}",
            f"the {seat} has Firefox, {words}",
            line=replace(RTT60, open=what if seat == "citizen" else "all"),
            desk=Line(open=what if seat == "clerk" else "all"),
            nat=nat,
            firefox=seat,
            goals={"pictures": 10, "sound": 95, "early": 0},
        )
        for seat in ("citizen", "clerk")
        for way, words, what, nat in (
            ("direct", "cone NATs: direct", "all", "cone"),
            ("turn", "symmetric NATs: TURN over UDP", "all", "symmetric"),
            ("tls", "only TCP 443 open at it: TURN over TLS", "tcp443", "cone"),
        )
    ),
    "Debian's Firefox ESR, which plays a picture and a tone of its own, in our real pages. "
    "RTT 60 ms.",
    story="Path of the last run",
    kinds=("ours",),
)

GROUPS = (FIRST, SIZE, SWITCH, LOSS, PATHS, NOTHING_OPEN, OUTAGE, RELOAD, FIREFOX)

QUICK = (  # one of each sort; see docs/netlab.md
    *("first-lan-direct", "first-rtt60-direct", "first-rtt200-direct", "first-rtt200-tls"),
    "first-rtt60-held",
    *("switch-bbm", "switch-mbb", "switch-silent", "switch-glitch"),
    *("loss-10", "loss-20", "loss-burst", "nothing-open", "outage-15", "reload-rtt60"),
)


def quick() -> list[tuple[Group, list[Scenario]]]:
    """The scenarios of the quick table."""
    found = ((group, [s for s in group.scenarios if s.name in QUICK]) for group in GROUPS)
    return [(group, scenarios) for group, scenarios in found if scenarios]


def chosen(names: Sequence[str]) -> list[tuple[Group, list[Scenario]]]:
    """The scenarios whose name or group begins with one of these; all without any.

    Raises ValueError naming what fits nothing.
    """
    for name in names:
        if not any(s.name.startswith(name) for g in GROUPS for s in g.scenarios):
            raise ValueError(name)
    found = []
    for group in GROUPS:
        fitting = [s for s in group.scenarios if not names or s.name.startswith(tuple(names))]
        if fitting:
            found.append((group, fitting))
    return found
