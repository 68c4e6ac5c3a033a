"""A face or a finger as a factor: what a verifier must do, and the check that stands around it.

The matching itself is not here: `BiometricVerifier` is fulfilled where people are enrolled. A check is bound to a
challenge that is good once, counted for the person before anything is compared, refuses a sample that was shown
before, and tells match, no match or capture again: never a score (SP 800-63B-4 section 3.2.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.biometric_challenges import BiometricChallenges
from idp.authenticators.biometric_locks import BiometricLocks, Modality
from idp.authenticators.biometric_tries import BiometricTries
from idp.authenticators.throttling import Throttle
from idp.clock import Clock
from idp.database import Session
from idp.errors import Code, Refusal, StoreUnavailableError
from idp.keys import PurposeKeys

__all__ = [
    "MAX_SAMPLE_BYTES",
    "BiometricVerifier",
    "Biometrics",
    "CaptureAgain",
    "CaptureHint",
    "Matched",
    "Modality",
    "NoMatch",
    "Verdict",
]

MAX_SAMPLE_BYTES = 5_000_000


class CaptureHint(StrEnum):
    """What to do better at the next capture; a closed list, so that no measure leaves with it."""

    NONE_SEEN = "none-seen"
    SEVERAL_SEEN = "several-seen"
    TOO_DARK = "too-dark"
    TOO_BLURRED = "too-blurred"
    TOO_FAR = "too-far"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Matched:
    """It is this person."""


@dataclass(frozen=True, slots=True)
class NoMatch:
    """It is not, or cannot be told to be."""


@dataclass(frozen=True, slots=True)
class CaptureAgain:
    """Nothing was compared: the sample cannot be used."""

    hint: CaptureHint


Verdict = Matched | NoMatch | CaptureAgain | Refusal


class BiometricVerifier(Protocol):
    """Compares a sample with what is enrolled for one person."""

    def enrolled(self, subscriber_id: UUID) -> frozenset[Modality]:
        """What can be compared for this person."""
        ...

    def locked_elsewhere(self, subscriber_id: UUID) -> frozenset[Modality]:
        """What the same person locked in another account of theirs."""
        ...

    def wanted(self, subscriber_id: UUID, modality: Modality) -> str:
        """Which part of the body to show, as a word (`right_index`); empty where any will do, or nothing is there."""
        ...

    def verify(self, subscriber_id: UUID, modality: Modality, sample: bytes, challenge: bytes) -> Verdict:
        """Is `sample` (an image file of at most 5 MB, as it came) this person's?

        `challenge` is the one that the capture was asked with: a signed capture is bound to it. A `Refusal` says that
        nothing could be compared; `BIOMETRIC_REPLAY`, that it is an enrolled sample itself, which counts as a miss.
        """
        ...


class Biometrics:
    """The checks, in the caller's transaction; commit after a refusal too, since it is noted and audited.

    Without a verifier nothing is offered.
    """

    def __init__(
        self,
        session: Session,
        verifier: BiometricVerifier | None,
        locks: BiometricLocks,
        challenges: BiometricChallenges,
        throttle: Throttle,
        keys: PurposeKeys,
        clock: Clock,
        trail: Trail,
    ) -> None:
        self._verifier = verifier
        self._locks = locks
        self._challenges = challenges
        self._tries = BiometricTries(session, locks, throttle, keys, clock)
        self._trail = trail

    def usable(self, subscriber_id: UUID) -> frozenset[Modality]:
        """What is enrolled for a person and not locked, in whichever account of theirs."""
        enrolled = frozenset[Modality]() if self._verifier is None else self._verifier.enrolled(subscriber_id)
        if self._verifier is None or not enrolled:
            return enrolled
        return enrolled - self._locks.held(subscriber_id) - self._verifier.locked_elsewhere(subscriber_id)

    def begin(self, place: str, subscriber_id: UUID, modality: Modality) -> str:
        """A challenge for one check at `place` (a sign-in and its round), good once and for ten minutes; in hex."""
        return self._challenges.make(place, subscriber_id, modality)

    def wanted(self, subscriber_id: UUID, modality: Modality) -> str:
        """Which part to ask for; empty where it makes no difference."""
        return "" if self._verifier is None else self._verifier.wanted(subscriber_id, modality)

    def check(
        self, place: str, subscriber_id: UUID, modality: Modality, sample: bytes, challenge: str
    ) -> Refusal | None:
        """None when the sample is the person's, whose counter then starts afresh.

        Refused: `FACTOR_MISSING` (not enrolled, locked, or off after fifty misses), `BIOMETRIC_SIZE`,
        `BIOMETRIC_CHALLENGE`, `THROTTLED`, `BIOMETRIC_REPLAY`, `BIOMETRIC_NO_MATCH`, `BIOMETRIC_CAPTURE` (detail: a
        `CaptureHint`; not counted), and what the verifier refuses.
        """
        if self._verifier is None or modality not in self.usable(subscriber_id):
            return Refusal(Code.FACTOR_MISSING, modality.value)
        if not 0 < len(sample) <= MAX_SAMPLE_BYTES:
            return Refusal(Code.BIOMETRIC_SIZE)
        spent = self._challenges.take(challenge, place, subscriber_id, modality)
        if spent is None:
            return Refusal(Code.BIOMETRIC_CHALLENGE)
        counted = self._tries.count(subscriber_id)
        if isinstance(counted, Refusal):
            return counted if counted.code is Code.THROTTLED else Refusal(Code.FACTOR_MISSING, modality.value)
        if not self._tries.is_new(subscriber_id, sample):
            return self._told(subscriber_id, modality, Refusal(Code.BIOMETRIC_REPLAY))
        try:
            verdict = self._verifier.verify(subscriber_id, modality, sample, spent)
        except StoreUnavailableError:
            self._tries.nothing_compared(counted)
            raise
        if isinstance(verdict, NoMatch):
            return self._told(subscriber_id, modality, Refusal(Code.BIOMETRIC_NO_MATCH))
        if isinstance(verdict, Matched):
            self._tries.right(counted)
            return self._told(subscriber_id, modality, None)
        if verdict == Refusal(Code.BIOMETRIC_REPLAY):
            return self._told(subscriber_id, modality, verdict)
        self._tries.nothing_compared(counted)
        refusal = verdict if isinstance(verdict, Refusal) else Refusal(Code.BIOMETRIC_CAPTURE, verdict.hint.value)
        return self._told(subscriber_id, modality, refusal)

    def _told(self, subscriber_id: UUID, modality: Modality, refusal: Refusal | None) -> Refusal | None:
        outcome = "matched" if refusal is None else refusal.code.value
        body = {"modality": modality.value, "outcome": outcome}
        self._trail.append(AuditEvent(Event.BIOMETRIC_CHECKED, subscriber_id=subscriber_id, body=body))
        return refusal
