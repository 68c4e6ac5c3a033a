"""At a counter: an officer says why, types a number, and has the person who stands there compared with its owner.

Nothing of the person is shown, not even a name: only whether it is them. They can see afterwards who asked, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from enrollment.capture import Position
from enrollment.capture.probing import Probe
from enrollment.centres import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.verification.comparing import Asked, Outcome, Place, Said, Verification
from enrollment.verification.enrolled import best_fingers
from enrollment.verification.matches import Purpose
from enrollment.verification.models import CounterCheckRow
from enrollment.verification.people import Known, People
from idp.audit import AuditEvent, Event, Trail
from idp.audit.events import BodyValue
from idp.authenticators.biometric_locks import BiometricLocks, Modality
from idp.authenticators.biometric_tries import BiometricTries, Counted
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Code as SignInCode
from idp.errors import Refusal as SignInRefusal
from idp.errors import StoreUnavailableError

__all__ = ["Answer", "Check", "CounterDesk"]

MAX_TYPED = 60
# Nothing was compared, and it was no try of the person's.
_NO_TRY = frozenset({Code.BIO_COUNT, Code.BIO_ENGINE, Code.ENR_OBJECT})


@dataclass(frozen=True, slots=True)
class Check:
    """A check of this officer's. `wanted` are the fingers to ask for, best first; `face`: there is one to compare.

    `locked` is what the person locked. `turn` is the number of the next capture: each is taken once.
    """

    id: UUID
    purpose: Purpose
    wanted: tuple[Position, ...]
    face: bool
    locked: frozenset[Modality]
    turn: int
    turns_left: int
    expires_at: datetime
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a capture, and how the check stands now."""

    said: Said
    check: Check


