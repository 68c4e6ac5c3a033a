"""People of the register at a sign-in: fulfils `idp.authenticators.biometric.BiometricVerifier`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

from enrollment.capture import Hint, Position
from enrollment.capture.probing import Probe
from enrollment.errors import Code, Refusal
from enrollment.register import Accounts
from enrollment.verification.comparing import Asked, Outcome, Place, Said, Verification
from enrollment.verification.enrolled import best_fingers
from idp.authenticators.biometric import CaptureAgain, CaptureHint, Matched, Modality, NoMatch, Verdict
from idp.errors import Code as SignInCode
from idp.errors import Refusal as SignInRefusal

__all__ = ["RegisteredBiometrics"]

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


class RegisteredBiometrics:
    """Compares at a sign-in what a person sends with what is enrolled, in the caller's transaction.

    A picture says nothing about which finger it is of, and whoever may try ten has ten times the chance: so one finger
    is asked for by name (`wanted`), and it alone is compared. What a sender claims of the capture is not read (AC-114).
    """

    def __init__(self, verification: Verification, accounts: Accounts) -> None:
        self._verification = verification
        self._accounts = accounts

    def enrolled(self, subscriber_id: UUID) -> frozenset[Modality]:
        """What can be compared for this person."""
        return self._verification.enrolled.modalities(subscriber_id)

    def wanted(self, subscriber_id: UUID, modality: Modality) -> str:
        """What to show, as a word of `enrollment.capture.Position`; empty where nothing is enrolled."""
        person_id = self._accounts.person_of(subscriber_id)
        held = () if person_id is None else self._verification.enrolled.of(person_id)
        if modality is Modality.FACE:
            return Position.FACE.value if any(one.modality is Modality.FACE for one in held) else ""
        return next((finger.value for finger in best_fingers(held, 1)), "")

    def verify(self, subscriber_id: UUID, modality: Modality, sample: bytes, challenge: bytes) -> Verdict:  # noqa: ARG002 - a picture is bound to no challenge
        """As the Protocol says. `FACTOR_MISSING` for whatever is no matter of the sample's."""
        wanted, person_id = self.wanted(subscriber_id, modality), self._accounts.person_of(subscriber_id)
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
