"""Registration centres: divisions, centres, stations, roles and postings of staff, and how the first two came to be.

Public names: `Actor`, `OPERATOR`, `Role`, `Staff`, `Approvals`, `Founding`, `Centres`, `Divisions`, `Stations`,
`StationKey`, `Postings`, `HandOvers`, `CasesInHand`, and the values that they take and give.
"""

from enrollment.centres.actors import OPERATOR, Actor, Role
from enrollment.centres.approvals import Approval, Approvals
from enrollment.centres.centres import Centre, Centres, CentreStatus
from enrollment.centres.division_files import Division, Level
from enrollment.centres.divisions import Divisions
from enrollment.centres.founding import Founding
from enrollment.centres.hand_over import CasesInHand, HandOver, HandOvers
from enrollment.centres.postings import Days, Posting, Postings
from enrollment.centres.staff import Staff
from enrollment.centres.station_keys import StationKey
from enrollment.centres.stations import RevokedFor, Station, Stations

__all__ = [
    "OPERATOR",
    "Actor",
    "Approval",
    "Approvals",
    "CasesInHand",
    "Centre",
    "CentreStatus",
    "Centres",
    "Days",
    "Division",
    "Divisions",
    "Founding",
    "HandOver",
    "HandOvers",
    "Level",
    "Posting",
    "Postings",
    "RevokedFor",
    "Role",
    "Staff",
    "Station",
    "StationKey",
    "Stations",
]
