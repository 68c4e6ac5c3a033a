"""What looking at images finds, as values: between the engine, wherever it runs, and the services."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from enrollment.capture.hints import Hint
from enrollment.capture.positions import Position
from enrollment.capture.probing import Comparer
from enrollment.errors import Refusal

__all__ = ["Examiner", "Finger", "Made", "Mixup", "MixupKind", "Page", "RidgePoint", "RidgePoints", "Seen"]


@dataclass(frozen=True, slots=True)
class Seen:
    """An image that could be judged.

    `quality` is 0 to 100 by `algorithm`; `sound` is false where the engine refuses the image at any quality (a turned
    head, light from one side). `hints` come most important first. `parts` are the scores of the components, by name.
    `ppi` is the resolution that the file told or the ridges showed, None for a face.
    """

    format: str
    width: int
    height: int
    ppi: int | None
    quality: int
    sound: bool
    algorithm: str
    hints: tuple[Hint, ...] = ()
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A picture of a document."""

    format: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RidgePoint:
    """Where a ridge ends or forks: pixels from the top left corner, degrees from the x axis against the clock.

    `kind` is `ending`, `fork` or `other`.
    """

    x: int
    y: int
    angle: int
    kind: str


@dataclass(frozen=True, slots=True, repr=False)
class RidgePoints:
    """The points of one finger, in an image of that size."""

    width: int
    height: int
    points: tuple[RidgePoint, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Finger:
    """An image of a finger, called `position`; the first impressions are what the others are held against."""

    position: Position
    impression: int
    content: bytes


class MixupKind(StrEnum):
    """How a finger is not what it is called."""

    REPEAT = "repeat"
    WRONG_HAND = "wrong-hand"
    MISPLACED = "misplaced"


@dataclass(frozen=True, slots=True)
class Mixup:
    """The finger at `index` of those that were asked about is, or repeats, the one at `other`."""

    kind: MixupKind
    index: int
    other: int


@dataclass(frozen=True, slots=True, repr=False)
class Made:
    """A template: its kind (a word of `enrollment.storage.Kind`), the engine that made it, its bytes' format."""

    kind: str
    engine: str
    format: str
    content: bytes = field(repr=False)


class Examiner(Comparer, Protocol):
    """Looks at images. Refuses with BIO codes, `about` a `Hint`; `BIO_ENGINE` when it cannot look at anything."""

    def face(self, content: bytes) -> Seen | Refusal:
        """Judge a photograph: one face, its quality for enrolment."""
        ...

    def finger(self, content: bytes) -> Seen | Refusal:
        """Judge an image of one finger."""
        ...

    def page(self, content: bytes, least_side: int) -> Page | Refusal:
        """Look whether this is a picture of at least that many pixels on its shorter side."""
        ...

    def mixups(self, fingers: tuple[Finger, ...], rate: float) -> tuple[Mixup, ...] | Refusal:
        """Find fingers that are given twice or called what they are not, at that false match rate."""
        ...

    def templates(self, position: Position, content: bytes, quality: int) -> tuple[Made, ...] | Refusal:
        """The templates of a sample: for a finger our own and a record of ISO/IEC 19794-2:2005, for a face our own."""
        ...

    def picture(self, content: bytes, longest_side: int) -> bytes | Refusal:
        """The image as PNG for people to look at, no side longer than that."""
        ...

    def portrait(self, content: bytes, most_bytes: int) -> bytes | Refusal:
        """The face of a photograph, small, as WebP of at most that many bytes: for the code of a card."""
        ...

    def ridge_points(self, content: bytes) -> RidgePoints | Refusal:
        """The points of a stored record of ISO/IEC 19794-2, to draw over the picture of its finger."""
        ...
