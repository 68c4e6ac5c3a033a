"""The rooms of codes over the database session of the request at hand: as `idp.web.rooms`, which they stand on."""

from __future__ import annotations

from idp.authenticators import Totp
from idp.authenticators.one_time_code import OneTimeCodes
from idp.authenticators.overview import Overview
from idp.authenticators.passkey_store import PasskeyStore
from idp.authenticators.recovery_codes import RecoveryCodes
from idp.authenticators.totp_enrolment import TotpEnrolment
from idp.signin.code_steps import CodeSteps
from idp.web.extensions import db, services
from idp.web.rooms import directory, outbox, sign_in, trail

__all__ = ["code_steps", "one_time_codes", "overview", "recovery_codes", "totp", "totp_enrolment"]


def totp() -> Totp:
    """People's code generators."""
    shared = services()
    return Totp(db.session(), shared.sealer, shared.clock, shared.entropy, trail())


def totp_enrolment() -> TotpEnrolment:
    """Code generators that are being added."""
    shared = services()
    return TotpEnrolment(db.session(), shared.sealer, shared.ephemeral, shared.clock, shared.entropy, totp())


def recovery_codes() -> RecoveryCodes:
    """Printed codes."""
    shared = services()
    return RecoveryCodes(db.session(), shared.purpose_keys, shared.clock, shared.entropy, trail())


def one_time_codes() -> OneTimeCodes:
    """Codes by e-mail and SMS."""
    shared = services()
    return OneTimeCodes(db.session(), shared.purpose_keys, outbox(), shared.clock, shared.entropy, trail())


def code_steps() -> CodeSteps:
    """Second steps with a code that came by message or from paper."""
    return CodeSteps(sign_in(), directory(), one_time_codes(), recovery_codes())


def overview() -> Overview:
    """The ways to sign in that a person has."""
    shared = services()
    passkeys = PasskeyStore(db.session(), shared.sealer, shared.clock, shared.entropy, trail())
    return Overview(db.session(), passkeys, totp())
