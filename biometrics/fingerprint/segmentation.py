"""Where the print is: contact against background, and the grey image brought to even contrast.

Local mean and deviation are measured on the image reduced fourfold, so that the cost stays small on any image.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.observation import Observer, Stage
from biometrics.fingerprint.parameters import Parameters

__all__ = ["Window", "segment", "with_ridges"]

Floats: TypeAlias = NDArray[np.float32]
Bits: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The part of an image that holds the print, padded by reflection where it reaches the frame.

    `normalised` is float32 (height, width), 0 in the mean, about 1 in deviation. `mask` is uint8 (0 or 1) of a quarter
    of each side. Pixel (0, 0) stands at (`left`, `top`) of the image (multiples of 4, possibly negative).
    """

    normalised: Floats
    mask: Bits
    left: int
    top: int
    inverted: bool


def segment(image: NDArray[np.uint8], parameters: Parameters, observe: Observer) -> Window | Refused:
    """Finds the print in a grey image at 500 ppi, shape (height, width).

    Refuses an image without contrast (`FINGER_NONE`) or with too little print (`FINGER_TOO_SMALL`).
    """
    if min(image.shape) < parameters.smallest_side:
        return Refused(Reason.FINGER_TOO_SMALL, f"image of {image.shape[1]} x {image.shape[0]} px")
    bare, left, top = _without_dark_frame(image, parameters)
    left, top = left - parameters.pad, top - parameters.pad
    canvas = _framed(bare, parameters)
    mean, deviation = _contrast(canvas, parameters)
    lively = deviation[deviation > parameters.contrast_floor]
    if lively.size * parameters.reduction**2 < parameters.smallest_area:
        return Refused(Reason.FINGER_NONE, f"{lively.size * parameters.reduction**2} px with contrast")
    high = float(np.percentile(lively, parameters.high_percentile))
    observe(Stage.CONTRAST, deviation)
    mask = _mask(deviation, high, parameters)
    area = int(np.count_nonzero(mask)) * parameters.reduction**2
    if area < parameters.smallest_area:
        return Refused(Reason.FINGER_TOO_SMALL, f"{area} px of print")
    inverted = _inverted(mean, deviation, mask, parameters)
    rows, columns = _box(mask, parameters.largest_side // parameters.reduction)
    mask = np.ascontiguousarray(mask[rows, columns])
    divisor = (-1.0 if inverted else 1.0) / (deviation[rows, columns] + parameters.normal_share * high)
    step = parameters.reduction
    part = canvas[rows.start * step : rows.stop * step, columns.start * step : columns.stop * step]
    normalised = _normalised(part, mean[rows, columns], divisor, parameters)
    coarse = _coarse_share(normalised, mask, parameters)
    if coarse > parameters.coarse_limit:
        return Refused(Reason.FINGER_NONE, f"{coarse:.2f} of the contrast is coarser than ridges")
    observe(Stage.MASK, mask)
    observe(Stage.NORMALISED, normalised)
    return Window(normalised, mask, left + columns.start * step, top + rows.start * step, inverted)


def with_ridges(window: Window, clear: Floats, parameters: Parameters) -> Window:
    """The window with the mask cut to where ridges were seen; `clear` is their clarity, float32 on the mask's grid.

    Contrast alone takes noise, dirt and the glass's scratches for print.
    """
    seen = _smooth((clear > parameters.seen).view(np.uint8), parameters)
    return replace(window, mask=window.mask & np.asarray(cv2.dilate(seen, _disc(3)), np.uint8))


def _without_dark_frame(image: NDArray[np.uint8], parameters: Parameters) -> tuple[NDArray[np.uint8], int, int]:
    """The image without an even dark frame around it, if its inner edge is sharp; and what went on the left and top.

    Such a frame is no background: programs add it, and some sensors do around their glass.
    """
    extents = []
    for axis in (1, 0):
        places = np.flatnonzero(image.max(axis=axis) > parameters.dark_level)
        if not len(places):
            return image, 0, 0
        extents.append((int(places[0]), int(places[-1]) + 1))
    (top, bottom), (left, right) = extents
    part = image[top:bottom, left:right]
    sides = (
        (top > 0, part[0]),
        (bottom < image.shape[0], part[-1]),
        (left > 0, part[:, 0]),
        (right < image.shape[1], part[:, -1]),
    )
    sharp = all(float(np.median(line)) > parameters.dark_level for framed, line in sides if framed)
    if not sharp or min(part.shape) < parameters.smallest_side:
        return image, 0, 0
    step = parameters.reduction
    left, top = left // step * step, top // step * step
    return image[top:bottom, left:right], left, top


def _framed(image: NDArray[np.uint8], parameters: Parameters) -> NDArray[np.uint8]:
    """The image with its outermost lines replaced, surrounded by reflected print; sides a multiple of the reduction."""
    edge, pad, step = parameters.edge, parameters.pad, parameters.reduction
    height, width = image.shape
    inner = image[edge : height - edge, edge : width - edge]
    side = edge + pad
    return np.asarray(
        cv2.copyMakeBorder(inner, side, side + -height % step, side, side + -width % step, cv2.BORDER_REFLECT), np.uint8
    )


def _contrast(canvas: NDArray[np.uint8], parameters: Parameters) -> tuple[Floats, Floats]:
    """Local mean and local deviation in grey levels, reduced. In bands of rows, so that memory stays small."""
    step = parameters.reduction
    band = step * parameters.band
    means, squares = [], []
    for top in range(0, canvas.shape[0], band):
        grey = canvas[top : top + band].astype(np.float32)
        size = (grey.shape[1] // step, grey.shape[0] // step)
        means.append(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
        squares.append(cv2.resize(cv2.multiply(grey, grey), size, interpolation=cv2.INTER_AREA))
    sigma = parameters.contrast_sigma / step
    mean = cv2.GaussianBlur(np.vstack(means), (0, 0), sigma)
    square = cv2.GaussianBlur(np.vstack(squares), (0, 0), sigma)
    variance = np.maximum(square - mean * mean, 0)
    return np.asarray(mean, np.float32), np.sqrt(variance, dtype=np.float32)


def _normalised(part: NDArray[np.uint8], mean: Floats, divisor: Floats, parameters: Parameters) -> Floats:
    size = part.shape[::-1]
    normalised = part - cv2.resize(mean, size, interpolation=cv2.INTER_LINEAR)
    normalised *= cv2.resize(divisor, size, interpolation=cv2.INTER_LINEAR)
    np.clip(normalised, -parameters.normal_limit, parameters.normal_limit, out=normalised)
    return np.asarray(normalised, np.float32)


def _coarse_share(normalised: Floats, mask: Bits, parameters: Parameters) -> float:
    """Share of the contrast that is coarser than ridges: in prints nearly none, in other pictures a quarter or more."""
    size = (mask.shape[1], mask.shape[0])
    coarse = cv2.resize(normalised, size, interpolation=cv2.INTER_AREA)
    coarse = cv2.GaussianBlur(coarse, (0, 0), parameters.coarse_sigma / parameters.reduction)
    total = cv2.resize(cv2.multiply(normalised, normalised), size, interpolation=cv2.INTER_AREA)
    inside = mask > 0
    return float(np.square(coarse[inside]).sum() / (total[inside].sum() + 1e-6))


def _mask(deviation: Floats, high: float, parameters: Parameters) -> Bits:
    """The largest piece with contrast, smoothed, as 0 and 1."""
    found = (deviation > max(parameters.contrast_share * high, parameters.contrast_floor)).view(np.uint8)
    return np.asarray(cv2.erode(_smooth(found, parameters), _disc(3), borderType=cv2.BORDER_REPLICATE), np.uint8)


def _smooth(found: Bits, parameters: Parameters) -> Bits:
    """The largest piece, without specks, gaps and holes; what touches the frame goes on beyond it."""
    opened = cv2.morphologyEx(found, cv2.MORPH_OPEN, _disc(parameters.opening))
    side = parameters.closing
    framed = cv2.copyMakeBorder(opened, side, side, side, side, cv2.BORDER_REPLICATE)
    closed = np.asarray(cv2.morphologyEx(framed, cv2.MORPH_CLOSE, _disc(side)), np.uint8)[side:-side, side:-side]
    count, labels, figures, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(closed), connectivity=4)
    if count < 2:
        return np.zeros_like(found)
    largest = 1 + int(np.argmax(figures[1:, cv2.CC_STAT_AREA]))
    return _filled((labels == largest).astype(np.uint8))


def _filled(piece: Bits) -> Bits:
    """The piece without holes."""
    outlines, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(piece.copy(), outlines, -1, (1.0,), cv2.FILLED), np.uint8)


def _disc(size: int) -> Bits:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _inverted(mean: Floats, deviation: Floats, mask: Bits, parameters: Parameters) -> bool:
    """Whether ridges are light: then an even background is as dark as the darkest of the print."""
    around = cv2.dilate(mask, _disc(9)) == 0
    if np.count_nonzero(around) < parameters.inverted_area * mask.size:
        return False
    background = mean[around]
    if float(background.std()) > parameters.inverted_spread:
        return False
    inside = mask > 0
    level = float(np.median(background))
    return level < float(np.median(mean[inside] - deviation[inside]))


def _box(mask: Bits, largest: int) -> tuple[slice, slice]:
    """Rows and columns of the mask's box, cut to the largest side around the mask's middle."""
    slices: list[slice] = []
    for axis in (1, 0):
        filled = mask.sum(axis=axis, dtype=np.int64)
        places = np.flatnonzero(filled)
        first, last = int(places[0]), int(places[-1]) + 1
        if last - first > largest:
            middle = int(np.searchsorted(np.cumsum(filled), filled.sum() / 2))
            first = min(max(first, middle - largest // 2), last - largest)
            last = first + largest
        slices.append(slice(first, last))
    return slices[0], slices[1]
