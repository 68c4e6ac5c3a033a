"""From a biometric record of another system to templates of ours: what the examiner's process makes of its images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from enrollment.abis.messages import Failure
from enrollment.abis.source import MOST_BYTES
from enrollment.capture import Examiner, Position
from enrollment.errors import Code, Refusal
from enrollment.gallery import Template
from enrollment.storage import Kind, Record
from enrollment.storage.cbeff_reading import parse

__all__ = ["Probe", "Probes"]

_QUALITY_UNKNOWN = 50
_SEARCHED = frozenset({Kind.FACE_TEMPLATE, Kind.FINGER_TEMPLATE})
_POSITIONS: Mapping[str, Position] = {
    position.subtype.replace(" ", "").lower(): position for position in Position if position.subtype
}
# A picture that shows nothing usable; another picture of the same person may do.
_POOR = frozenset({Code.BIO_QUALITY, Code.BIO_NOFACE, Code.BIO_MANYFACES})


@dataclass(frozen=True, slots=True, repr=False)
class Probe:
    """A template with the kind under which it is stored and the engine that made it."""

    template: Template
    kind: Kind
    engine: str


class Probes:
    """Makes templates. No image stays anywhere."""

    def __init__(self, examiner: Examiner) -> None:
        self._examiner = examiner

    def made(self, content: bytes) -> tuple[Probe, ...] | Failure:
        """Templates of every face and finger in a record; pictures of which there is nothing to take are left out.

        Fails with `CBEFF` (not such a record, or pictures that cannot be read), `NO_DATA` (no face and no finger in
        it), `QUALITY` (none that can be used), `INTERNAL` where the examiner does not answer.
        """
        records = parse(content, MOST_BYTES, foreign=True)
        if isinstance(records, Refusal):
            return Failure.CBEFF
        pictures = [(place, record) for record in records if (place := _place(record)) is not None]
        if not pictures:
            return Failure.NO_DATA
        made: list[Probe] = []
        refused: set[Code] = set()
        seen: Counter[Position] = Counter()
        for position, record in pictures:
            seen[position] += 1
            found = self._of(position, seen[position], record)
            if isinstance(found, Refusal):
                refused.add(found.code)
            else:
                made += found
        if Code.BIO_ENGINE in refused:
            return Failure.INTERNAL
        return tuple(made) or (Failure.QUALITY if refused & _POOR else Failure.CBEFF)

    def _of(self, position: Position, impression: int, record: Record) -> list[Probe] | Refusal:
        quality = _QUALITY_UNKNOWN if record.facts.quality is None else record.facts.quality
        made = self._examiner.templates(position, record.content, quality)
        if isinstance(made, Refusal):
            return made
        return [
            Probe(Template(position, impression, one.content, quality), Kind(one.kind), one.engine)
            for one in made
            if Kind(one.kind) in _SEARCHED
        ]


def _place(record: Record) -> Position | None:
    if record.kind is Kind.FACE_IMAGE:
        return Position.FACE
    if record.kind is not Kind.FINGER_IMAGE:
        return None
    return _POSITIONS.get(record.facts.subtype.replace(" ", "").lower())
