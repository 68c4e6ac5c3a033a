"""A registrar suspends a record: looks whose it is, says why, and hands out the letter that the person appeals with.

Taking away is quick and needs one person; giving back needs two (`returns.py`). Nobody does it to themself or their
household. Of the person the registrar sees initials and a year, and the person sees that somebody looked, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from enrollment.centres import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.issuance.colleagues import Colleagues
from enrollment.register import Identifiers, Register, Status, Statuses
from enrollment.standing.accounts import PersonAccounts
from enrollment.standing.appeals import APPEAL_SIGNS, REFERENCE_SIGNS, digest_of
from enrollment.standing.models import SuspensionRow
from enrollment.standing.suspensions import Reason, Suspension, Suspensions, said_no
from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.spoken_codes import grouped, new_code
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import PurposeKeys
from idp.subscribers import MoveReason

__all__ = ["FACTOR_FRESH", "Kin", "Known", "Letter", "Rooms", "Services", "SuspensionDesk"]

FACTOR_FRESH = timedelta(minutes=5)
MAX_TYPED = 60
_MOVES: Mapping[Reason, MoveReason] = {
    Reason.SUSPECTED_MISUSE: MoveReason.SUSPECTED_MISUSE,
    Reason.DISPUTED_IDENTITY: MoveReason.SUSPECTED_MISUSE,
    Reason.LEGAL_ORDER: MoveReason.LEGAL_ORDER,
    Reason.PERSON_ASKED: MoveReason.PERSON_ASKED,
}


class Kin(Protocol):
    """Knows who is related to whom in the register."""

    def related(self, staff_id: UUID, person_id: UUID) -> bool:
        """True when this person of the register is that account's own, or of its household."""
        ...


class Services(Protocol):
    """Tells the services that hold a person's consent."""

    def tell(self, person_id: UUID, what: str) -> object:
        """In the caller's transaction: each by its own name of the person, and the person sees it."""
        ...

    def tell_person(self, person_id: UUID, what: str) -> object:
        """The person alone, at every address that is theirs."""
        ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """What suspending and giving back take."""

    register: Register
    identifiers: Identifiers
    statuses: Statuses
    accounts: PersonAccounts
    kin: Kin
    told: Services
    colleagues: Colleagues


