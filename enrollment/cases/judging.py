"""How far each section is, judged from what is in it. Nothing here changes what was captured.

So a changed birth date keeps what was captured: it only changes what is wanted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from enrollment.cases.birth import BirthDate
from enrollment.cases.case import Case, Kind
from enrollment.cases.demographics import Divisions, Fault, birth_of, faults
from enrollment.cases.policy import CasePolicy
from enrollment.cases.sections import (
    DOCUMENTS,
    FACE,
    FINGERS,
    POSITIONS,
    Circumstances,
    Needed,
    Section,
    Status,
    needed,
)

__all__ = ["Excepted", "Judged", "Judging", "Material"]

DOCUMENT_TYPES = frozenset(
    {
        "birth_certificate", "passport", "voter_card", "national_card", "driving_licence", "baptism", "school",
        "court_order", "affidavit", "death_certificate", "other",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Excepted:
    """A position that cannot be captured. `granted`: by a supervisor's word; `shown`: there is a photograph."""

    position: str
    granted: bool
    shown: bool


@dataclass(frozen=True, slots=True, repr=False)
class Material:
    """Everything that is in the sections of one application, opened; `statuses` are those last written down.

    No `repr`: no log or failure shows it.
    """

    contents: Mapping[Section, Mapping[str, Any]]
    versions: Mapping[Section, int]
    statuses: Mapping[Section, Status]
    flags: Mapping[Section, str] = field(default_factory=dict)
    consented: bool = False
    exceptions: Sequence[Excepted] = ()
    vouches: int = 0

    def of(self, section: Section) -> Mapping[str, Any]:
        """What is in one section."""
        return self.contents.get(section, {})

    def changed(self, section: Section, content: Mapping[str, Any]) -> Material:
        """The same with something else in one section, at its next version."""
        versions = {**self.versions, section: self.versions[section] + 1}
        return replace(self, contents={**self.contents, section: content}, versions=versions)

    def shown(self) -> str:
        """What the applicant confirms on the second screen: these versions of everything but the preview."""
        parts = [
            f"{section.value}:{self.versions.get(section, 0)}" for section in Section if section != Section.PREVIEW
        ]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, repr=False)
class Judged:
    """What is needed, how far each section is, and what is wrong in the personal details."""

    needed: Needed
    statuses: Mapping[Section, Status]
    faults: tuple[Fault, ...]
    birth: BirthDate | None
    no_modality: bool

    def missing(self) -> list[Section]:
        """Needed sections that are not done, and others that were begun and are not done; in the order of the form."""
        return [
            section
            for section, status in self.statuses.items()
            if not status.done and (section in self.needed.sections or status is Status.PARTIAL)
        ]

    def flagged(self) -> list[Section]:
        """Sections that a supervisor must tick."""
        return [section for section, status in self.statuses.items() if status is Status.FLAGGED]


class Judging:
    """Judges applications by one policy, on one day."""

    def __init__(self, policy: CasePolicy, divisions: Divisions | None, today: date) -> None:
        self._policy = policy
        self._divisions = divisions
        self._today = today

    def judge(self, case: Case, material: Material) -> Judged:
        """The state of every section."""
        person = material.of(Section.PERSON)
        birth = birth_of(person)
        excepted = {exception.position for exception in material.exceptions}
        no_modality = excepted >= POSITIONS
        documents = material.of(Section.DOCUMENTS).get("none") is not True
        age = None if birth is None else birth.age(self._today)
        wanted = needed(Circumstances(case.kind, age, documents, no_modality), self._policy)
        found = faults(person, self._today, self._policy, self._divisions, child=case.kind is Kind.CHILD)
        statuses = {
            Section.CONSENT: Status.OK if material.consented else Status.EMPTY,
            Section.PERSON: _status(person, complete=not found),
            Section.DOCUMENTS: _documents(material.of(Section.DOCUMENTS), numbered=case.kind is Kind.DEATH),
            Section.BIOMETRICS: _biometrics(material.of(Section.BIOMETRICS), excepted, wanted),
            Section.EXCEPTIONS: _exceptions(material.exceptions, no_modality=no_modality),
            Section.INTRODUCER: Status.OK if material.vouches else Status.EMPTY,
            Section.PREVIEW: _preview(material),
        }
        for section in material.flags:
            if statuses[section] is Status.OK:
                statuses[section] = Status.FLAGGED
        return Judged(wanted, statuses, tuple(found), birth, no_modality)


def _status(content: Mapping[str, Any], *, complete: bool) -> Status:
    if not any(value not in (None, "", False) for value in content.values()):
        return Status.EMPTY
    return Status.OK if complete else Status.PARTIAL


def _documents(content: Mapping[str, Any], *, numbered: bool) -> Status:
    """Each document has a type and a picture; its number and dates where it has them.

    A death is reported with the number under which the civil register has it.
    """
    begun = [slot for slot in DOCUMENTS if content.get(slot) or content.get(f"{slot}_object")]
    complete = all(
        _typed_document(content.get(slot), numbered=numbered) and content.get(f"{slot}_object") for slot in begun
    )
    return _status(dict.fromkeys(begun, True) | {"none": content.get("none")}, complete=complete)


def _typed_document(value: object, *, numbered: bool) -> bool:
    if not isinstance(value, dict) or value.get("type") not in DOCUMENT_TYPES:
        return False
    return not numbered or bool(str(value.get("number") or "").strip())


def _biometrics(content: Mapping[str, Any], excepted: set[str], wanted: Needed) -> Status:
    """A position is done when its best try was accepted, or it is excepted; presence was looked at where captured."""
    done = {position for position in POSITIONS if _accepted(content.get(position))} | excepted
    captured = {position for position in POSITIONS if content.get(position)}
    if not captured and not excepted:
        return Status.EMPTY
    asked = set()
    if "face" in wanted.modalities:
        asked.add(FACE)
    if "fingers" in wanted.modalities:
        asked.update(FINGERS)
    looked = content.get("looked_at_face") is True or FACE not in captured
    looked = looked and (content.get("looked_at_fingers") is True or not captured - {FACE})
    return Status.OK if asked <= done and captured <= done and looked else Status.PARTIAL


def _accepted(value: object) -> bool:
    return isinstance(value, dict) and value.get("accepted") is True


def _exceptions(given: Sequence[Excepted], *, no_modality: bool) -> Status:
    if not given:
        return Status.EMPTY
    if not all(exception.granted or exception.shown for exception in given):
        return Status.PARTIAL
    granted = all(exception.granted for exception in given)
    return Status.OK if granted and not no_modality else Status.FLAGGED


def _preview(material: Material) -> Status:
    """Confirmed only for what is there now: any later change asks the applicant again."""
    confirmed = material.of(Section.PREVIEW).get("shown")
    if confirmed is None:
        return Status.EMPTY
    return Status.OK if confirmed == material.shown() else Status.PARTIAL
