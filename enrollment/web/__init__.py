"""The pages of the registration centre: what its staff, its applicants and their introducers meet in a browser.

Public name: `staff` (blueprint). `wsgi.py` registers it; the floor below does not know it.
"""

from enrollment.web.staff import staff

__all__ = ["staff"]
