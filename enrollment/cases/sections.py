"""Sections of an application: their fields, and which of them this application needs (design section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from enrollment.cases.case import Kind
from enrollment.cases.policy import CasePolicy

__all__ = [
    "DOCUMENTS",
    "FACE",
    "FINGERS",
    "POSITIONS",
    "RECORDED",
    "TYPED",
    "Circumstances",
    "Needed",
    "Section",
    "Status",
    "needed",
]


class Section(StrEnum):
    """The parts of the form, in the order of the screen; any of them can be filled at any time."""

    CONSENT = "consent"
    PERSON = "person"
    DOCUMENTS = "documents"
    BIOMETRICS = "biometrics"
    EXCEPTIONS = "exceptions"
    INTRODUCER = "introducer"
    PREVIEW = "preview"


class Status(StrEnum):
    """How far a section is. `flagged` is complete, and a supervisor must look at it."""

    EMPTY = "empty"
    PARTIAL = "partial"
    OK = "ok"
    FLAGGED = "flagged"

    @property
    def done(self) -> bool:
        """True when nothing is missing in it."""
        return self in {Status.OK, Status.FLAGGED}


FACE = "face"
FINGERS = tuple(
    f"{hand}_{finger}" for hand in ("right", "left") for finger in ("thumb", "index", "middle", "ring", "little")
)
POSITIONS = frozenset({FACE, *FINGERS})
DOCUMENTS = tuple(f"document_{number}" for number in range(1, 10))

_PERSON = frozenset(
    {
        "given_names", "family_name", "single_name", "other_names", "local_name", "birth_date", "birth_precision",
        "sex", "nationality", "birth_country", "birth_division", "birth_place", "address_division", "address_lines",
        "phone", "email", "contact_person", "contact_phone", "no_contact", "guardian_name", "guardian_relation",
    }
)  # fmt: skip

TYPED: Mapping[Section, frozenset[str]] = MappingProxyType(
    {
        Section.PERSON: _PERSON,
        Section.DOCUMENTS: frozenset({"none", *DOCUMENTS}),
        Section.BIOMETRICS: frozenset({"looked_at_face", "looked_at_fingers"}),
    }
)
"""The fields that are typed or ticked."""

RECORDED: Mapping[Section, frozenset[str]] = MappingProxyType(
    {
        Section.DOCUMENTS: frozenset(f"{slot}_object" for slot in DOCUMENTS),
        Section.BIOMETRICS: frozenset({*POSITIONS, *(f"{position}_second" for position in POSITIONS)}),
        Section.PREVIEW: frozenset({"shown", "language"}),
    }
)
"""The fields that only the service that made them writes: no form reaches them."""


@dataclass(frozen=True, slots=True)
class Needed:
    """What must be done before signing. `modalities` is what the biometric section must hold: `face`, `fingers`.

    `two_officers` asks that a second officer had a hand in the capture.
    """

    sections: frozenset[Section]
    modalities: frozenset[str] = frozenset()
    two_officers: bool = False


_EVERY = frozenset({Section.CONSENT, Section.PREVIEW})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides over what is needed.

    `age` is in years, None while unknown; `documents`: the applicant has some; `no_modality`: nothing can be captured.
    """

    kind: Kind
    age: int | None
    documents: bool
    no_modality: bool = False


def needed(here: Circumstances, policy: CasePolicy) -> Needed:
    """What this application needs. Nobody is without a way: no documents ask for an introducer (design section 6)."""
    evidence = {Section.DOCUMENTS} if here.documents else {Section.INTRODUCER}
    if here.kind is Kind.DEATH:
        return Needed(frozenset({Section.DOCUMENTS}))
    if here.kind is Kind.IMPORT:
        return Needed(frozenset({Section.PERSON}))
    if here.kind in {Kind.UPDATE, Kind.CORRECTION}:
        return Needed(_EVERY | {Section.PERSON} | evidence)
    if here.no_modality:
        both = {Section.DOCUMENTS, Section.INTRODUCER}
        return Needed(_EVERY | {Section.PERSON, Section.BIOMETRICS, Section.EXCEPTIONS} | both, two_officers=True)
    small = here.age is not None and here.age < policy.child_until
    modalities = frozenset({"face"}) if small else frozenset({"face", "fingers"})
    if here.kind is Kind.LOST:
        return Needed(_EVERY | {Section.BIOMETRICS}, modalities)
    return Needed(_EVERY | {Section.PERSON, Section.BIOMETRICS} | evidence, modalities)
