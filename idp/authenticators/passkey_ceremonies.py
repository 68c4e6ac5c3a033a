"""The two ceremonies of passkeys from beginning to end: adding one, and proving who one is with one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.assurance import HARDWARE_KEY, MANY, SYNCED_KEY
from idp.authenticators.methods import STAFF
from idp.authenticators.passkey import verify_assertion, verify_registration
from idp.authenticators.passkey_answers import Asserted, read_registration
from idp.authenticators.passkey_challenges import Bond, Challenges
from idp.authenticators.passkey_options import (
    PasskeyOwner,
    PasskeyParty,
    PasskeyPolicy,
    assertion_options,
    creation_options,
)
from idp.authenticators.passkey_store import MAX_PASSKEYS, NewPasskey, Passkey, PasskeyStore
from idp.entropy import Entropy
from idp.errors import Code, Refusal

__all__ = ["Ceremonies", "PasskeyRules", "ProvenPasskey"]

USER_HANDLE_BYTES = 32
_DEFAULT_PORTS = {"http": 80, "https": 443}
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")
PRESENT = "user"  # a person was there (RFC 8176 section 2)


@dataclass(frozen=True, slots=True)
class PasskeyRules:
    """Who we are to passkeys, and what is asked of new ones by policy group; groups not named get the default."""

    party: PasskeyParty
    groups: Mapping[str, PasskeyPolicy]

    def of(self, group: str) -> PasskeyPolicy:
        """The policy of a group."""
        return self.groups.get(group, PasskeyPolicy())

    @classmethod
    def for_issuer(
        cls, issuer: str, related: Iterable[str] = (), models: frozenset[UUID] = frozenset(), roots: str = ""
    ) -> PasskeyRules:
        """The rules of the provider at `issuer`, an http(s) URL; `related` are further origins.

        `models` and `roots` (PEM certificates in one text) are for staff, whose passkeys must be found without a user
        name and come with their maker's statement.
        """
        parts = urlsplit(issuer)
        host = parts.hostname or ""
        port = None if parts.port == _DEFAULT_PORTS.get(parts.scheme) else parts.port
        origin = f"{parts.scheme}://{host}" if port is None else f"{parts.scheme}://{host}:{port}"
        trusted = tuple(certificate.encode() for certificate in _CERTIFICATE.findall(roots))
        staff = PasskeyPolicy(resident="required", attested=True, models=models, roots=trusted)
        return cls(PasskeyParty(host, (origin, *related)), {STAFF: staff})


@dataclass(frozen=True, slots=True)
class ProvenPasskey:
    """The passkey that was proven just now, and what that is worth (RFC 8176)."""

    passkey: Passkey
    amr: tuple[str, ...]


class Ceremonies:
    """Begins and ends ceremonies, in the caller's transaction: commit after a refusal too, since it is audited."""

    def __init__(
        self, store: PasskeyStore, challenges: Challenges, rules: PasskeyRules, entropy: Entropy, trail: Trail
    ) -> None:
        self._store = store
        self._challenges = challenges
        self._rules = rules
        self._entropy = entropy
        self._trail = trail

    def begin_registration(self, bond: Bond, owner: PasskeyOwner, group: str) -> dict[str, Any] | Refusal:
        """What to ask of the person's browser; `THROTTLED` or `PASSKEY_LIMIT` otherwise."""
        held = self._store.held_by(owner.id)
        if len(held) >= MAX_PASSKEYS:
            return Refusal(Code.PASSKEY_LIMIT)
        handle = held[0].user_handle if held else self._entropy.bytes(USER_HANDLE_BYTES)
        challenge = self._challenges.make(bond, handle)
        if isinstance(challenge, Refusal):
            return challenge
        return creation_options(self._rules.party, self._rules.of(group), owner, challenge, held)

    def finish_registration(self, bond: Bond, owner: UUID, group: str, text: str) -> NewPasskey | Refusal:
        """The new credential, to be stored under a name; refused as by `verify_registration`, or `PASSKEY_CHALLENGE`.

        `text` is what the browser answered, as JSON. Every refusal is audited with its reason (AC-077, AC-078).
        """
        verified = self._registered(bond, group, text)
        if isinstance(verified, Refusal):
            self.note(bond, verified, owner, None)
        return verified

    def begin_assertion(self, bond: Bond) -> dict[str, Any] | Refusal:
        """What to ask of a browser: one of the person's passkeys, or any that it knows where nobody is named yet."""
        challenge = self._challenges.make(bond)
        if isinstance(challenge, Refusal):
            return challenge
        held = [] if bond.person is None else self._store.held_by(bond.person)
        return assertion_options(self._rules.party, challenge, held)

    def finish_assertion(self, bond: Bond, answer: Asserted, passkey: Passkey | None) -> ProvenPasskey | Refusal:
        """`passkey` is what is stored of the credential that was answered with, whoever owns it.

        Refused: `PASSKEY_CHALLENGE`; `PASSKEY_UNKNOWN` alike for a credential that nobody has, that is not of the
        person the sign-in is about (AC-079), or whose user handle is another's (section 7.2 step 6); as
        `verify_assertion`; `PASSKEY_COUNTER`. Every refusal is audited with its reason.
        """
        proven = self._asserted(bond, answer, passkey)
        if isinstance(proven, Refusal):
            self.note(bond, proven, bond.person, passkey)
        return proven

    def note(self, bond: Bond, refusal: Refusal, person: UUID | None, passkey: Passkey | None) -> None:
        """Audit a refusal. Whose credential it was is told only where it is of the person concerned, or nobody is."""
        about = person or (None if passkey is None else passkey.subscriber_id)
        theirs = passkey is not None and passkey.subscriber_id == about
        self._trail.append(
            AuditEvent(
                Event.PASSKEY_REFUSED,
                subscriber_id=about,
                body={
                    "purpose": bond.purpose.value,
                    "reason": refusal.code.value,
                    "detail": refusal.detail,
                    "passkey": str(passkey.id) if passkey is not None and theirs else None,
                },
            )
        )

    def _registered(self, bond: Bond, group: str, text: str) -> NewPasskey | Refusal:
        answer = read_registration(text)
        if isinstance(answer, Refusal):
            return answer
        challenge = self._challenges.take(answer.client.challenge, bond)
        if isinstance(challenge, Refusal):
            return challenge
        if challenge.user_handle is None:
            return Refusal(Code.PASSKEY_CHALLENGE, "handle")
        policy = self._rules.of(group)
        return verify_registration(self._rules.party, policy, answer, challenge.value, challenge.user_handle)

    def _asserted(self, bond: Bond, answer: Asserted, passkey: Passkey | None) -> ProvenPasskey | Refusal:
        challenge = self._challenges.take(answer.client.challenge, bond)
        if isinstance(challenge, Refusal):
            return challenge
        if passkey is None:
            return Refusal(Code.PASSKEY_UNKNOWN, "nobody's")
        if bond.person not in {None, passkey.subscriber_id}:
            return Refusal(Code.PASSKEY_UNKNOWN, "somebody else's")
        # Where nobody was named the handle says whose passkey it is, and must be there.
        expected = {passkey.user_handle} if bond.person is None else {passkey.user_handle, None}
        if answer.user_handle not in expected:
            return Refusal(Code.PASSKEY_UNKNOWN, "handle")
        authenticator = verify_assertion(self._rules.party, passkey, answer, challenge.value)
        if isinstance(authenticator, Refusal):
            return authenticator
        if not self._store.used(passkey, authenticator.sign_count, backed_up=authenticator.backed_up):
            return Refusal(Code.PASSKEY_COUNTER)
        return ProvenPasskey(passkey, (SYNCED_KEY if passkey.backup_eligible else HARDWARE_KEY, PRESENT, MANY))
