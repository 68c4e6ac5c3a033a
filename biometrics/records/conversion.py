"""Between our engine's template and the views of minutiae records."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.template import CELL, ENGINE, FingerTemplate, MinutiaKind
from biometrics.records.model import (
    MAX_COORDINATE,
    MAX_MINUTIAE,
    Frame,
    ImpressionType,
    MinutiaeRecord,
    RecordFormat,
    RecordMinutia,
    View,
)
from biometrics.sample import FingerPosition

__all__ = ["record_from_template", "template_from_view"]

# 500 pixels per inch are 196.85 a centimetre.
NOMINAL = 197
# The largest print we take, in pixels at 500 ppi: five inches, far more than a finger. It bounds the grid.
MAX_EXTENT = 2500
# What a minutia without a reported quality is trusted with: neither kept nor dropped for it.
UNREPORTED = 0.5


def record_from_template(
    template: FingerTemplate,
    *,
    position: FingerPosition = FingerPosition.UNKNOWN,
    impression: ImpressionType = ImpressionType.LIVE_PLAIN,
    quality: int = 254,
    device: int = 0,
) -> MinutiaeRecord | Refused:
    """An ISO/IEC 19794-2:2005 record of one view at 500 ppi, of the 255 surest minutiae.

    `quality` is that of the finger, 0 to 100, 254 for not reported; `device` the 12-bit identifier of the capture
    device. Orientation, mask and ridges have no place in it and stay behind. Refused for a template that is empty
    (`TEMPLATE_EMPTY`), not of one length (`TEMPLATE_MALFORMED`), not finite (`TEMPLATE_NUMBERS`), or larger than
    14-bit coordinates reach (`RECORD_INEXPRESSIBLE`).
    """
    columns = (template.x, template.y, template.angle, template.quality, template.kind)
    if any(column.shape != template.x.shape or column.ndim != 1 for column in columns):
        return Refused(Reason.TEMPLATE_MALFORMED, "the columns of minutiae differ in length")
    if len(template) == 0:
        return Refused(Reason.TEMPLATE_EMPTY, "a template without minutiae")
    if not all(np.isfinite(column).all() for column in columns):
        return Refused(Reason.TEMPLATE_NUMBERS, "a number that is not finite")
    if not (1 <= template.width <= MAX_COORDINATE + 1 and 1 <= template.height <= MAX_COORDINATE + 1):
        return Refused(Reason.RECORD_INEXPRESSIBLE, f"an image of {template.width} x {template.height} pixels")
    best = np.argsort(-template.quality, kind="stable")[:MAX_MINUTIAE]
    x = np.clip(np.rint(template.x[best]), 0, template.width - 1).astype(int)
    y = np.clip(np.rint(template.y[best]), 0, template.height - 1).astype(int)
    angle = np.rint(template.angle[best].astype(float) * 128 / math.pi).astype(int) % 256
    sure = np.clip(np.rint(template.quality[best] * 100), 1, 100).astype(int)
    kinds = [
        MinutiaKind(int(kind)) if kind <= MinutiaKind.BIFURCATION else MinutiaKind.OTHER for kind in template.kind[best]
    ]
    rows = zip(kinds, x.tolist(), y.tolist(), angle.tolist(), sure.tolist(), strict=True)
    frame = Frame(template.width, template.height, NOMINAL, NOMINAL)
    view = View(position, 0, impression, quality, frame, tuple(RecordMinutia(*row) for row in rows))
    return MinutiaeRecord(RecordFormat.ISO_2005, "20", (view,), device=device)


def template_from_view(record: MinutiaeRecord, view: View) -> FingerTemplate | Refused:
    """A template of minutiae alone (no orientation, no ridges; the mask is their convex hull), scaled to 500 ppi.

    `view` is one of `record`'s. The minutiae come in falling quality, those without one as half sure. The axes of
    differing resolution are scaled apart, and angles with them. Refused: `TEMPLATE_EMPTY` without minutiae,
    `TEMPLATE_NUMBERS` if the print would be larger than `MAX_EXTENT` pixels.
    """
    if not view.minutiae:
        return Refused(Reason.TEMPLATE_EMPTY, "a view without minutiae")
    scale_x, scale_y = _scale(view.frame.resolution_x), _scale(view.frame.resolution_y)
    rows = np.array(view.minutiae, dtype=np.float64)
    x, y = rows[:, 1] * scale_x, rows[:, 2] * scale_y
    # Coordinates may lie outside the stated image, or the image size be missing.
    width = max(round(view.frame.width * scale_x), math.ceil(float(x.max())) + 1)
    height = max(round(view.frame.height * scale_y), math.ceil(float(y.max())) + 1)
    if max(float(x.max()), float(y.max())) >= MAX_EXTENT - 1:
        return Refused(Reason.TEMPLATE_NUMBERS, f"minutiae over {width} x {height} pixels at 500 ppi")
    width, height = min(width, MAX_EXTENT), min(height, MAX_EXTENT)
    turn = 2 * np.pi / record.format.angle_steps
    angle = rows[:, 3] * turn
    if scale_x != scale_y:
        angle = np.arctan2(np.sin(angle) * scale_y, np.cos(angle) * scale_x)
    quality = np.where((rows[:, 4] >= 1) & (rows[:, 4] <= 100), rows[:, 4] / 100, UNREPORTED)
    order = np.argsort(-quality, kind="stable")
    return FingerTemplate(
        engine=ENGINE,
        width=width,
        height=height,
        x=x[order].astype(np.float32),
        y=y[order].astype(np.float32),
        angle=_wrapped(angle[order]),
        quality=quality[order].astype(np.float32),
        kind=rows[order, 0].astype(np.uint8),
        orientation=None,
        mask=_hull(x, y, width, height),
        ridges=None,
    )


def _scale(resolution: int) -> float:
    """Pixels at 500 ppi per pixel at `resolution` pixels per centimetre.

    Sensors have round resolutions in pixels per inch; a whole number per centimetre is within 1.27 ppi of the truth,
    so a multiple of ten in that reach is taken for it (197: 500 ppi, 394: 1000 ppi).
    """
    ppi = resolution * 2.54
    nearest = 10 * round(ppi / 10)
    return 500 / (nearest if nearest and abs(nearest - ppi) <= 1.27 else ppi)


def _wrapped(angle: NDArray[np.float64]) -> NDArray[np.float32]:
    """Angles in [0, 2 pi) after rounding to float32 too."""
    single = np.mod(angle, 2 * np.pi).astype(np.float32)
    single[single >= np.float32(2 * np.pi)] = 0
    return single


def _hull(x: NDArray[np.float64], y: NDArray[np.float64], width: int, height: int) -> NDArray[np.bool_]:
    """The cells of the convex hull of the points, on the grid of a template of width x height pixels."""
    mask = np.zeros((-(-height // CELL), -(-width // CELL)), np.uint8)
    cells = np.column_stack([x // CELL, y // CELL]).astype(np.int32)
    cv2.fillConvexPoly(mask, np.asarray(cv2.convexHull(cells)), 1)
    return mask.astype(bool)
