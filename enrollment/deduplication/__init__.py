"""The search for duplicates: one application against everybody, by face, fingers and name; people decide, never this.

Public names: `Deduplication`, `DedupPolicy`, `Hit`, `Intake`, `Rooms`, `Search`, `Searches`, `Why`,
`alone_found`. The index of the gallery is handed in: this room loads no engine.
"""

from enrollment.deduplication.intake import Intake
from enrollment.deduplication.naming import alone_found
from enrollment.deduplication.policy import DedupPolicy
from enrollment.deduplication.search import Deduplication, Rooms
from enrollment.deduplication.searches import Hit, Search, Searches, Why

__all__ = ["DedupPolicy", "Deduplication", "Hit", "Intake", "Rooms", "Search", "Searches", "Why", "alone_found"]
