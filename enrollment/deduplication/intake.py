"""From approval to the search: the packet is received and checked, and the search is asked for in that transaction.

A round looks after what was forgotten: a job that was lost, a technical fault that may be over.
"""

from __future__ import annotations

from sqlalchemy import select

from enrollment.cases import Cases, Kind, Order, State, Task
from enrollment.cases.errands import INTAKE, ISSUE, RECORD
from enrollment.cases.models import ApplicationRow
from enrollment.deduplication.policy import DedupPolicy
from enrollment.deduplication.search import DEDUPLICATE
from enrollment.errors import Refusal
from idp.clock import Clock
from idp.database import Session
from idp.jobs import Jobs

__all__ = ["INTAKE", "Intake"]

_AT_A_TIME = 100
_TASK = Task("intake")
# What is done next in each state.
_NEXT = {
    State.APPROVED: INTAKE,
    State.RECEIVED: INTAKE,
    State.VALIDATED: DEDUPLICATE,
    State.DEDUP: DEDUPLICATE,
    State.ACCEPTED: ISSUE,
}


class Intake:
    """Takes applications into the register's own hands, in the caller's transaction."""

    def __init__(self, session: Session, cases: Cases, clock: Clock, policy: DedupPolicy | None = None) -> None:
        self._session = session
        self._cases = cases
        self._clock = clock
        self._policy = policy or DedupPolicy()
        self._jobs = Jobs(session)

    def ask(self, aid: str) -> None:
        """Have an approved application taken in by a worker once the transaction has committed.

        Approving it asks by itself (`cases.errands`): this is for asking again.
        """
        self._jobs.defer(INTAKE, in_line=aid, aid=aid)

    def take(self, aid: str) -> Refusal | None:
        """Receive it, validate it, and ask for its search. Does nothing where that was done before.

        What was practised at a centre for training ends here.

        Refused: `ENR_CHECKSUM`, what is there is not what was signed.
        """
        case = self._cases.files.find(_TASK, aid)
        if isinstance(case, Refusal):
            return case
        state = case.state
        if state is State.APPROVED and self._cases.access.practises(case.centre_id):
            done = self._cases.lifecycle.practise(Order(_TASK, aid))
            return done if isinstance(done, Refusal) else None
        if state is State.APPROVED:
            moved = self._cases.lifecycle.receive(Order(_TASK, aid))
            if isinstance(moved, Refusal):
                return moved
            state = State.RECEIVED
        if state is State.RECEIVED:
            moved = self._cases.lifecycle.validate(Order(_TASK, aid))
            if isinstance(moved, Refusal):
                return moved
            self._jobs.defer(DEDUPLICATE, in_line=aid, aid=aid)
        return None

    def release_due(self) -> int:
        """Let applications go on that were held for a technical fault, when their time has come. How many."""
        count = 0
        for case in self._cases.files.due([State.HELD], _AT_A_TIME):
            if case.held_from not in _NEXT:
                continue
            if not isinstance(self._cases.lifecycle.release(Order(_TASK, case.aid)), Refusal):
                self._jobs.defer(_next(case.held_from, case.kind), in_line=case.aid, aid=case.aid)
                count += 1
        return count

    def remind(self) -> int:
        """Ask again for what nobody did for too long: a job may be lost with a queue. How many."""
        rows = self._session.execute(
            select(ApplicationRow.aid, ApplicationRow.state, ApplicationRow.kind)
            .where(
                ApplicationRow.state.in_([state.value for state in _NEXT]),
                ApplicationRow.changed_at < self._clock.now() - self._policy.patience,
            )
            .order_by(ApplicationRow.changed_at)
            .limit(_AT_A_TIME)
        ).all()
        for row in rows:
            self._jobs.defer(_next(State(row.state), Kind(row.kind)), in_line=row.aid, aid=row.aid)
        return len(rows)


def _next(state: State, kind: Kind) -> str:
    """A death is recorded by its own job: nothing is issued for it."""
    return RECORD if _NEXT[state] == ISSUE and kind is Kind.DEATH else _NEXT[state]
