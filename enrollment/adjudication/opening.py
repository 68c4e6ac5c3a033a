"""Cases come into the work list: each application that waits for people once a round, and at times a known one.

A known case is one that two people decided alike and nobody appealed against; shown again, it measures who looks at it.
It has the same material and goes the same way as every other, but moves no application.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, cast, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from enrollment.adjudication.guarding import Answers
from enrollment.adjudication.models import AdjudicationRow, VoteRow
from enrollment.adjudication.policy import AdjudicationPolicy
from enrollment.adjudication.votes import Stage
from enrollment.cases import Case, Cases, Event, Order, Reason, State, Task
from enrollment.cases.case import case_of
from enrollment.cases.models import ApplicationRow, EventRow
from enrollment.deduplication.models import HitRow
from enrollment.errors import Refusal
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["Opening"]

_AT_A_TIME = 100
_STEPS = 2**32
_APART = timedelta(minutes=10)
_TASK = Task("appeal")
_SETTLED = (State.ACCEPTED, State.ISSUED, State.BOUND, State.CLAIMED, State.REJECTED_DUPLICATE)


class Opening:
    """Opens cases, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        cases: Cases,
        answers: Answers,
        clock: Clock,
        entropy: Entropy,
        policy: AdjudicationPolicy,
    ) -> None:
        self._session = session
        self._cases = cases
        self._answers = answers
        self._clock = clock
        self._entropy = entropy
        self._policy = policy

    def open_new(self) -> int:
        """Open a case for every application that waits without one. How many; safe to ask by many at once."""
        count = 0
        for row in self._waiting():
            appeal = exists().where(EventRow.aid == row.aid, EventRow.event == Event.REOPEN)
            values = {
                "id": self._entropy.opaque_uuid(),
                "aid": row.aid,
                "version": row.version,
                "known": False,
                "appeal": self._session.scalar(select(appeal)),
                "stage": Stage.VOTE.value,
                "since": row.changed_at,
                "opened_at": self._clock.now(),
            }
            made = insert(AdjudicationRow).values(values).on_conflict_do_nothing().returning(AdjudicationRow.id)
            if self._session.scalar(made) is None:
                continue
            count += 1
            if self._drawn():
                self._show_again(row.changed_at)
        return count

    def reopen_appeals(self) -> int:
        """Let appeals go on for which there are people who had no hand in them. How many.

        The others wait, and nothing is written down of that: they are asked about at every round.
        """
        waiting = self._appeals()
        moved = (self._cases.lifecycle.reopen(Order(_TASK, case.aid)) for case in waiting if self._answers.enough(case))
        return sum(not isinstance(one, Refusal) for one in moved)

    def stuck_appeals(self) -> int:
        """How many wait because nobody is left who had no hand in them: somebody must be given the role."""
        return sum(not self._answers.enough(case) for case in self._appeals())

    def _appeals(self) -> list[Case]:
        rows = self._session.scalars(
            select(ApplicationRow)
            .where(ApplicationRow.state == State.APPEAL.value)
            .order_by(ApplicationRow.changed_at)
            .limit(_AT_A_TIME)
            .execution_options(populate_existing=True)
        )
        return [case_of(row) for row in rows]

    def _waiting(self) -> Sequence[Any]:
        opened = exists().where(
            AdjudicationRow.aid == ApplicationRow.aid,
            AdjudicationRow.version == ApplicationRow.version,
            ~AdjudicationRow.known,
        )
        return self._session.execute(
            select(ApplicationRow.aid, ApplicationRow.version, ApplicationRow.changed_at)
            .where(ApplicationRow.state == State.ADJUDICATION.value, ~opened)
            .order_by(ApplicationRow.changed_at)
            .limit(_AT_A_TIME)
        ).all()

    def _drawn(self) -> bool:
        """As often as makes that share of all cases known ones."""
        share = self._policy.known / (1 - self._policy.known) if self._policy.known < 1 else 1.0
        return int.from_bytes(self._entropy.bytes(4), "big") < share * _STEPS

    def _show_again(self, beside: datetime) -> None:
        """A known case, as if it had come about when that other one did; nothing where none is to be had."""
        found = self._session.execute(self._settled(self._entropy.bytes(8).hex())).one_or_none()
        if found is None:
            return
        aid, version, truth = found
        earlier = int.from_bytes(self._entropy.bytes(4), "big") / _STEPS * _APART
        values = {
            "id": self._entropy.opaque_uuid(),
            "aid": aid,
            "version": version,
            "known": True,
            "appeal": False,
            "stage": Stage.VOTE.value,
            "since": beside - earlier,
            "opened_at": self._clock.now(),
            "truth": truth,
        }
        self._session.execute(insert(AdjudicationRow).values(values))

    def _settled(self, salt: str) -> Any:
        """One case whose answer two people gave alike, at once and without a lead, and nothing came after it."""
        now = self._clock.now()
        other, shown = aliased(AdjudicationRow), aliased(AdjudicationRow)
        later = exists().where(other.aid == AdjudicationRow.aid, ~other.known, other.version > AdjudicationRow.version)
        uses = select(cast(func.count(), Integer)).where(shown.aid == AdjudicationRow.aid, shown.known)
        open_now = exists().where(shown.aid == AdjudicationRow.aid, shown.known, shown.outcome.is_(None))
        return (
            select(AdjudicationRow.aid, AdjudicationRow.version, VoteRow.votes)
            .join(VoteRow, (VoteRow.case_id == AdjudicationRow.id) & (VoteRow.seat == 1))
            .join(ApplicationRow, ApplicationRow.aid == AdjudicationRow.aid)
            .where(
                ~AdjudicationRow.known,
                ~AdjudicationRow.appeal,
                AdjudicationRow.stage == Stage.VOTE.value,
                AdjudicationRow.outcome.in_([Event.ACCEPT.value, Event.FIND_DUPLICATE.value]),
                func.coalesce(AdjudicationRow.reason, Reason.HONEST_RETRY.value) == Reason.HONEST_RETRY.value,
                AdjudicationRow.closed_at.between(now - self._policy.remembered, now - self._policy.settled),
                ApplicationRow.state.in_([state.value for state in _SETTLED]),
                exists().where(HitRow.aid == AdjudicationRow.aid),
                ~later,
                ~open_now,
                uses.scalar_subquery() < self._policy.uses,
            )
            .order_by(func.md5(func.concat(AdjudicationRow.id, salt)))
            .limit(1)
        )
