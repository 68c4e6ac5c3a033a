"""Challenges of biometric checks: random, parked for ten minutes, bound to what they were made for, good once."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

from idp.authenticators.biometric_locks import Modality
from idp.entropy import Entropy
from idp.ephemeral import Ephemeral

__all__ = ["LIFE_SECONDS", "BiometricChallenges"]

KIND = "biometric"
CHALLENGE_BYTES = 32
LIFE_SECONDS = 600


class BiometricChallenges:
    """Makes and takes challenges; every call raises `StoreUnavailableError` rather than forgetting one."""

    def __init__(self, ephemeral: Ephemeral, entropy: Entropy) -> None:
        self._ephemeral = ephemeral
        self._entropy = entropy

    def make(self, place: str, subscriber_id: UUID, modality: Modality) -> str:
        """A challenge for one check at `place` (a sign-in and its round), in hex."""
        challenge = self._entropy.bytes(CHALLENGE_BYTES)
        self._ephemeral.park(KIND, _name(challenge), _bond(place, subscriber_id, modality), LIFE_SECONDS)
        return challenge.hex()

    def take(self, challenge: str, place: str, subscriber_id: UUID, modality: Modality) -> bytes | None:
        """Its bytes, spent by this call; of parallel calls one gets it.

        None when it was never made, spent, is too old, or was made for anything else.
        """
        try:
            value = bytes.fromhex(challenge[: 2 * CHALLENGE_BYTES + 1])
        except ValueError:
            return None
        parked = self._ephemeral.take(KIND, _name(value))
        return value if parked == _bond(place, subscriber_id, modality) else None


def _bond(place: str, subscriber_id: UUID, modality: Modality) -> dict[str, str]:
    return {"place": place, "person": str(subscriber_id), "modality": modality.value}


def _name(challenge: bytes) -> str:
    return sha256(challenge).hexdigest()
