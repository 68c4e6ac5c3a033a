"""Pages on which the staff look for somebody of the register who has no number at hand.

Public name: `people` (blueprint).
"""

from enrollment.web.people import opening, searching
from enrollment.web.people.blueprint import people

__all__ = ["opening", "people", "searching"]
