"""Which minutiae of two fingers may be the same, judged by their surroundings and by each other, before any alignment.

A proposal is a pair of minutiae, one of each finger. Two proposals agree when the step from one minutia to the other is
the same in both fingers: distance, direction difference and bearing, which no turn or shift changes (the idea of
NIST's bozorth3 and of Jiang and Yau, "Fingerprint minutiae matching based on the local and global structures", 2000).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.matching_parameters import MatchingParameters
from biometrics.fingerprint.stack import Stack

__all__ = ["Proposals", "agreement", "propose", "similarities"]


@dataclass(frozen=True, slots=True, eq=False)
class Proposals:
    """K pairs of minutiae for each of P pairs of fingers: all float32 of shape (P, K).

    `ax`, `ay` and `bx`, `by` are the places in the first and second finger, `cos` and `sin` the turn from the first to
    the second, `weight` the similarity above the floor (0: no proposal).
    """

    ax: NDArray[np.float32]
    ay: NDArray[np.float32]
    bx: NDArray[np.float32]
    by: NDArray[np.float32]
    cos: NDArray[np.float32]
    sin: NDArray[np.float32]
    weight: NDArray[np.float32]


def similarities(first: Stack, second: Stack) -> NDArray[np.float32]:
    """Similarity of every minutia of the first to every one of the second, float32 (P, n, m), -1 in padding."""
    product = np.matmul(first.vectors, second.vectors.transpose(0, 2, 1))
    product[np.broadcast_to((first.quality == 0)[:, :, None], product.shape)] = -1
    product[np.broadcast_to((second.quality == 0)[:, None, :], product.shape)] = -1
    return np.asarray(product, np.float32)


def propose(first: Stack, second: Stack, similar: NDArray[np.float32], parameters: MatchingParameters) -> Proposals:
    """The most similar pairs of minutiae whose turn is within the limit."""
    pairs, n, m = similar.shape
    flat = similar.reshape(pairs, n * m)
    count = min(parameters.proposals, n * m)
    chosen = np.argpartition(flat, n * m - count, axis=1)[:, n * m - count :]
    row, column = np.divmod(chosen, m)
    weight = np.take_along_axis(flat, chosen, axis=1) - np.float32(parameters.similarity_floor)
    ax, ay, cos_a, sin_a = (
        np.take_along_axis(np.broadcast_to(v, (pairs, n)), row, axis=1)
        for v in (first.x, first.y, first.cos, first.sin)
    )
    bx, by, cos_b, sin_b = (
        np.take_along_axis(np.broadcast_to(v, (pairs, m)), column, axis=1)
        for v in (second.x, second.y, second.cos, second.sin)
    )
    cos, sin = cos_b * cos_a + sin_b * sin_a, sin_b * cos_a - cos_b * sin_a
    allowed = (weight > 0) & (cos > np.cos(np.deg2rad(parameters.rotation_limit_degrees)))
    return Proposals(ax, ay, bx, by, cos, sin, np.where(allowed, weight, np.float32(0)))


def _steps(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values[:, None, :] - values[:, :, None]


def agreement(proposals: Proposals, parameters: MatchingParameters) -> NDArray[np.float32]:
    """How well each two proposals agree, 0 to 1, float32 (P, K, K), symmetric, zero on the diagonal."""
    p = proposals
    ax, ay, bx, by = _steps(p.ax), _steps(p.ay), _steps(p.bx), _steps(p.by)
    far_a = np.sqrt(ax * ax + ay * ay)
    far_b = np.sqrt(bx * bx + by * by)
    far = np.minimum(far_a, far_b)
    apart = far > parameters.pair_least_distance
    apart &= far < parameters.pair_range
    scale = 1 / np.maximum(far_a * far_b, 1)
    # The product of one step and the other's conjugate: its argument is the turn between the steps.
    along = (ax * bx + ay * by) * scale
    across = (ax * by - ay * bx) * scale
    cos_i, sin_i = p.cos[:, :, None], p.sin[:, :, None]
    cos_j, sin_j = p.cos[:, None, :], p.sin[:, None, :]
    bearing_i = across * cos_i - along * sin_i
    bearing_j = across * cos_j - along * sin_j
    apart &= along * cos_i + across * sin_i > 0
    direction = sin_j * cos_i - cos_j * sin_i
    apart &= cos_i * cos_j + sin_i * sin_j > 0
    stretch = (far_a - far_b) / (parameters.pair_distance + parameters.pair_distance_share * far)
    lean = 1 / (parameters.pair_bearing + parameters.pair_bearing_near / np.maximum(far, 1))
    error = stretch * stretch
    error += (bearing_i * bearing_i + bearing_j * bearing_j) * (lean * lean)
    error += direction * direction * np.float32(1 / parameters.pair_direction**2)
    return np.asarray(np.exp(error * np.float32(-0.5)) * apart, np.float32)
