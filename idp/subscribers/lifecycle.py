"""The life of an account: its states, the moves between them as one table, and what ends with a move."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol
from uuid import UUID

from sqlalchemy import delete, select, text

from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.errors import Code, Refusal
from idp.keys.models import PersonKeyRow
from idp.subscribers.models import SearchTokenRow, SubscriberRow

__all__ = ["MOVES", "Lifecycle", "MoveReason", "SessionEnder", "State"]


class State(StrEnum):
    """Where an account is in its life. Only `active` signs in."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DECEASED = "deceased"
    CLOSED = "closed"
    ERASED = "erased"


class MoveReason(StrEnum):
    """Why an account is moved. A closed list: a free text would carry personal data into the audit trail."""

    ACTIVATED = "activated"
    SUSPECTED_MISUSE = "suspected_misuse"
    LEGAL_ORDER = "legal_order"
    PERSON_ASKED = "person_asked"
    DEATH_REPORTED = "death_reported"
    REPORTED_IN_ERROR = "reported_in_error"
    MATTER_SETTLED = "matter_settled"
    RETENTION_OVER = "retention_over"


# A death reported in error leads to `suspended`, so that somebody looks at the account before it signs in
# again.
MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.PENDING: frozenset({State.ACTIVE, State.CLOSED}),
        State.ACTIVE: frozenset({State.SUSPENDED, State.DECEASED, State.CLOSED}),
        State.SUSPENDED: frozenset({State.ACTIVE, State.DECEASED, State.CLOSED}),
        State.DECEASED: frozenset({State.SUSPENDED, State.CLOSED}),
        State.CLOSED: frozenset({State.ERASED}),
        State.ERASED: frozenset(),
    }
)

# The room of tokens stands above this one. On a way back, too: what opened in the moment of a suspension must not
# outlive it.
_END_GRANTS = text(
    """
    update authorization_grant set revoked_at = :now, revoke_reason = :reason
    where subscriber_id = :person and revoked_at is null
    """
)


class SessionEnder(Protocol):
    """Ends what a person is signed in with; fulfilled by `idp.sessions`."""

    def end_all(self, subscriber_id: UUID, reason: str) -> object:
        """End every session of this person, in the transaction that is open."""
        ...


class Lifecycle:
    """Moves accounts between states."""

    def __init__(self, session: Session, clock: Clock, trail: Trail, ender: SessionEnder) -> None:
        self._session = session
        self._clock = clock
        self._trail = trail
        self._ender = ender

    def move(self, subscriber_id: UUID, to: State, reason: MoveReason, *, actor: str | None = None) -> Refusal | None:
        """Move one account and audit it; None when done.

        Refused: SUBSCRIBER_UNKNOWN, and SUBSCRIBER_STATE for a move that the table does not have (to the
        present state too). Every move ends every authorization for good, with offline access or without: a way back
        brings none of them back. A move to anything but active ends every session. A move to erased destroys the
        person's keys, with which everything sealed under them is unreadable, and forgets the search tokens. The
        identifier and the keyed hash of the user name stay: neither is ever given to another person (AC-086).
        """
        row = self._session.scalar(
            select(SubscriberRow)
            .where(SubscriberRow.id == subscriber_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if row is None:
            return Refusal(Code.SUBSCRIBER_UNKNOWN)
        before = State(row.state)
        if to not in MOVES[before]:
            return Refusal(Code.SUBSCRIBER_STATE, f"{before} to {to}")
        now = self._clock.now()
        row.state = to.value
        row.state_changed_at = row.updated_at = now
        if to is State.ERASED:
            self._erase(row)
        self._session.flush()
        self._trail.append(
            AuditEvent(
                Event.SUBSCRIBER_STATE_CHANGED,
                subscriber_id=subscriber_id,
                actor=actor,
                body={"from": before.value, "to": to.value, "reason": reason.value},
            )
        )
        ended = {"person": subscriber_id, "now": now, "reason": f"subscriber_{to.value}"}
        self._session.execute(_END_GRANTS, ended)
        if to is not State.ACTIVE:
            self._ender.end_all(subscriber_id, f"subscriber_{to.value}")
        return None

    def _erase(self, row: SubscriberRow) -> None:
        row.sealed = row.locale = None
        self._session.execute(delete(SearchTokenRow).where(SearchTokenRow.subscriber_id == row.id))
        self._session.execute(delete(PersonKeyRow).where(PersonKeyRow.person_id == row.id))
