"""Pages of those who keep the registration centres: places, machines, who works where, who holds which role.

Public name: `managing` (blueprint). Each module registers the views of one group of pages on it.
"""

from enrollment.web.managing import counting, handing, opening, places, postings, requests, roles, stations
from enrollment.web.managing.blueprint import managing

__all__ = ["counting", "handing", "managing", "opening", "places", "postings", "requests", "roles", "stations"]
