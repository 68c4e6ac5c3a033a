from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.errors import Reason
from biometrics.fingerprint.extraction import extract
from biometrics.fingerprint.quality import Advice, FingerQuality, advice_after, assess
from biometrics.fingerprint.quality_policy import POLICY, Component
from biometrics.fingerprint.template import CELL, ENGINE, FingerTemplate
from tests.unit.biometrics.fingerprint.extraction.drawn import PERIOD, PLANTED, SHAPE, drawn_print


def judged(image: NDArray[np.uint8]) -> FingerQuality:
    """The quality of an image that must not be refused."""
    template = extract(image)
    assert isinstance(template, FingerTemplate), template
    return assess(template, image)


def value(quality: FingerQuality, component: Component) -> float:
    """The measured value of one component."""
    return next(item.value for item in quality.components if item.component is component)


def round_cut(image: NDArray[np.uint8], radius: int) -> NDArray[np.uint8]:
    """Only the middle of the print."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return np.where(np.hypot(x - 155, y - 170) < radius, image, 225).astype(np.uint8)


def rings() -> NDArray[np.uint8]:
    """A print of ridges in all directions: the drawn one's minutiae in rings around the middle."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float64)
    phase = 2 * np.pi * np.hypot(x - 155, y - 170) / PERIOD
    for at_x, at_y, sign in PLANTED:
        phase += sign * np.arctan2(y - at_y, x - at_x)
    pressure = np.clip((1 - np.hypot((x - 155) / 125, (y - 170) / 150)) * 12, 0, 1)
    grain = np.random.default_rng(7).normal(0, 6, SHAPE)
    ridges = np.clip(0.5 + 0.9 * np.cos(phase), 0, 1)
    return np.asarray(np.clip(225 - 170 * pressure * ridges + grain, 0, 255), np.uint8)


def foreign(template: FingerTemplate) -> FingerTemplate:
    """The template as it would come from a record of minutiae only."""
    return FingerTemplate(
        ENGINE, template.width, template.height, template.x, template.y, template.angle, template.quality,
        template.kind, None, template.mask, None,
    )  # fmt: skip


def test_an_image_of_another_size_is_a_mistake() -> None:
    """A template is judged against its own image; another size is a bug of the caller."""
    template = extract(drawn_print())
    assert isinstance(template, FingerTemplate)
    with pytest.raises(ValueError, match="does not belong"):
        assess(template, drawn_print()[1:])


@pytest.mark.parametrize("reason", list(Reason))
def test_every_refusal_has_advice(reason: Reason) -> None:
    """Whatever the reason, the person is told something to do."""
    assert isinstance(advice_after(reason), Advice)


def test_no_finger_means_place_the_finger() -> None:
    """The three refusals of extraction have advice of their own."""
    told = [
        advice_after(reason) for reason in (Reason.FINGER_NONE, Reason.FINGER_TOO_SMALL, Reason.FINGER_FEW_MINUTIAE)
    ]
    assert told == [Advice.PLACE_FINGER, Advice.LAY_FINGER_FLAT, Advice.CLEAN_FINGER_AND_GLASS]


def test_a_clean_print_needs_no_mending() -> None:
    """A good print is accepted; the only fault of the drawn one is that it has few minutiae."""
    quality = judged(drawn_print())
    assert quality.accepted
    assert set(quality.advice) <= {Advice.TRY_ANOTHER_FINGER}
    assert all(0 <= item.score <= 100 for item in quality.components if item.score is not None)


def test_a_small_contact_is_to_lie_flatter() -> None:
    """Only the tip of the finger scores lower, and the advice is to lay it flat."""
    whole, tip = judged(drawn_print()), judged(round_cut(drawn_print(), 75))
    assert tip.overall < whole.overall
    assert not tip.accepted
    assert tip.advice[0] is Advice.LAY_FINGER_FLAT


def test_a_finger_at_the_frame_is_to_move() -> None:
    """A print half cut off by the frame is to move to the middle."""
    quality = judged(drawn_print(shift=(140, 0)))
    assert Advice.MOVE_TO_MIDDLE in quality.advice
    assert quality.overall < judged(drawn_print()).overall


def test_a_dry_finger_is_to_be_moistened() -> None:
    """Ridges much thinner than valleys read as dry."""
    dry = cv2.dilate(drawn_print(noise=0), np.ones((5, 5), np.uint8))
    assert Advice.MOISTEN_FINGER in judged(np.asarray(dry, np.uint8)).advice


