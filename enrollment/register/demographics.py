"""Whom else an applicant may be, going by name, sex and birth: candidates for two people to look at, never a no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from enrollment.register.facts import Birth, Facts, Precision
from enrollment.register.name_keys import asked_digests
from enrollment.register.names import name_score, words_of
from enrollment.register.persons import Register
from enrollment.register.survivors import survivors
from idp.database import Session
from idp.keys import PurposeKeys

__all__ = ["Candidate", "Candidates", "DemographicPolicy", "Demographics", "birth_score"]


# One look into the index for each digest: asked for all at once, the planner takes so many for half of the table, and
# reads all of it.
_SHARING = text(
    """
    select held.person_id
    from unnest(cast(:asked as bigint[])) as asked (digest)
    cross join lateral (select person_id from name_key where digests @> array[asked.digest] offset 0) as held
    where held.person_id <> :but
    group by held.person_id
    order by count(*) desc, held.person_id
    limit :most
    """
)
# Just under the review score, so that one setting decides whether these are looked at.
_NEARLY = 0.84


@dataclass(frozen=True, slots=True)
class DemographicPolicy:
    """`review` is `D_review`: from this score on (0 to 1) two people look. `years` is how far births may lie apart.

    At most `opened` records are opened for one applicant, the likeliest first, and `listed` are named.
    """

    review: float = 0.85
    years: int = 1
    declared_years: int = 3
    opened: int = 1000
    listed: int = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be the applicant. The score, 0 to 1, is never shown to anybody before the first vote."""

    person_id: UUID
    score: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """The likeliest first. `complete` is false when more were found than are looked at: a human must know."""

    found: tuple[Candidate, ...]
    complete: bool


class Demographics:
    """Looks for people of the register who may be the applicant."""

    def __init__(self, session: Session, keys: PurposeKeys, register: Register, policy: DemographicPolicy) -> None:
        self._session = session
        self._keys = keys
        self._register = register
        self._policy = policy

    def candidates(self, facts: Facts, *, but: UUID | None = None) -> Candidates:
        """People over the review score, without the person `but`; the dead are among them, the erased are not.

        Whoever is found under a record that was merged is named by the one that goes on.
        """
        hits = self._hits(facts, but)
        versions = self._register.currents(hits[: self._policy.opened])
        scored = [Candidate(person_id, self.score(facts, held.facts)) for person_id, held in versions.items()]
        over = self._going_on([one for one in scored if one.score >= self._policy.review], but)
        over.sort(key=lambda candidate: (-candidate.score, candidate.person_id))
        complete = len(hits) <= self._policy.opened and len(over) <= self._policy.listed
        return Candidates(tuple(over[: self._policy.listed]), complete)

    def score(self, left: Facts, right: Facts) -> float:
        """How surely two records are of one person, 0 to 1: symmetric."""
        names = name_score(words_of(left.given_names, left.family_name), words_of(right.given_names, right.family_name))
        return names * birth_score(left.birth, right.birth)

    def _going_on(self, found: Sequence[Candidate], but: UUID | None) -> list[Candidate]:
        """Each person once: of records that were made one, the one that goes on, with the best score of them."""
        ends = survivors(self._session, [one.person_id for one in found])
        best: dict[UUID, float] = {}
        for one in found:
            end = ends[one.person_id]
            best[end] = max(one.score, best.get(end, 0.0))
        return [Candidate(person_id, score) for person_id, score in best.items() if person_id != but]

    def _hits(self, facts: Facts, but: UUID | None) -> Sequence[UUID]:
        """Who shares a digest, who shares most first; one more than are opened, so that a cut is seen."""
        declared = facts.birth.precision is Precision.DECLARED
        asked = asked_digests(self._keys, facts, self._policy.declared_years if declared else self._policy.years)
        if not asked:
            return []
        values = {"asked": asked, "but": but or UUID(int=0), "most": self._policy.opened + 1}
        return self._session.scalars(_SHARING, values).all()


def birth_score(left: Birth, right: Birth) -> float:
    """How well two births agree, 0.4 to 1.

    Day and month exchanged is nearly as good as the same day. Where a digit differs, only the year is known, or the
    first of January stands for an unknown day, the year says what it can: too little to bother two people with, as many
    bear one name.
    """
    near = {0: 1.0, 1: 0.9}.get(abs(left.year - right.year), 0.8)
    if left.day is None or right.day is None:
        months = {left.month, right.month} - {None}
        return (_NEARLY if len(months) < 2 else 0.6) * near
    one, other = (left.month, left.day), (right.month, right.day)
    if one == other:
        return near
    if one == other[::-1]:
        return 0.95 * near
    if (1, 1) in {one, other}:
        return _NEARLY * near
    wrong = sum(sign != mark for sign, mark in zip(left.text[4:], right.text[4:], strict=True))
    return (_NEARLY if wrong == 1 else 0.5) * near
