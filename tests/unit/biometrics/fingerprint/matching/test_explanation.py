"""Why two fingers score as they do."""

from collections.abc import Callable

import numpy as np
import pytest

from biometrics.fingerprint.explanation import explain
from biometrics.fingerprint.matcher import Mode, compare
from biometrics.fingerprint.prepared import PreparedFinger
from biometrics.fingerprint.template import FingerTemplate

Make = Callable[..., FingerTemplate]
Ready = Callable[[FingerTemplate], PreparedFinger]


def test_the_shortlist_aligns_nothing(rng: np.random.Generator, made: Make, prepared: Ready) -> None:
    """What has no alignment cannot be drawn."""
    finger = prepared(made(rng))
    with pytest.raises(ValueError, match="aligns nothing"):
        explain(finger, finger, Mode.SHORTLIST)


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.VERIFY])
def test_the_score_is_that_of_the_matcher(
    mode: Mode, rng: np.random.Generator, made: Make, varied: Make, prepared: Ready
) -> None:
    """Mates and strangers, whichever is the probe: just the matcher's score, and the places change sides."""
    template = made(rng)
    finger = prepared(template)
    for other in (prepared(varied(template, rng, turn=0.3)), prepared(made(rng)), prepared(made(rng))):
        there, back = explain(finger, other, mode), explain(other, finger, mode)
        assert there.score == pytest.approx(compare(finger, other, mode), rel=1e-5)
        assert back.score == there.score
        assert np.array_equal(there.probe, back.candidate)


def test_pairs_lie_on_minutiae(rng: np.random.Generator, made: Make, varied: Make, prepared: Ready) -> None:
    """Mates have many pairs, each end a minutia of its own template in pixels of the image."""
    template = made(rng)
    mate = varied(template, rng, turn=0.5)
    found = explain(prepared(template), prepared(mate), Mode.FULL)
    assert len(found.closeness) >= 10
    assert found.found > 0.5
    assert found.ridges is None
    for places, whole in ((found.probe, template), (found.candidate, mate)):
        away = np.hypot(places[:, :1] - whole.x, places[:, 1:] - whole.y).min(axis=1)
        assert away.max() < 0.01
