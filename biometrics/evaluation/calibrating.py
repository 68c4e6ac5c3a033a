"""A calibration made from an evaluation, and how well such calibrations hold on subjects that they have not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.decision.calibration import Calibration, Source, Target
from biometrics.decision.fitting import Scale, cllr, fit, minimum_cllr
from biometrics.evaluation.intervals import SubjectScores, bootstrap
from biometrics.evaluation.rates import ErrorCurve, operating_at, supports
from biometrics.evaluation.report import Evaluation

__all__ = ["TARGET_RATES", "HeldOut", "calibrated", "held_out"]

Floats = NDArray[np.float64]
TARGET_RATES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
# The isotonic fit walks score by score, so the bulk of very many non-mated scores is thinned out for it.
MOST_FOR_ISOTONIC = 50_000
FOLDS = 5


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One fold: calibrated on the other subjects, measured on these.

    `cost` is Cllr and `least` its minimum in bits; `overclaim` the largest of FMR times ratio over all ratios that at
    least three non-mated comparisons reach: above 1 the ratios promise more than they keep.
    """

    subjects: int
    genuine: int
    impostor: int
    cost: float
    least: float
    overclaim: float


def calibrated(evaluation: Evaluation, scale: Scale, made: str, generator: np.random.Generator) -> Calibration:
    """The calibration of the evaluation's engine; `made` is the day, ISO 8601. Raises `ValueError` as `fit`."""
    scores = evaluation.scores()
    fitted = fit(scores.genuine, scores.impostor, scale)
    found = Calibration(
        engine=evaluation.engine,
        made=made,
        scores=fitted.scores,
        ratios=fitted.ratios,
        targets=tuple(_targets(scores, generator)),
        sources=tuple(_sources(evaluation)),
        loss=0.0,
    )
    cost = cllr(found.ratio(scores.genuine), found.ratio(scores.impostor))
    loss = round(cost - _least(scores, generator), 6)
    return Calibration(found.engine, made, found.scores, found.ratios, found.targets, found.sources, loss)


def held_out(evaluation: Evaluation, scale: Scale, generator: np.random.Generator) -> list[HeldOut]:
    """Cross-validation over subjects: each fold's comparisons among its own subjects, calibrated on all others'.

    Subjects with mated comparisons are dealt out evenly. Folds with too few comparisons of a kind are left out.
    """
    scores = evaluation.scores()
    fold = _folds(scores, generator)
    genuine, impostor = fold[scores.genuine_subject], fold[scores.impostor_subjects]
    found = []
    for number in range(FOLDS):
        try:
            fitted = fit(scores.genuine[genuine != number], scores.impostor[(impostor != number).all(axis=1)], scale)
        except ValueError:
            continue
        own_genuine = scores.genuine[genuine == number]
        own_impostor = scores.impostor[(impostor == number).all(axis=1)]
        if not len(own_genuine) or not len(own_impostor):
            continue
        ratios = [np.interp(part, fitted.scores, fitted.ratios) for part in (own_genuine, own_impostor)]
        found.append(
            HeldOut(
                subjects=int((fold == number).sum()),
                genuine=len(own_genuine),
                impostor=len(own_impostor),
                cost=cllr(ratios[0], ratios[1]),
                least=minimum_cllr(own_genuine, _thinned(own_impostor, generator)),
                overclaim=_overclaim(ratios[1]),
            )
        )
    return found


def _folds(scores: SubjectScores, generator: np.random.Generator) -> NDArray[np.int64]:
    mated = np.zeros(scores.subjects, np.bool_)
    mated[scores.genuine_subject] = True
    fold = np.zeros(scores.subjects, np.int64)
    for kind in (mated, ~mated):
        own = generator.permutation(np.flatnonzero(kind))
        fold[own] = np.arange(len(own)) % FOLDS
    return fold


def _overclaim(ratios: Floats) -> float:
    falling = np.sort(ratios)[::-1]
    if len(falling) < 3:
        return 0.0
    shares = np.arange(1, len(falling) + 1) / len(falling)
    return float((shares * np.exp(falling))[2:].max())


def _least(scores: SubjectScores, generator: np.random.Generator) -> float:
    return minimum_cllr(scores.genuine, _thinned(scores.impostor, generator))


def _thinned(impostor: Floats, generator: np.random.Generator) -> Floats:
    if len(impostor) <= MOST_FOR_ISOTONIC:
        return impostor
    return np.asarray(generator.choice(impostor, MOST_FOR_ISOTONIC, replace=False), np.float64)


def _targets(scores: SubjectScores, generator: np.random.Generator) -> Sequence[Target]:
    highest = float(max(scores.genuine.max(), scores.impostor.max()))
    rates = [fmr for fmr in TARGET_RATES if supports(len(scores.impostor), fmr)]
    if not rates:
        return []
    drawn = bootstrap(scores, [_threshold_at(fmr, highest) for fmr in rates], generator, rounds=200)
    targets = []
    for fmr, interval in zip(rates, drawn, strict=True):
        at = operating_at(scores.genuine, scores.impostor, fmr)
        targets.append(
            Target(
                fmr=fmr,
                threshold=round(at.threshold, 6),
                low=round(min(interval.low, at.threshold), 6),
                high=round(max(interval.high, at.threshold), 6),
                fnmr=round(at.fnmr, 6),
            )
        )
    return targets


def _threshold_at(fmr: float, highest: float) -> Callable[[ErrorCurve], float]:
    return lambda curve: min(float(curve.thresholds[np.argmax(curve.fmr <= fmr)]), highest)


def _sources(evaluation: Evaluation) -> list[Source]:
    datasets = np.array([entry.dataset for entry in evaluation.entries])
    pairs, made = evaluation.pairs, evaluation.made
    sources = []
    for name in sorted(set(datasets.tolist())):
        inside = made & (datasets[pairs.probe] == name) & (datasets[pairs.reference] == name)
        sources.append(
            Source(
                dataset=name or "unnamed",
                subjects=len(np.unique(evaluation.subjects[(datasets == name) & ~evaluation.failed])),
                genuine=int((inside & pairs.mated).sum()),
                impostor=int((inside & ~pairs.mated).sum()),
            )
        )
    return sources
