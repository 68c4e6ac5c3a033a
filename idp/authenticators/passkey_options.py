"""What a browser is asked in a passkey ceremony, as JSON values (Web Authentication Level 3, sections 5.4 and 5.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from idp.authenticators.passkey_answers import encoded
from idp.authenticators.passkey_challenges import LIFE_SECONDS, Challenge
from idp.authenticators.passkey_store import Passkey

__all__ = ["ALGORITHMS", "PasskeyOwner", "PasskeyParty", "PasskeyPolicy", "assertion_options", "creation_options"]

# COSE algorithms (RFC 9053, RFC 8812), best first: ES256, EdDSA, RS256.
ALGORITHMS = (-7, -8, -257)


@dataclass(frozen=True, slots=True)
class PasskeyParty:
    """This provider as the relying party of passkeys: `id` is its host name, `origins` where answers may come from."""

    id: str
    origins: tuple[str, ...]
    name: str = "WanGov ID"

    @property
    def usable(self) -> bool:
        """False where the host is an address: a passkey belongs to a name (section 5.1.3)."""
        return bool(self.id) and ":" not in self.id and not self.id.rpartition(".")[2].isdigit()


@dataclass(frozen=True, slots=True)
class PasskeyPolicy:
    """What is asked of a new passkey: `attested`, that its maker's statement comes along.

    Where `models` (AAGUIDs) are named, only these are taken, and only if a maker's certificate says so; where `roots`
    are, that certificate must lead to one of them (PEM).
    """

    resident: str = "preferred"
    attested: bool = False
    models: frozenset[UUID] = frozenset()
    roots: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class PasskeyOwner:
    """How a person is named to their own device, which shows it when it asks which passkey to use."""

    id: UUID
    username: str = field(repr=False)
    display_name: str = field(repr=False)


def creation_options(
    party: PasskeyParty, policy: PasskeyPolicy, owner: PasskeyOwner, challenge: Challenge, held: Iterable[Passkey]
) -> dict[str, Any]:
    """`PublicKeyCredentialCreationOptionsJSON`; the passkeys that the person has are not made again."""
    return {
        "rp": {"id": party.id, "name": party.name},
        "user": {
            "id": encoded(challenge.user_handle or b""),
            "name": owner.username,
            "displayName": owner.display_name,
        },
        "challenge": encoded(challenge.value),
        "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
        "timeout": LIFE_SECONDS * 1000,
        "excludeCredentials": [_descriptor(passkey) for passkey in held],
        "authenticatorSelection": {
            "residentKey": policy.resident,
            "requireResidentKey": policy.resident == "required",
            "userVerification": "required",
        },
        "attestation": "direct" if policy.attested else "none",
    }


def assertion_options(party: PasskeyParty, challenge: Challenge, held: Iterable[Passkey]) -> dict[str, Any]:
    """`PublicKeyCredentialRequestOptionsJSON`; with none `held` the device offers what it knows of this party."""
    return {
        "rpId": party.id,
        "challenge": encoded(challenge.value),
        "timeout": LIFE_SECONDS * 1000,
        "userVerification": "required",
        "allowCredentials": [_descriptor(passkey) for passkey in held],
    }


def _descriptor(passkey: Passkey) -> dict[str, Any]:
    described: dict[str, Any] = {"type": "public-key", "id": encoded(passkey.credential_id)}
    if passkey.transports:
        described["transports"] = list(passkey.transports)
    return described
