"""Who of the register fits a search, the likeliest first: what the index finds is opened and compared word by word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from enrollment.centres import Divisions
from enrollment.finding.asking import Wanted
from enrollment.finding.index import Index, places_meant
from enrollment.register import Facts, Register, Status
from enrollment.register.demographics import birth_score
from enrollment.register.lookups import among
from enrollment.register.models import PersonRow
from enrollment.register.names import name_score, words_of
from idp.database import Session
from idp.keys import PurposeKeys

__all__ = ["SHOWN", "FindPolicy", "Ranking"]

SHOWN = frozenset({Status.ACTIVE, Status.SUSPENDED, Status.DECEASED})


@dataclass(frozen=True, slots=True)
class FindPolicy:
    """How many records one search opens and lists, how long its page is good, and how many searches a person may make.

    `alike`: from which score of the names on somebody is listed, 0 to 1; `alike_that_day` where the day is the same.
    """

    opened: int = 200
    listed: int = 10
    open_for: timedelta = timedelta(minutes=30)
    an_hour: int = 60
    a_day: int = 300
    alike: float = 0.6
    alike_that_day: float = 0.35


class Ranking:
    """Ranks people of the register, in the caller's transaction; nothing is audited here."""

    def __init__(
        self, session: Session, keys: PurposeKeys, register: Register, divisions: Divisions, policy: FindPolicy
    ) -> None:
        self._session = session
        self._index = Index(session, keys)
        self._register = register
        self._divisions = divisions
        self._policy = policy

    def likeliest(self, wanted: Wanted) -> tuple[list[UUID], int, bool]:
        """Whom a search finds, best first; how many records were opened for it, and whether these are all who fit."""
        places = places_meant(self._divisions, wanted.place)
        ids = self._index.people(wanted, places, self._policy.opened + 1)
        versions = self._register.currents(ids[: self._policy.opened])
        scored = ((self._score(wanted, held.facts, places), person_id) for person_id, held in versions.items())
        fitting = sorted(
            ((score, person_id) for score, person_id in scored if score), key=lambda one: (-one[0], one[1])
        )
        people = self._going_on([person_id for _, person_id in fitting])
        complete = len(ids) <= self._policy.opened and len(people) <= self._policy.listed
        return people[: self._policy.listed], len(versions), complete

    def _score(self, wanted: Wanted, facts: Facts, places: Mapping[str, str]) -> float:
        """0 for somebody who does not fit. Place and day weigh, and leave nobody out: people remember wrongly."""
        names = name_score(wanted.words, words_of(facts.given_names, facts.family_name))
        if facts.birth.year not in wanted.years:
            return 0.0
        same_day = wanted.birth.day is not None and facts.birth.text == wanted.birth.text
        if names < (self._policy.alike_that_day if same_day else self._policy.alike):
            return 0.0
        there = bool({facts.birthplace, facts.address} & places.keys())
        weight = 1.15 if there else 1.0
        return names * birth_score(wanted.birth, facts.birth) * weight + (0.3 if same_day else 0)

    def _going_on(self, people: Sequence[UUID]) -> list[UUID]:
        """The same, each merged one as the person that goes on, each once; without what is erased."""
        held = select(PersonRow.id, PersonRow.status, PersonRow.merged_into).where(among(PersonRow.id, people))
        known = {row.id: row for row in self._session.execute(held)}
        found: dict[UUID, None] = {}
        for person_id in people:
            going_on = person_id
            status, ahead = Status(known[person_id].status), known[person_id].merged_into
            while status is Status.MERGED and ahead is not None:
                person = self._register.get(ahead)
                assert person is not None, "merged into nobody"  # noqa: S101 - the foreign key forbids it
                going_on, status, ahead = person.id, person.status, person.merged_into
            if status in SHOWN:
                found[going_on] = None
            if len(found) > self._policy.listed:
                break
        return list(found)
