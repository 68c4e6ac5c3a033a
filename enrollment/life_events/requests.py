"""What one registrar asks for and another decides: merges, splits, and deaths that were none.

Four eyes (design section 1): whoever asked does not decide, by whatever account; nobody touches their own record or
their household's; both prove themselves anew. Refusals are audited; the edge commits after them, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from enrollment.cases import Kin
from enrollment.cases.policy import CasePolicy
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.life_events.events import GROUNDS, UNDOES, Ground, Kind, LifeEvent, State
from enrollment.life_events.ledger import Ledger
from enrollment.register import Accounts
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["Act", "LifeEvents"]


class Act(Protocol):
    """What a kind of event does to the register. Of one that takes another back it is given that other's details."""

    def refusal(self, event: LifeEvent) -> Refusal | None:
        """Why it cannot be done as things are; None where it can."""
        ...

    def do(self, event: LifeEvent, actor: str) -> Mapping[str, Any] | Refusal:
        """Do it; what must be put back to undo it."""
        ...


class Eyes(Protocol):
    """Knows who is whose second pair of eyes."""

    def are_one(self, one: UUID, other: UUID) -> bool:
        """Whether two accounts of the staff are one person's."""
        ...

    def refusal(self, first: UUID, second: Actor, role: Role) -> Refusal | None:
        """Why one cannot agree to what the other asked for."""
        ...


