"""Whether quality predicts failure: the error that is left when the worst samples are rejected.

The error-versus-discard characteristic of Grother and Tabassi, "Performance of biometric quality measures", IEEE PAMI
29(4), 2007: at a fixed threshold, FNMR of the mated comparisons whose samples are both kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["SHARES", "Kept", "error_by_rejection"]

SHARES = (0.0, 0.01, 0.02, 0.05, 0.10, 0.15, 0.20, 0.30)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left when the share `rejected` of the samples was rejected: comparisons, and how many do not match."""

    rejected: float
    comparisons: int
    errors: int
    lowest_quality: int

    @property
    def fnmr(self) -> float | None:
        """The share of errors, None where nothing is left to compare."""
        return self.errors / self.comparisons if self.comparisons else None


def error_by_rejection(
    genuine: NDArray[np.float64],
    samples: NDArray[np.int32],
    quality: NDArray[np.int32],
    threshold: float,
    shares: tuple[float, ...] = SHARES,
) -> list[Kept]:
    """FNMR at `threshold` for each share of samples rejected, worst quality first.

    `genuine` holds mated scores, shape (n,); `samples` int32 (n, 2) the samples behind each; `quality` int32
    (samples,), 0 to 100. Samples of equal quality are rejected together or not at all, so that less than the share
    may be rejected; `rejected` says what was.
    """
    if not len(quality):
        return []
    rising = np.sort(quality)
    worst = quality[samples].min(axis=1)
    kept = []
    for share in shares:
        lowest = int(rising[min(int(share * len(rising) + 1e-9), len(rising) - 1)])
        stays = worst >= lowest
        kept.append(
            Kept(
                rejected=float(np.mean(quality < lowest)),
                comparisons=int(stays.sum()),
                errors=int((genuine[stays] < threshold).sum()),
                lowest_quality=lowest,
            )
        )
    return kept
