"""Which account is whose. Services know people by their accounts: a person's number or merge never changes a `sub`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from enrollment.errors import Code, Refusal
from enrollment.register.lookups import among
from enrollment.register.models import PersonAccountRow
from idp.clock import Clock
from idp.database import Session

__all__ = ["Accounts"]


class Accounts:
    """Links accounts to people, in the caller's transaction, and tells whose is whose."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def link(self, subscriber_id: UUID, person_id: UUID) -> Refusal | None:
        """Make an account this person's. `ENR_EXISTS` when it is somebody's already: it never changes hands."""
        stored = postgresql_insert(PersonAccountRow).values(
            subscriber_id=subscriber_id, person_id=person_id, linked_at=self._clock.now()
        )
        made = self._session.scalar(stored.on_conflict_do_nothing().returning(PersonAccountRow.subscriber_id))
        return Refusal(Code.ENR_EXISTS, "account") if made is None else None

    def link_new(self, people: Mapping[UUID, UUID]) -> None:
        """The same for accounts that were opened in this transaction (subscriber -> person)."""
        now = self._clock.now()
        rows = [
            {"subscriber_id": subscriber_id, "person_id": person_id, "linked_at": now}
            for subscriber_id, person_id in people.items()
        ]
        if rows:
            self._session.execute(insert(PersonAccountRow), rows)

    def person_of(self, subscriber_id: UUID) -> UUID | None:
        """Whose account it is; None for one that nobody of the register holds."""
        return self._session.scalar(
            select(PersonAccountRow.person_id).where(PersonAccountRow.subscriber_id == subscriber_id)
        )

    def of_person(self, person_id: UUID) -> list[UUID]:
        """The accounts of a person, the first linked first."""
        return self.of_people([person_id])[person_id]

    def of_people(self, people: Collection[UUID]) -> dict[UUID, list[UUID]]:
        """The same of several, each person with theirs; none for who has none."""
        wanted = select(PersonAccountRow.person_id, PersonAccountRow.subscriber_id)
        linked = wanted.where(among(PersonAccountRow.person_id, people))
        held: dict[UUID, list[UUID]] = {person_id: [] for person_id in people}
        for row in self._session.execute(linked.order_by(PersonAccountRow.linked_at, PersonAccountRow.subscriber_id)):
            held[row.person_id].append(row.subscriber_id)
        return held
