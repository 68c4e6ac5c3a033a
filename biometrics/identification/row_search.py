"""The exact search for rows: first pass over everything, exact scores for what may matter, the best kept in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.identification.candidates import Ids
from biometrics.identification.parameters import (
    BATCH_PROBES,
    BATCH_ROWS,
    EXACT_PAIRS,
    FIRST_GUESSES,
    GUESS_ROWS,
    NARROW_GUESSES,
    NARROW_PICKED,
    SINGLE_ROWS,
    TILE_ROWS,
)
from biometrics.identification.passes import (
    Form,
    Probes,
    close_bounds,
    exact_scores,
    narrow_bounds,
    narrow_slack,
    slack,
    tightened,
)
from biometrics.identification.shard import Shard
from biometrics.identification.view import GalleryView

__all__ = ["Hits", "search_rows"]


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Rows found for one probe, best score first, among equals the lower id, then the earlier row."""

    scores: NDArray[np.float64]
    ids: Ids
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.scores)

    def part(self, chosen: NDArray[np.intp]) -> Hits:
        """Some of them."""
        return Hits(self.scores[chosen], self.ids[chosen], self.rows[chosen])


class _Best:
    """The best rows so far of one probe, and the score that another must reach."""

    def __init__(self, wanted: int, floor: float) -> None:
        self.wanted, self._floor = wanted, floor
        self.hits = Hits(np.zeros(0), np.zeros((0, 2), np.uint64), np.zeros(0, np.int64))

    @property
    def threshold(self) -> float:
        return float(self.hits.scores[-1]) if len(self.hits) == self.wanted else self._floor

    def take(self, scores: NDArray[np.float64], ids: Ids, rows: NDArray[np.int64]) -> None:
        passing = scores >= self.threshold
        scores = np.concatenate([self.hits.scores, scores[passing]])
        ids = np.concatenate([self.hits.ids, ids[passing]])
        rows = np.concatenate([self.hits.rows, rows[passing]])
        order = np.lexsort((rows, ids[:, 1], ids[:, 0], -scores))[: self.wanted]
        self.hits = Hits(scores[order], ids[order], rows[order])


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    """Rows `start` to `stop` of a shard whose first row has the number `first` in the view.

    `narrow`: whole tiles, looked through by their narrow form.
    """

    shard: Shard
    first: int
    start: int
    stop: int
    narrow: bool


def _chunks(shard: Shard, first: int, *, narrow: bool) -> Iterator[_Chunk]:
    """All rows of a shard; with `narrow` those that fill tiles by these, and only the last few by themselves."""
    tiled = len(shard.tiles) * TILE_ROWS if narrow else 0
    for begin, end, step in ((0, tiled, SINGLE_ROWS), (tiled, len(shard), BATCH_ROWS)):
        for start in range(begin, end, step):
            yield _Chunk(shard, first, start, min(start + step, end), begin < tiled)


def search_rows(
    view: GalleryView, probes: NDArray[np.float64], wanted: int, *, form: Form, floor: float = float("-inf")
) -> list[Hits]:
    """The `wanted` best rows for each turned probe (m, dimension), none with a score below `floor`.

    Exhaustive and exact: what is returned does not depend on shards, blocks or how many probes are searched at once.
    """
    found: list[Hits] = []
    for start in range(0, len(probes), BATCH_PROBES):
        batch = Probes.of(probes[start : start + BATCH_PROBES])
        best = [_Best(wanted, floor) for _ in range(len(batch))]
        narrow = len(batch) == 1 and form is not Form.FLOAT32
        for number, shard in enumerate(view.shards):
            dead = view.dead_in(number)
            for chunk in _chunks(shard, number * view.manifest.capacity, narrow=narrow):
                _scan(chunk, dead, batch, best, form)
        found.extend(kept.hits for kept in best)
    return found


def _scan(chunk: _Chunk, dead: NDArray[np.int64], probes: Probes, best: list[_Best], form: Form) -> None:
    if chunk.narrow:
        bounds = narrow_bounds(chunk.shard, chunk.start, chunk.stop, probes)[:, None]
    else:
        bounds = close_bounds(chunk.shard, chunk.start, chunk.stop, probes, form)
    low, high = np.searchsorted(dead, [chunk.start, chunk.stop])
    bounds[dead[low:high] - chunk.start] = -np.inf
    for probe, kept in enumerate(best):
        if not np.isfinite(kept.threshold):
            _guess(chunk, bounds[:, probe], probes.part(probe, probe + 1), kept, form)
    margin = (narrow_slack if chunk.narrow else slack)(chunk.shard, form)
    least = np.array([kept.threshold - margin for kept in best])
    # Rounded down, so that the comparison in float32 lets nobody slip; done and removed rows are at -inf.
    flat = np.flatnonzero(bounds > np.nextafter(least.astype(np.float32), np.float32(-np.inf)))
    row, probe_of = np.divmod(flat, len(probes))
    if chunk.narrow:
        close = _closer(chunk, row, probes, form)
        row = row[close >= best[0].threshold - slack(chunk.shard, form)]
        probe_of = np.zeros(len(row), np.intp)
    _settle(chunk, row, probe_of, probes, best, form)


def _closer(chunk: _Chunk, row: NDArray[np.intp], probe: Probes, form: Form) -> NDArray[np.float32]:
    """Bounds by int8 of some rows of a chunk: picked out, or where that would be dearer, with all others."""
    if len(row) * NARROW_PICKED < chunk.stop - chunk.start:
        return tightened(chunk.shard.rows, row + chunk.start, probe)
    return np.asarray(close_bounds(chunk.shard, chunk.start, chunk.stop, probe, form)[row, 0])


def _guess(chunk: _Chunk, bounds: NDArray[np.float32], probe: Probes, best: _Best, form: Form) -> None:
    """Score the most promising rows at once and mark them as done: the threshold rises before the rest is judged.

    Narrow bounds are too loose to choose by: more rows are looked at, and their best by int8 taken. Other bounds are so
    close that those of a few rows will do.
    """
    count = max(FIRST_GUESSES, best.wanted)
    if chunk.narrow:
        rows = _largest(bounds, max(NARROW_GUESSES, count))
        rows = rows[_largest(tightened(chunk.shard.rows, rows + chunk.start, probe), count)]
    else:
        rows = _largest(bounds[:GUESS_ROWS], count)
    _take(chunk, rows, probe.exact, best, form)
    bounds[rows] = -np.inf


def _largest(values: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Where the `count` largest are, without those at minus infinity."""
    count = min(max(count, 1), len(values))
    chosen = np.argpartition(values, len(values) - count)[len(values) - count :]
    return chosen[values[chosen] > -np.inf]


def _settle(
    chunk: _Chunk,
    row: NDArray[np.intp],
    probe_of: NDArray[np.intp],
    probes: Probes,
    best: list[_Best],
    form: Form,
) -> None:
    order = np.argsort(probe_of, kind="stable")
    ends = np.searchsorted(probe_of[order], np.arange(len(best) + 1))
    for probe, kept in enumerate(best):
        mine = row[order[ends[probe] : ends[probe + 1]]]
        for start in range(0, len(mine), EXACT_PAIRS):
            rows = mine[start : start + EXACT_PAIRS]
            _take(chunk, rows, probes.exact[probe][None], kept, form)


def _take(chunk: _Chunk, rows: NDArray[np.intp], probe: NDArray[np.float64], best: _Best, form: Form) -> None:
    rows = rows + chunk.start
    scores = exact_scores(chunk.shard.rows, rows, probe, form)
    best.take(scores, chunk.shard.rows.ids[rows], rows.astype(np.int64) + chunk.first)
