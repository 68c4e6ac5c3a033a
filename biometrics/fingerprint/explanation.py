"""Why two fingers score as they do: the alignment that decided, its paired minutiae, and what spoke for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.alignment import Pairing, lay, pair
from biometrics.fingerprint.compatibility import similarities
from biometrics.fingerprint.matcher import Mode, lone_alignments, overlay_of, supported_alignments
from biometrics.fingerprint.matching_parameters import DEFAULTS, MatchingParameters
from biometrics.fingerprint.prepared import PreparedFinger
from biometrics.fingerprint.ridge_check import check
from biometrics.fingerprint.scoring import score, weigh
from biometrics.fingerprint.stack import stack

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """The deciding alignment of a probe and a candidate.

    `probe` and `candidate` are float32 (k, 2): places of the k paired minutiae in pixels of each image, `closeness`
    float32 (k,), 0 to 1. `found` is the share of the minutiae expected in the common area (their quality) that were
    paired, `flow` the agreement of orientations, -1 to 1, `overlap` the common area in square pixels, `ridges` their
    correlation (None outside verify mode, and where the alignment was not worth the check).
    """

    score: float
    probe: NDArray[np.float32]
    candidate: NDArray[np.float32]
    closeness: NDArray[np.float32]
    found: float
    flow: float
    overlap: float
    ridges: float | None


def explain(
    probe: PreparedFinger, candidate: PreparedFinger, mode: Mode, parameters: MatchingParameters = DEFAULTS
) -> Explanation:
    """As `matcher.compare`, with the alignment behind the score.

    Of the two the one with the smaller key leads, as there. Raises `ValueError` as there, and for the shortlist, which
    has no alignment.
    """
    if mode is Mode.SHORTLIST:
        raise ValueError("the shortlist aligns nothing")
    if mode is Mode.VERIFY and not (probe.verifiable and candidate.verifiable):
        raise ValueError("verify mode checks ridges, and a template of minutiae alone has none")
    leads = probe.key <= candidate.key
    first, second = (probe, candidate) if leads else (candidate, probe)
    stacks = stack([first]), stack([second])
    similar = similarities(*stacks)
    motion, pairing = supported_alignments(*stacks, similar, parameters)
    lone = 0
    if mode is Mode.VERIFY:
        alone = lone_alignments(*stacks, similar, parameters)
        motion, pairing = motion.join(alone), pairing.join(pair(*stacks, lay(stacks[0], alone), parameters))
        lone = parameters.lone_hypotheses
    evidence = weigh(*stacks, similar, motion, pairing, parameters)
    scores = score(evidence, parameters)[0]
    chosen, ridges = int(scores.argmax()), None
    if mode is Mode.VERIFY:
        supported = len(scores) - lone
        tried = [*np.argsort(-scores[:supported])[: parameters.ridge_hypotheses], *range(supported, len(scores))]
        correlations = [
            check(first, second, overlay_of(first, second, motion, pairing, 0, int(h)), parameters).correlation
            if evidence.flow[0, h] > parameters.ridge_least_flow
            else None
            for h in tried
        ]
        certain = [
            np.exp(parameters.ridge_weight * ((found or 0.0) - parameters.ridge_centre)) for found in correlations
        ]
        totals = (scores[tried] + parameters.ridge_offset) * np.array(certain)
        best = int(totals.argmax())
        chosen, ridges, total = int(tried[best]), correlations[best], float(totals[best])
    else:
        total = float(scores[chosen])
    paired, partner, closeness = _pairs(pairing, chosen, first.count)
    ours, theirs = _places(first, paired), _places(second, partner)
    expected = 0.5 * float(evidence.first[0, chosen] + evidence.second[0, chosen])
    return Explanation(
        score=total,
        probe=ours if leads else theirs,
        candidate=theirs if leads else ours,
        closeness=closeness,
        found=float(evidence.paired[0, chosen]) / max(expected, 1e-6),
        flow=float(evidence.flow[0, chosen]),
        overlap=float(evidence.overlap[0, chosen]),
        ridges=ridges,
    )


def _pairs(pairing: Pairing, chosen: int, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Paired minutiae of the first finger, their partners, and how close they lie."""
    closeness = pairing.closeness[0, chosen, :count]
    paired = np.flatnonzero(closeness)
    return paired, pairing.partner[0, chosen, paired], closeness[paired]


def _places(finger: PreparedFinger, which: NDArray[np.intp]) -> NDArray[np.float32]:
    """Places in pixels of the image, y down."""
    x, y = finger.minutiae[which, 0], finger.minutiae[which, 1]
    return np.stack([x + finger.centre[0], finger.centre[1] - y], axis=1).astype(np.float32)
