"""Changing the engine that compares faces or fingers, while people go on being compared.

Public names: `Beside`, `Coverage`, `Engine`, `Engines`, `EnginePolicy`, `InUse`, `Modality`, `Reextraction`, `Report`,
`Reports`, `Retiring`, `Round`, `Shelf`, `Side`, `Status`.
"""

from enrollment.engines.beside import Beside
from enrollment.engines.coverage import Coverage
from enrollment.engines.policy import EnginePolicy
from enrollment.engines.reextraction import Reextraction, Round
from enrollment.engines.register import Engine, Engines, Modality, Status
from enrollment.engines.report import Report, Reports
from enrollment.engines.retiring import Retiring
from enrollment.engines.shelf import InUse, Shelf, Side

__all__ = [
    "Beside",
    "Coverage",
    "Engine",
    "EnginePolicy",
    "Engines",
    "InUse",
    "Modality",
    "Reextraction",
    "Report",
    "Reports",
    "Retiring",
    "Round",
    "Shelf",
    "Side",
    "Status",
]
