"""How much two aligned fingers agree: what was found against what should have been found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.alignment import Motion, Pairing
from biometrics.fingerprint.matching_parameters import FORM, MatchingParameters
from biometrics.fingerprint.stack import Stack

__all__ = ["Evidence", "flow_and_overlap", "score", "weigh"]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What speaks for each hypothesis, all float32 (P, H).

    `matched` is the sum over paired minutiae of closeness, similarity and quality, `paired` that of closeness and
    quality alone; `first` and `second` the sums of quality of the minutiae of each finger that lie within the other's
    print; `flow` the mean agreement of ridge orientations, -1 to 1; `overlap` the common area in square pixels.
    """

    matched: NDArray[np.float32]
    paired: NDArray[np.float32]
    first: NDArray[np.float32]
    second: NDArray[np.float32]
    flow: NDArray[np.float32]
    overlap: NDArray[np.float32]


def _look(field: NDArray[np.int8], x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.int8]:
    """Orientations of fields (P or 1, cells, 2) at places (P, H, n): (P, H, n, 2), zero outside."""
    side = FORM.field_cells
    column = (x * np.float32(1 / FORM.field_cell) + np.float32(side / 2)).astype(np.int32)
    row = (np.float32(side / 2) - y * np.float32(1 / FORM.field_cell)).astype(np.int32)
    inside = (column >= 0) & (column < side) & (row >= 0) & (row < side)
    # Cell 0, a corner of the field, stands for everything outside it.
    flat = np.where(inside, row * side + column, 0)
    which = np.arange(len(field))[:, None, None] if len(field) > 1 else 0
    return np.asarray(field[which, flat], np.int8)


def _expected(stack: Stack, motion: Motion, field: NDArray[np.int8]) -> NDArray[np.float32]:
    """Quality of the minutiae that the motion lays within the other finger's print."""
    seen = np.any(_look(field, *motion.move(stack.x, stack.y)), axis=-1)
    return np.asarray((seen * stack.quality[:, None]).sum(axis=-1), np.float32)


def flow_and_overlap(first: Stack, second: Stack, motion: Motion) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Agreement of orientations in the common area, -1 to 1, and that area in square pixels: float32 (P, H)."""
    there = _look(second.field, *motion.move(first.points[..., 0], first.points[..., 1]))
    cos = (motion.cos**2 - motion.sin**2)[:, :, None]
    sin = (2 * motion.cos * motion.sin)[:, :, None]
    px, py = first.points[:, None, :, 2], first.points[:, None, :, 3]
    common = np.any(there, axis=-1) & np.any(first.points[:, None, :, 2:] != 0, axis=-1)
    weight = (np.hypot(px, py) * common).sum(axis=-1)
    product = (cos * px - sin * py) * there[..., 0] + (sin * px + cos * py) * there[..., 1]
    flow = (product * common).sum(axis=-1) / np.maximum(weight * 127, 1e-3)
    return np.asarray(flow, np.float32), np.asarray(common.sum(axis=-1) * FORM.point_spacing**2, np.float32)


def weigh(
    first: Stack,
    second: Stack,
    similar: NDArray[np.float32],
    motion: Motion,
    pairing: Pairing,
    parameters: MatchingParameters,
) -> Evidence:
    """Collect the evidence for each hypothesis."""
    pairs, hypotheses, n = pairing.partner.shape
    alike = similar[np.arange(pairs)[:, None, None], np.arange(n), pairing.partner]
    whose = np.broadcast_to(second.quality[:, None], (pairs, hypotheses, second.quality.shape[-1]))
    quality = np.sqrt(first.quality[:, None] * np.take_along_axis(whose, pairing.partner, axis=-1))
    close = pairing.closeness * quality
    flow, overlap = flow_and_overlap(first, second, motion)
    return Evidence(
        matched=np.asarray((close * np.maximum(alike, 0) ** parameters.similarity_power).sum(axis=-1), np.float32),
        paired=np.asarray(close.sum(axis=-1), np.float32),
        first=_expected(first, motion, second.field),
        second=_expected(second, motion.inverse(), first.field),
        flow=flow,
        overlap=overlap,
    )


def score(evidence: Evidence, parameters: MatchingParameters) -> NDArray[np.float32]:
    """Score of each hypothesis, float32 (P, H), at least 0.

    What pairs up by chance grows with the product of both fingers' minutiae over the common area: it is taken off what
    was matched, so that a score means the same for prints of many small or few clear details.
    """
    first, second = np.maximum(evidence.first, 1), np.maximum(evidence.second, 1)
    chance = (
        first * second * np.float32(parameters.chance_area) / (evidence.overlap + np.float32(parameters.chance_least))
    )
    excess = np.maximum(evidence.matched - chance, evidence.matched * np.float32(parameters.chance_floor))
    flow = np.maximum(evidence.flow, 0) ** parameters.orientation_power
    area = evidence.overlap / (evidence.overlap + parameters.evidence_area)
    return np.asarray(excess * excess / np.sqrt(first * second) * flow * area, np.float32)
