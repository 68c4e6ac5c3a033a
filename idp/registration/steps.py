"""The steps of a registration: a proven address, a name, a user name and a password; then an account of level 1.

Until the address is proven nobody learns whether it has an account: what is sent there says so (AC-063).
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from idp.authenticators.one_time_code import CodePurpose, OneTimeCodes
from idp.authenticators.password import Passwords
from idp.authenticators.throttling import Factor, Throttle
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.keys import Purpose, PurposeKeys
from idp.notices import verified_contacts
from idp.outbox import Channel
from idp.registration.applications import Application, Applications, State
from idp.registration.suggestions import plain_username
from idp.subscribers.directory import Directory, NewSubscriber
from idp.subscribers.lifecycle import State as AccountState

__all__ = ["CLAIMS", "Registration", "has_account"]

CLAIMS = {Channel.EMAIL: "email", Channel.SMS: "phone_number"}
SUGGESTIONS = 5
_OVER = frozenset({AccountState.CLOSED, AccountState.ERASED})


class Registration:
    """Takes the steps, in the caller's transaction; nothing of a refused `open_account` may be committed."""

    def __init__(
        self,
        session: Session,
        applications: Applications,
        directory: Directory,
        passwords: Passwords,
        codes: OneTimeCodes,
        throttle: Throttle,
        keys: PurposeKeys,
        entropy: Entropy,
    ) -> None:
        self._session = session
        self._applications = applications
        self._directory = directory
        self._passwords = passwords
        self._codes = codes
        self._throttle = throttle
        self._keys = keys
        self._entropy = entropy

    def confirm(self, application: Application, digits: str) -> Application | Refusal:
        """The code that went to the address. Refused alike for known and unknown addresses.

        `MESSAGE_CODE_WRONG`, `MESSAGE_CODE_OVER`, `THROTTLED`; `REGISTRATION_STATE` where no code is asked for.
        """
        if application.state is not State.CODE:
            return Refusal(Code.REGISTRATION_STATE, application.state.value)
        reserved = self._throttle.reserve(Factor.MESSAGE_CODE, f"registration|{application.name}", None)
        if isinstance(reserved, Refusal):
            return reserved
        refusal = self._codes.spend(CodePurpose.REGISTRATION, application.name, digits)
        if refusal is not None:
            return refusal
        self._throttle.clear(reserved)
        return self._applications.move(application, State.NAME)

    def suggestion(self, application: Application) -> str:
        """A user name that nobody has now; empty where none can be made of the names."""
        given, family = application.given_name, application.family_name
        tried = plain_username(given, family)
        for _ in range(SUGGESTIONS):
            if not tried or self._directory.by_username(tried) is None:
                return tried
            tried = plain_username(given, family, 10 + int.from_bytes(self._entropy.bytes(2), "big") % 990)
        return ""

    def open_account(self, application: Application, username: str, password: str) -> UUID | Refusal:
        """Open the account: level 1, active, with the address proven. Of parallel requests one does.

        Refused: `SUBSCRIBER_EXISTS`, `SUBSCRIBER_INVALID`, `PASSWORD_WEAK`, `PASSWORD_BUSY`; `REGISTRATION_TAKEN` where
        the address has got an account meanwhile; `REGISTRATION_STATE`.
        """
        if application.state is not State.ACCOUNT:
            return Refusal(Code.REGISTRATION_STATE, application.state.value)
        claim = CLAIMS[application.channel]
        mark = self._keys.mac(Purpose.BLIND_INDEX, f"registration|{application.contact.casefold()}")
        number = int.from_bytes(mark[:8], "big", signed=True)
        self._session.execute(select(func.pg_advisory_xact_lock(number)))
        if has_account(self._directory, application):
            return Refusal(Code.REGISTRATION_TAKEN)
        full_name = " ".join(filter(None, (application.given_name, application.family_name)))
        claims = {
            "name": full_name,
            "given_name": application.given_name,
            "family_name": application.family_name or None,
            claim: application.contact,
            f"{claim}_verified": True,
        }
        made = self._directory.create(NewSubscriber(username, claims, ial=1, locale=application.locale))
        if isinstance(made, Refusal):
            return made
        about = (username, full_name, application.contact)
        refusal = self._passwords.set(made, password, about)
        return made if refusal is None else refusal


def has_account(directory: Directory, application: Application) -> bool:
    """True when somebody has proven this address to be theirs."""
    for subscriber_id in directory.search(CLAIMS[application.channel], application.contact):
        person = directory.get(subscriber_id)
        identity = None if person is None or person.state in _OVER else directory.identity(person)
        contacts = [] if identity is None else verified_contacts(identity.claims)
        if any(contact.channel is application.channel for contact in contacts):
            return True
    return False
