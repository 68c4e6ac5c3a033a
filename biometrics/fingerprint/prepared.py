"""A template made ready for matching: descriptors, and padded arrays that stack into whole galleries.

Prepared coordinates have their origin at the middle of the print and y upwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.descriptors import RidgeField, describe
from biometrics.fingerprint.matching_parameters import FORM
from biometrics.fingerprint.projection import WIDE, load_projection
from biometrics.fingerprint.shortlist import ShortForm, shorten
from biometrics.fingerprint.template import CELL, ENGINE, FingerTemplate

__all__ = ["PreparedFinger", "prepare"]

_LEAST_MINUTIAE = 2
# Coherence is at most 1, but for rounding.
_LONGEST_ORIENTATION = 1.001


@dataclass(frozen=True, slots=True, eq=False)
class PreparedFinger:
    """One impression, ready to be compared; `count` minutiae in falling quality, arrays padded to FORM.minutiae rows.

    `key` orders two impressions in one way whichever is the probe. `centre` is the origin in image pixels (x, y).
    `minutiae` is float32 (N, 5): x, y, cosine and sine of the direction, quality (0 in padding). `descriptors` is
    float32 (count, DESCRIPTOR_SIZE), `vectors` float32 (N, WIDE) their projection. `field` is int8 (cells, cells, 2):
    cosine and sine of the doubled orientation times 127, zero outside the print. `points` is float32 (m, 4): x, y of
    places in the print and cosine and sine of the doubled orientation there.
    """

    key: int
    count: int
    centre: tuple[float, float]
    minutiae: NDArray[np.float32]
    descriptors: NDArray[np.float32]
    vectors: NDArray[np.float32]
    field: NDArray[np.int8]
    points: NDArray[np.float32]
    short: ShortForm
    template: FingerTemplate

    @property
    def verifiable(self) -> bool:
        """Whether verify mode can compare it: it has ridges, as our own extraction gives and records do not."""
        return self.template.ridges is not None


def _fault(template: FingerTemplate) -> Refused | None:
    """Return the first reason against matching this template, or None."""
    if template.engine != ENGINE:
        return Refused(Reason.TEMPLATE_ENGINE, f"made by {template.engine!r}, this is {ENGINE!r}")
    arrays = (template.x, template.y, template.angle, template.quality)
    if {values.shape for values in (*arrays, template.kind)} != {(len(template),)} or template.mask.ndim != 2:
        return Refused(Reason.TEMPLATE_MALFORMED, "arrays of different lengths")
    if len(template) < _LEAST_MINUTIAE:
        return Refused(Reason.TEMPLATE_EMPTY, f"{len(template)} minutiae")
    grids = () if template.orientation is None else (template.orientation,)
    if not all(np.isfinite(values).all() for values in (*arrays, *grids)):
        return Refused(Reason.TEMPLATE_NUMBERS, "not finite")
    if any(grid.shape != (*template.mask.shape, 2) for grid in grids):
        return Refused(Reason.TEMPLATE_MALFORMED, "orientation and mask differ in shape")
    return _misfit(template)


def _misfit(template: FingerTemplate) -> Refused | None:
    """Return why numbers are out of range, or ridges do not belong to the image, or None."""
    if max(template.width, template.height, *(CELL * side for side in template.mask.shape)) > FORM.largest_side:
        return Refused(Reason.TEMPLATE_NUMBERS, f"larger than {FORM.largest_side} pixels")
    if min(template.width, template.height) < 1:
        return Refused(Reason.TEMPLATE_NUMBERS, "an image without pixels")
    outside = (template.x < 0) | (template.x > template.width) | (template.y < 0) | (template.y > template.height)
    if outside.any() or (template.quality < 0).any() or (template.quality > 1).any():
        return Refused(Reason.TEMPLATE_NUMBERS, "minutia outside the image or quality outside 0 to 1")
    if template.orientation is not None and (np.abs(template.orientation) > _LONGEST_ORIENTATION).any():
        return Refused(Reason.TEMPLATE_NUMBERS, "orientation of a coherence above 1")
    if template.ridges is not None and (
        template.ridges.shape != (template.height // 2, template.width // 2) or not template.mask.any()
    ):
        return Refused(Reason.TEMPLATE_MALFORMED, "ridges that do not fit the image, or no print around them")
    return None


def _hull(template: FingerTemplate) -> NDArray[np.bool_]:
    """Mask of the minutiae's convex hull, on the template's grid."""
    rows, columns = -(-template.height // CELL), -(-template.width // CELL)
    corners = np.rint(np.stack([template.x, template.y], axis=1) / CELL)
    # A minutia on the last pixel rounds to a cell beyond the grid, and a hull beyond it would leave no print at all.
    hull = cv2.convexHull(np.minimum(corners, [columns - 1, rows - 1]).astype(np.int32))
    canvas = np.zeros((rows, columns), np.uint8)
    cv2.fillConvexPoly(canvas, hull, 1)
    return np.asarray(canvas, np.bool_)


def _from_directions(template: FingerTemplate, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Orientation grid told by the minutiae's directions alone, for records that carry nothing else."""
    across, down = (
        np.exp((np.arange(cells)[:, None] * CELL - places) ** 2 / np.float32(-2 * FORM.foreign_spread**2))
        for cells, places in ((mask.shape[1], template.x), (mask.shape[0], template.y))
    )
    double = np.stack([np.cos(2 * template.angle), np.sin(2 * template.angle)])
    # The Gaussian around a cell is a product of one along x and one along y, so no cell meets a minutia by itself.
    values = np.moveaxis((double[:, None, :] * down) @ across.T, 0, -1)
    values = values / np.maximum(np.linalg.norm(values, axis=-1, keepdims=True), 0.5)
    return np.where(mask[..., None], values, 0).astype(np.float32)


