"""The engines under evaluation: decode, extract, prepare, compare, joined for fingers and for faces."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.decoding.reader import SampleReader
from biometrics.decoding.resolution import at_500_ppi
from biometrics.errors import Refused
from biometrics.evaluation.run import Engine, EngineLostError, Measured
from biometrics.face.detection import FaceChoice
from biometrics.face.engine import FaceEngine
from biometrics.face.identity import FaceMode
from biometrics.face.quality import assess as assess_face
from biometrics.face.quality_policy import LOGIN
from biometrics.fingerprint.extraction import extract
from biometrics.fingerprint.matcher import Mode, compare_many
from biometrics.fingerprint.prepared import PreparedFinger, prepare
from biometrics.fingerprint.quality import assess as assess_finger
from biometrics.fingerprint.shortlist import ShortGallery
from biometrics.fingerprint.template import ENGINE as FINGER_ENGINE

__all__ = ["FaceChoiceOfEngine", "FaceEvaluation", "FingerChoiceOfEngine", "FingerEvaluation"]

# The gallery that the speed of the shortlist is measured on, in records, and how often it is searched.
SEARCHED = 2000
SEARCHES = 15


class FingerEvaluation:
    """Our finger engine in one mode of its matcher."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode
        self._reader = SampleReader()

    def extract(self, data: bytes) -> Measured | Refused:
        """As `Engine.extract`; the template is prepared for matching, and all of it counts as extraction."""
        sample = self._reader.read(data)
        if isinstance(sample, Refused):
            return sample
        began = time.process_time()
        sample = at_500_ppi(sample)
        if isinstance(sample, Refused):
            return sample
        template = extract(sample.grey)
        if isinstance(template, Refused):
            return template
        prepared = prepare(template)
        spent = (time.process_time() - began) * 1000
        if isinstance(prepared, Refused):
            return prepared
        return Measured(prepared, spent, assess_finger(template, sample.grey).overall)

    def gallery(self, templates: Sequence[PreparedFinger]) -> Sequence[PreparedFinger]:
        """As `Engine.gallery`."""
        return templates

    def scores(
        self, gallery: Sequence[PreparedFinger], probe: int, references: NDArray[np.int32]
    ) -> NDArray[np.float64]:
        """As `Engine.scores`."""
        found = compare_many(gallery[probe], [gallery[index] for index in references], self._mode)
        return np.asarray(found, np.float64)

    def pace(self, gallery: Sequence[PreparedFinger], /) -> float | None:
        """As `Engine.pace`: a shortlist is searched as a whole gallery, of which this measures one of `SEARCHED`."""
        if self._mode is not Mode.SHORTLIST:
            return None
        searched = ShortGallery()
        for number in range(SEARCHED):
            searched.add(number, gallery[number % len(gallery)].short)
        took = []
        for number in range(SEARCHES):
            began = time.process_time()
            searched.scores(gallery[number % len(gallery)].short)
            took.append(time.process_time() - began)
        return SEARCHED / max(float(np.median(took)), 1e-9)

    def close(self) -> None:
        """As `Engine.close`."""
        self._reader.close()


class FaceEvaluation:
    """Our face engine in one mode.

    Of several faces in an image the most prominent counts: photographs show passers-by.
    """

    def __init__(self, mode: FaceMode) -> None:
        engine = FaceEngine.load()
        if isinstance(engine, Refused):
            message = f"the face engine cannot be loaded: {engine.reason.value} {engine.detail}"
            raise EngineLostError(message)
        self._engine = engine
        self._mode = mode
        self._reader = SampleReader()

    def extract(self, data: bytes) -> Measured | Refused:
        """As `Engine.extract`."""
        sample = self._reader.read(data)
        if isinstance(sample, Refused):
            return sample
        began = time.process_time()
        found = self._engine.observe(sample, choice=FaceChoice.PROMINENT, mirror=self._mode is FaceMode.MIRROR)
        spent = (time.process_time() - began) * 1000
        if isinstance(found, Refused):
            return found
        return Measured(found.embedding.vector, spent, assess_face(found, LOGIN).overall)

    def gallery(self, templates: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """As `Engine.gallery`: one unit vector a row."""
        return np.stack(templates)

    def scores(self, gallery: NDArray[np.float32], probe: int, references: NDArray[np.int32]) -> NDArray[np.float64]:
        """As `Engine.scores`: cosines."""
        return np.asarray(gallery[references] @ gallery[probe], np.float64)

    def pace(self, _gallery: NDArray[np.float32], /) -> float | None:
        """As `Engine.pace`."""
        return None

    def close(self) -> None:
        """As `Engine.close`."""
        self._reader.close()


@dataclass(frozen=True, slots=True)
class FingerChoiceOfEngine:
    """The finger engine in `mode`, to be built in each process."""

    mode: Mode

    @property
    def name(self) -> str:
        """Engine and mode."""
        return f"{FINGER_ENGINE}/{self.mode.value}"

    def build(self) -> Engine:
        """The engine, on one thread."""
        cv2.setNumThreads(1)
        return FingerEvaluation(self.mode)


@dataclass(frozen=True, slots=True)
class FaceChoiceOfEngine:
    """The face engine in `mode`, to be built in each process."""

    mode: FaceMode = FaceMode.SINGLE

    @property
    def name(self) -> str:
        """Engine and mode."""
        return self.mode.engine

    def build(self) -> Engine:
        """The engine, on one thread."""
        cv2.setNumThreads(1)
        return FaceEvaluation(self.mode)
