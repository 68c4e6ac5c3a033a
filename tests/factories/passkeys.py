"""Passkeys over one database session: the store, the ceremonies, the step of a sign-in, and people who hold some."""

import json
import uuid
from typing import Any

from idp.authenticators.passkey_ceremonies import Ceremonies, PasskeyRules
from idp.authenticators.passkey_challenges import Bond, Challenges, PasskeyPurpose
from idp.authenticators.passkey_options import PasskeyOwner
from idp.authenticators.passkey_store import NewPasskey, Passkey, PasskeyStore
from idp.authenticators.throttling import AddressLimit
from idp.errors import Refusal
from idp.signin import Browser, Transaction
from idp.signin.outcomes import Outcome
from idp.signin.passkey_step import PasskeyStep
from tests.factories.keys import sealer
from tests.factories.signin import Desk, browser
from tests.factories.softkey import SoftKey

__all__ = ["ORIGIN", "KeyDesk"]

ORIGIN = "http://localhost:8000"
RULES = PasskeyRules.for_issuer(ORIGIN)


class KeyDesk:
    """The passkey services of one request, beside those of `desk`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        shared = desk.shared
        self.copied: list[Passkey] = []
        self.store = PasskeyStore(desk.session, sealer(shared.keys), desk.clock, desk.entropy, desk.trail)
        self.challenges = Challenges(shared.ephemeral, desk.entropy)
        self.ceremonies = Ceremonies(self.store, self.challenges, RULES, desk.entropy, desk.trail)
        limits = desk.throttle, AddressLimit(shared.ephemeral, shared.keys, shared.addresses)
        self.step = PasskeyStep(
            desk.signin, self.ceremonies, self.store, desk.directory, desk.devices, limits, self.copied.append
        )

    def bond(self, person: uuid.UUID, place: str = "session") -> Bond:
        """What a registration of this person is bound to."""
        return Bond(PasskeyPurpose.REGISTER, place, "browser", person)

    def ask(self, person: uuid.UUID, place: str = "session", group: str = "citizen") -> dict[str, Any]:
        """Creation options for this person."""
        owner = PasskeyOwner(person, "testa", "Testa Madeup")
        options = self.ceremonies.begin_registration(self.bond(person, place), owner, group)
        assert not isinstance(options, Refusal), options
        return options

    def finish(self, person: uuid.UUID, answer: object, place: str = "session") -> NewPasskey | Refusal:
        """What comes of a registration's answer."""
        return self.ceremonies.finish_registration(self.bond(person, place), person, "citizen", json.dumps(answer))

    def give(self, person: uuid.UUID, soft: SoftKey | None = None, name: str = "A key") -> SoftKey:
        """A passkey for this person, by a whole registration."""
        soft = soft or SoftKey(ORIGIN)
        made = self.finish(person, soft.make(self.ask(person)))
        assert isinstance(made, NewPasskey), made
        assert isinstance(self.store.add(person, made, name), uuid.UUID)
        return soft

    def passkey(self, soft: SoftKey) -> Passkey:
        """What is stored of it."""
        found = self.store.find(soft.credential_id)
        assert found is not None
        return found

    def options(self, transaction: Transaction) -> dict[str, Any]:
        """Request options of a sign-in."""
        options = self.step.options(transaction)
        assert not isinstance(options, Refusal), options
        return options

    def use(self, transaction: Transaction, soft: SoftKey, at: Browser | None = None, **given: Any) -> Outcome:
        """The whole step."""
        answer = soft.use(self.options(transaction), **given)
        return self.step.submit(transaction, json.dumps(answer), at or browser())
