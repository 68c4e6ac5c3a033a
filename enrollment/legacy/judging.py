"""The way of imported applications through search and issuance, many at a time: what was searched is written down."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, exists, insert, select

from enrollment.cases import Case, Event, Guard, Reason
from enrollment.cases.taking_in import TakingIn
from enrollment.deduplication.models import HitRow, SearchRow
from enrollment.deduplication.policy import DedupPolicy
from enrollment.deduplication.searches import Why
from enrollment.issuance import Issued
from enrollment.issuance.models import IssuanceRow
from enrollment.register import DemographicPolicy
from enrollment.register.lookups import among_texts
from enrollment.register.models import PersonAccountRow
from idp.clock import Clock
from idp.database import Session

__all__ = ["Judging", "Match"]


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody whom a row may be: a person of the register, or an application that has none yet; the score, 0 to 1."""

    person_id: UUID | None
    candidate: str | None
    score: float


class Judging:
    """Moves the applications of one transaction. Nothing was captured of them: names and numbers are all there is."""

    def __init__(self, session: Session, taking: TakingIn, clock: Clock) -> None:
        self._session = session
        self._taking = taking
        self._clock = clock

    @staticmethod
    def section(content: Mapping[str, Any]) -> bytes:
        """A section as `enrollment.cases` writes it before it is sealed."""
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()

    def begin(self, cases: Sequence[Case]) -> list[Case]:
        """Validated, and their search begun."""
        validated = self._taking.step(cases, Event.VALIDATE)
        return self._taking.step(validated, Event.SEARCH)

    def clear(self, cases: Sequence[Case]) -> list[Case]:
        """The search found nobody: accepted."""
        self._searched(cases, None)
        holds = {Guard.SOME_MODALITY: _all, Guard.NO_CANDIDATE: self._no_candidate}
        return self._taking.step(cases, Event.CLEAR, holds=holds)

    def refer(self, cases: Sequence[Case], found: Mapping[str, Sequence[Match]]) -> list[Case]:
        """The search found somebody: two people decide."""
        if not cases:
            return []
        self._searched(cases, Reason.DEMOGRAPHIC)
        hits: list[dict[str, Any]] = [
            {
                "aid": case.aid,
                "attempt": case.version - 1,
                "rank": rank,
                "person_id": match.person_id,
                "candidate": match.candidate,
                "why": Why.DEMOGRAPHIC.value,
                "ratio": None,
                "parts": {},
                "demographic": match.score,
            }
            for case in cases
            for rank, match in enumerate(found[case.aid], 1)
        ]
        self._session.execute(insert(cast("Table", HitRow.__table__)), hits)
        return self._taking.step(cases, Event.REFER, reason=Reason.DEMOGRAPHIC)

    def bind(self, cases: Sequence[Case], issued: Mapping[str, Issued]) -> list[Case]:
        """The register holds them, in this very transaction, and each has an account."""
        people = {aid: {"person_id": one.person_id} for aid, one in issued.items()}
        accounts = {aid: {"subscriber_id": one.subscriber_id} for aid, one in issued.items()}
        done = self._taking.step(
            cases, Event.ISSUE, holds={Guard.RECORDED: lambda some: self._recorded(some, issued)}, changes=people
        )
        return self._taking.step(
            done, Event.BIND, holds={Guard.LINKED: lambda some: self._linked(some, issued)}, changes=accounts
        )

    def _searched(self, cases: Sequence[Case], reason: Reason | None) -> None:
        """The attempt is the version at which they were validated, as of every other search."""
        now, policy = self._clock.now(), DedupPolicy().version
        rows = [
            {
                "aid": case.aid,
                "attempt": case.version - 1,
                "begun_at": now,
                "entered": 0,
                "ended_at": now,
                "outcome": "clear" if reason is None else "refer",
                "reason": None if reason is None else reason.value,
                "people": 0,
                "review": DemographicPolicy().review,
                "policy": policy,
            }
            for case in cases
        ]
        self._session.execute(insert(cast("Table", SearchRow.__table__)), rows)

    def _no_candidate(self, cases: Sequence[Case]) -> set[str]:
        """A search of theirs ended, and named nobody."""
        named = exists().where(HitRow.aid == SearchRow.aid, HitRow.attempt == SearchRow.attempt)
        wanted = select(SearchRow.aid).where(
            among_texts(SearchRow.aid, [case.aid for case in cases]), SearchRow.outcome == "clear", ~named
        )
        return set(self._session.scalars(wanted))

    def _recorded(self, cases: Sequence[Case], issued: Mapping[str, Issued]) -> set[str]:
        rows = self._session.execute(
            select(IssuanceRow.aid, IssuanceRow.person_id).where(
                among_texts(IssuanceRow.aid, [case.aid for case in cases])
            )
        )
        return {row.aid for row in rows if issued[row.aid].person_id == row.person_id}

    def _linked(self, cases: Sequence[Case], issued: Mapping[str, Issued]) -> set[str]:
        rows = self._session.execute(
            select(IssuanceRow.aid, IssuanceRow.subscriber_id)
            .join(
                PersonAccountRow,
                (PersonAccountRow.subscriber_id == IssuanceRow.subscriber_id)
                & (PersonAccountRow.person_id == IssuanceRow.person_id),
            )
            .where(among_texts(IssuanceRow.aid, [case.aid for case in cases]))
        )
        return {row.aid for row in rows if issued[row.aid].subscriber_id == row.subscriber_id}


def _all(cases: Sequence[Case]) -> set[str]:
    """Nothing was asked to be captured, so nothing is missing: as for every application without an exception."""
    return {case.aid for case in cases}
