"""The finger template of our own engine: minutiae, and what the matcher needs to know around them.

Coordinates are pixels at 500 ppi from the top left corner of the image, x to the right, y down. Angles are radians in
[0, 2 pi), counter-clockwise as seen from the x axis (ISO/IEC 19794-2:2005 7.4): a ridge ending points the way its ridge
runs, a bifurcation the way its valley runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.identity import ENGINE
from biometrics.fingerprint.parameters import CELL

__all__ = ["CELL", "ENGINE", "FingerTemplate", "MinutiaKind"]


class MinutiaKind(IntEnum):
    """The kinds as ISO/IEC 19794-2:2005 7.2 numbers them."""

    OTHER = 0
    ENDING = 1
    BIFURCATION = 2


@dataclass(frozen=True, slots=True, eq=False)
class FingerTemplate:
    """What extraction found in one impression, n minutiae, in falling quality.

    `engine` is the identity of the recipe that made it (`ENGINE`); templates of another are never compared.

    `x`, `y`, `angle`, `quality` (0 to 1: how surely it is there) are float32, `kind` is uint8, each of shape (n,).
    `orientation` is float32 of shape (rows, columns, 2): cosine and sine of twice the ridge orientation's angle in each
    cell of `CELL` pixels, scaled by its coherence (0 to 1); `mask` is bool of shape (rows, columns): where there is
    print. `ridges` is int8 of shape (height // 2, width // 2): the enhanced image at half size, ridges negative, 0
    outside the mask; None where the template came from a foreign record, which has minutiae only.
    """

    engine: str
    width: int
    height: int
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    angle: NDArray[np.float32]
    quality: NDArray[np.float32]
    kind: NDArray[np.uint8]
    orientation: NDArray[np.float32] | None
    mask: NDArray[np.bool_]
    ridges: NDArray[np.int8] | None

    def __len__(self) -> int:
        return len(self.x)
