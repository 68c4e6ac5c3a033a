"""Records that are suspended: why, what their owner can do about it, and how they are given back by two people.

Public names: `APPEAL_SIGNS`, `Appeal`, `Appeals`, `Decision`, `Known`, `Letter`, `Opened`, `PersonAccounts`, `Reason`,
`Return`, `Returns`, `Rooms`, `Services`, `Stage`, `Suspension`, `SuspensionDesk`, `SuspensionFiles`, `Suspensions`.
"""

from enrollment.standing.accounts import PersonAccounts
from enrollment.standing.appeals import APPEAL_SIGNS, Appeal, Appeals, Decision
from enrollment.standing.looking import Opened, SuspensionFiles
from enrollment.standing.returns import Returns
from enrollment.standing.suspending import Known, Letter, Rooms, Services, SuspensionDesk
from enrollment.standing.suspensions import Reason, Return, Stage, Suspension, Suspensions

__all__ = [
    "APPEAL_SIGNS",
    "Appeal",
    "Appeals",
    "Decision",
    "Known",
    "Letter",
    "Opened",
    "PersonAccounts",
    "Reason",
    "Return",
    "Returns",
    "Rooms",
    "Services",
    "Stage",
    "Suspension",
    "SuspensionDesk",
    "SuspensionFiles",
    "Suspensions",
]
