"""Finding somebody of the register who does not know their number: by name, birth and place, for a stated reason.

Public names: `AROUND`, `FoundFor`, `FindPolicy`, `Finder`, `Found`, `Hit`, `Opened`, `Ranking`, `Rooms`, `Wanted`,
`wanted_of`.
"""

from enrollment.finding.asking import AROUND, FoundFor, Wanted, wanted_of
from enrollment.finding.masking import Hit, Opened
from enrollment.finding.ranking import FindPolicy, Ranking
from enrollment.finding.searching import Finder, Found, Rooms

__all__ = [
    "AROUND",
    "FindPolicy",
    "Finder",
    "Found",
    "FoundFor",
    "Hit",
    "Opened",
    "Ranking",
    "Rooms",
    "Wanted",
    "wanted_of",
]
