"""The secret rotation of an epoch: galleries hold turned vectors, and turning changes no cosine.

It is a lock, not a hash: who has the key turns every vector back. It keeps copies of a gallery without its key from
being compared with anything, and makes old copies useless after the next epoch. It hides neither how like two rows of
one gallery are nor, from someone who holds enough of the same people's vectors elsewhere, the matrix itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256, shake_256

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST_KEY", "Rotation", "derive_rotation"]

# Bytes of key below which guessing would be cheaper than stealing.
LEAST_KEY = 32


@dataclass(frozen=True, slots=True, eq=False)
class Rotation:
    """An orthogonal matrix, float64 (dimension, dimension), of one epoch.

    `check` tells a gallery of another key apart without revealing the key.
    """

    epoch: int
    check: str
    matrix: NDArray[np.float64] = field(repr=False)

    @property
    def dimension(self) -> int:
        """Length of the vectors it turns."""
        return len(self.matrix)

    @property
    def orthogonality_error(self) -> float:
        """Largest entry of Q Qt - I: about 1e-15 at 128 dimensions, against 6e-8 of rounding to float32."""
        return float(np.abs(self.matrix @ self.matrix.T - np.eye(self.dimension)).max())

    def apply(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Turn vectors (n, dimension)."""
        return np.asarray(vectors.astype(np.float64) @ self.matrix.T, np.float64)

    def turn(self, probes: NDArray[np.floating]) -> NDArray[np.float64]:
        """As `apply`, each by itself: the last bits do not depend on how many there are."""
        turned = [self.matrix @ probe for probe in probes.astype(np.float64)]
        return np.array(turned, np.float64).reshape(probes.shape)

    def then(self, new: Rotation) -> NDArray[np.float64]:
        """The matrix M that takes rows turned by this to rows turned by `new`, as `rows @ M`.

        Both turns in one product: the vectors in between, as they came from the engine, are never computed.
        """
        return np.asarray(self.matrix @ new.matrix.T, np.float64)


def derive_rotation(key: bytes, epoch: int, dimension: int) -> Rotation:
    """The rotation of an epoch from a secret key of at least 32 random bytes, uniform over all orthogonal matrices.

    SHAKE-256 of key, epoch and dimension gives a Gaussian matrix (Box-Muller); its QR factor with the signs of R's
    diagonal is Haar-distributed (Mezzadri, Notices of the AMS 54(5), 2007). Other linear algebra libraries may differ
    in the last bits, which is far below the rounding of the rows. Raises `ValueError` for a short key, an epoch that
    is negative or has no room in a shard's header (four bytes), or fewer than two dimensions.
    """
    if len(key) < LEAST_KEY or not 0 <= epoch < 1 << 32 or dimension < 2:
        raise ValueError("a rotation needs 32 bytes of key, an epoch of 0 to 2**32 - 1 and two dimensions")
    label = b"face gallery rotation" + epoch.to_bytes(8, "big") + dimension.to_bytes(8, "big") + key
    check = sha256(b"check" + label).hexdigest()[:32]
    pairs = (dimension * dimension + 1) // 2
    draws = np.frombuffer(shake_256(label).digest(16 * pairs), "<u8").reshape(2, pairs)
    # 53 bits each; the half step keeps the logarithm away from 0.
    uniform = ((draws >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    radius, turn = np.sqrt(-2 * np.log(uniform[0])), 2 * np.pi * uniform[1]
    normal = np.concatenate([radius * np.cos(turn), radius * np.sin(turn)])[: dimension * dimension]
    q, r = np.linalg.qr(normal.reshape(dimension, dimension))
    return Rotation(epoch, check, np.asarray(q * np.where(np.diag(r) < 0, -1.0, 1.0), np.float64))
