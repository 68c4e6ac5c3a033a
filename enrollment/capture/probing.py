"""What is held against enrolled templates, one person with one person, and what came of it: values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from enrollment.capture.positions import Position
from enrollment.capture.wire import Message
from enrollment.errors import Refusal

__all__ = ["Compared", "Comparer", "Probe", "Reference", "Terms", "asked_of", "compared_of", "question_of_probes"]


@dataclass(frozen=True, slots=True, repr=False)
class Probe:
    """What a person shows now: an image, or (`extracted`) a template that the engine made of one."""

    position: Position
    content: bytes = field(repr=False)
    extracted: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Reference:
    """An enrolled template of the person who is asked about."""

    position: Position
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """`rate` is the false match rate that is asked for; images of fingers below `least_finger` are not used."""

    rate: float
    least_finger: int = 20


@dataclass(frozen=True, slots=True)
class Compared:
    """Whether it is the person. `ratio` is the natural logarithm of the evidence, and never leaves the house.

    `copied`: what was shown is an enrolled sample itself, in whatever file format; then nothing matched.
    `quality` (0 to 100) is the lowest of the images; None where templates were given.
    """

    matched: bool
    ratio: float
    copied: bool = False
    quality: int | None = None


class Comparer(Protocol):
    """Compares one person with one person. Fulfilled by `ChildExaminer`, in a process of its own."""

    def compare(self, probes: tuple[Probe, ...], references: tuple[Reference, ...], terms: Terms) -> Compared | Refusal:
        """Is it the person of these templates? Probes without a template of their position add nothing.

        Refused, with nothing compared: BIO codes with a `Hint` (an image that cannot be used), `BIO_COUNT` (no probe
        has anything to stand against), `BIO_ENGINE` (templates of another engine, no calibration for that rate).
        """
        ...


def question_of_probes(probes: tuple[Probe, ...], references: tuple[Reference, ...], terms: Terms) -> Message:
    """The question, for the wire."""
    head = {
        "ask": "compare",
        "rate": terms.rate,
        "least_finger": terms.least_finger,
        "probes": [[one.position.value, one.extracted] for one in probes],
        "references": [one.position.value for one in references],
    }
    return Message(head, (*(one.content for one in probes), *(one.content for one in references)))


def asked_of(question: Message) -> tuple[tuple[Probe, ...], tuple[Reference, ...], Terms]:
    """The question, read back. KeyError, ValueError, TypeError for what is none."""
    head, parts = question.head, question.parts
    said: list[Any] = head["probes"]
    probes = tuple(
        Probe(Position(position), content, bool(extracted))
        for (position, extracted), content in zip(said, parts[: len(said)], strict=True)
    )
    references = tuple(
        Reference(Position(position), content)
        for position, content in zip(head["references"], parts[len(said) :], strict=True)
    )
    return probes, references, Terms(float(head["rate"]), int(head["least_finger"]))


def compared_of(answer: Message) -> Compared:
    """What came of it; raises as `asked_of`."""
    head = answer.head
    quality = head["quality"]
    return Compared(
        head["matched"] is True, float(head["ratio"]), head["copied"] is True, None if quality is None else int(quality)
    )
