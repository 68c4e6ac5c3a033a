"""Opening an account without a visit: a proven address or number, a password, assurance level 1.

Public names: `Application`, `Applications`, `Registration`, `State`.
"""

from idp.registration.applications import Application, Applications, State
from idp.registration.steps import Registration

__all__ = ["Application", "Applications", "Registration", "State"]
