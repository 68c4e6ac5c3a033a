"""Where a record is in its life, and the moves between: this is the one place that writes a person's status.

Who may, and what else happens with a move (accounts, numbers, bodies, services), is for the rooms above.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select, update

from enrollment.errors import Code, Refusal
from enrollment.register.accounts import Accounts
from enrollment.register.models import PersonRow
from enrollment.register.persons import Status
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session

__all__ = ["MOVES", "Statuses"]

# Design sections 5 and 12. A death reported in error, and a merge of two who are not one, can be taken back; an
# erasure cannot, and nobody who is dead or merged is suspended.
MOVES: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        Status.ACTIVE: frozenset({Status.SUSPENDED, Status.DECEASED, Status.MERGED, Status.ERASED}),
        Status.SUSPENDED: frozenset({Status.ACTIVE, Status.DECEASED, Status.MERGED, Status.ERASED}),
        Status.DECEASED: frozenset({Status.ACTIVE, Status.SUSPENDED, Status.ERASED}),
        Status.MERGED: frozenset({Status.ACTIVE}),
        Status.ERASED: frozenset(),
    }
)


class Statuses:
    """Moves records, in the caller's transaction, each with its audit rows: the register's, and its accounts'."""

    def __init__(self, session: Session, clock: Clock, trail: Trail, accounts: Accounts | None = None) -> None:
        """`accounts` says whose history has the moves; None: every account that is linked."""
        self._session = session
        self._accounts = accounts or Accounts(session, clock)
        self._clock = clock
        self._trail = trail

    def move(
        self,
        person_id: UUID,
        to: Status,
        reason: str,
        *,
        actor: str | None = None,
        into: UUID | None = None,
        only_from: Status | None = None,
    ) -> Status | Refusal:
        """Move one record; the status before. `reason` is a closed word of the caller's, `into` whom a merge leads to.

        The row is held until the caller's transaction ends. Refused: `ENR_UNKNOWN`, `ENR_STATE` about `status` (a move
        that the table does not have, or from another status than `only_from`; of two at once, the second). ValueError
        for a merge without `into`, and for `into` with anything else.
        """
        if (to is Status.MERGED) is not (into is not None):
            message = "a merge, and nothing else, names whom it leads to"
            raise ValueError(message)
        held = select(PersonRow.status).where(PersonRow.id == person_id).with_for_update()
        found = self._session.scalar(held)
        if found is None:
            return Refusal(Code.ENR_UNKNOWN, "person")
        before = Status(found)
        if to not in MOVES[before] or into == person_id or (only_from or before) is not before:
            return Refusal(Code.ENR_STATE, "status")
        values = {"status": to.value, "status_changed_at": self._clock.now(), "merged_into": into}
        self._session.execute(
            update(PersonRow)
            .where(PersonRow.id == person_id)
            .values(values)
            .execution_options(synchronize_session=False)
        )
        self._tell(person_id, {"from": before.value, "to": to.value, "reason": reason}, actor)
        return before

    def lower_level(self, person_id: UUID, ial: int, reason: str, *, actor: str | None = None) -> bool:
        """Note that the identity is proven to no more than this level, 1 to 3, from now on; never up.

        True when it was more before.
        """
        lowered = self._session.scalar(
            update(PersonRow)
            .where(PersonRow.id == person_id, PersonRow.ial > ial)
            .values(ial=ial)
            .returning(PersonRow.id)
            .execution_options(synchronize_session=False)
        )
        if lowered is not None:
            body: dict[str, str | int | None] = {"person": str(person_id), "ial": ial, "reason": reason}
            self._trail.append(AuditEvent(Event.PERSON_CHANGED, actor=actor, body=body))
        return lowered is not None

    def _tell(self, person_id: UUID, body: Mapping[str, str], actor: str | None) -> None:
        """The person's own history never names the record's identifier, which stays in the house."""
        self._trail.append(
            AuditEvent(Event.PERSON_STATUS_CHANGED, actor=actor, body={"person": str(person_id), **body})
        )
        for account in self._accounts.of_person(person_id):
            event = AuditEvent(Event.PERSON_STATUS_CHANGED, subscriber_id=account, actor=actor, body=dict(body))
            self._trail.append(event)
