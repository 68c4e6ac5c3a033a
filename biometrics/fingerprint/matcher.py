"""Comparison of two fingers, and of one finger with many: a raw score from 0 up, the same whichever is the probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.alignment import Motion, Pairing, bend, hypothesise, lay, pair, refit, single
from biometrics.fingerprint.compatibility import agreement, propose, similarities
from biometrics.fingerprint.matching_parameters import DEFAULTS, SHORTLIST, MatchingParameters
from biometrics.fingerprint.prepared import PreparedFinger
from biometrics.fingerprint.ridge_check import Overlay, check
from biometrics.fingerprint.scoring import flow_and_overlap, score, weigh
from biometrics.fingerprint.shortlist import search
from biometrics.fingerprint.stack import Stack, stack

__all__ = ["Mode", "compare", "compare_many", "lone_alignments", "overlay_of", "supported_alignments"]


class Mode(StrEnum):
    """How much work a comparison is worth."""

    VERIFY = "verify"
    FULL = "full"
    SHORTLIST = "shortlist"


def supported_alignments(
    first: Stack, second: Stack, similar: NDArray[np.float32], parameters: MatchingParameters
) -> tuple[Motion, Pairing]:
    """Alignments that several proposals support."""
    proposals = propose(first, second, similar, parameters)
    motion = hypothesise(proposals, agreement(proposals, parameters), parameters)
    laid = lay(first, motion)
    pairing = pair(first, second, laid, parameters)
    for _ in range(parameters.refits):
        motion = refit(first, second, pairing)
        laid = lay(first, motion)
        pairing = pair(first, second, laid, parameters)
    for _ in range(parameters.bends):
        laid = bend(first, second, laid, pairing, parameters)
        pairing = pair(first, second, laid, parameters)
    return motion, pairing


def lone_alignments(
    first: Stack, second: Stack, similar: NDArray[np.float32], parameters: MatchingParameters
) -> Motion:
    """Alignments by one pair of minutiae each, those that lay most orientations on each other.

    Where the common part holds few minutiae, no two proposals may agree though one is right.
    """
    wide = replace(parameters, proposals=parameters.lone_proposals, similarity_floor=0.0)
    proposals = propose(first, second, similar, wide)
    motion = single(proposals)
    flow, overlap = flow_and_overlap(first, second, motion)
    rating = np.maximum(flow, 0) ** parameters.lone_flow_power * overlap / (overlap + parameters.lone_area)
    rating = np.where(proposals.weight > 0, rating, 0)
    return motion.pick(np.argsort(-rating, axis=1)[:, : parameters.lone_hypotheses])


def _full(
    firsts: Sequence[PreparedFinger], seconds: Sequence[PreparedFinger], parameters: MatchingParameters
) -> NDArray[np.float32]:
    """Scores of two sequences, one of which holds one finger that stands against all of the other."""
    first, second = stack(firsts), stack(seconds)
    similar = similarities(first, second)
    motion, pairing = supported_alignments(first, second, similar, parameters)
    evidence = weigh(first, second, similar, motion, pairing, parameters)
    return np.asarray(score(evidence, parameters).max(axis=1), np.float32)


def overlay_of(
    first: PreparedFinger, second: PreparedFinger, motion: Motion, pairing: Pairing, row: int, h: int
) -> Overlay:
    """What the ridge check takes of hypothesis `h` for the pair in `row`."""
    cos, sin, dx, dy = (float(v[row, h]) for v in (motion.cos, motion.sin, motion.dx, motion.dy))
    weight = pairing.closeness[row, h, : first.count]
    used = np.flatnonzero(weight)
    x, y = first.minutiae[used, 0], first.minutiae[used, 1]
    other = second.minutiae[pairing.partner[row, h, used]]
    miss_x, miss_y = other[:, 0] - (cos * x - sin * y + dx), other[:, 1] - (sin * x + cos * y + dy)
    return Overlay(cos, sin, dx, dy, np.stack([x, y, miss_x, miss_y, weight[used]], axis=1))


def _verify(
    firsts: Sequence[PreparedFinger], seconds: Sequence[PreparedFinger], parameters: MatchingParameters
) -> NDArray[np.float32]:
    """As _full, with the ridge check of the best hypotheses."""
    stacks = stack(firsts), stack(seconds)
    similar = similarities(*stacks)
    motion, pairing = supported_alignments(*stacks, similar, parameters)
    lone = lone_alignments(*stacks, similar, parameters)
    motion, pairing = motion.join(lone), pairing.join(pair(*stacks, lay(stacks[0], lone), parameters))
    evidence = weigh(*stacks, similar, motion, pairing, parameters)
    scores = score(evidence, parameters)
    supported = scores.shape[1] - parameters.lone_hypotheses
    order = np.argsort(-scores[:, :supported], axis=1)[:, : parameters.ridge_hypotheses]
    extra = np.broadcast_to(np.arange(supported, scores.shape[1]), (len(scores), parameters.lone_hypotheses))
    order = np.concatenate([order, extra], axis=1)
    result = np.zeros(len(scores), np.float32)
    for row, tried in enumerate(order):
        first, second = firsts[row % len(firsts)], seconds[row % len(seconds)]
        for h in tried:
            correlation = 0.0
            if evidence.flow[row, h] > parameters.ridge_least_flow:
                overlay = overlay_of(first, second, motion, pairing, row, int(h))
                correlation = check(first, second, overlay, parameters).correlation
            certain = np.exp(parameters.ridge_weight * (correlation - parameters.ridge_centre))
            result[row] = max(result[row], (scores[row, h] + parameters.ridge_offset) * certain)
    return result


def _short(probe: PreparedFinger, block: Sequence[PreparedFinger], *, leads: bool) -> NDArray[np.float32]:
    vectors = np.stack([finger.short.vectors for finger in block], axis=1)
    places = np.stack([finger.short.places for finger in block], axis=1)
    return search(probe.short, vectors, places, probe_leads=leads)


def _block(
    probe: PreparedFinger, block: Sequence[PreparedFinger], mode: Mode, parameters: MatchingParameters, *, leads: bool
) -> NDArray[np.float32]:
    if mode is Mode.SHORTLIST:
        return _short(probe, block, leads=leads)
    firsts, seconds = ([probe], block) if leads else (block, [probe])
    work = _verify if mode is Mode.VERIFY else _full
    return work(firsts, seconds, parameters)


def compare_many(
    probe: PreparedFinger,
    gallery: Sequence[PreparedFinger],
    mode: Mode,
    parameters: MatchingParameters = DEFAULTS,
) -> NDArray[np.float32]:
    """Raw scores of the probe against each of the gallery, float32 (len(gallery),), at least 0.

    Of each two fingers the one with the smaller key leads, so that the order of the two does not matter. Verify mode
    is for prints of our own extraction: it raises `ValueError` for one that is not `verifiable`. Records that carry
    minutiae only have no ridges to check, would score too low there, and belong in full mode.
    """
    if mode is Mode.VERIFY and not all(finger.verifiable for finger in (probe, *gallery)):
        raise ValueError("verify mode checks ridges, and a template of minutiae alone has none: compare in full mode")
    scores = np.zeros(len(gallery), np.float32)
    leading = np.array([probe.key <= finger.key for finger in gallery], np.bool_)
    size = SHORTLIST.block if mode is Mode.SHORTLIST else parameters.block
    for leads in (True, False):
        members = np.flatnonzero(leading == leads)
        for start in range(0, len(members), size):
            rows = members[start : start + size]
            scores[rows] = _block(probe, [gallery[row] for row in rows], mode, parameters, leads=leads)
    return scores


def compare(
    probe: PreparedFinger, candidate: PreparedFinger, mode: Mode, parameters: MatchingParameters = DEFAULTS
) -> float:
    """Raw score of two fingers, at least 0; the order of the two does not matter. Raises as `compare_many`."""
    return float(compare_many(probe, [candidate], mode, parameters)[0])
