"""The document of the command."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from biometrics.evaluation.assembly import evaluate
from biometrics.evaluation.details import details
from biometrics.evaluation.protocol import Protocol
from biometrics.evaluation.report import Evaluation, figures
from tests.unit.biometrics.evaluation.fake import FakeChoice, samples

KEYS = [
    "modality",
    "engine",
    "genuine",
    "impostor",
    "failures_to_extract",
    "eer",
    "eer_interval",
    "fnmr",
    "zero_fmr_fnmr",
    "extract_ms_cpu",
    "comparisons_per_second",
    "groups",
]


def _evaluation(folder: Path, *, subjects: int = 20, bad: bool = False, impressions: int = 2) -> Evaluation:
    texts = {f"s{number}": [str(10 * number + turn) for turn in range(impressions)] for number in range(subjects)}
    if bad:
        texts["s0"][0] = "bad"
    attributes = {f"s{number}": "odd" if number % 2 else "even" for number in range(subjects)}
    return evaluate(samples(folder, texts, attributes), "finger", FakeChoice(), Protocol.ALL)


def test_without_mated_pairs_error_rates_are_null(tmp_path: Path) -> None:
    """One impression a subject gives thresholds, but neither FNMR nor an equal error rate."""
    found = figures(_evaluation(tmp_path, subjects=40, impressions=1), np.random.default_rng(1))
    assert (found["genuine"], found["impostor"]) == (0, 780)
    assert found["eer"] is found["eer_interval"] is found["zero_fmr_fnmr"] is None
    assert found["fnmr"]["1e-2"] == {"fnmr": None, "threshold": math.nextafter(-10.0, math.inf)}
    json.dumps(found, allow_nan=False)


def test_members_are_those_that_others_rely_on(tmp_path: Path) -> None:
    """Exactly the agreed members, in a document that is strict JSON."""
    found = figures(_evaluation(tmp_path), np.random.default_rng(1))
    assert list(found) == KEYS
    assert list(found["fnmr"]) == ["1e-2", "1e-3", "1e-4", "1e-5"]
    json.dumps(found, allow_nan=False)


def test_figures_of_a_set_counted_by_hand(tmp_path: Path) -> None:
    """20 subjects of two impressions one apart, ten apart from the next: no error, and 1 % is supported, 0.1 % not."""
    found = figures(_evaluation(tmp_path), np.random.default_rng(1))
    assert (found["modality"], found["engine"]) == ("finger", "fake-1")
    assert (found["genuine"], found["impostor"], found["failures_to_extract"]) == (20, 760, 0)
    assert (found["eer"], found["zero_fmr_fnmr"], found["extract_ms_cpu"]) == (0.0, 0.0, 2.0)
    assert found["eer_interval"][1] > 0.1
    assert found["fnmr"]["1e-2"] == {"fnmr": 0.0, "threshold": -1.0}
    assert found["fnmr"]["1e-3"] is found["fnmr"]["1e-5"] is None
    assert found["comparisons_per_second"] > 0


def test_failures_are_counted_apart(tmp_path: Path) -> None:
    """A failed sample leaves the rates and is told by its number; in the details it counts as an error."""
    evaluation = _evaluation(tmp_path, bad=True)
    found = figures(evaluation, np.random.default_rng(1))
    assert (found["genuine"], found["impostor"], found["failures_to_extract"]) == (19, 722, 1)
    assert found["zero_fmr_fnmr"] == 0.0
    more = details(evaluation, Protocol.ALL, np.random.default_rng(1))
    assert more["refusals"] == {"finger.none": 1}
    assert (more["failures_as_errors"]["genuine"], more["failures_as_errors"]["impostor"]) == (20, 760)
    assert more["failures_as_errors"]["zero_fmr_fnmr"] == pytest.approx(1 / 20)


def test_groups_have_the_rates_at_the_common_threshold(tmp_path: Path) -> None:
    """Pairs of both samples in a group; the threshold is that of the whole set."""
    groups = figures(_evaluation(tmp_path, subjects=40), np.random.default_rng(1))["groups"]
    assert list(groups) == ["even", "odd"]
    assert (groups["odd"]["samples"], groups["odd"]["genuine"], groups["odd"]["impostor"]) == (40, 20, 760)
    whole = figures(_evaluation(tmp_path, subjects=40), np.random.default_rng(1))["fnmr"]["1e-2"]
    assert groups["odd"]["fnmr"]["1e-2"]["threshold"] == whole["threshold"]
    assert groups["odd"]["fnmr"]["1e-2"]["fmr"] == 0.0


def test_details_tell_identification_quality_and_worst(tmp_path: Path) -> None:
    """Everything beyond the document is there and strict JSON."""
    more = details(_evaluation(tmp_path), Protocol.ALL, np.random.default_rng(1), thresholds={"1e-2": -9.0}, worst=2)
    assert more["identification"]["rank_1"] == 1.0
    assert more["identification"]["fnir"]["1e-3"] is None
    assert more["rejection"]["fmr"] == 1e-2
    assert more["rejection"]["rows"][0]["fnmr"] == 0.0
    assert more["targets"]["1e-2"]["rule_of_30"] is False
    assert more["given_thresholds"]["1e-2"]["fmr"] == pytest.approx(19 / 760)
    assert [row["score"] for row in more["worst"]["mated"]] == [-1.0, -1.0]
    assert more["worst"]["non_mated"][0]["score"] == -9.0
    assert more["one_subject_left_out"] == {"subjects": 20, "eer": [0.0, 0.0], "zero_fmr_fnmr": [0.0, 0.0]}
    assert more["enrolling_two"]["zero_fmr_fnmr"] == 0.0
    json.dumps(more, allow_nan=False)