def test_a_wet_finger_is_to_be_wiped() -> None:
    """Ridges much wider than valleys read as wet."""
    wet = cv2.erode(drawn_print(noise=0), np.ones((4, 4), np.uint8))
    assert Advice.WIPE_FINGER in judged(np.asarray(wet, np.uint8)).advice


def test_a_pale_print_is_to_be_pressed_harder() -> None:
    """A print with little contrast asks for more pressure."""
    pale = 255 - (255 - drawn_print(noise=0).astype(np.float32)) * 0.24
    assert Advice.PRESS_HARDER in judged(pale.astype(np.uint8)).advice


def test_a_moving_finger_is_to_hold_still() -> None:
    """Smear along either side of the image lowers the score step by step, and the advice is to hold still."""
    for turned in (False, True):
        found = []
        for length in (1, 7, 11):
            kernel = np.full((length, 1), 1 / length, np.float32)
            smeared = cv2.filter2D(rings(), -1, kernel.T if turned else kernel)
            found.append(judged(np.asarray(smeared, np.uint8)))
        scores = [quality.overall for quality in found]
        assert scores == sorted(set(scores), reverse=True)
        assert Advice.HOLD_STILL not in found[0].advice
        assert found[-1].advice[0] is Advice.HOLD_STILL


def test_ridges_of_one_direction_are_no_movement() -> None:
    """Where nearly all ridges run one way, nothing is said about movement instead of something wrong."""
    quality = judged(drawn_print())
    assert next(item.score for item in quality.components if item.component is Component.EVENNESS) is None


def test_a_blurred_print_asks_for_clean_glass() -> None:
    """Blur lowers the score step by step; before the print is lost, the advice is to clean finger and glass."""
    found = [judged(np.asarray(cv2.GaussianBlur(drawn_print(), (0, 0), sigma), np.uint8)) for sigma in (0.1, 1.5, 2.2)]
    scores = [quality.overall for quality in found]
    assert scores == sorted(set(scores), reverse=True)
    assert Advice.CLEAN_FINGER_AND_GLASS in found[-1].advice


def test_more_noise_is_never_better() -> None:
    """Clarity falls with rising noise."""
    clear = [value(judged(drawn_print(noise=noise)), Component.LOCAL_CLARITY) for noise in (0, 20, 40)]
    assert clear == sorted(clear, reverse=True)
    assert clear[0] - clear[2] > 0.01


def test_an_inverted_image_is_as_good() -> None:
    """Light ridges on dark ground lower neither clarity nor the overall score by more than a little."""
    upright, inverted = judged(drawn_print()), judged(255 - drawn_print())
    assert abs(upright.overall - inverted.overall) <= 5


def test_a_foreign_template_is_judged_by_what_it_has() -> None:
    """Without ridges clarity is left out, evenness for this print anyway; the overall score is given all the same."""
    image = drawn_print()
    template = extract(image)
    assert isinstance(template, FingerTemplate)
    quality = assess(foreign(template), image)
    open_ones = {item.component for item in quality.components if item.score is None}
    assert open_ones == {Component.LOCAL_CLARITY, Component.EVENNESS}
    assert 0 <= quality.overall <= 100


def test_an_empty_mask_scores_nothing() -> None:
    """A template without print has the lowest quality instead of an error."""
    empty = np.zeros(0, np.float32)
    cells = (-(-SHAPE[0] // CELL), -(-SHAPE[1] // CELL))
    template = FingerTemplate(
        ENGINE, SHAPE[1], SHAPE[0], empty, empty, empty, empty, np.zeros(0, np.uint8), None, np.zeros(cells, np.bool_),
        None,
    )  # fmt: skip
    quality = assess(template, drawn_print())
    assert quality.overall == 0
    assert not quality.accepted


def test_scales_rise_in_value() -> None:
    """Every component has a scale with strictly rising values and scores within 0 to 100; weights name components."""
    assert set(POLICY.scales) == set(Component)
    assert set(POLICY.weights) <= set(Component)
    for scale in POLICY.scales.values():
        values = [value for value, _ in scale]
        assert values == sorted(set(values))
        assert all(0 <= score <= 100 for _, score in scale)
