"""People who cannot sign in and come to a centre: who they are is found out, and a code lets them back in.

Public names: `Kin`, `Matches`, `Printed`, `Proof`, `ProofState`, `Seen`, `VisitCodes`, `VisitDesk`, `Way`.
"""

from enrollment.visits.codes import Printed, VisitCodes
from enrollment.visits.desk import Kin, Matches, Seen, VisitDesk
from enrollment.visits.proofs import Proof, ProofState, Way

__all__ = ["Kin", "Matches", "Printed", "Proof", "ProofState", "Seen", "VisitCodes", "VisitDesk", "Way"]
