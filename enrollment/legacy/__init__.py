"""Older registers taken over: files read whatever wrote them, rows checked and compared, people recorded at level 1.

Public names: `Batch`, `Batches`, `Checked`, `Column`, `Filing`, `Ground`, `Limits`, `Meeting`, `Numbers`, `Pieces`,
`Reports`, `Stage`, `State`, `Taking`, `Trouble`, `Unreadable`, `Wishes`, `check`, `digest_of`, `wishes_of`.
"""

from enrollment.legacy.batches import Batch, Batches, State, digest_of
from enrollment.legacy.checking import Checked, Ground, Stage, check
from enrollment.legacy.filing import Filing
from enrollment.legacy.meeting import Meeting
from enrollment.legacy.numbers import Numbers
from enrollment.legacy.pieces import Pieces
from enrollment.legacy.report import Reports
from enrollment.legacy.sources import Limits, Trouble, Unreadable
from enrollment.legacy.taking import Taking
from enrollment.legacy.wishes import Column, Wishes, wishes_of

__all__ = [
    "Batch",
    "Batches",
    "Checked",
    "Column",
    "Filing",
    "Ground",
    "Limits",
    "Meeting",
    "Numbers",
    "Pieces",
    "Reports",
    "Stage",
    "State",
    "Taking",
    "Trouble",
    "Unreadable",
    "Wishes",
    "check",
    "digest_of",
    "wishes_of",
]
