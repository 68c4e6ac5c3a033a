"""Mix-ups in a capture of several fingers: the same finger given twice, and fingers or hands swapped.

Thresholds are the caller's, from the calibration file of the mode used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from biometrics.fingerprint.matcher import Mode, compare_many
from biometrics.fingerprint.prepared import PreparedFinger
from biometrics.sample import FingerPosition

__all__ = ["Misplaced", "Repeated", "hands_swapped", "misplaced", "repeated"]


@dataclass(frozen=True, slots=True)
class Repeated:
    """Two positions of one capture that show the same finger, with the raw score that says so."""

    first: FingerPosition
    second: FingerPosition
    score: float


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A finger captured as `claimed` that is the reference finger `found`; raw scores against both."""

    claimed: FingerPosition
    found: FingerPosition
    score: float
    claimed_score: float

    @property
    def mirrored(self) -> bool:
        """Whether it is the same finger of the other hand."""
        return self.found is self.claimed.mirrored


def repeated(
    fingers: Mapping[FingerPosition, PreparedFinger], threshold: float, mode: Mode = Mode.VERIFY
) -> tuple[Repeated, ...]:
    """Pairs of positions whose raw score is above the threshold, the most alike first.

    Two impressions of every finger belong in two captures: here each position stands once. Raises as `compare_many`.
    """
    positions = sorted(fingers)
    found = []
    for row, first in enumerate(positions):
        others = positions[row + 1 :]
        scores = compare_many(fingers[first], [fingers[other] for other in others], mode)
        found += [
            Repeated(first, other, float(score))
            for other, score in zip(others, scores, strict=True)
            if score > threshold
        ]
    return tuple(sorted(found, key=lambda pair: -pair.score))


def misplaced(
    fingers: Mapping[FingerPosition, PreparedFinger],
    references: Mapping[FingerPosition, PreparedFinger],
    threshold: float,
    mode: Mode = Mode.VERIFY,
) -> tuple[Misplaced, ...]:
    """Captured fingers that are another position's reference, by position.

    A finger is misplaced when its best reference is another than the claimed one and scores above the threshold. A
    position without a reference counts as a score of 0. Raises as `compare_many`.
    """
    positions = sorted(references)
    known = [references[position] for position in positions]
    found = []
    for claimed in sorted(fingers):
        scores = dict(zip(positions, map(float, compare_many(fingers[claimed], known, mode)), strict=True))
        best = max(scores, key=lambda position: scores[position], default=claimed)
        if best is not claimed and scores[best] > threshold:
            found.append(Misplaced(claimed, best, scores[best], scores.get(claimed, 0.0)))
    return tuple(found)


def hands_swapped(found: Sequence[Misplaced]) -> bool:
    """Whether at least two fingers are misplaced, and most of them into the other hand's same finger."""
    mirrored = sum(finger.mirrored for finger in found)
    return mirrored >= 2 and 2 * mirrored > len(found)
