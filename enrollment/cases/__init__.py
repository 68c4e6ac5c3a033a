"""Applications to the register: their one life cycle, their sections, and who may do what to whose.

Public names: `cases` puts every service of the room together (`Cases`, `Joints`); values and closed words beside them.
"""

from enrollment.cases.access import Kin
from enrollment.cases.aid import aid_of, grouped
from enrollment.cases.case import Case, Kind, State
from enrollment.cases.casefile import CaseFile, File, Purpose
from enrollment.cases.consents import Consents, How
from enrollment.cases.contents import Saved, Sections
from enrollment.cases.demographics import Divisions, Fault, Problem
from enrollment.cases.desk import Cases, Joints, cases
from enrollment.cases.exceptions import BodyException, Exceptions, Why
from enrollment.cases.guards import Attempt, Check
from enrollment.cases.introducers import Introducers, Relation
from enrollment.cases.lifecycle import Lifecycle
from enrollment.cases.orders import Applicant, Moved, Order, Task
from enrollment.cases.reasons import Reason, Tick
from enrollment.cases.sections import FACE, FINGERS, Section, Status
from enrollment.cases.transitions import TABLE, Event, Guard

__all__ = [
    "FACE",
    "FINGERS",
    "TABLE",
    "Applicant",
    "Attempt",
    "BodyException",
    "Case",
    "CaseFile",
    "Cases",
    "Check",
    "Consents",
    "Divisions",
    "Event",
    "Exceptions",
    "Fault",
    "File",
    "Guard",
    "How",
    "Introducers",
    "Joints",
    "Kin",
    "Kind",
    "Lifecycle",
    "Moved",
    "Order",
    "Problem",
    "Purpose",
    "Reason",
    "Relation",
    "Saved",
    "Section",
    "Sections",
    "State",
    "Status",
    "Task",
    "Tick",
    "Why",
    "aid_of",
    "cases",
    "grouped",
]
