"""The way to a case: whoever is not to decide it gets a no with an audit row, and learns nothing."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select

from enrollment.adjudication.eligibility import barred
from enrollment.adjudication.models import AdjudicationRow, VoteRow
from enrollment.adjudication.policy import AdjudicationPolicy
from enrollment.adjudication.voters import Voters
from enrollment.adjudication.votes import Stage
from enrollment.cases import Case, State
from enrollment.cases.access import Access, Wish
from enrollment.cases.models import ApplicationRow
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from idp.clock import Clock
from idp.database import Session

__all__ = ["Reached", "Reaching"]

_DECIDABLE = frozenset({State.ADJUDICATION})


@dataclass(frozen=True, slots=True)
class Reached:
    """A case that is the actor's to decide, or was: `mine` is their vote. The rows are read only."""

    row: AdjudicationRow
    case: Case
    mine: VoteRow | None

    @property
    def stage(self) -> Stage:
        """At which stage the actor meets it: whoever voted before the lead keeps seeing their own question."""
        if self.mine is not None:
            return Stage.LEAD if self.mine.seat > 2 else Stage.VOTE
        return Stage(self.row.stage)


class Reaching:
    """Finds cases for those who may, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        access: Access,
        voters: Voters,
        clock: Clock,
        policy: AdjudicationPolicy,
    ) -> None:
        self._session = session
        self._access = access
        self._voters = voters
        self._clock = clock
        self._policy = policy

    def find(self, by: Actor, case_id: UUID, *, lock: bool = False) -> Reached | Refusal:
        """The case; `lock` holds its application until the caller commits.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN` (no such case, or its application is elsewhere by now), `ENR_OWN`,
        `ENR_FOUREYES` (their own centre's, or they had a hand in it or voted, by whichever account),
        `ENR_STATE` (decided by others).
        """
        if not by.holds(Role.ADJUDICATOR):
            return self.refuse(by, "", Refusal(Code.ENR_ROLE))
        row = self._row(case_id)
        if row is None:
            return self.refuse(by, "", Refusal(Code.ENR_UNKNOWN))
        mine = self._mine(by, case_id)
        within = frozenset(State) if row.known or mine is not None else _DECIDABLE
        case = self._access.reach(by, row.aid, Wish("adjudicate", (Role.ADJUDICATOR,), within=within, lock=lock))
        if isinstance(case, Refusal):
            return case
        if lock:
            row, mine = self._row(case_id) or row, self._mine(by, case_id)
        refusal = self._shut(by, row, case, mine)
        return Reached(row, case, mine) if refusal is None else self.refuse(by, row.aid, refusal, case)

    def list_for(self, by: Actor) -> list[tuple[AdjudicationRow, ApplicationRow]]:
        """Cases that wait for this actor, those that wait longest first."""
        if not by.holds(Role.ADJUDICATOR):
            return []
        found = self._session.execute(
            self._joined()
            .where(
                AdjudicationRow.outcome.is_(None),
                AdjudicationRow.known
                | ((ApplicationRow.state == State.ADJUDICATION) & (ApplicationRow.version == AdjudicationRow.version)),
                ~barred(self._voters.of(by)),
            )
            .order_by(AdjudicationRow.since, AdjudicationRow.id)
            .limit(self._policy.listed)
        )
        return [(row, application) for row, application in found]

    def refuse(self, by: Actor, aid: str, refusal: Refusal, case: Case | None = None) -> Refusal:
        """Write down that somebody was refused."""
        return self._access.refuse(by, aid, "adjudicate", refusal, case)

    def accounts(self, person_id: UUID | None, case: Case | None) -> list[UUID | None]:
        """Who is told that somebody who was found was looked at: at least one row, of nobody where nobody is known."""
        if person_id is not None:
            return [*self._voters.told(person_id)] or [None]
        return [None if case is None else case.subscriber_id]

    def _shut(self, by: Actor, row: AdjudicationRow, case: Case, mine: VoteRow | None) -> Refusal | None:
        if mine is not None:
            over = row.closed_at is not None and row.closed_at < self._clock.now() - self._policy.shown
            return Refusal(Code.ENR_UNKNOWN) if over else None
        if row.outcome is not None or (not row.known and row.version != case.version):
            return Refusal(Code.ENR_STATE, "decided")
        theirs = self._session.scalar(
            select(AdjudicationRow.id)
            .join(ApplicationRow, ApplicationRow.aid == AdjudicationRow.aid)
            .where(AdjudicationRow.id == row.id, ~barred(self._voters.of(by)))
        )
        return Refusal(Code.ENR_FOUREYES, "hand") if theirs is None else None

    def _row(self, case_id: UUID) -> AdjudicationRow | None:
        return self._session.get(AdjudicationRow, case_id, populate_existing=True)

    def _mine(self, by: Actor, case_id: UUID) -> VoteRow | None:
        wanted = select(VoteRow).where(VoteRow.case_id == case_id, VoteRow.voter_id == by.subscriber_id)
        return self._session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()

    @staticmethod
    def _joined() -> Select[AdjudicationRow, ApplicationRow]:
        joined = select(AdjudicationRow, ApplicationRow).join(ApplicationRow, ApplicationRow.aid == AdjudicationRow.aid)
        return joined.execution_options(populate_existing=True)
