"""From a drawn card to frames of a camera: hands, light, lens and the video's coder.

Every step is a function from a frame (BGR uint8, height x width x 3) to a frame; chance comes
from a seeded numpy generator. `place` says where the card's corners are, as float32 (4, 2):
top left, top right, bottom right, bottom left of the card, in pixels.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
import cv2
import numpy as np

HD = (1280, 720)


def background(rng: np.random.Generator, size: tuple[int, int] = HD) -> np.ndarray:
    """A cluttered room out of focus: shades, edges, things, a striped cloth."""
    wide, high = size
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    base = rng.uniform(40, 190, 3)
    slope = rng.uniform(-60, 60, (2, 3))
    room = base + (x / wide)[..., None] * slope[0] + (y / high)[..., None] * slope[1]
    room = np.clip(room, 0, 255).astype(np.uint8)
    for _ in range(rng.integers(12, 30)):
        colour = tuple(float(c) for c in rng.integers(10, 245, 3))
        at, extent = rng.integers((0, 0), size), rng.integers(20, 300, 2)
        if rng.random() < 0.5:
            box = cv2.boxPoints((at.tolist(), extent.tolist(), float(rng.uniform(0, 90))))
            cv2.fillPoly(room, [box.astype(np.int32)], colour)
        else:
            cv2.ellipse(room, at.tolist(), (extent // 2).tolist(), 0, 0, 360, colour, -1)
    stripes = ((x + y * rng.uniform(-1, 1)) // rng.uniform(8, 30)) % 2
    part = room[high // 2 :, : wide // 3]
    part[:] = np.clip(part + 25.0 * stripes[: part.shape[0], : part.shape[1], None], 0, 255)
    return cv2.GaussianBlur(room, (0, 0), float(rng.uniform(1, 4)))


def corners(
    card: np.ndarray,
    width: float,
    centre: tuple[float, float] = (640, 360),
    turn: float = 0.0,
    tilt: tuple[float, float] = (0.0, 0.0),
) -> np.ndarray:
    """Where the card's corners are: `width` pixels wide, turned by degrees, tilted.

    `tilt` is the perspective: 0.15 makes the far edge 15 % shorter than the near one (right edge
    against left, then foot against head).
    """
    high = width * card.shape[0] / card.shape[1]
    quad = np.float32([[-width, -high], [width, -high], [width, high], [-width, high]]) / 2
    away = 1 + (tilt[0] * quad[:, :1] / width + tilt[1] * quad[:, 1:] / high)
    angle = np.deg2rad(turn)
    spin = np.float32([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return (quad / away @ spin + np.float32(centre)).astype(np.float32)


def place(card: np.ndarray, ground: np.ndarray, quad: np.ndarray) -> np.ndarray:
    """The card lying on the ground at these corners, with round edges and a soft shadow."""
    high, wide = card.shape[:2]
    size = (ground.shape[1], ground.shape[0])
    # first made small (a camera averages over its pixels), then bent
    sides = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    scale = min(1.0, 1.1 * max(sides[0], sides[2]) / wide)
    small = cv2.resize(card, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    high, wide = small.shape[:2]
    mask = np.zeros((high, wide), np.uint8)
    radius = max(1, round(wide * 0.037))
    cv2.rectangle(mask, (radius, 0), (wide - 1 - radius, high - 1), 255, -1)
    cv2.rectangle(mask, (0, radius), (wide - 1, high - 1 - radius), 255, -1)
    for at in ((radius, radius), (wide - 1 - radius, radius)):
        cv2.circle(mask, at, radius, 255, -1)
        cv2.circle(mask, (at[0], high - 1 - radius), radius, 255, -1)
    edge = np.float32([[0, 0], [wide, 0], [wide, high], [0, high]]) - 0.5
    bend = cv2.getPerspectiveTransform(edge, np.float32(quad) - 0.5)
    seen = cv2.warpPerspective(
        small, bend, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    share = cv2.warpPerspective(mask, bend, size, flags=cv2.INTER_LINEAR)[..., None] / 255.0
    shadow = cv2.GaussianBlur(np.roll(share[..., 0], (5, 4), (0, 1)), (0, 0), 6)[..., None]
    return np.uint8(ground * (1 - 0.35 * shadow) * (1 - share) + seen * share)


def shaken(frame: np.ndarray, pixels: float, degrees: float = 0.0) -> np.ndarray:
    """Blurred by a motion of so many pixels while the shutter was open."""
    if pixels < 1:
        return frame
    reach = int(np.ceil(pixels)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for step in np.linspace(-0.5, 0.5, 8 * reach):
        angle = np.deg2rad(degrees)
        x = reach + step * pixels * np.cos(angle)
        y = reach + step * pixels * np.sin(angle)
        kernel[round(y), round(x)] += 1
    return cv2.filter2D(frame, -1, kernel / kernel.sum())


def defocused(frame: np.ndarray, sigma: float) -> np.ndarray:
    """Out of focus; sigma in pixels."""
    return cv2.GaussianBlur(frame, (0, 0), sigma) if sigma > 0 else frame


def glaring(
    frame: np.ndarray,
    centre: tuple[float, float],
    strength: float = 260,
    radii: tuple[float, float] = (110, 60),
    degrees: float = 0.0,
) -> np.ndarray:
    """A lamp's reflection: a soft bright spot that saturates (+150 is readable, +260 is not)."""
    high, wide = frame.shape[:2]
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    angle = np.deg2rad(degrees)
    dx, dy = x - centre[0], y - centre[1]
    along = dx * np.cos(angle) + dy * np.sin(angle)
    across = dy * np.cos(angle) - dx * np.sin(angle)
    spot = strength * np.exp(-((along / radii[0]) ** 2 + (across / radii[1]) ** 2) / 2)
    return np.clip(frame + spot[..., None], 0, 255).astype(np.uint8)


def lit(frame: np.ndarray, gain: float) -> np.ndarray:
    """Darker (below 1) or brighter."""
    return cv2.convertScaleAbs(frame, alpha=gain)


def noisy(frame: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """A sensor's noise, normal in each channel."""
    grain = rng.normal(0, sigma, frame.shape)
    return np.clip(frame + grain, 0, 255).astype(np.uint8)


def vp8(frames: Sequence[np.ndarray], kbit: int = 1500, fps: int = 15) -> Iterator[np.ndarray]:
    """What arrives of these frames through VP8 as a browser sends it (real time, fixed rate)."""
    high, wide = frames[0].shape[:2]
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = wide, high, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, fps), Fraction(fps, 1)
    encoder.bit_rate = kbit * 1000
    encoder.gop_size = 3000
    encoder.options = {
        "deadline": "realtime",
        "cpu-used": "-6",
        "lag-in-frames": "0",
        "qmin": "2",
        "qmax": "56",
        "undershoot-pct": "100",
        "overshoot-pct": "15",
        "bufsize": f"{kbit * 1000}",
        "minrate": f"{kbit * 1000}",
        "maxrate": f"{kbit * 1000}",
        "static-thresh": "1",
        "noise-sensitivity": "0",
    }
    decoder = av.CodecContext.create("vp8", "r")
    for at, pixels in enumerate(frames):
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="bgr24")
        picture.pts = at
        for packet in encoder.encode(picture.reformat(format="yuv420p")):
            for back in decoder.decode(packet):
                yield back.to_ndarray(format="bgr24")