class CounterDesk:
    """Opens checks and takes captures, in the caller's transaction; commit after a refusal too, since it is audited."""

    def __init__(
        self,
        session: Session,
        people: People,
        verification: Verification,
        locks: BiometricLocks,
        tries: BiometricTries,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
    ) -> None:
        self._session = session
        self._people = people
        self._verification = verification
        self._policy = verification.policy
        self._locks = locks
        self._tries = tries
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def begin(self, by: Actor, typed: str, purpose: str, *, present: bool) -> Check | Refusal:
        """Ask whether whoever stands there is the owner of this number; `present`: the officer says that they do.

        Refused: `ENR_ROLE` (no officer, or not posted today), `ENR_SCHEMA` (`purpose`, `present`), `NIN_CHECK`,
        `NIN_UNKNOWN`, `ENR_OWN` (the officer's own record, or one of their household).
        """
        refusal = self._barred(by)
        if refusal is not None:
            return refusal
        if purpose not in set(Purpose) or not present:
            return Refusal(Code.ENR_SCHEMA, "present" if purpose in set(Purpose) else "purpose")
        known = self._people.typed(typed[:MAX_TYPED])
        if isinstance(known, Refusal):
            return self._no(by, known)
        if self._people.is_own(by.subscriber_id, known):
            return self._no(by, Refusal(Code.ENR_OWN), known)
        now = self._clock.now()
        made = {
            "id": self._entropy.uuid(),
            "person_id": known.person_id,
            "officer_id": by.subscriber_id,
            "centre_id": by.centre_id,
            "purpose": purpose,
            "opened_at": now,
            "expires_at": now + self._policy.open_for,
            "tries": 0,
        }
        self._session.execute(insert(CounterCheckRow).values(made))
        self._tell(Event.IDENTITY_ASKED, by, known, {"purpose": purpose, "centre": str(by.centre_id)})
        return self._check(CounterCheckRow(**made, outcome=None, decided_at=None), known)

    def find(self, by: Actor, check_id: UUID) -> Check | Refusal:
        """A check that this officer opened, at the same centre. Refused: `ENR_ROLE`, `ENR_UNKNOWN`."""
        found = self._found(by, check_id)
        return found if isinstance(found, Refusal) else self._check(*found)

    def capture(self, by: Actor, check_id: UUID, turn: int, probes: tuple[Probe, ...]) -> Answer | Refusal:
        """Compare what was captured: one face, or up to two fingers. `turn` is that of the page.

        Counted for the person before anything is compared, over all stations, modalities and sign-ins (AC-106).
        Refused: as `find`; `ENR_STATE` (decided, over, or this turn was taken: of parallel ones one is),
        `BIO_TOOLARGE`, `BIO_LOCKED` (by the person, or after fifty misses), `BIO_COUNT` with the seconds to wait after
        too many misses, `BIO_REPLAY` (shown before, or enrolled), and as `Verification.compare`.
        """
        found = self._found(by, check_id)
        if isinstance(found, Refusal):
            return found
        row, known = found
        refusal = self._unfit(probes) or self._locked(known, probes)
        if refusal is None and not self._take_turn(row, turn):
            refusal = Refusal(Code.ENR_STATE, "check")
        if refusal is not None:
            return self._no(by, refusal, known)
        said = self._counted(known, Asked(known.person_id, probes, Place.COUNTER, row.purpose, row.id))
        outcome = said.code.value if isinstance(said, Refusal) else said.outcome.value
        modality = Modality.FACE if probes[0].position is Position.FACE else Modality.FINGER
        body = {"purpose": row.purpose, "centre": str(by.centre_id), "modality": modality.value, "outcome": outcome}
        self._tell(Event.IDENTITY_CHECKED, by, known, body)
        if isinstance(said, Refusal):
            return said
        self._decide(row.id, said.outcome, last=turn + 1 >= self._policy.tries)
        self._session.refresh(row)
        return Answer(said, self._check(row, known))

    def _counted(self, known: Known, asked: Asked) -> Said | Refusal:
        """Compare, once a try is reserved. Only a comparison, and a sample that was shown before, is a try."""
        counted = self._reserved(known)
        if isinstance(counted, SignInRefusal):
            if counted.code is SignInCode.THROTTLED:
                return Refusal(Code.BIO_COUNT, str(counted.retry_after or 60))
            return Refusal(Code.BIO_LOCKED, asked.modality.value)
        new = [self._tries.is_new(account, probe.content) for account in known.accounts for probe in asked.probes]
        if not all(new):
            return Refusal(Code.BIO_REPLAY, "shown")
        try:
            said = self._verification.compare(asked)
        except StoreUnavailableError:
            self._tries.nothing_compared(counted)
            raise
        if isinstance(said, Refusal):
            if said.code in _NO_TRY:
                self._tries.nothing_compared(counted)
            return said
        if said.outcome is Outcome.MATCH:
            self._tries.right(counted)
        if said.outcome is Outcome.AGAIN:
            self._tries.nothing_compared(counted)
        return said

    def _reserved(self, known: Known) -> Counted | SignInRefusal:
        """A try of each account of theirs: whoever has two, by a merge, has no second budget here (AC-106)."""
        counted: Counted = ()
        for account in known.accounts:
            one = self._tries.count(account)
            if isinstance(one, SignInRefusal):
                self._tries.nothing_compared(counted)
                return one
            counted += one
        return counted

    def _take_turn(self, row: CounterCheckRow, turn: int) -> bool:
        """One statement, so that no capture is taken twice."""
        taken = (
            update(CounterCheckRow)
            .where(
                CounterCheckRow.id == row.id,
                CounterCheckRow.tries == turn,
                CounterCheckRow.tries < self._policy.tries,
                CounterCheckRow.outcome.is_(None),
                CounterCheckRow.expires_at > self._clock.now(),
            )
            .values(tries=CounterCheckRow.tries + 1)
            .returning(CounterCheckRow.id)
        )
        return self._session.scalar(taken) is not None

    def _decide(self, check_id: UUID, outcome: Outcome, *, last: bool) -> None:
        """Once it matched, or did not at the last turn; a picture that could not be used decides nothing."""
        if outcome is Outcome.MATCH or (last and outcome is Outcome.NO_MATCH):
            values = {"outcome": outcome.value, "decided_at": self._clock.now()}
            self._session.execute(update(CounterCheckRow).where(CounterCheckRow.id == check_id).values(values))

    def _found(self, by: Actor, check_id: UUID) -> tuple[CounterCheckRow, Known] | Refusal:
        refusal = self._barred(by)
        if refusal is not None:
            return refusal
        row = self._session.scalar(
            select(CounterCheckRow)
            .where(
                CounterCheckRow.id == check_id,
                CounterCheckRow.officer_id == by.subscriber_id,
                CounterCheckRow.centre_id == by.centre_id,
            )
            .execution_options(populate_existing=True)
        )
        known = None if row is None else self._people.known(row.person_id)
        if row is None or known is None:
            return self._no(by, Refusal(Code.ENR_UNKNOWN))
        return row, known

    def _check(self, row: CounterCheckRow, known: Known) -> Check:
        held = self._verification.enrolled.of(known.person_id)
        open_now = row.outcome is None and row.expires_at > self._clock.now()
        return Check(
            id=row.id,
            purpose=Purpose(row.purpose),
            wanted=best_fingers(held, self._policy.fingers),
            face=any(one.modality is Modality.FACE for one in held),
            locked=self._held_locks(known),
            turn=row.tries,
            turns_left=self._policy.tries - row.tries if open_now else 0,
            expires_at=row.expires_at,
            outcome=None if row.outcome is None else Outcome(row.outcome),
        )

    def _held_locks(self, known: Known) -> frozenset[Modality]:
        """Whatever any account of theirs has locked."""
        return frozenset().union(*(self._locks.held(account) for account in known.accounts))

    def _locked(self, known: Known, probes: tuple[Probe, ...]) -> Refusal | None:
        modality = Modality.FACE if probes[0].position is Position.FACE else Modality.FINGER
        return Refusal(Code.BIO_LOCKED, modality.value) if modality in self._held_locks(known) else None

    def _unfit(self, probes: tuple[Probe, ...]) -> Refusal | None:
        if not probes or not all(probe.content for probe in probes):
            return Refusal(Code.BIO_COUNT, "probes")
        large = any(len(probe.content) > self._policy.sample_bytes for probe in probes)
        return Refusal(Code.BIO_TOOLARGE, "smaller_file") if large else None

    def _barred(self, by: Actor) -> Refusal | None:
        if not by.holds(Role.OFFICER):
            return self._no(by, Refusal(Code.ENR_ROLE))
        return None if by.centre_id is not None else self._no(by, Refusal(Code.ENR_ROLE, "posting"))

    def _no(self, by: Actor, refusal: Refusal, known: Known | None = None) -> Refusal:
        """The refusal, with its audit row."""
        person = None if known is None else str(known.accounts[0])
        body = {"action": "verify", "reason": refusal.code.value, "about": refusal.about, "person": person}
        self._trail.append(AuditEvent(Event.STAFF_REFUSED, actor=by.reference, body=body))
        return refusal

    def _tell(self, event: Event, by: Actor, known: Known, body: Mapping[str, BodyValue]) -> None:
        """In the history of every account of theirs."""
        for account in known.accounts:
            self._trail.append(AuditEvent(event, subscriber_id=account, actor=by.reference, body=dict(body)))
