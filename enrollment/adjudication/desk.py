"""What pages of adjudicators call: the work list, the sheet, and the vote that may close a case.

The closing vote moves the application in its own transaction: the edge commits vote, decision and step, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from enrollment.adjudication.deciding import Outcome, agreed, outcome_of, state_of
from enrollment.adjudication.looking import Looking, outcome_word
from enrollment.adjudication.models import AdjudicationRow, VoteRow
from enrollment.adjudication.opening import Opening
from enrollment.adjudication.parties import Parties, Seen
from enrollment.adjudication.policy import AdjudicationPolicy
from enrollment.adjudication.reaching import Reached, Reaching
from enrollment.adjudication.votes import Sheet, Stage, Vote, Waiting, faults, read, stored, told
from enrollment.cases import Cases, Kind, Moved, Order, Reason
from enrollment.cases import Event as Move
from enrollment.cases.orders import is_key
from enrollment.centres.actors import Actor
from enrollment.errors import Code, Refusal
from enrollment.register import Register
from idp.audit import AuditEvent, Event, Trail
from idp.audit.events import BodyValue
from idp.clock import Clock
from idp.database import Session

__all__ = ["Ballot", "Desk", "Voted"]

_LEAD_SEAT = 3


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote as it comes in: an answer for every rank of the sheet, and when the voter last proved to be themself.

    `key` is the idempotency key of the step that may come of it, a UUID version 7 as text.
    """

    by: Actor
    case_id: UUID
    votes: Mapping[int, Vote]
    key: str
    factor_at: datetime | None


@dataclass(frozen=True, slots=True)
class Voted:
    """What came of it. `outcome` is the state that the application reached, None while others must vote.

    `stage` says then whether the next one leads. `again`: this vote was counted before.
    """

    case_id: UUID
    stage: Stage
    outcome: str | None
    again: bool = False


