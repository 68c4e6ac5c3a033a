"""The registrars' pages of people's lives: reports of deaths, merges and splits, each by two of them.

Public name: `registrars` (blueprint).
"""

from enrollment.web.registrars import asking, deciding, reporting, showing
from enrollment.web.registrars.blueprint import registrars

__all__ = ["asking", "deciding", "registrars", "reporting", "showing"]
