"""The face template: unit vectors, and the engine that made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.face.identity import ENGINE
from biometrics.face.parameters import DIMENSIONS, SAME_PERSON, STORAGE_LOSS

__all__ = ["ENGINE", "MAX_VECTORS", "FaceTemplate", "fault", "merge"]

# More images of one person than any enrolment takes.
MAX_VECTORS: Final = 64
# How far from length one a vector may be: rounding, and nothing else.
_LENGTH_TOLERANCE: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class FaceTemplate:
    """What one or more images of a face became: float32 unit vectors of shape (n, 128), 1 <= n <= 64.

    `engine` is the identity of the recipe that made it (`ENGINE`); templates of another are never compared.
    """

    engine: str
    vectors: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.vectors)


def fault(template: FaceTemplate) -> Refused | None:
    """None if `template` is of this engine and holds finite unit vectors of one person; otherwise why not.

    TEMPLATE_ENGINE, TEMPLATE_MALFORMED (shape), TEMPLATE_EMPTY, TEMPLATE_NUMBERS (not finite, not of length one),
    FACE_DIFFERENT (two of the vectors less alike than images of one person, what int8 storage takes off allowed for):
    the mean of several people would match each of them.
    """
    vectors = template.vectors
    if template.engine != ENGINE:
        return Refused(Reason.TEMPLATE_ENGINE, template.engine)
    if vectors.ndim != 2 or vectors.shape[1] != DIMENSIONS or len(vectors) > MAX_VECTORS:
        return Refused(Reason.TEMPLATE_MALFORMED, f"shape {vectors.shape}")
    if not len(vectors):
        return Refused(Reason.TEMPLATE_EMPTY, "no vectors")
    if not np.isfinite(vectors).all():
        return Refused(Reason.TEMPLATE_NUMBERS, "not finite")
    if np.abs(np.linalg.norm(vectors.astype(np.float64), axis=1) - 1.0).max() > _LENGTH_TOLERANCE:
        return Refused(Reason.TEMPLATE_NUMBERS, "not of length one")
    return _different(vectors, SAME_PERSON - STORAGE_LOSS)


def _different(vectors: NDArray[np.float32], least: float) -> Refused | None:
    alike = vectors.astype(np.float64) @ vectors.T
    lowest = float(alike.min())
    if lowest >= least:
        return None
    first, second = sorted(int(row) for row in np.unravel_index(alike.argmin(), alike.shape))
    detail = f"images that are not of one person: cosine {lowest:.2f} of {first} and {second}, {least:.2f} needed"
    return Refused(Reason.FACE_DIFFERENT, detail)


def merge(templates: Sequence[FaceTemplate]) -> FaceTemplate | Refused:
    """One template of the several images of one person, in the order given; refuses as `fault` does.

    FACE_DIFFERENT where any two vectors are less alike than `SAME_PERSON`. The check finds a mistake and coarse fraud:
    3 % of pairs of different people pass it, so it does not replace comparing each image with a threshold.
    """
    for template in templates:
        wrong = fault(template)
        if wrong is not None:
            return wrong
    if not templates:
        return Refused(Reason.TEMPLATE_EMPTY, "no templates")
    merged = FaceTemplate(ENGINE, np.concatenate([template.vectors for template in templates]))
    return fault(merged) or _different(merged.vectors, SAME_PERSON) or merged
