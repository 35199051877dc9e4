"""Carry out one run of a scenario: set the network, bring two people together, let it happen."""

import asyncio
import contextlib
import re
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bench.netlab import hosts, probes, speech
from bench.netlab.hosts import OFFICE, PLAIN, WLAN, WWAN
from bench.netlab.lines import Line, Lines
from bench.netlab.people import Conversation, Driver, Kind, until
from bench.netlab.probes import NEVER
from bench.netlab.scenarios import Group, Scenario

Figures = dict[str, Any]

SETTLE = 4.0  # s; at a round trip of 200 ms a search through TLS takes 2.3 s
RUNG = 0.8  # share of the time she lets it ring after which is counted what has left so far
WARM = 5.0  # s from the first picture to an event
BAD = 8.0  # s a line is bad before its window begins
GROWTH = 12.0  # s a picture may take to its full size
TALK = 5.0  # s that two kinds of browsers must see and hear each other
FIRST = 3.0  # s in which a picture makes its first impression
BEFORE = 2.0  # s the second network is up before the first goes (make before break)
HOLE = 0.5  # s without any network (break before make)
SYSTEM = 3.0  # s until the system leaves a dead WLAN
GLITCH = 4.0  # s
AFTER = 3.0  # s watched after everything is well again
WATCH = 25.0  # s until "never"
SILENT_PATIENCE = 20.0  # s a page has to say why nothing works
TROUBLE = re.compile(  # words of a sentence that tells why no call comes about, or what helps
    r"firewall|blockier|sperrt|lässt[^|]*(nicht|kein)[^|]* (zu|durch)|ander(es|en) Netz|"
    r"mobile Daten|Mobilfunk|direkte Verbindung|kein Weg",
    re.IGNORECASE,
)
PHONE = re.compile(r"(\+\d|\b0\d)[\d /-]{6,}\d")


@dataclass
class Rig:
    """What a run needs."""

    lines: Lines
    seconds: float  # of a window that is measured
    judge_speech: bool = True


def now() -> float:
    """ms since 1970, as the pages count."""
    return time.time() * 1000


def lay(rig: Rig, scenario: Scenario, *, clean: bool) -> None:
    """Set NATs and lines; `clean` leaves out what makes loading a page slow, not firewalls."""
    hosts.set_nat(scenario.nat)
    hosts.link_up(WLAN)
    hosts.link_down(WWAN)
    for line, names in ((scenario.line, ("wlan", "wwan")), (scenario.desk, ("lan",))):
        rig.lines.set(Line(open=line.open) if clean else line, *names)


async def run(
    rig: Rig, group: Group, scenario: Scenario, kind: Kind, citizen: Driver, clerk: Driver
) -> Figures:
    """One run; its figures by the keys of the group's metrics, and more for the file."""
    lay(rig, scenario, clean=True)
    talk = await kind.arrive(citizen, clerk)
    try:
        return await ACTS[group.name](rig, scenario, kind, talk)
    finally:
        lay(rig, scenario, clean=True)
        await kind.leave(talk)


async def connect(rig: Rig, scenario: Scenario, kind: Kind, talk: Conversation) -> Figures:
    """Into the waiting room over the scenario's line, call, and wait for both pictures; returns
    what left the pages too early, and what left while it rang.
    """
    lay(rig, scenario, clean=False)
    await kind.enter(talk)
    await asyncio.sleep(SETTLE)
    waiting = await talk.each("__lab.sent()")
    await talk.citizen.evaluate(f"__lab.hold = {scenario.hold * 1000}")
    await talk.click()
    ringing: Figures = {}
    if scenario.hold:
        await asyncio.sleep(scenario.hold * RUNG)
        ringing = await talk.each("__lab.sent()")
    await talk.see_each_other()
    found = {"early": probes.early(waiting, ringing, await talk.citizen.evaluate("__lab.early"))}
    return found | ({"ringing": ringing["clerk"]["video"]} if ringing else {})


async def first(rig: Rig, scenario: Scenario, kind: Kind, talk: Conversation) -> Figures:
    """From the click to the picture on both sides."""
    left = await connect(rig, scenario, kind, talk)
    marks = await talk.each("__lab.marks")
    click = marks["citizen"]["accepted"] if scenario.hold else marks["clerk"]["click"]
    found: Figures = {seat: marks[seat]["frame"] - click for seat in marks}
    found["both"] = max(found.values())
    found["accepted"] = marks["citizen"]["accepted"] - click
    found["path"] = await talk.each("__lab.path()")
    return found | left | {"events": await _events(talk, click)}


async def _events(talk: Conversation, since: float) -> dict[str, list[str]]:
    """What happened in both pages from then on, to find out why a figure is what it is."""
    events = await talk.each("__lab.events")
    return {
        seat: [f"{time - since:.0f} {what}" for time, what in found if time >= since]
        for seat, found in events.items()
    }


