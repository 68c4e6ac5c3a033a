"""A registrar's pages for taking over an older register: the file, its columns, what was found, and the taking.

Public name: `importing` (blueprint).
"""

from enrollment.web.importing import bringing, deciding, showing
from enrollment.web.importing.blueprint import importing

__all__ = ["bringing", "deciding", "importing", "showing"]
