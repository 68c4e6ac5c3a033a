"""Who somebody says they are, checked field by field: what is kept is what was typed, what is wrong has a code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from enrollment.cases.birth import BirthDate, Precision, birth_date_of
from enrollment.cases.countries import COUNTRIES, NATIONALITIES
from enrollment.cases.policy import CasePolicy

__all__ = ["Divisions", "Fault", "Problem", "Sex", "birth_of", "faults"]

MAX_NAME = 100
MAX_LINE = 300
# Written inside words in several scripts; anywhere else an invisible character only deceives.
_JOINERS = "\u200c\u200d"
_IN_NAMES = frozenset(" .'-\u2019\u02bc\u2010\u00b7\u30fb" + _JOINERS)
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_PHONE = re.compile(r"\+?[0-9][0-9 ().\-]{5,28}[0-9]")
_EMAIL = re.compile(r"[^@\s<>(),:;\"\[\]\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W_][\w-]{0,61}[^\W_]")
RELATIONS = frozenset({"mother", "father", "grandparent", "sibling", "relative", "guardian", "institution"})


class Problem(StrEnum):
    """What may be wrong with a field; closed."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    CHARACTERS = "characters"
    FORMAT = "format"
    FUTURE = "future"
    TOO_OLD = "too_old"
    UNKNOWN = "unknown"
    NOT_A_CHILD = "not_a_child"


class Sex(StrEnum):
    """As recorded: ISO/IEC 5218 by the letters of ICAO 9303-3, X for neither or not said."""

    FEMALE = "F"
    MALE = "M"
    UNSPECIFIED = "X"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with which field. Never says what was typed."""

    field: str
    problem: Problem


class Divisions(Protocol):
    """Knows the country's divisions."""

    def known(self, code: str) -> bool:
        """True when there is a division of this code."""
        ...


Check = Callable[[str], Problem | None]


def birth_of(person: Mapping[str, Any]) -> BirthDate | None:
    """The birth date in the typed fields; None while it cannot be read."""
    text, precision = _text(person, "birth_date"), _text(person, "birth_precision")
    if precision not in set(Precision):
        return None
    return birth_date_of(text, Precision(precision))


def faults(
    person: Mapping[str, Any], today: date, policy: CasePolicy, divisions: Divisions | None, *, child: bool = False
) -> list[Fault]:
    """Everything that is wrong with a person section, in the order of the form; none when it is complete.

    Names are of any script, and somebody may have a single one. A telephone number, an e-mail address or a person to
    ask for is wanted, or that there is none of them is said. Somebody who is surely not of age has a guardian. `child`
    is an application for a child.
    """
    found = [
        Fault(field, problem)
        for field, required, check in _FIELDS
        if (problem := _problem(_text(person, field), check, required=required)) is not None
    ]
    if not _text(person, "family_name") and person.get("single_name") is not True:
        found.append(Fault("family_name", Problem.MISSING))
    found += _birth_faults(person, today, policy, child=child)
    for field in ("birth_division", "address_division"):
        code = _text(person, field)
        if code and divisions is not None and not divisions.known(code):
            found.append(Fault(field, Problem.UNKNOWN))
    reachable = any(_text(person, field) for field in ("phone", "email", "contact_person"))
    if not reachable and person.get("no_contact") is not True:
        found.append(Fault("phone", Problem.MISSING))
    order = {field: place for place, field in enumerate(_ORDER)}
    return sorted(found, key=lambda fault: order[fault.field])


def _birth_faults(person: Mapping[str, Any], today: date, policy: CasePolicy, *, child: bool) -> list[Fault]:
    precision = _text(person, "birth_precision")
    if precision and precision not in set(Precision):
        return [Fault("birth_precision", Problem.UNKNOWN)]
    if not precision:
        return [Fault("birth_precision", Problem.MISSING)]
    if not _text(person, "birth_date"):
        return [Fault("birth_date", Problem.MISSING)]
    born = birth_of(person)
    if born is None:
        return [Fault("birth_date", Problem.FORMAT)]
    if born.earliest() > today:
        return [Fault("birth_date", Problem.FUTURE)]
    age = born.age(today)
    if age > policy.oldest:
        return [Fault("birth_date", Problem.TOO_OLD)]
    if child and age > policy.of_age:
        return [Fault("birth_date", Problem.NOT_A_CHILD)]
    if age >= policy.of_age:
        return []
    return [
        Fault(field, Problem.MISSING)
        for field in ("guardian_name", "guardian_relation")
        if not _text(person, field)
    ]  # fmt: skip


def _text(person: Mapping[str, Any], field: str) -> str:
    value = person.get(field)
    return unicodedata.normalize("NFC", value).strip() if isinstance(value, str) else ""


def _problem(text: str, check: Check, *, required: bool) -> Problem | None:
    if not text:
        return Problem.MISSING if required else None
    return check(text)


def _name(text: str) -> Problem | None:
    if len(text) > MAX_NAME:
        return Problem.TOO_LONG
    letters = any(unicodedata.category(mark)[0] == "L" for mark in text)
    clean = all(mark in _IN_NAMES or unicodedata.category(mark)[0] in "LM" for mark in text)
    return None if letters and clean else Problem.CHARACTERS


def _line(text: str) -> Problem | None:
    if len(text) > MAX_LINE:
        return Problem.TOO_LONG
    clean = all(mark == "\n" or mark in _JOINERS or unicodedata.category(mark) not in _FORBIDDEN for mark in text)
    return None if clean else Problem.CHARACTERS


def _one_of(values: Collection[str]) -> Check:
    return lambda text: None if text in values else Problem.UNKNOWN


def _matching(pattern: re.Pattern[str]) -> Check:
    def check(text: str) -> Problem | None:
        if len(text) > MAX_LINE:
            return Problem.TOO_LONG
        return None if pattern.fullmatch(text) else Problem.FORMAT

    return check


# Field, whether it must be there, how it is checked.
_FIELDS: tuple[tuple[str, bool, Check], ...] = (
    ("given_names", True, _name),
    ("family_name", False, _name),
    ("other_names", False, _name),
    ("local_name", False, _name),
    ("sex", True, _one_of(set(Sex))),
    ("nationality", True, _one_of(NATIONALITIES)),
    ("birth_country", True, _one_of(COUNTRIES | {"XX"})),
    ("birth_division", False, _line),
    ("birth_place", False, _line),
    ("address_division", True, _line),
    ("address_lines", False, _line),
    ("phone", False, _matching(_PHONE)),
    ("email", False, _matching(_EMAIL)),
    ("contact_person", False, _name),
    ("contact_phone", False, _matching(_PHONE)),
    ("guardian_name", False, _name),
    ("guardian_relation", False, _one_of(RELATIONS)),
)
_ORDER = (
    *(field for field, _, _ in _FIELDS[:4]), "birth_date", "birth_precision", *(field for field, _, _ in _FIELDS[4:])
)  # fmt: skip
