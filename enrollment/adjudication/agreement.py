"""How each adjudicator decides, for the auditor: on cases whose answer is known, and beside others on the rest.

Nobody sees these figures at the desk: who knew which cases are known would look longer at those.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from enrollment.adjudication.models import AdjudicationRow, VoteRow
from enrollment.adjudication.votes import Choice, read
from enrollment.cases.access import Access
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from idp.database import Session

__all__ = ["Agreement", "Figures"]

_LEAD_SEAT = 3


@dataclass(slots=True)
class Figures:
    """What one person did. `cases` counts their votes, `unsure` those that passed a case on, `led` those as the lead.

    Of cases that went on to be decided, `beside` counts those on which another voted as well, `alike` those on which
    both gave the same answers. Of comparisons whose answer is known (`known`), `right` counts the same answer, `missed`
    one person taken for two, `confused` two taken for one; the rest said that they could not tell.
    """

    adjudicator_id: UUID
    cases: int = 0
    unsure: int = 0
    led: int = 0
    beside: int = 0
    alike: int = 0
    known: int = 0
    right: int = 0
    missed: int = 0
    confused: int = 0


class Agreement:
    """Reads figures. Wrong roles are refused with an audit row."""

    def __init__(self, session: Session, access: Access) -> None:
        self._session = session
        self._access = access

    def figures(self, by: Actor, since: datetime) -> list[Figures] | Refusal:
        """Of everybody who voted since then, those with most votes first. Refused: `ENR_ROLE`."""
        return self._figures(by, [VoteRow.cast_at >= since])

    def between(self, by: Actor, first: date, after: date) -> list[Figures] | Refusal:
        """The same of the days from `first` until before `after`, in UTC."""
        begin, end = (datetime.combine(day, time(), UTC) for day in (first, after))
        return self._figures(by, [VoteRow.cast_at >= begin, VoteRow.cast_at < end])

    def _figures(self, by: Actor, when: Sequence[ColumnElement[bool]]) -> list[Figures] | Refusal:
        if not by.holds(Role.AUDITOR):
            return self._access.refuse(by, "", "agreement", Refusal(Code.ENR_ROLE))
        other = aliased(VoteRow)
        rows = self._session.execute(
            select(VoteRow.voter_id, VoteRow.seat, VoteRow.votes, AdjudicationRow.truth, other.votes.label("beside"))
            .join(AdjudicationRow, AdjudicationRow.id == VoteRow.case_id)
            .outerjoin(other, (other.case_id == VoteRow.case_id) & (other.seat + VoteRow.seat == _LEAD_SEAT))
            .where(*when)
        )
        return sorted(_counted(rows), key=lambda one: (-one.cases, str(one.adjudicator_id)))


def _counted(rows: Iterable[Any]) -> Iterable[Figures]:
    people: dict[UUID, Figures] = {}
    for row in rows:
        one = people.setdefault(row.voter_id, Figures(row.voter_id))
        one.cases += 1
        votes = read(row.votes)
        one.unsure += any(vote.choice is Choice.UNSURE for vote in votes.values())
        one.led += row.seat == _LEAD_SEAT
        if row.beside is not None:
            one.beside += 1
            one.alike += row.beside == row.votes
        for rank, truth in read(row.truth or {}).items():
            said = votes[rank].choice
            one.known += 1
            one.right += said is truth.choice
            one.missed += (truth.choice, said) == (Choice.SAME, Choice.DIFFERENT)
            one.confused += (truth.choice, said) == (Choice.DIFFERENT, Choice.SAME)
    return people.values()
