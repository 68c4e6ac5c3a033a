"""Searches as they are written down: begun once for each time an application is validated, and ended once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from enrollment.cases import Attempt, Case, Guard, Reason, Task
from enrollment.deduplication.models import HitRow, SearchRow
from enrollment.errors import Code, Refusal
from idp.clock import Clock
from idp.database import Session

__all__ = ["STAGE", "Hit", "Search", "Searches", "Why"]

STAGE = "dedup"
"""The stage of tasks that search; their attempt is that of the search."""

CLEAR, REFER = "clear", "refer"


class Why(StrEnum):
    """Why somebody is looked at.

    DAMAGED: named, but no template of theirs is whole. UNLIKE: the record that the application is about, whose owner
    the applicant does not seem to be.
    """

    COMPARED = "compared"
    DEMOGRAPHIC = "demographic"
    BOTH = "both"
    DAMAGED = "damaged"
    UNLIKE = "unlike"


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody to look at: a person of the register, or an application (`candidate`) that has none yet.

    `ratio` and `parts` (by position) are natural logarithms, None and empty where nothing was compared; `demographic`
    is 0 to 1. No number is for anybody before the first vote.
    """

    person_id: UUID | None
    candidate: str | None
    why: Why
    ratio: float | None = None
    parts: dict[str, float] = field(default_factory=dict)
    demographic: float | None = None
    swapped: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """A search. `hits` in the order in which they are shown; without an end there is no outcome yet."""

    aid: str
    attempt: int
    begun_at: datetime
    ended_at: datetime | None
    outcome: str | None
    reason: Reason | None
    people: int | None
    hits: tuple[Hit, ...]


class Searches:
    """Reads and writes searches, in the caller's transaction."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def begin(self, aid: str, attempt: int, entered: int, policy: int) -> None:
        """Note that a search was begun, once. `entered` is the gallery's last change by then."""
        values = {
            "aid": aid,
            "attempt": attempt,
            "begun_at": self._clock.now(),
            "entered": entered,
            "policy": policy,
        }
        self._session.execute(upsert(SearchRow).values(values).on_conflict_do_nothing())

    def hold(self, aid: str, attempt: int) -> bool:
        """Keep others off a search that is not ended, until the caller's transaction is.

        False where there is none, and where another worker is at it.
        """
        wanted = select(SearchRow.aid).where(
            SearchRow.aid == aid, SearchRow.attempt == attempt, SearchRow.ended_at.is_(None)
        )
        return self._session.scalar(wanted.with_for_update(skip_locked=True)) is not None

    def end(
        self, aid: str, attempt: int, hits: Sequence[Hit], reason: Reason | None, *, people: int, review: float
    ) -> None:
        """Write down what it found. `reason` None says that there is nothing to decide."""
        rows = [_row(aid, attempt, rank, hit) for rank, hit in enumerate(hits, 1)]
        if rows:
            self._session.execute(insert(HitRow), rows)
        self._session.execute(
            update(SearchRow)
            .where(SearchRow.aid == aid, SearchRow.attempt == attempt)
            .values(
                ended_at=self._clock.now(),
                outcome=CLEAR if reason is None else REFER,
                reason=None if reason is None else reason.value,
                people=people,
                review=review,
            )
        )

    def last(self, aid: str) -> Search | None:
        """The last search of an application, for adjudicators; None where there was none."""
        row = self._session.scalars(
            select(SearchRow)
            .where(SearchRow.aid == aid)
            .order_by(SearchRow.attempt.desc())
            .limit(1)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if row is None:
            return None
        hits = self._session.scalars(
            select(HitRow).where(HitRow.aid == aid, HitRow.attempt == row.attempt).order_by(HitRow.rank)
        )
        reason = None if row.reason is None else Reason(row.reason)
        named = tuple(map(_hit, hits))
        return Search(aid, row.attempt, row.begun_at, row.ended_at, row.outcome, reason, row.people, named)

    def no_candidate(self, case: Case, attempt: Attempt) -> Refusal | None:
        """The condition `NO_CANDIDATE` of the life cycle: this very search ended, and named nobody."""
        by = attempt.order.by
        wanted = by.attempt if isinstance(by, Task) and by.stage == STAGE else None
        search = self.last(case.aid)
        if search is None or search.attempt != wanted or search.outcome != CLEAR or search.hits:
            return Refusal(Code.ENR_GUARD, Guard.NO_CANDIDATE.value)
        return None


def _row(aid: str, attempt: int, rank: int, hit: Hit) -> dict[str, Any]:
    return {
        "aid": aid,
        "attempt": attempt,
        "rank": rank,
        "person_id": hit.person_id,
        "candidate": hit.candidate,
        "why": hit.why.value,
        "ratio": hit.ratio,
        "parts": {**hit.parts, "swapped": hit.swapped},
        "demographic": hit.demographic,
    }


def _hit(row: HitRow) -> Hit:
    parts = {name: float(value) for name, value in row.parts.items() if name != "swapped"}
    swapped = row.parts.get("swapped") is True
    return Hit(row.person_id, row.candidate, Why(row.why), row.ratio, parts, row.demographic, swapped)
