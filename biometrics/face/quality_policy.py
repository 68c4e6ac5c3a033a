"""What the measures of quality are worth, and what is asked of an image: values, to be chosen by the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = ["ENROLMENT", "LOGIN", "Component", "QualityPolicy", "Scale"]

# Points (value, score) with rising values; straight lines between them, level beyond them.
Scale = tuple[tuple[float, float], ...]


class Component(StrEnum):
    """The components, named after the measures of ISO/IEC 29794-5. The names are part of our interface."""

    SINGLE_FACE_PRESENT = "single_face_present"
    INTER_EYE_DISTANCE = "inter_eye_distance"
    HEAD_POSE_YAW = "head_pose_yaw"
    HEAD_POSE_PITCH = "head_pose_pitch"
    HEAD_POSE_ROLL = "head_pose_roll"
    SHARPNESS = "sharpness"
    ILLUMINATION_UNIFORMITY = "illumination_uniformity"
    UNDER_EXPOSURE_PREVENTION = "under_exposure_prevention"
    OVER_EXPOSURE_PREVENTION = "over_exposure_prevention"
    DYNAMIC_RANGE = "dynamic_range"
    EYES_OPEN = "eyes_open"
    EYES_VISIBLE = "eyes_visible"
    MOUTH_CLOSED = "mouth_closed"
    FACE_OCCLUSION_PREVENTION = "face_occlusion_prevention"
    BACKGROUND_UNIFORMITY = "background_uniformity"
    HEAD_SIZE = "head_size"
    LEFTWARD_CROP = "leftward_crop"
    RIGHTWARD_CROP = "rightward_crop"
    MARGIN_ABOVE = "margin_above"
    MARGIN_BELOW = "margin_below"


@dataclass(frozen=True, slots=True)
class QualityPolicy:
    """How one use of faces judges quality.

    `overall` turns the strength of the embedding into 0 to 100, and each of `scales` the value of a component; a score
    of 50 is the limit. An image is accepted at `accept` or better overall if every component of `required` reaches 50;
    the other components only give advice.
    """

    accept: int
    overall: Scale
    scales: Mapping[Component, Scale]
    required: frozenset[Component]


# Strength of the embedding: noise gives 4, a face blurred beyond recognition 7, the median photograph 12, the best 15.
_STRENGTH: Final[Scale] = ((6.0, 0), (10.0, 50), (14.0, 100))

_SHARED: Final[Mapping[Component, Scale]] = MappingProxyType(
    {
        # Width of the second widest face against the widest.
        Component.SINGLE_FACE_PRESENT: ((0.0, 100), (0.6, 50), (1.0, 0)),
        # Degrees either way.
        Component.HEAD_POSE_YAW: ((0.0, 100), (15.0, 50), (30.0, 0)),
        Component.HEAD_POSE_PITCH: ((0.0, 100), (15.0, 50), (30.0, 0)),
        Component.HEAD_POSE_ROLL: ((0.0, 100), (8.0, 50), (16.0, 0)),
        # Fine detail against contrast: 2 in 100 news photographs lie below the limit.
        Component.SHARPNESS: ((0.05, 0), (0.10, 50), (0.20, 100)),
        # Difference of the halves' luminance over their sum.
        Component.ILLUMINATION_UNIFORMITY: ((0.0, 100), (0.2, 50), (0.4, 0)),
        # Shares of the face that are black, or white.
        Component.UNDER_EXPOSURE_PREVENTION: ((0.0, 100), (0.05, 50), (0.2, 0)),
        Component.OVER_EXPOSURE_PREVENTION: ((0.0, 100), (0.05, 50), (0.2, 0)),
        # Bits.
        Component.DYNAMIC_RANGE: ((4.0, 0), (5.5, 50), (7.0, 100)),
        # Eye distances; luminance against the cheeks; eye distances; score of the detector.
        Component.EYES_OPEN: ((0.04, 0), (0.10, 50), (0.20, 100)),
        Component.EYES_VISIBLE: ((0.10, 0), (0.28, 50), (0.60, 100)),
        Component.MOUTH_CLOSED: ((0.10, 100), (0.38, 50), (0.60, 0)),
        Component.FACE_OCCLUSION_PREVENTION: ((0.60, 0), (0.89, 50), (0.93, 100)),
        # Mean steepness as a share of full contrast.
        Component.BACKGROUND_UNIFORMITY: ((0.002, 100), (0.008, 50), (0.02, 0)),
        # Head against height of the image; eye distances from between the eyes to the edges.
        Component.HEAD_SIZE: ((0.10, 0), (0.30, 50), (0.60, 100), (0.85, 100), (1.10, 50), (1.40, 0)),
        Component.LEFTWARD_CROP: ((0.7, 0), (1.3, 50), (2.0, 100)),
        Component.RIGHTWARD_CROP: ((0.7, 0), (1.3, 50), (2.0, 100)),
        Component.MARGIN_ABOVE: ((0.5, 0), (1.5, 50), (2.2, 100)),
        Component.MARGIN_BELOW: ((0.8, 0), (1.75, 50), (2.5, 100)),
    }
)

_IMAGE: Final = frozenset(
    {
        Component.SINGLE_FACE_PRESENT,
        Component.INTER_EYE_DISTANCE,
        Component.SHARPNESS,
        Component.UNDER_EXPOSURE_PREVENTION,
        Component.OVER_EXPOSURE_PREVENTION,
    }
)

# Eyes, mouth, occlusion and background are hints from plain image measures: they advise and do not refuse, so that
# nobody is turned away for a beard, a scar or the shape of the eyes.
ENROLMENT: Final = QualityPolicy(
    accept=50,
    overall=_STRENGTH,
    scales=MappingProxyType({**_SHARED, Component.INTER_EYE_DISTANCE: ((30.0, 0), (90.0, 50), (180.0, 100))}),
    required=_IMAGE
    | {
        Component.HEAD_POSE_YAW,
        Component.HEAD_POSE_PITCH,
        Component.HEAD_POSE_ROLL,
        Component.ILLUMINATION_UNIFORMITY,
    },
)
LOGIN: Final = QualityPolicy(
    accept=50,
    overall=_STRENGTH,
    scales=MappingProxyType({**_SHARED, Component.INTER_EYE_DISTANCE: ((20.0, 0), (60.0, 50), (120.0, 100))}),
    required=_IMAGE,
)
