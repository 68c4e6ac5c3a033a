"""Fingers of minutiae alone: templates by the thousand, for galleries that no one could draw as images.

They have the flow, the density and the contact of the drawn prints, but no ridges: a matcher's ridge check has nothing
to check. The minutiae are independent of each other but for a least distance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.template import CELL, ENGINE, FingerTemplate, MinutiaKind
from biometrics.synthetic.conditions import Conditions, draw_conditions, finger_frame, outside
from biometrics.synthetic.fields import Floats
from biometrics.synthetic.flow import Flow, draw_flow, orientation_field
from biometrics.synthetic.parameters import PARAMETERS, PatternClass, SyntheticParameters

__all__ = ["MinutiaeMaster", "draw_minutiae", "impress"]

# Long waves that move the skin: their number on each axis.
WAVES = 3


@dataclass(frozen=True, slots=True, eq=False)
class MinutiaeMaster:
    """All minutiae of a finger: `x`, `y` in px of the master, `angle` in radians, `sureness` 0 to 1, `kind`.

    `double` is cosine and sine of twice the ridge angle, float32 (rows, columns, 2), on cells of `CELL` px.
    """

    flow: Flow
    x: Floats
    y: Floats
    angle: Floats
    sureness: Floats
    kind: NDArray[np.uint8]
    double: Floats


def draw_minutiae(
    generator: np.random.Generator,
    pattern: PatternClass | None = None,
    parameters: SyntheticParameters = PARAMETERS,
) -> MinutiaeMaster:
    """A new finger, of `pattern` or of a class drawn with its natural share."""
    flow = draw_flow(pattern or parameters.draw_pattern(generator), parameters, generator)
    angle = orientation_field(flow, parameters, generator, CELL)
    x, y = _places(flow, parameters, generator)
    along = angle[(y / CELL).astype(int), (x / CELL).astype(int)]
    count = len(x)
    return MinutiaeMaster(
        flow=flow,
        x=x,
        y=y,
        angle=np.asarray(along + math.pi * generator.integers(0, 2, count), np.float32),
        sureness=generator.beta(12, 1, count).astype(np.float32),
        kind=np.where(generator.uniform(size=count) < 0.6, MinutiaKind.ENDING, MinutiaKind.BIFURCATION).astype(
            np.uint8
        ),
        double=np.stack([np.cos(2 * angle), np.sin(2 * angle)], axis=2),
    )


def _places(flow: Flow, parameters: SyntheticParameters, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Points all over the master, denser at its singular points, none closer than the spacing."""
    tried = (parameters.candidates, 2)
    points = (generator.random(tried, np.float32) * (parameters.master_width - 1, parameters.master_height - 1)).T
    weight = np.full(parameters.candidates, 1 / (1 + parameters.crowding))
    for x, y in flow.cores + flow.deltas:
        near = np.exp(-((points[0] - x) ** 2 + (points[1] - y) ** 2) / (2 * parameters.crowding_scale**2))
        weight = np.maximum(weight, (1 + parameters.crowding * near) / (1 + parameters.crowding))
    points = points[:, generator.random(parameters.candidates) < weight]
    z = points[0] + 1j * points[1]
    apart = np.abs(z[:, None] - z[None, :])
    earlier = np.tri(len(z), k=-1, dtype=bool)
    alone = ~((apart < parameters.spacing) & earlier).any(axis=1)
    return points[0, alone].astype(np.float32), points[1, alone].astype(np.float32)


