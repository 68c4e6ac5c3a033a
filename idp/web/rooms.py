"""The rooms over the database session of the request at hand. Whoever makes them here also commits."""

from __future__ import annotations

from idp.audit import Trail
from idp.authenticators import Passwords, Totp
from idp.consent import Consents
from idp.sessions import Devices, Sessions
from idp.signin import SignIn
from idp.signin.steps import Factors
from idp.subscribers import Directory
from idp.web.extensions import db, services

__all__ = ["consents", "directory", "sessions", "sign_in", "trail"]


def trail() -> Trail:
    """The audit trail, in the request's transaction."""
    shared = services()
    return Trail(db.session(), shared.clock, shared.entropy)


def directory() -> Directory:
    """The directory of people."""
    shared = services()
    return Directory(db.session(), shared.sealer, shared.purpose_keys, shared.clock, shared.entropy, trail())


def sessions() -> Sessions:
    """Stored sessions."""
    shared = services()
    return Sessions(db.session(), shared.ephemeral, shared.clock, shared.entropy, trail(), shared.session_policy)


def consents() -> Consents:
    """Decisions of people about services."""
    shared = services()
    return Consents(db.session(), shared.clock, shared.entropy, trail())


def sign_in() -> SignIn:
    """The steps of a sign-in."""
    shared = services()
    audited = trail()
    factors = Factors(
        Passwords(db.session(), shared.hasher, shared.clock, audited),
        Totp(db.session(), shared.sealer, shared.clock, shared.entropy, audited),
        shared.throttle,
        shared.address_limit,
    )
    devices = Devices(db.session(), shared.clock, shared.entropy)
    return SignIn(directory(), factors, sessions(), devices, shared.transactions, audited)
