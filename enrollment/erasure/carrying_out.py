"""Carrying an erasure out, in one transaction: lists, forgets, destroys the keys, lowers what rested on it, signs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import func, select, update

from enrollment.card import forget_cards
from enrollment.erasure.accounts import ErasedAccounts
from enrollment.erasure.applications import applications_of
from enrollment.erasure.forgetting import forget_bodies, forget_records
from enrollment.erasure.material import BODY_PURPOSES, Material, digest_of
from enrollment.erasure.models import ErasureRow
from enrollment.erasure.setting_aside import SettingAside
from enrollment.erasure.values import Erasure, Outcome, Scope, erasure_of
from enrollment.errors import Refusal
from enrollment.issuance.leftovers import Leftovers
from enrollment.register import Accounts, Register, Status, Statuses
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.subscribers.models import SubscriberRow

__all__ = ["LEVEL_WITHOUT_BODY", "CarryingOut", "Rooms", "Services"]

AT_ONCE = 100
LEVEL_WITHOUT_BODY = 2
"""What an identity is worth that was seen and checked, and is compared with nobody any more."""
_BODILY = frozenset({Status.ACTIVE, Status.SUSPENDED})
_RECORDED = frozenset({Status.ACTIVE, Status.SUSPENDED, Status.DECEASED})


class Services(Protocol):
    """Tells the services that hold a person's consent."""

    def tell(self, person_id: UUID, what: str) -> object:
        """In the caller's transaction, while the consents are in force."""
        ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """What it takes. `sign` makes a statement of these claims, and `absorbed` names records merged into one."""

    register: Register
    statuses: Statuses
    accounts: Accounts
    leftovers: Leftovers
    theirs: ErasedAccounts
    told: Services
    sign: Callable[[dict[str, Any]], str]
    absorbed: Callable[[UUID], list[UUID]]
    aside: SettingAside


