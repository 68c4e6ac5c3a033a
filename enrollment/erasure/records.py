"""The whole record of somebody, by two registrars, after a week in which any registrar can stop it.

It is for courts and for entries that should never have been made: who merely closes an account stays registered. The
number is never given to anybody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import select, update

from enrollment.centres import Actor, Role
from enrollment.erasure.asking import written
from enrollment.erasure.models import ErasureRow
from enrollment.erasure.values import Erasure, Ground, Outcome, Scope, erasure_of
from enrollment.errors import Code, Refusal
from enrollment.issuance.colleagues import Colleagues
from enrollment.register import Accounts, Register, Status
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["RECORD_WAIT", "Kin", "RecordErasures"]

RECORD_WAIT = timedelta(days=7)
MAX_LISTED = 200
_ERASABLE = frozenset({Status.ACTIVE, Status.SUSPENDED, Status.DECEASED})


class Kin(Protocol):
    """Knows who is related to whom in the register."""

    def related(self, staff_id: UUID, person_id: UUID) -> bool:
        """True when this person of the register is that account's own, or of its household."""
        ...


class RecordErasures:
    """What registrars do, in the caller's transaction; commit after a refusal too, since it is audited."""

    def __init__(
        self,
        session: Session,
        register: Register,
        accounts: Accounts,
        kin: Kin,
        colleagues: Colleagues,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
    ) -> None:
        self._session = session
        self._register = register
        self._accounts = accounts
        self._kin = kin
        self._colleagues = colleagues
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def ask(self, by: Actor, person_id: UUID, ground: str) -> Erasure | Refusal:
        """Ask for it; a second registrar decides.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_SCHEMA` about `ground`, `ENR_STATE` about `status` (merged,
        or erased already), `ENR_EXISTS` (an erasure waits).
        """
        refusal = self._barred(by, person_id)
        if refusal is not None:
            return refusal
        if ground not in set(Ground) - {Ground.CONSENT_WITHDRAWN}:
            return self._no(by, Refusal(Code.ENR_SCHEMA, "ground"))
        person = self._register.lock(person_id)
        if person is None:
            return self._no(by, Refusal(Code.ENR_UNKNOWN))
        if person.status not in _ERASABLE:
            return self._no(by, Refusal(Code.ENR_STATE, "status"))
        values = {
            "id": self._entropy.opaque_uuid(),
            "person_id": person_id,
            "scope": Scope.RECORD.value,
            "ground": ground,
            "asked_by": by.subscriber_id,
            "asked_at": self._clock.now(),
        }
        made = written(self._session, values)
        if isinstance(made, Refusal):
            return self._no(by, made)
        self._tell(Event.ERASURE_ASKED, by, made)
        return made

    def approve(self, by: Actor, erasure_id: UUID) -> Erasure | Refusal:
        """The second pair of eyes: it is carried out in a week.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_FOUREYES` (asked for it, from any account),
        `ENR_STATE` about `erasure` (decided; of two at once, the second) or `asker` (a registrar no more).
        """
        found = self.find(by, erasure_id)
        if isinstance(found, Refusal):
            return found
        refusal = self._colleagues.refusal(found.asked_by, by, Role.REGISTRAR)
        if refusal is not None:
            return self._no(by, refusal)
        now = self._clock.now()
        values = {"approved_by": by.subscriber_id, "approved_at": now, "due_at": now + RECORD_WAIT}
        return self._changed(by, found, Event.ERASURE_APPROVED, values, approved=False)

    def stop(self, by: Actor, erasure_id: UUID) -> Erasure | Refusal:
        """No: declined before it was agreed to, stopped after; by any registrar, whoever asked included.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_STATE` (it is over).
        """
        found = self.find(by, erasure_id)
        if isinstance(found, Refusal):
            return found
        agreed = found.approved_by is not None
        outcome = Outcome.STOPPED if agreed else Outcome.DECLINED
        values = {"ended_at": self._clock.now(), "outcome": outcome.value}
        return self._changed(by, found, Event.ERASURE_STOPPED, values, approved=agreed)

    def find(self, by: Actor, erasure_id: UUID) -> Erasure | Refusal:
        """One of a record. Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`."""
        row = self._session.get(ErasureRow, erasure_id, populate_existing=True)
        known = None if row is None or row.scope != Scope.RECORD.value else row
        refusal = self._barred(by, None if known is None else known.person_id)
        if refusal is not None:
            return refusal
        return self._no(by, Refusal(Code.ENR_UNKNOWN)) if known is None else erasure_of(known)

    def waiting(self, by: Actor) -> list[Erasure] | Refusal:
        """Those of records that are not over, oldest first. Refused: `ENR_ROLE`."""
        refusal = self._barred(by, None)
        if refusal is not None:
            return refusal
        wanted = select(ErasureRow).where(ErasureRow.scope == Scope.RECORD.value, ErasureRow.ended_at.is_(None))
        rows = self._session.scalars(wanted.order_by(ErasureRow.asked_at, ErasureRow.id).limit(MAX_LISTED))
        return [erasure_of(row) for row in rows]

    def _changed(
        self, by: Actor, found: Erasure, event: Event, values: Mapping[str, object], *, approved: bool
    ) -> Erasure | Refusal:
        """One statement, so that of two decisions at once one holds."""
        agreed = ErasureRow.approved_by.is_not(None) if approved else ErasureRow.approved_by.is_(None)
        done = self._session.scalar(
            update(ErasureRow)
            .where(ErasureRow.id == found.id, ErasureRow.ended_at.is_(None), agreed)
            .values(values)
            .returning(ErasureRow.id)
            .execution_options(synchronize_session=False)
        )
        if done is None:
            return self._no(by, Refusal(Code.ENR_STATE, "erasure"))
        self._tell(event, by, found)
        row = self._session.get(ErasureRow, found.id, populate_existing=True)
        assert row is not None, "changed a line above"  # noqa: S101 - for the type checker
        return erasure_of(row)

    def _barred(self, by: Actor, person_id: UUID | None) -> Refusal | None:
        if not by.holds(Role.REGISTRAR):
            return self._no(by, Refusal(Code.ENR_ROLE))
        own = person_id is not None and self._kin.related(by.subscriber_id, person_id)
        return self._no(by, Refusal(Code.ENR_OWN)) if own else None

    def _no(self, by: Actor, refusal: Refusal) -> Refusal:
        body = {"action": "erase_record", "reason": refusal.code.value, "about": refusal.about, "person": None}
        self._trail.append(AuditEvent(Event.STAFF_REFUSED, actor=by.reference, body=body))
        return refusal

    def _tell(self, event: Event, by: Actor, erasure: Erasure) -> None:
        for account in self._accounts.of_person(erasure.person_id):
            body = {"erasure": str(erasure.id), "scope": erasure.scope.value, "ground": erasure.ground.value}
            self._trail.append(AuditEvent(event, account, actor=by.reference, body=body))
