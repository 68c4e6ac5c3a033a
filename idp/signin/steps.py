"""The steps of a sign-in: each takes what was typed or shown and says what comes next.

Counting comes before checking, in a commit of its own. Known and unknown people cost the same and hear the same:
whoever may not sign in, for whatever reason, hears that user name or password is wrong. Every factor, wherever it is
checked, ends in `SignIn.accept`: nothing else makes a session.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.assurance import CODE, PASSWORD, SYNCED_PASSKEY_LEVEL, aal_of, joined
from idp.authenticators.methods import Holdings
from idp.authenticators.throttling import Factor, Reserved
from idp.errors import Code, Refusal
from idp.sessions import Devices, Sessions, SessionStart
from idp.signin.acceptance import BODIES, Barred, Enough, More, Verdict, Wanted, judge
from idp.signin.flow import Move, State
from idp.signin.outcomes import (
    CODES_SPENT,
    PAUSE_SECONDS,
    Browser,
    Completed,
    Factors,
    NeedsSecond,
    Outcome,
    Recognised,
    StartOver,
    Teller,
)
from idp.signin.transaction import CODES, Transaction, Transactions
from idp.subscribers.directory import Directory, Subscriber
from idp.subscribers.usernames import fold_username

__all__ = ["SignIn"]

_NOBODY = UUID(int=0)
_OPEN = frozenset({State.CREDENTIALS, State.SECOND_FACTOR})


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
        teller: Teller | None = None,
        synced_passkey: int = SYNCED_PASSKEY_LEVEL,
    ) -> None:
        self._directory = directory
        self._factors = factors
        self._sessions = sessions
        self._devices = devices
        self._transactions = transactions
        self._trail = trail
        self._teller = teller
        self._synced_passkey = synced_passkey

    def submit_password(self, transaction: Transaction, identifier: str, password: str, browser: Browser) -> Outcome:
        """The first step: who, and the password.

        Refused: `PASSWORD_WRONG` (also for unknown and suspended people), `THROTTLED` (detail `password` or
        `place`), `PASSWORD_BUSY`, `TRANSACTION_STATE` (no password is asked here any more), and as `accept`.
        """
        if transaction.state not in _OPEN:
            return Refusal(Code.TRANSACTION_STATE, transaction.state.value)
        person = self._directory.by_username(identifier)
        place = (browser.address, self._known_device(person, browser))
        refusal = self._factors.addresses.count(*place)
        if refusal is not None:
            return refusal
        subject = f"name|{fold_username(identifier) or ''}" if person is None else f"person|{person.id}"
        reserved = self.reserve(Factor.PASSWORD, subject, person, browser, transaction)
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
        outcome = self._first(transaction, person, (PASSWORD,), browser)
        if transaction.version == 1 and not isinstance(outcome, Refusal):
            # once a sign-in, or one of them would be good for any number of checks
            self._factors.addresses.give_back(*place)
        return outcome

    def submit_code(self, transaction: Transaction, code: str, browser: Browser) -> Outcome:
        """A second step: a one-time code of six ASCII digits from the person's code generator.

        Refused: `TOTP_WRONG`, `TOTP_REPLAYED`, and as `prove`.
        """
        return self.prove(
            transaction,
            browser,
            Factor.CODE,
            (CODE,),
            lambda person: self._factors.totp.check(person.id, code),
        )

    def prove(
        self,
        transaction: Transaction,
        browser: Browser,
        factor: Factor,
        amr: tuple[str, ...],
        check: Callable[[Subscriber], Refusal | None],
    ) -> Outcome:
        """A second step of any kind that can be guessed: counted, checked once, audited, and accepted.

        `check` spends what was typed and returns None when it was right; `amr` is what that proves. Refused: what
        `check` refuses, `THROTTLED` (detail: the factor), `TRANSACTION_STATE` (no second step is asked here), and as
        `accept`. After five tries the round is over, whatever was tried: `StartOver`.
        """
        if transaction.state is not State.SECOND_FACTOR or transaction.subscriber_id is None:
            return Refusal(Code.TRANSACTION_STATE, transaction.state.value)
        person = self._directory.get(transaction.subscriber_id)
        if person is None or not person.active:
            return self.restart(transaction)
        tried = self._transactions.count_code(transaction)
        if tried > CODES:  # sent in parallel with the last one that counts, which decides where this round ends
            return Refusal(Code.THROTTLED, factor.value, retry_after=PAUSE_SECONDS)
        reserved = self.reserve(factor, f"person|{person.id}", person, browser, transaction)
        if isinstance(reserved, Refusal):
            if self._teller is not None:
                self._teller.guessing(person)
            return reserved
        # One for each way: whoever reads the mailbox must not wipe out the guesses at the code generator.
        patience = f"person|{person.id}|{factor}|{'+'.join(amr)}"
        patient = self.reserve(Factor.CODE_PATIENCE, patience, person, browser, transaction)
        if isinstance(patient, Refusal):
            return replace(patient, detail=factor.value)
        refusal = check(person)
        if refusal is not None:
            replayed = refusal.code is Code.TOTP_REPLAYED
            event = Event.SIGNIN_CODE_REPLAYED if replayed else Event.SIGNIN_FAILED
            self._audit(event, transaction, person, reserved, refusal.code.value)
            return refusal if tried < CODES else self.restart(transaction, CODES_SPENT)
        self._factors.throttle.clear(reserved)
        self._factors.throttle.clear(patient)
        return self.accept(transaction, person, amr, browser)

    def accept(self, transaction: Transaction, person: Subscriber, amr: tuple[str, ...], browser: Browser) -> Outcome:
        """`amr` was proven by `person` just now: a session, or what must be proven next.

        What was proven before in this transaction counts with it while it is about the same person; what a session
        proved, only while that session is this browser's. Refused: `FACTOR_MISSING` (detail `staff`: a passkey is
        needed and there is none), `TRANSACTION_STATE` (nothing is asked here, or another request was faster).
        """
        if transaction.state not in _OPEN:
            return Refusal(Code.TRANSACTION_STATE, transaction.state.value)
        if not person.active:
            return self.restart(transaction)
        same = transaction.state is State.SECOND_FACTOR and transaction.subscriber_id == person.id
        if not same:
            return self._first(transaction, person, amr, browser)
        if _orphaned(transaction, browser):
            return self.restart(transaction, "session.ended")
        return self._advance(transaction, person, joined(transaction.amr, amr), browser)

    def ways(self, transaction: Transaction) -> More:
        """The methods that lead on from the second page, best first; none when nothing does."""
        person = None if transaction.subscriber_id is None else self._directory.get(transaction.subscriber_id)
        if transaction.state is not State.SECOND_FACTOR or person is None or not person.active:
            return More(())
        verdict = self._judge(transaction, person, transaction.amr)
        if not isinstance(verdict, More):
            return More((), optional=isinstance(verdict, Enough))
        held = transaction.session_id is not None and transaction.wish.voluntary
        return replace(verdict, optional=verdict.optional or held)

    def skip(self, transaction: Transaction, browser: Browser) -> Outcome:
        """Go on with what was proven, where more was wished for and not needed; `TRANSACTION_STATE` elsewhere."""
        person = None if transaction.subscriber_id is None else self._directory.get(transaction.subscriber_id)
        if person is None or not person.active or _orphaned(transaction, browser):
            return self.restart(transaction)
        more = self.ways(transaction)
        body = bool(BODIES.keys() & set(more.methods))
        if not more.optional or not (transaction.wish.voluntary or body):
            return Refusal(Code.TRANSACTION_STATE, "this step is needed")
        if transaction.session_id is None or body:
            return self._completed(transaction, person, transaction.amr, browser)
        moved = self._transactions.advance(transaction, Move.RECOGNISE, subscriber_id=person.id, settled=True)
        return moved if isinstance(moved, Refusal) else Recognised(moved)

    def restart(self, transaction: Transaction, reason: str = "") -> StartOver | Refusal:
        """Back to the password page, for another account or try; `TRANSACTION_STATE` when it is too late."""
        moved = self._transactions.advance(transaction, Move.RESTART, reason=reason)
        return moved if isinstance(moved, Refusal) else StartOver(moved)

    def reserve(
        self,
        factor: Factor,
        subject: str,
        person: Subscriber | None,
        browser: Browser,
        transaction: Transaction,
    ) -> Reserved | Refusal:
        """Count one try before it is checked; a refusal (`THROTTLED`) is audited."""
        reserved = self._factors.throttle.reserve(factor, subject, self._known_device(person, browser))
        if isinstance(reserved, Refusal):
            refused = Reserved(factor, self._factors.throttle.pseudonym(subject), "")
            self._audit(Event.SIGNIN_THROTTLED, transaction, person, refused, None)
        return reserved

    def holdings(self, person: Subscriber) -> Holdings:
        """What this person has to prove who they are with."""
        return self._factors.methods.held_by(person)

    def _first(self, transaction: Transaction, person: Subscriber, amr: tuple[str, ...], browser: Browser) -> Outcome:
        """The first step of whoever this is; nothing that was proven before it counts."""
        alone = replace(transaction, subscriber_id=None, amr=(), session_id=None)
        return self._advance(alone, person, joined((), amr), browser)

    def _advance(
        self, transaction: Transaction, person: Subscriber, proven: tuple[str, ...], browser: Browser
    ) -> Outcome:
        verdict = self._judge(transaction, person, proven)
        if isinstance(verdict, Enough):
            return self._completed(transaction, person, proven, browser)
        factor = Factor.PASSWORD if PASSWORD in proven else Factor.PASSKEY
        subject = Reserved(factor, self._factors.throttle.pseudonym(f"person|{person.id}"), "")
        if isinstance(verdict, Barred):
            self._audit(Event.SIGNIN_FAILED, transaction, person, subject, Code.FACTOR_MISSING.value)
            return Refusal(Code.FACTOR_MISSING, "staff")
        chosen = transaction.chosen if transaction.chosen in verdict.methods else None
        moved = self._transactions.advance(
            transaction, Move.FIRST_FACTOR, subscriber_id=person.id, amr=proven, chosen=chosen
        )
        if isinstance(moved, Refusal):
            return moved
        self._audit(Event.SIGNIN_FIRST_FACTOR, moved, person, subject, None)
        return NeedsSecond(moved, verdict.methods)

    def _judge(self, transaction: Transaction, person: Subscriber, proven: tuple[str, ...]) -> Verdict:
        # A service's level is the lesser of proofing and sign-in: nobody proves more in vain.
        vain = transaction.request is not None and person.ial < transaction.wanted
        wanted = Wanted(0 if vain else transaction.wanted, transaction.wish.voluntary, transaction.wish.contact)
        return judge(person.group, self.holdings(person), proven, wanted, self._synced_passkey, transaction.chosen)

    def _known_device(self, person: Subscriber | None, browser: Browser) -> UUID | None:
        return self._devices.find(browser.device_cookie, _NOBODY if person is None else person.id)

    def _completed(
        self, transaction: Transaction, person: Subscriber, amr: tuple[str, ...], browser: Browser
    ) -> Outcome:
        if not self._directory.stays_active(person.id):  # closed or suspended in this very moment
            return self.restart(transaction)
        moved = self._transactions.advance(transaction, Move.COMPLETE, subscriber_id=person.id, amr=amr)
        if isinstance(moved, Refusal):
            return moved
        device = self._devices.remember(browser.device_cookie, person.id, browser.user_agent)
        aal = aal_of(amr, self._synced_passkey)
        start = SessionStart(person.id, amr, aal, device.device_id, browser.user_agent)
        if transaction.session_id is None:
            started = self._sessions.start(start, browser.session)
        else:
            renewed = self._sessions.step_up(transaction.session_id, start)
            if renewed is None:  # it ended in this very moment, and what it proved with it
                return self.restart(moved, "session.ended")
            started = renewed
        if device.new and self._teller is not None:
            self._teller.new_device(person, started.session, browser.user_agent)
        return Completed(moved, started.session, started.secret, device.cookie, device.new)

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


def _orphaned(transaction: Transaction, browser: Browser) -> bool:
    """True when what was proven comes from a session that this browser no longer has."""
    held = browser.session
    return transaction.session_id is not None and (held is None or held.id != transaction.session_id)
