"""What an index of the gallery can do, wherever it stands, in values without arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from enrollment.capture import Position
from enrollment.errors import Refusal

__all__ = ["Fetch", "Found", "Gallery", "Hit", "Place", "Subject", "Template", "Terms"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a template stands in the gallery."""

    subject_id: UUID
    position: Position
    impression: int


@dataclass(frozen=True, slots=True)
class Template:
    """A template as the engine stored it; `quality` is 0 to 100, of the sample."""

    position: Position
    impression: int
    content: bytes = field(repr=False)
    quality: int = 0


@dataclass(frozen=True, slots=True)
class Subject:
    """Everything that is searched of somebody; without templates there is nothing left of them."""

    id: UUID
    templates: tuple[Template, ...]


# Templates by their places, from the sealed store: None for one that is damaged; what is gone is not among them.
Fetch = Callable[[Sequence[Place]], Mapping[Place, bytes | None]]


@dataclass(frozen=True, slots=True)
class Terms:
    """How a search is made.

    `fpir` is the share of searches of people who are not in the gallery that may name anybody; at most `listed` are
    named. Of the probe's fingers the best `fingers` take part, chosen before anything is compared. Nobody of `but` is
    named.
    """

    fpir: float = 1e-3
    listed: int = 10
    fingers: int = 4
    but: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody who may be the probe.

    Ratios are natural logarithms of how much likelier it is that it is them: in all, of the face, and of each finger
    of the probe; None where there was nothing to compare. `swapped` tells that the other hand fits better. None of
    these numbers is for anybody who hands in samples.
    """

    subject_id: UUID
    ratio: float
    face: float | None
    fingers: tuple[tuple[Position, float], ...] = ()
    swapped: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found among `people` others, by falling ratio; `review` is the ratio that was asked for.

    `full` tells that the list was cut. `blind` are people whom the search named and of whom nothing could be compared,
    since no template of theirs is whole: somebody must look.
    """

    hits: tuple[Hit, ...]
    people: int
    review: float
    full: bool = False
    blind: tuple[UUID, ...] = ()


class Gallery(Protocol):
    """An index of all templates that are searched. What it holds can be made again from the sealed templates."""

    @property
    def reached(self) -> int:
        """The number of the last change that it has taken in; 0 for an empty one."""
        ...

    def put(self, subjects: Sequence[Subject], upto: int) -> int:
        """Let these people have exactly these templates, and note that all changes up to `upto` are in.

        Templates that the engine does not take are left out; how many those were. Bears repeating.
        """
        ...

    def reset(self) -> None:
        """Forget everything."""
        ...

    def search(self, probe: Sequence[Template], fetch: Fetch, terms: Terms) -> Found | Refusal:
        """Compare a probe with everybody. Refused: `BIO_ENGINE` where the probe cannot be compared."""
        ...
