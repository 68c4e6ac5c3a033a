"""From an image to a template: the recipe of extraction, each stage observable by its name."""

from __future__ import annotations

from typing import TypeAlias, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.fingerprint import minutiae, skeleton
from biometrics.fingerprint.enhancement import enhance
from biometrics.fingerprint.minutiae import Minutiae
from biometrics.fingerprint.observation import Observer, Stage, unobserved
from biometrics.fingerprint.orientation import Field, measure
from biometrics.fingerprint.parameters import PARAMETERS, Parameters
from biometrics.fingerprint.segmentation import Window, segment, with_ridges
from biometrics.fingerprint.template import CELL, ENGINE, FingerTemplate

__all__ = ["extract"]

Floats: TypeAlias = NDArray[np.float32]
Bits: TypeAlias = NDArray[np.uint8]
Number = TypeVar("Number", bound=np.generic)


def extract(
    image: NDArray[np.uint8], *, observe: Observer | None = None, parameters: Parameters = PARAMETERS
) -> FingerTemplate | Refused:
    """The template of a grey image of one finger at 500 ppi, shape (height, width).

    Refuses where there is no print (`FINGER_NONE`), too little (`FINGER_TOO_SMALL`) or too few minutiae
    (`FINGER_FEW_MINUTIAE`). The cost is bounded by `parameters.largest_side`.
    """
    told = observe or unobserved
    told(Stage.INPUT, image)
    window = segment(image, parameters, told)
    if isinstance(window, Refused):
        return window
    enhanced, field, clear = _enhanced(window, parameters, told)
    window = with_ridges(window, clear, parameters)
    told(Stage.RIDGED, window.mask)
    area, ridged = (int(np.count_nonzero(part)) for part in (window.mask, window.mask & (clear >= parameters.clear)))
    if ridged < max(parameters.smallest_area / parameters.reduction**2, parameters.clear_share * area):
        return Refused(Reason.FINGER_NONE, f"clear ridges in {ridged} of {area} cells")
    whole = cv2.resize(window.mask, enhanced.shape[::-1], interpolation=cv2.INTER_NEAREST)
    bits = skeleton.binarise(enhanced, np.asarray(whole, np.uint8), parameters)
    told(Stage.BINARY, bits)
    lines = skeleton.thin(bits)
    told(Stage.SKELETON, lines)
    lines = skeleton.prune(lines, parameters)
    told(Stage.PRUNED, lines)
    candidates = minutiae.detect(lines, field, clear, parameters)
    told(Stage.CANDIDATES, _table(candidates))
    found = _reliable(candidates, window, image.shape, parameters)
    told(Stage.MINUTIAE, _table(found))
    if len(found) < parameters.fewest_minutiae:
        return Refused(Reason.FINGER_FEW_MINUTIAE, f"{len(found)} minutiae")
    return _template(image.shape, window, found, enhanced, field)


def _enhanced(window: Window, parameters: Parameters, told: Observer) -> tuple[Floats, Field, Floats]:
    """The enhanced image, the orientation field of the template and the clarity of ridges."""
    step = parameters.reduction
    field = measure(
        window.normalised, blur=parameters.gradient_sigma, sigma=parameters.first_tensor_sigma, reduction=step
    )
    told(Stage.FIRST_ORIENTATION, np.stack([field.cosine, field.sine], axis=-1))
    first = enhance(
        window.normalised,
        field,
        periods=parameters.first_periods,
        envelope=parameters.first_envelope,
        parameters=parameters,
    )
    told(Stage.FIRST_ENHANCED, first.image)
    coherence = field.coherence
    field = measure(first.image, blur=0.0, sigma=parameters.second_tensor_sigma, reduction=step)
    told(Stage.ORIENTATION, np.stack([field.cosine, field.sine], axis=-1))
    second = enhance(
        first.image,
        field,
        periods=parameters.second_periods,
        envelope=parameters.second_envelope,
        parameters=parameters,
    )
    told(Stage.PERIOD, second.period)
    told(Stage.ENHANCED, second.image)
    final = measure(second.image, blur=0.0, sigma=parameters.template_tensor_sigma, reduction=step)
    clear = minutiae.clarity(window.normalised, second.image, coherence, parameters)
    told(Stage.CLARITY, clear)
    return second.image, final, clear


def _reliable(found: Minutiae, window: Window, shape: tuple[int, ...], parameters: Parameters) -> Minutiae:
    """Without those near the frame or the contact's outline, doubtful ones and doubles."""
    step = parameters.reduction
    reach = parameters.outline_distance // step
    kernel = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)), np.uint8)
    inner = cv2.erode(window.mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=(0.0,))
    inside = inner[(found.y // step).astype(np.intp), (found.x // step).astype(np.intp)] > 0
    x, y = found.x + window.left, found.y + window.top
    margin = parameters.frame_distance
    inside &= (x >= margin) & (y >= margin) & (x < shape[1] - margin) & (y < shape[0] - margin)
    return minutiae.thinned_out(found.only(inside & (found.quality >= parameters.lowest_quality)), parameters)


def _table(found: Minutiae) -> Floats:
    """(n, 5): x, y, angle, quality, kind."""
    return np.stack([found.x, found.y, found.angle, found.quality, found.kind.astype(np.float32)], axis=-1)


def _template(
    shape: tuple[int, ...], window: Window, found: Minutiae, enhanced: Floats, field: Field
) -> FingerTemplate:
    height, width = shape
    rows, columns = -(-height // CELL), -(-width // CELL)
    corner = (window.top // CELL, window.left // CELL)
    mask = _placed(window.mask, (rows, columns), corner).astype(bool)
    direction = np.stack([field.cosine, field.sine], axis=-1) * window.mask[..., None]
    half = cv2.resize(enhanced, (enhanced.shape[1] // 2, enhanced.shape[0] // 2), interpolation=cv2.INTER_AREA)
    covered = cv2.resize(window.mask, (half.shape[1], half.shape[0]), interpolation=cv2.INTER_NEAREST)
    ridges = np.clip(np.rint(half * 48.0), -127, 127).astype(np.int8) * covered.astype(np.int8)
    return FingerTemplate(
        engine=ENGINE,
        width=width,
        height=height,
        x=found.x + np.float32(window.left),
        y=found.y + np.float32(window.top),
        angle=found.angle,
        quality=found.quality,
        kind=found.kind,
        orientation=_placed(np.asarray(direction, np.float32), (rows, columns), corner),
        mask=mask,
        ridges=_placed(ridges, (height // 2, width // 2), (window.top // 2, window.left // 2)),
    )


def _placed(part: NDArray[Number], shape: tuple[int, int], corner: tuple[int, int]) -> NDArray[Number]:
    """A whole of `shape`, 0 but where the part lies whose first element stands at `corner` (row, column)."""
    whole = np.zeros(shape + part.shape[2:], part.dtype)
    top, left = max(corner[0], 0), max(corner[1], 0)
    cut = part[top - corner[0] :, left - corner[1] :][: shape[0] - top, : shape[1] - left]
    whole[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
    return whole
