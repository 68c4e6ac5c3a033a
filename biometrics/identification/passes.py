"""First passes of a face search: for every row an upper bound of its score, by matrix products.

Whoever's bound stays below the threshold cannot be a candidate, so that only the few others are scored exactly. The
bounds are proven, not estimated: by Cauchy-Schwarz over what a form of the rows leaves out, and by the error bound of
float32 dot products (Higham, Accuracy and Stability of Numerical Algorithms, 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from biometrics.identification.narrow import NarrowProbe, narrow_scores
from biometrics.identification.parameters import CAST_ROWS, TILE_ROWS, UNIT_TOLERANCE
from biometrics.identification.rows import Rows
from biometrics.identification.shard import Shard

__all__ = ["Form", "Probes", "close_bounds", "exact_scores", "narrow_bounds", "narrow_slack", "slack", "tightened"]

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
    """Turned probes: `exact` float64 (m, dimension), and `quick`, the same in float32."""

    exact: NDArray[np.float64]
    quick: Floats

    @classmethod
    def of(cls, exact: NDArray[np.float64]) -> Probes:
        """From turned probes."""
        return cls(exact, exact.astype(np.float32))

    def __len__(self) -> int:
        return len(self.exact)

    def part(self, start: int, stop: int) -> Probes:
        """Probes `start` to `stop`."""
        return Probes(self.exact[start:stop], self.quick[start:stop])


def slack(shard: Shard, form: Form) -> float:
    """How far above its bound a row's score can be: rounding, and for RESCORED what int8 lost."""
    return _rounding(shard) + (shard.largest_miss * _LONGEST if form is Form.RESCORED else 0.0)


def narrow_slack(shard: Shard, form: Form) -> float:
    """The same for narrow bounds, which are about exact vectors: for INT8 what int8 may have added."""
    return _rounding(shard) + (shard.largest_miss * _LONGEST if form is Form.INT8 else 0.0)


def _rounding(shard: Shard) -> float:
    return float(shard.rows.whole.shape[1] + 8) * 2.0**-23 * _LONGEST


def close_bounds(shard: Shard, start: int, stop: int, probes: Probes, form: Form) -> Floats:
    """Bounds of rows `start` to `stop` against each probe, float32 (rows, probes); see `slack`.

    Scores but for what `slack` says: those of the exact vectors for FLOAT32, of the int8 form for the others.
    """
    rows = shard.rows
    if form is Form.FLOAT32:
        return np.asarray(rows.whole[start:stop] @ probes.quick.T)
    return _cast_product(rows.form[start:stop], rows.scale[start:stop], probes.quick)


def narrow_bounds(shard: Shard, start: int, stop: int, probe: Probes) -> Floats:
    """Bounds of rows `start` to `stop`, whole tiles, against a single probe by their narrow form, float32 (rows,).

    See `narrow_slack`. With row x, narrow form n, probe p and what it is rounded to, q:
    p.x = q.n + q.(x - n) + (p - q).x.
    """
    narrow = NarrowProbe.of(probe.exact[0])
    bounds = narrow_scores(shard.tiles[start // TILE_ROWS : stop // TILE_ROWS], narrow)
    bounds += np.float32(narrow.slack)
    bounds += shard.rows.loss[start:stop] * np.float32(narrow.length)
    return bounds


def tightened(rows: Rows, chosen: NDArray[np.intp], probe: Probes) -> Floats:
    """Bounds of `chosen` rows against a single probe by their int8 form, float32 (n,)."""
    bounds = np.take(rows.form, chosen, axis=0).astype(np.float32) @ probe.quick[0]
    bounds *= rows.scale[chosen]
    return np.asarray(bounds, np.float32)


def exact_scores(rows: Rows, chosen: NDArray[np.intp], probes: NDArray[np.float64], form: Form) -> NDArray[np.float64]:
    """The scores that decide: row by row against `probes` (n, dimension), in float64, whatever else is searched."""
    vectors = rows.rounded(chosen) if form is Form.INT8 else rows.whole[chosen].astype(np.float64)
    vectors *= probes
    return np.asarray(vectors.sum(axis=1), np.float64)


def _cast_product(form: NDArray[np.int8], scale: Floats, probes: Floats) -> Floats:
    """Products of int8 rows with all probes, times `scale`: some rows at a time, within the cache.

    numpy multiplies int8 matrices without BLAS, OpenCV not at all; measured at 128 dimensions, a million rows and one
    probe: numpy's int8 product 56 ms, this 31 ms. The copy before the cast is no waste: it reads memory faster than the
    cast would.
    """
    count, width = form.shape
    product = np.empty((count, len(probes)), np.float32)
    near = np.empty((min(CAST_ROWS, count), width), np.int8)
    wide = np.empty((min(CAST_ROWS, count), width), np.float32)
    across = np.ascontiguousarray(probes.T)
    for start in range(0, count, CAST_ROWS):
        stop = min(start + CAST_ROWS, count)
        rows = stop - start
        np.copyto(near[:rows], form[start:stop])
        np.copyto(wide[:rows], near[:rows])
        np.dot(wide[:rows], across, out=product[start:stop])
    product *= scale[:, None]
    return product
