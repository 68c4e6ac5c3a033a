"""What belongs to a record and moves with it: accounts, numbers, what is searched. Each move says what it moved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from sqlalchemy import select, text, update

from enrollment.gallery.models import GalleryEntryRow
from enrollment.register.models import IdentifierRow, PersonAccountRow, PersonRow
from idp.clock import Clock
from idp.database import Session
from idp.subscribers import Directory, Lifecycle, MoveReason, State

__all__ = ["Belongings", "absorbed"]

_END_GRANTS = text(
    """
    update authorization_grant set revoked_at = :now, revoke_reason = 'subscriber_deceased'
    where subscriber_id = :person and revoked_at is null
    """
)


class Belongings:
    """Moves them, in the caller's transaction, in which the records are held."""

    def __init__(self, session: Session, directory: Directory, lifecycle: Lifecycle, clock: Clock) -> None:
        self._session = session
        self._directory = directory
        self._lifecycle = lifecycle
        self._clock = clock

    def retire_numbers(self, person_id: UUID) -> list[UUID]:
        """Let no number of the person find anybody active any more; which those are. No number is ever freed."""
        row = IdentifierRow
        retired = update(row).where(row.person_id == person_id, row.status == "active")
        values = {"status": "retired", "ended_at": self._clock.now()}
        returned = retired.values(values).returning(row.id).execution_options(synchronize_session=False)
        return sorted(self._session.scalars(returned))

    def restore_numbers(self, person_id: UUID, numbers: Iterable[UUID]) -> None:
        """Put back exactly those that were retired with an event."""
        row = IdentifierRow
        theirs = row.person_id == person_id, row.status == "retired", row.id.in_(list(numbers))
        restored = update(row).where(*theirs).values(status="active", ended_at=None)
        self._session.execute(restored.execution_options(synchronize_session=False))

    def hand_accounts(self, giver: UUID, taker: UUID, only: Collection[UUID] | None = None) -> list[UUID]:
        """Let the accounts of one record be another's: all of them, or those named that it still holds."""
        row = PersonAccountRow
        given = update(row).where(row.person_id == giver)
        if only is not None:
            given = given.where(row.subscriber_id.in_(list(only)))
        returned = given.values(person_id=taker).returning(row.subscriber_id)
        return sorted(self._session.scalars(returned.execution_options(synchronize_session=False)))

    def hand_entries(self, giver: UUID, taker: UUID, only: Collection[UUID] | None = None) -> list[UUID]:
        """Let what is searched of one record be another's: all of it, or the subjects named; which subjects."""
        row = GalleryEntryRow
        given = update(row).where(row.person_id == giver)
        if only is not None:
            given = given.where(row.subject_id.in_(list(only)))
        returned = given.values(person_id=taker).returning(row.subject_id)
        return sorted(set(self._session.scalars(returned.execution_options(synchronize_session=False))))

    def shut_accounts(self, accounts: Iterable[UUID], actor: str | None) -> dict[UUID, State]:
        """A death: sessions and authorizations end, nobody signs in. Which were shut, and what they were before."""
        shut: dict[UUID, State] = {}
        for subscriber_id in accounts:
            account = self._directory.get(subscriber_id)
            if account is None or account.state not in {State.ACTIVE, State.SUSPENDED}:
                continue
            if self._lifecycle.move(subscriber_id, State.DECEASED, MoveReason.DEATH_REPORTED, actor=actor) is None:
                shut[subscriber_id] = account.state
                self._session.execute(_END_GRANTS, {"person": subscriber_id, "now": self._clock.now()})
        return shut

    def open_accounts(self, shut: Mapping[UUID, State], actor: str | None) -> None:
        """Put back those that were shut for a death, to what they were; those that were closed meanwhile stay so."""
        for subscriber_id, before in shut.items():
            account = self._directory.get(subscriber_id)
            if account is None or account.state is not State.DECEASED:
                continue
            reason = MoveReason.REPORTED_IN_ERROR
            self._lifecycle.move(subscriber_id, State.SUSPENDED, reason, actor=actor)
            if before is State.ACTIVE:
                self._lifecycle.move(subscriber_id, State.ACTIVE, reason, actor=actor)


def absorbed(session: Session, person_id: UUID) -> list[UUID]:
    """Every record that was merged into this one, or into one that was: an erasure takes them along."""
    found: list[UUID] = []
    waiting = [person_id]
    while waiting:
        rows = session.scalars(select(PersonRow.id).where(PersonRow.merged_into.in_(waiting))).all()
        waiting = [one for one in rows if one not in found]
        found += waiting
    return found
