"""One impression of a master print, as a sensor would deliver it: put down, touched, inked, seen."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.synthetic.conditions import Conditions, draw_conditions, finger_frame, outside
from biometrics.synthetic.fields import Floats, smooth_field
from biometrics.synthetic.master import Master
from biometrics.synthetic.parameters import PARAMETERS, SyntheticParameters

__all__ = ["press"]


def press(
    master: Master,
    generator: np.random.Generator,
    conditions: Conditions | None = None,
    parameters: SyntheticParameters = PARAMETERS,
) -> NDArray[np.uint8]:
    """A grey image of (height, width) of the sensor, ridges dark, under `conditions` or ordinary ones."""
    if conditions is None:
        conditions = draw_conditions(generator, parameters)
    place = _place(conditions, parameters, generator)
    ridges = _seen(master.ridges, place, cv2.INTER_CUBIC)
    detail = _seen(master.detail, place, cv2.INTER_LINEAR)
    pores = _seen(master.pores, place, cv2.INTER_LINEAR)
    height = ridges + detail - conditions.pores * pores + _pressure(place, conditions, parameters, generator)
    height += _grain(conditions, parameters, generator)
    ink = 1 / (1 + np.exp(-parameters.sharpness * height))
    ink *= 1 - _scratches(parameters, generator)
    return _sensed(ink, place, conditions, parameters, generator)


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Where each pixel of the sensor lies on the master, and how far outside the contact (1 is its outline)."""

    x: Floats
    y: Floats
    outside: Floats


def _place(conditions: Conditions, parameters: SyntheticParameters, generator: np.random.Generator) -> _Place:
    width, height = parameters.width, parameters.height
    across = np.arange(width, dtype=np.float32)[None, :] - width / 2
    down = np.arange(height, dtype=np.float32)[:, None] - height / 2
    x, y = finger_frame(across, down, conditions)
    ragged = parameters.outline * smooth_field(generator, height, width, parameters.outline_scale)
    wide, high, shear = conditions.stretch
    pull, scale = parameters.distortion, parameters.distortion_scale
    moved_x = (1 + wide) * x + shear * y + pull * smooth_field(generator, height, width, scale)
    moved_y = (1 + high) * y + pull * smooth_field(generator, height, width, scale)
    return _Place(
        np.asarray(moved_x + parameters.master_width / 2, np.float32),
        np.asarray(moved_y + parameters.master_row, np.float32),
        outside(x, y, conditions, parameters) + ragged,
    )


def _seen(layer: Floats, place: _Place, interpolation: int) -> Floats:
    return np.asarray(cv2.remap(layer, place.x, place.y, interpolation, borderMode=cv2.BORDER_REFLECT_101), np.float32)


def _pressure(
    place: _Place, conditions: Conditions, parameters: SyntheticParameters, generator: np.random.Generator
) -> Floats:
    """What pressure and moisture add: more makes ridges broader, until they meet; at the outline it fades."""
    wave = parameters.pressure_waviness * smooth_field(
        generator, parameters.height, parameters.width, parameters.pressure_scale
    )
    fading = 3.2 * np.clip((place.outside - 0.86) / 0.16, 0, None) ** 2
    return np.asarray(parameters.base_pressure + 0.75 * conditions.moisture + wave - np.minimum(fading, 8), np.float32)


def _grain(conditions: Conditions, parameters: SyntheticParameters, generator: np.random.Generator) -> Floats:
    """Skin that does not touch: fine noise of two scales, stronger when dry."""
    shape = (parameters.height, parameters.width)
    dry = max(0.0, -conditions.moisture)
    strength = parameters.grain + parameters.grain_dry * dry
    fine = cv2.GaussianBlur(generator.standard_normal(shape, np.float32), (0, 0), 0.9)
    coarse = smooth_field(generator, parameters.height, parameters.width, 3.2)
    return np.asarray(strength * (1.9 * fine + 0.7 * coarse), np.float32)


def _scratches(parameters: SyntheticParameters, generator: np.random.Generator) -> Floats:
    """Hairs and scratches of the glass: light lines, 0 to 1."""
    lines = np.zeros((parameters.height, parameters.width), np.float32)
    for _ in range(int(generator.poisson(parameters.scratches))):
        first = generator.uniform(0, (parameters.width, parameters.height))
        turn, length = generator.uniform(0, math.pi), generator.uniform(20, 140)
        last = first + length * np.array([math.cos(turn), math.sin(turn)])
        ends = [tuple(int(v) for v in np.rint(point * 16)) for point in (first, last)]
        cv2.line(lines, ends[0], ends[1], float(generator.uniform(0.3, 0.9)), 1, cv2.LINE_AA, 4)
    return lines


def _sensed(
    ink: Floats,
    place: _Place,
    conditions: Conditions,
    parameters: SyntheticParameters,
    generator: np.random.Generator,
) -> NDArray[np.uint8]:
    """Grey levels: light background, dark ridges, a film where wet skin lies, blur, noise."""
    touching = 1 / (1 + np.exp(np.clip((place.outside - 0.98) * 40, -30, 30)))
    film = parameters.smudge * (1 + 2 * max(0.0, conditions.moisture)) * touching
    shade = 1 + 0.08 * smooth_field(generator, parameters.height, parameters.width, 80.0)
    grey = conditions.background - film - conditions.depth * shade * ink
    grey = cv2.GaussianBlur(np.asarray(grey, np.float32), (0, 0), conditions.blur)
    grey = grey + conditions.noise * (0.3 + ink) * generator.standard_normal(ink.shape, np.float32)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)
