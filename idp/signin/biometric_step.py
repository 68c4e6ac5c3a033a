"""A face or finger in a sign-in: only beside something that the person holds (AC-105). It ends in `SignIn.accept`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from idp.authenticators.assurance import CODE, FACE, FINGER, PASSKEYS, SMS
from idp.authenticators.biometric import Biometrics, Modality
from idp.authenticators.methods import Method
from idp.errors import Code, Refusal
from idp.signin.flow import State
from idp.signin.outcomes import CODES_SPENT, PAUSE_SECONDS, Browser, Outcome
from idp.signin.steps import SignIn
from idp.signin.transaction import CODES, Transaction, Transactions
from idp.subscribers import Directory

__all__ = ["MODALITIES", "BiometricStep"]

MODALITIES: Mapping[Method, Modality] = MappingProxyType({Method.FACE: Modality.FACE, Method.FINGER: Modality.FINGER})
_AMR = MappingProxyType({Method.FACE: (FACE,), Method.FINGER: (FINGER,)})
_HELD = PASSKEYS | {CODE, SMS}


class BiometricStep:
    """Takes the step, in the caller's transaction; commit after a refusal too, since it is noted and audited."""

    def __init__(
        self, sign_in: SignIn, biometrics: Biometrics, directory: Directory, transactions: Transactions
    ) -> None:
        self._sign_in = sign_in
        self._biometrics = biometrics
        self._directory = directory
        self._transactions = transactions

    def begin(self, transaction: Transaction, method: Method) -> str | Refusal:
        """The challenge for the page of `method`; `FACTOR_MISSING` or `TRANSACTION_STATE` where it is not asked."""
        refusal = self._barred(transaction, method)
        if refusal is not None or transaction.subscriber_id is None:
            return refusal or Refusal(Code.TRANSACTION_STATE)
        return self._biometrics.begin(_place(transaction), transaction.subscriber_id, MODALITIES[method])

    def wanted(self, transaction: Transaction, method: Method) -> str:
        """Which finger to ask for, as a word; empty where it makes no difference."""
        if transaction.subscriber_id is None:
            return ""
        return self._biometrics.wanted(transaction.subscriber_id, MODALITIES[method])

    def submit(
        self, transaction: Transaction, method: Method, sample: bytes, challenge: str, browser: Browser
    ) -> Outcome:
        """A sample, as the file that came, and the challenge of its page.

        Refused: `FACTOR_MISSING` (nothing held was proven yet, or as `Biometrics.check`), `TRANSACTION_STATE`, what
        `Biometrics.check` refuses, and as `SignIn.accept`. After five tries the round is over: `StartOver`.
        """
        refusal = self._barred(transaction, method)
        person = None if transaction.subscriber_id is None else self._directory.get(transaction.subscriber_id)
        if refusal is not None:
            return refusal
        if person is None or not person.active:
            return self._sign_in.restart(transaction)
        tried = self._transactions.count_code(transaction)
        if tried > CODES:  # sent in parallel with the last one that counts, which decides where this round ends
            return Refusal(Code.THROTTLED, method.value, retry_after=PAUSE_SECONDS)
        refused = self._biometrics.check(_place(transaction), person.id, MODALITIES[method], sample, challenge)
        if refused is None:
            return self._sign_in.accept(transaction, person, _AMR[method], browser)
        return refused if tried < CODES else self._sign_in.restart(transaction, CODES_SPENT)

    def _barred(self, transaction: Transaction, method: Method) -> Refusal | None:
        if transaction.state is not State.SECOND_FACTOR:
            return Refusal(Code.TRANSACTION_STATE, transaction.state.value)
        if not set(transaction.amr) & _HELD or method not in self._sign_in.ways(transaction).methods:
            return Refusal(Code.FACTOR_MISSING, method.value)
        return None


def _place(transaction: Transaction) -> str:
    return f"{transaction.id}.{transaction.rounds}"
