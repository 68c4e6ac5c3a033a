"""Enrolment of two impressions."""

import numpy as np
import pytest

from biometrics.evaluation.enrolling import Joining, enrolled_scores


def test_cosine_with_the_mean_of_two_vectors() -> None:
    """Scores of pairs are enough to tell the cosine with the mean of two unit vectors."""
    generator = np.random.default_rng(1)
    vectors = generator.normal(size=(4, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    matrix = (vectors @ vectors.T).astype(np.float32)
    genuine, impostor = enrolled_scores(matrix, np.array([0, 0, 0, 1], np.int32), Joining.MEAN_VECTOR)

    def cosine(first: int, second: int, probe: int) -> float:
        mean = vectors[first] + vectors[second]
        return float(vectors[probe] @ mean / np.linalg.norm(mean))

    assert genuine.tolist() == pytest.approx([cosine(0, 1, 2), cosine(1, 2, 0), cosine(2, 0, 1)], abs=1e-6)
    assert impostor[:3].tolist() == pytest.approx([cosine(0, 1, 3), cosine(1, 2, 3), cosine(2, 0, 3)], abs=1e-6)
    assert impostor[3:].tolist() == pytest.approx(matrix[3, :3].tolist())


def test_better_of_two_answers() -> None:
    """A mate that one enrolled impression misses is found by the other."""
    matrix = np.full((4, 4), 0.1, np.float32)
    matrix[0, 2] = matrix[2, 0] = 0.9
    genuine, _ = enrolled_scores(matrix, np.array([0, 0, 0, 1], np.int32), Joining.BEST)
    assert genuine.tolist() == pytest.approx([0.9, 0.9, 0.1])


def test_two_impressions_are_compared_once() -> None:
    """Of two impressions one is enrolled and the other is its probe; failed comparisons are left out."""
    matrix = np.full((3, 3), 0.5, np.float32)
    matrix[0, 2] = matrix[2, 0] = np.nan
    genuine, impostor = enrolled_scores(matrix, np.array([0, 0, 1], np.int32), Joining.BEST)
    assert (len(genuine), len(impostor)) == (1, 2)
