"""What enrolling two impressions gains, worked out from the scores of all pairs."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["Joining", "enrolled_scores"]


class Joining(StrEnum):
    """How two enrolled impressions answer a probe: by the better score, or by the cosine with their mean vector."""

    BEST = "best"
    MEAN_VECTOR = "mean_vector"


def enrolled_scores(
    matrix: NDArray[np.float32], subjects: NDArray[np.int32], joining: Joining
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mated and non-mated scores against subjects enrolled with two impressions where they have three.

    `matrix` is symmetric, float32 of shape (samples, samples), NaN where a pair was not compared; such comparisons are
    left out. Each impression and the next one of its subject make one reference, and all the subject's others are
    mated probes; a subject with one or two impressions is enrolled with one. Non-mated are all samples of all others.
    """
    genuine, impostor = [np.empty(0)], [np.empty(0)]
    for subject in np.unique(subjects):
        own = np.flatnonzero(subjects == subject)
        others = np.flatnonzero(subjects != subject)
        for turn, first in enumerate(own):
            second = own[(turn + 1) % len(own)] if len(own) > 2 else first
            joined = _joined(matrix, int(first), int(second), joining)
            mates = own[(own != first) & (own != second)] if len(own) > 2 else own[turn + 1 :]
            genuine.append(joined[mates])
            impostor.append(joined[others])
    return _made(np.concatenate(genuine)), _made(np.concatenate(impostor))


def _joined(matrix: NDArray[np.float32], first: int, second: int, joining: Joining) -> NDArray[np.float64]:
    a = np.asarray(matrix[first], np.float64)
    b = np.asarray(matrix[second], np.float64)
    if first == second:
        return a
    if joining is Joining.BEST:
        return np.asarray(np.fmax(a, b), np.float64)
    # For unit vectors u, v and a probe p: p.(u + v) / |u + v|, and |u + v|^2 = 2 + 2 u.v.
    length = np.sqrt(np.maximum(2.0 + 2.0 * a[second], 1e-9))
    return np.asarray((a + b) / length, np.float64)


def _made(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return scores[np.isfinite(scores)]