class LifeEvents:
    """Asks, decides and lists, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        acts: Mapping[Kind, Act],
        accounts: Accounts,
        kin: Kin,
        eyes: Eyes,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
    ) -> None:
        self._session = session
        self._ledger = Ledger(session)
        self._acts = acts
        self._accounts = accounts
        self._kin = kin
        self._eyes = eyes
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def ask(
        self, by: Actor, kind: Kind, person_id: UUID, ground: Ground, factor_at: datetime, other_id: UUID | None = None
    ) -> LifeEvent | Refusal:
        """Ask for an event about somebody; asked again by the same person, the same event.

        Refused: `ENR_ROLE`, `ENR_GUARD` (`fresh_factor`), `ENR_SCHEMA` (a ground that the kind does not take, a death),
        `ENR_OWN`, `ENR_EXISTS` (another registrar asked), `ENR_STATE` about `undoes` (nothing to take back), and as
        the kind's own `refusal`.
        """
        refusal = self._unfit(by, factor_at, {person_id, *([other_id] if other_id else [])})
        if refusal is None and (kind not in self._acts or ground not in GROUNDS[kind]):
            refusal = Refusal(Code.ENR_SCHEMA, "ground")
        if refusal is not None:
            return self._refuse(by, kind, person_id, refusal)
        self._ledger.hold(person_id, other_id)
        wanted = self._wanted(kind, person_id, other_id, ground, by)
        refusal = wanted if isinstance(wanted, Refusal) else self._acts[kind].refusal(wanted)
        if isinstance(wanted, Refusal) or refusal is not None:
            return self._refuse(by, kind, person_id, refusal or Refusal(Code.ENR_STATE))
        if not self._ledger.store(wanted):
            return self._asked_before(by, wanted)
        self._tell(Event.LIFE_ASKED, wanted, by)
        return wanted

    def decide(self, by: Actor, event_id: UUID, factor_at: datetime, *, agreed: bool) -> LifeEvent | Refusal:
        """Do what was asked for, or refuse it; the same answer again gets the same event.

        Refused: as `ask`, `ENR_UNKNOWN`, `ENR_STATE` about `state` (decided, or taken back) or, where it is agreed to,
        `asker` (who asked is no registrar any more), `ENR_FOUREYES` (who asked, whatever the account), and what keeps
        it from being done by now: then it stays asked for.
        """
        found = self._ledger.find(event_id, lock=True)
        if found is None or not by.holds(Role.REGISTRAR):
            return self._refuse(by, None, None, Refusal(Code.ENR_UNKNOWN if found is None else Code.ENR_ROLE))
        wanted = State.DONE if agreed else State.REFUSED
        if found.state is wanted and found.decided_by == by.subscriber_id:
            return found
        refusal = self._unfit(by, factor_at, set(found.people)) or self._undecidable(found, by, agreed=agreed)
        if refusal is not None:
            return self._refuse(by, found.kind, found.person_id, refusal)
        done = self._done(found, by) if agreed else found.details
        if isinstance(done, Refusal):
            return self._refuse(by, found.kind, found.person_id, done)
        values = {"state": wanted.value, "details": dict(done), "decided_by": by.subscriber_id}
        decided = self._ledger.change(found, self._clock.now(), **values)
        if agreed and found.undoes is not None:
            self._ledger.undone(found.undoes)
        self._tell(Event.LIFE_DONE if agreed else Event.LIFE_DECLINED, decided, by)
        return decided

    def withdraw(self, by: Actor, event_id: UUID) -> LifeEvent | Refusal:
        """Whoever asked takes it back, by any account of theirs.

        Refused: `ENR_UNKNOWN` (somebody else's, too), `ENR_STATE` about `state`.
        """
        found = self._ledger.find(event_id, lock=True)
        if found is None or not by.holds(Role.REGISTRAR) or not self.asked_by(by, found):
            return self._refuse(by, None, None, Refusal(Code.ENR_UNKNOWN))
        if found.state is State.WITHDRAWN:
            return found
        if found.state is not State.ASKED:
            return self._refuse(by, found.kind, found.person_id, Refusal(Code.ENR_STATE, "state"))
        gone = self._ledger.change(found, self._clock.now(), state=State.WITHDRAWN.value)
        self._tell(Event.LIFE_WITHDRAWN, gone, by)
        return gone

    def asked_by(self, by: Actor, event: LifeEvent) -> bool:
        """Whether this is who asked for it, by whatever account."""
        return event.asked_by is not None and self._eyes.are_one(event.asked_by, by.subscriber_id)

    def find(self, by: Actor, event_id: UUID) -> LifeEvent | Refusal:
        """One event, for a registrar whom it does not concern. Refused: `ENR_ROLE`, `ENR_UNKNOWN`, `ENR_OWN`."""
        if not by.holds(Role.REGISTRAR):
            return self._refuse(by, None, None, Refusal(Code.ENR_ROLE))
        found = self._ledger.find(event_id)
        if found is None:
            return self._refuse(by, None, None, Refusal(Code.ENR_UNKNOWN))
        own = any(self._kin.related(by.subscriber_id, person_id) for person_id in found.people)
        return self._refuse(by, found.kind, None, Refusal(Code.ENR_OWN)) if own else found

    def waiting(self, by: Actor) -> list[LifeEvent]:
        """What waits for a decision, oldest first, for a registrar; for others nothing."""
        return self._ledger.waiting() if by.holds(Role.REGISTRAR) else []

    def of_person(self, person_id: UUID) -> list[LifeEvent]:
        """Everything that was done to a record, and what was refused, newest first."""
        return self._ledger.of_person(person_id)

    def _unfit(self, by: Actor, factor_at: datetime, people: set[UUID]) -> Refusal | None:
        if not by.holds(Role.REGISTRAR):
            return Refusal(Code.ENR_ROLE)
        now = self._clock.now()
        if not now - CasePolicy().factor_fresh <= factor_at <= now:
            return Refusal(Code.ENR_GUARD, "fresh_factor")
        own = any(self._kin.related(by.subscriber_id, person_id) for person_id in people)
        return Refusal(Code.ENR_OWN) if own else None

    def _undecidable(self, found: LifeEvent, by: Actor, *, agreed: bool) -> Refusal | None:
        """To say no, nobody else has to be in office."""
        if found.state is not State.ASKED or found.asked_by is None:
            return Refusal(Code.ENR_STATE, "state")
        if agreed:
            return self._eyes.refusal(found.asked_by, by, Role.REGISTRAR)
        return Refusal(Code.ENR_FOUREYES, "asked") if self.asked_by(by, found) else None

    def _wanted(
        self, kind: Kind, person_id: UUID, other_id: UUID | None, ground: Ground, by: Actor
    ) -> LifeEvent | Refusal:
        """The event as it would be stored; one that takes another back has that one's people and details."""
        undone = self._ledger.to_undo(kind, person_id, other_id) if kind in UNDOES else None
        if kind in UNDOES and undone is None:
            return Refusal(Code.ENR_STATE, "undoes")
        return LifeEvent(
            id=self._entropy.uuid(),
            kind=kind,
            state=State.ASKED,
            person_id=person_id,
            other_id=other_id if undone is None else undone.other_id,
            undoes=None if undone is None else undone.id,
            aid=None,
            ground=ground,
            details={} if undone is None else undone.details,
            asked_by=by.subscriber_id,
            asked_at=self._clock.now(),
            decided_by=None,
            decided_at=None,
            undo_until=None if undone is None else undone.undo_until,
        )

    def _asked_before(self, by: Actor, wanted: LifeEvent) -> LifeEvent | Refusal:
        held = self._ledger.asked(wanted.kind, wanted.person_id)
        if held is not None and (held.asked_by, held.other_id) == (by.subscriber_id, wanted.other_id):
            return held
        return self._refuse(by, wanted.kind, wanted.person_id, Refusal(Code.ENR_EXISTS, "asked"))

    def _done(self, found: LifeEvent, by: Actor) -> Mapping[str, Any] | Refusal:
        """In a savepoint, under the locks of both records: what is refused half-way leaves nothing."""
        self._ledger.hold(found.person_id, found.other_id)
        act = self._acts[found.kind]
        refusal = act.refusal(found)
        if refusal is not None:
            return refusal
        with self._session.begin_nested() as attempt:
            done = act.do(found, by.reference)
            if isinstance(done, Refusal):
                attempt.rollback()
        return done

    def _tell(self, what: Event, event: LifeEvent, by: Actor) -> None:
        """Audited for each account whom it concerns: the person sees it."""
        body = {"kind": event.kind.value, "event": str(event.id), "ground": event.ground.value}
        told: list[UUID | None] = [one for person_id in event.people for one in self._accounts.of_person(person_id)]
        for account in told or [None]:
            self._trail.append(AuditEvent(what, subscriber_id=account, actor=by.reference, body=body))

    def _refuse(self, by: Actor, kind: Kind | None, person_id: UUID | None, refusal: Refusal) -> Refusal:
        body = {
            "kind": None if kind is None else kind.value,
            "person": None if person_id is None else str(person_id),
            "code": refusal.code.value,
            "about": refusal.about,
        }
        self._trail.append(AuditEvent(Event.LIFE_REFUSED, actor=by.reference, body=body))
        return refusal
