"""Calibrations applied."""

import math

import numpy as np
import pytest

from tests.unit.biometrics.decision.test_files import CALIBRATION


def test_no_threshold_for_a_rate_without_data() -> None:
    """A rate that the data could not support has no threshold, nor has one between two that they could."""
    assert CALIBRATION.target(1e-4) is None
    assert CALIBRATION.target(5e-3) is None


def test_threshold_of_a_rate() -> None:
    """The threshold is told with its interval."""
    found = CALIBRATION.target(1e-3)
    assert found is not None
    assert (found.threshold, found.low, found.high) == (0.6, 0.5, 0.9)


def test_ratios_between_and_beyond_the_knots() -> None:
    """Straight lines between the knots, nothing more beyond them; a missing score stays missing."""
    found = CALIBRATION.ratio(np.array([-9.0, 0.25, 0.5, 0.875, 99.0, math.nan]))
    assert found[:5].tolist() == pytest.approx([-3.5, -1.75, 0.0, 3.125, 6.25])
    assert math.isnan(found[5])
