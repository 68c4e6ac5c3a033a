"""The figures of an evaluation, as the JSON document of the command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Refused
from biometrics.evaluation.intervals import SubjectScores, eer_interval
from biometrics.evaluation.manifest import Entry
from biometrics.evaluation.protocol import Pairs, subjects_of
from biometrics.evaluation.rates import curve_of, equal_error, operating_at, rates_at, supports, zero_fmr
from biometrics.evaluation.run import Comparisons, Measured

__all__ = ["TARGETS", "Evaluation", "figures"]

Floats = NDArray[np.float64]
# The false match rates that are reported, by the names that they have in the document.
TARGETS: Mapping[str, float] = {"1e-2": 1e-2, "1e-3": 1e-3, "1e-4": 1e-4, "1e-5": 1e-5}


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """All that was measured: one outcome for each entry, one score for each pair (minus infinity: not made)."""

    modality: str
    engine: str
    entries: Sequence[Entry]
    outcomes: Sequence[Measured | Refused]
    pairs: Pairs
    comparisons: Comparisons

    @property
    def subjects(self) -> NDArray[np.int32]:
        """The subject of each entry, numbered from 0."""
        return subjects_of(self.entries)

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Whether each entry could not be extracted."""
        return np.array([isinstance(outcome, Refused) for outcome in self.outcomes], np.bool_)

    @property
    def made(self) -> NDArray[np.bool_]:
        """Whether each pair could be compared."""
        return np.isfinite(self.comparisons.scores)

    def scores(self, chosen: NDArray[np.bool_] | None = None) -> SubjectScores:
        """The scores of the pairs that could be compared, or of the `chosen` pairs."""
        chosen = self.made if chosen is None else chosen
        genuine, impostor = chosen & self.pairs.mated, chosen & ~self.pairs.mated
        subjects, scores = self.subjects, self.comparisons.scores
        return SubjectScores(
            genuine=scores[genuine],
            impostor=scores[impostor],
            genuine_subject=subjects[self.pairs.probe[genuine]],
            impostor_subjects=np.stack(
                [subjects[self.pairs.probe[impostor]], subjects[self.pairs.reference[impostor]]], axis=1
            ),
        )

    def only(self, dataset: str) -> Evaluation:
        """The part of the evaluation whose samples are all of one data set; its speed is that of the whole."""
        kept = np.array([entry.dataset == dataset for entry in self.entries], np.bool_)
        place = (np.cumsum(kept) - 1).astype(np.int32)
        inside = kept[self.pairs.probe] & kept[self.pairs.reference]
        pairs = Pairs(place[self.pairs.probe[inside]], place[self.pairs.reference[inside]], self.pairs.mated[inside])
        rate = self.comparisons.per_second
        return replace(
            self,
            entries=list(compress(self.entries, kept)),
            outcomes=list(compress(self.outcomes, kept)),
            pairs=pairs,
            comparisons=Comparisons(self.comparisons.scores[inside], 0.0, rate),
        )

    def within(self, attribute: str) -> NDArray[np.bool_]:
        """The pairs that could be compared and of which both samples have the attribute."""
        has = np.array([entry.attribute == attribute for entry in self.entries], np.bool_)
        return self.made & has[self.pairs.probe] & has[self.pairs.reference]


def figures(evaluation: Evaluation, generator: np.random.Generator) -> dict[str, Any]:
    """The document of the command; figures that the counts do not allow are None.

    Rates are shares of the comparisons that could be made; samples that could not be extracted are counted apart. A
    rate is stated at a false match rate f where there are at least 3/f non-mated comparisons (rule of 3).
    """
    scores = evaluation.scores()
    spent = [outcome.cpu_ms for outcome in evaluation.outcomes if isinstance(outcome, Measured)]
    return {
        "modality": evaluation.modality,
        "engine": evaluation.engine,
        "genuine": len(scores.genuine),
        "impostor": len(scores.impostor),
        "failures_to_extract": int(evaluation.failed.sum()),
        **_equal_errors(scores, generator),
        "fnmr": at_targets(scores.genuine, scores.impostor),
        "zero_fmr_fnmr": _zero(scores),
        "extract_ms_cpu": round(float(np.median(spent)), 3) if spent else None,
        "comparisons_per_second": evaluation.comparisons.per_second,
        "groups": _groups(evaluation, scores, generator),
    }


def _complete(scores: SubjectScores) -> bool:
    return bool(len(scores.genuine) and len(scores.impostor))


def _equal_errors(scores: SubjectScores, generator: np.random.Generator) -> dict[str, Any]:
    if not _complete(scores):
        return {"eer": None, "eer_interval": None}
    interval = eer_interval(scores, generator)
    rate = equal_error(curve_of(scores.genuine, scores.impostor))
    return {"eer": rate, "eer_interval": [interval.low, interval.high]}


def _zero(scores: SubjectScores) -> float | None:
    return zero_fmr(scores.genuine, scores.impostor).fnmr if _complete(scores) else None


def at_targets(genuine: Floats, impostor: Floats) -> dict[str, dict[str, float | None] | None]:
    """FNMR and threshold at each of `TARGETS`, None where there are too few non-mated comparisons for it."""
    stated: dict[str, dict[str, float | None] | None] = {}
    for name, fmr in TARGETS.items():
        stated[name] = None
        if supports(len(impostor), fmr):
            found = operating_at(genuine, impostor, fmr)
            stated[name] = {"fnmr": found.fnmr if len(genuine) else None, "threshold": found.threshold}
    return stated


def _groups(evaluation: Evaluation, whole: SubjectScores, generator: np.random.Generator) -> dict[str, Any]:
    """Figures within each attribute, its error rates at the thresholds of the whole set."""
    thresholds = {
        name: found["threshold"] for name, found in at_targets(whole.genuine, whole.impostor).items() if found
    }
    groups = {}
    for attribute in sorted({entry.attribute for entry in evaluation.entries} - {""}):
        own = evaluation.scores(evaluation.within(attribute))
        failed = [
            isinstance(outcome, Refused)
            for entry, outcome in zip(evaluation.entries, evaluation.outcomes, strict=True)
            if entry.attribute == attribute
        ]
        groups[attribute] = {
            "samples": len(failed),
            "genuine": len(own.genuine),
            "impostor": len(own.impostor),
            "failures_to_extract": sum(failed),
            **_equal_errors(own, generator),
            "fnmr": {name: _at(own, thresholds.get(name), fmr) for name, fmr in TARGETS.items()},
        }
    return groups


def _at(own: SubjectScores, threshold: float | None, fmr: float) -> dict[str, float | None] | None:
    if threshold is None or not supports(len(own.impostor), fmr):
        return None
    found = rates_at(own.genuine, own.impostor, threshold)
    return {"fnmr": found.fnmr if len(own.genuine) else None, "fmr": found.fmr, "threshold": threshold}
