"""Who is the same person as whom, decided by people: two who do not know of each other's votes, and a third to lead.

Public names: `Adjudication`, `AdjudicationPolicy`, `Agreement`, `Answers`, `Asked`, `Ballot`, `Candidate`, `Choice`,
`Desk`, `Figure`, `Figures`, `Ground`, `Named`, `Opening`, `Papers`, `Result`, `Sheet`, `Stage`, `Vote`, `Voted`,
`WHOLE`, `Waiting`, `adjudication`, `number_of`.
"""

from enrollment.adjudication.agreement import Agreement, Figures
from enrollment.adjudication.desk import Ballot, Desk, Voted
from enrollment.adjudication.guarding import Answers
from enrollment.adjudication.joining import Adjudication, adjudication
from enrollment.adjudication.looking import Figure, Named, Papers, Result
from enrollment.adjudication.opening import Opening
from enrollment.adjudication.policy import AdjudicationPolicy
from enrollment.adjudication.votes import (
    WHOLE,
    Asked,
    Candidate,
    Choice,
    Ground,
    Sheet,
    Stage,
    Vote,
    Waiting,
    number_of,
)

__all__ = [
    "WHOLE",
    "Adjudication",
    "AdjudicationPolicy",
    "Agreement",
    "Answers",
    "Asked",
    "Ballot",
    "Candidate",
    "Choice",
    "Desk",
    "Figure",
    "Figures",
    "Ground",
    "Named",
    "Opening",
    "Papers",
    "Result",
    "Sheet",
    "Stage",
    "Vote",
    "Voted",
    "Waiting",
    "adjudication",
    "number_of",
]
