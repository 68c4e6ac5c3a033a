"""What becomes of an erasure that waits when the record it is about turns out to be another one.

It was asked for of a record as it was: of two that were one, of somebody who was thought to be dead, of a body that is
nobody's now. Nothing is destroyed on such a ground: whoever still wants it asks again.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from sqlalchemy import update

from enrollment.erasure.models import ErasureRow
from enrollment.erasure.values import Outcome, Scope, open_of
from enrollment.register import Accounts
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session

__all__ = ["SettingAside", "Told"]


class Told(Protocol):
    """Tells a person."""

    def tell_person(self, person_id: UUID, what: str) -> None:
        """At every address that is proven to be theirs."""
        ...


class SettingAside:
    """Looks for erasures that wait and sets them aside, in the caller's transaction, in which the person is held."""

    def __init__(self, session: Session, accounts: Accounts, told: Told, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._accounts = accounts
        self._told = told
        self._clock = clock
        self._trail = trail

    def waits(self, person_id: UUID) -> bool:
        """Whether an erasure of anything of this person waits for its day, or for a second registrar."""
        return open_of(self._session, person_id) is not None

    def set_aside(self, person_id: UUID, actor: str, *, body_only: bool = False) -> bool:
        """End the erasure that waits as void, with audit rows and a message to the person; whether there was one.

        `body_only`: an erasure of the whole record goes on.
        """
        return self._ended(person_id, actor, (Scope.BODY,) if body_only else tuple(Scope))

    def _ended(self, person_id: UUID, actor: str, scopes: Collection[Scope]) -> bool:
        ended = (
            update(ErasureRow)
            .where(ErasureRow.person_id == person_id, ErasureRow.ended_at.is_(None), ErasureRow.scope.in_(scopes))
            .values(ended_at=self._clock.now(), outcome=Outcome.VOID.value)
            .returning(ErasureRow.id, ErasureRow.scope, ErasureRow.ground)
            .execution_options(synchronize_session=False)
        )
        row = self._session.execute(ended).one_or_none()
        if row is None:
            return False
        body = {"erasure": str(row.id), "scope": row.scope, "ground": row.ground, "outcome": Outcome.VOID.value}
        told: list[UUID | None] = [*self._accounts.of_person(person_id)]
        for account in told or [None]:
            self._trail.append(AuditEvent(Event.ERASURE_STOPPED, account, actor=actor, body=dict(body)))
        self._told.tell_person(person_id, f"{row.scope}_erasure_void")
        return True
