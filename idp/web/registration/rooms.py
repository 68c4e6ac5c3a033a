"""The rooms of a registration over the database session of the request, or job, at hand: as `idp.web.rooms`."""

from __future__ import annotations

from idp.authenticators import Passwords
from idp.registration import Applications, Registration
from idp.registration.errands import RegistrationErrands
from idp.web.code_rooms import one_time_codes
from idp.web.extensions import db, services
from idp.web.rooms import directory, notices, trail

__all__ = ["applications", "invite", "registration"]


def applications() -> Applications:
    """Parked applications."""
    shared = services()
    return Applications(shared.ephemeral, shared.sealer, shared.clock, shared.entropy)


def registration() -> Registration:
    """The steps of a registration."""
    shared = services()
    return Registration(
        db.session(),
        applications(),
        directory(),
        Passwords(db.session(), shared.hasher, shared.clock, trail(), shared.listed_password),
        one_time_codes(),
        shared.throttle,
        shared.purpose_keys,
        shared.entropy,
    )


def invite(application: str) -> None:
    """The worker's job: answer an address."""
    RegistrationErrands(directory(), applications(), one_time_codes(), notices()).invite(application)
    db.session.commit()
