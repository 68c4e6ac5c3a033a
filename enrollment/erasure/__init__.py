"""Erasure by destroying keys: of a body, by its owner, or of a whole record, by two registrars; each with its proof.

Public names: `COOLING_OFF`, `RECORD_WAIT`, `CarryingOut`, `Checking`, `Erasure`, `Erasures`, `Ground`, `Outcome`,
`RecordErasures`, `Rooms`, `Scope`, `Verdict`.
"""

from enrollment.erasure.asking import COOLING_OFF, Erasures
from enrollment.erasure.carrying_out import CarryingOut, Rooms
from enrollment.erasure.checking import Checking, Verdict
from enrollment.erasure.records import RECORD_WAIT, RecordErasures
from enrollment.erasure.values import Erasure, Ground, Outcome, Scope

__all__ = [
    "COOLING_OFF",
    "RECORD_WAIT",
    "CarryingOut",
    "Checking",
    "Erasure",
    "Erasures",
    "Ground",
    "Outcome",
    "RecordErasures",
    "Rooms",
    "Scope",
    "Verdict",
]