class Desk(Looking):
    """Shows cases and counts votes, in the caller's transaction. Commit after a refusal too: it is audited.

    Refusals: as `Reaching.find`. Made by `joining.adjudication`.
    """

    def __init__(
        self,
        session: Session,
        reaching: Reaching,
        opening: Opening,
        cases: Cases,
        register: Register,
        clock: Clock,
        trail: Trail,
        policy: AdjudicationPolicy,
    ) -> None:
        super().__init__(reaching, Parties(session, clock), cases.sections, register, trail)
        self._session = session
        self._opening = opening
        self._lifecycle = cases.lifecycle
        self._clock = clock
        self._policy = policy

    def queue(self, by: Actor) -> list[Waiting]:
        """What waits for this actor: nothing that they voted on, nothing that is not theirs to decide."""
        self._opening.open_new()
        return [
            Waiting(row.id, Kind(application.kind), Stage(row.stage), row.appeal, row.since)
            for row, application in self._reaching.list_for(by)
        ]

    def open(self, by: Actor, case_id: UUID) -> Sheet | Refusal:
        """The case as it lies before this actor; the audit rows say so to everybody who is compared."""
        reached = self._reaching.find(by, case_id)
        if isinstance(reached, Refusal):
            return reached
        seen = self._parties.of(reached.case)
        self._audit_reading(by, reached, seen)
        return _sheet(reached, seen)

    def vote(self, ballot: Ballot) -> Voted | Refusal:
        """Count a vote, once for each person. The last one needed decides, and moves the application.

        Refused, too: `ENR_SCHEMA` (`idempotency_key`; `votes`: a rank without an answer, or one that cannot be),
        `ENR_GUARD` (`fresh_factor`), `ENR_STATE` (`voted`: otherwise, before), and as the step that it leads to.
        """
        reached = self._reaching.find(ballot.by, ballot.case_id, lock=True)
        if isinstance(reached, Refusal):
            return reached
        if reached.mine is not None:
            return self._again(reached, ballot)
        seen = self._parties.of(reached.case)
        refusal = self._unfit(ballot, reached, seen)
        if refusal is not None:
            return self._reaching.refuse(ballot.by, reached.case.aid, refusal, reached.case)
        with self._session.begin_nested() as attempt:
            outcome = self._cast(ballot, reached, seen)
            if not isinstance(outcome, Refusal):
                return outcome
            attempt.rollback()
        return self._reaching.refuse(ballot.by, reached.case.aid, outcome, reached.case)

    def _again(self, reached: Reached, ballot: Ballot) -> Voted | Refusal:
        assert reached.mine is not None  # noqa: S101 - for the type checker: asked before
        if read(reached.mine.votes) != dict(ballot.votes):
            refusal = Refusal(Code.ENR_STATE, "voted")
            return self._reaching.refuse(ballot.by, reached.case.aid, refusal, reached.case)
        return Voted(reached.row.id, Stage(reached.row.stage), outcome_word(reached), again=True)

    def _unfit(self, ballot: Ballot, reached: Reached, seen: Seen) -> Refusal | None:
        if not is_key(ballot.key):
            return Refusal(Code.ENR_SCHEMA, "idempotency_key")
        if faults(reached.case.kind, reached.stage, seen.questions(), ballot.votes):
            return Refusal(Code.ENR_SCHEMA, "votes")
        proven, now = ballot.factor_at, self._clock.now()
        fresh = proven is not None and now - self._policy.factor_fresh <= proven <= now
        return None if fresh else Refusal(Code.ENR_GUARD, "fresh_factor")

    def _cast(self, ballot: Ballot, reached: Reached, seen: Seen) -> Voted | Refusal:
        """Write the vote down and see what it leads to. The application is held, so nobody else votes meanwhile."""
        case_id, matter = reached.row.id, seen.matter(reached.case)
        before = self._votes(case_id)
        seat = _LEAD_SEAT if reached.stage is Stage.LEAD else len(before) + 1
        self._write(ballot, reached, seat)
        outcome: Outcome | None
        if seat == _LEAD_SEAT:
            outcome = outcome_of(matter, ballot.votes)
        elif seat == 1:
            return Voted(case_id, Stage.VOTE, None)
        else:
            outcome = agreed(matter, [*before, ballot.votes])
        if outcome is None:
            self._change(case_id, stage=Stage.LEAD.value)
            return Voted(case_id, Stage.LEAD, None)
        return self._close(ballot, reached, seen, outcome)

    def _close(self, ballot: Ballot, reached: Reached, seen: Seen, outcome: Outcome) -> Voted | Refusal:
        row, case = reached.row, reached.case
        self._change(
            row.id,
            outcome=outcome.event.value,
            reason=None if outcome.reason is None else outcome.reason.value,
            rank=outcome.rank,
            closed_by=ballot.by.subscriber_id,
            closed_at=self._clock.now(),
        )
        if not row.known:
            order = Order(ballot.by, case.aid, case.version, ballot.key, ballot.factor_at)
            moved = self._moved(order, outcome, seen)
            if isinstance(moved, Refusal):
                return moved
        return Voted(row.id, reached.stage, state_of(case.kind, outcome.event).value)

    def _moved(self, order: Order, outcome: Outcome, seen: Seen) -> Moved | Refusal:
        life, reason = self._lifecycle, outcome.reason or Reason.OTHER
        match outcome.event:
            case Move.ACCEPT:
                return life.accept(order, seen.person_at(outcome.rank))
            case Move.FIND_DUPLICATE:
                return life.find_duplicate(order, reason)
            case Move.FIND_FRAUD:
                return life.find_fraud(order)
            case Move.RECAPTURE:
                return life.recapture(order, reason)
            case Move.GRANT:
                return life.grant(order)
            case _:
                return life.uphold(order)

    def _write(self, ballot: Ballot, reached: Reached, seat: int) -> None:
        values = {
            "case_id": reached.row.id,
            "seat": seat,
            "aid": reached.row.aid,
            "voter_id": ballot.by.subscriber_id,
            "votes": stored(ballot.votes),
            "cast_at": self._clock.now(),
        }
        self._session.execute(insert(VoteRow).values(values))
        body: dict[str, BodyValue] = {
            "aid": reached.row.aid,
            "case": str(reached.row.id),
            "seat": seat,
            "votes": told(ballot.votes),
        }
        self._trail.append(AuditEvent(Event.ADJUDICATION_VOTED, actor=ballot.by.reference, body=body))

    def _votes(self, case_id: UUID) -> list[dict[int, Vote]]:
        wanted = select(VoteRow.votes).where(VoteRow.case_id == case_id).order_by(VoteRow.seat)
        return [read(content) for content in self._session.scalars(wanted)]

    def _change(self, case_id: UUID, **values: object) -> None:
        changed = update(AdjudicationRow).where(AdjudicationRow.id == case_id).values(**values)
        self._session.execute(changed.execution_options(synchronize_session=False))

    def _audit_reading(self, by: Actor, reached: Reached, seen: Seen) -> None:
        case = reached.case
        body = {"aid": case.aid, "purpose": "adjudication"}
        rows = [AuditEvent(Event.ENROLMENT_READ, case.subscriber_id, actor=by.reference, body=body)]
        for party in seen.parties:
            about: dict[str, BodyValue] = {"case": str(reached.row.id), "rank": party.rank}
            rows += [
                AuditEvent(Event.ADJUDICATION_COMPARED, subscriber_id, actor=by.reference, body=about)
                for subscriber_id in self._reaching.accounts(party.person_id, party.case)
            ]
        self._trail.append_all(rows)


def _sheet(reached: Reached, seen: Seen) -> Sheet:
    return Sheet(
        reached.row.id,
        reached.case.kind,
        reached.stage,
        reached.row.appeal,
        seen.whole,
        seen.applicant,
        seen.candidates,
        voted=reached.mine is not None,
    )
