"""First passes of a face search: for every row an upper bound of its score, by matrix products.

Whoever's bound stays below the threshold cannot be a candidate, so that only the few others are scored exactly. The
bounds are proven, not estimated: by Cauchy-Schwarz over what a pass leaves out, and by the error bound of float32 dot
products (Higham, Accuracy and Stability of Numerical Algorithms, 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from biometrics.identification.parameters import CAST_ROWS, UNIT_TOLERANCE
from biometrics.identification.rows import Rows, head_length
from biometrics.identification.shard import Shard

__all__ = ["Form", "Probes", "exact_scores", "slack", "tightened", "upper_bounds"]

Floats = NDArray[np.float32]
# Rows and probes have at most this length: once by what is accepted, and once more by turning and rounding.
_LONGEST = (1 + 2 * UNIT_TOLERANCE) ** 2


class Form(StrEnum):
    """Which rows a search reads, and which decide.

    FLOAT32 reads and decides by the exact vectors. INT8 does both by the int8 form alone: scores differ by about 0.001
    and so may the order. RESCORED reads the int8 form, a quarter of the memory, and decides by the exact vectors of
    those whose bound reaches the threshold: the candidates and scores of FLOAT32.
    """

    FLOAT32 = "float32"
    INT8 = "int8"
    RESCORED = "rescored"


@dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """Turned probes: `exact` float64 (m, dimension), `quick` the same in float32, `tail` the lengths of their tails."""

    exact: NDArray[np.float64]
    quick: Floats
    tail: NDArray[np.float64]

    @classmethod
    def of(cls, exact: NDArray[np.float64]) -> Probes:
        """From turned probes."""
        head = head_length(exact.shape[1])
        return cls(exact, exact.astype(np.float32), np.linalg.norm(exact[:, head:], axis=1) * (1 + 1e-6))

    def __len__(self) -> int:
        return len(self.exact)

    def part(self, start: int, stop: int) -> Probes:
        """Probes `start` to `stop`."""
        return Probes(self.exact[start:stop], self.quick[start:stop], self.tail[start:stop])


def slack(shard: Shard, form: Form) -> float:
    """How far above its bound a row's score can be: rounding, and for RESCORED what int8 lost."""
    rounding: float = (shard.rows.whole.shape[1] + 8) * 2.0**-23 * _LONGEST
    return rounding + (shard.largest_miss * _LONGEST if form is Form.RESCORED else 0.0)


def upper_bounds(shard: Shard, start: int, stop: int, probes: Probes, form: Form) -> Floats:
    """Bounds of rows `start` to `stop` against each probe, float32 (rows, probes); see `slack`.

    A single probe against int8 rows reads their heads only; `tightened` reads the tails of the few it matters for.
    """
    rows = shard.rows.part(start, stop)
    if form is Form.FLOAT32:
        return np.asarray(rows.whole @ probes.quick.T)
    if len(probes) > 1:
        return _cast_product((rows.head, rows.tail), probes.quick, rows.scale)
    bounds = _cast_product((rows.head,), probes.quick[:, : rows.head.shape[1]])
    bounds *= rows.scale[:, None]
    bounds += (rows.reach * np.float32(probes.tail[0]))[:, None]
    return bounds


def tightened(rows: Rows, chosen: NDArray[np.intp], bounds: Floats, probes: Probes) -> Floats:
    """Bounds of a single probe against `chosen` int8 rows with their tails read, from those without, float32 (n,)."""
    tail = np.take(rows.tail, chosen, axis=0).astype(np.float32) @ probes.quick[0, rows.head.shape[1] :]
    tail *= rows.scale[chosen]
    tail -= rows.reach[chosen] * np.float32(probes.tail[0])
    return np.asarray(bounds + tail, np.float32)


def exact_scores(rows: Rows, chosen: NDArray[np.intp], probes: NDArray[np.float64], form: Form) -> NDArray[np.float64]:
    """The scores that decide: row by row against `probes` (n, dimension), in float64, whatever else is searched."""
    vectors = rows.form(chosen) if form is Form.INT8 else rows.whole[chosen].astype(np.float64)
    vectors *= probes
    return np.asarray(vectors.sum(axis=1), np.float64)


def _cast_product(parts: tuple[NDArray[np.int8], ...], probes: Floats, scale: Floats | None = None) -> Floats:
    """Products of int8 rows, given in parts, with all probes, times `scale`: some rows at a time, within the cache.

    numpy multiplies int8 matrices without BLAS, OpenCV not at all; measured at 128 dimensions, a million rows: numpy's
    int8 product 56 ms, this 31 ms. The copy before the cast is no waste: it reads memory faster than the cast would.
    """
    count, width = len(parts[0]), probes.shape[1]
    product = np.empty((count, len(probes)), np.float32)
    near = [np.empty((min(CAST_ROWS, count), part.shape[1]), np.int8) for part in parts]
    wide = np.empty((min(CAST_ROWS, count), width), np.float32)
    columns = np.cumsum([0, *(part.shape[1] for part in parts)]).tolist()
    across = np.ascontiguousarray(probes.T)
    for start in range(0, count, CAST_ROWS):
        rows = min(CAST_ROWS, count - start)
        for part, copy, first in zip(parts, near, columns[:-1], strict=True):
            np.copyto(copy[:rows], part[start : start + rows])
            np.copyto(wide[:rows, first : first + part.shape[1]], copy[:rows])
        np.dot(wide[:rows], across, out=product[start : start + rows])
        if scale is not None:
            product[start : start + rows] *= scale[start : start + rows, None]
    return product
