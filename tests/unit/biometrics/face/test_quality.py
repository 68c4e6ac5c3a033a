from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.errors import Reason
from biometrics.face.detection import FaceChoice
from biometrics.face.engine import Extraction, FaceEngine
from biometrics.face.quality import Advice, FaceQuality, advice_after, assess
from biometrics.face.quality_policy import ENROLMENT, LOGIN, Component, QualityPolicy
from biometrics.sample import Sample, SampleFormat

Draw = Callable[..., NDArray[np.uint8]]
ONE = (240.0, 240.0, 110.0)


def judged(engine: FaceEngine, pixels: NDArray[np.uint8], policy: QualityPolicy = ENROLMENT) -> FaceQuality:
    """The quality of a picture that has a face."""
    found = engine.observe(Sample(pixels, None, SampleFormat.PNG), choice=FaceChoice.PROMINENT)
    assert isinstance(found, Extraction)
    return assess(found, policy)


def score(quality: FaceQuality, component: Component) -> int:
    """The score of a component that was judged."""
    found = next(item.score for item in quality.components if item.component is component)
    assert found is not None
    return found


def leaning(pixels: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    """The picture turned clockwise about its middle."""
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    return np.asarray(cv2.warpAffine(pixels, matrix, (width, height), borderValue=(200, 200, 200)), np.uint8)


def lit(pixels: NDArray[np.uint8], left: float, right: float) -> NDArray[np.uint8]:
    """The picture with its light changed by a factor that runs from its left edge to its right edge."""
    ramp = np.linspace(left, right, pixels.shape[1])[np.newaxis, :, np.newaxis]
    return np.clip(pixels * ramp, 0, 255).astype(np.uint8)


def covered(pixels: NDArray[np.uint8], top: int, bottom: int, value: int) -> NDArray[np.uint8]:
    """The picture with a bar across the face."""
    changed = pixels.copy()
    changed[top:bottom, 150:330] = value
    return changed


def test_a_clean_portrait_is_accepted(engine: FaceEngine, drawn: Draw) -> None:
    """An upright, even, sharp face near enough is accepted for enrolment, with every required side above the limit."""
    quality = judged(engine, drawn(ONE))
    assert quality.accepted
    assert quality.overall >= 50
    assert all(score(quality, component) >= 50 for component in ENROLMENT.required)


@pytest.mark.parametrize(
    ("spoil", "component", "advice"),
    [
        (lambda image: leaning(image, 15), Component.HEAD_POSE_ROLL, Advice.HOLD_HEAD_UPRIGHT),
        (lambda image: leaning(image, -15), Component.HEAD_POSE_ROLL, Advice.HOLD_HEAD_UPRIGHT),
        (lambda image: cv2.GaussianBlur(image, (0, 0), 14), Component.SHARPNESS, Advice.HOLD_STILL),
        (lambda image: lit(image, -0.5, 1.8), Component.ILLUMINATION_UNIFORMITY, Advice.LIGHT_FROM_RIGHT),
        (lambda image: lit(image, 1.8, -0.5), Component.ILLUMINATION_UNIFORMITY, Advice.LIGHT_FROM_LEFT),
        (lambda image: lit(image, 0.05, 0.05), Component.UNDER_EXPOSURE_PREVENTION, Advice.MORE_LIGHT),
        (lambda image: lit(image, 1.7, 1.7), Component.OVER_EXPOSURE_PREVENTION, Advice.LESS_LIGHT),
        (lambda image: covered(image, 190, 235, 20), Component.EYES_VISIBLE, Advice.TAKE_OFF_DARK_GLASSES),
        (lambda image: cv2.resize(image, (240, 240)), Component.INTER_EYE_DISTANCE, Advice.COME_CLOSER),
    ],
    ids=["lean", "lean back", "blur", "dark right", "dark left", "dark", "bright", "glasses", "far"],
)
def test_a_fault_is_named_and_answered(
    engine: FaceEngine,
    drawn: Draw,
    spoil: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
    component: Component,
    advice: Advice,
) -> None:
    """Each way to spoil a good portrait lowers its own component below the limit and says what to do."""
    good, bad = judged(engine, drawn(ONE)), judged(engine, np.asarray(spoil(drawn(ONE)), np.uint8))
    assert score(good, component) >= 50 > score(bad, component)
    assert advice in bad.advice
    assert advice not in good.advice
    assert not (bad.accepted and component in ENROLMENT.required)


def test_an_open_mouth_is_told_but_not_refused(engine: FaceEngine, drawn: Draw) -> None:
    """A dark mouth lowers its component only as advice."""
    picture = drawn(ONE)
    cv2.ellipse(picture, (240, 345), (34, 28), 0, 0, 360, (20, 20, 30), -1)
    quality = judged(engine, picture)
    assert score(quality, Component.MOUTH_CLOSED) < 50
    assert Advice.CLOSE_MOUTH in quality.advice
    assert quality.accepted


def test_closed_eyes_are_told(engine: FaceEngine, drawn: Draw) -> None:
    """Lids instead of eyes lower the component that watches them."""
    picture = drawn(ONE)
    for x in (185, 295):
        cv2.ellipse(picture, (x, 213), (34, 18), 0, 0, 360, (130, 160, 205), -1)
        cv2.line(picture, (x - 26, 213), (x + 26, 213), (60, 80, 110), 3)
    quality = judged(engine, picture)
    assert score(quality, Component.EYES_OPEN) < score(judged(engine, drawn(ONE)), Component.EYES_OPEN)
    assert score(quality, Component.EYES_OPEN) < 50
    assert Advice.OPEN_EYES in quality.advice


def test_a_busy_background_is_told(engine: FaceEngine, drawn: Draw) -> None:
    """Stripes behind the head lower the background alone."""
    picture = drawn(ONE)
    stripes = (np.arange(480) // 12 % 2 * 200).astype(np.uint8)
    picture[:, :90] = stripes[:, np.newaxis, np.newaxis]
    picture[:, 390:] = stripes[:, np.newaxis, np.newaxis]
    quality = judged(engine, picture)
    assert Advice.PLAIN_BACKGROUND in quality.advice
    assert quality.accepted


def test_a_background_that_is_not_seen_is_not_judged(engine: FaceEngine, drawn: Draw) -> None:
    """A face that fills the frame has no background to be good or bad."""
    quality = judged(engine, np.ascontiguousarray(drawn(ONE)[60:400, 120:360]))
    item = next(item for item in quality.components if item.component is Component.BACKGROUND_UNIFORMITY)
    assert (item.score, item.advice) == (None, None)


def test_a_second_person_is_refused(engine: FaceEngine, drawn: Draw) -> None:
    """Even where extraction takes the most prominent, quality does not accept two people of one size."""
    quality = judged(engine, drawn((200, 240, 95), (600, 240, 90), width=800))
    assert not quality.accepted
    assert quality.advice[0] is Advice.ONE_PERSON_ONLY


def test_a_face_at_the_edge_is_told_to_move(engine: FaceEngine, drawn: Draw) -> None:
    """Too little room beside the head is said."""
    assert Advice.CENTRE_FACE in judged(engine, drawn((100, 240, 110))).advice


def test_the_login_takes_a_smaller_face(engine: FaceEngine, drawn: Draw) -> None:
    """Eyes 70 pixels apart are enough for a login and not for an enrolment."""
    picture = drawn((240, 240, 70))
    assert judged(engine, picture, LOGIN).accepted
    assert not judged(engine, picture, ENROLMENT).accepted


def test_a_weak_embedding_is_never_accepted(engine: FaceEngine, drawn: Draw) -> None:
    """What the network hardly answers to is refused however good it looks, and the person is told to try again."""
    found = engine.observe(Sample(drawn(ONE), None, SampleFormat.PNG))
    assert isinstance(found, Extraction)
    strict = replace(ENROLMENT, overall=((100.0, 0), (200.0, 100)), scales=dict.fromkeys(Component, ((0.0, 100),)))
    quality = assess(found, strict)
    assert (quality.overall, quality.accepted, quality.advice) == (0, False, (Advice.TRY_AGAIN,))


@pytest.mark.parametrize("policy", [ENROLMENT, LOGIN], ids=["enrolment", "login"])
def test_policies_are_complete(policy: QualityPolicy) -> None:
    """Every component has a scale of rising values that reaches from 0 to 100 and has its limit at 50."""
    assert set(policy.scales) == set(Component)
    for scale in [policy.overall, *policy.scales.values()]:
        values, scores = zip(*scale, strict=True)
        assert list(values) == sorted(set(values))
        assert {0, 50, 100} <= set(scores)


def test_refusals_have_advice() -> None:
    """What stops an image before its quality is judged also says what to do."""
    assert advice_after(Reason.FACE_NONE) is Advice.SHOW_FACE
    assert advice_after(Reason.FACE_SEVERAL) is Advice.ONE_PERSON_ONLY
    assert advice_after(Reason.SAMPLE_MALFORMED) is Advice.TRY_AGAIN
