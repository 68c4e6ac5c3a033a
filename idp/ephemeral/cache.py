"""A bounded in-process cache whose entries all die when a shared generation number moves.

The generation is looked up at most every `check_seconds`, so a change made by another process is seen within
that time. While the short-lived store is away nothing older than `stale_seconds` is served: the owner store is
asked again. And no entry outlives `max_age_seconds`, so that a change whose announcement was lost is seen too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from idp.errors import StoreUnavailableError

__all__ = ["GenerationCache", "Generations"]

K = TypeVar("K")
V = TypeVar("V")
_ABSENT = object()
_RETRY_SECONDS = 0.1
# So many different values may be on their way at a time; who wants the same one waits for the one load.
_LOADING_AT_ONCE = 16


class Generations(Protocol):
    """Where the present generation of a cache is known."""

    def generation(self, name: str) -> int:
        """The number of the generation; raises `StoreUnavailableError` when nobody answers."""
        ...


class GenerationCache(Generic[K, V]):
    """Values loaded on demand by `load` and kept until the generation `name` moves.

    `monotonic` gives seconds that never go back (not wall time). None is a value too (a negative answer is cached),
    except that `capacity` entries are kept at most: the cache is emptied when it is full.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[K], V],
        generations: Generations,
        *,
        monotonic: Callable[[], float],
        check_seconds: float = 0.5,
        stale_seconds: float = 1.0,
        max_age_seconds: float = 60.0,
        capacity: int = 20_000,
    ) -> None:
        self._name = name
        self._load = load
        self._generations = generations
        self._monotonic = monotonic
        self._check_seconds = check_seconds
        self._stale_seconds = stale_seconds
        self._max_age_seconds = max_age_seconds
        self._capacity = capacity
        self._values: dict[K, V] = {}
        self._generation = -1
        self._born = float("-inf")
        self._fresh = float("-inf")
        self._checked = float("-inf")
        self._checking = threading.Lock()
        self._loading = tuple(threading.Lock() for _ in range(_LOADING_AT_ONCE))
        self._failed = [float("-inf")] * _LOADING_AT_ONCE  # when a load behind each lock last failed

    def get(self, key: K) -> V:
        """The value for `key`, at most `check_seconds` behind the last change.

        Raises what `load` raises; nothing is kept then. Who waited for a load that found the store away is told so,
        too: one after the other they would each wait for it as long again.
        """
        moment = self._monotonic()
        if moment - self._checked > self._check_seconds:
            self._check(moment)
        if moment - self._fresh > self._stale_seconds:
            self._values, self._fresh = {}, moment
        values = self._values
        held = values.get(key, _ABSENT)
        if held is not _ABSENT:
            return held  # type: ignore[return-value]  # the sentinel was ruled out
        place = hash(key) % _LOADING_AT_ONCE
        with self._loading[place]:
            held = values.get(key, _ABSENT)  # another thread may have brought it meanwhile
            if held is not _ABSENT:
                return held  # type: ignore[return-value]  # as above
            if self._failed[place] > moment:
                message = "the store did not answer another request that asked before"
                raise StoreUnavailableError(message)
            try:
                value = self._load(key)
            except StoreUnavailableError:
                self._failed[place] = self._monotonic()
                raise
            if len(values) >= self._capacity:
                values.clear()
            values[key] = value
            return value

    def _check(self, moment: float) -> None:
        # Where another thread is asking, only who would have to drop what is held waits for what it hears.
        if not self._checking.acquire(blocking=moment - self._fresh > self._stale_seconds):
            return
        try:
            if self._checked >= moment:
                return
            generation = self._generations.generation(self._name)
        except StoreUnavailableError:
            self._checked = self._monotonic() - self._check_seconds + _RETRY_SECONDS
        else:
            if generation != self._generation or moment - self._born > self._max_age_seconds:
                self._values = {}  # a load under way writes into the old dict and is forgotten with it
                self._generation = generation
                self._born = moment
            self._checked = self._fresh = moment
        finally:
            self._checking.release()
