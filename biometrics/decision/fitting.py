"""Making log-likelihood ratios from scores: a logistic line, held within what the counts can carry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["KNOTS", "Fit", "Scale", "cllr", "fit", "isotonic_ratios", "minimum_cllr"]

Floats = NDArray[np.float64]
KNOTS = 64
# The prior that the line is fitted at. Below one half it minds the upper tail of the non-mated scores, where decisions
# are made, more than the bulk of both.
PRIOR = 0.05
ROUNDS = 200
TOLERANCE = 1e-10
# Upper 95 % limit of a Poisson count of 0 (the rule of 3).
UNSEEN = 3.0


class Scale(StrEnum):
    """The scale that the line is straight on: finger scores grow by factors, cosines do not."""

    PLAIN = "plain"
    LOGARITHMIC = "logarithmic"


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Knots of the ratios: `scores` strictly rising, `ratios` never falling, float64 of shape (knots,)."""

    scores: Floats
    ratios: Floats


def fit(genuine: Floats, impostor: Floats, scale: Scale) -> Fit:
    """Ratios of mated scores against non-mated ones, each of shape (comparisons,), finite.

    A true ratio r is reached by no more than 1/r of the non-mated comparisons, and its inverse likewise, so the ratios
    are held between the observed FNMR and one over the observed FMR, both raised to the upper end of what the counts
    allow: with none of n beyond a score, 3/n. Raises `ValueError` for fewer than 4 comparisons of a kind.
    """
    if min(len(genuine), len(impostor)) <= UNSEEN:
        message = "a calibration needs at least four comparisons of each kind"
        raise ValueError(message)
    offset = float(np.median(impostor)) if scale is Scale.LOGARITHMIC else 0.0
    offset = max(offset, 1e-6)

    def onto(scores: Floats) -> Floats:
        if scale is Scale.PLAIN:
            return scores
        return np.asarray(np.log(np.maximum(scores, 0.0) + offset), np.float64)

    slope, intercept = _logistic(onto(genuine), onto(impostor))
    both = np.concatenate([genuine, impostor])
    places = np.linspace(onto(both).min(), onto(both).max(), KNOTS)
    knots = np.exp(places) - offset if scale is Scale.LOGARITHMIC else places
    knots = np.asarray(np.unique(np.round(knots, 6)), np.float64)
    ratios = np.clip(slope * onto(knots) + intercept, _floor(genuine, knots), _ceiling(impostor, knots))
    return Fit(knots, np.asarray(np.round(np.maximum.accumulate(ratios), 4), np.float64))


def _ceiling(impostor: Floats, knots: Floats) -> Floats:
    """Per knot, minus the log of the upper limit of FMR at the knot before it, as lines between knots run ahead."""
    before = np.concatenate([[-np.inf], knots[:-1]])
    reaching = len(impostor) - np.searchsorted(np.sort(impostor), before, side="left")
    return -np.log(np.minimum(_upper(reaching) / len(impostor), 1.0))


def _floor(genuine: Floats, knots: Floats) -> Floats:
    after = np.concatenate([knots[1:], [np.inf]])
    below = np.searchsorted(np.sort(genuine), after, side="left")
    return np.log(np.minimum(_upper(below) / len(genuine), 1.0))


def _upper(count: NDArray[np.int64]) -> Floats:
    """The upper one-sided 95 % limit of a Poisson mean when `count` was seen (normal approximation; 0 gives 3)."""
    seen = count.astype(np.float64)
    return np.asarray(seen + UNSEEN + 1.645 * np.sqrt(seen), np.float64)


def _logistic(genuine: Floats, impostor: Floats) -> tuple[float, float]:
    """Slope and intercept of the log-likelihood ratio, by Newton's method on the prior-weighted cross entropy.

    A weak penalty on the slope, worth one mated comparison, keeps it finite where the two kinds do not overlap.
    """
    x = np.concatenate([genuine, impostor])
    centre, spread = float(x.mean()), float(x.std()) or 1.0
    design = np.stack([(x - centre) / spread, np.ones_like(x)], axis=1)
    mated = np.concatenate([np.ones(len(genuine)), np.zeros(len(impostor))])
    weights = np.where(mated == 1, PRIOR / len(genuine), (1 - PRIOR) / len(impostor))
    log_prior = math.log(PRIOR / (1 - PRIOR))
    penalty = np.diag([PRIOR / len(genuine), 0.0])
    line = np.zeros(2)
    for _ in range(ROUNDS):
        odds = np.clip(design @ line + log_prior, -40.0, 40.0)
        chance = 1 / (1 + np.exp(-odds))
        slope = design.T @ (weights * (chance - mated)) + penalty @ line
        bend = (design * (weights * chance * (1 - chance))[:, None]).T @ design + penalty + 1e-12 * np.eye(2)
        step = np.linalg.solve(bend, slope)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        line -= step
        if float(np.abs(step).max()) < TOLERANCE:
            break
    rise = max(float(line[0]), 0.0) / spread
    return rise, float(line[1]) - rise * centre


def cllr(genuine_ratios: Floats, impostor_ratios: Floats) -> float:
    """The cost of log-likelihood ratios in bits a comparison: 0 for perfect ones, 1 for saying nothing.

    Brümmer and du Preez, "Application-independent evaluation of speaker detection", Computer Speech and Language 20,
    2006.
    """
    genuine_cost = float(np.mean(np.logaddexp(0.0, -genuine_ratios)))
    impostor_cost = float(np.mean(np.logaddexp(0.0, impostor_ratios)))
    return (genuine_cost + impostor_cost) / (2 * math.log(2))


def minimum_cllr(genuine: Floats, impostor: Floats) -> float:
    """The cost that the best monotone map of these scores would have on them: what the scores themselves lack."""
    return cllr(*isotonic_ratios(genuine, impostor))


def isotonic_ratios(genuine: Floats, impostor: Floats) -> tuple[Floats, Floats]:
    """Ratios of the same comparisons by pooling adjacent violators, each kind weighing one half; may be infinite."""
    scores, place = np.unique(np.concatenate([genuine, impostor]), return_inverse=True)
    mated = np.bincount(place[: len(genuine)], minlength=len(scores)) / len(genuine)
    other = np.bincount(place[len(genuine) :], minlength=len(scores)) / len(impostor)
    blocks: list[list[float]] = []
    for position in range(len(scores)):
        blocks.append([mated[position], other[position], 1])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    with np.errstate(divide="ignore"):
        ratios = np.concatenate([np.full(int(n), np.log(a) - np.log(b)) for a, b, n in blocks])
    return ratios[place[: len(genuine)]], ratios[place[len(genuine) :]]
