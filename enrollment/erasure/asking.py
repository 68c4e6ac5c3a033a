"""Somebody takes the consent to keep their face and fingers back. It takes a day, in which they can say no again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from enrollment.erasure.models import ErasureRow
from enrollment.erasure.values import Erasure, Ground, Outcome, Scope, all_of, erasure_of, open_of
from enrollment.errors import Code, Refusal
from enrollment.gallery import Entries
from enrollment.issuance.ownership import proven_owner
from enrollment.register import Accounts, Register, Status
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["COOLING_OFF", "Erasures", "written"]

COOLING_OFF = timedelta(hours=24)


class Erasures:
    """What a person does about their own, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        register: Register,
        accounts: Accounts,
        entries: Entries,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
    ) -> None:
        self._session = session
        self._register = register
        self._accounts = accounts
        self._entries = entries
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def ask(self, subscriber_id: UUID, *, staff: bool = False) -> Erasure | Refusal:
        """Have everything of one's body erased in a day.

        Refused: `ENR_UNKNOWN` (nobody of the register), `ENR_STATE` about `status` (not an active record), `ENR_EXISTS`
        (an erasure waits), `ENR_GUARD` about `nothing` (nothing of theirs is kept) or `staff` (whoever works for the
        registration centre does so by what is enrolled of them).
        """
        person_id = proven_owner(self._session, subscriber_id)
        person = None if person_id is None else self._register.lock(person_id)
        if person is None:
            return Refusal(Code.ENR_UNKNOWN, "person")
        if person.status is not Status.ACTIVE:
            return Refusal(Code.ENR_STATE, "status")
        if staff:
            return Refusal(Code.ENR_GUARD, "staff")
        if not self._entries.subjects_of(person.id):
            return Refusal(Code.ENR_GUARD, "nothing")
        now = self._clock.now()
        values = {
            "id": self._entropy.opaque_uuid(),
            "person_id": person.id,
            "scope": Scope.BODY.value,
            "ground": Ground.CONSENT_WITHDRAWN.value,
            "asked_by": subscriber_id,
            "asked_at": now,
            "due_at": now + COOLING_OFF,
        }
        made = written(self._session, values)
        if not isinstance(made, Refusal):
            body = {"erasure": str(made.id), "scope": made.scope.value}
            self._tell(Event.ERASURE_ASKED, person.id, body)
        return made

    def stop(self, subscriber_id: UUID, erasure_id: UUID) -> Refusal | None:
        """Keep it after all. Refused: `ENR_UNKNOWN` (somebody else's too), `ENR_STATE` (it is over)."""
        person_id = proven_owner(self._session, subscriber_id)
        own = next((one for one in self.of(subscriber_id) if one.id == erasure_id), None)
        if own is None or person_id is None or own.scope is not Scope.BODY:
            return Refusal(Code.ENR_UNKNOWN)
        stopped = self._session.scalar(
            update(ErasureRow)
            .where(ErasureRow.id == erasure_id, ErasureRow.ended_at.is_(None))
            .values(ended_at=self._clock.now(), outcome=Outcome.STOPPED.value)
            .returning(ErasureRow.id)
            .execution_options(synchronize_session=False)
        )
        if stopped is None:
            return Refusal(Code.ENR_STATE, "erasure")
        self._tell(Event.ERASURE_STOPPED, person_id, {"erasure": str(erasure_id), "scope": own.scope.value})
        return None

    def waiting(self, subscriber_id: UUID) -> Erasure | None:
        """The erasure that waits for its day."""
        person_id = proven_owner(self._session, subscriber_id)
        return None if person_id is None else open_of(self._session, person_id)

    def of(self, subscriber_id: UUID) -> list[Erasure]:
        """Every erasure of a person, oldest first."""
        person_id = proven_owner(self._session, subscriber_id)
        return [] if person_id is None else all_of(self._session, person_id)

    def _tell(self, event: Event, person_id: UUID, body: dict[str, str]) -> None:
        for account in self._accounts.of_person(person_id):
            self._trail.append(AuditEvent(event, account, body=dict(body)))


def written(session: Session, values: dict[str, Any]) -> Erasure | Refusal:
    """Write an erasure down. Refused: `ENR_EXISTS` about `erasure`, where one of the person waits."""
    try:
        with session.begin_nested():
            session.execute(insert(ErasureRow).values(values))
    except IntegrityError:
        return Refusal(Code.ENR_EXISTS, "erasure")
    made = session.get(ErasureRow, values["id"], populate_existing=True)
    assert made is not None, "written a line above"  # noqa: S101 - for the type checker
    return erasure_of(made)