@dataclass(frozen=True, slots=True)
class Known:
    """Whom a number stands for, as far as a registrar must know to see that it is the right one."""

    person_id: UUID
    status: Status
    initials: str = field(repr=False)
    born: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is printed for the person. `code` is shown in this answer alone."""

    suspension: Suspension
    code: str = field(repr=False)


class SuspensionDesk:
    """Suspends, in the caller's transaction; commit after a refusal too, since it is audited."""

    def __init__(
        self,
        session: Session,
        rooms: Rooms,
        keys: PurposeKeys,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
    ) -> None:
        self._session = session
        self._register = rooms.register
        self._identifiers = rooms.identifiers
        self._statuses = rooms.statuses
        self._accounts = rooms.accounts
        self._kin = rooms.kin
        self._told = rooms.told
        self._colleagues = rooms.colleagues
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._trail = trail
        self._suspensions = Suspensions(session, trail)

    def look(self, by: Actor, typed: str, purpose: str = "suspension") -> Known | Refusal:
        """Whom a national number stands for; every account of theirs sees who looked, and for what.

        Refused: `ENR_ROLE`, `NIN_CHECK`, `NIN_UNKNOWN`, `ENR_OWN`.
        """
        if not by.holds(Role.REGISTRAR):
            return self._no(by, Refusal(Code.ENR_ROLE))
        found = self._identifiers.find(typed[:MAX_TYPED])
        if isinstance(found, Refusal):
            return self._no(by, found)
        if self._kin.related(by.subscriber_id, found.person_id):
            return self._no(by, Refusal(Code.ENR_OWN))
        person, version = self._register.get(found.person_id), self._register.current(found.person_id)
        if person is None or version is None:
            return self._no(by, Refusal(Code.NIN_UNKNOWN))
        for account in self._accounts.of(person.id):
            self._trail.append(AuditEvent(Event.RECORD_READ, account, actor=by.reference, body={"purpose": purpose}))
        names = f"{version.facts.given_names or ''} {version.facts.family_name or ''}".split()
        initials = " ".join(f"{name[0]}." for name in names)
        return Known(person.id, person.status, initials, version.facts.birth.year)

    def suspend(self, by: Actor, typed: str, reason: str) -> Letter | Refusal:
        """Suspend whoever has this number, from this commit on: signed out everywhere, and of no use at any counter.

        Refused: as `look`, `ENR_SCHEMA` about `reason`, `ENR_STATE` about `status` (not an active record; of two at
        once, the second).
        """
        known = self.look(by, typed)
        if isinstance(known, Refusal):
            return known
        if reason not in set(Reason):
            return self._no(by, Refusal(Code.ENR_SCHEMA, "reason"))
        why = Reason(reason)
        # Whoever is dead or merged would come back by the return of a suspension: that is undone by its own event.
        moved = self._statuses.move(
            known.person_id, Status.SUSPENDED, why.value, actor=by.reference, only_from=Status.ACTIVE
        )
        if isinstance(moved, Refusal):
            return self._no(by, moved)
        shut = self._accounts.shut(known.person_id, _MOVES[why], by.reference)
        made = self._written(by, known.person_id, why, shut)
        for account in self._accounts.of(known.person_id):
            body = {"suspension": str(made.suspension.id), "reason": why.value}
            self._trail.append(AuditEvent(Event.PERSON_SUSPENDED, account, actor=by.reference, body=body))
        self._told.tell(known.person_id, "suspended")
        return made

    def print_again(self, by: Actor, suspension_id: UUID) -> Letter | Refusal:
        """The letter with another code; the one before is worth nothing from now on, and the person is told so.

        Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`, `ENR_FOUREYES` (suspended it: whoever did would take the person's
        way to appeal against that), `ENR_STATE` (ended, or the record is erased or of somebody who died).
        """
        found = self._suspensions.get(suspension_id) if by.holds(Role.REGISTRAR) else Refusal(Code.ENR_ROLE)
        if found is None or isinstance(found, Refusal):
            return said_no(self._trail, by, "print_letter", found or Refusal(Code.ENR_UNKNOWN))
        if self._kin.related(by.subscriber_id, found.person_id):
            return said_no(self._trail, by, "print_letter", Refusal(Code.ENR_OWN))
        if self._colleagues.are_one(found.made_by, by.subscriber_id):
            return said_no(self._trail, by, "print_letter", Refusal(Code.ENR_FOUREYES))
        person = self._register.get(found.person_id)
        if person is None or person.status is not Status.SUSPENDED:
            return said_no(self._trail, by, "print_letter", Refusal(Code.ENR_STATE, "suspension"))
        code = new_code(self._entropy, APPEAL_SIGNS)
        made = self._session.scalar(
            update(SuspensionRow)
            .where(SuspensionRow.id == suspension_id, SuspensionRow.ended_at.is_(None))
            .values(digest=digest_of(self._keys, suspension_id, code), tries=0)
            .returning(SuspensionRow.id)
            .execution_options(synchronize_session=False)
        )
        if made is None:
            return said_no(self._trail, by, "print_letter", Refusal(Code.ENR_STATE, "suspension"))
        # The letter that the person holds is worth nothing from now on: they and the trail must see by whom.
        for account in self._accounts.of(found.person_id):
            body = {"purpose": "letter", "suspension": str(suspension_id)}
            self._trail.append(AuditEvent(Event.RECORD_READ, account, actor=by.reference, body=body))
        self._told.tell_person(found.person_id, "letter_printed")
        return Letter(found, grouped(code))

    def _written(self, by: Actor, person_id: UUID, why: Reason, shut: list[UUID]) -> Letter:
        suspension_id, code = self._entropy.uuid(), new_code(self._entropy, APPEAL_SIGNS)
        values = {
            "id": suspension_id,
            "person_id": person_id,
            "reason": why.value,
            "accounts": shut,
            "digest": digest_of(self._keys, suspension_id, code),
            "tries": 0,
            "made_by": by.subscriber_id,
            "made_at": self._clock.now(),
        }
        while True:
            reference = new_code(self._entropy, REFERENCE_SIGNS)
            try:
                with self._session.begin_nested():
                    self._session.execute(insert(SuspensionRow).values(values | {"reference": reference}))
            except IntegrityError as error:
                # Forty random bits that somebody has are drawn anew; a second suspension is a bug of ours.
                if "uq_suspension_reference" not in str(error):
                    raise
                continue
            made = self._suspensions.get(suspension_id)
            assert made is not None, "written a line above"  # noqa: S101 - for the type checker
            return Letter(made, grouped(code))

    def _no(self, by: Actor, refusal: Refusal) -> Refusal:
        return said_no(self._trail, by, "suspend", refusal)
