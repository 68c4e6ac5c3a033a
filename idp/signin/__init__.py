"""Sign-in: from "who are you?" to a session, a journey that survives Back, reload and a second tab.

Public names: `Browser`, `Completed`, `Move`, `NeedsSecond`, `Recognised`, `SignIn`, `StartOver`, `State`,
`Transaction`, `Transactions`, `Wish`.
"""

from idp.signin.flow import Move, State
from idp.signin.outcomes import Browser, Completed, NeedsSecond, Recognised, StartOver
from idp.signin.steps import SignIn
from idp.signin.transaction import Transaction, Transactions, Wish

__all__ = [
    "Browser",
    "Completed",
    "Move",
    "NeedsSecond",
    "Recognised",
    "SignIn",
    "StartOver",
    "State",
    "Transaction",
    "Transactions",
    "Wish",
]
