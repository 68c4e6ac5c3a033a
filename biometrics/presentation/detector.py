"""What a presentation attack detection method is asked and answers (vocabulary of ISO/IEC 30107-1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from biometrics.sample import Sample

__all__ = ["Action", "Assessment", "Detector", "Detectors", "LandmarkFrame", "Outcome", "Presentation"]


class Outcome(StrEnum):
    """What a method found. NOT_JUDGED is neither good nor bad: policy decides what follows."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "not_judged"


class Action(StrEnum):
    """A movement asked of a person; left and right are the person's own."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    LOOK_UP = "look_up"
    COME_CLOSER = "come_closer"


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkFrame:
    """The landmarks of one frame, `seconds` after the challenge was shown.

    `landmarks` is float32 of shape (5, 2) in the order of `biometrics.face.detection.Face`, in pixels of an image that
    is not mirrored.
    """

    seconds: float
    landmarks: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Presentation:
    """What was captured; a method uses what it understands and answers NOT_JUDGED without it."""

    samples: tuple[Sample, ...] = ()
    track: tuple[LandmarkFrame, ...] = ()
    challenge: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """A method's answer, to be recorded as it stands: which method in which version found what, and its figures."""

    method: str
    version: str
    outcome: Outcome
    reason: str = ""
    measures: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


class Detector(Protocol):
    """A presentation attack detection method. `version` changes with anything that can change an outcome."""

    @property
    def method(self) -> str:
        """The name under which the method is chosen and recorded."""
        ...

    @property
    def version(self) -> str:
        """The version recorded beside it."""
        ...

    def assess(self, presentation: Presentation) -> Assessment:
        """Judge one presentation; bad or missing material is an outcome, never an exception."""
        ...


class Detectors:
    """The methods an installation offers, by name."""

    def __init__(self, detectors: Iterable[Detector]) -> None:
        """Two methods of one name are a mistake of the installation: ValueError."""
        self._by_name: dict[str, Detector] = {}
        for detector in detectors:
            if detector.method in self._by_name:
                raise ValueError(f"two presentation attack detection methods are named {detector.method!r}")
            self._by_name[detector.method] = detector

    @property
    def names(self) -> tuple[str, ...]:
        """The names on offer, sorted."""
        return tuple(sorted(self._by_name))

    def assess(self, method: str, presentation: Presentation) -> Assessment:
        """The answer of the method named; NOT_JUDGED, with an empty version, if there is none of that name."""
        detector = self._by_name.get(method)
        if detector is None:
            return Assessment(method, "", Outcome.NOT_JUDGED, "no such method")
        return detector.assess(presentation)
