"""Whom of the register rows may be: by old numbers, and by names, sex and birth, for some hundred rows in one question.

Only who was there before the import is asked about: rows of one file were compared with each other before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from enrollment.register import Candidate, DemographicPolicy, Demographics, Facts, Register
from enrollment.register.models import PersonRow
from enrollment.register.name_keys import asked_digests
from idp.database import Session
from idp.keys import PurposeKeys

__all__ = ["Meeting"]

_SHARING = text(
    """
    select asked.row, held.person_id
    from unnest(cast(:rows as int[]), cast(:asked as bigint[])) as asked (row, digest)
    cross join lateral (select person_id from name_key where digests @> array[asked.digest] offset 0) as held
    join person on person.id = held.person_id
    where person.created_at < :before
    group by asked.row, held.person_id
    order by asked.row, count(*) desc, held.person_id
    """
)


class Meeting:
    """Looks for people whom rows may be, over one session."""

    def __init__(
        self, session: Session, keys: PurposeKeys, register: Register, policy: DemographicPolicy | None = None
    ) -> None:
        self._session = session
        self._keys = keys
        self._register = register
        self._policy = policy or DemographicPolicy()
        self._scores = Demographics(session, keys, register, self._policy)

    def candidates(self, people: Mapping[int, Facts], before: datetime) -> dict[int, list[Candidate]]:
        """Row -> people over the review score, the likeliest first; rows that meet nobody are left out."""
        if not people or not self._anybody(before):
            return {}
        met = self._met(people, before)
        known = self._register.currents(sorted({person_id for some in met.values() for person_id in some}))
        found: dict[int, list[Candidate]] = {}
        for row, some in met.items():
            scored = [
                Candidate(person_id, self._scores.score(people[row], known[person_id].facts))
                for person_id in some
                if person_id in known
            ]
            over = [one for one in scored if one.score >= self._policy.review]
            if over:
                over.sort(key=lambda one: (-one.score, one.person_id))
                found[row] = over[: self._policy.listed]
        return found

    def holders(self, people: Mapping[int, tuple[Facts, UUID]]) -> dict[int, Candidate]:
        """Row -> the person who has its old number, with how like they are; 0 for one who has no record any more."""
        known = self._register.currents(sorted({person_id for _, person_id in people.values()}))
        return {
            row: Candidate(person_id, self._scores.score(facts, known[person_id].facts) if person_id in known else 0.0)
            for row, (facts, person_id) in people.items()
        }

    def like(self, candidate: Candidate) -> bool:
        """True for one over the review score."""
        return candidate.score >= self._policy.review

    def _anybody(self, before: datetime) -> bool:
        """An empty register is not asked a hundred thousand times."""
        return self._session.scalar(select(PersonRow.id).where(PersonRow.created_at < before).limit(1)) is not None

    def _met(self, people: Mapping[int, Facts], before: datetime) -> dict[int, list[UUID]]:
        rows: list[int] = []
        digests: list[int] = []
        for row, facts in people.items():
            asked = asked_digests(self._keys, facts, self._policy.years)
            rows += [row] * len(asked)
            digests += asked
        met: dict[int, list[UUID]] = {}
        for row, person_id in self._session.execute(_SHARING, {"rows": rows, "asked": digests, "before": before}):
            some = met.setdefault(row, [])
            if len(some) < self._policy.opened:
                some.append(person_id)
        return met
