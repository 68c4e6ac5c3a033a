"""A row as it is kept: its members sealed under the key of its person, and the section of an application made of it."""

from __future__ import annotations

import json
from typing import Any

from enrollment.legacy.rows import Code, Problem, Record
from enrollment.legacy.wishes import Column
from enrollment.register import Birth, Precision, Sex

__all__ = ["ABOUT", "document_of", "record_of", "section_of"]

ABOUT = "import-row"
OF_AGE = 18
_TEXTS = ("legacy_no", "surname", "given_names", "district", "chiefdom", "town", "phone", "mother_name")
_SEXES = {Sex.FEMALE: "F", Sex.MALE: "M", Sex.UNSPECIFIED: "X"}


def document_of(record: Record) -> bytes:
    """The row as bytes to be sealed."""
    document: dict[str, Any] = {name: getattr(record, name) for name in _TEXTS if getattr(record, name)}
    if record.sex is not None:
        document["sex"] = record.sex.value
    if record.birth is not None:
        document["birth"] = [record.birth.year, record.birth.month, record.birth.day, record.birth.precision.value]
    document["problems"] = [
        [one.code.value, None if one.column is None else one.column.value, one.suggested, one.written]
        for one in record.problems
    ]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def record_of(row: int, content: bytes) -> Record:
    """The reverse."""
    document = json.loads(content)
    born = document.get("birth")
    problems = tuple(
        Problem(Code(code), None if column is None else Column(column), suggested, written)
        for code, column, suggested, written in document["problems"]
    )
    return Record(
        row,
        sex=Sex(document["sex"]) if "sex" in document else None,
        birth=None if born is None else Birth(born[0], born[1], born[2], Precision(born[3])),
        problems=problems,
        **{name: document.get(name, "") for name in _TEXTS},
    )


def section_of(record: Record, nationality: str) -> dict[str, Any]:
    """The personal details of an application, in the words of the form (`enrollment.cases.sections`).

    An older register rarely says of which country somebody is: `nationality` (two letters) is that of the register.
    """
    assert record.birth is not None, "a row that stops is not taken"  # noqa: S101 - for the type checker
    assert record.sex is not None, "a row that stops is not taken"  # noqa: S101 - for the type checker
    place = ", ".join(part for part in (record.town, record.chiefdom) if part)
    section: dict[str, Any] = {
        "given_names": record.given_names,
        "family_name": record.surname,
        "sex": _SEXES[record.sex],
        "birth_date": record.birth.text,
        "birth_precision": record.birth.precision.value,
        "nationality": nationality,
        "birth_country": "XX",
        "address_division": record.district,
        "address_lines": place,
        "phone": record.phone,
        "no_contact": not record.phone,
        "guardian_name": record.mother_name,
        "guardian_relation": "mother" if record.mother_name else "",
    }
    return {name: value for name, value in section.items() if value not in ("", False)}
