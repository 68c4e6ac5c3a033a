"""Extraction and comparison of whole sets."""

from pathlib import Path

import numpy as np
import pytest

from biometrics.errors import Reason, Refused
from biometrics.evaluation import run
from biometrics.evaluation.assembly import Watch, evaluate, in_order
from biometrics.evaluation.protocol import Protocol
from tests.unit.biometrics.evaluation.fake import FakeChoice, FakeEngine, samples

TEXTS = {"a": ["10", "11", "bad"], "b": ["50", "52"], "c": ["90", "93"]}


def test_failed_samples_stay_in_the_count(tmp_path: Path) -> None:
    """Pairs of a sample that could not be extracted are there, not made, and never match."""
    found = evaluate(samples(tmp_path, TEXTS), "finger", FakeChoice(), Protocol.ALL)
    assert found.failed.tolist() == [False, False, True, False, False, False, False]
    assert len(found.pairs) == 21
    assert int(found.made.sum()) == 15
    assert found.outcomes[2] == Refused(Reason.FINGER_NONE)
    assert np.isneginf(found.comparisons.scores[~found.made]).all()


def test_only_failures_are_no_crash(tmp_path: Path) -> None:
    """A set of which nothing can be extracted is evaluated, too."""
    found = evaluate(samples(tmp_path, {"a": ["bad", "bad"]}), "finger", FakeChoice(), Protocol.ALL)
    assert not found.made.any()
    assert found.comparisons.per_second is None


def test_oversized_sample_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file larger than any sample is refused by its size."""
    monkeypatch.setattr(run, "LARGEST_SAMPLE", 3)
    found = evaluate(samples(tmp_path, {"a": ["10", "10.00"]}), "finger", FakeChoice(), Protocol.ALL)
    assert found.outcomes[1] == Refused(Reason.SAMPLE_TOO_LARGE)


def test_scores_belong_to_their_pairs(tmp_path: Path) -> None:
    """Each score is that of its pair, with one process as with two."""
    entries = samples(tmp_path, TEXTS)
    alone, shared = (evaluate(entries, "finger", FakeChoice(), Protocol.ALL, jobs=jobs) for jobs in (1, 2))
    for found in (alone, shared):
        values = np.array([float(e.path.read_text()) if e.path.read_text() != "bad" else np.nan for e in found.entries])
        expected = -np.abs(values[found.pairs.probe] - values[found.pairs.reference])
        assert np.array_equal(np.nan_to_num(expected, nan=-np.inf), found.comparisons.scores)


def test_rows_in_any_order_give_the_same(tmp_path: Path) -> None:
    """Impressions are put in order before they are paired."""
    entries = samples(tmp_path, TEXTS)
    assert in_order([entries[index] for index in (1, 2, 0, 4, 3, 6, 5)]) == entries


def test_progress_ends_at_the_whole(tmp_path: Path) -> None:
    """Who watches is told of every sample and every comparison."""
    told: list[tuple[int, int]] = []
    watch = Watch(lambda done, whole: told.append((done, whole)), lambda done, whole: told.append((done, whole)))
    evaluate(samples(tmp_path, TEXTS), "finger", FakeChoice(), Protocol.ALL, watch=watch)
    assert (7, 7) in told
    assert told[-1] == (15, 15)


def test_engine_may_state_its_own_speed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an engine is used otherwise than pair by pair its own figure counts."""
    entries = samples(tmp_path, TEXTS)
    assert evaluate(entries, "finger", FakeChoice(), Protocol.ALL).comparisons.pace is None
    monkeypatch.setattr(FakeEngine, "pace", lambda _self, _gallery: 7.0)
    assert evaluate(entries, "finger", FakeChoice(), Protocol.ALL).comparisons.per_second == 7.0
