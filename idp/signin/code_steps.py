"""Second steps with a code that came by e-mail or SMS, or from paper. Every right one ends in `SignIn.accept`.

A message goes out only when the person asks for it, to the address that is recorded and proven at that moment; the
code counts only for that address, in this sign-in and this round of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from idp.authenticators.assurance import CODE, EMAIL, SMS
from idp.authenticators.methods import Method
from idp.authenticators.one_time_code import CodePurpose, OneTimeCodes, Sent
from idp.authenticators.recovery_codes import RecoveryCodes
from idp.authenticators.throttling import Factor
from idp.errors import Code, Refusal
from idp.outbox import Channel
from idp.signin.outcomes import Browser, Outcome
from idp.signin.steps import SignIn
from idp.signin.transaction import Transaction
from idp.subscribers import Directory, Subscriber

__all__ = ["CHANNELS", "CodeSteps", "UnderWay"]

CHANNELS: Mapping[Method, Channel] = MappingProxyType({Method.EMAIL_CODE: Channel.EMAIL, Method.SMS_CODE: Channel.SMS})
_CLAIMS = MappingProxyType({Channel.EMAIL: "email", Channel.SMS: "phone_number"})
_AMR = MappingProxyType({Channel.EMAIL: (EMAIL,), Channel.SMS: (SMS,)})


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What the page of a message code shows: the address it goes to, and the code that was sent, if one was."""

    address: str = field(repr=False)
    sent: Sent | None


class CodeSteps:
    """Takes these steps, in the caller's transaction; commit after a refusal too, since it is counted and audited."""

    def __init__(
        self, sign_in: SignIn, directory: Directory, message_codes: OneTimeCodes, recovery_codes: RecoveryCodes
    ) -> None:
        self._sign_in = sign_in
        self._directory = directory
        self._message_codes = message_codes
        self._recovery_codes = recovery_codes

    def under_way(self, transaction: Transaction, method: Method) -> UnderWay | Refusal:
        """How a code by message stands; `FACTOR_MISSING` where this method does not lead on here. Changes nothing."""
        address = self._address(transaction, method)
        if isinstance(address, Refusal):
            return address
        sent = self._message_codes.under_way(CodePurpose.SIGNIN, bound_to(transaction, CHANNELS[method]))
        return UnderWay(address, sent)

    def send(self, transaction: Transaction, method: Method, locale: str | None) -> Sent | Refusal:
        """Send a code; `locale` is the language of the page it was asked on.

        Refused: `FACTOR_MISSING` as above, and what `OneTimeCodes.send` refuses.
        """
        address = self._address(transaction, method)
        if isinstance(address, Refusal):
            return address
        channel = CHANNELS[method]
        return self._message_codes.send(
            CodePurpose.SIGNIN, bound_to(transaction, channel), channel, address, transaction.subscriber_id, locale
        )

    def submit_message_code(self, transaction: Transaction, method: Method, code: str, browser: Browser) -> Outcome:
        """A code by message, six ASCII digits.

        Refused: `MESSAGE_CODE_WRONG`, `MESSAGE_CODE_OVER` (ask for a new one), `FACTOR_MISSING` as above, and what
        `SignIn.prove` refuses.
        """
        address = self._address(transaction, method)
        if isinstance(address, Refusal):
            return address
        channel = CHANNELS[method]

        def check(_: Subscriber) -> Refusal | None:
            return self._message_codes.spend(CodePurpose.SIGNIN, bound_to(transaction, channel), code, address)

        return self._sign_in.prove(transaction, browser, Factor.MESSAGE_CODE, _AMR[channel], check)

    def submit_recovery_code(self, transaction: Transaction, typed: str, browser: Browser) -> Outcome:
        """A printed code, as typed. Refused: `RECOVERY_CODE_WRONG`, `FACTOR_MISSING`, and as `SignIn.prove`."""
        if Method.RECOVERY_CODE not in self._sign_in.ways(transaction).methods:
            return Refusal(Code.FACTOR_MISSING, Method.RECOVERY_CODE.value)

        def check(person: Subscriber) -> Refusal | None:
            return self._recovery_codes.spend(person.id, typed)

        return self._sign_in.prove(transaction, browser, Factor.RECOVERY_CODE, (CODE,), check)

    def _address(self, transaction: Transaction, method: Method) -> str | Refusal:
        person = None if transaction.subscriber_id is None else self._directory.get(transaction.subscriber_id)
        identity = None if person is None else self._directory.identity(person)
        address = None if identity is None else identity.claims.get(_CLAIMS[CHANNELS[method]])
        if address is None or method not in self._sign_in.ways(transaction).methods:
            return Refusal(Code.FACTOR_MISSING, method.value)
        return str(address)


def bound_to(transaction: Transaction, channel: Channel) -> str:
    """What a code of this sign-in is bound to: a new round, or the other channel, begins without one."""
    return f"{transaction.id}:{transaction.rounds}:{channel}"