class CarryingOut:
    """Carries out what is due; each in a transaction of its own, which the caller commits."""

    def __init__(self, session: Session, rooms: Rooms, issuer: str, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._rooms = rooms
        self._issuer = issuer
        self._clock = clock
        self._trail = trail
        self._material = Material(session)

    def due(self) -> list[UUID]:
        """Erasures whose day has come, at most a hundred."""
        wanted = select(ErasureRow.id).where(ErasureRow.ended_at.is_(None), ErasureRow.due_at <= self._clock.now())
        return list(self._session.scalars(wanted.order_by(ErasureRow.due_at).limit(AT_ONCE)))

    def carry_out(self, erasure_id: UUID) -> str | None:
        """The proof; None where it was stopped, somebody was faster, or the record is not one to erase any more.

        After it nothing that was listed opens: not from the database, not from the object store, not from a copy
        of either that was made before, unless the copy has the keys as well.
        """
        known = self._session.scalar(select(ErasureRow.person_id).where(ErasureRow.id == erasure_id))
        # The person first, as everywhere.
        person = None if known is None else self._rooms.register.lock(known)
        wanted = select(ErasureRow).where(ErasureRow.id == erasure_id, ErasureRow.ended_at.is_(None))
        row = self._session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
        if person is None or row is None or row.due_at is None or row.due_at > self._clock.now():
            return None
        erasure = erasure_of(row)
        if erasure.scope is Scope.BODY and self._put_off(erasure):
            return None
        if person.status not in (_BODILY if erasure.scope is Scope.BODY else _RECORDED):
            self._rooms.aside.set_aside(erasure.person_id, "system")
            return None
        material = self._body(erasure) if erasure.scope is Scope.BODY else self._record(erasure)
        proof = self._signed(erasure, material)
        self._end(erasure.id, outcome=Outcome.DONE.value, material=material, proof=proof)
        self._audited(erasure, material)
        return proof

    def reach(self, person_id: UUID) -> dict[str, list[str]]:
        """The records and accounts that an erasure of this record would reach now, as they stand in its list."""
        people = [person_id, *self._rooms.absorbed(person_id)]
        accounts = self._rooms.accounts.of_person(person_id)
        return {"people": sorted(map(str, people)), "accounts": sorted(map(str, accounts))}

    def _put_off(self, erasure: Erasure) -> bool:
        """Let it wait while changes of an account of theirs are held: it may have been a stranger who asked."""
        accounts = self._rooms.accounts.of_person(erasure.person_id)
        held = select(func.max(SubscriberRow.changes_locked_until)).where(SubscriberRow.id.in_(accounts))
        until = self._session.scalar(held)
        if until is None or until <= self._clock.now():
            return False
        later = update(ErasureRow).where(ErasureRow.id == erasure.id).values(due_at=until)
        self._session.execute(later.execution_options(synchronize_session=False))
        return True

    def _body(self, erasure: Erasure) -> dict[str, Any]:
        people = self._people(erasure)
        applications = applications_of(self._session, people)
        material = self._material.listed(self._material.owners(people, applications), BODY_PURPOSES)
        material |= self.reach(erasure.person_id)
        self._rooms.told.tell(erasure.person_id, "body_erased")
        self._rooms.leftovers.erase_bodies(people, applications)
        for person_id in people:
            forget_cards(self._session, self._clock, person_id)  # a card keeps a small picture
            self._rooms.statuses.lower_level(person_id, LEVEL_WITHOUT_BODY, "body_erased", actor="system")
        forget_bodies(self._session, people, applications)
        self._material.destroy(material["keys"])
        for account in self._rooms.accounts.of_person(erasure.person_id):
            self._rooms.theirs.without_body(account, LEVEL_WITHOUT_BODY)
        return material

    def _record(self, erasure: Erasure) -> dict[str, Any]:
        people = self._people(erasure)
        accounts = self._rooms.accounts.of_person(erasure.person_id)
        applications = applications_of(self._session, people, accounts)
        owners = self._material.owners(people, applications)
        material = self._material.listed(owners | frozenset(accounts)) | self.reach(erasure.person_id)
        self._rooms.told.tell(erasure.person_id, "erased")
        self._rooms.leftovers.erase_bodies(people, applications)
        forget_bodies(self._session, people, applications)
        moved = self._rooms.statuses.move(erasure.person_id, Status.ERASED, erasure.ground.value, actor="system")
        assert not isinstance(moved, Refusal), "asked a moment ago"  # noqa: S101 - a bug, not a refusal
        for account in accounts:
            self._rooms.theirs.erase(account, erasure.id)
        forget_records(self._session, people, applications, accounts, self._clock.now())
        self._material.destroy(material["keys"])
        return material

    def _people(self, erasure: Erasure) -> list[UUID]:
        return [erasure.person_id, *self._rooms.absorbed(erasure.person_id)]

    def _signed(self, erasure: Erasure, material: dict[str, Any]) -> str:
        return self._rooms.sign(
            {
                "iss": self._issuer,
                "jti": str(erasure.id),
                "iat": int(self._clock.now().timestamp()),
                "scope": erasure.scope.value,
                "ground": erasure.ground.value,
                "keys": len(material["keys"]),
                "objects": len(material["objects"]),
                "digest": digest_of(material),
            }
        )

    def _end(self, erasure_id: UUID, **values: Any) -> None:
        ended = update(ErasureRow).where(ErasureRow.id == erasure_id)
        ended = ended.values(ended_at=self._clock.now(), **values)
        self._session.execute(ended.execution_options(synchronize_session=False))

    def _audited(self, erasure: Erasure, material: dict[str, Any]) -> None:
        """One row for the house, and one for each account, which its owner sees."""
        body = {
            "erasure": str(erasure.id),
            "scope": erasure.scope.value,
            "keys": len(material["keys"]),
            "objects": len(material["objects"]),
            "digest": digest_of(material),
        }
        for account in (None, *self._rooms.accounts.of_person(erasure.person_id)):
            self._trail.append(AuditEvent(Event.ERASURE_DONE, account, actor="system", body=body))
