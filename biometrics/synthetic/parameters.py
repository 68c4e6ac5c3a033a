"""Every constant of the generator of synthetic fingers. Lengths are pixels at 500 ppi, angles radians."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

__all__ = ["PARAMETERS", "PatternClass", "SyntheticParameters"]


class PatternClass(StrEnum):
    """The classes of Galton and Henry; a double loop counts as a whorl."""

    ARCH = "arch"
    TENTED_ARCH = "tented-arch"
    LEFT_LOOP = "left-loop"
    RIGHT_LOOP = "right-loop"
    WHORL = "whorl"


# Shares of the classes over all fingers (Wilson, Candela, Watson, 1994).
NATURAL_SHARES = {
    PatternClass.ARCH: 0.037,
    PatternClass.TENTED_ARCH: 0.029,
    PatternClass.LEFT_LOOP: 0.338,
    PatternClass.RIGHT_LOOP: 0.317,
    PatternClass.WHORL: 0.279,
}


@dataclass(frozen=True, slots=True)
class SyntheticParameters:
    """One field for each choice of the recipe."""

    shares: dict[PatternClass, float] = field(default_factory=lambda: dict(NATURAL_SHARES))

    # The master: the whole pad of a finger.
    master_width: int = 416
    master_height: int = 560
    core_row: float = 225.0  # mean row of the (upper) core
    core_spread: float = 14.0
    master_row: float = 260.0  # the row that lies on the sensor's middle

    # Orientation.
    bend_breadth: tuple[float, float] = (0.95, 1.5)
    bend_fall: float = 0.25  # share of the master's height below the core
    bend_spread: float = 0.05
    waviness: float = 0.11  # rad: deviation of the smooth disturbance
    waviness_scale: float = 55.0  # px

    # Ridge period.
    period_mean: float = 9.0
    period_spread: float = 0.6
    period_low: float = 7.4
    period_high: float = 10.8
    period_waviness: float = 0.07  # share
    period_scale: float = 45.0
    period_slope: tuple[float, float] = (0.0, 0.14)  # how much broader ridges are at the bottom than at the tip

    # Growth: filters whose envelope is a share of the period.
    orientations: int = 16
    periods: tuple[float, ...] = (7.0, 9.0, 11.6)
    envelope: float = 4.2  # px at the middle period
    envelope_reach: float = 2.5
    coarse_rounds: int = 22  # at half size
    fine_rounds: int = 3
    gain: float = 3.0
    evening: float = 3.0  # px: sigma of the region whose height is evened
    evening_floor: float = 0.12

    # What stays with the finger: pores, creases, uneven ridge width.
    pore_cell: int = 9  # px: about one pore in a cell of this side, where it meets a ridge
    pore_ridge: float = 0.85  # ridge height from which a pore can open
    creases: float = 1.6  # mean number of creases
    crease_depth: float = 2.2
    width_waviness: float = 0.22

    # The sensor.
    width: int = 388
    height: int = 374

    # How a finger is put down.
    rotation: float = 0.2  # rad: deviation
    rotation_limit: float = 0.6
    shift_across: float = 25.0
    shift_down: float = 38.0
    stretch: float = 0.015  # share
    shear: float = 0.012
    distortion: float = 3.2  # px: deviation of the displacement
    distortion_scale: float = 95.0

    # Where it touches: half axes of the contact in px, and how ragged its outline is.
    contact_across: tuple[float, float] = (104.0, 158.0)
    contact_down: tuple[float, float] = (140.0, 215.0)
    contact_squareness: float = 2.6
    outline: float = 0.025
    outline_scale: float = 28.0
    partial: float = 0.18  # probability that a part is lifted off the sensor

    # What the ridges leave: share of ridge in ink, and its disturbances.
    moisture: float = 0.46  # deviation; negative is dry
    base_pressure: float = -0.1
    pressure_waviness: float = 0.24
    pressure_scale: float = 55.0
    sharpness: float = 4.2
    grain: float = 0.30
    grain_dry: float = 0.65
    pores: tuple[float, float] = (0.2, 1.1)
    scratches: float = 0.7  # mean number

    # What the sensor makes of it.
    background: tuple[float, float] = (236.0, 255.0)
    depth: tuple[float, float] = (165.0, 235.0)
    blur: tuple[float, float] = (0.6, 0.95)
    noise: tuple[float, float] = (1.0, 4.5)
    smudge: float = 4.0  # grey levels of a wet print's film

    # Fingers of minutiae alone.
    spacing: float = 9.0  # px: closer minutiae are dropped
    candidates: int = 165  # minutiae tried on a master
    crowding: float = 1.0  # how much denser minutiae are at a singular point
    crowding_scale: float = 60.0
    missed: float = 0.2  # share of minutiae that an impression lacks
    spurious: float = 4.0  # mean number of false minutiae
    place_error: float = 1.4  # px: deviation
    angle_error: float = 0.09
    kind_error: float = 0.12

    def draw_pattern(self, generator: np.random.Generator) -> PatternClass:
        """A class with its natural share."""
        weights = np.array(list(self.shares.values()))
        return list(self.shares)[int(generator.choice(len(weights), p=weights / weights.sum()))]


PARAMETERS = SyntheticParameters()