async def size(rig: Rig, scenario: Scenario, kind: Kind, talk: Conversation) -> Figures:
    """When the picture has its full size."""
    await connect(rig, scenario, kind, talk)
    await asyncio.sleep(GROWTH)
    sizes, samples = await talk.each("__lab.sizes"), await talk.each("__lab.samples")
    marks = await talk.each("__lab.marks")
    found = {seat: probes.full_size(sizes[seat], NEVER) for seat in sizes}
    return {
        "full": max(time for time, _ in found.values()),
        "height": min(sizes[seat][-1][2] for seat in sizes),
        "coarse": max(
            probes.coarseness(samples[seat], marks[seat]["frame"], FIRST) for seat in samples
        ),
        "story": {seat: words for seat, (_, words) in found.items()},
    }


async def firefox(rig: Rig, scenario: Scenario, kind: Kind, talk: Conversation) -> Figures:
    """Whether two kinds of browsers see and hear each other, and over which path."""
    found = await first(rig, scenario, kind, talk)
    await asyncio.sleep(SETTLE)
    before = await talk.each("__lab.totals()")
    await asyncio.sleep(TALK)
    after = await talk.each("__lab.totals()")
    path = await talk.each("__lab.path()")
    change = {s: {k: after[s][k] - before[s].get(k, 0) for k in after[s]} for s in after}
    return found | {
        "pictures": min(c["shown"] * 1000 / c["time"] for c in change.values()),
        "sound": min(probes.heard(c) for c in change.values()),
        "path": path,
        "story": {seat: words or "none" for seat, words in path.items()},
        "change": change,
    }


async def switch(rig: Rig, scenario: Scenario, kind: Kind, talk: Conversation) -> Figures:
    """The citizen's phone changes network in the middle of the call."""
    await connect(rig, scenario, kind, talk)
    await asyncio.sleep(WARM)
    cut = (lambda: hosts.cut_sockets(_address(kind))) if scenario.cut else (lambda: None)
    begun = await EVENTS[scenario.event](rig, scenario, cut)
    limit = begun + WATCH * 1000
    while now() < limit:
        await asyncio.sleep(0.5)
        samples = await talk.each("__lab.samples")
        if all(probes.recovered(heard, begun) for heard in samples.values()):
            await asyncio.sleep(AFTER)
            break
    lost = scenario.cut or scenario.event != "glitch"  # its address went, or it was killed
    return await _holes(talk, begun, lost)


async def _holes(talk: Conversation, begun: float, line_lost: bool) -> Figures:
    """What was missing of sound and picture since then, on both sides."""
    end = now()
    samples, frames = await talk.each("__lab.samples"), await talk.each("__lab.frames")
    sockets = await talk.each("__lab.sockets")
    quiet = {seat: probes.silence(heard, begun, end) for seat, heard in samples.items()}
    still = {seat: probes.picture_gone(seen, begun, end) for seat, seen in frames.items()}
    return {
        "silence": max(quiet.values()),
        "silence_citizen": quiet["citizen"],
        "silence_clerk": quiet["clerk"],
        "picture": max(still.values()),
        "socket": probes.line_back(sockets["citizen"], begun, line_lost),
        "holes": {
            seat: [
                (round((a - begun) / 1000, 2), round((b - begun) / 1000, 2))
                for a, b in probes.holes(heard, begun, end)
            ]
            for seat, heard in samples.items()
        },
        "watched": (end - begun) / 1000,
        "events": await _events(talk, begun),
    }


def _address(kind: Kind) -> str:
    return OFFICE if kind.name == "ours" else PLAIN


async def _bbm(_: Rig, __: Scenario, cut: Callable[[], None]) -> float:
    begun = now()
    hosts.link_down(WLAN)
    cut()
    await asyncio.sleep(HOLE)
    hosts.link_up(WWAN)
    return begun


async def _mbb(_: Rig, __: Scenario, cut: Callable[[], None]) -> float:
    hosts.link_up(WWAN)
    await asyncio.sleep(BEFORE)
    begun = now()
    hosts.link_down(WLAN)
    cut()
    return begun


async def _silent(rig: Rig, _: Scenario, cut: Callable[[], None]) -> float:
    begun = now()
    rig.lines.set(Line(open="none"), "wlan")
    cut()
    await asyncio.sleep(SYSTEM)
    hosts.link_down(WLAN)
    hosts.link_up(WWAN)
    return begun


async def _glitch(rig: Rig, scenario: Scenario, _: Callable[[], None]) -> float:
    begun = now()
    rig.lines.set(Line(open="none"), "wlan")
    await asyncio.sleep(GLITCH)
    rig.lines.set(scenario.line, "wlan")
    return begun


EVENTS: dict[str, Callable[[Rig, Scenario, Callable[[], None]], Awaitable[float]]] = {
    "bbm": _bbm,
    "mbb": _mbb,
    "silent": _silent,
    "glitch": _glitch,
}


