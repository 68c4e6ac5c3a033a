"""Confidence intervals."""

import numpy as np
import pytest

from biometrics.evaluation.intervals import SubjectScores, bootstrap, eer_interval, wilson
from biometrics.evaluation.rates import curve_of, equal_error


def _scores(generator: np.random.Generator, subjects: int, distance: float) -> SubjectScores:
    """Three mated comparisons a subject, one non-mated each pair of subjects."""
    own = np.repeat(np.arange(subjects, dtype=np.int32), 3)
    first, second = np.triu_indices(subjects, 1)
    return SubjectScores(
        genuine=generator.normal(distance, 1, len(own)),
        impostor=generator.normal(0, 1, len(first)),
        genuine_subject=own,
        impostor_subjects=np.stack([first, second], axis=1).astype(np.int32),
    )


def test_rate_without_trials_is_refused() -> None:
    """There is no interval of nothing."""
    with pytest.raises(ValueError, match="trials"):
        wilson(0, 0)


def test_bootstrap_of_one_subject_is_refused() -> None:
    """Subjects cannot be redrawn where there is one, and the interval is then that of the count alone."""
    alone = SubjectScores(np.array([0.5, 0.7]), np.array([0.1]), np.zeros(2, np.int32), np.zeros((1, 2), np.int32))
    with pytest.raises(ValueError, match="two"):
        bootstrap(alone, [equal_error], np.random.default_rng(1))
    assert eer_interval(alone, np.random.default_rng(1)) == wilson(0, 2)


def test_wilson_interval_of_known_cases() -> None:
    """One error in 280 lies between 0.06 and 2.0 %; none in 140 stays below 2.7 %."""
    found = wilson(1, 280)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0006, 0.0199)
    assert wilson(0, 140).low == 0
    assert wilson(0, 140).high == pytest.approx(3.8415 / (140 + 3.8415), rel=1e-3)
    assert wilson(7, 7).high == 1


def test_bootstrap_covers_the_true_rate() -> None:
    """Of 40 sets drawn from normal scores two deviations apart, nearly all intervals hold the true rate of 15.87 %."""
    generator = np.random.default_rng(7)
    held = 0
    for _ in range(40):
        (found,) = bootstrap(_scores(generator, 40, 2.0), [equal_error], generator, rounds=60)
        held += found.low <= 0.1587 <= found.high
    assert held >= 34


def test_bootstrap_draws_subjects() -> None:
    """One bad finger among ten widens the interval as one of ten fingers does, not as 3 of 30 comparisons."""
    generator = np.random.default_rng(3)
    scores = _scores(generator, 10, 50.0)
    scores.genuine[:3] = -50.0
    (found,) = bootstrap(scores, [lambda curve: float(curve.fnmr[np.argmax(curve.fmr == 0)])], generator)
    assert found.low == 0.0
    assert found.high >= 0.29


def test_same_seed_same_interval() -> None:
    """The interval can be repeated."""
    scores = _scores(np.random.default_rng(1), 12, 2.0)
    again = [bootstrap(scores, [equal_error], np.random.default_rng(5), rounds=50) for _ in range(2)]
    assert again[0] == again[1]
    assert again[0] != bootstrap(scores, [equal_error], np.random.default_rng(6), rounds=50)


def test_no_error_leaves_the_interval_open() -> None:
    """Without an error the upper end is what the count allows, not zero."""
    scores = _scores(np.random.default_rng(1), 10, 100.0)
    assert equal_error(curve_of(scores.genuine, scores.impostor)) == 0
    found = eer_interval(scores, np.random.default_rng(1))
    assert found.low == 0
    assert found.high == pytest.approx(wilson(0, 30).high)
