"""The named stages of finger extraction, and how to look at them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol

from numpy.typing import NDArray

__all__ = ["Observer", "Stage", "unobserved"]


class Stage(StrEnum):
    """The stages in order. The arrays of all but `INPUT` cover the window of the image that holds the print."""

    INPUT = "input"
    CONTRAST = "contrast"
    MASK = "mask"
    NORMALISED = "normalised"
    FIRST_ORIENTATION = "first-orientation"
    FIRST_ENHANCED = "first-enhanced"
    ORIENTATION = "orientation"
    PERIOD = "period"
    ENHANCED = "enhanced"
    CLARITY = "clarity"
    RIDGED = "ridged"
    BINARY = "binary"
    SKELETON = "skeleton"
    PRUNED = "pruned"
    CANDIDATES = "candidates"
    MINUTIAE = "minutiae"


class Observer(Protocol):
    """Told the array of every stage as it ends; must not change it."""

    def __call__(self, stage: Stage, value: NDArray[Any]) -> None:
        """Look at the array of one stage."""


def unobserved(stage: Stage, value: NDArray[Any]) -> None:
    """The observer that looks away."""
