"""By which engine somebody is compared, where more than one has templates of them: always by one alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from enrollment.capture.probing import Compared, Comparer, Probe, Terms
from enrollment.verification.enrolled import Held

__all__ = ["Change", "Choice", "Watcher", "choice"]


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine, and its templates of what is shown: each with what is known of its sample, and the object."""

    engine: str
    templates: tuple[tuple[Held, UUID], ...]

    @property
    def samples(self) -> tuple[UUID, ...]:
        """What the templates are of."""
        return tuple(one.sample_id for one, _ in self.templates if one.sample_id is not None)


class Watcher(Protocol):
    """Sees comparisons that were decided. Fulfilled by `enrollment.engines.Beside`."""

    def watch(
        self, log_id: UUID, used: str, probes: Sequence[Probe], samples: Sequence[UUID], terms: Terms, counted: Compared
    ) -> None:
        """What was compared by which engine, against which enrolled samples, and what came of it. Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """An engine change: who compares by an engine's name, and who watches."""

    comparer_of: Callable[[str], Comparer]
    watcher: Watcher


def choice(held: Sequence[Held]) -> Choice:
    """The engine with templates of most positions; of several, the one that counts."""
    by_engine: dict[str, list[tuple[Held, UUID]]] = {}
    for one in held:
        by_engine.setdefault(one.engine, []).append((one, one.object_id))
        if one.first is not None and one.first[0] != one.engine:
            by_engine.setdefault(one.first[0], []).append((one, one.first[1]))

    def worth(engine: str) -> tuple[int, bool, int]:
        having = by_engine[engine]
        counts = any(one.engine == engine and not one.left for one, _ in having)
        return len({one.position for one, _ in having}), counts, len(having)

    best = max(by_engine, key=worth)
    return Choice(best, tuple(by_engine[best]))
