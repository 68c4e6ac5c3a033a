"""The account pages of a signed-in person: services and what they see, taking consent back, signing out.

Public names: `account` (blueprint).
"""

from idp.web.account.views import account

__all__ = ["account"]
