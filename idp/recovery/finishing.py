"""The end of a recovery: the new password, and everything that ends with the old one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import update

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.methods import Holdings, Methods
from idp.authenticators.passkey_store import PasskeyStore
from idp.authenticators.password import Passwords
from idp.authenticators.recovery_codes import RecoveryCodes
from idp.authenticators.throttling import Factor, Reserved, Throttle
from idp.authenticators.totp import Totp
from idp.clock import Clock
from idp.database import Session
from idp.errors import Code, Refusal
from idp.notices import Notice, Notices
from idp.recovery.cases import Case, Cases
from idp.recovery.ladder import Circumstances, Move, Proof, State, reached
from idp.sessions import Sessions
from idp.subscribers.directory import Directory, Subscriber
from idp.subscribers.hold import hold_on
from idp.subscribers.levels import Levels
from idp.subscribers.profile import words_about
from idp.tokens.models import GrantRow

__all__ = ["Bound", "Finishing", "Lost", "Recovered", "Settled", "can_be_lost", "level_after"]

RECOVERED = "recovered"
# Did the addresses of this person stand as they are well before this moment?
Settled = Callable[[UUID, datetime], bool]
# What else follows for a person whose account is back in their hands.
Recovered = Callable[[UUID], object]
# What an account keeps that lost what it proved its level with.
AFTER_LOSS = 1


class Lost(StrEnum):
    """What the person says is gone; the values are in forms."""

    APP = "app"
    PASSKEYS = "passkeys"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Bound:
    """Where the person's ways to sign in are stored, and what stands with them. `recovered`: what else follows."""

    passwords: Passwords
    totp: Totp
    passkeys: PasskeyStore
    recovery_codes: RecoveryCodes
    throttle: Throttle
    sessions: Sessions
    levels: Levels
    methods: Methods
    recovered: Recovered = lambda _: None


