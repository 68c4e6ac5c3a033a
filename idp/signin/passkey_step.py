"""A passkey in a sign-in: as the only step, as the second one, or to prove more inside a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from idp.authenticators import AddressLimit, Throttle
from idp.authenticators.passkey_answers import Asserted, encoded, read_assertion
from idp.authenticators.passkey_ceremonies import Ceremonies, ProvenPasskey
from idp.authenticators.passkey_challenges import Bond, PasskeyPurpose
from idp.authenticators.passkey_store import Passkey, PasskeyStore
from idp.authenticators.throttling import Factor
from idp.errors import Code, Refusal
from idp.sessions import Devices
from idp.signin.flow import State
from idp.signin.outcomes import Browser, Outcome
from idp.signin.steps import SignIn
from idp.signin.transaction import Transaction
from idp.subscribers.directory import Directory, Subscriber

__all__ = ["PasskeyStep"]

_NOBODY = UUID(int=0)


class PasskeyStep:
    """Takes the step, in the caller's transaction; commit after a refusal too, since it is audited.

    `copied` is told of a passkey whose counter went back, so that its owner hears of it.
    """

    def __init__(
        self,
        sign_in: SignIn,
        ceremonies: Ceremonies,
        store: PasskeyStore,
        directory: Directory,
        devices: Devices,
        limits: tuple[Throttle, AddressLimit],
        copied: Callable[[Passkey], None] = lambda _: None,
    ) -> None:
        self._sign_in = sign_in
        self._ceremonies = ceremonies
        self._store = store
        self._directory = directory
        self._devices = devices
        self._throttle, self._addresses = limits
        self._copied = copied

    def options(self, transaction: Transaction) -> dict[str, Any] | Refusal:
        """What to ask of the browser; `TRANSACTION_STATE` where nothing is asked any more, or `THROTTLED`."""
        if transaction.state not in {State.CREDENTIALS, State.SECOND_FACTOR}:
            return Refusal(Code.TRANSACTION_STATE, transaction.state.value)
        return self._ceremonies.begin_assertion(_bond(transaction))

    def submit(self, transaction: Transaction, text: str, browser: Browser) -> Outcome:
        """Take what the browser answered, as JSON.

        Refused: as `Ceremonies.finish_assertion`, `PASSKEY_MALFORMED`, `PASSKEY_UNKNOWN` also for people who may not
        sign in, `THROTTLED` (detail `passkey` or `place`), and as `SignIn.accept`.
        """
        if transaction.state not in {State.CREDENTIALS, State.SECOND_FACTOR}:
            return Refusal(Code.TRANSACTION_STATE, transaction.state.value)
        bond = _bond(transaction)
        answer = read_assertion(text)
        passkey = None if isinstance(answer, Refusal) else self._store.find(answer.credential_id)
        person = self._about(transaction, passkey)
        place = (browser.address, self._devices.find(browser.device_cookie, _NOBODY if person is None else person.id))
        refusal = self._addresses.count(*place)
        if refusal is not None:
            return refusal
        if isinstance(answer, Refusal):
            self._ceremonies.note(bond, answer, transaction.subscriber_id, None)
            return answer
        subject = f"credential|{encoded(answer.credential_id)}" if person is None else f"person|{person.id}"
        reserved = self._sign_in.reserve(Factor.PASSKEY, subject, person, browser, transaction)
        if isinstance(reserved, Refusal):
            return reserved
        proven = self._proven(bond, answer, passkey)
        if isinstance(proven, Refusal):
            return proven
        owner = self._directory.get(proven.passkey.subscriber_id)
        if owner is None or not owner.active:
            refusal = Refusal(Code.PASSKEY_UNKNOWN, "state")
            self._ceremonies.note(bond, refusal, proven.passkey.subscriber_id, proven.passkey)
            return refusal
        self._throttle.clear(reserved)
        outcome = self._sign_in.accept(transaction, owner, proven.amr, browser)
        if transaction.version == 1 and not isinstance(outcome, Refusal):
            self._addresses.give_back(*place)
        return outcome

    def _proven(self, bond: Bond, answer: Asserted, passkey: Passkey | None) -> ProvenPasskey | Refusal:
        proven = self._ceremonies.finish_assertion(bond, answer, passkey)
        if passkey is not None and isinstance(proven, Refusal) and proven.code is Code.PASSKEY_COUNTER:
            self._copied(passkey)
        return proven

    def _about(self, transaction: Transaction, passkey: Passkey | None) -> Subscriber | None:
        """Whom a try aims at: the person of the sign-in, else the owner of the passkey."""
        if transaction.subscriber_id is not None:
            return self._directory.get(transaction.subscriber_id)
        return None if passkey is None else self._directory.get(passkey.subscriber_id)


def _bond(transaction: Transaction) -> Bond:
    """The transaction moves on with every step, so that an answer begun before one is worth nothing after it."""
    place = f"{transaction.id}.{transaction.rounds}"
    person = transaction.subscriber_id if transaction.state is State.SECOND_FACTOR else None
    return Bond(PasskeyPurpose.SIGN_IN, place, transaction.browser, person)
