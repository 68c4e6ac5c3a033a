"""Citizens' pages before a visit: the details at home, a centre, a day and a time; and changing one's mind.

Public name: `booking` (blueprint). Each module registers the views of one group of pages on it.
"""

from enrollment.web.booking import beginning, choosing, keeping
from enrollment.web.booking.blueprint import booking

__all__ = ["beginning", "booking", "choosing", "keeping"]
