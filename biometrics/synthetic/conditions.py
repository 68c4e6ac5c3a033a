"""How a finger is put down on a sensor: place, contact, moisture, and the sensor's own ways."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from biometrics.synthetic.fields import Floats
from biometrics.synthetic.parameters import PARAMETERS, SyntheticParameters

__all__ = ["Conditions", "draw_conditions", "finger_frame", "outside"]


@dataclass(frozen=True, slots=True)
class Conditions:
    """How one impression is taken. Lengths in px at 500 ppi, angles in radians.

    `contact` are the half axes of the contact. `lifted`, where a part does not touch, is the direction of that part,
    the share of the half axis from which it is lifted, and the bow of its edge. `moisture` is -1 when dry, 1 when wet.
    """

    rotation: float
    shift: tuple[float, float]
    stretch: tuple[float, float, float]
    contact: tuple[float, float]
    lifted: tuple[float, float, float] | None
    moisture: float
    pores: float
    background: float
    depth: float
    blur: float
    noise: float


def draw_conditions(generator: np.random.Generator, parameters: SyntheticParameters = PARAMETERS) -> Conditions:
    """The conditions of an ordinary capture."""
    limit = parameters.rotation_limit
    lifted = (generator.uniform(0, 2 * math.pi), generator.uniform(0.15, 0.6), generator.normal(0, 1e-3))
    return Conditions(
        rotation=float(np.clip(generator.normal(0, parameters.rotation), -limit, limit)),
        shift=(generator.normal(0, parameters.shift_across), generator.normal(0, parameters.shift_down)),
        stretch=(
            generator.normal(0, parameters.stretch),
            generator.normal(0, parameters.stretch),
            generator.normal(0, parameters.shear),
        ),
        contact=(generator.uniform(*parameters.contact_across), generator.uniform(*parameters.contact_down)),
        lifted=lifted if generator.uniform() < parameters.partial else None,
        moisture=float(np.clip(generator.normal(0, parameters.moisture), -1, 1)),
        pores=generator.uniform(*parameters.pores),
        background=generator.uniform(*parameters.background),
        depth=generator.uniform(*parameters.depth),
        blur=generator.uniform(*parameters.blur),
        noise=generator.uniform(*parameters.noise),
    )


def finger_frame(across: Floats, down: Floats, conditions: Conditions) -> tuple[Floats, Floats]:
    """Sensor coordinates from the sensor's middle, in px, as coordinates of the turned and shifted finger."""
    x, y = across - conditions.shift[0], down - conditions.shift[1]
    cosine, sine = math.cos(conditions.rotation), math.sin(conditions.rotation)
    return cosine * x - sine * y, sine * x + cosine * y


def outside(x: Floats, y: Floats, conditions: Conditions, parameters: SyntheticParameters = PARAMETERS) -> Floats:
    """How far out points of the finger lie: 0 in the middle, 1 on the outline of the contact, more beyond."""
    power = parameters.contact_squareness
    half_width, half_height = conditions.contact
    radius = (np.abs(x / half_width) ** power + np.abs((y - 10) / half_height) ** power) ** (1 / power)
    if conditions.lifted is not None:
        turn, share, bow = conditions.lifted
        away, along = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
        radius = np.maximum(radius, 1 + (away + along**2 * bow - share * half_width) / 90)
    return np.asarray(radius, np.float32)
