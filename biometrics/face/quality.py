"""How good the image of a face is, 0 to 100, by which of its sides, and what the person can do about it.

The overall score is built on the strength of the embedding, which foretells failed recognition far better than any
measure of the image does; the components say why a score is low.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import numpy as np

from biometrics.errors import Reason
from biometrics.face import measures, parameters
from biometrics.face.engine import Extraction
from biometrics.face.portrait import take_portrait
from biometrics.face.pose import head_pose
from biometrics.face.quality_policy import Component, QualityPolicy, Scale

__all__ = ["Advice", "ComponentScore", "FaceQuality", "advice_after", "assess"]

_LIMIT: Final = 50


class Advice(StrEnum):
    """What to tell the person; left and right are the person's own. The codes are part of our interface."""

    SHOW_FACE = "show_face"
    ONE_PERSON_ONLY = "one_person_only"
    COME_CLOSER = "come_closer"
    MOVE_BACK = "move_back"
    CENTRE_FACE = "centre_face"
    LOOK_STRAIGHT = "look_straight"
    RAISE_CHIN = "raise_chin"
    LOWER_CHIN = "lower_chin"
    HOLD_HEAD_UPRIGHT = "hold_head_upright"
    HOLD_STILL = "hold_still"
    LIGHT_FROM_LEFT = "light_from_left"
    LIGHT_FROM_RIGHT = "light_from_right"
    MORE_LIGHT = "more_light"
    LESS_LIGHT = "less_light"
    OPEN_EYES = "open_eyes"
    TAKE_OFF_DARK_GLASSES = "take_off_dark_glasses"
    CLOSE_MOUTH = "close_mouth"
    UNCOVER_FACE = "uncover_face"
    PLAIN_BACKGROUND = "plain_background"
    TRY_AGAIN = "try_again"


_BY_REASON: Final = MappingProxyType(
    {
        Reason.FACE_NONE: Advice.SHOW_FACE,
        Reason.FACE_SEVERAL: Advice.ONE_PERSON_ONLY,
        Reason.FACE_DIFFERENT: Advice.ONE_PERSON_ONLY,
        Reason.FACE_TOO_SMALL: Advice.COME_CLOSER,
    }
)

_PLAIN: Final = MappingProxyType(
    {
        Component.SINGLE_FACE_PRESENT: Advice.ONE_PERSON_ONLY,
        Component.INTER_EYE_DISTANCE: Advice.COME_CLOSER,
        Component.HEAD_POSE_YAW: Advice.LOOK_STRAIGHT,
        Component.HEAD_POSE_ROLL: Advice.HOLD_HEAD_UPRIGHT,
        Component.SHARPNESS: Advice.HOLD_STILL,
        Component.UNDER_EXPOSURE_PREVENTION: Advice.MORE_LIGHT,
        Component.OVER_EXPOSURE_PREVENTION: Advice.LESS_LIGHT,
        Component.DYNAMIC_RANGE: Advice.MORE_LIGHT,
        Component.EYES_OPEN: Advice.OPEN_EYES,
        Component.EYES_VISIBLE: Advice.TAKE_OFF_DARK_GLASSES,
        Component.MOUTH_CLOSED: Advice.CLOSE_MOUTH,
        Component.FACE_OCCLUSION_PREVENTION: Advice.UNCOVER_FACE,
        Component.BACKGROUND_UNIFORMITY: Advice.PLAIN_BACKGROUND,
        Component.LEFTWARD_CROP: Advice.CENTRE_FACE,
        Component.RIGHTWARD_CROP: Advice.CENTRE_FACE,
        Component.MARGIN_ABOVE: Advice.CENTRE_FACE,
        Component.MARGIN_BELOW: Advice.CENTRE_FACE,
    }
)


@dataclass(frozen=True, slots=True)
class ComponentScore:
    """One component: its measured `value` in its own unit, its score, and advice where the score is below 50.

    `score` is None where the image does not let the component be judged.
    """

    component: Component
    value: float
    score: int | None
    advice: Advice | None


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """The judgement of one image under one policy. `advice` names what matters most first, each once."""

    overall: int
    accepted: bool
    components: tuple[ComponentScore, ...]
    advice: tuple[Advice, ...]


