"""The rooms of biometric checks over the database session of the request at hand: as `idp.web.rooms`."""

from __future__ import annotations

from idp.authenticators.biometric import Biometrics
from idp.authenticators.biometric_challenges import BiometricChallenges
from idp.authenticators.biometric_locks import BiometricLocks
from idp.signin.biometric_step import BiometricStep
from idp.web.extensions import db, services
from idp.web.rooms import directory, sign_in, trail

__all__ = ["biometric_locks", "biometric_step"]


def biometric_locks() -> BiometricLocks:
    """Modalities that people locked."""
    shared = services()
    return BiometricLocks(db.session(), shared.throttle, shared.clock, trail())


def biometric_step() -> BiometricStep:
    """A face or finger in a sign-in."""
    shared = services()
    checks = Biometrics(
        db.session(),
        shared.biometric_verifier,
        biometric_locks(),
        BiometricChallenges(shared.ephemeral, shared.entropy),
        shared.throttle,
        shared.purpose_keys,
        shared.clock,
        trail(),
    )
    return BiometricStep(sign_in(), checks, directory(), shared.transactions)
