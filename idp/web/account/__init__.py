"""The account pages of a signed-in person: what is recorded, how they sign in, who sees what, what happened.

Public names: `account` (blueprint). Each module registers the views of one group of pages on it.
"""

from idp.web.account import (
    acting,
    biometrics,
    closing,
    concerns,
    contacts,
    details,
    devices,
    export,
    helping,
    history,
    methods,
    passkeys,
    password,
    recovery_codes,
    services,
    totp,
    views,
)
from idp.web.account.blueprint import account

__all__ = [
    "account",
    "acting",
    "biometrics",
    "closing",
    "concerns",
    "contacts",
    "details",
    "devices",
    "export",
    "helping",
    "history",
    "methods",
    "passkeys",
    "password",
    "recovery_codes",
    "services",
    "totp",
    "views",
]
