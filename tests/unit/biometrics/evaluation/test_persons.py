"""Chimeric persons."""

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.evaluation.chimeric import report
from biometrics.evaluation.persons import Fused, Ratios, couple, several_fingers


def _ratios(subjects: int, impressions: int, mated: float, other: float) -> Ratios:
    """All pairs of some impressions; the ratio says which subject it comes from behind the point."""
    number = np.repeat(np.arange(subjects), impressions)
    first, second = np.triu_indices(len(number), 1)
    same = number[first] == number[second]
    return Ratios(
        genuine=mated + number[first[same]] / 1000,
        impostor=np.full(int((~same).sum()), other),
        genuine_subject=number[first[same]].astype(np.int32),
        impostor_subjects=np.stack([number[first[~same]], number[second[~same]]], axis=1).astype(np.int32),
    )


def test_no_face_comparison_is_used_twice() -> None:
    """Persons have one finger each; comparisons of a kind are as many as the scarcer part has."""
    fingers, faces = _ratios(3, 3, 5.0, -4.0), _ratios(10, 2, 7.0, -6.0)
    found = couple(fingers, faces, np.random.default_rng(1))
    assert (len(found.genuine), len(found.impostor)) == (10, min(27, 180))
    assert sorted(found.genuine_person.tolist()) == list(range(10))
    assert len(set(found.genuine[:, 1].tolist())) == 10
    assert (found.impostor == [-4.0, -6.0]).all()


def test_comparisons_of_a_person_use_different_ones_of_its_finger() -> None:
    """A person with more face comparisons than the finger has contributes no more than the finger has."""
    fingers, faces = _ratios(2, 2, 5.0, -4.0), _ratios(2, 4, 7.0, -6.0)
    assert len(couple(fingers, faces, np.random.default_rng(1)).genuine) == 2


def test_hands_add_up_their_fingers() -> None:
    """Fingers 0 to 3 are one hand: its ratio is the sum over its fingers, comparison by comparison."""
    found = several_fingers(_ratios(8, 2, 1.0, -2.0), 4)
    assert found.genuine.tolist() == pytest.approx([4 + 6 / 1000, 4 + 22 / 1000])
    assert found.genuine_subject.tolist() == [0, 1]
    assert found.impostor.tolist() == [-8.0] * 4
    assert found.impostor_subjects.tolist() == [[0, 1]] * 4


def test_incomplete_hands_are_left_out() -> None:
    """A finger too few makes no hand; a missing comparison of a finger adds nothing."""
    assert len(several_fingers(_ratios(7, 2, 1.0, -2.0), 4).genuine) == 1
    single = _ratios(8, 2, 1.0, -2.0)
    single.genuine[0] = np.nan
    assert several_fingers(single, 4).genuine[0] == pytest.approx(3 + 6 / 1000)


def test_figures_of_persons_counted_by_hand() -> None:
    """FNMR is stated at 3 of n non-mated comparisons; both parts save who either part misses."""
    genuine: NDArray[np.float64] = np.full((100, 2), 10.0)
    genuine[:4, 0] = -9.0
    genuine[4:6, 1] = np.nan
    impostor = np.linspace(-8, -1, 3000)[:, None].repeat(2, axis=1)
    found = report(Fused(genuine, impostor, np.arange(100, dtype=np.int32)))
    assert (found["persons"], found["genuine"], found["impostor"]) == (100, 100, 3000)
    assert found["smallest_fmr"] == pytest.approx(1e-3)
    assert [found[part]["fnmr"] for part in ("finger", "face", "both")] == [0.04, 0.02, 0.0]
    assert found["both"]["fmr"] <= 1e-3
    assert found["both"]["interval"][1] == pytest.approx(0.037, abs=1e-3)
    assert found["promised"]["0.0001"]["fnmr"] == pytest.approx(0.04)
