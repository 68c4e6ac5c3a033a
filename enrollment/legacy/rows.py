"""A row of an older register checked cell by cell: what it says, and every problem by its code (design section 13)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from enrollment.legacy.dates import BadDate, Way, read_birth
from enrollment.legacy.districts import Districts
from enrollment.legacy.wishes import Column
from enrollment.register import Birth, Sex
from idp.subscribers.folding import fold_name

__all__ = ["Checker", "Code", "Problem", "Record"]

MAX_NAME = 99
MAX_LINE = 200
_NAME_MARKS = frozenset(" '-.\u2019\u02bc")
# What is written where nobody knows a name.
_NO_NAMES = frozenset(
    {"-", "--", "---", ".", "..", "...", "n/a", "n.a.", "none", "null", "unknown", "not known", "inconnu", "inconnue"}
)
_FORMULA = frozenset("=+@\t\r")
_SEXES: Mapping[str, Sex] = MappingProxyType(
    {
        "f": Sex.FEMALE, "female": Sex.FEMALE, "woman": Sex.FEMALE, "girl": Sex.FEMALE, "fem": Sex.FEMALE,
        "feminin": Sex.FEMALE, "feminine": Sex.FEMALE, "femme": Sex.FEMALE, "fille": Sex.FEMALE,
        "fillette": Sex.FEMALE, "femelle": Sex.FEMALE, "uman": Sex.FEMALE, "m": Sex.MALE,
        "male": Sex.MALE, "man": Sex.MALE, "boy": Sex.MALE, "masc": Sex.MALE, "masculin": Sex.MALE,
        "masculine": Sex.MALE, "homme": Sex.MALE, "hom": Sex.MALE, "garcon": Sex.MALE, "gars": Sex.MALE,
    }
)  # fmt: skip
_LETTERS: Mapping[str, Sex] = MappingProxyType({"F": Sex.FEMALE, "M": Sex.MALE})
_PHONE_MARKS = str.maketrans("", "", " \u00a0-.()/")
_LOCAL = re.compile(r"[2-9]\d{7}", re.ASCII)
_ABROAD = re.compile(r"[1-9]\d{7,14}", re.ASCII)
COUNTRY = "232"


class Code(StrEnum):
    """What can be said of a row; closed. `E_` keeps it out of the register, `W_` does not."""

    NAME_MISSING = "E_NAME_MISSING"
    NAME_CHARS = "E_NAME_CHARS"
    DATE_INVALID = "E_DATE_INVALID"
    DATE_FUTURE = "E_DATE_FUTURE"
    SEX_INVALID = "E_SEX_INVALID"
    DISTRICT_UNKNOWN = "E_DISTRICT_UNKNOWN"
    COLUMNS = "E_COLUMNS"
    DISTRICT_FUZZY = "W_DISTRICT_FUZZY"
    PHONE_INVALID = "W_PHONE_INVALID"
    DUPLICATE = "W_DUPLICATE"

    @property
    def stops(self) -> bool:
        """True for one that keeps the row out."""
        return self.value.startswith("E")


@dataclass(frozen=True, slots=True, repr=False)
class Problem:
    """What is wrong in which column, what may have been meant, and what was written. No `repr`: it is a person's."""

    code: Code
    column: Column | None = None
    suggested: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """What a row says. No `repr`: no log or failure shows it.

    Members that could not be read are empty or None; `problems` says why. `district` is a code.
    """

    row: int
    legacy_no: str = ""
    surname: str = ""
    given_names: str = ""
    sex: Sex | None = None
    birth: Birth | None = None
    district: str = ""
    chiefdom: str = ""
    town: str = ""
    phone: str = ""
    mother_name: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def codes(self) -> list[str]:
        """The codes, each once, in the order of the columns."""
        return list(dict.fromkeys(problem.code.value for problem in self.problems))

    @property
    def number(self) -> str:
        """The old number without signs, in capitals: one number however it is written."""
        return "".join(sign for sign in self.legacy_no.upper() if sign.isalnum())

    @property
    def stopped(self) -> bool:
        """True when it cannot be taken over."""
        return any(problem.code.stops for problem in self.problems)


