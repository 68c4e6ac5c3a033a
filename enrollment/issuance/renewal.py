"""People who are in the register already: what is recorded anew of them, and a slip for the number that they have."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, or_, select

from enrollment.cases import State as CaseState
from enrollment.cases.models import ApplicationRow
from enrollment.errors import Code, Refusal
from enrollment.issuance.claims import proven_claims_of
from enrollment.issuance.issue import LINKED, OPENED, AcceptedCase, Issuance, Issued, Parts
from enrollment.issuance.models import IssuanceRow
from enrollment.register import Facts, Person, Status
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.subscribers import State

__all__ = ["KnownCase", "Renewal"]

_PROVEN = ("name", "given_name", "family_name", "birthdate", "gender")


@dataclass(frozen=True, slots=True)
class KnownCase:
    """What an accepted case says of a person of the register. `facts` None: nothing is recorded anew.

    `signed_at` is when the applicant confirmed it: what was recorded later is not overwritten. `ial` None: as it was.
    """

    aid: str
    person_id: UUID
    subject_key_id: UUID
    signed_at: datetime
    facts: Facts | None = field(default=None, repr=False)
    ial: int | None = None


class Renewal:
    """Records anew, in the caller's transaction. After a refusal nothing was written."""

    def __init__(self, session: Session, parts: Parts, issuance: Issuance, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._parts = parts
        self._issuance = issuance
        self._clock = clock
        self._trail = trail

    def refusal(self, case: KnownCase) -> Refusal | None:
        """Why this case cannot be recorded; None where it can.

        `ENR_UNKNOWN` about `person` (not there, or erased), `ENR_STATE` about `status` (dead, suspended or merged) or
        `version` (something else was recorded since it was confirmed).
        """
        person, version = self._parts.register.get(case.person_id), self._parts.register.current(case.person_id)
        if person is None or version is None:
            return Refusal(Code.ENR_UNKNOWN, "person")
        if person.status is not Status.ACTIVE:
            return Refusal(Code.ENR_STATE, "status")
        overtaken = case.facts is not None and version.aid != case.aid and version.valid_from > case.signed_at
        return Refusal(Code.ENR_STATE, "version") if overtaken else None

    def record(self, case: KnownCase) -> Refusal | None:
        """A new version, with what services may be told of it; the samples become the person's. Refused: `refusal`."""
        register = self._parts.register
        held = register.lock(case.person_id)
        problem = self.refusal(case)
        version = register.current(case.person_id)
        if problem is not None or held is None or version is None:
            return problem or Refusal(Code.ENR_UNKNOWN, "person")
        if version.aid == case.aid:
            return None
        if case.facts is not None:
            made = register.amend(case.person_id, version.n, case.facts, aid=case.aid)
            if isinstance(made, Refusal):
                return made
            self._retold(case.person_id, case.facts)
        if case.ial is not None:
            register.raise_level(case.person_id, case.ial, aid=case.aid)
        return self._parts.gallery.enter({case.aid: case.person_id})

    def again(self, case: KnownCase) -> Issued | Refusal:
        """A slip for the number that the person has; slips of theirs that were not used are worthless from now on.

        The account is the one that they use, else the one that waits for them, else a new one. Refused: `refusal`.
        """
        known = self._issuance.of_case(case.aid)
        if known is not None:
            return known
        person = self._parts.register.lock(case.person_id)
        problem = self.refusal(case)
        if problem is not None or person is None:
            return problem or Refusal(Code.ENR_UNKNOWN, "person")
        if self._parts.identifiers.nin_of(person.id) is None:
            self._parts.identifiers.give_nins({person.id: person.subject_key_id})
        account, opened = self._account(case, person)
        now = self._clock.now()
        self._parts.slips.retire(account)
        [slip] = self._parts.slips.make({case.aid: account})
        row = {"aid": case.aid, "person_id": person.id, "subscriber_id": account, "issued_at": now}
        self._session.execute(insert(IssuanceRow).values(**row, account=OPENED if opened else LINKED))
        self._trail.append(AuditEvent(Event.SLIP_MADE, subscriber_id=account, body={"case": case.aid}))
        return Issued(case.aid, person.id, account, opened, now, slip=slip)

    def _account(self, case: KnownCase, person: Person) -> tuple[UUID, bool]:
        """Whose account the slip is for, and whether it waits for its owner (else they sign in to claim)."""
        found = [self._parts.directory.get(held) for held in self._parts.accounts.of_person(person.id)]
        for state in (State.ACTIVE, State.PENDING):
            for account in found:
                if account is not None and account.state is state:
                    return account.id, state is State.PENDING
        version = self._parts.register.current(person.id)
        assert version is not None, "asked before, in this transaction"  # noqa: S101 - for the type checker
        fresh = AcceptedCase(case.aid, person.subject_key_id, version.facts, person.ial)
        opened = self._issuance.open_accounts([fresh])[case.aid]
        self._parts.accounts.link_new({opened: person.id})
        return opened, True

    def _retold(self, person_id: UUID, facts: Facts) -> None:
        """Services are told the new details by accounts that were proven to be the person's, and by no other."""
        owned = self._session.scalars(
            select(IssuanceRow.subscriber_id)
            .join(ApplicationRow, ApplicationRow.aid == IssuanceRow.aid)
            .where(IssuanceRow.person_id == person_id)
            .where(or_(IssuanceRow.account == OPENED, ApplicationRow.state == CaseState.CLAIMED.value))
            .distinct()
            .order_by(IssuanceRow.subscriber_id)
        ).all()
        told = proven_claims_of(facts)
        for subscriber_id in owned:
            account = self._parts.directory.get(subscriber_id)
            if account is not None and account.state in {State.ACTIVE, State.PENDING}:
                self._parts.directory.record(subscriber_id, {name: told.get(name) for name in _PROVEN})
