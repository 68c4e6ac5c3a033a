"""Challenges of passkey ceremonies: random, parked for five minutes, bound to what they were made for, good once."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from idp.authenticators.passkey_answers import encoded
from idp.entropy import Entropy
from idp.ephemeral import Ephemeral
from idp.errors import Code, Refusal

__all__ = ["LIFE_SECONDS", "Bond", "Challenge", "Challenges", "PasskeyPurpose"]

KIND = "passkey"
CHALLENGE_BYTES = 32  # section 13.4.3 asks for 16 at least
LIFE_SECONDS = 300
MOST_AT_ONCE = 40


class PasskeyPurpose(StrEnum):
    """What a challenge is for; an answer given for one is worth nothing for another."""

    REGISTER = "register"
    SIGN_IN = "sign-in"


@dataclass(frozen=True, slots=True)
class Bond:
    """What a challenge belongs to: `place` is a sign-in transaction or a session, `person` is known or not yet.

    `browser` is the digest of the browser's secret, in hex.
    """

    purpose: PasskeyPurpose
    place: str
    browser: str = field(repr=False)
    person: UUID | None = None

    def to_dict(self) -> dict[str, str | None]:
        """The bond as JSON values."""
        person = None if self.person is None else str(self.person)
        return {"purpose": self.purpose.value, "place": self.place, "browser": self.browser, "person": person}


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge as it is sent, and the user handle that goes with a registration."""

    value: bytes = field(repr=False)
    user_handle: bytes | None = None


class Challenges:
    """Makes and takes challenges; every call raises `StoreUnavailableError` rather than forgetting one."""

    def __init__(self, ephemeral: Ephemeral, entropy: Entropy) -> None:
        self._ephemeral = ephemeral
        self._entropy = entropy

    def make(self, bond: Bond, user_handle: bytes | None = None) -> Challenge | Refusal:
        """A new challenge; `THROTTLED` for a place that asks for very many within their life."""
        counted = self._ephemeral.count(f"passkey:{bond.place}", limit=MOST_AT_ONCE, window_seconds=LIFE_SECONDS)
        if not counted.allowed:
            return Refusal(Code.THROTTLED, "passkey", retry_after=counted.retry_after)
        challenge = Challenge(self._entropy.bytes(CHALLENGE_BYTES), user_handle)
        handle = None if user_handle is None else user_handle.hex()
        parked = {"bond": bond.to_dict(), "handle": handle}
        self._ephemeral.park(KIND, _name(challenge.value), parked, LIFE_SECONDS)
        return challenge

    def take(self, value: bytes, bond: Bond) -> Challenge | Refusal:
        """The challenge, spent by this call whatever becomes of the answer; of parallel calls one gets it.

        `PASSKEY_CHALLENGE` when it was never made, spent, is too old, or was made for anything else.
        """
        parked = self._ephemeral.take(KIND, _name(value))
        if parked is None:
            return Refusal(Code.PASSKEY_CHALLENGE, "unknown")
        if parked["bond"] != bond.to_dict():
            return Refusal(Code.PASSKEY_CHALLENGE, "bond")
        handle = parked["handle"]
        return Challenge(value, None if handle is None else bytes.fromhex(handle))


def _name(value: bytes) -> str:
    return encoded(sha256(value).digest())
