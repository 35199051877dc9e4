"""From what the pages recorded to figures: pure functions, no browser and no clock.

Times are ms since 1970, figures are in seconds unless their name says otherwise.
"""

import math
import statistics
from collections.abc import Mapping, Sequence

SOUND_RATE = 48000  # Hz; browsers count samples of sound at Opus' own rate
HOLE = 0.2  # s; shorter ones are concealed well enough to pass unnoticed
STEADY = 1.0  # s of sound in a row after which it counts as back
NEVER = math.inf

# [time, samples of real sound, packets of sound, sum of quantisers, pictures decoded], so far
Sample = Sequence[float]
Sent = Mapping[str, float]  # packets that left a page: {"audio", "video"}


def holes(samples: Sequence[Sample], since: float, until: float) -> list[tuple[float, float]]:
    """When, from and to, less than half of the time was real sound, for HOLE or longer."""
    found: list[tuple[float, float]] = []
    for before, after in zip(samples, samples[1:], strict=False):
        begin, finish = max(before[0], since), min(after[0], until)
        if finish <= begin:
            continue
        span = (after[0] - before[0]) / 1000
        if (after[1] - before[1]) / SOUND_RATE >= span / 2:
            continue
        if found and begin == found[-1][1]:
            found[-1] = (found[-1][0], finish)
        else:
            found.append((begin, finish))
    return [hole for hole in found if (hole[1] - hole[0]) / 1000 >= HOLE]


def silence(samples: Sequence[Sample], since: float, until: float) -> float:
    """Seconds without sound from `since` until it was back; NEVER when that was not by `until`.

    Back means for STEADY at least; a later hole is another story (a busy machine makes some).
    """
    if not samples:
        return NEVER
    last = min(until, samples[-1][0])
    quiet, end = 0.0, since
    for begin, finish in holes(samples, since, last):
        if quiet and (begin - end) / 1000 >= STEADY:
            break
        quiet, end = quiet + (finish - begin) / 1000, finish
    return quiet if (last - end) / 1000 >= STEADY else NEVER


def recovered(samples: Sequence[Sample], since: float) -> bool:
    """Whether there has been a hole since then and steady sound after it."""
    return bool(samples) and 0 < silence(samples, since, samples[-1][0]) < NEVER


def longest_gap(frames: Sequence[float], since: float, until: float) -> float:
    """The longest time, in seconds, in which no new picture was shown."""
    times = [since, *(t for t in frames if since < t < until), until]
    return max(b - a for a, b in zip(times, times[1:], strict=False)) / 1000


def picture_gone(frames: Sequence[float], since: float, until: float) -> float:
    """Seconds the picture stood still around an event; NEVER when it did so to the end."""
    before = [t for t in frames if t <= since]
    after = [t for t in frames if since < t < until]
    if not after or (until - after[-1]) / 1000 > 2 * STEADY:
        return NEVER
    return longest_gap(frames, before[-1] if before else since, after[-1])


def full_size(sizes: Sequence[Sequence[float]], until: float) -> tuple[float, str]:
    """How long after the first picture the largest one came, and the way there in words."""
    seen = [size for size in sizes if size[0] <= until]
    if not seen:
        return NEVER, ""
    largest = max(size[2] for size in seen)
    first = next(size for size in seen if size[2] == largest)
    words = ", ".join(f"{w:.0f}x{h:.0f} at {(t - seen[0][0]) / 1000:.1f} s" for t, w, h in seen)
    return (first[0] - seen[0][0]) / 1000, words


def coarseness(samples: Sequence[Sample], since: float, seconds: float) -> float:
    """Mean quantiser of the pictures decoded in these seconds: the higher, the more of a blur."""
    window = [s for s in samples if since - 100 <= s[0] <= since + seconds * 1000]
    if len(window) < 2 or window[-1][4] == window[0][4]:
        return NEVER
    return (window[-1][3] - window[0][3]) / (window[-1][4] - window[0][4])


def line_back(sockets: Sequence[dict[str, float]], since: float, lost: bool) -> float:
    """Seconds from `since` to the first word of the server over a new socket.

    `lost` tells that the old one cannot have lived on, even where the browser has not noticed;
    otherwise 0 stands for a socket that did.
    """
    spoken = [s["spoken"] for s in sockets if s["opened"] > since and s["spoken"]]
    if spoken:
        return (min(spoken) - since) / 1000
    alive = [s for s in sockets if s["spoken"] and not s["closed"]]
    return 0.0 if alive and not lost else NEVER


def early(waiting: Mapping[str, Sent], ringing: Mapping[str, Sent], accepting: Sent) -> float:
    """Packets that left although nobody had been called or had accepted yet.

    Of hers until she accepts: none, and none of anybody's while she waits. While it rings, the
    clerk's picture may leave, to be there when she accepts, but no sound.
    """
    hers = max(sum(sent.values()) for sent in (accepting, ringing.get("citizen", {})))
    clerks = sum(waiting["clerk"].values())
    return hers + max(clerks, ringing.get("clerk", {}).get("audio", 0))


def heard(change: Mapping[str, float]) -> float:
    """How much of the time was real sound that is no hush, in per cent, from a page's totals."""
    if change.get("energy", 0) <= 0:
        return 0.0
    real = change["samples"] - change["concealed"]
    return share(real, change["time"] / 1000 * SOUND_RATE)


def share(part: float, whole: float) -> float:
    """In per cent."""
    return 100 * part / whole if whole else NEVER


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, least and most; a median between a figure and never is never."""
    ordered = sorted(values)
    middle = ordered[len(ordered) // 2] if NEVER in ordered else statistics.median(ordered)
    return middle, ordered[0], ordered[-1]
