"""What is recorded of a person, as one value: read from a form's section, written into a sealed version."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from enrollment.errors import Code, Refusal

__all__ = ["Birth", "Facts", "Precision", "Sex", "birth_of", "facts_of", "recorded_facts"]

MAX_TEXT = 200
# A full name is a claim of at most 200 signs.
MAX_NAME = 99
OLDEST_YEAR = 1880
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_NATION = re.compile(r"[A-Z]{3}")
_NAME_MARKS = frozenset(" '-.\u2019\u02bc")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_OPTIONAL = (
    "other_name", "birthplace", "address", "address_line", "phone", "email", "contact_person", "language",
    "local_name", "birth_country", "birthplace_line", "contact_phone", "guardian_name", "guardian_relation",
)  # fmt: skip
_NAMES = frozenset({"family_name", "given_names", "contact_person", "guardian_name"})
_MEMBERS = frozenset({*_NAMES, *_OPTIONAL, "birth_date", "birth_precision", "sex", "nationality"})


class Sex(StrEnum):
    """As recorded."""

    FEMALE = "female"
    MALE = "male"
    UNSPECIFIED = "unspecified"


class Precision(StrEnum):
    """How much of a birth date is known; `declared` is a year that the person, or somebody for them, estimates."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    DECLARED = "declared"


@dataclass(frozen=True, slots=True, repr=False)
class Birth:
    """When somebody was born, as far as it is known."""

    year: int
    month: int | None
    day: int | None
    precision: Precision

    @property
    def text(self) -> str:
        """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
        parts = [f"{self.year:04d}", *(f"{part:02d}" for part in (self.month, self.day) if part is not None)]
        return "-".join(parts)


@dataclass(frozen=True, slots=True, repr=False)
class Facts:
    """What the register says of a person. No `repr`: no log or failure shows it.

    One of the two names may be empty: some people have one name. `birthplace` and `address` are codes of divisions
    or a free text, what was written beside them stands in a line; `nationality` and `birth_country` are ISO 3166-1
    alpha-3. `local_name` is in another script. Of somebody who is not of age there is a guardian.
    """

    family_name: str
    given_names: str
    birth: Birth
    sex: Sex
    nationality: str = "SLE"
    other_name: str | None = None
    birthplace: str | None = None
    address: str | None = None
    address_line: str | None = None
    phone: str | None = None
    email: str | None = None
    contact_person: str | None = None
    language: str | None = None
    local_name: str | None = None
    birth_country: str | None = None
    birthplace_line: str | None = None
    contact_phone: str | None = None
    guardian_name: str | None = None
    guardian_relation: str | None = None

    @property
    def name(self) -> str:
        """The full name as it is shown."""
        return " ".join(part for part in (self.given_names, self.family_name) if part)

    def as_document(self) -> dict[str, str]:
        """The members that `facts_of` reads; those without a value are left out."""
        known = {name: getattr(self, name) for name in ("family_name", "given_names", "nationality", *_OPTIONAL)}
        return {
            **{name: value for name, value in known.items() if value},
            "birth_date": self.birth.text,
            "birth_precision": self.birth.precision.value,
            "sex": self.sex.value,
        }


def facts_of(document: Mapping[str, Any], today: dt.date) -> Facts | Refusal:
    """Read a section's members; texts in NFC without outer spaces, empty ones as not given.

    Refused: `ENR_SCHEMA` with the member's name in `about`. Members that are not in `Facts` are refused, too: what is
    recorded is a closed list.
    """
    texts = _texts(document)
    if isinstance(texts, Refusal):
        return texts
    birth = birth_of(texts["birth_date"] or "", texts["birth_precision"], today)
    if birth is None:
        return _bad("birth_date")
    sex = next((sex for sex in Sex if sex == texts["sex"]), None)
    if sex is None:
        return _bad("sex")
    nation = texts["nationality"] or "SLE"
    if not _NATION.fullmatch(nation):
        return _bad("nationality")
    optional = (texts[name] for name in _OPTIONAL)
    return Facts(texts["family_name"] or "", texts["given_names"] or "", birth, sex, nation, *optional)


def recorded_facts(document: Mapping[str, str]) -> Facts:
    """The reverse of `Facts.as_document`, unchecked: what was once recorded is read under the rules of any later day.

    Raises KeyError or ValueError for what was never made by it.
    """
    year, *rest = (int(part) for part in document["birth_date"].split("-"))
    month, day = (*rest, None, None)[:2]
    return Facts(
        document.get("family_name", ""),
        document.get("given_names", ""),
        Birth(year, month, day, Precision(document["birth_precision"])),
        Sex(document["sex"]),
        document["nationality"],
        *(document.get(name) for name in _OPTIONAL),
    )


def birth_of(text: str, precision: str | None, today: dt.date) -> Birth | None:
    """A birth date as far as it is known; None when there is no such day, it is to come, or the two disagree.

    Without a `precision` it is that of the text.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (None if part is None else int(part) for part in found.groups())
    told = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
    asked = told if precision is None else next((kind for kind in Precision if kind == precision), None)
    if asked is None or (asked is not told and (told, asked) != (Precision.YEAR, Precision.DECLARED)):
        return None
    try:
        first = dt.date(year or 0, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None
    if first.year < OLDEST_YEAR or first > today:
        return None
    return Birth(first.year, month, day, asked)


def _bad(name: str) -> Refusal:
    return Refusal(Code.ENR_SCHEMA, name)


def _texts(document: Mapping[str, Any]) -> dict[str, str | None] | Refusal:
    """Every member's text, None where there is none."""
    if not document.keys() <= _MEMBERS:
        return _bad("members")
    texts = dict.fromkeys(sorted(_MEMBERS), "")
    for name, given in document.items():
        text = _text(given)
        if text is None or (text and name in _NAMES and not _nameable(text)):
            return _bad(name)
        texts[name] = text
    if not texts["family_name"] and not texts["given_names"]:
        return _bad("family_name")
    return {name: text or None for name, text in texts.items()}


def _text(given: object) -> str | None:
    """The text in NFC, empty where nothing was given; None for anything else."""
    if given is None:
        return ""
    if not isinstance(given, str) or len(given) > MAX_TEXT:
        return None
    text = unicodedata.normalize("NFC", given).strip()
    clean = len(text) <= MAX_TEXT and not any(unicodedata.category(sign) in _HIDDEN for sign in text)
    return text if clean else None


def _nameable(text: str) -> bool:
    """Names are letters with their marks, and what joins them."""
    plain = unicodedata.normalize("NFD", text)
    if len(text) > MAX_NAME:
        return False
    kinds = all(unicodedata.category(sign)[0] in "LM" or sign in _NAME_MARKS for sign in plain)
    return kinds and any(sign.isalpha() for sign in plain)
