"""Sign-in: from "who are you?" to a session, a journey that survives Back, reload and a second tab.

Public names: `Browser`, `Completed`, `Move`, `NeedsCode`, `SignIn`, `StartOver`, `State`, `Transaction`,
`Transactions`.
"""

from idp.signin.flow import Move, State
from idp.signin.steps import Browser, Completed, NeedsCode, SignIn, StartOver
from idp.signin.transaction import Transaction, Transactions

__all__ = [
    "Browser",
    "Completed",
    "Move",
    "NeedsCode",
    "SignIn",
    "StartOver",
    "State",
    "Transaction",
    "Transactions",
]
