"""Every blueprint of the registration centre, in the order in which `wsgi.py` registers them."""

from __future__ import annotations

from enrollment.web.adjudicators import adjudicators
from enrollment.web.citizen import citizen
from enrollment.web.counter import counter
from enrollment.web.managing import managing
from enrollment.web.staff import staff

__all__ = ["BLUEPRINTS"]

BLUEPRINTS = (staff, adjudicators, managing, counter, citizen)
