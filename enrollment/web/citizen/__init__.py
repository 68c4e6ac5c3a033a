"""Citizens' pages of the registration centre: claiming an account, asking after an application, coming back.

Public name: `citizen` (blueprint). Each module registers the views of one group of pages on it.
"""

from enrollment.web.citizen import beginning, claiming, linking, returning, tracking
from enrollment.web.citizen.blueprint import citizen

__all__ = ["beginning", "citizen", "claiming", "linking", "returning", "tracking"]
