"""From an image file whose header was read to pixels of the house's form. Called in the bounded child only."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.decoding import pgm, wsq_door
from biometrics.decoding.cursor import Unreadable
from biometrics.decoding.header import ImageHeader
from biometrics.errors import Reason
from biometrics.sample import SampleFormat

__all__ = ["eight_bits", "pixels_of", "turned", "without_alpha"]

# Rows worked on at a time, to stay within the processor's cache.
_STRIP = 16


def pixels_of(data: bytes, header: ImageHeader) -> NDArray[np.uint8]:
    """Decodes: uint8, shape (height, width), or (height, width, 3) where any pixel has colour; upright.

    Sixteen bits become eight, transparent parts white.

    Raises:
        Unreadable: the decoder gave up or found something else than the header said.
    """
    if header.format is SampleFormat.WSQ:
        return wsq_door.decompress(data, header.width, header.height)
    if header.format is SampleFormat.PGM:
        width, height, begin = pgm.read(data)
        return np.frombuffer(data, np.uint8, width * height, begin).reshape(height, width)
    stored = _decoded(data)
    if stored.shape[:2] != (header.height, header.width):
        raise Unreadable(Reason.SAMPLE_MALFORMED, f"the decoder found {stored.shape}, unlike the header")
    image = without_alpha(eight_bits(stored))
    return turned(_grey_if_grey(image), header.orientation)


def _decoded(data: bytes) -> NDArray[np.generic]:
    """What OpenCV makes of it, unconverted."""
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as problem:
        if problem.code == cv2.Error.STS_NO_MEM:
            raise Unreadable(Reason.SAMPLE_MEMORY, "the decoder wants more memory") from problem
        raise Unreadable(Reason.SAMPLE_MALFORMED, f"the decoder refused: {problem.err[:120]}") from problem
    if found is None:
        raise Unreadable(Reason.SAMPLE_MALFORMED, "the decoder gave up")
    return np.asarray(found)


def eight_bits(image: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Sixteen bits scaled so that full white stays full white; eight bits as they are.

    Raises:
        Unreadable: pixels of another type.
    """
    if image.dtype == np.uint8:
        return image.astype(np.uint8, copy=False)
    if image.dtype == np.uint16:
        return np.asarray(cv2.convertScaleAbs(np.asarray(image, np.uint16), alpha=1 / 257), np.uint8)
    raise Unreadable(Reason.SAMPLE_FORMAT, f"pixels of type {image.dtype}")


def without_alpha(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The image on white paper where it has a fourth channel.

    Raises:
        Unreadable: neither one, three nor four channels.
    """
    channels = image.shape[2] if image.ndim == 3 else 1
    if channels not in (1, 3, 4):
        raise Unreadable(Reason.SAMPLE_FORMAT, f"{channels} channels")
    if channels == 1:
        return image.reshape(image.shape[:2])
    if channels == 3:
        return image
    alpha = np.asarray(cv2.extractChannel(image, 3), np.uint8)
    colour = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2BGR), np.uint8)
    if cv2.minMaxLoc(alpha)[0] == 255:
        return colour
    for top in range(0, len(colour), _STRIP):
        rows = slice(top, top + _STRIP)
        opaque = alpha[rows, :, None].astype(np.uint16)
        colour[rows] = (colour[rows] * opaque + ((255 - opaque) * 255 + 127)) // 255
    return colour


def _grey_if_grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One channel where all three are equal everywhere, as in a greyscale with a palette."""
    if image.ndim == 2:
        return image
    blue, green, red = (np.asarray(cv2.extractChannel(image, channel), np.uint8) for channel in range(3))
    return green if np.array_equal(blue, green) and np.array_equal(green, red) else image


def turned(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """The image as EXIF orientation 1 to 8 says it is to be seen (JEITA CP-3451 4.6.4 A)."""
    if orientation >= 5:
        image = image.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)
