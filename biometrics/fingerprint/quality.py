"""How good the image of a finger is, 0 to 100, by which of its sides, and what the person can do about it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason
from biometrics.fingerprint.quality_measures import measure_quality
from biometrics.fingerprint.quality_policy import POLICY, Component, QualityPolicy, Scale
from biometrics.fingerprint.template import FingerTemplate

__all__ = ["Advice", "ComponentScore", "FingerQuality", "advice_after", "assess"]

_LIMIT: Final = 50


class Advice(StrEnum):
    """What to tell the person. The codes are part of our interface; the screens keep the words."""

    PLACE_FINGER = "place_finger"
    LAY_FINGER_FLAT = "lay_finger_flat"
    MOVE_TO_MIDDLE = "move_to_middle"
    PRESS_HARDER = "press_harder"
    WIPE_FINGER = "wipe_finger"
    MOISTEN_FINGER = "moisten_finger"
    CLEAN_FINGER_AND_GLASS = "clean_finger_and_glass"
    HOLD_STILL = "hold_still"
    TRY_ANOTHER_FINGER = "try_another_finger"
    TRY_AGAIN = "try_again"


_BY_REASON: Final = MappingProxyType(
    {
        Reason.FINGER_NONE: Advice.PLACE_FINGER,
        Reason.FINGER_TOO_SMALL: Advice.LAY_FINGER_FLAT,
        Reason.FINGER_FEW_MINUTIAE: Advice.CLEAN_FINGER_AND_GLASS,
    }
)

_BY_COMPONENT: Final = MappingProxyType(
    {
        Component.REGION_OF_INTEREST_AREA: Advice.LAY_FINGER_FLAT,
        Component.LOCAL_CLARITY: Advice.CLEAN_FINGER_AND_GLASS,
        Component.ORIENTATION_CERTAINTY: Advice.HOLD_STILL,
        Component.SHARPNESS: Advice.CLEAN_FINGER_AND_GLASS,
        Component.EVENNESS: Advice.HOLD_STILL,
        Component.CONTRAST: Advice.PRESS_HARDER,
        Component.DRYNESS: Advice.MOISTEN_FINGER,
        Component.WETNESS: Advice.WIPE_FINGER,
        Component.CENTRE: Advice.MOVE_TO_MIDDLE,
        Component.MINUTIAE_COUNT: Advice.TRY_ANOTHER_FINGER,
    }
)


@dataclass(frozen=True, slots=True)
class ComponentScore:
    """One component: its measured `value` in its own unit, its score, and advice where the score is below 50.

    `score` is None where the template does not let the component be judged.
    """

    component: Component
    value: float
    score: int | None
    advice: Advice | None


@dataclass(frozen=True, slots=True)
class FingerQuality:
    """The judgement of one impression. `advice` names what can be mended first, each once."""

    overall: int
    accepted: bool
    components: tuple[ComponentScore, ...]
    advice: tuple[Advice, ...]


def assess(template: FingerTemplate, image: NDArray[np.uint8], policy: QualityPolicy = POLICY) -> FingerQuality:
    """The quality of the grey image, uint8 (height, width) at 500 ppi, that `template` was extracted from."""
    if image.shape != (template.height, template.width):
        message = f"an image of {image.shape} does not belong to a template of {(template.height, template.width)}"
        raise ValueError(message)
    values = measure_quality(template, image)
    components = tuple(_judged(component, values[component], policy.scales[component]) for component in Component)
    overall = _overall(components, policy)
    low = [item for item in components if item.score is not None and item.score < _LIMIT]
    # Few minutiae follow from every other fault: another finger is the last thing to ask for.
    low.sort(key=lambda item: (item.component is Component.MINUTIAE_COUNT, item.score))
    advice = tuple(dict.fromkeys(item.advice for item in low if item.advice is not None))
    accepted = overall >= policy.accept
    return FingerQuality(overall, accepted, components, advice if advice or accepted else (Advice.TRY_AGAIN,))


def advice_after(reason: Reason) -> Advice:
    """What to tell the person whose image was refused before its quality could be judged."""
    return _BY_REASON.get(reason, Advice.TRY_AGAIN)


def _judged(component: Component, value: float, scale: Scale) -> ComponentScore:
    if math.isnan(value):
        return ComponentScore(component, value, None, None)
    places, scores = zip(*scale, strict=True)
    score = round(float(np.interp(value, places, scores)))
    return ComponentScore(component, value, score, _BY_COMPONENT[component] if score < _LIMIT else None)


def _overall(components: tuple[ComponentScore, ...], policy: QualityPolicy) -> int:
    """The weighted mean, drawn towards the lowest of the weighted."""
    known = [
        (item.score, policy.weights[item.component])
        for item in components
        if item.score is not None and item.component in policy.weights
    ]
    mean = sum(score * weight for score, weight in known) / sum(weight for _, weight in known)
    lowest = min(score for score, _ in known)
    return round((1 - policy.lowest_share) * mean + policy.lowest_share * lowest)