def _lattice(spacing: float, cells: int) -> NDArray[np.complex64]:
    """Centres of a square of cells around the origin, y upwards, first row at the top, shape (cells, cells)."""
    steps = (np.arange(cells) - (cells - 1) / 2) * spacing
    return np.asarray(steps[None, :] - 1j * steps[:, None], np.complex64)


def _field(ridges: RidgeField, middle: complex) -> NDArray[np.int8]:
    values, present = ridges.at(_lattice(FORM.field_cell, FORM.field_cells) + np.complex64(middle))
    values = np.where(present, values / np.maximum(np.abs(values), 1e-3), 0)
    # The matcher looks here for all that lies beyond the field.
    values[0, 0] = 0
    return np.asarray(np.rint(np.stack([values.real, values.imag], axis=-1) * 127), np.int8)


def _points(ridges: RidgeField, middle: complex) -> NDArray[np.float32]:
    cells = int(FORM.field_cells * FORM.field_cell / FORM.point_spacing)
    lattice = _lattice(FORM.point_spacing, cells).ravel()
    values, present = ridges.at(lattice + np.complex64(middle))
    rows = np.stack([lattice.real, lattice.imag, values.real, values.imag], axis=1)
    return np.asarray(rows[present], np.float32)


def _minutiae(template: FingerTemplate, middle: complex, kept: NDArray[np.intp]) -> NDArray[np.float32]:
    rows = np.zeros((FORM.minutiae, 5), np.float32)
    rows[: len(kept), 0] = template.x[kept] - middle.real
    rows[: len(kept), 1] = -template.y[kept] - middle.imag
    rows[: len(kept), 2] = np.cos(template.angle[kept])
    rows[: len(kept), 3] = np.sin(template.angle[kept])
    rows[: len(kept), 4] = template.quality[kept]
    return rows


def _key(template: FingerTemplate) -> int:
    """A number from all that scores depend on: minutiae and mask decide, the rest where those are the same."""
    first, rest = blake2b(digest_size=8), blake2b(digest_size=8)
    for values in (template.x, template.y, template.angle, template.quality, template.mask):
        first.update(np.ascontiguousarray(values).tobytes())
    others: tuple[NDArray[np.generic] | None, ...] = (
        template.kind,
        template.mask,
        template.orientation,
        template.ridges,
    )
    for other in others:
        rest.update(repr(None if other is None else other.shape).encode())
        rest.update(b"" if other is None else np.ascontiguousarray(other).tobytes())
    rest.update(repr((template.width, template.height)).encode())
    return int.from_bytes(first.digest() + rest.digest(), "big")


def prepare(template: FingerTemplate) -> PreparedFinger | Refused:
    """Make a template ready for comparisons.

    A template with minutiae only (of a foreign record) gets their hull as its mask. Refused are templates of another
    engine version (template.engine), with fewer than two minutiae (template.empty), with numbers that are not finite or
    out of range (template.numbers) and with arrays that do not fit together (template.malformed).
    """
    fault = _fault(template)
    if fault is not None:
        return fault
    foreign = template.orientation is None or not template.mask.any()
    mask = _hull(template) if foreign else template.mask
    orientation = _from_directions(template, mask) if template.orientation is None else template.orientation
    ridges = RidgeField(orientation, mask)
    row, column = np.nonzero(mask)
    middle = complex((column.mean() + 0.5) * CELL, -(row.mean() + 0.5) * CELL)
    kept = np.argsort(-template.quality, kind="stable")[: FORM.minutiae]
    place = (template.x[kept] - 1j * template.y[kept]).astype(np.complex64)
    descriptors = describe(place, template.angle[kept], template.quality[kept], ridges)
    vectors = np.zeros((FORM.minutiae, WIDE), np.float32)
    projected = load_projection().apply(descriptors)
    vectors[: len(kept)] = projected
    minutiae = _minutiae(template, middle, kept)
    return PreparedFinger(
        key=_key(template),
        count=len(kept),
        centre=(middle.real, -middle.imag),
        minutiae=minutiae,
        descriptors=descriptors,
        vectors=vectors,
        field=_field(ridges, middle),
        points=_points(ridges, middle),
        short=shorten(minutiae, projected),
        template=template,
    )
