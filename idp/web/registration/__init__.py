"""The pages of somebody who opens an account on their own: address, code, name, user name and password.

Public names: `registration` (blueprint).
"""

from idp.web.registration.views import registration

__all__ = ["registration"]
