"""Figures of the search, in one versioned place (design section 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["DedupPolicy"]


@dataclass(frozen=True, slots=True)
class DedupPolicy:
    """`fpir` is `T_review`: the share of searches of people who are new that may name anybody, by face and fingers.

    At most `listed` are named; the best `fingers` fingers of an applicant take part. Nobody younger than
    `compared_from` years is compared by the body. After `patience` a step that nobody did is asked for again.
    """

    version: int = 1
    fpir: float = 1e-3
    listed: int = 10
    fingers: int = 4
    compared_from: int = 5
    patience: timedelta = timedelta(minutes=5)
