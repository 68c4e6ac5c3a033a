"""Where a browser meets the protocol: the authorization endpoint, its resumption after sign-in and consent, and logout.

Public names: `authorize`, `logout` (blueprints).
"""

from idp.web.authorize.logout_views import logout
from idp.web.authorize.views import authorize

__all__ = ["authorize", "logout"]
