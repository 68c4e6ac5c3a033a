"""Running an evaluation: every sample extracted, every pair compared, in one process or in several."""

from __future__ import annotations

import atexit
import itertools
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.evaluation.manifest import Entry
from biometrics.evaluation.protocol import Pairs

__all__ = [
    "Comparisons",
    "Engine",
    "EngineChoice",
    "EngineLostError",
    "Measured",
    "Progress",
    "compare_all",
    "extract_all",
]

CHUNK = 16
LARGEST_SAMPLE = 20_000_000

Progress = Callable[[int, int], None]
T = TypeVar("T")


class EngineLostError(Exception):
    """The engine cannot be loaded, or a process that ran it has died; the text says which."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One sample after extraction: what the engine compares, or why there is nothing.

    `cpu_ms` is the CPU time of the extraction alone, decoding excluded. `quality` is 0 to 100, None where the engine
    states none.
    """

    template: Any
    cpu_ms: float
    quality: int | None = None


class Engine(Protocol):
    """What an evaluation needs of an engine."""

    def extract(self, data: bytes) -> Measured | Refused:
        """The template of the sample in `data`, or why there is none."""

    def gallery(self, templates: Sequence[Any]) -> Any:
        """All templates in the form that `scores` takes."""

    def scores(self, gallery: Any, probe: int, references: NDArray[np.int32]) -> NDArray[np.float64]:
        """Scores of template `probe` of the gallery against `references`, float64 of shape (references,)."""

    def pace(self, gallery: Any, /) -> float | None:
        """Comparisons per CPU second where the engine is used otherwise than pair by pair; None: as `scores` takes."""

    def close(self) -> None:
        """End what the engine started."""


class EngineChoice(Protocol):
    """Which engine to build; handed to worker processes, so it can be pickled."""

    @property
    def name(self) -> str:
        """The engine's name, which changes with anything that changes scores."""

    def build(self) -> Engine:
        """The engine, loaded in this process."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """Scores of pairs, float64 of shape (pairs,), minus infinity where a comparison could not be made.

    `cpu_seconds` is what the comparing took, `pace` the engine's own figure of its speed where it has one.
    """

    scores: NDArray[np.float64]
    cpu_seconds: float
    pace: float | None = None

    @property
    def per_second(self) -> float | None:
        """Comparisons per CPU second of one core; None without a comparison."""
        if self.pace is not None:
            return self.pace
        made = int(np.isfinite(self.scores).sum())
        return made / self.cpu_seconds if self.cpu_seconds > 0 and made else None


def extract_all(
    entries: Sequence[Entry], choice: EngineChoice, *, jobs: int = 1, progress: Progress | None = None
) -> list[Measured | Refused]:
    """The outcome of extraction for each entry, in their order, by `jobs` processes."""
    chunks = [entries[start : start + CHUNK] for start in range(0, len(entries), CHUNK)]
    paths = [[entry.path for entry in chunk] for chunk in chunks]
    found: list[Measured | Refused] = []
    with _workers(choice, jobs, ()) as submit:
        for future in [submit(_extract_chunk, chunk) for chunk in paths]:
            found.extend(future())
            if progress:
                progress(len(found), len(entries))
    return found


def compare_all(
    templates: Sequence[Any],
    pairs: Pairs,
    choice: EngineChoice,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Comparisons:
    """The scores of `pairs`, whose indices are those of `templates`; pairs are ordered by probe."""
    starts = np.searchsorted(pairs.probe, np.arange(len(templates) + 1))
    tasks = [
        [(probe, pairs.reference[starts[probe] : starts[probe + 1]]) for probe in range(first, last)]
        for first, last in _spans(starts, jobs)
    ]
    scores: list[NDArray[np.float64]] = [np.empty(0)]
    spent = 0.0
    with _workers(choice, jobs, templates) as submit:
        for future in [submit(_compare_chunk, task) for task in tasks]:
            part, seconds = future()
            scores.append(part)
            spent += seconds
            if progress:
                progress(sum(map(len, scores)), len(pairs))
        pace = submit(_pace, None)()
    return Comparisons(np.concatenate(scores), spent, pace)


def _spans(starts: NDArray[np.int64], jobs: int) -> list[tuple[int, int]]:
    """Ranges of probes with about equally many comparisons, several for each job."""
    parts = max(1, min(16 * jobs, len(starts) - 1))
    edges = np.searchsorted(starts, np.linspace(0, starts[-1], parts + 1)[1:-1])
    bounds = np.unique(np.concatenate([[0], edges, [len(starts) - 1]]))
    return [(int(first), int(last)) for first, last in itertools.pairwise(bounds)]


@dataclass(slots=True)
class _Held:
    """What a worker keeps between its tasks."""

    engine: Engine | None = None
    gallery: Any = None


_held = _Held()


@contextmanager
def _workers(
    choice: EngineChoice, jobs: int, templates: Sequence[Any]
) -> Iterator[Callable[[Callable[..., T], Any], Callable[[], T]]]:
    """A function that hands out tasks and returns where to collect them; with one job they run here."""
    if jobs == 1:
        _start(choice, templates)
        try:
            yield lambda function, argument: lambda: function(argument)
        finally:
            _end()
        return
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(jobs, context, initializer=_start_worker, initargs=(choice, templates)) as pool:

            def submit(function: Callable[..., T], argument: Any) -> Callable[[], T]:
                future: Future[T] = pool.submit(function, argument)
                return future.result

            yield submit
    except BrokenProcessPool as error:
        message = "a worker process ended before its work did"
        raise EngineLostError(message) from error


def _start(choice: EngineChoice, templates: Sequence[Any]) -> None:
    _held.engine = choice.build()
    atexit.register(_end)
    _held.gallery = _held.engine.gallery(templates) if len(templates) else None


def _start_worker(choice: EngineChoice, templates: Sequence[Any]) -> None:
    # Whoever interrupts a terminal's command interrupts all of its group: the parent ends, and this one after it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    _start(choice, templates)


def _leave_with_parent() -> None:
    """End this worker when the process that started it is gone: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _end() -> None:
    if _held.engine is not None:
        _held.engine.close()
    _held.engine = _held.gallery = None


def _extract_chunk(paths: Sequence[Any]) -> list[Measured | Refused]:
    engine = _held.engine
    if engine is None:
        message = "a worker was not started"
        raise RuntimeError(message)
    found: list[Measured | Refused] = []
    for path in paths:
        if path.stat().st_size > LARGEST_SAMPLE:
            found.append(Refused(Reason.SAMPLE_TOO_LARGE))
        else:
            found.append(engine.extract(path.read_bytes()))
    return found


def _pace(_nothing: None) -> float | None:
    return _held.engine.pace(_held.gallery) if _held.engine else None


def _compare_chunk(task: Sequence[tuple[int, NDArray[np.int32]]]) -> tuple[NDArray[np.float64], float]:
    engine, gallery = _held.engine, _held.gallery
    if engine is None:
        message = "a worker was not started"
        raise RuntimeError(message)
    parts = [np.empty(0)]
    began = time.process_time()
    for probe, references in task:
        if len(references):
            parts.append(np.asarray(engine.scores(gallery, probe, references), np.float64))
    return np.concatenate(parts), time.process_time() - began
