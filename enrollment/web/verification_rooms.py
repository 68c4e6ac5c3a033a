"""The rooms of comparisons over the session of a request: as `enrollment.web.rooms`."""

from __future__ import annotations

from uuid import UUID

from enrollment.issuance.ownership import ProvenAccounts
from enrollment.register import Accounts, Aliases, Identifiers, Register, Seals
from enrollment.verification import CounterDesk, Enrolled, People, RegisteredBiometrics, Verification
from enrollment.web.engine_rooms import change
from enrollment.web.rooms import Relatives, examiner, vault
from idp.authenticators.biometric import Modality, Verdict
from idp.authenticators.biometric_tries import BiometricTries
from idp.errors import Code, Refusal
from idp.web.biometric_rooms import biometric_locks
from idp.web.extensions import db, services
from idp.web.rooms import trail

__all__ = ["RequestVerifier", "counter_desk", "registered", "verification"]


def verification() -> Verification | None:
    """Comparisons with what is enrolled; None without an object store."""
    held, shared = vault(), services()
    if held is None:
        return None
    enrolled = Enrolled(db.session(), shared.purpose_keys)
    own = examiner()
    return Verification(db.session(), held, own, enrolled, shared.clock, shared.entropy, change=change(own, held))


def registered() -> RegisteredBiometrics | None:
    """People of the register at a sign-in; None without an object store."""
    held = verification()
    if held is None:
        return None
    return RegisteredBiometrics(held, ProvenAccounts(db.session(), services().clock), biometric_locks())


def counter_desk() -> CounterDesk | None:
    """Checks at a counter; None without an object store."""
    held = verification()
    if held is None:
        return None
    shared, session = services(), db.session()
    keys, clock, entropy, audited = shared.purpose_keys, shared.clock, shared.entropy, trail()
    seals = Seals(session, shared.sealer, clock)
    people = People(
        Identifiers(session, keys, seals, clock, entropy),
        Aliases(session, keys, seals, clock, entropy, audited),
        Register(session, keys, seals, clock, entropy, audited),
        Accounts(session, clock),
        held.enrolled,
        Relatives(),
    )
    locks = biometric_locks()
    tries = BiometricTries(session, locks, shared.throttle, keys, clock)
    return CounterDesk(session, people, held, locks, tries, clock, entropy, audited)


class RequestVerifier:
    """Fulfils `idp.authenticators.biometric.BiometricVerifier` for the process, over the session of each request."""

    def enrolled(self, subscriber_id: UUID) -> frozenset[Modality]:
        """What can be compared for this person."""
        held = registered()
        return frozenset() if held is None else held.enrolled(subscriber_id)

    def locked_elsewhere(self, subscriber_id: UUID) -> frozenset[Modality]:
        """What they locked in another account of theirs."""
        held = registered()
        return frozenset() if held is None else held.locked_elsewhere(subscriber_id)

    def wanted(self, subscriber_id: UUID, modality: Modality) -> str:
        """What to show."""
        held = registered()
        return "" if held is None else held.wanted(subscriber_id, modality)

    def verify(self, subscriber_id: UUID, modality: Modality, sample: bytes, challenge: bytes) -> Verdict:
        """Is it the person's?"""
        held = registered()
        if held is None:
            return Refusal(Code.FACTOR_MISSING, modality.value)
        return held.verify(subscriber_id, modality, sample, challenge)
