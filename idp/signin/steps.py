"""The steps of a sign-in: each takes what was typed and says what comes next.

Counting comes before checking, in a commit of its own. Known and unknown people cost the same and hear the
same: whoever may not sign in, for whatever reason, hears that user name or password is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators import AddressLimit, Passwords, Throttle, Totp, aal_of
from idp.authenticators.assurance import CODE, MANY, PASSWORD
from idp.authenticators.throttling import Factor, Reserved
from idp.errors import Code, Refusal
from idp.sessions import Devices, Session, Sessions, SessionStart
from idp.signin.flow import Move, State
from idp.signin.transaction import CODES, Transaction, Transactions
from idp.subscribers.directory import Directory, Subscriber
from idp.subscribers.usernames import fold_username

__all__ = [
    "CODES_SPENT",
    "PAUSE_SECONDS",
    "Browser",
    "Completed",
    "Factors",
    "NeedsCode",
    "Outcome",
    "SignIn",
    "StartOver",
]

CODES_SPENT = "codes_spent"
PAUSE_SECONDS = 60
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a step comes from. `session` is the one this browser has now, to be renewed or replaced."""

    address: str
    user_agent: str = ""
    device_cookie: str | None = field(default=None, repr=False)
    session: Session | None = None


@dataclass(frozen=True, slots=True)
class Factors:
    """What is checked and what counts the guesses."""

    passwords: Passwords
    totp: Totp
    throttle: Throttle
    addresses: AddressLimit


@dataclass(frozen=True, slots=True)
class NeedsCode:
    """The password was right; a code is asked next."""

    transaction: Transaction


@dataclass(frozen=True, slots=True)
class Completed:
    """Signed in. Both secrets are for cookies and are nowhere else."""

    transaction: Transaction
    session: Session
    session_secret: str = field(repr=False)
    device_cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StartOver:
    """This round is over without success (too many codes, or the account changed): back to the password."""

    transaction: Transaction


Outcome = NeedsCode | Completed | StartOver | Refusal