async def loss(rig: Rig, scenario: Scenario, kind: Kind, talk: Conversation) -> Figures:
    """A window of a call over a bad line."""
    await kind.enter(talk)
    await talk.click()
    await talk.see_each_other()
    lay(rig, scenario, clean=False)
    await asyncio.sleep(BAD)
    before = await talk.each("__lab.totals()")
    begun = now()
    if rig.judge_speech:
        await talk.each("__lab.tap()")
    await asyncio.sleep(rig.seconds)
    end = now()
    after = await talk.each("__lab.totals()")
    frames = await talk.each("__lab.frames")
    change = {s: {k: after[s][k] - before[s].get(k, 0) for k in after[s]} for s in after}
    found: Figures = {
        "concealed": _mean(probes.share(c["concealed"], c["samples"]) for c in change.values()),
        "freeze": max(probes.longest_gap(seen, begun, end) for seen in frames.values()),
        "frozen": sum(c["frozen"] for c in change.values()),
        "fps": _mean(c["shown"] / rig.seconds for c in change.values()),
        "buffer": max(c["buffered"] / max(1, c["emitted"]) for c in change.values()),
        "change": change,
    }
    if rig.judge_speech:
        recorded = await talk.each("__lab.untap()")
        sound = {
            seat: {name: speech.samples(text) for name, text in both.items()}
            for seat, both in recorded.items()
        }
        pairs = (("citizen", "clerk"), ("clerk", "citizen"))
        found["stoi"] = _mean(
            [
                await asyncio.to_thread(
                    speech.intelligibility, sound[other]["said"], sound[seat]["heard"]
                )
                for seat, other in pairs
            ]
        )
    return found


def _mean(values: Iterable[float]) -> float:
    return float(statistics.fmean(values))


async def paths(rig: Rig, scenario: Scenario, kind: Kind, talk: Conversation) -> Figures:
    """Whether a call comes about at all, and how soon."""
    try:
        return {"connected": 100.0, **await first(rig, scenario, kind, talk)}
    except AssertionError:
        return {"connected": 0.0, "both": NEVER}


async def nothing(rig: Rig, scenario: Scenario, kind: Kind, talk: Conversation) -> Figures:
    """What both read when no picture can ever come."""
    lay(rig, scenario, clean=False)
    await kind.enter(talk)
    await asyncio.sleep(SETTLE)
    await talk.click()
    told: Figures = {"citizen": NEVER, "clerk": NEVER, "phone": NEVER}
    words: dict[str, Any] = {}
    end = time.monotonic() + SILENT_PATIENCE
    click = (await talk.clerk.evaluate("__lab.marks"))["click"]
    while time.monotonic() < end and NEVER in told.values():
        await asyncio.sleep(0.2)
        words = await talk.each("__lab.words.filter(([t]) => t > 0)")
        for seat, said in words.items():
            times = [t for t, text in said if t > click and TROUBLE.search(text)]
            told[seat] = (times[0] - click) / 1000 if times else NEVER
        if told["phone"] == NEVER and kind.name == "ours":
            desk = await talk.clerk.evaluate("document.querySelector('main').innerText")
            if PHONE.search(desk):
                told["phone"] = (now() - click) / 1000
    told["words"] = {seat: [t for when, t in said if when > click] for seat, said in words.items()}
    return told


async def outage(rig: Rig, scenario: Scenario, kind: Kind, talk: Conversation) -> Figures:
    """The server dies in the middle of the call and comes back."""
    await connect(rig, scenario, kind, talk)
    await asyncio.sleep(WARM)
    begun = now()
    kind.server.kill()
    await asyncio.sleep(scenario.seconds)
    await asyncio.to_thread(kind.server.start)
    back = now()
    await asyncio.sleep(AFTER + 2)
    end = now()
    found = await _holes(talk, begun, True)
    frames, sockets = await talk.each("__lab.frames"), await talk.each("__lab.sockets")
    found["freeze"] = max(probes.longest_gap(seen, begun, end) for seen in frames.values())
    lines = [probes.line_back(lives, begun, True) for lives in sockets.values()]
    found["socket"] = max(max(0.0, line - (back - begun) / 1000) for line in lines)
    found["away"] = (back - begun) / 1000
    return found


async def reload(rig: Rig, scenario: Scenario, kind: Kind, talk: Conversation) -> Figures:
    """The citizen reloads her page."""
    await connect(rig, scenario, kind, talk)
    await asyncio.sleep(WARM)
    begun = now()
    page = talk.citizen
    with contextlib.suppress(OSError):  # nobody is left to answer
        await page.evaluate("location.reload()")
    try:
        await until(page, f"__lab.marks.frame > {begun}", "a picture", WATCH)
        picture = (await page.evaluate("__lab.marks.frame") - begun) / 1000
    except AssertionError:
        picture = NEVER
    await asyncio.sleep(AFTER)
    samples = await talk.clerk.evaluate("__lab.samples")
    silence = probes.silence(samples, begun, now())
    return {"picture": picture, "silence": silence, "events": await _events(talk, begun)}


ACTS: dict[str, Callable[[Rig, Scenario, Kind, Conversation], Awaitable[Figures]]] = {
    "first": first,
    "firefox": firefox,
    "size": size,
    "switch": switch,
    "loss": loss,
    "paths": paths,
    "nothing": nothing,
    "outage": outage,
    "reload": reload,
}
