"""Registrars' pages about whole records: suspending them, giving them back, and erasing them.

Public name: `records` (blueprint). Each module registers the views of one group of pages on it.
"""

from enrollment.web.records import erasing, listing, returning, suspending
from enrollment.web.records.blueprint import records

__all__ = ["erasing", "listing", "records", "returning", "suspending"]