class SignIn:
    """Takes the steps, in the caller's transaction; commit after a refusal too, since it is audited."""

    def __init__(
        self,
        directory: Directory,
        factors: Factors,
        sessions: Sessions,
        devices: Devices,
        transactions: Transactions,
        trail: Trail,
    ) -> None:
        self._directory = directory
        self._factors = factors
        self._sessions = sessions
        self._devices = devices
        self._transactions = transactions
        self._trail = trail

    def submit_password(self, transaction: Transaction, identifier: str, password: str, browser: Browser) -> Outcome:
        """The first step: who, and the password.

        Refused: `PASSWORD_WRONG` (also for unknown and suspended people), `THROTTLED` (detail `password` or
        `place`), `PASSWORD_BUSY`, `TRANSACTION_STATE` (no password is asked here any more).
        """
        if transaction.state not in {State.CREDENTIALS, State.SECOND_FACTOR}:
            return Refusal(Code.TRANSACTION_STATE, transaction.state.value)
        person = self._directory.by_username(identifier)
        place = (browser.address, self._known_device(person, browser))
        refusal = self._factors.addresses.count(*place)
        if refusal is not None:
            return refusal
        subject = f"name|{fold_username(identifier) or ''}" if person is None else f"person|{person.id}"
        reserved = self._reserve(Factor.PASSWORD, subject, person, browser, transaction)
        if isinstance(reserved, Refusal):
            return reserved
        right = self._factors.passwords.check(None if person is None else person.id, password)
        if isinstance(right, Refusal):
            self._factors.throttle.give_back(reserved)
            self._factors.addresses.give_back(*place)
            return right
        if person is None or not right or not person.active:
            reason = "unknown" if person is None else "state" if right else "wrong"
            self._audit(Event.SIGNIN_FAILED, transaction, person, reserved, reason)
            return Refusal(Code.PASSWORD_WRONG)
        self._factors.throttle.clear(reserved)
        move = Move.FIRST_FACTOR if self._factors.totp.is_bound(person.id) else Move.COMPLETE
        moved = self._transactions.advance(transaction, move, subscriber_id=person.id, amr=(PASSWORD,))
        if isinstance(moved, Refusal):
            return moved
        if transaction.version == 1:  # once a sign-in, or one of them would be good for any number of checks
            self._factors.addresses.give_back(*place)
        if move is Move.COMPLETE:
            return self._completed(moved, person, browser)
        self._audit(Event.SIGNIN_FIRST_FACTOR, moved, person, reserved, None)
        return NeedsCode(moved)

    def submit_code(self, transaction: Transaction, code: str, browser: Browser) -> Outcome:
        """The second step: a one-time code of six ASCII digits.

        Refused: `TOTP_WRONG`, `TOTP_REPLAYED`, `THROTTLED` (detail `code`), `TRANSACTION_STATE` (no code is
        asked here). After five codes the round is over: `StartOver`.
        """
        if transaction.state is not State.SECOND_FACTOR or transaction.subscriber_id is None:
            return Refusal(Code.TRANSACTION_STATE, transaction.state.value)
        person = self._directory.get(transaction.subscriber_id)
        if person is None or not person.active:
            return self.restart(transaction)
        tried = self._transactions.count_code(transaction)
        if tried > CODES:  # sent in parallel with the last one that counts, which decides where this round ends
            return Refusal(Code.THROTTLED, Factor.CODE.value, retry_after=PAUSE_SECONDS)
        reserved = self._reserve(Factor.CODE, f"person|{person.id}", person, browser, transaction)
        if isinstance(reserved, Refusal):
            return reserved
        patient = self._reserve(Factor.CODE_PATIENCE, f"person|{person.id}", person, browser, transaction)
        if isinstance(patient, Refusal):
            return replace(patient, detail=Factor.CODE.value)
        refusal = self._factors.totp.check(person.id, code)
        if refusal is not None:
            replayed = refusal.code is Code.TOTP_REPLAYED
            event = Event.SIGNIN_CODE_REPLAYED if replayed else Event.SIGNIN_FAILED
            self._audit(event, transaction, person, reserved, refusal.code.value)
            return refusal if tried < CODES else self.restart(transaction, CODES_SPENT)
        self._factors.throttle.clear(reserved)
        self._factors.throttle.clear(patient)
        amr = (*transaction.amr, CODE, MANY)
        moved = self._transactions.advance(transaction, Move.COMPLETE, subscriber_id=person.id, amr=amr)
        return moved if isinstance(moved, Refusal) else self._completed(moved, person, browser)

    def restart(self, transaction: Transaction, reason: str = "") -> StartOver | Refusal:
        """Back to the password page, for another account or try; `TRANSACTION_STATE` when it is too late."""
        moved = self._transactions.advance(transaction, Move.RESTART, reason=reason)
        return moved if isinstance(moved, Refusal) else StartOver(moved)

    def _reserve(
        self,
        factor: Factor,
        subject: str,
        person: Subscriber | None,
        browser: Browser,
        transaction: Transaction,
    ) -> Reserved | Refusal:
        reserved = self._factors.throttle.reserve(factor, subject, self._known_device(person, browser))
        if isinstance(reserved, Refusal):
            refused = Reserved(factor, self._factors.throttle.pseudonym(subject), "")
            self._audit(Event.SIGNIN_THROTTLED, transaction, person, refused, None)
        return reserved

    def _known_device(self, person: Subscriber | None, browser: Browser) -> UUID | None:
        return self._devices.find(browser.device_cookie, _NOBODY if person is None else person.id)

    def _completed(self, transaction: Transaction, person: Subscriber, browser: Browser) -> Completed:
        amr = transaction.amr
        device = self._devices.remember(browser.device_cookie, person.id)
        started = self._sessions.start(
            SessionStart(person.id, amr, aal_of(amr), device.device_id, browser.user_agent), browser.session
        )
        return Completed(transaction, started.session, started.secret, device.cookie)

    def _audit(
        self,
        event: Event,
        transaction: Transaction,
        person: Subscriber | None,
        reserved: Reserved,
        reason: str | None,
    ) -> None:
        """Whom a guess aimed at is told by a pseudonym, so that guesses at nobody can be counted too."""
        self._trail.append(
            AuditEvent(
                event,
                subscriber_id=None if person is None else person.id,
                client_id=transaction.client_id,
                body={"factor": reserved.factor.value, "reason": reason, "subject": reserved.subject[:16]},
            )
        )
