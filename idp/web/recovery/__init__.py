"""The pages of somebody who cannot sign in: from "what happened?" to a new password, or to a centre.

Public names: `recovery` (blueprint). Each module registers the views of one part of the way.
"""

from idp.web.recovery import attempts, beginnings, cases, endings, owners
from idp.web.recovery.blueprint import recovery

__all__ = ["attempts", "beginnings", "cases", "endings", "owners", "recovery"]
