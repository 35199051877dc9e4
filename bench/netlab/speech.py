"""How well the speech that arrived is understood: STOI of what was heard against what was said.

Short-time objective intelligibility (Taal et al. 2011), 0 to 1. Said is what left the other
side's microphone after the browser's own echo and noise filters, so only the way is judged. A
jitter buffer stretches and shrinks time, which nobody hears but STOI would take for noise: so
each piece of what was heard is found in what was said, and inside it the words are laid under
it bit by bit.
"""

import base64
import importlib
from functools import cache
from typing import Any

RATE = 10000  # Hz, of the recordings and of STOI itself
PIECE = 3 * RATE
BIT = RATE * 3 // 10
EDGE = RATE // 8  # what a bit is compared with beyond its own ends
DRIFT = RATE // 8  # how far a bit may lie from the one before
BETTER = 1.02  # a bit is moved only where it fits clearly better: joins cost, too
HUSH = 1e4  # power below which it is silence, where nothing can be compared


@cache
def _library(name: str) -> Any:
    """numpy and pystoi are needed by the lab alone; the product does without."""
    return importlib.import_module(name)


def samples(recording: str) -> Any:
    """A recording of the page's, base64 of 16-bit samples."""
    return _library("numpy").frombuffer(base64.b64decode(recording), "<i2").astype(float)


def _likeness(said: Any, heard: Any) -> Any:
    """How well `heard` fits at each place in `said`."""
    np = _library("numpy")
    size = 1 << (len(said) + len(heard)).bit_length()
    match = np.fft.irfft(np.fft.rfft(said, size) * np.conj(np.fft.rfft(heard, size)), size)
    room = len(said) - len(heard) + 1
    power = np.cumsum(np.concatenate([[0.0], said**2]))
    return match[:room] / np.sqrt(power[len(heard) :][:room] - power[:room] + HUSH * len(heard))


def aligned(said: Any, heard: Any) -> Any:
    """The part of what was said that belongs to this piece of what was heard."""
    np = _library("numpy")
    lag = int(np.argmax(_likeness(said, heard)))
    bits = []
    for start in range(0, len(heard), BIT):
        first, last = max(0, start - EDGE), min(len(heard), start + BIT + EDGE)
        low = max(0, lag + first - DRIFT)
        fits = _likeness(said[low : lag + last + DRIFT], heard[first:last])
        best, here = int(np.argmax(fits)), min(max(0, lag + first - low), len(fits) - 1)
        if fits[best] > BETTER * fits[here]:
            lag = low + best - first
        begin = max(0, lag + start)
        bits.append(said[begin : begin + min(BIT, len(heard) - start)])
    return np.concatenate(bits)


def intelligibility(said: Any, heard: Any) -> float:
    """Mean STOI of what was heard, piece by piece; 0 where there is nothing."""
    np = _library("numpy")
    stoi = _library("pystoi").stoi
    if len(said) < 2 * PIECE or len(heard) < 2 * PIECE:
        return 0.0
    found = []
    # not the first second: it was said before the recording began
    for start in range(RATE, len(heard) - PIECE + 1, PIECE):
        piece = heard[start : start + PIECE]
        words = aligned(said, piece)
        length = min(len(words), len(piece))
        enough = piece.any() and length > PIECE // 2
        found.append(float(stoi(words[:length], piece[:length], RATE)) if enough else 0.0)
    return float(np.mean(found))
