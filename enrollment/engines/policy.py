"""Figures of an engine change, in one versioned place (design section 6)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EnginePolicy"]


@dataclass(frozen=True, slots=True)
class EnginePolicy:
    """An engine counts once it has templates of `coverage` of everything that is searched, and indexes know of them.

    Those of the workers that are there may lack `behind` changes, which the next search takes in.
    A sample is left after `tries` calls in which the engine itself failed. `share` of comparisons are made by the
    shadow too. No statement looks at more than `page` samples or subjects.
    """

    version: int = 1
    coverage: float = 0.999
    tries: int = 3
    share: float = 1.0
    page: int = 20_000
    behind: int = 1000