def impress(
    master: MinutiaeMaster,
    generator: np.random.Generator,
    conditions: Conditions | None = None,
    parameters: SyntheticParameters = PARAMETERS,
) -> FingerTemplate:
    """What extraction would find in one impression of the finger: some minutiae missed, some false, all a bit off."""
    if conditions is None:
        conditions = draw_conditions(generator, parameters)
    skin = _Skin(conditions, parameters, generator)
    found = _found(master, skin, parameters, generator)
    order = np.argsort(-found.quality, kind="stable")
    rows, columns = -(-parameters.height // CELL), -(-parameters.width // CELL)
    mask = skin.touches(*np.meshgrid(_middles(columns), _middles(rows)))
    return FingerTemplate(
        engine=ENGINE,
        width=parameters.width,
        height=parameters.height,
        x=found.x[order],
        y=found.y[order],
        angle=found.angle[order],
        quality=found.quality[order],
        kind=found.kind[order],
        orientation=_orientation(master, skin, mask),
        mask=mask,
        ridges=None,
    )


def _middles(count: int) -> Floats:
    return (np.arange(count, dtype=np.float32) + 0.5) * CELL - 0.5


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    x: Floats
    y: Floats
    angle: Floats
    quality: Floats
    kind: NDArray[np.uint8]


class _Skin:
    """The way from sensor to master and back, for one impression."""

    def __init__(self, conditions: Conditions, parameters: SyntheticParameters, generator: np.random.Generator) -> None:
        self.conditions = conditions
        self.parameters = parameters
        self._middle = (parameters.width / 2, parameters.height / 2)
        self._origin = (parameters.master_width / 2, parameters.master_row)
        self._strength = generator.standard_normal((2, WAVES)) * parameters.distortion * math.sqrt(2 / WAVES)
        self._waves = generator.standard_normal((2, WAVES, 2)) / parameters.distortion_scale
        self._phases = generator.uniform(0, 2 * math.pi, (2, WAVES))
        wide, high, shear = conditions.stretch
        self._stretch = np.array([[1 + wide, shear], [0, 1 + high]])

    def _pull(self, x: Floats, y: Floats, axis: int) -> Floats:
        moved = np.zeros_like(x)
        for strength, (u, v), phase in zip(self._strength[axis], self._waves[axis], self._phases[axis], strict=True):
            moved += np.float32(strength) * np.cos(np.float32(u) * x + np.float32(v) * y + np.float32(phase))
        return moved

    def touches(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """Whether pixels of the sensor are touched."""
        finger = finger_frame(x - self._middle[0], y - self._middle[1], self.conditions)
        return np.asarray(outside(*finger, self.conditions, self.parameters) < 0.97, np.bool_)

    def to_master(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Pixels of the sensor as pixels of the master."""
        across, down = finger_frame(x - self._middle[0], y - self._middle[1], self.conditions)
        (a, b), (_, d) = self._stretch
        moved_x = a * across + b * down + self._pull(across, down, 0) + self._origin[0]
        moved_y = d * down + self._pull(across, down, 1) + self._origin[1]
        return np.asarray(moved_x, np.float32), np.asarray(moved_y, np.float32)

    def to_sensor(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """The other way: three steps of a fixed point, since the pull changes slowly (error below 0.1 px)."""
        (a, b), (_, d) = self._stretch
        pull_x = pull_y = np.zeros_like(x)
        across, down = x, y
        for _ in range(3):
            down = (y - self._origin[1] - pull_y) / d
            across = (x - self._origin[0] - pull_x - b * down) / a
            pull_x, pull_y = self._pull(across, down, 0), self._pull(across, down, 1)
        cosine, sine = math.cos(self.conditions.rotation), math.sin(self.conditions.rotation)
        back_x = cosine * across + sine * down + self.conditions.shift[0] + self._middle[0]
        back_y = cosine * down - sine * across + self.conditions.shift[1] + self._middle[1]
        return np.asarray(back_x, np.float32), np.asarray(back_y, np.float32)


def _found(
    master: MinutiaeMaster, skin: _Skin, parameters: SyntheticParameters, generator: np.random.Generator
) -> _Found:
    x, y = skin.to_sensor(master.x, master.y)
    false = int(generator.poisson(parameters.spurious))
    x = np.concatenate([x, generator.random(false, np.float32) * parameters.width])
    y = np.concatenate([y, generator.random(false, np.float32) * parameters.height])
    angle = np.concatenate([master.angle + skin.conditions.rotation, generator.uniform(0, 2 * math.pi, false)])
    sure = np.concatenate([master.sureness, generator.beta(2, 2, false)])
    kind = np.concatenate([master.kind, generator.integers(1, 3, false).astype(np.uint8)])
    count = len(x)
    x = x + parameters.place_error * generator.standard_normal(count, np.float32)
    y = y + parameters.place_error * generator.standard_normal(count, np.float32)
    angle = np.mod(angle + parameters.angle_error * generator.standard_normal(count), 2 * math.pi).astype(np.float32)
    angle[angle >= np.float32(2 * math.pi)] = 0
    quality = np.clip(sure + 0.08 * generator.standard_normal(count), 0.05, 1).astype(np.float32)
    other = generator.random(count) < parameters.kind_error
    kind = np.where(other, 3 - kind, kind).astype(np.uint8)
    inside = (x >= 4) & (x < parameters.width - 4) & (y >= 4) & (y < parameters.height - 4)
    kept = inside & skin.touches(x, y) & (generator.random(count) >= parameters.missed)
    return _Found(x[kept], y[kept], angle[kept], quality[kept], kind[kept])


def _orientation(master: MinutiaeMaster, skin: _Skin, mask: NDArray[np.bool_]) -> Floats:
    """The master's orientation where the sensor sees it, turned with the finger; 0 outside the print."""
    rows, columns = mask.shape
    x, y = skin.to_master(*np.meshgrid(_middles(columns), _middles(rows)))
    to_cell = np.float32(1 / CELL)
    seen = cv2.remap(
        master.double,
        (x + 0.5) * to_cell - 0.5,
        (y + 0.5) * to_cell - 0.5,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    cosine, sine = math.cos(2 * skin.conditions.rotation), math.sin(2 * skin.conditions.rotation)
    turned = np.stack(
        [seen[..., 0] * cosine - seen[..., 1] * sine, seen[..., 1] * cosine + seen[..., 0] * sine], axis=2
    )
    return np.asarray(np.where(mask[..., None], 0.95 * turned, 0), np.float32)
