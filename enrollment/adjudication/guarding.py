"""The two conditions of the life cycle that this room answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from uuid import UUID

from sqlalchemy import exists, select

from enrollment.adjudication.eligibility import concerned
from enrollment.adjudication.models import AdjudicationRow, VoteRow
from enrollment.adjudication.parties import Parties
from enrollment.adjudication.policy import AdjudicationPolicy
from enrollment.adjudication.voters import Voter, Voters
from enrollment.cases import Attempt, Case, Check, Event, Guard
from enrollment.cases.access import Eyes
from enrollment.cases.models import ApplicationRow
from enrollment.cases.orders import actor_id_of
from enrollment.centres.actors import Actor
from enrollment.errors import Code, Refusal
from enrollment.register import Accounts
from idp.clock import Clock
from idp.database import Session

__all__ = ["Answers"]


class Answers:
    """Answers them, in the caller's transaction. `people` tells who adjudicates now.

    `eyes` None: accounts are compared, not people; `voters` is what the room compares them by.
    """

    def __init__(
        self,
        session: Session,
        clock: Clock,
        people: Callable[[], Sequence[Actor]],
        policy: AdjudicationPolicy | None = None,
        eyes: Eyes | None = None,
    ) -> None:
        self._session = session
        self._parties = Parties(session, clock)
        self.voters = Voters(Accounts(session, clock), eyes)
        self._people = people
        self._policy = policy or AdjudicationPolicy()

    def checks(self) -> dict[Guard, Check]:
        """What `Joints` takes."""
        return {Guard.ADJUDICATED: self.adjudicated, Guard.NEW_PEOPLE: self.new_people}

    def adjudicated(self, case: Case, attempt: Attempt) -> Refusal | None:
        """`ADJUDICATED`: the votes of this very round led to this very step, and its last voter asks for it."""
        closed = select(AdjudicationRow.rank).where(
            AdjudicationRow.aid == case.aid,
            AdjudicationRow.version == case.version,
            ~AdjudicationRow.known,
            AdjudicationRow.outcome == attempt.event.value,
            AdjudicationRow.closed_by == actor_id_of(attempt.order.by),
        )
        found = self._session.execute(closed).one_or_none()
        # Whose record the step says it is must be whom the votes named.
        wanted = attempt.changes.get("person_id")
        if found is None or wanted != self._named(case, attempt, found.rank):
            return Refusal(Code.ENR_GUARD, Guard.ADJUDICATED.value)
        return None

    def new_people(self, case: Case, _: Attempt) -> Refusal | None:
        """`NEW_PEOPLE`: there are enough who had no hand in it before."""
        return None if self.enough(case) else Refusal(Code.ENR_GUARD, Guard.NEW_PEOPLE.value)

    def enough(self, case: Case) -> bool:
        """Whether today there are enough people for an appeal in this application."""
        fresh = (voter for voter in self.voters.people(self._people()) if self._is_new(case, voter))
        return len(tuple(islice(fresh, self._policy.people))) == self._policy.people

    def _named(self, case: Case, attempt: Attempt, rank: int | None) -> UUID | None:
        if attempt.event is not Event.ACCEPT or rank is None:
            return None
        return self._parties.of(case).person_at(rank)

    def _is_new(self, case: Case, voter: Voter) -> bool:
        voted = exists().where(VoteRow.aid == case.aid, VoteRow.voter_id.in_(voter.accounts))
        wanted = select(ApplicationRow.aid).where(ApplicationRow.aid == case.aid, ~voted, ~concerned(voter))
        return self._session.scalar(wanted) is not None
