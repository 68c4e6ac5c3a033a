"""Error rates."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.evaluation.rates import (
    curve_of,
    equal_error,
    operating_at,
    rates_at,
    supports,
    supports_precisely,
    zero_fmr,
)

SCORES = st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=60).map(
    lambda found: np.array(found, np.float64)
)
GENUINE, IMPOSTOR = np.array([0.9, 0.8, 0.4]), np.array([0.1, 0.5, 0.3, 0.2])


@pytest.mark.parametrize("bad", [np.array([]), np.array([np.nan]), np.array([np.inf])])
def test_scores_that_are_none_are_refused(bad: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    """No curve comes from nothing, nor from what is not a number."""
    with pytest.raises(ValueError, match="score"):
        curve_of(bad, IMPOSTOR)
    with pytest.raises(ValueError, match="score"):
        curve_of(GENUINE, bad)


def test_curve_of_a_case_counted_by_hand() -> None:
    """Each observed score as threshold, at or above which a comparison matches; then infinity."""
    curve = curve_of(GENUINE, IMPOSTOR)
    assert curve.thresholds.tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 0.8, 0.9, math.inf]
    assert curve.fmr.tolist() == [1.0, 0.75, 0.5, 0.25, 0.25, 0.0, 0.0, 0.0]
    assert curve.fnmr.tolist() == pytest.approx([0, 0, 0, 0, 1 / 3, 1 / 3, 2 / 3, 1])


@pytest.mark.parametrize(
    ("genuine", "impostor", "rate"),
    [
        # FNMR 0, FMR 1/4 just before the crossing, 1/3 and 1/4 after it: the first pair has the smaller sum.
        ([0.9, 0.8, 0.4], [0.1, 0.5, 0.3, 0.2], 0.125),
        ([0.9, 0.8], [0.1, 0.2], 0.0),
        ([0.1, 0.2], [0.8, 0.9], 1.0),
        ([0.5, 0.5], [0.5, 0.5], 0.5),
        ([0.2, 0.6, 0.7, 0.8], [0.1, 0.1, 0.3, 0.65], 0.25),
    ],
)
def test_equal_error_of_cases_counted_by_hand(genuine: list[float], impostor: list[float], rate: float) -> None:
    """The equal error rate is the middle of FMR and FNMR where they cross."""
    assert equal_error(curve_of(np.array(genuine), np.array(impostor))) == pytest.approx(rate)


def test_comparisons_not_made_never_match() -> None:
    """A score of minus infinity is an error where it is mated and none where it is not."""
    genuine, impostor = np.array([-np.inf, 0.9]), np.array([-np.inf, 0.1])
    assert curve_of(genuine, impostor).fnmr.tolist() == [0.0, 0.5, 0.5, 1.0]
    assert rates_at(genuine, impostor, -1e9).fmr == 0.5
    assert zero_fmr(genuine, impostor).fnmr == 0.5


def test_threshold_is_the_lowest_observed_score_that_keeps_the_rate() -> None:
    """One of four non-mated scores may match at 25 %, none at 24.9 %."""
    assert operating_at(GENUINE, IMPOSTOR, 0.25).threshold == 0.4
    assert operating_at(GENUINE, IMPOSTOR, 0.249).threshold == 0.8
    assert zero_fmr(GENUINE, IMPOSTOR) == operating_at(GENUINE, IMPOSTOR, 0.0)
    assert zero_fmr(GENUINE, IMPOSTOR).fnmr == pytest.approx(1 / 3)
    assert operating_at(GENUINE, IMPOSTOR, 1.0).threshold == 0.1


def test_threshold_above_all_scores_where_the_highest_is_non_mated() -> None:
    """At zero FMR nobody matches when a non-mated comparison has the highest score."""
    found = zero_fmr(np.array([0.5]), np.array([0.7]))
    assert found.threshold == math.nextafter(0.7, math.inf)
    assert (found.fmr, found.fnmr) == (0.0, 1.0)


def test_threshold_without_mated_scores() -> None:
    """Non-mated comparisons alone have thresholds; their FNMR is not a number."""
    found = operating_at(np.array([]), IMPOSTOR, 0.25)
    assert found.threshold == 0.5
    assert math.isnan(found.fnmr)


@given(SCORES, SCORES, st.sampled_from([0.0, 0.01, 0.1, 0.5]))
def test_no_lower_threshold_would_do(
    genuine: np.ndarray[tuple[int], np.dtype[np.float64]],
    impostor: np.ndarray[tuple[int], np.dtype[np.float64]],
    fmr: float,
) -> None:
    """The rate is kept, and the next lower observed score would break it or change nothing of the two rates."""
    found = operating_at(genuine, impostor, fmr)
    assert found.fmr <= fmr
    assert found == rates_at(genuine, impostor, found.threshold)
    lower = [score for score in np.concatenate([genuine, impostor]) if score < found.threshold]
    if lower:
        assert rates_at(genuine, impostor, max(lower)).fmr > fmr


@given(SCORES, SCORES)
def test_equal_error_does_not_depend_on_the_scale(
    genuine: np.ndarray[tuple[int], np.dtype[np.float64]], impostor: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> None:
    """The equal error rate lies between 0 and 1, and scores times 8 have the same."""
    rate = equal_error(curve_of(genuine, impostor))
    assert 0 <= rate <= 1
    assert equal_error(curve_of(genuine * 8, impostor * 8)) == pytest.approx(rate)


def test_rules_of_3_and_30() -> None:
    """300 comparisons can show 1 %, 3000 measure it; one less cannot."""
    assert supports(300, 1e-2)
    assert not supports(299, 1e-2)
    assert supports_precisely(3000, 1e-2)
    assert not supports_precisely(2999, 1e-2)
