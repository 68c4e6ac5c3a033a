"""Log-likelihood ratios from scores."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from biometrics.decision.fitting import Fit, Scale, cllr, fit, isotonic_ratios, minimum_cllr

Floats = NDArray[np.float64]


def _ratio(fitted: Fit, scores: Floats) -> Floats:
    return np.asarray(np.interp(scores, fitted.scores, fitted.ratios), np.float64)


def _normal(genuine: int, impostor: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Scores of which the true ratio is 4 s - 8."""
    generator = np.random.default_rng(seed)
    return generator.normal(4, 1, genuine), generator.normal(0, 1, impostor)


def test_too_few_comparisons_are_refused() -> None:
    """Three comparisons can carry no evidence at all."""
    with pytest.raises(ValueError, match="four"):
        fit(np.array([1.0, 2.0, 3.0]), np.arange(10.0), Scale.PLAIN)


@pytest.mark.parametrize("scale", list(Scale))
def test_true_ratios_are_found(scale: Scale) -> None:
    """With many comparisons of known distributions the ratios come near the true ones, on either scale."""
    genuine, impostor = _normal(2000, 200_000)
    turn = np.exp if scale is Scale.LOGARITHMIC else np.asarray
    fitted = fit(turn(genuine), turn(impostor), scale)
    for score in (1.0, 2.0, 3.0, 4.0):
        assert _ratio(fitted, turn(np.array([score])))[0] == pytest.approx(4 * score - 8, abs=0.6)


@pytest.mark.parametrize(("genuine", "impostor"), [(140, 640), (20, 20_000)])
def test_no_ratio_claims_more_than_the_counts_carry(genuine: int, impostor: int) -> None:
    """Where the kinds do not touch, the ratios end at a third of the numbers of comparisons."""
    own, others = _normal(genuine, impostor)
    fitted = fit(own + 100, others, Scale.PLAIN)
    assert fitted.ratios[-1] <= math.log(impostor / 3) + 1e-4
    assert fitted.ratios[0] >= -math.log(genuine / 3) - 1e-4
    assert _ratio(fitted, np.array([1e9]))[0] == fitted.ratios[-1]


def test_ratio_is_held_below_what_was_seen() -> None:
    """Non-mated scores among the best mated ones cap the ratio there, whatever the line says."""
    own, others = _normal(1000, 10_000)
    others[:100] = 6.0
    fitted = fit(own, others, Scale.PLAIN)
    assert _ratio(fitted, np.array([5.9]))[0] <= math.log(100)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(0, 50, width=32), min_size=4, max_size=40),
    st.lists(st.floats(0, 50, width=32), min_size=4, max_size=40),
    st.sampled_from(list(Scale)),
)
def test_ratios_never_fall(genuine: list[float], impostor: list[float], scale: Scale) -> None:
    """Whatever the scores, the knots rise, the ratios do not fall, and no number is missing."""
    fitted = fit(np.array(genuine), np.array(impostor), scale)
    assert (np.diff(fitted.scores) > 0).all()
    assert (np.diff(fitted.ratios) >= 0).all()
    assert np.isfinite(fitted.ratios).all()


def test_cost_of_cases_worked_out_by_hand() -> None:
    """Saying nothing costs one bit; being sure and right next to nothing; a ratio of e for each log2(1 + 1/e)."""
    assert cllr(np.zeros(3), np.zeros(5)) == pytest.approx(1.0)
    assert cllr(np.full(3, 50.0), np.full(5, -50.0)) == pytest.approx(0.0, abs=1e-12)
    assert cllr(np.ones(3), -np.ones(5)) == pytest.approx(math.log2(1 + math.exp(-1)))


def test_isotonic_ratios_of_a_case_worked_out_by_hand() -> None:
    """Two blocks: below, 1 of 2 mated against 2 of 2 others; above, 1 of 2 against none."""
    genuine, impostor = isotonic_ratios(np.array([2.0, 4.0]), np.array([1.0, 3.0]))
    assert genuine.tolist() == pytest.approx([0.0, math.inf])
    assert impostor.tolist() == pytest.approx([-math.inf, 0.0])


def test_least_cost_is_never_above_that_of_a_fit() -> None:
    """The isotonic map is the best monotone one for its own data."""
    genuine, impostor = _normal(200, 2000)
    fitted = fit(genuine, impostor, Scale.PLAIN)
    assert minimum_cllr(genuine, impostor) <= cllr(_ratio(fitted, genuine), _ratio(fitted, impostor))
