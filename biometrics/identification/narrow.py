"""The narrow form of rows: four bits a number, two rows in one float, for the first pass of a single probe.

A search for one probe spends its time on moving and widening numbers, hardly any on multiplying them. Numbers of four
bits are half the bytes of int8, and two rows share each float32: a + 4096 b, with whole numbers in the probe, too. One
product then gives A + 4096 B, exactly, since every sum on the way is a whole number below 2**24. A cannot be above what
lengths allow (Cauchy-Schwarz); below, room is kept for the scores that occur. A row less alike than that wraps round
and seems very alike: it is read again in int8 for nothing, and nobody is missed. What rounding rows and probe costs is
bounded, not estimated.

Rows are held in tiles of TILE_ROWS. A tile is four quarters of rows, each turned so that a column is a row. At place t
byte 2t holds the first quarter low and, of the place before, the fourth quarter high; byte 2t + 1 the third quarter low
and the second high. Pairs of bytes masked with 0xf00f are thus the first two quarters when read from byte 0 on, and the
other two from byte 1 on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.identification.parameters import NARROW_LEAST, NARROW_STEP, PAGE, TILE_ROWS, UNIT_TOLERANCE

__all__ = ["NarrowProbe", "encode_tiles", "narrow_levels", "narrow_scores", "narrow_values", "tile_bytes"]

_LEVELS = 16
# Between two rows in one float: a nibble and eight bits of nothing, in the masked pair of bytes.
_APART = 1 << 12
_LENGTH = 1 + 2 * UNIT_TOLERANCE
# No narrow row is longer (see `narrow_levels`).
_LONGEST = 1.03
# The largest product of a row's levels and a probe's numbers, and where the remainders begin, clear of rounding.
_REACH = _APART / (1 - NARROW_LEAST) - 2
_LOWEST = _REACH - _APART + 3


def _step(dimension: int) -> float:
    return float(NARROW_STEP / dimension**0.5)


def tile_bytes(dimension: int) -> int:
    """Bytes of a tile: half a byte a number, and the two that the shift by one byte needs."""
    return TILE_ROWS * dimension // 2 + 2


def narrow_levels(vectors: NDArray[np.floating]) -> NDArray[np.int8]:
    """Numbers of vectors (n, dimension) by steps of 4 bits, -8 to 7, int8; those beyond are cut.

    A row that rounding would make longer than 1.03 is rounded towards zero instead. That makes it no longer than the
    vector and half a step in each number, at right angles at most: 1.02.
    """
    steps = vectors.astype(np.float64) / _step(vectors.shape[1])
    levels = _cut(np.floor(steps))
    long = np.linalg.norm(narrow_values(levels), axis=1) > _LONGEST
    nearer = np.sign(steps[long]) * np.maximum(np.floor(np.abs(steps[long]) - 0.5), 0)
    levels[long] = _cut(np.where(steps[long] < 0, nearer - 1, nearer))
    return levels


def _cut(steps: NDArray[np.float64]) -> NDArray[np.int8]:
    return np.clip(steps, -_LEVELS // 2, _LEVELS // 2 - 1).astype(np.int8)


def narrow_values(levels: NDArray[np.int8]) -> NDArray[np.float64]:
    """What the levels stand for: the middle of each step."""
    return np.asarray((levels + 0.5) * _step(levels.shape[1]), np.float64)


def encode_tiles(levels: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Tiles, uint8 (n / TILE_ROWS, tile_bytes), of levels (n, dimension); n is a multiple of TILE_ROWS."""
    dimension = levels.shape[1]
    quarters = levels.reshape(-1, 4, TILE_ROWS // 4, dimension).transpose(0, 1, 3, 2).reshape(-1, 4, _places(dimension))
    tiles = np.zeros((len(quarters), tile_bytes(dimension)), np.uint8)
    # The lower of two levels in a float counts from 0, the upper one carries the sign.
    tiles[:, 0:-2:2] = (quarters[:, 0] + _LEVELS // 2).view(np.uint8)
    tiles[:, 1:-1:2] = (quarters[:, 2] + _LEVELS // 2).view(np.uint8)
    tiles[:, 1:-1:2] |= quarters[:, 1].view(np.uint8) << 4
    tiles[:, 2::2] |= quarters[:, 3].view(np.uint8) << 4
    return tiles


def _places(dimension: int) -> int:
    return TILE_ROWS // 4 * dimension


@dataclass(frozen=True, slots=True, eq=False)
class NarrowProbe:
    """A probe in whole numbers: `numbers` times `grain` is it but for the length `missing`.

    `numbers` is float32 (1, dimension), `length` that of numbers times grain.
    """

    numbers: NDArray[np.float32]
    grain: float
    length: float
    missing: float

    @classmethod
    def of(cls, probe: NDArray[np.float64]) -> NarrowProbe:
        """From a turned probe (dimension,), with numbers as large as keep two rows in a float apart."""
        most = _REACH * _step(len(probe)) / _LONGEST
        factor = most / float(np.linalg.norm(probe))
        numbers = np.rint(probe * factor)
        while np.linalg.norm(numbers) > most:
            factor *= 0.995
            numbers = np.rint(probe * factor)
        rounded = numbers / factor
        lengths = np.linalg.norm(rounded), np.linalg.norm(probe - rounded)
        return cls(numbers.astype(np.float32)[None], 1 / factor, *(float(length) * (1 + 1e-9) for length in lengths))

    @property
    def slack(self) -> float:
        """How much the score of a row can differ because of `missing`."""
        return self.missing * _LENGTH


def narrow_scores(tiles: NDArray[np.uint8], probe: NarrowProbe) -> NDArray[np.float32]:
    """Upper bounds of the products of rounded probe and narrow rows, float32 (len(tiles) * TILE_ROWS,)."""
    dimension = probe.numbers.shape[1]
    quarter, size = TILE_ROWS // 4, tile_bytes(dimension) - 2
    mask, masked = _in_line(size, 0), _in_line(size, 1024)
    mask[:] = np.tile(np.array([0x0F, 0xF0], np.uint8), size // 2)
    pairs = masked.view("<i2").reshape(dimension, quarter)
    wide = _in_line(2 * size, 2048).view(np.float32).reshape(dimension, quarter)
    products = np.empty((len(tiles), 2, quarter), np.float32)
    for tile, product in zip(tiles, products, strict=True):
        for first in (0, 1):
            np.bitwise_and(tile[first : first + size], mask, out=masked)
            np.copyto(wide, pairs)
            np.dot(probe.numbers, wide, out=product[first : first + 1])
    return _told_apart(products, probe).reshape(-1)


def _in_line(size: int, place: int) -> NDArray[np.uint8]:
    """Room for `size` bytes, at a fixed place of a memory page, so that no cache line is cut by chance."""
    room = np.empty(size + 2 * PAGE, np.uint8)
    start = -room.ctypes.data % PAGE + place
    return room[start : start + size]


def _told_apart(products: NDArray[np.float32], probe: NarrowProbe) -> NDArray[np.float32]:
    """Scores of both rows of each product (tiles, 2, quarter), which is used up, as float32 (tiles, 4, quarter)."""
    # Levels stand for their middles; the lower row's count from 0.
    total = float(probe.numbers.sum(dtype=np.float64))
    middle = (_LEVELS / 2 - 0.5) * total
    centre = np.floor(middle)
    unit = probe.grain * _step(probe.numbers.shape[1])
    products -= np.float32(centre)
    upper = products - np.float32(np.floor(_APART / 2 + _LOWEST))
    upper *= np.float32(1 / _APART)
    np.rint(upper, out=upper)
    scores = np.empty((len(products), 4, products.shape[2]), np.float32)
    low, high = scores[:, 0::2], scores[:, 1::2]
    # Whole numbers until here and below: nothing is rounded before the remainder is taken.
    np.multiply(upper, np.float32(_APART), out=low)
    np.subtract(products, low, out=low)
    low -= np.float32(middle - centre)
    low *= np.float32(unit)
    # One more, which a lower row that wrapped round has taken.
    upper += np.float32(total / 2 + 1)
    np.multiply(upper, np.float32(unit), out=high)
    return scores
