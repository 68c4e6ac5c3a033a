"""Calibrations made from evaluations."""

from pathlib import Path

import numpy as np
import pytest

from biometrics.decision.calibration import Calibration, Source
from biometrics.decision.files import read_calibration, write_calibration
from biometrics.decision.fitting import Scale
from biometrics.evaluation.assembly import evaluate
from biometrics.evaluation.calibrating import calibrated, held_out
from biometrics.evaluation.protocol import Protocol
from biometrics.evaluation.report import Evaluation
from tests.unit.biometrics.evaluation.fake import FakeChoice, samples


def _evaluation(folder: Path, subjects: int = 30, spread: float = 1.0) -> Evaluation:
    generator = np.random.default_rng(2)
    texts = {f"s{number}": [str(generator.normal(10 * number, spread)) for _ in range(3)] for number in range(subjects)}
    return evaluate(samples(folder, texts), "finger", FakeChoice(), Protocol.ALL)


def test_too_little_data_is_refused(tmp_path: Path) -> None:
    """A calibration does not come from three mated comparisons."""
    evaluation = evaluate(samples(tmp_path, {"a": ["1", "2"], "b": ["9", "9"]}), "finger", FakeChoice(), Protocol.ALL)
    with pytest.raises(ValueError, match="four"):
        calibrated(evaluation, Scale.PLAIN, "2026-01-31", np.random.default_rng(1))


def test_calibration_of_a_set(tmp_path: Path) -> None:
    """It names its engine, day and data, and has thresholds just for the rates that the counts support."""
    found = calibrated(_evaluation(tmp_path), Scale.PLAIN, "2026-01-31", np.random.default_rng(1))
    assert (found.engine, found.made) == ("fake-1", "2026-01-31")
    assert found.sources == (Source("fake", 30, 90, 3915),)
    assert [target.fmr for target in found.targets] == [1e-2, 1e-3]
    assert all(target.low <= target.threshold <= target.high for target in found.targets)
    near, far = found.ratio(np.array([-0.5, -50.0]))
    assert near > 3
    assert far < 0
    assert isinstance(read_calibration(write_calibration(found), "fake-1"), Calibration)


def test_cross_validation_keeps_subjects_apart(tmp_path: Path) -> None:
    """Every fold has its own subjects, and mates speak for themselves in each."""
    folds = held_out(_evaluation(tmp_path), Scale.PLAIN, np.random.default_rng(1))
    assert [(fold.subjects, fold.genuine, fold.impostor) for fold in folds] == [(6, 18, 135)] * 5
    assert all(0 <= fold.least <= fold.cost < 0.6 for fold in folds)


def test_scores_that_tell_nothing_have_no_ratio(tmp_path: Path) -> None:
    """Where mated and non-mated scores are alike, held-out ratios cost about one bit and promise next to nothing."""
    folds = held_out(_evaluation(tmp_path, spread=1000.0), Scale.PLAIN, np.random.default_rng(1))
    assert all(0.9 < fold.cost < 1.1 for fold in folds)
    assert all(fold.overclaim < 2 for fold in folds)
