"""Fusion of ratios."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.decision.fusion import fused, needed, needed_in_search


def test_nothing_cannot_be_fused() -> None:
    """Without parts there is no evidence to state."""
    with pytest.raises(ValueError, match="nothing"):
        fused([])


@pytest.mark.parametrize("ratio", [math.inf, -math.inf])
def test_infinite_ratios_are_refused(ratio: float) -> None:
    """Opposite infinities would add up to NaN, which stands for a part that is missing."""
    with pytest.raises(ValueError, match="infinite"):
        fused([np.array([1.0]), np.array([ratio])])
    with pytest.raises(ValueError, match="infinite"):
        fused([np.array([math.inf]), np.array([-math.inf])])


@pytest.mark.parametrize("fmr", [0.0, -1.0, 1.5, math.nan])
def test_impossible_rates_are_refused(fmr: float) -> None:
    """A false match rate is above 0 and at most 1."""
    with pytest.raises(ValueError, match="rate"):
        needed(fmr)


def test_empty_gallery_is_refused() -> None:
    """There is no rate for a search among nobody."""
    with pytest.raises(ValueError, match="gallery"):
        needed_in_search(1e-3, 0)


def test_missing_parts_add_nothing() -> None:
    """A finger that could not be compared speaks neither for nor against; no part at all says nothing."""
    found = fused([np.array([2.0, math.nan, math.nan]), np.array([-0.5, 3.0, math.nan])])
    assert found.tolist() == [1.5, 3.0, 0.0]


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=6))
def test_order_of_parts_does_not_matter(parts: list[float]) -> None:
    """The sum is the same whichever part comes first."""
    arrays = [np.array([part]) for part in parts]
    assert fused(arrays)[0] == pytest.approx(fused(arrays[::-1])[0])


def test_ratio_needed_for_a_rate() -> None:
    """One in ten thousand needs ln 10 000; among 8.5 million, that many times more."""
    assert needed(1e-4) == pytest.approx(math.log(1e4))
    assert needed_in_search(1e-3, 8_500_000) == pytest.approx(math.log(8.5e9))


def test_promise_holds_for_true_ratios() -> None:
    """Of non-mated comparisons with true ratios no more than the promised share reach what is needed for it."""
    scores = np.random.default_rng(1).normal(0, 1, 400_000)
    ratios = 2 * scores - 2  # of N(2, 1) against N(0, 1)
    for fmr in (1e-1, 1e-2, 1e-3):
        assert float(np.mean(ratios >= needed(fmr))) <= fmr
