"""Authenticators: how a person proves to be the same person again, and how guessing is slowed down.

Public names: `AddressLimit`, `Holdings`, `Method`, `Methods`, `PasswordHasher`, `Passwords`, `Throttle`, `Totp`,
`aal_of`, `acr_for`, `meets`.
"""

from idp.authenticators.assurance import aal_of, acr_for, meets
from idp.authenticators.methods import Holdings, Method, Methods
from idp.authenticators.password import PasswordHasher, Passwords
from idp.authenticators.throttling import AddressLimit, Throttle
from idp.authenticators.totp import Totp

__all__ = [
    "AddressLimit",
    "Holdings",
    "Method",
    "Methods",
    "PasswordHasher",
    "Passwords",
    "Throttle",
    "Totp",
    "aal_of",
    "acr_for",
    "meets",
]
