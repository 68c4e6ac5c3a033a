"""The staff's floor: who may enter, the officer's and the supervisor's pages, and the page of an introducer.

Public name: `staff` (blueprint). Each module registers the views of one group of pages on it.
"""

from enrollment.web.staff import (
    appealing,
    approving,
    beside,
    capturing,
    ending,
    excepting,
    exceptions,
    finding,
    introducing,
    listing,
    photographing,
    preview,
    recovering,
    reviewing,
    saving,
    scanning,
    signing,
    slips,
    standing,
)
from enrollment.web.staff.blueprint import staff

__all__ = [
    "appealing",
    "approving",
    "beside",
    "capturing",
    "ending",
    "excepting",
    "exceptions",
    "finding",
    "introducing",
    "listing",
    "photographing",
    "preview",
    "recovering",
    "reviewing",
    "saving",
    "scanning",
    "signing",
    "slips",
    "staff",
    "standing",
]
