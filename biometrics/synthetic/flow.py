"""Ridge flow of a master print: the zero-pole model with an arching term.

Source: B. Sherlock, D. Monro, "A model for interpreting fingerprint topology", Pattern Recognition 26 (1993): a core
turns the orientation by half a turn, a delta by half a turn the other way. That model alone leaves the shoulders of a
print flat; a smooth term that adds no singular point bends them down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from biometrics.synthetic.fields import Floats, smooth_field
from biometrics.synthetic.parameters import PatternClass, SyntheticParameters

__all__ = ["Flow", "draw_flow", "orientation_field"]

Points: TypeAlias = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """Where a pattern turns. Points are (x, y) in px of the master, y down.

    `bend` is the arching in radians, `breadth` how soon to the sides it is reached, `fall` how far below the core it
    fades, in shares of the master's height.
    """

    pattern: PatternClass
    cores: Points
    deltas: Points
    bend: float
    breadth: float
    fall: float


# Arching by class in radians: patterns with more singular points are steep at the sides already.
BENDS = {
    PatternClass.ARCH: (0.55, 0.9),
    PatternClass.TENTED_ARCH: (0.65, 0.9),
    PatternClass.LEFT_LOOP: (0.7, 0.95),
    PatternClass.RIGHT_LOOP: (0.7, 0.95),
    PatternClass.WHORL: (0.3, 0.5),
}


def draw_flow(pattern: PatternClass, parameters: SyntheticParameters, generator: np.random.Generator) -> Flow:
    """Singular points and arching of one finger of this class."""
    x = parameters.master_width / 2 + generator.normal(0, 8)
    y = parameters.core_row + generator.normal(0, parameters.core_spread)
    cores, deltas = _singular_points(pattern, x, y, generator)
    bend = generator.uniform(*BENDS[pattern])
    breadth = generator.uniform(*parameters.bend_breadth)
    return Flow(pattern, cores, deltas, bend, breadth, generator.normal(parameters.bend_fall, parameters.bend_spread))


def _singular_points(
    pattern: PatternClass, x: float, y: float, generator: np.random.Generator
) -> tuple[Points, Points]:
    """Cores and deltas, the (upper) core at (x, y)."""
    match pattern:
        case PatternClass.ARCH:
            return (), ()
        case PatternClass.TENTED_ARCH:
            return ((x, y),), ((x + generator.normal(0, 5), y + generator.uniform(60, 120)),)
        case PatternClass.WHORL:
            return _whorl(x, y, generator)
        case PatternClass.LEFT_LOOP | PatternClass.RIGHT_LOOP:
            side = 1 if pattern is PatternClass.LEFT_LOOP else -1
            return ((x, y),), ((x + side * generator.uniform(65, 115), y + generator.uniform(125, 205)),)


def _whorl(x: float, y: float, generator: np.random.Generator) -> tuple[Points, Points]:
    apart = generator.uniform(20, 60)
    lean = generator.normal(0, 0.35)
    cores = ((x - apart * math.sin(lean) / 2, y), (x + apart * math.sin(lean) / 2, y + apart * math.cos(lean)))
    left = (x - generator.uniform(90, 130), y + generator.uniform(110, 185))
    right = (x + generator.uniform(90, 130), y + generator.uniform(110, 185))
    return cores, (left, right)


def orientation_field(
    flow: Flow, parameters: SyntheticParameters, generator: np.random.Generator, step: int = 1
) -> Floats:
    """Angle of the ridges in radians, counter-clockwise from the x axis, not wrapped, on every `step`-th pixel.

    float32 of the master's shape divided by `step`; the middle of each cell of `step` px.
    """
    height, width = parameters.master_height // step, parameters.master_width // step
    across = (np.arange(width, dtype=np.float32)[None, :] + 0.5) * step - 0.5
    up = 0.5 - (np.arange(height, dtype=np.float32)[:, None] + 0.5) * step
    angle = np.zeros((height, width), np.float32)
    for x, y in flow.cores:
        angle += 0.5 * np.arctan2(up + y, across - x)
    for x, y in flow.deltas:
        angle -= 0.5 * np.arctan2(up + y, across - x)
    angle += _bend(flow, parameters, across, up)
    wave = smooth_field(generator, height, width, parameters.waviness_scale / step)
    return angle + parameters.waviness * wave


def _bend(flow: Flow, parameters: SyntheticParameters, across: Floats, up: Floats) -> Floats:
    """The shoulders: falling away from the middle, fading towards the crease below the pad."""
    middle = flow.cores[0][0] if flow.cores else parameters.master_width / 2
    level = flow.cores[0][1] if flow.cores else parameters.core_row + 20
    side = np.clip((across - middle) / (0.5 * parameters.master_width), -1.2, 1.2)
    below = (-up - level) / parameters.master_height
    if flow.pattern is PatternClass.ARCH:
        hump = np.exp(-(((below + 0.22 - flow.fall) / 0.22) ** 2)) + 0.25
        return np.asarray(-flow.bend * hump * np.sin(np.pi * side * flow.breadth / 1.38), np.float32)
    fading = 0.15 + 0.85 / (1 + np.exp((below - flow.fall) * 14))
    fall = -flow.bend * fading * np.sin(np.pi / 2 * np.clip(side * flow.breadth, -1, 1))
    if len(flow.deltas) == 1:
        # The open side of a loop leaves the print more steeply than the two points alone would have it.
        open_side = side * np.sign(flow.deltas[0][0] - middle) < 0
        fall = np.where(open_side, 1.1 * fall, fall)
    return np.asarray(fall, np.float32)
