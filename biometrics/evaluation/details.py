"""What an evaluation tells beyond the document that others rely on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Refused
from biometrics.evaluation.enrolling import Joining, enrolled_scores
from biometrics.evaluation.intervals import Interval, SubjectScores, bootstrap, wilson
from biometrics.evaluation.protocol import Protocol
from biometrics.evaluation.rates import (
    ErrorCurve,
    curve_of,
    equal_error,
    operating_at,
    rates_at,
    supports,
    supports_precisely,
    zero_fmr,
)
from biometrics.evaluation.rejection import error_by_rejection
from biometrics.evaluation.report import TARGETS, Evaluation, at_targets
from biometrics.evaluation.run import Measured
from biometrics.evaluation.searches import fnir_at, searches_of, square

__all__ = ["details"]

Floats = NDArray[np.float64]
SEARCH_TARGETS: Mapping[str, float] = {"1e-1": 1e-1, "1e-2": 1e-2, "1e-3": 1e-3}
# Up to so many subjects, each is left out once.
MOST_LEFT_OUT = 50
# Up to so many refused samples are named.
MOST_NAMED = 20
# The error that quality is asked to predict is counted at the strictest of these that the counts support.
REJECTION_TARGETS = (1e-4, 1e-3, 1e-2)


def details(
    evaluation: Evaluation,
    protocol: Protocol,
    generator: np.random.Generator,
    *,
    thresholds: Mapping[str, float] | None = None,
    worst: int = 0,
) -> dict[str, Any]:
    """Counts, intervals, failures counted as errors, identification, quality, enrolment of two, the worst pairs.

    `thresholds` are thresholds of another evaluation, by the names of their targets, to be tried on this one.
    """
    scores = evaluation.scores()
    document: dict[str, Any] = {
        "protocol": protocol.value,
        "samples": len(evaluation.entries),
        "subjects": len(np.unique(evaluation.subjects)),
        "refusals": dict(Counter(_reason(outcome) for outcome in evaluation.outcomes if isinstance(outcome, Refused))),
        "refused": _refused(evaluation),
        "pairs_of_one_capture_left_out": evaluation.pairs.same_capture,
        "targets": _targets(scores, generator),
        "one_subject_left_out": _one_left_out(scores),
        "failures_as_errors": _failures_as_errors(evaluation),
        "identification": _identification(evaluation) if protocol is Protocol.ALL else None,
        "rejection": _rejection(evaluation, scores),
        "enrolling_two": _enrolling_two(evaluation) if protocol is Protocol.ALL else None,
    }
    if thresholds:
        document["given_thresholds"] = {name: _given(scores, at) for name, at in thresholds.items()}
    if worst:
        document["worst"] = _worst(evaluation, worst)
    return document


def _reason(outcome: Refused) -> str:
    return outcome.reason.value


def _refused(evaluation: Evaluation) -> list[dict[str, Any]]:
    """The first refused samples: which, why, and the byte that a record or image failed at."""
    outcomes = zip(evaluation.entries, evaluation.outcomes, strict=True)
    refused = [(entry, outcome) for entry, outcome in outcomes if isinstance(outcome, Refused)]
    return [
        {"path": entry.path.name, "subject": entry.subject, "reason": _reason(outcome), "offset": outcome.offset}
        for entry, outcome in refused[:MOST_NAMED]
    ]


def _targets(scores: SubjectScores, generator: np.random.Generator) -> dict[str, dict[str, Any] | None]:
    """FNMR at each target with its interval: subjects redrawn, widened to the Wilson interval."""
    found: dict[str, dict[str, Any] | None] = dict.fromkeys(TARGETS)
    stated = [name for name, fmr in TARGETS.items() if supports(len(scores.impostor), fmr) and len(scores.genuine)]
    if not stated:
        return found
    drawn: list[Interval | None] = [None] * len(stated)
    if len(np.unique(scores.impostor_subjects)) > 1:
        drawn = [*bootstrap(scores, [_fnmr_at(TARGETS[name]) for name in stated], generator, rounds=200)]
    for name, interval in zip(stated, drawn, strict=True):
        at = operating_at(scores.genuine, scores.impostor, TARGETS[name])
        counted = wilson(at.fnmr * len(scores.genuine), len(scores.genuine))
        found[name] = {
            "fnmr": at.fnmr,
            "fnmr_interval": _widest(interval or counted, counted),
            "fmr": at.fmr,
            "threshold": at.threshold,
            "rule_of_30": supports_precisely(len(scores.impostor), TARGETS[name]),
        }
    return found


def _widest(one: Interval, other: Interval) -> list[float]:
    return [min(one.low, other.low), max(one.high, other.high)]


def _fnmr_at(fmr: float) -> Callable[[ErrorCurve], float]:
    return lambda curve: float(curve.fnmr[np.argmax(curve.fmr <= fmr)])


def _one_left_out(scores: SubjectScores) -> dict[str, Any] | None:
    """The lowest and highest figures when one subject at a time is left out: how much hangs on a single one."""
    subjects = np.unique(scores.genuine_subject)
    if not 3 <= len(subjects) <= MOST_LEFT_OUT or len(np.unique(scores.impostor_subjects)) < 3:
        return None
    rates, lost = [], []
    for subject in subjects:
        genuine = scores.genuine[scores.genuine_subject != subject]
        impostor = scores.impostor[(scores.impostor_subjects != subject).all(axis=1)]
        rates.append(equal_error(curve_of(genuine, impostor)))
        lost.append(zero_fmr(genuine, impostor).fnmr)
    return {"subjects": len(subjects), "eer": [min(rates), max(rates)], "zero_fmr_fnmr": [min(lost), max(lost)]}


def _failures_as_errors(evaluation: Evaluation) -> dict[str, Any] | None:
    """The figures when a comparison that could not be made counts as one that does not match."""
    scores = evaluation.scores(np.ones(len(evaluation.pairs), np.bool_))
    genuine, impostor = scores.genuine, scores.impostor
    if not len(genuine) or not len(impostor):
        return None
    return {
        "genuine": len(genuine),
        "impostor": len(impostor),
        "eer": equal_error(curve_of(genuine, impostor)),
        "fnmr": at_targets(genuine, impostor),
        "zero_fmr_fnmr": zero_fmr(genuine, impostor).fnmr,
    }


def _matrix(evaluation: Evaluation) -> NDArray[np.float32]:
    scores = np.where(evaluation.made, evaluation.comparisons.scores, np.nan)
    return square(evaluation.pairs, scores, len(evaluation.entries))


def _identification(evaluation: Evaluation) -> dict[str, Any] | None:
    matrix = square(evaluation.pairs, evaluation.comparisons.scores, len(evaluation.entries))
    searches = searches_of(matrix, evaluation.subjects)
    if searches is None:
        return None
    fnir = {}
    for name, fpir in SEARCH_TARGETS.items():
        found = fnir_at(searches, fpir)
        fnir[name] = {"fnir": found[0], "threshold": found[1]} if found else None
    return {
        "searches": len(searches.mate),
        "left_out_as_refused": searches.left_out,
        "gallery": searches.gallery,
        "rank_1": searches.rank_1,
        "fnir": fnir,
    }


def _rejection(evaluation: Evaluation, scores: SubjectScores) -> dict[str, Any] | None:
    quality = [outcome.quality if isinstance(outcome, Measured) else 0 for outcome in evaluation.outcomes]
    stated = [fmr for fmr in REJECTION_TARGETS if supports(len(scores.impostor), fmr)]
    if not stated or not len(scores.genuine) or any(value is None for value in quality):
        return None
    found = operating_at(scores.genuine, scores.impostor, stated[0])
    mated = evaluation.pairs.mated
    rows = error_by_rejection(
        evaluation.comparisons.scores[mated],
        np.stack([evaluation.pairs.probe[mated], evaluation.pairs.reference[mated]], axis=1),
        np.array(quality, np.int32),
        found.threshold,
    )
    return {
        "fmr": stated[0],
        "failures_to_extract": "counted as errors of quality 0",
        "rows": [
            {
                "rejected": row.rejected,
                "below_quality": row.lowest_quality,
                "comparisons": row.comparisons,
                "errors": row.errors,
                "fnmr": row.fnmr,
            }
            for row in rows
        ],
    }


def _enrolling_two(evaluation: Evaluation) -> dict[str, Any] | None:
    joining = Joining.MEAN_VECTOR if evaluation.modality == "face" else Joining.BEST
    genuine, impostor = enrolled_scores(_matrix(evaluation), evaluation.subjects, joining)
    if not len(genuine) or not len(impostor):
        return None
    return {
        "joined_by": joining.value,
        "genuine": len(genuine),
        "impostor": len(impostor),
        "eer": equal_error(curve_of(genuine, impostor)),
        "fnmr": at_targets(genuine, impostor),
        "zero_fmr_fnmr": zero_fmr(genuine, impostor).fnmr,
    }


def _given(scores: SubjectScores, threshold: float) -> dict[str, float | None]:
    found = rates_at(scores.genuine, scores.impostor, threshold)
    return {
        "threshold": threshold,
        "fmr": found.fmr if len(scores.impostor) else None,
        "fnmr": found.fnmr if len(scores.genuine) else None,
    }


def _worst(evaluation: Evaluation, count: int) -> dict[str, Any]:
    """The lowest mated and the highest non-mated scores, by the names of their files."""
    scores, pairs = evaluation.comparisons.scores, evaluation.pairs
    found = {}
    for name, mated in (("mated", True), ("non_mated", False)):
        own = np.flatnonzero((pairs.mated == mated) & evaluation.made)
        order = own[np.argsort(scores[own] if mated else -scores[own], kind="stable")[:count]]
        found[name] = [
            {
                "probe": evaluation.entries[pairs.probe[index]].path.name,
                "reference": evaluation.entries[pairs.reference[index]].path.name,
                "score": float(scores[index]),
            }
            for index in order
        ]
    return found
