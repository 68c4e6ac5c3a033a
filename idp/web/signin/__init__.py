"""The pages of a sign-in: user name and password, then a code, and every way on from where it stopped.

Public names: `signin` (blueprint).
"""

from idp.web.signin import activation, biometric, codes, passkey
from idp.web.signin.views import signin

__all__ = ["activation", "biometric", "codes", "passkey", "signin"]
