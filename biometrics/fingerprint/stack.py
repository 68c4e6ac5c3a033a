"""Prepared fingers as blocks of arrays, so that one numpy operation works on many pairs of fingers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.prepared import PreparedFinger

__all__ = ["Stack", "stack"]


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """P fingers (or one, standing against P others), padded to the largest of them.

    `x`, `y`, `cos`, `sin`, `quality` are float32 (P, n), quality zero in padding; `vectors` float32 (P, n, WIDE);
    `field` int8 (P, cells * cells, 2); `points` float32 (P, m, 4), zero in padding.
    """

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    cos: NDArray[np.float32]
    sin: NDArray[np.float32]
    quality: NDArray[np.float32]
    vectors: NDArray[np.float32]
    field: NDArray[np.int8]
    points: NDArray[np.float32]


def stack(fingers: Sequence[PreparedFinger]) -> Stack:
    """Stack at least one finger."""
    rows = max(finger.count for finger in fingers)
    columns = np.stack([finger.minutiae[:rows].T for finger in fingers], axis=1)
    points = np.zeros((len(fingers), max(len(finger.points) for finger in fingers), 4), np.float32)
    for place, finger in zip(points, fingers, strict=True):
        place[: len(finger.points)] = finger.points
    x, y, cos, sin, quality = columns
    return Stack(
        x=x,
        y=y,
        cos=cos,
        sin=sin,
        quality=quality,
        vectors=np.stack([finger.vectors[:rows] for finger in fingers]),
        field=np.stack([finger.field.reshape(-1, 2) for finger in fingers]),
        points=points,
    )