def assess(extraction: Extraction, policy: QualityPolicy) -> FaceQuality:
    """The quality of the image behind `extraction`, judged by `policy`."""
    values = _values(extraction)
    components = tuple(_judged(component, values[component], policy.scales[component]) for component in Component)
    overall = _score(extraction.embedding.strength, policy.overall)
    low = [item for item in components if item.score is not None and item.score < _LIMIT]
    refused = any(item.component in policy.required for item in low)
    low.sort(key=lambda item: (item.component not in policy.required, item.score))
    advice = tuple(dict.fromkeys(item.advice for item in low if item.advice is not None))
    accepted = overall >= policy.accept and not refused
    return FaceQuality(overall, accepted, components, advice if advice or accepted else (Advice.TRY_AGAIN,))


def advice_after(reason: Reason) -> Advice:
    """What to tell the person whose image was refused before its quality could be judged."""
    return _BY_REASON.get(reason, Advice.TRY_AGAIN)


def _values(extraction: Extraction) -> dict[Component, float]:
    """The value of every component; NaN where it cannot be judged."""
    face, shape = extraction.face, extraction.image.shape
    portrait = take_portrait(extraction.image, face.landmarks)
    pose = head_pose(face.landmarks, shape)
    widths = sorted((other.box[2] for other in extraction.faces if other is not face), reverse=True)
    # Turning the head brings the eyes together in the image; ISO/IEC 29794-5 undoes that.
    distance = face.eye_distance / max(float(np.cos(np.radians(pose.yaw))), 0.5)
    x, y = (float(value) / distance for value in face.landmarks[:2].mean(axis=0))
    unevenness = measures.background_unevenness(portrait)
    return {
        Component.SINGLE_FACE_PRESENT: widths[0] / face.box[2] if widths else 0.0,
        Component.INTER_EYE_DISTANCE: distance,
        Component.HEAD_POSE_YAW: pose.yaw,
        Component.HEAD_POSE_PITCH: pose.pitch,
        Component.HEAD_POSE_ROLL: pose.roll,
        Component.SHARPNESS: measures.sharpness(extraction.crop),
        Component.ILLUMINATION_UNIFORMITY: measures.left_light(portrait),
        Component.UNDER_EXPOSURE_PREVENTION: measures.clipped_dark(portrait),
        Component.OVER_EXPOSURE_PREVENTION: measures.clipped_bright(portrait),
        Component.DYNAMIC_RANGE: measures.entropy(portrait),
        Component.EYES_OPEN: measures.eye_opening(portrait),
        Component.EYES_VISIBLE: measures.eye_shade(portrait),
        Component.MOUTH_CLOSED: measures.mouth_opening(portrait),
        Component.FACE_OCCLUSION_PREVENTION: face.score,
        Component.BACKGROUND_UNIFORMITY: float("nan") if unevenness is None else unevenness,
        Component.HEAD_SIZE: parameters.HEAD_HEIGHT * distance / shape[0],
        Component.LEFTWARD_CROP: x,
        Component.RIGHTWARD_CROP: shape[1] / distance - x,
        Component.MARGIN_ABOVE: y,
        Component.MARGIN_BELOW: shape[0] / distance - y,
    }


_SIGNED: Final = frozenset(
    {
        Component.HEAD_POSE_YAW,
        Component.HEAD_POSE_PITCH,
        Component.HEAD_POSE_ROLL,
        Component.ILLUMINATION_UNIFORMITY,
    }
)


def _judged(component: Component, value: float, scale: Scale) -> ComponentScore:
    if not np.isfinite(value):
        return ComponentScore(component, value, None, None)
    score = _score(abs(value) if component in _SIGNED else value, scale)
    return ComponentScore(component, value, score, _advice(component, value, scale) if score < _LIMIT else None)


def _advice(component: Component, value: float, scale: Scale) -> Advice:
    if component is Component.HEAD_POSE_PITCH:
        return Advice.LOWER_CHIN if value > 0 else Advice.RAISE_CHIN
    if component is Component.ILLUMINATION_UNIFORMITY:
        return Advice.LIGHT_FROM_RIGHT if value > 0 else Advice.LIGHT_FROM_LEFT
    if component is Component.HEAD_SIZE:
        best = max(scale, key=lambda point: point[1])[0]
        return Advice.COME_CLOSER if value < best else Advice.MOVE_BACK
    return _PLAIN[component]


def _score(value: float, scale: Scale) -> int:
    points = np.array(scale, np.float64)
    return int(np.rint(np.interp(value, points[:, 0], points[:, 1])))
