"""Counting comparisons that failed for the right person, by group.

Whether somebody who was not recognised was the right person is not known at a counter. Those are counted who were
recognised in the end: what did not match in the quarter of an hour before was most likely theirs. Who gave up is not
among them, so the rate is a lower bound, and pages say so.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text

from enrollment.register import Facts, Register
from enrollment.statistics.cases import Districts
from enrollment.statistics.measures import Measure, age_band
from enrollment.statistics.tallies import Group, Tallies, Tally
from idp.clock import Clock
from idp.database import Session

__all__ = ["AT_ONCE", "Comparisons"]

AT_ONCE = 500
EPISODE = timedelta(minutes=15)
# Episodes that are over, with as long again for what is committed late.
_OVER = 2 * EPISODE
_NAME = "comparisons"
_LATER = text(
    """
    select v.person_id, v.modality, v.result, v.at from verify_log v
    where v.at > :since and v.at <= :until and v.result in ('match', 'no_match') order by v.at, v.id limit :most
    """
)
_RIGHT = text(
    """
    select v.person_id, v.modality, v.result, v.at, c.centre_id
    from verify_log v left join counter_check c on c.id = v.check_id
    where v.at > :since and v.at <= :until and v.result in ('match', 'no_match')
      and exists (select 1 from verify_log m
                  where m.person_id = v.person_id and m.modality = v.modality and m.result = 'match'
                    and m.at >= v.at and m.at <= v.at + cast(:episode as interval))
    """
)


class Comparisons:
    """Counts, in the caller's transaction."""

    def __init__(self, session: Session, register: Register, districts: Districts, clock: Clock) -> None:
        self._session = session
        self._register = register
        self._districts = districts
        self._clock = clock
        self._tallies = Tallies(session)

    def count(self, most: int = AT_ONCE) -> int:
        """Count comparisons of episodes that are over, about `most` at a time; how many were read."""
        mark = self._tallies.held(_NAME)
        if mark is None:
            return 0
        until = self._clock.now() - _OVER
        read = self._session.execute(_LATER, {"since": mark, "until": until, "most": most}).all()
        if not read:
            return 0
        # Those of one moment are counted together.
        until = read[-1].at if len(read) == most else until
        rows = self._session.execute(_RIGHT, {"since": mark, "until": until, "episode": EPISODE}).all()
        people = self._groups({row.person_id for row in rows})
        tallies = []
        for row in rows:
            group = people.get(row.person_id, Group())
            about = row.at.date(), row.centre_id
            tallies.append(Tally(*about, Measure.GENUINE, group, row.modality))
            if row.result == "no_match":
                tallies.append(Tally(*about, Measure.MISSED, group, row.modality))
        self._tallies.add(tallies)
        self._tallies.come_to(_NAME, until)
        return len(read)

    def _groups(self, people: set[UUID]) -> dict[UUID, Group]:
        """By person; somebody whose record cannot be read is of no group."""
        day = self._clock.now().date()
        held = self._register.currents(list(people))
        return {person_id: self._group(version.facts, day) for person_id, version in held.items()}

    def _group(self, facts: Facts, day: date) -> Group:
        return Group(facts.sex.value, age_band(facts.birth.year, day), self._districts.district(facts.address or ""))
