"""Makes one picture of a card out of several: against glare that moves, and a shaking hand.

The cards come cut out (`crop.rectify`), so they lie on each other but for some pixels. They are
laid exactly over the sharpest one; then each pixel is the 20th percentile of all: print stays
dark, and a reflection that wanders is bright in few of them.
"""

from collections.abc import Sequence

import cv2
import numpy as np

MOST = 10  # pictures; more cost time and bring nothing
SHARE = 20  # percent
ZONE = 0.58  # of the height, from where the zone may begin; its print is what is laid over
SMALL = 480  # pixels of width at which pictures are compared
STILL = 0.85  # of the best sharpness; what is more shaken would only add shadows
FIT = 0.4  # correlation of the print from which on pictures show the same


def fuse(cards: Sequence[np.ndarray]) -> np.ndarray:
    """One card out of up to ten of the same size (BGR uint8), the newest last."""
    cards = list(cards)[-MOST:]
    steep = [sharpness(card) for card in cards]
    still = [card for card, one in zip(cards, steep, strict=True) if one > STILL * max(steep)]
    first = cards[steep.index(max(steep))]
    if len(still) < 3:
        return first  # a percentile of two is the darker one
    pattern = _print_of(first)
    laid = [first, *(_laid_over(card, pattern) for card in still if card is not first)]
    fitting = [card for card in laid if card is not None]
    if len(fitting) < 3:
        return first
    return np.percentile(np.stack(fitting), SHARE, axis=0, method="nearest").astype(np.uint8)


def sharpness(card: np.ndarray) -> float:
    """How steep the edges in the card's zone are, for its contrast; about 2.7 where it is good.

    The 97th percentile of the slope after the grey values were stretched. More telling of what
    can be read than the variance of the Laplacian.
    """
    grey = _zone(card).astype(np.float32)
    low, high = np.percentile(grey, (2, 98))
    stretched = ((grey - low) / max(high - low, 10.0)).astype(np.float32)
    across = cv2.Sobel(stretched, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(stretched, cv2.CV_32F, 0, 1)
    return float(np.percentile(np.abs(across) + np.abs(down), 97))


def _zone(card: np.ndarray) -> np.ndarray:
    """The part of the card where the zone is, grey and small."""
    return _small(card[round(card.shape[0] * ZONE) :])


def _small(card: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(card, cv2.COLOR_BGR2GRAY)
    scale = SMALL / grey.shape[1]
    return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _print_of(card: np.ndarray) -> np.ndarray:
    """Print without light: grey values less their surroundings', at one contrast everywhere.

    A glare's slopes would pull the pictures apart if they were compared as they are.
    """
    grey = _small(card).astype(np.float32)
    above = grey - cv2.GaussianBlur(grey, (0, 0), 4)
    contrast = np.sqrt(cv2.GaussianBlur(above * above, (0, 0), 8))
    return np.asarray(above / (contrast + 8), dtype=np.float32)


def _laid_over(card: np.ndarray, pattern: np.ndarray) -> np.ndarray | None:
    """The card moved, turned and sheared onto the other one's print; None if they do not fit."""
    mine = _print_of(card)
    window = cv2.createHanningWindow(mine.shape[::-1], cv2.CV_32F)
    (across, down), _ = cv2.phaseCorrelate(pattern, mine, window)
    if np.hypot(across, down) > 0.08 * SMALL:
        across = down = 0.0
    start = np.array([[1, 0, across], [0, 1, down]], dtype=np.float32)
    steps = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-4)
    everywhere = np.full(mine.shape, 255, np.uint8)
    try:
        fit, found = cv2.findTransformECC(
            pattern, mine, start, cv2.MOTION_AFFINE, steps, everywhere, 5
        )
    except cv2.error:  # does not converge: another card, or all glare
        return None
    if fit < FIT:
        return None
    warp = np.array(found, dtype=np.float64)
    warp[:, 2] *= card.shape[1] / SMALL  # in the pixels of the whole card
    return cv2.warpAffine(
        card,
        warp,
        card.shape[1::-1],
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
