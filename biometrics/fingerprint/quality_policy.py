"""What the measures of a finger's quality are worth: every constant of the judgement in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = ["POLICY", "Component", "QualityPolicy", "Scale"]

# Points (value, score) with rising values; straight lines between them, level beyond them.
Scale = tuple[tuple[float, float], ...]


class Component(StrEnum):
    """The components; those that ISO/IEC 29794-4 has bear its names. The names are part of our interface."""

    REGION_OF_INTEREST_AREA = "region_of_interest_area"
    LOCAL_CLARITY = "local_clarity"
    ORIENTATION_CERTAINTY = "orientation_certainty"
    SHARPNESS = "sharpness"
    EVENNESS = "evenness"
    CONTRAST = "contrast"
    DRYNESS = "dryness"
    WETNESS = "wetness"
    CENTRE = "centre"
    MINUTIAE_COUNT = "minutiae_count"


@dataclass(frozen=True, slots=True)
class QualityPolicy:
    """`scales` turns each component's value into a score of 0 to 100; below 50 advice is given.

    The overall score mixes the mean of `weights` with the lowest of the weighted scores: a print must not fail on one
    side. `lowest_share` is the part of the lowest.
    """

    scales: Mapping[Component, Scale]
    weights: Mapping[Component, float]
    lowest_share: float
    accept: int


POLICY: Final = QualityPolicy(
    scales=MappingProxyType(
        {
            # Square pixels at 500 ppi (100,000 are 2.6 square centimetres).
            Component.REGION_OF_INTEREST_AREA: ((10_000, 0), (50_000, 50), (100_000, 100)),
            # Mean correlation of the print with the ridges that were seen in it.
            Component.LOCAL_CLARITY: ((0.45, 0), (0.65, 50), (0.90, 100)),
            # Mean coherence of the image's gradients.
            Component.ORIENTATION_CERTAINTY: ((0.30, 0), (0.50, 50), (0.85, 100)),
            # Width of the ridges' spectrum: 1 for pure waves, as blur leaves them, more with edges.
            Component.SHARPNESS: ((1.10, 0), (1.21, 50), (1.27, 100)),
            # Weakest against strongest slopes over the directions: falls where a moving finger smears those across it.
            Component.EVENNESS: ((0.25, 0), (0.48, 50), (0.70, 100)),
            # Grey levels: median local deviation.
            Component.CONTRAST: ((8.0, 0), (20.0, 50), (50.0, 100)),
            # Share of the print that is ridge.
            Component.DRYNESS: ((0.08, 0), (0.20, 50), (0.40, 100)),
            Component.WETNESS: ((0.50, 100), (0.62, 50), (0.75, 0)),
            # Share of the print's outline that lies on the frame of the image.
            Component.CENTRE: ((0.1, 100), (0.32, 50), (0.6, 0)),
            # Minutiae of quality 0.5 or better.
            Component.MINUTIAE_COUNT: ((4, 0), (16, 50), (45, 100)),
        }
    ),
    weights=MappingProxyType(
        {
            Component.REGION_OF_INTEREST_AREA: 0.3,
            Component.LOCAL_CLARITY: 0.2,
            Component.ORIENTATION_CERTAINTY: 0.1,
            Component.SHARPNESS: 0.1,
            Component.EVENNESS: 0.1,
            Component.MINUTIAE_COUNT: 0.4,
        }
    ),
    lowest_share=0.5,
    accept=40,
)
