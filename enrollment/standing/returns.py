"""Giving a record back: one registrar asks, another one says yes. An appeal is decided by whoever did not suspend."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update

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
        self._statuses = rooms.statuses
        self._accounts = rooms.accounts
        self._kin = rooms.kin
        self._told = rooms.told
        self._clock = clock
        self._trail = trail
        self._suspensions = Suspensions(session, trail)

    def ask(self, by: Actor, suspension_id: UUID, why: str) -> Suspension | Refusal:
        """Ask that the record be given back; whoever suspended it may, too. It waits for a second registrar.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_SCHEMA` about `why`, `ENR_STATE` (over, or asked already).
        """
        found = self._mine(by, suspension_id, "ask_return")
        if isinstance(found, Refusal):
            return found
        if why not in set(Return) - {Return.APPEAL_GRANTED}:
            return said_no(self._trail, by, "ask_return", Refusal(Code.ENR_SCHEMA, "why"))
        return self._asked(by, found, Return(why))

    def take_back(self, by: Actor, suspension_id: UUID) -> Suspension | Refusal:
        """Ask no more; by whoever asked. Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_STATE`."""
        return self._set_aside(by, suspension_id, "take_back_return", own=True)

    def decline(self, by: Actor, suspension_id: UUID) -> Suspension | Refusal:
        """No; by anybody but whoever asked.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_FOUREYES`, `ENR_STATE`.
        """
        return self._set_aside(by, suspension_id, "decline_return", own=False)

    def approve(self, by: Actor, suspension_id: UUID) -> Suspension | Refusal:
        """The second pair of eyes: from this commit on the record is in use, and so are the accounts that were shut.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_FOUREYES` (asked for it; or suspended it, where an appeal
        was granted), `ENR_STATE` (nothing was asked, or it is over: of any number at once one gets through).
        """
        found = self._mine(by, suspension_id, "approve_return")
        if isinstance(found, Refusal):
            return found
        if found.return_why is None or found.return_by is None or found.ended_at is not None:
            return said_no(self._trail, by, "approve_return", Refusal(Code.ENR_STATE, "return"))
        first = {found.return_by} | ({found.made_by} if found.return_why is Return.APPEAL_GRANTED else set())
        if by.subscriber_id in first:
            return said_no(self._trail, by, "approve_return", Refusal(Code.ENR_FOUREYES))
        why, only = found.return_why.value, Status.SUSPENDED
        moved = self._statuses.move(found.person_id, Status.ACTIVE, why, actor=by.reference, only_from=only)
        if isinstance(moved, Refusal):
            return said_no(self._trail, by, "approve_return", moved)
        values = {"ended_by": by.subscriber_id, "ended_at": self._clock.now()}
        self._update(suspension_id, **values)
        self._accounts.open(found.accounts, by.reference)
        self._tell(Event.PERSON_RETURN_DECIDED, by, found, approved=True, why=found.return_why.value)
        self._told.tell(found.person_id, "reinstated")
        return self._now(suspension_id)

    def decide_appeal(self, by: Actor, suspension_id: UUID, decision: str) -> Suspension | Refusal:
        """Say what comes of the appeal that waits: kept, or granted, which then waits for a second registrar.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_FOUREYES` (suspended it), `ENR_SCHEMA` about `decision`,
        `ENR_STATE` about `appeal` (none waits) or `return` (one is asked for already: that is decided first).
        """
        found = self._mine(by, suspension_id, "decide_appeal")
        if isinstance(found, Refusal):
            return found
        if decision not in set(Decision):
            return said_no(self._trail, by, "decide_appeal", Refusal(Code.ENR_SCHEMA, "decision"))
        if by.subscriber_id == found.made_by:
            return said_no(self._trail, by, "decide_appeal", Refusal(Code.ENR_FOUREYES))
        if found.return_by is not None or found.ended_at is not None:
            return said_no(self._trail, by, "decide_appeal", Refusal(Code.ENR_STATE, "return"))
        decided = self._session.scalar(
            update(AppealRow)
            .where(AppealRow.suspension_id == suspension_id, AppealRow.decided_at.is_(None))
            .values(decision=decision, decided_by=by.subscriber_id, decided_at=self._clock.now())
            .returning(AppealRow.id)
            .execution_options(synchronize_session=False)
        )
        if decided is None:
            return said_no(self._trail, by, "decide_appeal", Refusal(Code.ENR_STATE, "appeal"))
        self._tell(Event.PERSON_APPEAL_DECIDED, by, found, decision=decision)
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
        if (found.return_by == by.subscriber_id) is not own:
            code = Code.ENR_UNKNOWN if own else Code.ENR_FOUREYES
            return said_no(self._trail, by, action, Refusal(code))
        self._update(suspension_id, return_why=None, return_by=None, return_at=None)
        self._tell(Event.PERSON_RETURN_DECIDED, by, found, approved=False, why=found.return_why.value)
        return self._now(suspension_id)

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