class Checker:
    """Checks rows of one file. `width` is how many cells a row has to have."""

    def __init__(
        self,
        places: Mapping[Column, int],
        width: int,
        districts: Districts,
        today: dt.date,
        way: Way,
        sexes: Mapping[str, str],
    ) -> None:
        self._places = places
        self._width = width
        self._districts = districts
        self._today = today
        self._way = way
        self._sexes = {**_SEXES, **{word: _LETTERS[letter] for word, letter in sexes.items()}}

    def check(self, row: int, cells: Sequence[str]) -> Record:
        """Row number `row`, counted from 1. A row of too many cells says nothing that can be trusted.

        One that was cut off is left out, and compared by what it says before. A row in which nothing is written is
        nobody, and has no other problem.
        """
        if not any(cell.strip() for cell in cells):
            return Record(row, problems=(Problem(Code.NAME_MISSING),))
        if any(cell.strip() for cell in cells[self._width :]):
            return Record(row, problems=(Problem(Code.COLUMNS),))
        missing = self._width - len(cells)
        if missing > 0:
            return replace(self._read(row, [*cells, *[""] * missing]), problems=(Problem(Code.COLUMNS),))
        return self._read(row, cells)

    def _read(self, row: int, cells: Sequence[str]) -> Record:
        told = {column: _clean(cells[place]) for column, place in self._places.items()}
        problems: list[Problem] = []
        names = {column: self._name(told, column, problems) for column in (Column.SURNAME, Column.GIVEN_NAMES)}
        mother = told.get(Column.MOTHER_NAME, "")
        if mother[:1] in _FORMULA:
            problems.append(Problem(Code.NAME_CHARS, Column.MOTHER_NAME, written=mother))
        sex = self._sexes.get(fold_name(told[Column.SEX]).strip(". "))
        if sex is None:
            problems.append(Problem(Code.SEX_INVALID, Column.SEX, written=told[Column.SEX]))
        birth = self._birth(told[Column.DATE_OF_BIRTH], problems)
        district = self._district(told, problems)
        phone = _phone(told.get(Column.PHONE, ""), problems)
        return Record(
            row,
            told.get(Column.LEGACY_NO, "")[:MAX_LINE],
            names[Column.SURNAME],
            names[Column.GIVEN_NAMES],
            sex,
            birth,
            district,
            told.get(Column.CHIEFDOM, "")[:MAX_LINE],
            told.get(Column.TOWN, "")[:MAX_LINE],
            phone,
            mother if _nameable(mother) else "",
            tuple(problems),
        )

    def _name(self, told: Mapping[Column, str], column: Column, problems: list[Problem]) -> str:
        text = told[column]
        if not text or fold_name(text) in _NO_NAMES:
            problems.append(Problem(Code.NAME_MISSING, column, written=text))
            return ""
        if not _nameable(text):
            kept = "".join(sign for sign in text if _name_sign(sign))
            meant = " ".join(kept.split()) if text[0] not in _FORMULA else ""
            problems.append(Problem(Code.NAME_CHARS, column, meant if _nameable(meant) else "", text))
            return ""
        return text

    def _birth(self, text: str, problems: list[Problem]) -> Birth | None:
        born = read_birth(text, self._today, self._way)
        if isinstance(born, BadDate):
            code = Code.DATE_FUTURE if born.future else Code.DATE_INVALID
            problems.append(Problem(code, Column.DATE_OF_BIRTH, born.suggested, text))
            return None
        return born

    def _district(self, told: Mapping[Column, str], problems: list[Problem]) -> str:
        if Column.DISTRICT not in told:
            return ""
        placed = self._districts.find(told[Column.DISTRICT])
        if placed is None:
            problems.append(Problem(Code.DISTRICT_UNKNOWN, Column.DISTRICT, written=told[Column.DISTRICT]))
            return ""
        if not placed.sure:
            problems.append(Problem(Code.DISTRICT_FUZZY, Column.DISTRICT, placed.name, told[Column.DISTRICT]))
        return placed.code


def _clean(cell: str) -> str:
    """In NFC, one space between words, without what cannot be seen."""
    text = unicodedata.normalize("NFC", cell)
    return " ".join("".join(sign for sign in text if unicodedata.category(sign) not in {"Cf", "Co", "Cs"}).split())


def _nameable(text: str) -> bool:
    """Letters with their marks, and what joins them: as the register records names."""
    return 0 < len(text) <= MAX_NAME and all(map(_name_sign, text)) and any(sign.isalpha() for sign in text)


def _name_sign(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LM" or sign in _NAME_MARKS


def _phone(text: str, problems: list[Problem]) -> str:
    """International form; empty where there is none, or none that can be dialled."""
    if not text:
        return ""
    plain = text.translate(_PHONE_MARKS)
    abroad = plain[1:] if plain.startswith("+") else plain[2:] if plain.startswith("00") else ""
    if abroad.startswith(COUNTRY):
        abroad, plain = "", abroad[len(COUNTRY) :]
    elif plain.startswith(COUNTRY) and len(plain) > len(COUNTRY) + 7:
        plain = plain[len(COUNTRY) :]
    if abroad and _ABROAD.fullmatch(abroad):
        return f"+{abroad}"
    if not abroad and _LOCAL.fullmatch(plain.removeprefix("0")):
        return f"+{COUNTRY}{plain.removeprefix('0')}"
    problems.append(Problem(Code.PHONE_INVALID, Column.PHONE, written=text))
    return ""
