"""The interface at /abis/v1: JSON for other systems that hold a token of their own; docs/abis.md.

Public name: `abis`.
"""

from enrollment.web.abis import asking
from enrollment.web.abis.blueprint import abis

__all__ = ["abis", "asking"]
