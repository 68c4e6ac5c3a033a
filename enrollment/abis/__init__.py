"""Identification for other systems: references of their own, searched apart from the people of the register.

Public names: `Asked`, `Desk`, `Errand`, `Failure`, `Ledger`, `Operation`, `Probes`, `References`, `Searching`,
`Source`, `Waiting`.
"""

from enrollment.abis.desk import Desk, Waiting
from enrollment.abis.ledger import Errand, Ledger
from enrollment.abis.messages import Asked, Failure, Operation
from enrollment.abis.probes import Probes
from enrollment.abis.references import References
from enrollment.abis.searching import Searching
from enrollment.abis.source import Source

__all__ = [
    "Asked",
    "Desk",
    "Errand",
    "Failure",
    "Ledger",
    "Operation",
    "Probes",
    "References",
    "Searching",
    "Source",
    "Waiting",
]
