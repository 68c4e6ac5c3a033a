"""Whose record an account may see and change: that of whoever was proven to hold it, and of nobody else.

An application can name an account that is somebody else's. Such an account is linked at issuance and proven when it is
claimed (`Claiming`); until then it says nothing of the record, and does nothing to it. Nor does what happens to the
record happen to it: nobody is shut out, told or erased because another person named their account.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, or_, select

from enrollment.cases import State
from enrollment.cases.models import ApplicationRow
from enrollment.issuance.issue import OPENED
from enrollment.issuance.models import IssuanceRow
from enrollment.register import Accounts
from enrollment.register.lookups import among
from enrollment.register.models import PersonAccountRow
from idp.clock import Clock
from idp.database import Session

__all__ = ["ProvenAccounts", "proven_owner"]


def proven_owner(session: Session, subscriber_id: UUID) -> UUID | None:
    """The person of the register who holds this account; None for nobody, and while that is not proven."""
    proven = _proven().where(IssuanceRow.subscriber_id == subscriber_id)
    wanted = select(PersonAccountRow.person_id).where(PersonAccountRow.subscriber_id == subscriber_id, proven.exists())
    return session.scalar(wanted)


class ProvenAccounts(Accounts):
    """As `Accounts`, without those that an application named and nobody claimed yet."""

    def __init__(self, session: Session, clock: Clock) -> None:
        super().__init__(session, clock)
        self._rows = session

    def of_people(self, people: Collection[UUID]) -> dict[UUID, list[UUID]]:
        """The accounts of each of these people, the first linked first."""
        linked = super().of_people(people)
        every = [account for accounts in linked.values() for account in accounts]
        told = among(IssuanceRow.subscriber_id, every)
        named = set(self._rows.scalars(select(IssuanceRow.subscriber_id).where(told)))
        doubted = named - set(self._rows.scalars(_proven().where(told)))
        return {person: [one for one in accounts if one not in doubted] for person, accounts in linked.items()}

    def owner_of(self, subscriber_id: UUID) -> UUID | None:
        """As `person_of`; None also for an account that an application named and nobody claimed yet."""
        person_id = self.person_of(subscriber_id)
        return person_id if person_id is not None and subscriber_id in self.of_person(person_id) else None


def _proven() -> Select[UUID]:
    """Accounts that were opened for their person, or claimed by them."""
    return (
        select(IssuanceRow.subscriber_id)
        .outerjoin(ApplicationRow, ApplicationRow.aid == IssuanceRow.aid)
        .where(or_(IssuanceRow.account == OPENED, ApplicationRow.state == State.CLAIMED.value))
    )
