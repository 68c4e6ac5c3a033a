"""The ladder back to an account: forgotten name, another factor, printed code, mail and SMS with a wait, a visit.

Public names: `Attempt`, `Attempts`, `Case`, `Cases`, `Proof`, `Recovery`, `State`.
"""

from idp.recovery.attempts import Attempt, Attempts
from idp.recovery.cases import Case, Cases
from idp.recovery.ladder import Proof, State
from idp.recovery.steps import Recovery

__all__ = ["Attempt", "Attempts", "Case", "Cases", "Proof", "Recovery", "State"]
