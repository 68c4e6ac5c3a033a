"""Several fingers and a face as one piece of evidence: the sum of their log-likelihood ratios.

The sum is the ratio of all parts together where the parts are independent (Neyman-Pearson; Nandakumar et al.,
"Likelihood ratio-based biometric score fusion", IEEE PAMI 30(2), 2008).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["fused", "needed", "needed_in_search"]

Floats = NDArray[np.float64]


def fused(parts: Sequence[Floats]) -> Floats:
    """The sum of the parts' log-likelihood ratios, arrays of one shape; a missing part (NaN) adds 0.

    Which fingers take part is decided before they are compared: choosing the best ratios afterwards would count luck as
    evidence. Raises `ValueError` without parts, and for infinite ones: no calibration gives them.
    """
    if not parts:
        message = "there is nothing to fuse"
        raise ValueError(message)
    stacked = np.stack([np.asarray(part, np.float64) for part in parts])
    if np.isinf(stacked).any():
        message = "an infinite ratio is no evidence"
        raise ValueError(message)
    return np.asarray(np.nansum(stacked, axis=0), np.float64)


def needed(fmr: float) -> float:
    """The ratio to demand so that at most the share `fmr` of non-mated comparisons reach it.

    A true likelihood ratio is 1 on average over non-mated comparisons, so by Markov's inequality no more than 1/r of
    them reach r. The rate is kept as far as the calibrations hold and the parts are independent; the real one is
    mostly far smaller. Raises `ValueError` unless 0 < fmr <= 1.
    """
    if not 0 < fmr <= 1:
        message = "a false match rate is above 0 and at most 1"
        raise ValueError(message)
    return -math.log(fmr)


def needed_in_search(fpir: float, gallery: int) -> float:
    """The ratio to demand of a candidate so that at most the share `fpir` of non-mated searches return anyone.

    By the union bound over a gallery of that many persons. Raises `ValueError` as `needed`, and for an empty gallery.
    """
    if gallery < 1:
        message = "a gallery holds somebody"
        raise ValueError(message)
    return needed(fpir) + math.log(gallery)
