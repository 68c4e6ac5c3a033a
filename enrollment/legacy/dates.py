"""Birth dates as registers write them: many forms, one meaning, and only as much of it as is known."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from enrollment.legacy.wishes import DateOrder
from enrollment.register import Birth, Precision
from idp.subscribers.folding import fold_name

__all__ = ["BadDate", "Born", "Slashed", "Way", "is_serial", "read_birth", "slashed"]

OLDEST = 130
_YEAR_DIGITS = 4
_MONTHS: Mapping[str, int] = MappingProxyType(
    {
        "jan": 1, "january": 1, "janvier": 1, "janv": 1, "feb": 2, "february": 2, "fevrier": 2, "fev": 2, "fevr": 2,
        "mar": 3, "march": 3, "mars": 3, "apr": 4, "april": 4, "avril": 4, "avr": 4, "may": 5, "mai": 5, "jun": 6,
        "june": 6, "juin": 6, "jul": 7, "july": 7, "juillet": 7, "juil": 7, "aug": 8, "august": 8, "aout": 8,
        "sep": 9, "sept": 9, "september": 9, "septembre": 9, "oct": 10, "october": 10, "octobre": 10, "nov": 11,
        "november": 11, "novembre": 11, "dec": 12, "december": 12, "decembre": 12,
    }
)  # fmt: skip
_ISO = re.compile(r"(\d{4})(?:[-/. ](\d{1,2})(?:[-/. ](\d{1,2}))?)?", re.ASCII)
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_PACKED_LAST = re.compile(r"(\d{2})(\d{2})(\d{4})", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})\s*[-/., ]\s*(\d{1,2})\s*[-/., ]\s*(\d{4}|\d{2})", re.ASCII)
_SERIAL = re.compile(r"(\d{4,5})(?:\.0+)?", re.ASCII)
_WEEKDAY = re.compile(
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)[.,]?\s+(?:the\s+)?|(?:ne(?:\(?e\)?)?\s+)?le\s+"
)
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er)?[\s\-/.]*(?:of\s+)?([a-z]{3,9})[\s\-/.,]*(\d{4}|\d{2})")
_MONTH_FIRST = re.compile(r"([a-z]{3,9})[\s\-/.]*(\d{1,2})(?:st|nd|rd|th)?[\s\-/.,]+(\d{4}|\d{2})")
_MONTH_YEAR = re.compile(r"(?:([a-z]{3,9})|(\d{1,2}))[\s\-/.,]+(\d{4})")
_TIME = re.compile(r"(?:t|\s)\s?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?[ap]\.?m\.?|z|[+-]\d\d:?\d\d)?$")
# Sheets count days from here; dates of people who may live are five figures long.
_SHEETS_BEGIN = dt.date(1899, 12, 30)
_FIRST_SERIAL = 10_000
# No date is longer, however it is written.
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Way:
    """How the dates of a column are written. `serials`: numbers of five figures are days as sheets count them."""

    order: DateOrder = DateOrder.DMY
    serials: bool = False


class BadDate:
    """No date. `suggested` is what may have been meant, in the register's form; empty where nobody can say."""

    __slots__ = ("future", "suggested")

    def __init__(self, suggested: str = "", *, future: bool = False) -> None:
        self.suggested = suggested
        self.future = future


Born = Birth | BadDate
Slashed = tuple[int, int]


def slashed(text: str) -> Slashed | None:
    """The first two numbers of a date written with numbers alone and the year last; they tell the file's order."""
    found = _SLASHED.fullmatch(_TIME.sub("", fold_name(text))) if len(text) <= _LONGEST else None
    return None if found is None else (int(found[1]), int(found[2]))


def is_serial(text: str) -> bool:
    """True for a number that may be a day as sheets count them."""
    found = _SERIAL.fullmatch(text.strip())
    return found is not None and int(found[1]) >= _FIRST_SERIAL


def read_birth(text: str, today: dt.date, way: Way) -> Born:
    """What a cell says. A year of two digits is the latest that is not to come.

    Years before 130 years ago are no dates, nor are days that the calendar does not have.
    """
    if len(text) > _LONGEST:
        return BadDate()
    if way.serials and is_serial(text):
        text = (_SHEETS_BEGIN + dt.timedelta(days=int(text.strip()[:5]))).isoformat()
    plain = _TIME.sub("", fold_name(text))
    plain = _WEEKDAY.sub("", plain) if plain[:1].isalpha() else plain
    parts = _parts(plain, today, way.order)
    if parts is None:
        return BadDate()
    year, month, day = parts
    try:
        first = dt.date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return BadDate(_meant(year, month, day))
    if first > today:
        return BadDate(future=True)
    if year < today.year - OLDEST:
        return BadDate()
    precision = Precision.DAY if day is not None else Precision.MONTH if month is not None else Precision.YEAR
    return Birth(year, month, day, precision)


def _parts(plain: str, today: dt.date, order: DateOrder) -> tuple[int, int | None, int | None] | None:
    packed = _PACKED.fullmatch(plain)
    if packed is not None and not today.year - OLDEST <= int(packed[1]) < today.year + OLDEST:
        packed = None
    found = _ISO.fullmatch(plain) or packed
    if found is not None:
        year, month, day = (None if part is None else int(part) for part in found.groups())
        return year or 0, month, day
    found = _SLASHED.fullmatch(plain) or _PACKED_LAST.fullmatch(plain)
    if found is not None:
        first, second = int(found[1]), int(found[2])
        day, month = (first, second) if order is DateOrder.DMY else (second, first)
        return _year(found[3], today), month, day
    found = _DAY_FIRST.fullmatch(plain)
    if found is not None and found[2] in _MONTHS:
        return _year(found[3], today), _MONTHS[found[2]], int(found[1])
    found = _MONTH_FIRST.fullmatch(plain)
    if found is not None and found[1] in _MONTHS:
        return _year(found[3], today), _MONTHS[found[1]], int(found[2])
    found = _MONTH_YEAR.fullmatch(plain)
    if found is not None and (found[1] is None or found[1] in _MONTHS):
        return int(found[3]), int(found[2]) if found[1] is None else _MONTHS[found[1]], None
    return None


def _year(text: str, today: dt.date) -> int:
    if len(text) == _YEAR_DIGITS:
        return int(text)
    year = today.year // 100 * 100 + int(text)
    return year if year <= today.year else year - 100


def _meant(year: int, month: int | None, day: int | None) -> str:
    """Day and month exchanged, where that is a day; else what of it can be."""
    if year < 1:
        return ""
    if month is not None and day is not None:
        try:
            return dt.date(year, day, month).isoformat()
        except ValueError:
            pass
    known_month = month is not None and 1 <= month <= 12
    return f"{year:04d}-{month:02d}" if known_month else f"{year:04d}"
