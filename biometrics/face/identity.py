"""The identity of the face engine: the constants that vectors depend on, and the networks' weights."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from biometrics.face import parameters
from biometrics.face.weights import DETECTOR, EMBEDDER
from biometrics.identity import identity

__all__ = ["ENGINE", "JUDGEMENT", "RECIPE", "VERSION", "FaceMode", "constants"]

# Raised by one with anything that changes vectors; code that changes them raises it as well.
VERSION: Final = 1
# The constants of `parameters` that a vector depends on.
RECIPE: Final = (
    "ALIGNMENT_REACH",
    "CROP_SIDE",
    "DETECTION_OVERLAP",
    "DETECTION_SCORE",
    "DETECTION_SIDE",
    "DIMENSIONS",
    "EMBEDDING_INPUT",
    "LANDMARKS_112",
    "MARGIN",
    "MAX_ASPECT",
    "MIN_EYE_DISTANCE",
    "RIVAL_RATIO",
    "SEARCH_SIDES",
    "SURE_SCORE",
)
# Those that only quality, pose and the check of an enrolment depend on: they may change while templates stay.
JUDGEMENT: Final = (
    "BACKGROUND_SHARE",
    "BLACK_LEVEL",
    "EYE_PATCH",
    "FACE_ELLIPSE",
    "FACE_WINDOW",
    "FOCAL_LENGTH",
    "HEAD_HALF_WIDTH",
    "HEAD_HEIGHT",
    "HEAD_MODEL_MM",
    "MOUTH_DARK",
    "MOUTH_PATCH",
    "PORTRAIT_EYES",
    "PORTRAIT_EYE_LINE",
    "PORTRAIT_SIDE",
    "SAME_PERSON",
    "SHARPNESS_SMOOTHING",
    "STORAGE_LOSS",
    "WHITE_LEVEL",
)


def constants() -> Mapping[str, object]:
    """Every constant that a vector depends on, by name; the weights by the digests that loading proves."""
    named: dict[str, object] = {name: getattr(parameters, name) for name in RECIPE}
    return {**named, "detector": DETECTOR.digest, "embedder": EMBEDDER.digest}


# What templates and calibrations carry.
ENGINE: Final = identity("wangov-face", VERSION, constants())


class FaceMode(StrEnum):
    """How the enrolled side of a comparison was extracted; scores of different modes mean different things.

    SINGLE: without its mirror image. MIRROR: with it, whether the probe has it or not, which moves scores too little to
    matter (docs/biometrics.md has the figures).
    """

    SINGLE = "single"
    MIRROR = "mirror"

    @property
    def engine(self) -> str:
        """What the calibration of this mode is made for."""
        return f"{ENGINE}/{self.value}"
