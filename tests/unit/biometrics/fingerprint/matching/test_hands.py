from collections.abc import Callable

import numpy as np
import pytest

from biometrics.fingerprint.hands import hands_swapped, misplaced, repeated
from biometrics.fingerprint.matcher import Mode
from biometrics.fingerprint.prepared import PreparedFinger
from biometrics.fingerprint.template import FingerTemplate
from biometrics.sample import FingerPosition

Make = Callable[..., FingerTemplate]
Ready = Callable[[FingerTemplate], PreparedFinger]
# Between made-up mates and strangers in full mode; real thresholds come from calibration files.
THRESHOLD = 0.5
POSITIONS: list[FingerPosition] = [position for position in FingerPosition if position is not FingerPosition.UNKNOWN]


@pytest.fixture
def templates(rng: np.random.Generator, made: Make) -> dict[FingerPosition, FingerTemplate]:
    """Ten different fingers."""
    return {position: made(rng) for position in POSITIONS}


@pytest.fixture
def again(
    templates: dict[FingerPosition, FingerTemplate], rng: np.random.Generator, varied: Make, prepared: Ready
) -> Callable[[FingerPosition], PreparedFinger]:
    """Another impression of one of the ten."""
    return lambda position: prepared(varied(templates[position], rng, turn=0.2))


def test_ten_different_fingers_are_not_reported(again: Callable[[FingerPosition], PreparedFinger]) -> None:
    """A right capture of ten fingers reports nothing, with or without references."""
    fingers = {position: again(position) for position in POSITIONS}
    references = {position: again(position) for position in POSITIONS}
    assert repeated(fingers, THRESHOLD, Mode.FULL) == ()
    assert misplaced(fingers, references, THRESHOLD, Mode.FULL) == ()


def test_nothing_captured_is_nothing_found() -> None:
    """No fingers and no references are no error."""
    assert repeated({}, THRESHOLD) == ()
    assert misplaced({}, {}, THRESHOLD) == ()
    assert not hands_swapped(())


def test_the_same_finger_twice_is_found(again: Callable[[FingerPosition], PreparedFinger]) -> None:
    """The right index given again as the right middle is named, and nothing else."""
    fingers = {position: again(position) for position in POSITIONS}
    fingers[FingerPosition.RIGHT_MIDDLE] = again(FingerPosition.RIGHT_INDEX)
    found = repeated(fingers, THRESHOLD, Mode.FULL)
    assert [(pair.first, pair.second) for pair in found] == [(FingerPosition.RIGHT_INDEX, FingerPosition.RIGHT_MIDDLE)]


def test_two_swapped_fingers_are_found(again: Callable[[FingerPosition], PreparedFinger]) -> None:
    """Index and middle of one hand swapped: both are named with where they belong, and the hands are not swapped."""
    references = {position: again(position) for position in POSITIONS}
    index, middle = FingerPosition.LEFT_INDEX, FingerPosition.LEFT_MIDDLE
    fingers = {index: again(middle), middle: again(index), FingerPosition.LEFT_RING: again(FingerPosition.LEFT_RING)}
    found = misplaced(fingers, references, THRESHOLD, Mode.FULL)
    assert [(finger.claimed, finger.found) for finger in found] == [(index, middle), (middle, index)]
    assert all(finger.score > finger.claimed_score for finger in found)
    assert not hands_swapped(found)


def test_swapped_hands_are_found(again: Callable[[FingerPosition], PreparedFinger]) -> None:
    """A left hand given as the right one is named finger by finger and as a swapped hand."""
    references = {position: again(position) for position in POSITIONS}
    fingers = {position: again(position.mirrored) for position in POSITIONS[:4]}
    found = misplaced(fingers, references, THRESHOLD, Mode.FULL)
    assert [finger.claimed for finger in found] == POSITIONS[:4]
    assert all(finger.mirrored for finger in found)
    assert hands_swapped(found)


def test_a_finger_without_reference_is_not_misplaced(again: Callable[[FingerPosition], PreparedFinger]) -> None:
    """A stranger's finger that is like no reference is left to the comparison with its own."""
    references = {FingerPosition.LEFT_THUMB: again(FingerPosition.LEFT_THUMB)}
    fingers = {FingerPosition.RIGHT_THUMB: again(FingerPosition.RIGHT_THUMB)}
    assert misplaced(fingers, references, THRESHOLD, Mode.FULL) == ()
