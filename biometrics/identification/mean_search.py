"""The exact search for people by the mean score of their rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.identification.candidates import Ids
from biometrics.identification.parameters import BATCH_ROWS
from biometrics.identification.passes import Form, Probes, close_bounds, exact_scores, slack
from biometrics.identification.row_search import Hits
from biometrics.identification.view import GalleryView

__all__ = ["search_means"]

# Probes whose scores of all rows are held at a time: 32 MB for a million rows.
_PROBES = 8


@dataclass(frozen=True, slots=True, eq=False)
class _People:
    """Who the living rows belong to: the rows of person k are `rows[starts[k] : starts[k + 1]]`."""

    ids: Ids
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]


def _people(view: GalleryView) -> _People:
    ids, rows = view.living()
    order = np.lexsort((rows, ids[:, 1], ids[:, 0]))
    ids, rows = ids[order], rows[order]
    new = np.ones(len(ids), np.bool_)
    new[1:] = (ids[1:] != ids[:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    return _People(ids[starts], rows, starts, np.diff(starts, append=len(ids)))


def search_means(view: GalleryView, probes: NDArray[np.float64], most: int, *, form: Form, floor: float) -> list[Hits]:
    """The `most` best people for each turned probe (m, dimension) by their mean; `rows` names each one's first row.

    Dearer than the search by best rows: all scores are held and averaged, some 15 ms a probe and million rows more.
    """
    people = _people(view)
    if not len(people.ids):
        return [Hits(np.zeros(0), people.ids, people.rows) for _ in probes]
    found: list[Hits] = []
    for start in range(0, len(probes), _PROBES):
        batch = Probes.of(probes[start : start + _PROBES])
        scores, margin = _all_scores(view, batch, form)
        for probe in range(len(batch)):
            sums = np.add.reduceat(scores[probe][people.rows].astype(np.float64), people.starts)
            found.append(_best(view, people, sums / people.counts, batch.exact[probe], (most, floor, margin), form))
    return found


def _all_scores(view: GalleryView, probes: Probes, form: Form) -> tuple[NDArray[np.float32], float]:
    """Scores of all rows by number, float32 (probes, numbers), and how far off one can be."""
    capacity = view.manifest.capacity
    scores = np.zeros((len(probes), capacity * len(view.shards)), np.float32)
    read = Form.INT8 if form is Form.INT8 else Form.FLOAT32
    margin = 0.0
    for number, shard in enumerate(view.shards):
        margin = max(margin, slack(shard, read))
        for start in range(0, len(shard), BATCH_ROWS):
            stop = min(start + BATCH_ROWS, len(shard))
            first = number * capacity + start
            block = close_bounds(shard, start, stop, probes, read)
            scores[:, first : first + stop - start] = block.T
    return scores, margin


def _best(
    view: GalleryView,
    people: _People,
    means: NDArray[np.float64],
    probe: NDArray[np.float64],
    limits: tuple[int, float, float],
    form: Form,
) -> Hits:
    most, floor, margin = limits
    count = min(most, len(means))
    worst = np.partition(means, len(means) - count)[len(means) - count]
    chosen = np.flatnonzero(means >= max(worst - 2 * margin, floor - margin))
    exact = np.array([_mean(view, people, person, probe, form) for person in chosen.tolist()])
    chosen, exact = chosen[exact >= floor], exact[exact >= floor]
    order = np.lexsort((people.ids[chosen, 1], people.ids[chosen, 0], -exact))[:most]
    chosen = chosen[order]
    return Hits(exact[order], people.ids[chosen], people.rows[people.starts[chosen]])


def _mean(view: GalleryView, people: _People, person: int, probe: NDArray[np.float64], form: Form) -> float:
    first = people.starts[person]
    numbers = people.rows[first : first + people.counts[person]]
    scores = []
    for number in np.unique(numbers // view.manifest.capacity).tolist():
        inside = numbers[numbers // view.manifest.capacity == number] - number * view.manifest.capacity
        scores.append(exact_scores(view.shards[number].rows, inside, probe[None], form))
    return float(np.concatenate(scores).mean())
