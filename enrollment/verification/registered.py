"""People of the register at a sign-in: fulfils `idp.authenticators.biometric.BiometricVerifier`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID

from enrollment.capture import Hint, Position
from enrollment.capture.probing import Probe
from enrollment.errors import Code, Refusal
from enrollment.verification.comparing import Asked, Outcome, Place, Said, Verification
from enrollment.verification.enrolled import best_fingers
from idp.authenticators.biometric import CaptureAgain, CaptureHint, Matched, Modality, NoMatch, Verdict
from idp.authenticators.biometric_locks import BiometricLocks
from idp.errors import Code as SignInCode
from idp.errors import Refusal as SignInRefusal

__all__ = ["Holders", "RegisteredBiometrics"]

_HINTS: Final[Mapping[Hint, CaptureHint]] = MappingProxyType(
    {
        Hint.SHOW_FACE: CaptureHint.NONE_SEEN,
        Hint.PLACE_FINGER: CaptureHint.NONE_SEEN,
        Hint.ONE_PERSON_ONLY: CaptureHint.SEVERAL_SEEN,
        Hint.COME_CLOSER: CaptureHint.TOO_FAR,
        Hint.MORE_LIGHT: CaptureHint.TOO_DARK,
        Hint.HOLD_STILL: CaptureHint.TOO_BLURRED,
        Hint.CLEAN_FINGER_AND_GLASS: CaptureHint.TOO_BLURRED,
    }
)


class Holders(Protocol):
    """Knows who was proven to hold which account; joined above."""

    def owner_of(self, subscriber_id: UUID) -> UUID | None:
        """Whose account it is; None while that is not proven."""
        ...

    def of_person(self, person_id: UUID) -> list[UUID]:
        """The accounts of a person."""
        ...


class RegisteredBiometrics:
    """Compares at a sign-in what a person sends with what is enrolled, in the caller's transaction.

    A picture says nothing about which finger it is of, and whoever may try ten has ten times the chance: so one finger
    is asked for by name (`wanted`), and it alone is compared. What a sender claims of the capture is not read (AC-114).
    A body opens accounts of its person alone: never one that an application of theirs merely named.
    """

    def __init__(self, verification: Verification, holders: Holders, locks: BiometricLocks) -> None:
        self._verification = verification
        self._holders = holders
        self._locks = locks

    def enrolled(self, subscriber_id: UUID) -> frozenset[Modality]:
        """What can be compared for this person."""
        person_id = self._holders.owner_of(subscriber_id)
        return frozenset() if person_id is None else self._verification.enrolled.modalities(person_id)

    def locked_elsewhere(self, subscriber_id: UUID) -> frozenset[Modality]:
        """What the same person locked in another account: a merge leaves them two."""
        person_id = self._holders.owner_of(subscriber_id)
        others = () if person_id is None else set(self._holders.of_person(person_id)) - {subscriber_id}
        return frozenset().union(*(self._locks.held(account) for account in others))

    def wanted(self, subscriber_id: UUID, modality: Modality) -> str:
        """What to show, as a word of `enrollment.capture.Position`; empty where nothing is enrolled."""
        person_id = self._holders.owner_of(subscriber_id)
        held = () if person_id is None else self._verification.enrolled.of(person_id)
        if modality is Modality.FACE:
            return Position.FACE.value if any(one.modality is Modality.FACE for one in held) else ""
        return next((finger.value for finger in best_fingers(held, 1)), "")

    def verify(self, subscriber_id: UUID, modality: Modality, sample: bytes, challenge: bytes) -> Verdict:  # noqa: ARG002 - a picture is bound to no challenge
        """As the Protocol says. `FACTOR_MISSING` for whatever is no matter of the sample's."""
        wanted, person_id = self.wanted(subscriber_id, modality), self._holders.owner_of(subscriber_id)
        if not wanted or person_id is None:
            return SignInRefusal(SignInCode.FACTOR_MISSING, modality.value)
        probes = (Probe(Position(wanted), sample),)
        said = self._verification.compare(Asked(person_id, probes, Place.SIGNIN, "signin"))
        if isinstance(said, Refusal):
            replayed = said.code is Code.BIO_REPLAY
            return SignInRefusal(SignInCode.BIOMETRIC_REPLAY if replayed else SignInCode.FACTOR_MISSING)
        return _verdict(said)


def _verdict(said: Said) -> Verdict:
    if said.outcome is Outcome.AGAIN:
        return CaptureAgain(_HINTS.get(said.hint or Hint.TRY_AGAIN, CaptureHint.UNREADABLE))
    return Matched() if said.outcome is Outcome.MATCH else NoMatch()
