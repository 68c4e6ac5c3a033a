"""Where ridges end and fork, which way they point, and how surely they are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.orientation import Field
from biometrics.fingerprint.parameters import Parameters
from biometrics.fingerprint.skeleton import CROSSINGS, FORWARD, STARTS, STEPS, neighbours
from biometrics.fingerprint.template import MinutiaKind

__all__ = ["Minutiae", "clarity", "detect"]

Floats: TypeAlias = NDArray[np.float32]
Bits: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Minutiae:
    """n minutiae in pixels of the window; arrays of shape (n,), as `FingerTemplate` describes them."""

    x: Floats
    y: Floats
    angle: Floats
    quality: Floats
    kind: Bits

    def __len__(self) -> int:
        return len(self.x)

    def only(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> Minutiae:
        """Those that a mask or an order picks."""
        return Minutiae(self.x[kept], self.y[kept], self.angle[kept], self.quality[kept], self.kind[kept])


def clarity(normalised: Floats, enhanced: Floats, coherence: Floats, parameters: Parameters) -> Floats:
    """How surely ridges are there, 0 to 1, reduced: enhancement agrees with the image, and they run parallel."""
    step = parameters.reduction
    size = (coherence.shape[1], coherence.shape[0])

    def local(product: cv2.typing.MatLike) -> Floats:
        reduced = cv2.resize(product, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.GaussianBlur(reduced, (0, 0), parameters.contrast_sigma / step), np.float32)

    both = local(cv2.multiply(normalised, enhanced))
    own = local(cv2.multiply(normalised, normalised)) * local(cv2.multiply(enhanced, enhanced))
    correlation = both / np.sqrt(own + 1e-6)
    evidence = (correlation - parameters.correlation_centre) / parameters.correlation_scale
    evidence += (coherence - parameters.coherence_centre) / parameters.coherence_scale
    return np.asarray(1.0 / (1.0 + np.exp(-evidence)), np.float32)


def detect(lines: Bits, field: Field, clear: Floats, parameters: Parameters) -> Minutiae:
    """All minutiae of a pruned skeleton (height, width) of 0 and 1; `clear`, of `clarity`, is on the field's grid."""
    codes = neighbours(lines)
    crossings = np.asarray(cv2.multiply(cv2.LUT(codes, CROSSINGS), lines), np.uint8)
    rows, columns = np.nonzero((crossings == 1) | (crossings == 3))
    endings = crossings[rows, columns] == 1
    ends, lengths = _trace(codes, rows, columns, parameters.trace)
    step = parameters.reduction
    cosine, sine = field.cosine[rows // step, columns // step], field.sine[rows // step, columns // step]
    half = 0.5 * np.arctan2(sine, cosine)
    along = np.stack([np.cos(half), -np.sin(half)], axis=-1)
    branches = np.stack([ends[..., 1] - columns[:, None], ends[..., 0] - rows[:, None]], axis=-1)
    sides = np.where(lengths > 0, np.sign((branches * along[:, None, :]).sum(axis=-1)), 0)
    side = sides.sum(axis=1)
    real = np.where(endings, lengths[:, 0] >= parameters.shortest_trace, np.abs(side) <= 1) & (side != 0)
    angle = np.mod(half + np.where(side < 0, np.pi, 0), 2 * np.pi)
    kind = np.where(endings, np.uint8(MinutiaKind.ENDING), np.uint8(MinutiaKind.BIFURCATION))
    found = Minutiae(
        columns.astype(np.float32),
        rows.astype(np.float32),
        angle.astype(np.float32),
        clear[rows // step, columns // step],
        kind.astype(np.uint8),
    )
    return found.only(real)


def _trace(
    codes: Bits, rows: NDArray[np.intp], columns: NDArray[np.intp], steps: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Follows the (at most three) ridges that leave each of n pixels.

    Returns where each gets, shape (n, 3, 2) as row and column, and in how many steps, shape (n, 3).
    """
    heading = STARTS[codes[rows, columns], :3].astype(np.intp)
    alive = heading >= 0
    place = np.repeat(np.stack([rows, columns], axis=-1)[:, None, :], 3, axis=1)
    lengths = np.zeros(heading.shape, np.intp)
    for _ in range(steps):
        place = place + STEPS[heading] * alive[..., None]
        lengths += alive
        turn = FORWARD[codes[place[..., 0], place[..., 1]], heading]
        alive = alive & (turn >= 0)
        heading = np.where(alive, turn, heading)
    return place, lengths


def thinned_out(found: Minutiae, parameters: Parameters) -> Minutiae:
    """Of reports closer together than the merge distance the surest; in falling quality, no more than allowed."""
    ordered = found.only(np.argsort(-found.quality, kind="stable")[: 2 * parameters.most_minutiae])
    near = np.hypot(ordered.x[:, None] - ordered.x, ordered.y[:, None] - ordered.y) < parameters.merge_distance
    kept = np.ones(len(ordered), bool)
    for index in range(len(ordered)):
        if kept[index]:
            kept[index + 1 :] &= ~near[index, index + 1 :]
    return ordered.only(np.flatnonzero(kept)[: parameters.most_minutiae])
