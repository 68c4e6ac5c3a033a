"""From a manifest to an `Evaluation`: extract, compare what could be extracted, keep the rest as failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biometrics.errors import Refused
from biometrics.evaluation.manifest import Entry, impression_order
from biometrics.evaluation.protocol import Pairs, Protocol, pairs_of
from biometrics.evaluation.report import Evaluation
from biometrics.evaluation.run import Comparisons, EngineChoice, Measured, Progress, compare_all, extract_all

__all__ = ["Watch", "compared", "evaluate", "in_order"]


def _silent(_done: int, _all: int) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told how far extraction and comparison are."""

    extraction: Progress = _silent
    comparison: Progress = _silent


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """The entries by subject (in order of appearance), then by impression."""
    first: dict[str, int] = {}
    for entry in entries:
        first.setdefault(entry.subject, len(first))
    return sorted(entries, key=lambda entry: (first[entry.subject], impression_order(entry)))


def evaluate(
    entries: Sequence[Entry],
    modality: str,
    choice: EngineChoice,
    protocol: Protocol,
    *,
    jobs: int = 1,
    watch: Watch | None = None,
    within_datasets: bool = False,
) -> Evaluation:
    """Run `protocol` over `entries` (as `pairs_of`) with the engine that `choice` builds, in `jobs` processes."""
    watch = watch or Watch()
    entries = in_order(entries)
    outcomes = extract_all(entries, choice, jobs=jobs, progress=watch.extraction)
    pairs = pairs_of(entries, protocol, within_datasets=within_datasets)
    comparisons = compared(outcomes, pairs, choice, jobs=jobs, progress=watch.comparison)
    return Evaluation(modality, choice.name, entries, outcomes, pairs, comparisons)


def compared(
    outcomes: Sequence[Measured | Refused],
    pairs: Pairs,
    choice: EngineChoice,
    *,
    jobs: int = 1,
    progress: Progress = _silent,
) -> Comparisons:
    """Scores of all pairs, minus infinity where a sample of the pair has no template."""
    usable = np.array([isinstance(outcome, Measured) for outcome in outcomes], np.bool_)
    templates = [outcome.template for outcome in outcomes if isinstance(outcome, Measured)]
    place = np.cumsum(usable, dtype=np.int32) - 1
    made = usable[pairs.probe] & usable[pairs.reference]
    scores = np.full(len(pairs), -np.inf)
    if not made.any():
        return Comparisons(scores, 0.0)
    asked = Pairs(
        place[pairs.probe[made]].astype(np.int32), place[pairs.reference[made]].astype(np.int32), pairs.mated[made]
    )
    found = compare_all(templates, asked, choice, jobs=jobs, progress=progress)
    scores[made] = found.scores
    return Comparisons(scores, found.cpu_seconds, found.pace)
