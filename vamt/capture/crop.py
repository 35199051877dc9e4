"""The document cut out of a frame and laid flat.

Sizes are those of ISO/IEC 7810 (ID-1) and ICAO 9303-4 (TD3, one page). A quad is four corners of
the document in pixels of the frame, float32 (4, 2), in the order top left, top right, bottom
right, bottom left as the document is held (not as it is printed).
"""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from vamt.identity import Document

Quad: TypeAlias = NDArray[np.float32]
Picture: TypeAlias = NDArray[np.uint8]

ID_1 = (85.6, 54.0)  # mm
TD3 = (125.0, 88.0)


def size(document: Document) -> tuple[float, float]:
    """Width and height in millimetres."""
    return TD3 if document is Document.PASSPORT else ID_1


def aspect(document: Document) -> float:
    """Width over height."""
    width, height = size(document)
    return width / height


def shape(document: Document, width: int) -> tuple[int, int]:
    """Width and height in pixels of a flat picture that is so wide."""
    return width, round(width / aspect(document))


def rectangle(width: float, height: float) -> Quad:
    """The corners of a flat picture, measured at the outer borders of its pixels."""
    corners = [[0, 0], [width, 0], [width, height], [0, height]]
    # OpenCV counts from the centres of pixels: the border of the first lies at -0.5
    return np.array(corners, np.float32) - np.float32(0.5)


def rectify(frame: Picture, quad: Quad, document: Document, width: int = 1011) -> Picture:
    """The document as a flat picture, BGR uint8; 1011 x 638 for ID-1 (300 dpi).

    What lies outside of the frame is black.
    """
    wide, high = shape(document, width)
    flat = cv2.getPerspectiveTransform(
        np.asarray(quad, np.float32), rectangle(wide, high), cv2.DECOMP_SVD
    )
    # a much smaller picture is taken in two steps, or its pixels would be picked, not averaged
    shrink = float(np.linalg.norm(quad[1] - quad[0])) / wide
    if shrink > 2:
        smaller = cv2.resize(
            frame, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA
        )
        return rectify(np.asarray(smaller, np.uint8), (quad + 0.5) / shrink - 0.5, document, width)
    flags = cv2.INTER_CUBIC if width > 640 else cv2.INTER_LINEAR
    return cv2.warpPerspective(frame, flat, (wide, high), flags=flags).astype(np.uint8, copy=False)
