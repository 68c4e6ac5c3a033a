"""Citizens' pages of the registration centre: claiming an account, asking after an application, one's own record.

Public name: `citizen` (blueprint). Each module registers the views of one group of pages on it.
"""

from enrollment.web.citizen import (
    aliases,
    appealing,
    beginning,
    bodies,
    claiming,
    linking,
    recorded,
    returning,
    tracking,
)
from enrollment.web.citizen.blueprint import citizen

__all__ = [
    "aliases",
    "appealing",
    "beginning",
    "bodies",
    "citizen",
    "claiming",
    "linking",
    "recorded",
    "returning",
    "tracking",
]
