"""Identification figures."""

from pathlib import Path

import numpy as np
import pytest

from biometrics.evaluation.manifest import Entry
from biometrics.evaluation.protocol import Protocol, pairs_of, subjects_of
from biometrics.evaluation.searches import Searches, fnir_at, searches_of, square


def _case(fingers: int, impressions: int) -> tuple[list[Entry], np.ndarray[tuple[int], np.dtype[np.int32]]]:
    entries = [
        Entry(Path(f"{finger}_{number}"), f"{finger}", str(number), "d", "")
        for finger in range(fingers)
        for number in range(impressions)
    ]
    return entries, subjects_of(entries)


def test_no_search_without_a_second_impression_or_subject() -> None:
    """Nobody can be found of whom there is one impression, nor told apart where there is nobody else."""
    for fingers, impressions in ((3, 1), (1, 3)):
        entries, subjects = _case(fingers, impressions)
        assert searches_of(np.ones((len(entries), len(entries)), np.float32), subjects) is None


def test_every_impression_is_searched_in_every_gallery() -> None:
    """Ten fingers of eight impressions make 560 searches, of which one wrong pair spoils two."""
    entries, subjects = _case(10, 8)
    pairs = pairs_of(entries, Protocol.ALL)
    scores = np.where(pairs.mated, 0.9, 0.1)
    wrong = int(np.flatnonzero(pairs.mated)[0])
    scores[wrong] = 0.05
    found = searches_of(square(pairs, scores, len(entries)), subjects)
    assert found is not None
    assert (len(found.mate), found.gallery) == (560, 10)
    assert found.rank_1 == pytest.approx(558 / 560)


def test_subjects_with_one_impression_stand_in_every_gallery() -> None:
    """They are there to be mistaken for, and are never probes."""
    subjects = np.append(_case(2, 2)[1], 2).astype(np.int32)
    matrix = np.full((5, 5), 0.1, np.float32)
    matrix[4, 0] = matrix[0, 4] = 0.8
    found = searches_of(matrix, subjects)
    assert found is not None
    assert (len(found.mate), found.gallery) == (4, 3)
    assert found.best_other.tolist() == pytest.approx([0.1, 0.1, 0.8, 0.1])


@pytest.mark.parametrize(("missing", "left_out"), [(np.nan, 0), (-np.inf, 2)])
def test_only_searches_with_a_mate_count(missing: float, left_out: int) -> None:
    """Two encodings of one capture make no search; a mate that was refused is left out and counted."""
    matrix = np.full((4, 4), 0.1, np.float32)
    matrix[0, 1] = matrix[1, 0] = missing
    found = searches_of(matrix, np.array([0, 0, 1, 1], np.int32))
    assert found is not None
    assert (len(found.mate), len(found.best_other), found.left_out) == (2, 2, left_out)
    assert np.isfinite(found.mate).all()


@pytest.mark.parametrize("missing", [np.nan, -np.inf])
def test_no_figures_without_a_mate(missing: float) -> None:
    """Where no mate could be compared there is no rate, rather than one of 0."""
    matrix = np.full((4, 4), 0.1, np.float32)
    for first, second in ((0, 1), (1, 0), (2, 3), (3, 2)):
        matrix[first, second] = missing
    assert searches_of(matrix, np.array([0, 0, 1, 1], np.int32)) is None


def test_rates_are_stated_where_searches_suffice() -> None:
    """30 searches can show an FPIR of 10 %, not of 1 %; a mate below another is not returned at rank 1."""
    mate, other = np.full(30, 0.9), np.linspace(0, 0.6, 30)
    mate[0], other[0] = 0.5, 0.8
    mate[1] = 0.2
    found = Searches(mate, other, 5)
    assert fnir_at(found, 1e-2) is None
    stated = fnir_at(found, 1e-1)
    assert stated is not None
    assert stated[0] == pytest.approx(2 / 30)
    assert (other >= stated[1]).mean() <= 0.1
