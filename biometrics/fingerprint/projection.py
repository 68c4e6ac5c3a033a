"""The trained projection of descriptors to few numbers, learned without labels by `biometrics.fingerprint.training`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

__all__ = ["SHORT", "WIDE", "Projection", "load_projection", "projection_bytes"]

# Numbers kept for proposals of the matcher and for the short form.
WIDE = 128
SHORT = 63


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """A mean and whitened directions of falling variance: float32 of shapes (size,) and (size, WIDE)."""

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]

    def apply(self, descriptors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Project (n, size of a descriptor) to unit vectors, float32 of shape (n, WIDE)."""
        rows = (descriptors - self.mean) @ self.basis
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), np.float32)


def projection_bytes() -> bytes:
    """The committed file, which is part of the engine's identity; its absence is a bug of the checkout."""
    return (files("biometrics.fingerprint") / "data" / "projection.npy").read_bytes()


@cache
def load_projection() -> Projection:
    """Read the committed projection."""
    table = np.load(BytesIO(projection_bytes()), allow_pickle=False).astype(np.float32)
    return Projection(np.ascontiguousarray(table[0]), np.ascontiguousarray(table[1:].T))
