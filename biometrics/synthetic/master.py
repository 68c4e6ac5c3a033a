"""A master print: all that stays the same from one impression of a finger to the next."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from biometrics.synthetic.fields import Floats, smooth_field
from biometrics.synthetic.flow import Flow, draw_flow, orientation_field
from biometrics.synthetic.growth import grow_ridges
from biometrics.synthetic.parameters import PARAMETERS, PatternClass, SyntheticParameters

__all__ = ["Master", "draw_master"]


@dataclass(frozen=True, slots=True, eq=False)
class Master:
    """Layers of one finger, float32 of shape (height, width).

    `ridges` runs from -1 (valley) to 1 (ridge); `detail`, of the same measure, is what creases and uneven ridge width
    add or take off; `pores` how deep pores are, 0 to 1; `orientation` the angle of the ridges in radians, modulo pi.
    """

    flow: Flow
    ridges: Floats
    pores: Floats
    detail: Floats
    orientation: Floats


def draw_master(
    generator: np.random.Generator,
    pattern: PatternClass | None = None,
    parameters: SyntheticParameters = PARAMETERS,
) -> Master:
    """A new finger, of `pattern` or of a class drawn with its natural share."""
    flow = draw_flow(pattern or parameters.draw_pattern(generator), parameters, generator)
    orientation = orientation_field(flow, parameters, generator)
    ridges = grow_ridges(orientation, _period(parameters, generator), parameters, generator)
    return Master(
        flow=flow,
        ridges=ridges,
        pores=_pores(ridges, parameters, generator),
        detail=_detail(parameters, generator),
        orientation=np.mod(orientation, np.float32(math.pi)),
    )


def _period(parameters: SyntheticParameters, generator: np.random.Generator) -> Floats:
    height, width = parameters.master_height, parameters.master_width
    mean = float(np.clip(generator.normal(parameters.period_mean, parameters.period_spread), 7.8, 10.4))
    wave = 1 + parameters.period_waviness * smooth_field(generator, height, width, parameters.period_scale)
    # Ridges are broader below the pattern than at the tip.
    broader = generator.uniform(*parameters.period_slope)
    slope = np.linspace(1 - broader / 2, 1 + broader / 2, height, dtype=np.float32)[:, None]
    return np.clip(mean * slope * wave, parameters.period_low, parameters.period_high).astype(np.float32)


def _pores(ridges: Floats, parameters: SyntheticParameters, generator: np.random.Generator) -> Floats:
    """Small dents, at most one in a cell, where the cell holds the crest of a ridge."""
    side = parameters.pore_cell
    rows, columns = ridges.shape[0] // side, ridges.shape[1] // side
    cells = ridges[: rows * side, : columns * side].reshape(rows, side, columns, side).swapaxes(1, 2)
    crests = cells.reshape(rows * columns, side * side)
    place = np.argmax(crests + 0.1 * generator.standard_normal(crests.shape, np.float32), axis=1)
    open_ = crests[np.arange(len(crests)), place] > parameters.pore_ridge
    cell = np.flatnonzero(open_)
    row = cell // columns * side + place[open_] // side
    column = cell % columns * side + place[open_] % side
    dents = np.zeros_like(ridges)
    dents[row, column] = generator.uniform(0.4, 1.0, len(row)) * 2 * math.pi * 1.1**2
    return np.asarray(cv2.GaussianBlur(dents, (0, 0), 1.1), np.float32)


def _detail(parameters: SyntheticParameters, generator: np.random.Generator) -> Floats:
    height, width = parameters.master_height, parameters.master_width
    detail = parameters.width_waviness * smooth_field(generator, height, width, 14.0)
    lines = np.zeros((height, width), np.float32)
    for _ in range(int(generator.poisson(parameters.creases))):
        middle = generator.uniform((0.2 * width, 0.2 * height), (0.8 * width, 0.85 * height))
        turn, length = generator.normal(0.2, 0.5), generator.uniform(20, 120)
        along = np.linspace(-0.5, 0.5, 12)[:, None] * length * np.array([[math.cos(turn), math.sin(turn)]])
        thick = int(generator.integers(1, 4))
        bow = generator.normal(0, 0.06) * length * (along[:, :1] / length) ** 2 * 4
        points = np.rint((middle + along + np.concatenate([-bow, bow], axis=1)) * 16).astype(np.int32)
        cv2.polylines(
            lines,
            [points],
            isClosed=False,
            color=float(generator.uniform(0.4, 1)),
            thickness=thick,
            lineType=cv2.LINE_AA,
            shift=4,
        )
    lines = np.asarray(cv2.GaussianBlur(lines, (0, 0), 0.9), np.float32)
    return np.asarray(detail - parameters.crease_depth * lines, np.float32)
