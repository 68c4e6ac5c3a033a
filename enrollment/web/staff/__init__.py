"""The staff's floor: who may enter, the officer's and the supervisor's pages, and the page of an introducer.

Public name: `staff` (blueprint). Each module registers the views of one group of pages on it.
"""

from enrollment.web.staff import (
    ending,
    exceptions,
    finding,
    introducing,
    listing,
    photographing,
    preview,
    reviewing,
    saving,
    signing,
    standing,
)
from enrollment.web.staff.blueprint import staff

__all__ = [
    "ending",
    "exceptions",
    "finding",
    "introducing",
    "listing",
    "photographing",
    "preview",
    "reviewing",
    "saving",
    "signing",
    "staff",
    "standing",
]
