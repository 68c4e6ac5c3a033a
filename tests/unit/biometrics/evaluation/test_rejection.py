"""Error against rejected share."""

import numpy as np

from biometrics.evaluation.rejection import error_by_rejection


def test_nothing_to_reject() -> None:
    """Without samples there is no row."""
    assert error_by_rejection(np.empty(0), np.empty((0, 2), np.int32), np.empty(0, np.int32), 0.5) == []


def test_rejecting_the_bad_samples_removes_their_errors() -> None:
    """A pair goes when either of its samples does."""
    genuine = np.array([0.1, 0.9, 0.2])
    samples = np.array([[0, 1], [1, 2], [2, 3]], np.int32)
    quality = np.array([10, 50, 60, 40], np.int32)
    rows = error_by_rejection(genuine, samples, quality, 0.5, (0.0, 0.25, 0.5, 1.0))
    assert [(row.rejected, row.comparisons, row.errors) for row in rows] == [
        (0.0, 3, 2),
        (0.25, 2, 1),
        (0.5, 1, 0),
        (0.75, 0, 0),
    ]
    assert [row.fnmr for row in rows] == [2 / 3, 1 / 2, 0.0, None]


def test_samples_of_one_quality_go_together() -> None:
    """Where all are alike nothing is rejected, and the row says so."""
    samples = np.array([[0, 1]], np.int32)
    (row,) = error_by_rejection(np.array([0.9]), samples, np.full(2, 7, np.int32), 0.5, (0.5,))
    assert (row.rejected, row.comparisons, row.lowest_quality) == (0.0, 1, 7)