class Finishing:
    """Ends a recovery, in the caller's transaction, of which nothing may be committed after a refusal."""

    def __init__(
        self,
        session: Session,
        directory: Directory,
        bound: Bound,
        cases: Cases,
        notices: Notices,
        clock: Clock,
        trail: Trail,
        settled: Settled = lambda _, __: False,
    ) -> None:
        self._session = session
        self._settled = settled
        self._directory = directory
        self._bound = bound
        self._cases = cases
        self._notices = notices
        self._clock = clock
        self._trail = trail

    def finish(self, case: Case, password: str, lost: Iterable[Lost]) -> Case | Refusal:
        """Set the new password, once; of parallel requests one does.

        What the person says is lost no longer signs anybody in, and the level falls to what the rung is worth. All
        sessions and long accesses end, and so does every other case about the person. While changes are held, nothing
        can be given up as lost but by who was at a centre. Refused: `PASSWORD_WEAK` and `PASSWORD_BUSY`,
        `RECOVERY_CHANGED`, `RECOVERY_LOCKED`, `RECOVERY_STATE`.
        """
        # What is read below stands until the caller commits: a hold that begins now waits, or has begun.
        self._bound.passwords.hold(case.subscriber_id)
        person, gone = self._directory.get(case.subscriber_id), frozenset(lost)
        refusal = self._barred(case, person, losing=bool(gone))
        if refusal is not None or person is None:
            return refusal or Refusal(Code.RECOVERY_STATE)
        if not self._cases.hold(case):
            return Refusal(Code.RECOVERY_STATE, "moved by another request")
        self._drop(case, gone)
        # After the losses: what is left says how long a password must be.
        identity = self._directory.identity(person)
        about = [] if identity is None else words_about(identity)
        refusal = self._bound.passwords.set(person.id, password, about)
        if refusal is not None:
            return refusal
        done = self._cases.move(case, Move.FINISH)
        if isinstance(done, Refusal):
            return done
        level = level_after(case, gone)
        self._bound.levels.lower_level(person.id, level)
        self._bound.sessions.end_all(person.id, RECOVERED)
        self._end_grants(person.id)
        self._cases.end_others(case)
        self._bound.recovered(person.id)
        self._forget_guesses(person.id)
        proofs, given_up = [proof.value for proof in sorted(case.proofs)], [what.value for what in sorted(gone)]
        body: dict[str, str | int | list[str]] = {
            "case": str(case.id),
            "proofs": proofs,
            "level": level,
            "lost": given_up,
        }
        self._trail.append(AuditEvent(Event.RECOVERY_DONE, subscriber_id=person.id, body={**body}))
        self._notices.tell(person.id, Notice.RECOVERY_DONE)
        return done

    def held_back(self, case: Case, person: Subscriber) -> bool:
        """True while changes are held and this case proves too little to set a password all the same.

        Enough is who the person is, shown at a centre; or a case that began under the hold, by a rung that is worth the
        account's level, with addresses that were the person's well before: whoever holds the old password, or a
        session, has none of that.
        """
        hold = hold_on(person, self._clock.now())
        if hold is None or Proof.IN_PERSON in case.proofs:
            return False
        proven = case.level >= person.ial and hold.newer(case.opened_at)
        return not (proven and hold.since is not None and self._settled(person.id, hold.since))

    def _barred(self, case: Case, person: Subscriber | None, *, losing: bool) -> Refusal | None:
        if case.state is not State.READY or person is None or not person.active:
            return Refusal(Code.RECOVERY_STATE, case.state.value)
        keeps = losing and Proof.IN_PERSON not in case.proofs and hold_on(person, self._clock.now()) is not None
        if keeps or self.held_back(case, person):
            return Refusal(Code.RECOVERY_LOCKED)
        account = Circumstances(person.ial, self._bound.methods.held_by(person))
        if not self._cases.unchanged(person.id, case.opened_at) or reached(case.proofs, account) is None:
            return Refusal(Code.RECOVERY_CHANGED)
        return None

    def _drop(self, case: Case, lost: frozenset[Lost]) -> None:
        """What was added after the case began is not lost: somebody had it in hand since."""
        subscriber_id = case.subscriber_id
        if Lost.APP in lost:
            for generator in self._bound.totp.held_by(subscriber_id):
                if generator.created_at <= case.opened_at:
                    self._bound.totp.remove(subscriber_id, generator.id)
        if Lost.PASSKEYS in lost:
            for passkey in self._bound.passkeys.held_by(subscriber_id):
                if passkey.created_at <= case.opened_at:
                    self._bound.passkeys.remove(subscriber_id, passkey.id, keep_one=False)
        if Lost.PAPER in lost and self._bound.recovery_codes.drop(subscriber_id, case.opened_at):
            body = {"factor": "recovery_code"}
            self._trail.append(AuditEvent(Event.AUTHENTICATOR_REMOVED, subscriber_id=subscriber_id, body=body))

    def _end_grants(self, subscriber_id: UUID) -> None:
        self._session.execute(
            update(GrantRow)
            .where(GrantRow.subscriber_id == subscriber_id, GrantRow.revoked_at.is_(None))
            .values(revoked_at=self._clock.now(), revoke_reason=RECOVERED)
        )

    def _forget_guesses(self, subscriber_id: UUID) -> None:
        """Guesses at the old password hold nobody up who has a new one."""
        subject = self._bound.throttle.pseudonym(f"person|{subscriber_id}")
        self._bound.throttle.clear(Reserved(Factor.PASSWORD, subject, "unknown"))


def level_after(case: Case, lost: frozenset[Lost]) -> int:
    """The level that the account can keep: what the rung is worth, and less without the factors that proved it.

    Who was at a centre proved it anew there.
    """
    factors = frozenset[Lost]() if Proof.IN_PERSON in case.proofs else lost & {Lost.APP, Lost.PASSKEYS}
    return min(case.level, AFTER_LOSS) if factors else case.level


def can_be_lost(case: Case, held: Holdings) -> tuple[Lost, ...]:
    """What the person has, and did not show in this very case. Who showed a mailbox alone gives nothing up."""
    if case.proofs <= {Proof.EMAIL}:
        return ()
    has = {
        Lost.APP: bool(held.totp) and Proof.APP not in case.proofs,
        Lost.PASSKEYS: bool(held.passkeys),
        Lost.PAPER: bool(held.recovery_codes) and Proof.PAPER not in case.proofs,
    }
    return tuple(lost for lost, there in has.items() if there)
