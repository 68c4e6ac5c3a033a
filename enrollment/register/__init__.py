"""The register of people: who they are in versions, their numbers and aliases, and whom else a name may be.

Public names: `Accounts`, `Alias`, `AliasKind`, `Aliases`, `Birth`, `Candidate`, `Candidates`, `DemographicPolicy`,
`Demographics`, `Facts`, `Identified`, `IdentifierType`, `Identifiers`, `NewPerson`, `Person`, `Precision`, `Register`,
`Seals`, `Sex`, `Status`, `Statuses`, `Version`, `facts_of`, `masked`, `nation_of`, `shown`, `typed_identifier`.
"""

from enrollment.register.accounts import Accounts
from enrollment.register.aliases import Alias, Aliases, AliasKind
from enrollment.register.demographics import Candidate, Candidates, DemographicPolicy, Demographics
from enrollment.register.facts import Birth, Facts, Precision, Sex, facts_of
from enrollment.register.identifiers import Identified, Identifiers
from enrollment.register.nations import nation_of
from enrollment.register.numbers import IdentifierType, masked, shown, typed_identifier
from enrollment.register.persons import NewPerson, Person, Register, Status, Version
from enrollment.register.seals import Seals
from enrollment.register.statuses import Statuses

__all__ = [
    "Accounts",
    "Alias",
    "AliasKind",
    "Aliases",
    "Birth",
    "Candidate",
    "Candidates",
    "DemographicPolicy",
    "Demographics",
    "Facts",
    "Identified",
    "IdentifierType",
    "Identifiers",
    "NewPerson",
    "Person",
    "Precision",
    "Register",
    "Seals",
    "Sex",
    "Status",
    "Statuses",
    "Version",
    "facts_of",
    "masked",
    "nation_of",
    "shown",
    "typed_identifier",
]
