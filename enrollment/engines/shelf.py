"""The engines that this installation can ask, by their names, and the one that makes templates now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select

from enrollment.capture import Position
from enrollment.capture.findings import Made
from enrollment.capture.models import EngineRow
from enrollment.capture.probing import Comparer
from enrollment.errors import Code, Refusal
from idp.database import Session

__all__ = ["InUse", "Shelf", "Side", "modality_of"]


class Side(Comparer, Protocol):
    """An engine as its change needs it. Fulfilled by `ChildExaminer`, in a process of its own."""

    def templates(self, position: Position, content: bytes, quality: int) -> tuple[Made, ...] | Refusal:
        """The templates of a sample, each naming the engine that made it."""
        ...


@dataclass(frozen=True, slots=True)
class Shelf:
    """`own` is the program's; `others` are those beside it, by the name that their templates carry."""

    own: Side
    others: Mapping[str, Side]

    def get(self, engine_id: str) -> Side:
        """Whom to ask about templates of this engine; the program's own refuses what it does not know."""
        return self.others.get(engine_id, self.own)

    def made(self, engine_id: str, position: Position, content: bytes, quality: int) -> tuple[Made, ...] | Refusal:
        """Templates by this very engine. Refused: as `Side.templates`; `BIO_ENGINE` about `other` for another's."""
        made = self.get(engine_id).templates(position, content, quality)
        if isinstance(made, Refusal):
            return made
        return made if all(one.engine == engine_id for one in made) else Refusal(Code.BIO_ENGINE, "other")


class InUse:
    """Makes templates with the engine that counts, in the caller's transaction. Fulfils `extraction.Maker`."""

    def __init__(self, session: Session, shelf: Shelf) -> None:
        self._session = session
        self._shelf = shelf

    def templates(self, position: Position, content: bytes, quality: int) -> tuple[Made, ...] | Refusal:
        """Templates of a sample; by the program's own engine where none is registered."""
        active = self._session.scalar(
            select(EngineRow.id).where(EngineRow.modality == modality_of(position), EngineRow.status == "active")
        )
        if active is None:
            return self._shelf.own.templates(position, content, quality)
        return self._shelf.made(active, position, content, quality)


def modality_of(position: Position) -> str:
    """`face` or `finger`."""
    return "face" if position is Position.FACE else "finger"
