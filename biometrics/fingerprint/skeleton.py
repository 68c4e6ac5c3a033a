"""Ridges as lines one pixel wide: thinning after Guo and Hall (1989) by table, and the tables to follow such lines.

The eight neighbours of a pixel are one byte: bit k is the neighbour in direction k of `STEPS` (0 is east, counted
towards the south). Each pass of thinning is one 3x3 filter that forms the bytes and a table that says which pixels go.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.parameters import Parameters

__all__ = ["CROSSINGS", "FORWARD", "STARTS", "STEPS", "binarise", "neighbours", "prune", "thin"]

Bits: TypeAlias = NDArray[np.uint8]
Places: TypeAlias = NDArray[np.intp]

# (row, column) of the eight directions.
STEPS = np.array([(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)], np.intp)
_BITS = (np.arange(256)[:, None] >> np.arange(8)) & 1
_WEIGHTS = np.array([[32, 64, 128], [16, 0, 1], [8, 4, 2]], np.float32)


def _crossings() -> Bits:
    """Number of ridges that leave a pixel, per byte (the crossing number of Rutovitz)."""
    return np.asarray((np.roll(_BITS, 1, axis=1) != _BITS).sum(axis=1) // 2, np.uint8)


def _removals(*, even: bool) -> Bits:
    """Guo and Hall's conditions A1, A2 and A3 of one of the two passes, per byte: 0 where the pixel goes, else 1."""
    p = _BITS.astype(bool)
    east, southeast, south, southwest, west, northwest, north, northeast = (p[:, k] for k in range(8))
    runs = (
        (~north & (northeast | east)).astype(int)
        + (~east & (southeast | south))
        + (~south & (southwest | west))
        + (~west & (northwest | north))
    )
    first = (northwest | north).astype(int) + (northeast | east) + (southeast | south) + (southwest | west)
    second = (north | northeast).astype(int) + (east | southeast) + (south | southwest) + (west | northwest)
    fewest = np.minimum(first, second)
    held = (south | southwest | ~northwest) & west if even else (north | northeast | ~southeast) & east
    return np.asarray(~((runs == 1) & (fewest >= 2) & (fewest <= 3) & ~held), np.uint8)


def _forward() -> NDArray[np.int8]:
    """Per byte and direction of arrival: the direction to go on, -1 at an end. Straight ahead comes first."""
    table = np.full((256, 8), -1, np.int8)
    for arrival in range(8):
        for turn in (2, -2, 1, -1, 0):
            ahead = (arrival + turn) % 8
            table[_BITS[:, ahead] == 1, arrival] = ahead
    return table


def _starts() -> NDArray[np.int8]:
    """Per byte: the direction into each ridge that leaves the pixel, at most four, padded with -1."""
    table = np.full((256, 4), -1, np.int8)
    for code in range(256):
        bits = _BITS[code]
        firsts = [k for k in range(8) if bits[k] and not bits[k - 1]]
        for place, first in enumerate(firsts):
            second = (first + 1) % 8
            table[code, place] = second if first % 2 and bits[second] else first
    return table


CROSSINGS = _crossings()
FORWARD = _forward()
STARTS = _starts()
_TABLES = (_removals(even=True), _removals(even=False))


def binarise(enhanced: NDArray[np.float32], mask: Bits, parameters: Parameters) -> Bits:
    """Ridges as 1 in an enhanced image (height, width), ridges negative; `mask` is 0 or 1 of the same shape."""
    ridges = (enhanced < 0).view(np.uint8) & mask
    ridges = _without_small(ridges, parameters.smallest_speck, connectivity=8)
    valleys = _without_small(1 - ridges, parameters.smallest_hole, connectivity=4)
    return np.asarray(1 - valleys, np.uint8)


def _without_small(bits: Bits, smallest: int, *, connectivity: int) -> Bits:
    _, labels, figures, _ = cv2.connectedComponentsWithStats(bits, connectivity=connectivity, ltype=cv2.CV_32S)
    keep = (figures[:, cv2.CC_STAT_AREA] >= smallest).astype(np.uint8)
    keep[0] = 0
    return np.asarray(keep[labels], np.uint8)


def neighbours(lines: Bits) -> Bits:
    """The byte of each pixel of an image of 0 and 1; beyond the frame lies 0."""
    return np.asarray(cv2.filter2D(lines, cv2.CV_8U, _WEIGHTS, borderType=cv2.BORDER_CONSTANT), np.uint8)


def thin(bits: Bits) -> Bits:
    """The skeleton of an image of 0 and 1 as 0 and 1."""
    lines = bits
    while True:
        before = lines
        for table in _TABLES:
            kept = cv2.LUT(neighbours(lines), table)
            lines = np.asarray(cv2.bitwise_and(lines, kept), np.uint8)
        if not cv2.countNonZero(cv2.subtract(before, lines)):
            return lines


def prune(lines: Bits, parameters: Parameters) -> Bits:
    """The skeleton without side branches of `parameters.spur` pixels or less."""
    lines = lines.copy()
    for _ in range(parameters.spur_rounds):
        codes = neighbours(lines)
        crossings = np.asarray(cv2.multiply(cv2.LUT(codes, CROSSINGS), lines), np.uint8)
        rows, columns = np.nonzero(crossings == 1)
        if not len(rows):
            break
        path_rows, path_columns = [rows], [columns]
        hit = np.zeros(len(rows), bool)
        heading = STARTS[codes[rows, columns], 0].astype(np.intp)
        alive = np.ones(len(rows), bool)
        for _ in range(parameters.spur):
            rows, columns = rows + STEPS[heading, 0] * alive, columns + STEPS[heading, 1] * alive
            hit |= alive & (crossings[rows, columns] >= 3)
            turn = FORWARD[codes[rows, columns], heading]
            alive &= ~hit & (turn >= 0)
            path_rows.append(np.where(alive, rows, path_rows[0]))
            path_columns.append(np.where(alive, columns, path_columns[0]))
            heading = np.where(alive, turn, heading)
        lines[np.stack(path_rows)[:, hit], np.stack(path_columns)[:, hit]] = 0
    return lines
