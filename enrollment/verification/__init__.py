"""One person with one person: at a counter, where an officer says why, and as a factor of a sign-in.

Public names: `Answer`, `Asked`, `Change`, `Check`, `CounterDesk`, `Enrolled`, `Matches`, `Outcome`, `People`, `Place`,
`Purpose`, `RegisteredBiometrics`, `Said`, `Verification`, `VerificationPolicy`, `Watcher`, `best_fingers`.
"""

from enrollment.verification.choosing import Change, Watcher
from enrollment.verification.comparing import Asked, Outcome, Place, Said, Verification
from enrollment.verification.counter import Answer, Check, CounterDesk
from enrollment.verification.enrolled import Enrolled, best_fingers
from enrollment.verification.matches import Matches, Purpose
from enrollment.verification.people import People
from enrollment.verification.policy import VerificationPolicy
from enrollment.verification.registered import RegisteredBiometrics

__all__ = [
    "Answer",
    "Asked",
    "Change",
    "Check",
    "CounterDesk",
    "Enrolled",
    "Matches",
    "Outcome",
    "People",
    "Place",
    "Purpose",
    "RegisteredBiometrics",
    "Said",
    "Verification",
    "VerificationPolicy",
    "Watcher",
    "best_fingers",
]
