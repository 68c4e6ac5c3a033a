"""What whoever imports says about a file: which column is what, and where the file's own way differs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from enrollment.errors import Code, Refusal
from enrollment.legacy.encodings import named

__all__ = ["Column", "DateOrder", "Wishes", "wishes_of"]

MAX_TEXT = 200
MAX_VALUES = 50


class Column(StrEnum):
    """What a column of an older register can be; closed."""

    LEGACY_NO = "legacy_no"
    SURNAME = "surname"
    GIVEN_NAMES = "given_names"
    SEX = "sex"
    DATE_OF_BIRTH = "date_of_birth"
    DISTRICT = "district"
    CHIEFDOM = "chiefdom"
    TOWN = "town"
    PHONE = "phone"
    MOTHER_NAME = "mother_name"


class DateOrder(StrEnum):
    """What 03/04/1980 means; by itself: what the column shows, else the day first."""

    DMY = "dmy"
    MDY = "mdy"


_COLUMNS: Mapping[str, Column] = MappingProxyType({column.value: column for column in Column})
_FITS: Mapping[str, Callable[[object], bool]] = MappingProxyType(
    {
        "delimiter": lambda told: told is None or (isinstance(told, str) and len(told) == 1 and told not in '"\r\n\0'),
        "encoding": lambda told: told is None or named(str(told)) is not None,
        "date_order": lambda told: told is None or told in set(DateOrder),
        "header": lambda told: told is None or isinstance(told, bool),
    }
)
_MEMBERS = frozenset({"columns", "delimiter", "encoding", "date_order", "header", "sex"})


@dataclass(frozen=True, slots=True)
class Wishes:
    """Everything may be left out. `columns` names the column of the file, or its place counted from 1.

    `sex` says what the file's own words mean (`{"1": "M"}`). Without `header` the first row is a person.
    """

    columns: Mapping[Column, str] = field(default_factory=dict)
    delimiter: str | None = None
    encoding: str | None = None
    date_order: DateOrder | None = None
    sex: Mapping[str, str] = field(default_factory=dict)
    header: bool = True

    def as_document(self) -> dict[str, Any]:
        """The members that `wishes_of` reads."""
        return {
            "columns": {column.value: name for column, name in self.columns.items()},
            "delimiter": self.delimiter,
            "encoding": self.encoding,
            "date_order": None if self.date_order is None else self.date_order.value,
            "sex": dict(self.sex),
            "header": self.header,
        }


def wishes_of(content: str | bytes) -> Wishes | Refusal:
    """Read a mapping: `{"columns": {"surname": "NOM"}, "delimiter": ";", ...}`, or the columns alone.

    Of each pair either side may be ours: `{"NOM": "surname"}` says the same. Refused: `ENR_SCHEMA` about the member.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return Refusal(Code.ENR_SCHEMA, "mapping")
    if not isinstance(document, dict):
        return Refusal(Code.ENR_SCHEMA, "mapping")
    if not isinstance(document.get("columns"), dict):
        document = {"columns": document}
    if not document.keys() <= _MEMBERS:
        return Refusal(Code.ENR_SCHEMA, "mapping")
    faults = (name for name, fits in _FITS.items() if not fits(document.get(name)))
    about = next(faults, None)
    columns, sexes = _columns(document["columns"]), _sexes(document.get("sex"))
    if about is not None or columns is None or sexes is None:
        return Refusal(Code.ENR_SCHEMA, about or ("columns" if columns is None else "sex"))
    delimiter, encoding, order = (document.get(name) for name in ("delimiter", "encoding", "date_order"))
    chosen = None if encoding is None else named(str(encoding))
    header = document.get("header", True)
    return Wishes(columns, delimiter, chosen, None if order is None else DateOrder(order), sexes, header is not False)


def _columns(given: Mapping[str, Any]) -> dict[Column, str] | None:
    found: dict[Column, str] = {}
    for left, right in given.items():
        if isinstance(right, bool) or not isinstance(right, str | int) or len(str(right)) > MAX_TEXT:
            return None
        name = str(right)
        column, other = (_COLUMNS[left], name) if left in _COLUMNS else (_COLUMNS.get(name), left)
        if column is None or column in found:
            return None
        if other.strip():
            found[column] = other.strip()
    return found


def _sexes(given: object) -> dict[str, str] | None:
    if given is None:
        return {}
    if not isinstance(given, dict) or len(given) > MAX_VALUES:
        return None
    if any(not isinstance(value, str) or value not in {"F", "M"} for value in given.values()):
        return None
    return {str(key).strip().casefold()[:MAX_TEXT]: value for key, value in given.items()}
