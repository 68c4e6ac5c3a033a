"""Pictures of the stages of extraction, for people who want to see what the engine sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.observation import Stage
from biometrics.fingerprint.template import FingerTemplate, MinutiaKind

__all__ = [
    "BIFURCATION_COLOUR",
    "CLARITY_ENDS",
    "DOUBTFUL_COLOUR",
    "ENDING_COLOUR",
    "PERIOD_ENDS",
    "SCALE",
    "Record",
    "draw_template",
    "stage_pictures",
]

Picture: TypeAlias = NDArray[np.uint8]
Colour: TypeAlias = tuple[int, int, int]

ENDING_COLOUR: Final[Colour] = (60, 60, 220)
BIFURCATION_COLOUR: Final[Colour] = (220, 110, 30)
DOUBTFUL_COLOUR: Final[Colour] = (150, 150, 150)
# Picture pixels to an image pixel.
SCALE: Final = 2
# What is drawn blue and what red: pixels from ridge to ridge, and clarity.
PERIOD_ENDS: Final = (6.5, 12.0)
CLARITY_ENDS: Final = (0.0, 1.0)
# Image pixels: a minutia's circle, its pointer, the distance and length of the strokes of orientation.
_CIRCLE: Final = 3
_POINTER: Final = 11
_STROKE_STEP: Final = 12
_STROKE: Final = 5


class Record:
    """An observer that keeps a copy of every stage."""

    def __init__(self) -> None:
        self.stages: dict[Stage, NDArray[Any]] = {}

    def __call__(self, stage: Stage, value: NDArray[Any]) -> None:
        """As `Observer`."""
        self.stages[stage] = value.copy()


def stage_pictures(stages: Mapping[Stage, NDArray[Any]]) -> dict[str, Picture]:
    """A picture of each stage that was reached, by name, in order: uint8 (height, width, 3), blue green red."""
    return {
        f"{place:02d}-{stage.value}": _DRAWN[stage](stages)
        for place, stage in enumerate(Stage)
        if stage in stages and stages[stage].size
    }


def draw_template(image: NDArray[np.uint8], template: FingerTemplate) -> Picture:
    """The minutiae over their image (height, width); what is not print is dimmed."""
    picture = _grey(image, image.shape)
    mask = cv2.resize(template.mask.astype(np.uint8), picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    picture[mask == 0] //= 2
    table = np.stack(
        [template.x, template.y, template.angle, template.quality, template.kind.astype(np.float32)], axis=-1
    )
    return _minutiae(picture, table)


def _grey(values: NDArray[Any], shape: tuple[int, ...], low: float = 0.0, high: float = 255.0) -> Picture:
    """Values from low (black) to high (white), enlarged to the scale of pictures of that shape."""
    levels = np.clip((values.astype(np.float32) - low) * (255 / (high - low)), 0, 255).astype(np.uint8)
    smooth = values.shape == shape
    large = cv2.resize(
        levels,
        (shape[1] * SCALE, shape[0] * SCALE),
        interpolation=cv2.INTER_CUBIC if smooth else cv2.INTER_NEAREST,
    )
    return np.asarray(cv2.cvtColor(large, cv2.COLOR_GRAY2BGR), np.uint8)


def _coloured(values: NDArray[Any], shape: tuple[int, ...], low: float, high: float) -> Picture:
    """As `_grey`, in colours from blue (low) to red (high)."""
    return np.asarray(cv2.applyColorMap(_grey(values, shape, low, high), cv2.COLORMAP_TURBO), np.uint8)


def _shape(stages: Mapping[Stage, NDArray[Any]]) -> tuple[int, ...]:
    """Shape of the window."""
    return stages[Stage.NORMALISED].shape


def _ground(stages: Mapping[Stage, NDArray[Any]]) -> Picture:
    """The normalised image, pale, to draw upon."""
    return _grey(stages[Stage.NORMALISED], _shape(stages), -4.0, 2.0)


def _masked(stage: Stage) -> Callable[[Mapping[Stage, NDArray[Any]]], Picture]:
    """The image with what is no print tinted."""

    def drawn(stages: Mapping[Stage, NDArray[Any]]) -> Picture:
        picture = _ground(stages)
        mask = cv2.resize(stages[stage], picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        picture[mask == 0] = picture[mask == 0] // 3 * 2 + np.array([60, 0, 0], np.uint8)
        return picture

    return drawn


def _field(stage: Stage) -> Callable[[Mapping[Stage, NDArray[Any]]], Picture]:
    """Strokes along the ridges, as long as the field is coherent."""

    def drawn(stages: Mapping[Stage, NDArray[Any]]) -> Picture:
        picture, field = _ground(stages), stages[stage]
        step = _shape(stages)[0] // field.shape[0]
        hop = _STROKE_STEP // step
        for row in range(hop // 2, field.shape[0], hop):
            for column in range(hop // 2, field.shape[1], hop):
                cosine, sine = (float(part) for part in field[row, column])
                half, reach = 0.5 * np.arctan2(sine, cosine), _STROKE * np.hypot(cosine, sine)
                middle = (np.array([column, row]) + 0.5) * step
                along = reach * np.array([np.cos(half), -np.sin(half)])
                cv2.line(picture, _at(middle - along), _at(middle + along), ENDING_COLOUR, 1, cv2.LINE_AA)
        return picture

    return drawn


def _at(place: NDArray[Any]) -> tuple[int, int]:
    return round(float(place[0]) * SCALE), round(float(place[1]) * SCALE)


def _minutiae(picture: Picture, table: NDArray[Any]) -> Picture:
    """Endings red, bifurcations blue, doubtful ones grey; the pointer shows the direction."""
    for x, y, angle, quality, kind in table:
        colour = BIFURCATION_COLOUR if int(kind) == MinutiaKind.BIFURCATION else ENDING_COLOUR
        if quality < 0.5:
            colour = DOUBTFUL_COLOUR
        middle = np.array([x + 0.5, y + 0.5])
        tip = middle + _POINTER * np.array([np.cos(angle), -np.sin(angle)])
        cv2.circle(picture, _at(middle), _CIRCLE * SCALE, colour, 2, cv2.LINE_AA)
        cv2.line(picture, _at(middle), _at(tip), colour, 2, cv2.LINE_AA)
    return picture


def _overlaid(stage: Stage) -> Callable[[Mapping[Stage, NDArray[Any]]], Picture]:
    return lambda stages: _minutiae(_ground(stages), stages[stage])


def _lines(stage: Stage) -> Callable[[Mapping[Stage, NDArray[Any]]], Picture]:
    """A skeleton in red over the image."""

    def drawn(stages: Mapping[Stage, NDArray[Any]]) -> Picture:
        picture = _ground(stages)
        large = cv2.resize(stages[stage], picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        picture[large > 0] = ENDING_COLOUR
        return picture

    return drawn


def _scaled(stage: Stage, low: float, high: float) -> Callable[[Mapping[Stage, NDArray[Any]]], Picture]:
    return lambda stages: _grey(stages[stage], _shape(stages), low, high)


_DRAWN: Final[Mapping[Stage, Callable[[Mapping[Stage, NDArray[Any]]], Picture]]] = {
    Stage.INPUT: lambda stages: _grey(stages[Stage.INPUT], stages[Stage.INPUT].shape),
    Stage.CONTRAST: lambda stages: _grey(
        stages[Stage.CONTRAST], tuple(4 * side for side in stages[Stage.CONTRAST].shape), 0.0, 80.0
    ),
    Stage.MASK: _masked(Stage.MASK),
    Stage.RIDGED: _masked(Stage.RIDGED),
    Stage.NORMALISED: _scaled(Stage.NORMALISED, -2.0, 2.0),
    Stage.FIRST_ORIENTATION: _field(Stage.FIRST_ORIENTATION),
    Stage.FIRST_ENHANCED: _scaled(Stage.FIRST_ENHANCED, -2.0, 2.0),
    Stage.ORIENTATION: _field(Stage.ORIENTATION),
    Stage.PERIOD: lambda stages: _coloured(stages[Stage.PERIOD], _shape(stages), *PERIOD_ENDS),
    Stage.ENHANCED: _scaled(Stage.ENHANCED, -2.0, 2.0),
    Stage.BINARY: _scaled(Stage.BINARY, 1.0, 0.0),
    Stage.SKELETON: _lines(Stage.SKELETON),
    Stage.PRUNED: _lines(Stage.PRUNED),
    Stage.CLARITY: lambda stages: _coloured(stages[Stage.CLARITY], _shape(stages), *CLARITY_ENDS),
    Stage.CANDIDATES: _overlaid(Stage.CANDIDATES),
    Stage.MINUTIAE: _overlaid(Stage.MINUTIAE),
}
