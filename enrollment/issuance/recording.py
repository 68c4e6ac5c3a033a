"""From what an application says to what the register holds: the same person in the register's own words, and a level.

The form's words: sex by one letter, nationality by two, a birth date that may be declared to the day. The register's:
words, three letters, and of a declared date only the year.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from enrollment.cases import FACE, FINGERS, Kind, Section
from enrollment.cases.birth import BirthDate
from enrollment.cases.judging import Judged, Material
from enrollment.cases.sections import DOCUMENTS
from enrollment.errors import Code, Refusal
from enrollment.register import Birth, Facts, Precision, Sex, nation_of

__all__ = ["facts_of_case", "level_of_case"]

_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE, "X": Sex.UNSPECIFIED}
_PLACED = ("other_names", "local_name", "contact_person", "contact_phone", "guardian_name", "guardian_relation")
SELF_ASSERTED, CHECKED, SUPERVISED = 1, 2, 3


def facts_of_case(person: Mapping[str, Any], born: BirthDate | None, language: str | None) -> Facts | Refusal:
    """The personal details of an application whose section is complete. Refused: `ENR_SCHEMA` about the field."""
    told = {name: _text(value) for name, value in person.items()}
    sex = _SEXES.get(told.get("sex") or "")
    nation = nation_of(told.get("nationality") or "")
    if born is None:
        return Refusal(Code.ENR_SCHEMA, "birth_date")
    if sex is None:
        return Refusal(Code.ENR_SCHEMA, "sex")
    if nation is None:
        return Refusal(Code.ENR_SCHEMA, "nationality")
    given, family = told.get("given_names") or "", told.get("family_name") or ""
    if not given and not family:
        return Refusal(Code.ENR_SCHEMA, "given_names")
    rest = {name: told.get(name) for name in _PLACED}
    rest["other_name"] = rest.pop("other_names")
    division, place = told.get("birth_division"), told.get("birth_place")
    return Facts(
        family,
        given,
        _birth(born),
        sex,
        nation,
        birthplace=division or place,
        birthplace_line=place if division else None,
        birth_country=nation_of(told.get("birth_country") or ""),
        address=told.get("address_division"),
        address_line=told.get("address_lines"),
        phone=told.get("phone"),
        email=told.get("email"),
        language=language,
        **rest,
    )


def level_of_case(kind: Kind, material: Material, judged: Judged, *, compared: bool) -> int:
    """How well the identity is proven, 1 to 3 (design section 4).

    3: in person before two people, a document with its picture, and the body was compared with everybody (`compared`):
    of whom some positions are missing is not less proven for it. 2: the same by an introducer, or where nothing was
    compared (small children; somebody of whom nothing can be captured). 1: taken over from an older register.
    """
    if kind is Kind.IMPORT:
        return SELF_ASSERTED
    documents = material.of(Section.DOCUMENTS)
    evidence = any(documents.get(slot) and documents.get(f"{slot}_object") for slot in DOCUMENTS)
    body = material.of(Section.BIOMETRICS)
    captured = any(body.get(position) for position in (FACE, *FINGERS)) and not judged.no_modality
    return SUPERVISED if evidence and captured and compared else CHECKED


def _birth(born: BirthDate) -> Birth:
    precision = Precision(born.precision.value)
    if precision is Precision.DECLARED:
        return Birth(born.year, None, None, precision)
    return Birth(born.year, born.month, born.day, precision)


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return unicodedata.normalize("NFC", value).strip() or None
