"""Giving a record back: one registrar asks, another one says yes. An appeal is decided by whoever did not suspend."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, select, update

from enrollment.centres import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.register import Status
from enrollment.standing.appeals import Decision
from enrollment.standing.models import AppealRow, SuspensionRow
from enrollment.standing.suspending import Rooms
from enrollment.standing.suspensions import Return, Suspension, Suspensions, said_no
from idp.audit import AuditEvent, Event, Trail
from idp.audit.events import BodyValue
from idp.clock import Clock
from idp.database import Session

__all__ = ["Returns"]


class Returns:
    """Asks for returns and decides them, in the caller's transaction; commit after a refusal too."""

    def __init__(self, session: Session, rooms: Rooms, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._register = rooms.register
        self._statuses = rooms.statuses
        self._accounts = rooms.accounts
        self._kin = rooms.kin
        self._colleagues = rooms.colleagues
        self._told = rooms.told
        self._clock = clock
        self._trail = trail
        self._suspensions = Suspensions(session, trail)

    def ask(self, by: Actor, suspension_id: UUID, why: str) -> Suspension | Refusal:
        """Ask that the record be given back; whoever suspended it may, too. It waits for a second registrar.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_SCHEMA` about `why`, `ENR_STATE` (over, asked already,
        or about `status`: whoever died or was erased meanwhile is given back to nobody).
        """
        found = self._mine(by, suspension_id, "ask_return")
        if isinstance(found, Refusal):
            return found
        if why not in set(Return) - {Return.APPEAL_GRANTED}:
            return said_no(self._trail, by, "ask_return", Refusal(Code.ENR_SCHEMA, "why"))
        if not self._stands(found):
            return said_no(self._trail, by, "ask_return", Refusal(Code.ENR_STATE, "status"))
        return self._asked(by, found, Return(why))

    def take_back(self, by: Actor, suspension_id: UUID) -> Suspension | Refusal:
        """Ask no more; by whoever asked. What was said of an appeal is not taken back: a second registrar answers it.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_STATE` about `return`, or `appeal` (one was granted).
        """
        return self._set_aside(by, suspension_id, "take_back_return", own=True)

    def decline(self, by: Actor, suspension_id: UUID) -> Suspension | Refusal:
        """No; by anybody but whoever asked. An appeal that was granted is kept then, and the person can make another.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_FOUREYES` (asked for it; or suspended it, where an appeal
        was granted), `ENR_STATE`.
        """
        return self._set_aside(by, suspension_id, "decline_return", own=False)

    def approve(self, by: Actor, suspension_id: UUID) -> Suspension | Refusal:
        """The second pair of eyes: from this commit on the record is in use, and so are the accounts that were shut.

        An appeal that still waits is settled with it. Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_FOUREYES`
        (asked for it; or suspended it, where an appeal was granted), `ENR_STATE` about `return` (nothing was asked, or
        it is over: of any number at once one gets through) or `asker` (whoever asked is no registrar any more).
        """
        found = self._mine(by, suspension_id, "approve_return")
        if isinstance(found, Refusal):
            return found
        if found.return_why is None or found.return_by is None or found.ended_at is not None:
            return said_no(self._trail, by, "approve_return", Refusal(Code.ENR_STATE, "return"))
        refusal = self._suspended_it(by, found) or self._colleagues.refusal(found.return_by, by, Role.REGISTRAR)
        if refusal is not None:
            return said_no(self._trail, by, "approve_return", refusal)
        why, only = found.return_why.value, Status.SUSPENDED
        moved = self._statuses.move(found.person_id, Status.ACTIVE, why, actor=by.reference, only_from=only)
        if isinstance(moved, Refusal):
            return said_no(self._trail, by, "approve_return", moved)
        values = {"ended_by": by.subscriber_id, "ended_at": self._clock.now()}
        self._update(suspension_id, **values)
        self._accounts.open(found.accounts, by.reference)
        self._answer(by, found, Decision.SETTLED, AppealRow.decided_at.is_(None))
        self._tell(Event.PERSON_RETURN_DECIDED, by, found, approved=True, why=found.return_why.value)
        self._told.tell(found.person_id, "reinstated")
        return self._now(suspension_id)

    def decide_appeal(self, by: Actor, suspension_id: UUID, decision: str) -> Suspension | Refusal:
        """Say what comes of the appeal that waits: kept, or granted, which then waits for a second registrar.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_FOUREYES` (suspended it), `ENR_SCHEMA` about `decision`,
        `ENR_STATE` about `appeal` (none waits), `return` (one is asked for already: that is decided first) or `status`.
        """
        found = self._mine(by, suspension_id, "decide_appeal")
        if isinstance(found, Refusal):
            return found
        if decision not in {Decision.GRANTED, Decision.KEPT}:
            return said_no(self._trail, by, "decide_appeal", Refusal(Code.ENR_SCHEMA, "decision"))
        if self._colleagues.are_one(found.made_by, by.subscriber_id):
            return said_no(self._trail, by, "decide_appeal", Refusal(Code.ENR_FOUREYES))
        if not self._stands(found):
            return said_no(self._trail, by, "decide_appeal", Refusal(Code.ENR_STATE, "status"))
        if found.return_by is not None or found.ended_at is not None:
            return said_no(self._trail, by, "decide_appeal", Refusal(Code.ENR_STATE, "return"))
        if not self._answer(by, found, Decision(decision), AppealRow.decided_at.is_(None)):
            return said_no(self._trail, by, "decide_appeal", Refusal(Code.ENR_STATE, "appeal"))
        return self._asked(by, found, Return.APPEAL_GRANTED) if decision == Decision.GRANTED else found

    def _asked(self, by: Actor, found: Suspension, why: Return) -> Suspension | Refusal:
        if found.return_by is not None or found.ended_at is not None:
            return said_no(self._trail, by, "ask_return", Refusal(Code.ENR_STATE, "return"))
        self._update(found.id, return_why=why.value, return_by=by.subscriber_id, return_at=self._clock.now())
        body = {"suspension": str(found.id), "why": why.value}
        self._trail.append(AuditEvent(Event.PERSON_RETURN_ASKED, actor=by.reference, body=body))
        return self._now(found.id)

    def _set_aside(self, by: Actor, suspension_id: UUID, action: str, *, own: bool) -> Suspension | Refusal:
        found = self._mine(by, suspension_id, action)
        if isinstance(found, Refusal):
            return found
        if found.return_by is None or found.return_why is None or found.ended_at is not None:
            return said_no(self._trail, by, action, Refusal(Code.ENR_STATE, "return"))
        refusal = self._not_theirs(by, found, own=own)
        if refusal is not None:
            return said_no(self._trail, by, action, refusal)
        # Under the lock of the suspension, as every step of an appeal: it goes on, and never back to waiting.
        self._answer(by, found, Decision.KEPT, AppealRow.decision == Decision.GRANTED.value)
        self._update(suspension_id, return_why=None, return_by=None, return_at=None)
        self._tell(Event.PERSON_RETURN_DECIDED, by, found, approved=False, why=found.return_why.value)
        return self._now(suspension_id)

    def _stands(self, found: Suspension) -> bool:
        """Whether the record is suspended still, or was given back by the end of this suspension."""
        person = self._register.get(found.person_id)
        return found.ended_at is not None or (person is not None and person.status is Status.SUSPENDED)

    def _not_theirs(self, by: Actor, found: Suspension, *, own: bool) -> Refusal | None:
        """Why a request is not theirs to take back (`own`), or to decline."""
        if self._colleagues.are_one(found.return_by or found.made_by, by.subscriber_id) is not own:
            return Refusal(Code.ENR_UNKNOWN if own else Code.ENR_FOUREYES)
        if own:
            return Refusal(Code.ENR_STATE, "appeal") if found.return_why is Return.APPEAL_GRANTED else None
        return self._suspended_it(by, found)

    def _suspended_it(self, by: Actor, found: Suspension) -> Refusal | None:
        """Whoever suspended has no part in what comes of an appeal against it."""
        granted = found.return_why is Return.APPEAL_GRANTED
        return (
            Refusal(Code.ENR_FOUREYES)
            if granted and self._colleagues.are_one(found.made_by, by.subscriber_id)
            else None
        )

    def _answer(self, by: Actor, found: Suspension, decision: Decision, which: ColumnElement[bool]) -> bool:
        """Say what came of the appeals of which this holds, to the person too; False where there is none."""
        decided = self._session.scalars(
            update(AppealRow)
            .where(AppealRow.suspension_id == found.id, which)
            .values(decision=decision.value, decided_by=by.subscriber_id, decided_at=self._clock.now())
            .returning(AppealRow.id)
            .execution_options(synchronize_session=False)
        ).all()
        if decided:
            self._tell(Event.PERSON_APPEAL_DECIDED, by, found, decision=decision.value)
        return bool(decided)

    def _mine(self, by: Actor, suspension_id: UUID, action: str) -> Suspension | Refusal:
        """The suspension, held until the transaction ends, for a registrar whom it does not concern."""
        if not by.holds(Role.REGISTRAR):
            return said_no(self._trail, by, action, Refusal(Code.ENR_ROLE))
        known = self._session.scalar(select(SuspensionRow.person_id).where(SuspensionRow.id == suspension_id))
        found = None if known is None else self._suspensions.get(suspension_id, lock=True)
        if found is None:
            return said_no(self._trail, by, action, Refusal(Code.ENR_UNKNOWN))
        if self._kin.related(by.subscriber_id, found.person_id):
            return said_no(self._trail, by, action, Refusal(Code.ENR_OWN))
        return found

    def _update(self, suspension_id: UUID, **values: object) -> None:
        changed = update(SuspensionRow).where(SuspensionRow.id == suspension_id).values(values)
        self._session.execute(changed.execution_options(synchronize_session=False))

    def _now(self, suspension_id: UUID) -> Suspension:
        found = self._suspensions.get(suspension_id)
        assert found is not None, "held in this transaction"  # noqa: S101 - for the type checker
        return found

    def _tell(self, event: Event, by: Actor, found: Suspension, **body: BodyValue) -> None:
        for account in self._accounts.of(found.person_id):
            told = AuditEvent(event, account, actor=by.reference, body={"suspension": str(found.id), **body})
            self._trail.append(told)
