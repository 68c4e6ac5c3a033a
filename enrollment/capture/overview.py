"""What is captured of an application, for pages and for whoever decides whether it is enough."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from enrollment.capture.findings import MixupKind
from enrollment.capture.hints import Hint
from enrollment.capture.models import AttemptRow, SampleRow
from enrollment.capture.policy import CapturePolicy
from enrollment.capture.positions import Position
from idp.database import Session

__all__ = ["Kept", "Overview", "Place", "Standing"]

_KEPT = select(SampleRow).where(
    SampleRow.aid == bindparam("aid"),
    SampleRow.position == any_(bindparam("positions", type_=ARRAY(Text()))),
    SampleRow.best >= bindparam("best"),
)


class Standing(StrEnum):
    """How far a position is. `WORN`: no try is left and none was good enough, so an exception is next."""

    EMPTY = "empty"
    TRIED = "tried"
    ACCEPTED = "accepted"
    WORN = "worn"
    EXCEPTED = "excepted"
    FLAGGED = "flagged"


@dataclass(frozen=True, slots=True)
class Kept:
    """A sample that is kept. `flag` with the position that it is, or repeats."""

    id: UUID
    position: Position
    impression: int
    object_id: UUID
    attempt: int
    quality: int
    accepted: bool
    best: bool
    captured_at: datetime
    device: str
    flag: MixupKind | None = None
    flag_position: Position | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A position as a page shows it: `best` of the first impression, all that is kept, and the last try's hints.

    `tries_left` is of the first impression, `second_left` of the second, which a face has not.
    """

    position: Position
    standing: Standing
    best: Kept | None
    kept: tuple[Kept, ...]
    tries_left: int
    hints: tuple[Hint, ...]
    second_left: int = 0

    @property
    def second(self) -> Kept | None:
        """The best of the second impression."""
        return next((one for one in self.kept if one.best and one.impression == 2), None)

    @property
    def wanted(self) -> int | None:
        """The impression that is to be captured next; None where nothing is, or an exception must decide."""
        if self.standing in {Standing.EMPTY, Standing.TRIED}:
            return 1 if self.tries_left else None
        if self.standing is not Standing.ACCEPTED or (self.second is not None and self.second.accepted):
            return None
        return 2 if self.second_left else None


class Overview:
    """Reads what is captured."""

    def __init__(self, session: Session, policy: CapturePolicy | None = None) -> None:
        self._session = session
        self._policy = policy or CapturePolicy()

    def kept(self, aid: str, *, best: bool = False, of: Collection[Position] = ()) -> tuple[Kept, ...]:
        """The samples of an application, by position and impression.

        Only the best of each with `best`, only those positions with `of`.
        """
        asked = {"aid": aid, "positions": [position.value for position in of or Position], "best": best}
        rows = self._session.scalars(_KEPT, asked, execution_options={"populate_existing": True})
        found = [_kept(row) for row in rows]
        return tuple(sorted(found, key=lambda one: (one.position.number, one.impression, one.attempt)))

    def find(self, aid: str, sample_id: UUID) -> Kept | None:
        """One sample, if it is of this application."""
        return next((one for one in self.kept(aid) if one.id == sample_id), None)

    def places(self, aid: str, excepted: Collection[Position] = ()) -> tuple[Place, ...]:
        """Every position, the face first, then the fingers by number. `excepted` cannot be captured."""
        kept, tries, hints = self.kept(aid), self._tries(aid), self._hints(aid)
        return tuple(
            self._place(position, [one for one in kept if one.position is position], tries, hints, excepted)
            for position in Position
        )

    def _place(
        self,
        position: Position,
        kept: list[Kept],
        tries: dict[tuple[str, int], int],
        hints: dict[str, tuple[Hint, ...]],
        excepted: Collection[Position],
    ) -> Place:
        best = next((one for one in kept if one.best and one.impression == 1), None)
        left, second_left = (
            max(self._policy.tries - tries.get((position.value, impression), 0), 0) for impression in (1, 2)
        )
        if any(one.flag for one in kept if one.best):
            standing = Standing.FLAGGED
        elif position in excepted:
            standing = Standing.EXCEPTED
        elif best is not None and best.accepted:
            standing = Standing.ACCEPTED
        elif best is None:
            standing = Standing.EMPTY
        else:
            standing = Standing.TRIED if left else Standing.WORN
        second = 0 if position is Position.FACE else second_left
        return Place(position, standing, best, tuple(kept), left, hints.get(position.value, ()), second)

    def _tries(self, aid: str) -> dict[tuple[str, int], int]:
        rows = self._session.execute(
            select(AttemptRow.position, AttemptRow.impression, func.max(AttemptRow.number))
            .where(AttemptRow.aid == aid, AttemptRow.counts)
            .group_by(AttemptRow.position, AttemptRow.impression)
        )
        return {(position, impression): highest or 0 for position, impression, highest in rows}

    def _hints(self, aid: str) -> dict[str, tuple[Hint, ...]]:
        """Of the last try of each position."""
        rows = self._session.execute(
            select(AttemptRow.position, AttemptRow.hints)
            .where(AttemptRow.aid == aid, AttemptRow.counts)
            .ext(distinct_on(AttemptRow.position))
            .order_by(AttemptRow.position, AttemptRow.at.desc(), AttemptRow.number.desc().nulls_last())
        )
        return {position: tuple(map(Hint, hints)) for position, hints in rows}


def _kept(row: SampleRow) -> Kept:
    return Kept(
        id=row.id,
        position=Position(row.position),
        impression=row.impression,
        object_id=row.object_id,
        attempt=row.attempt,
        quality=row.quality,
        accepted=row.accepted,
        best=row.best,
        captured_at=row.captured_at,
        device=row.device,
        flag=None if row.flag is None else MixupKind(row.flag),
        flag_position=None if row.flag_position is None else Position(row.flag_position),
    )
